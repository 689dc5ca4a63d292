// SPDX-License-Identifier: Apache-2.0
// The pipeline: source -> document -> tokens -> syntax tree -> names -> types -> plan -> code -> image.
// What a policy uses is fetched by fetch.c. Reads no file itself.
#include "compiler/compile.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit.h"
#include "compiler/fetch.h"
#include "compiler/format/diff.h"
#include "compiler/format/format.h"
#include "compiler/front.h"

static struct str from_text(nuo_text text) {
  return (struct str){text.text, (uint32_t)text.len};
}
static nuo_text to_text(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- stages ----

static void hash_text(crypto_generichash_state *state, struct str text) {
  uint8_t size[4] = {(uint8_t)text.len, (uint8_t)(text.len >> 8), (uint8_t)(text.len >> 16),
                     (uint8_t)(text.len >> 24)};
  crypto_generichash_update(state, size, sizeof size);
  crypto_generichash_update(state, (const unsigned char *)text.at, text.len);
}

// Over every file's bytes and every setting: what a reviewer has to look at to know the program.
static void digest_sources(const nuo_compilation *c, uint8_t digest[32]) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, NULL, 0, 32);
  for (uint32_t i = 0; i < c->files.count; i++) hash_text(&state, c->files.at[i].text);
  for (size_t i = 0; i < c->options->setting_count; i++)
    hash_text(&state, from_text(c->options->settings[i]));
  crypto_generichash_final(&state, digest, 32);
}

static void check(nuo_compilation *c, bool names_only) {
  struct str *settings = nuo__arena_alloc(c->arena, (c->options->setting_count + 1) * sizeof *settings);
  for (size_t i = 0; i < c->options->setting_count; i++) settings[i] = from_text(c->options->settings[i]);
  struct check_input input = {.files = c->files.at,
                              .file_count = c->files.count,
                              .settings = settings,
                              .setting_count = (uint32_t)c->options->setting_count,
                              .names_only = names_only,
                              .read = nuo__fetch_beside,
                              .context = c};
  c->program = nuo__check(c->arena, &c->diags, &input);
}

static void make_image(nuo_compilation *c) {
  if (!nuo__fetch_used(c)) return;
  check(c, false);
  if (c->diags.errors > 0 || c->program == NULL) return;
  uint8_t digest[32];
  digest_sources(c, digest);
  if (!nuo__emit_image(c->arena, &c->diags, c->program, digest, &c->image)) c->image = (struct str){NULL, 0};
}

static void fetch_and_check(nuo_compilation *c) {
  if (nuo__fetch_used(c)) check(c, true);
}

// What was written is read again, as a stranger would.
static bool is_kept(const nuo_compilation *c, nuo_words words, struct span *place) {
  struct trace trace = {0};
  nuo_compilation again = {.arena = c->arena, .options = c->options, .diags = {.arena = c->arena}};
  nuo__fetch_add(&again,
                 &(struct source_file){
                     .path = c->files.at[0].path, .text = c->formatted, .folder = STR(""), .trace = &trace});
  if (words != NUO_WORDS_AS_WRITTEN && again.diags.errors == 0) fetch_and_check(&again);
  const struct format_copy from = {&c->files.at[0], c->program, &c->diags};
  const struct format_copy to = {&again.files.at[0], again.program, &again.diags};
  return nuo__format_kept(&from, &to, place);
}

static void format(nuo_compilation *c, nuo_words words) {
  struct span place;
  if (c->diags.errors == 0 && words != NUO_WORDS_AS_WRITTEN) fetch_and_check(c);
  if (c->diags.errors > 0) return;
  c->formatted = nuo__format(c->arena, &c->files.at[0], c->program, words);
  if (is_kept(c, words, &place)) return;
  const struct str text = {c->files.at[0].text.at + place.start, place.end - place.start};
  nuo__diag_add1(&c->diags, DIAG_N0902, place, nuo__diag_text(text));
  c->formatted = (struct str){NULL, 0};
}

