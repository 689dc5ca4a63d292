// SPDX-License-Identifier: Apache-2.0
// Collecting diagnostics, rendering their texts, and "did you mean". Prints nothing: the command line and the
// hosts do. Called by every stage of the compiler.
#include "compiler/diag.h"

#include <string.h>

#include "runtime/utf8.h"

static const struct diag_info infos[DIAG_COUNT] = {
#define DIAG(code, severity, en, zh, help_en, help_zh, explain_en, explain_zh) \
  [DIAG_##code] = {#code, severity, en, zh, help_en, help_zh, explain_en, explain_zh},
#include "compiler/diagnostics.def"
#undef DIAG
};

const struct diag_info *nuo__diag_info(enum diag_code code) {
  return &infos[code];
}

enum diag_code nuo__diag_find(const char *text, size_t len) {
  for (int i = 0; i < DIAG_COUNT; i++)
    if (nuo__str_is((struct str){text, (uint32_t)len}, infos[i].code)) return (enum diag_code)i;
  return DIAG_COUNT;
}

static struct diagnostic *push(struct diagnostics *diags, enum diag_code code, struct span span) {
  VEC_PUSH(diags->arena, &diags->items, (struct diagnostic){.code = code, .span = span});
  return &diags->items.at[diags->items.count - 1];
}

struct diagnostic *nuo__diag_add(struct diagnostics *diags, enum diag_code code, struct span span) {
  const bool error = infos[code].severity == DIAG_ERROR;
  if (error) diags->errors++;
  if (infos[code].severity == DIAG_WARNING) diags->warnings++;
  if (diags->items.count < DIAG_MAX_REPORTED) return push(diags, code, span);
  if (diags->items.count == DIAG_MAX_REPORTED) push(diags, DIAG_N0299, span);
  return ARENA_NEW(diags->arena, struct diagnostic);
}

struct diagnostic *nuo__diag_add1(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a) {
  struct diagnostic *diag = nuo__diag_add(diags, code, span);
  diag->args[0] = a;
  return diag;
}

struct diagnostic *nuo__diag_add2(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a, struct diag_arg b) {
  struct diagnostic *diag = nuo__diag_add1(diags, code, span, a);
  diag->args[1] = b;
  return diag;
}

struct diagnostic *nuo__diag_add3(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a, struct diag_arg b, struct diag_arg c) {
  struct diagnostic *diag = nuo__diag_add2(diags, code, span, a, b);
  diag->args[2] = c;
  return diag;
}

struct diag_arg nuo__diag_text(struct str text) {
  return (struct diag_arg){.en = text};
}

struct diag_arg nuo__diag_pair(const char *en, const char *zh) {
  return (struct diag_arg){.en = nuo__str_of(en), .zh = nuo__str_of(zh)};
}

struct diag_arg nuo__diag_number(struct diagnostics *diags, int64_t value) {
  return nuo__diag_text(nuo__arena_format(diags->arena, "%lld", (long long)value));
}

// ---- rendering ----

static struct str arg_text(const struct diagnostic *diag, char digit, enum diag_language language) {
  const struct diag_arg *arg = &diag->args[digit - '0'];
  return language == DIAG_ZH && arg->zh.at != NULL ? arg->zh : arg->en;
}

static bool is_hole(const char *at) {
  return at[0] == '{' && at[1] >= '0' && at[1] < '0' + DIAG_MAX_ARGS && at[2] == '}';
}

// Puts the arguments in; with `out` NULL only measures.
static size_t fill(const char *text, const struct diagnostic *diag, enum diag_language language, char *out) {
  size_t len = 0;
  for (const char *at = text; *at != 0;) {
    const bool hole = is_hole(at);
    const struct str piece = hole ? arg_text(diag, at[1], language) : (struct str){at, 1};
    if (out != NULL && piece.len > 0) memcpy(out + len, piece.at, piece.len);
    len += piece.len;
    at += hole ? 3 : 1;
  }
  return len;
}

static struct str render(struct arena *arena, const char *text, const struct diagnostic *diag,
                         enum diag_language language) {
  const size_t len = fill(text, diag, language, NULL);
  char *out = nuo__arena_alloc(arena, len + 1);
  fill(text, diag, language, out);
  return (struct str){out, (uint32_t)len};
}

struct str nuo__diag_message(struct arena *arena, const struct diagnostic *diag,
                             enum diag_language language) {
  const struct diag_info *info = &infos[diag->code];
  return render(arena, language == DIAG_ZH ? info->zh : info->en, diag, language);
}

struct str nuo__diag_help(struct arena *arena, const struct diagnostic *diag, enum diag_language language) {
  const struct diag_info *info = &infos[diag->code];
  return render(arena, language == DIAG_ZH ? info->help_zh : info->help_en, diag, language);
}

// ---- did you mean ----

#define LONGEST_SUGGESTED 64  // code points: nobody mistypes more than one such word

static uint32_t decode_all(struct str text, uint32_t out[LONGEST_SUGGESTED]) {
  uint32_t count = 0;
  size_t size;
  for (size_t i = 0; i < text.len; i += size) {
    if (count == LONGEST_SUGGESTED) return 0;
    out[count++] = nuo__utf8_decode(text.at + i, &size);
  }
  return count;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c) {
  const uint32_t least = a < b ? a : b;
  return least < c ? least : c;
}

// Insertions, deletions, replacements and swaps of neighbours, each one step.
static uint32_t distance(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb) {
  uint32_t rows[3][LONGEST_SUGGESTED + 1];
  for (uint32_t j = 0; j <= nb; j++) rows[0][j] = j;
  for (uint32_t i = 1; i <= na; i++) {
    uint32_t *row = rows[i % 3];
    const uint32_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (uint32_t j = 1; j <= nb; j++) {
      row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped && two_above[j - 2] + 1 < row[j]) row[j] = two_above[j - 2] + 1;
    }
  }
  return rows[na % 3][nb];
}

struct str nuo__diag_suggest(struct str wrong, const struct str *candidates, uint32_t count) {
  uint32_t a[LONGEST_SUGGESTED], b[LONGEST_SUGGESTED];
  const uint32_t na = decode_all(wrong, a);
  struct str best = {0};
  // A third of the length, and of a short word one character: Chinese words have two.
  uint32_t best_distance = (na < 6 ? 1 : na / 3) + 1;
  for (uint32_t i = 0; i < count && na > 1; i++) {
    const uint32_t nb = decode_all(candidates[i], b);
    if (nb < 2 || nuo__str_equal(wrong, candidates[i])) continue;
    const uint32_t d = distance(a, na, b, nb);
    if (d >= best_distance) continue;
    best_distance = d;
    best = candidates[i];
  }
  return best;
}
