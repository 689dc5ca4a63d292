// SPDX-License-Identifier: Apache-2.0
// Compiles and matches checked regular expressions with PCRE2's DFA matcher, which follows all states at
// once. Left to itself it would start anew at every character of the text; so the pattern is anchored behind
// a lazy "anything", and one pass serves all starts. See regex.h for the contracts, regex_check.c for what
// gets here.
#include "runtime/regex.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define BEFORE "(?s:.*?)(?:"
#define AFTER ")"

enum {
  BEFORE_LEN = sizeof BEFORE - 1,
  AFTER_LEN = sizeof AFTER - 1,
  // The library keeps two lists of states of three ints each, and puts a state on a list once for every way
  // into it.
  WAYS_INTO_A_STATE = 4,
  WORKSPACE_INTS = 2 * 3 * WAYS_INTO_A_STATE * LIMIT_REGEX_STATES,
  BLOCK_HEADER = 16,  // keeps the alignment of the block behind it
};

struct regex {
  const struct nuo_allocator *allocator;
  pcre2_general_context *general;
  pcre2_code *code;
  uint32_t digits, gap;  // as of a regex_lowered
};

struct regex_scratch {
  const struct nuo_allocator *allocator;
  pcre2_general_context *general;
  pcre2_match_data *data;
  int workspace[WORKSPACE_INTS];
};

// The library frees without telling a size, our allocators want one: it is kept before each block.
static void *library_alloc(size_t size, void *context) {
  const struct nuo_allocator *const *allocator = context;
  if (size > SIZE_MAX - BLOCK_HEADER) return NULL;
  char *block = nuo__alloc(*allocator, size + BLOCK_HEADER);
  if (block == NULL) return NULL;
  size += BLOCK_HEADER;
  memcpy(block, &size, sizeof size);
  return block + BLOCK_HEADER;
}

static void library_free(void *ptr, void *context) {
  const struct nuo_allocator *const *allocator = context;
  if (ptr == NULL) return;
  char *block = (char *)ptr - BLOCK_HEADER;
  size_t size;
  memcpy(&size, block, sizeof size);
  nuo__free(*allocator, block, size);
}

static pcre2_code *compile_behind(pcre2_compile_context *context, const char *pattern, size_t len, int *error,
                                  size_t *error_offset) {
  const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_UCP | PCRE2_ANCHORED |
                           PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
  char wrapped[BEFORE_LEN + REGEX_LOWERED_MAX + AFTER_LEN];
  memcpy(wrapped, BEFORE, BEFORE_LEN);
  memcpy(wrapped + BEFORE_LEN, pattern, len);
  memcpy(wrapped + BEFORE_LEN + len, AFTER, AFTER_LEN);
  PCRE2_SIZE offset;
  pcre2_code *code =
      pcre2_compile((PCRE2_SPTR)wrapped, BEFORE_LEN + len + AFTER_LEN, options, error, &offset, context);
  if (code != NULL) return code;
  *error_offset = offset < BEFORE_LEN ? 0 : offset - BEFORE_LEN;
  if (*error_offset > len) *error_offset = len;
  return NULL;
}

static enum regex_status compile(struct regex *regex, const char *pattern, size_t len, size_t *error_offset) {
  struct regex_lowered lowered;
  int error;
  enum regex_status status = nuo__regex_lower(pattern, len, &lowered, error_offset);
  if (status != REGEX_OK) return status;
  regex->digits = lowered.digits;
  regex->gap = lowered.gap;
  regex->general = pcre2_general_context_create(library_alloc, library_free, &regex->allocator);
  if (regex->general == NULL) return REGEX_NO_MEMORY;
  pcre2_compile_context *context = pcre2_compile_context_create(regex->general);
  if (context == NULL) return REGEX_NO_MEMORY;
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  regex->code = compile_behind(context, lowered.text, lowered.len, &error, error_offset);
  if (regex->code == NULL && (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED)) {
    status = REGEX_NO_MEMORY;
  } else if (regex->code == NULL) {
    // What is wrong in the lowered form is wrong in the author's too, and there it has the author's offset.
    pcre2_code_free(compile_behind(context, pattern, len, &error, error_offset));
    status = REGEX_INVALID;
  }
  pcre2_compile_context_free(context);
  return status;
}

enum regex_status nuo__regex_new(const char *pattern, size_t len, const struct nuo_allocator *allocator,
                                 struct regex **regex, size_t *error_offset) {
  struct regex *made = nuo__alloc(allocator, sizeof *made);
  *error_offset = 0;
  if (made == NULL) return REGEX_NO_MEMORY;
  *made = (struct regex){.allocator = allocator};
  enum regex_status status = compile(made, pattern, len, error_offset);
  if (status == REGEX_OK)
    *regex = made;
  else
    nuo__regex_free(made);
  return status;
}

void nuo__regex_free(struct regex *regex) {
  if (regex == NULL) return;
  pcre2_code_free(regex->code);
  pcre2_general_context_free(regex->general);
  nuo__free(regex->allocator, regex, sizeof *regex);
}

struct regex_scratch *nuo__regex_scratch_new(const struct nuo_allocator *allocator) {
  struct regex_scratch *scratch = nuo__alloc(allocator, sizeof *scratch);
  if (scratch == NULL) return NULL;
  scratch->allocator = allocator;
  scratch->data = NULL;
  scratch->general = pcre2_general_context_create(library_alloc, library_free, &scratch->allocator);
  if (scratch->general != NULL) scratch->data = pcre2_match_data_create(1, scratch->general);
  if (scratch->data != NULL) return scratch;
  nuo__regex_scratch_free(scratch);
  return NULL;
}

void nuo__regex_scratch_free(struct regex_scratch *scratch) {
  if (scratch == NULL) return;
  pcre2_match_data_free(scratch->data);
  pcre2_general_context_free(scratch->general);
  nuo__free(scratch->allocator, scratch, sizeof *scratch);
}

// The bytes of the digit that begins there, or 0.
static size_t digit_bytes(const unsigned char *at, size_t left) {
  if ((unsigned)*at - '0' < 10) return 1;
  return *at == 0xEF && left > 2 && at[1] == 0xBC && (unsigned)at[2] - 0x90 < 10 ? 3 : 0;
}

// Whether somewhere in the text there are the digits that a match needs. Looking for them costs a fiftieth of
// following all states of a pattern, and few texts have as many as a telephone number.
static bool has_digits(const struct regex *regex, const char *text, size_t len) {
  const unsigned char *at = (const unsigned char *)text;
  uint32_t run = 0;
  for (size_t i = 0, end = 0; i < len;) {  // end: of the digit before
    const size_t digit = digit_bytes(at + i, len - i);
    if (digit == 0) {
      i++;
      continue;
    }
    run = i - end > regex->gap ? 1 : run + 1;
    if (run >= regex->digits) return true;
    end = i += digit;
  }
  return false;
}

int nuo__regex_match(const struct regex *regex, const char *text, size_t len, struct regex_scratch *scratch) {
  if (regex->digits > 0 && !has_digits(regex, text, len)) return 0;
  int result = pcre2_dfa_match(regex->code, (PCRE2_SPTR)(text == NULL ? "" : text), len, 0,
                               PCRE2_DFA_SHORTEST | PCRE2_NO_UTF_CHECK, scratch->data, NULL,
                               scratch->workspace, WORKSPACE_INTS);
  if (result >= 0) return 1;  // 0: a match, with more ends than there is room for
  return result == PCRE2_ERROR_NOMATCH ? 0 : -1;
}