// Compiles, or lays out when `words` says how.
static nuo_status run(nuo_text path, nuo_text source, const nuo_compile_options *options,
                      const nuo_words *words, nuo_compilation **compilation) {
  static const nuo_compile_options defaults;
  if (compilation == NULL) return NUO_BAD_ARGUMENT;
  *compilation = NULL;
  if (path.text == NULL || (source.text == NULL && source.len > 0) || source.len > UINT32_MAX ||
      path.len > UINT32_MAX)
    return NUO_BAD_ARGUMENT;
  if (options == NULL) options = &defaults;
  const nuo_allocator *allocator = options->allocator != NULL ? options->allocator : nuo__default_allocator();
  nuo_compilation *c = nuo__alloc(allocator, sizeof *c);
  if (c == NULL) return NUO_NO_MEMORY;
  memset(c, 0, sizeof *c);
  c->allocator = *allocator;
  c->options = options;
  c->arena = nuo__arena_new(&c->allocator);
  jmp_buf out_of_memory;
  if (c->arena == NULL) {
    nuo_compilation_free(c);
    return NUO_NO_MEMORY;
  }
  if (setjmp(out_of_memory) != 0) {
    nuo_compilation_free(c);
    return NUO_NO_MEMORY;
  }
  nuo__arena_on_failure(c->arena, &out_of_memory);
  c->diags.arena = c->arena;
  struct trace trace = {0};
  nuo__fetch_add(c, &(struct source_file){.path = nuo__arena_copy(c->arena, path.text, path.len),
                                          .text = nuo__arena_copy(c->arena, source.text, source.len),
                                          .folder = STR(""),
                                          .trace = words != NULL ? &trace : NULL});
  if (words != NULL)
    format(c, *words);
  else
    make_image(c);
  c->files.at[0].trace = NULL;
  c->options = NULL;
  *compilation = c;
  return NUO_OK;
}

nuo_status nuo_compile(nuo_text path, nuo_text source, const nuo_compile_options *options,
                       nuo_compilation **compilation) {
  return run(path, source, options, NULL, compilation);
}

nuo_status nuo_format(nuo_text path, nuo_text source, const nuo_compile_options *options, nuo_words words,
                      nuo_compilation **compilation) {
  return run(path, source, options, &words, compilation);
}

void nuo_compilation_free(nuo_compilation *c) {
  if (c == NULL) return;
  nuo_allocator allocator = c->allocator;
  if (c->arena != NULL) nuo__arena_free(c->arena);
  nuo__free(&allocator, c, sizeof *c);
}

static size_t count_declared(const nuo_compilation *c, enum decl_kind kind) {
  size_t count = 0;
  for (uint32_t i = 0; c != NULL && i < c->files.count; i++)
    for (uint32_t k = 0; k < c->files.at[i].decls.count; k++)
      count += c->files.at[i].decls.at[k]->kind == kind;
  return count;
}

size_t nuo_compilation_rules(const nuo_compilation *c) {
  return count_declared(c, DECL_RULE);
}

size_t nuo_compilation_duties(const nuo_compilation *c) {
  return count_declared(c, DECL_DUTY);
}

nuo_text nuo_compilation_image(const nuo_compilation *c) {
  return to_text(c->image);
}

nuo_text nuo_compilation_formatted(const nuo_compilation *c) {
  return to_text(c->formatted);
}

nuo_text nuo_compilation_format_diff(nuo_compilation *c) {
  jmp_buf out_of_memory;
  if (c->formatted.at == NULL || setjmp(out_of_memory) != 0) return (nuo_text){NULL, 0};
  nuo__arena_on_failure(c->arena, &out_of_memory);
  return to_text(nuo__diff(c->arena, c->files.at[0].path, c->files.at[0].text, c->formatted));
}

// ---- diagnostics for the host ----

static struct str line_at(const struct source_file *file, uint32_t offset) {
  uint32_t start = offset, end = offset;
  while (start > 0 && file->text.at[start - 1] != '\n') start--;
  while (end < file->text.len && file->text.at[end] != '\n') end++;
  if (end > start && file->text.at[end - 1] == '\r') end--;
  return (struct str){file->text.at + start, end - start};
}

// A stage that speaks of a file as a whole marks its first byte: the host gets its first character, or
// nothing of an empty file.
static struct span cut_to_text(struct span span, struct str text) {
  if (span.end > text.len) span.end = text.len;
  if (span.start > span.end) span.start = span.end;
  while (span.end < text.len && ((unsigned char)text.at[span.end] & 0xC0) == 0x80) span.end++;
  return span;
}

static nuo_place place_of(const nuo_compilation *c, struct span span) {
  nuo_place place = {.path = {NULL, 0}};
  if (span.end == 0 || span.file >= c->files.count) return place;
  const struct source_file *file = &c->files.at[span.file];
  span = cut_to_text(span, file->text);
  place.path = to_text(file->path);
  place.offset = span.start;
  place.length = span.end - span.start;
  nuo__front_position(file, span.start, &place.line, &place.column);
  nuo__front_position(file, span.end, &place.end_line, &place.end_column);
  place.source_line = to_text(line_at(file, span.start));
  return place;
}

nuo_diagnostic nuo__diag_shown(const nuo_compilation *c, const struct diagnostic *diag) {
  const struct diag_info *info = nuo__diag_info(diag->code);
  nuo_diagnostic out = {.code = info->code, .severity = (nuo_severity)info->severity};
  for (int language = 0; language < 2; language++) {
    out.message[language] = to_text(nuo__diag_message(c->arena, diag, (enum diag_language)language));
    out.help[language] = to_text(nuo__diag_help(c->arena, diag, (enum diag_language)language));
  }
  out.suggestion = to_text(diag->suggestion);
  out.place = place_of(c, diag->span);
  out.also = place_of(c, diag->also);
  return out;
}

// Where a diagnostic stands in the order of reading; those without a place come first.
struct reading_place {
  uint32_t file, start, index;
};

static int compare_places(const void *a, const void *b) {
  const struct reading_place *x = a, *y = b;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  return x->index < y->index ? -1 : 1;
}

// The stages report in their own order; an author reads from top to bottom.
static struct reading_place *in_reading_order(const nuo_compilation *c) {
  uint32_t count = c->diags.items.count;
  struct reading_place *places = nuo__arena_alloc(c->arena, (count + 1) * sizeof *places);
  for (uint32_t i = 0; i < count; i++) {
    struct span span = c->diags.items.at[i].span;
    places[i] = (struct reading_place){span.file, span.start, i};
  }
  qsort(places, count, sizeof *places, compare_places);
  return places;
}

size_t nuo_compilation_diagnostics(nuo_compilation *c, const nuo_diagnostic **diagnostics) {
  jmp_buf out_of_memory;
  *diagnostics = NULL;
  if (setjmp(out_of_memory) != 0) return 0;
  nuo__arena_on_failure(c->arena, &out_of_memory);
  if (c->rendered == NULL) {
    nuo_diagnostic *list = nuo__arena_alloc(c->arena, (c->diags.items.count + 1) * sizeof *list);
    const struct reading_place *places = in_reading_order(c);
    for (uint32_t i = 0; i < c->diags.items.count; i++)
      list[i] = nuo__diag_shown(c, &c->diags.items.at[places[i].index]);
    c->rendered = list;
  }
  *diagnostics = c->rendered;
  return c->diags.items.count;
}

nuo_text nuo_explain(nuo_text code, nuo_language language) {
  enum diag_code found = nuo__diag_find(code.text, code.len);
  if (found == DIAG_COUNT) return (nuo_text){NULL, 0};
  const struct diag_info *info = nuo__diag_info(found);
  const char *text = language == NUO_CHINESE ? info->explain_zh : info->explain_en;
  return (nuo_text){text, strlen(text)};
}
