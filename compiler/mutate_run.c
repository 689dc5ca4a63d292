// SPDX-License-Identifier: Apache-2.0
// Tries one changed program: emits it into an arena of its own, loads it, runs the tests up to the first that
// fails. Called by mutate.c and mutate_expr.c.
#include "compiler/mutate_run.h"

#include <setjmp.h>
#include <string.h>

#include "compiler/emit.h"
#include "compiler/test.h"

#define SHOWN 60  // bytes of source that a message shows

// Cut at a character, and with spaces for line ends.
static struct str excerpt(struct mutator *m, struct span span) {
  const struct str text = m->compilation->files.at[span.file].text;
  uint32_t len = span.end - span.start;
  const bool cut = len > SHOWN;
  if (cut) len = SHOWN;
  while (cut && len > 0 && ((unsigned char)text.at[span.start + len] & 0xC0) == 0x80) len--;
  struct str shown =
      nuo__arena_format(m->compilation->arena, "%.*s%s", (int)len, text.at + span.start, cut ? "…" : "");
  char *at = (char *)shown.at;
  for (uint32_t i = 0; i < shown.len; i++)
    if (at[i] == '\n' || at[i] == '\r' || at[i] == '\t') at[i] = ' ';
  return shown;
}

struct diag_arg nuo__mutate_says(struct mutator *m, struct span span, const char *en, const char *zh) {
  const struct str text = excerpt(m, span);
  struct arena *arena = m->compilation->arena;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return (struct diag_arg){nuo__arena_format(arena, en, (int)text.len, text.at),
                           nuo__arena_format(arena, zh, (int)text.len, text.at)};
#pragma GCC diagnostic pop
}

// The image in `arena`; .at NULL: the change makes no program (a limit of the image, say).
static struct str emit(struct mutator *m, struct arena *arena) {
  static const uint8_t digest[32];
  struct diagnostics diags = {.arena = arena};
  struct str image;
  return nuo__emit_image(arena, &diags, m->compilation->program, digest, &image) ? image
                                                                                 : (struct str){NULL, 0};
}

static void take_down(struct mutator *m, struct change change, bool noticed) {
  m->results->tried[change.kind]++;
  m->results->noticed[change.kind] += noticed;
  if (!noticed) VEC_PUSH(m->compilation->arena, &m->results->unnoticed, change);
}

// Neighbouring changes are noticed by the same tests: the one that has just noticed a change is run first.
static void put_first(struct program *program, const struct model_test *noticed) {
  uint32_t at = 0;
  while (program->tests.at[at] != noticed) at++;
  struct model_test *first = program->tests.at[at];
  memmove(program->tests.at + 1, program->tests.at, at * sizeof *program->tests.at);
  program->tests.at[0] = first;
}

static void run(struct mutator *m, struct arena *arena, struct str image, struct change change) {
  nuo_program *program;
  struct test_results results;
  const struct test_manner first = {m->options, true};
  if (nuo_program_load(image.at, image.len, m->options, &program, NULL) != NUO_OK) return;
  m->status = nuo__tests_run(arena, m->compilation->program, program, &first, &results);
  nuo_program_free(program);
  if (m->status != NUO_OK) return;
  take_down(m, change, results.failed > 0);
  if (results.failed > 0) put_first(m->compilation->program, results.tests.at[results.tests.count - 1].test);
}

void nuo__mutate_try(struct mutator *m, struct change change) {
  if (!nuo__file_is_own(m->compilation->program, change.span.file)) return;
  struct arena *arena = m->status == NUO_OK ? nuo__arena_new(&m->compilation->allocator) : NULL;
  jmp_buf out_of_memory;
  if (arena == NULL || setjmp(out_of_memory) != 0) {
    if (arena != NULL) nuo__arena_free(arena);
    m->status = NUO_NO_MEMORY;
    return;
  }
  nuo__arena_on_failure(arena, &out_of_memory);
  const struct str image = emit(m, arena);
  if (image.at != NULL && image.len == m->unchanged.len && memcmp(image.at, m->unchanged.at, image.len) == 0)
    m->results->same++;
  else if (image.at != NULL)
    run(m, arena, image, change);
  nuo__arena_free(arena);
}

// A limit that is one greater has to remember one event more: room for it is made before anything is changed.
static void widen_counters(const struct program *program) {
  for (uint32_t i = 0; i < program->counters.count; i++)
    if (program->counters.at[i]->capacity > 0)
      program->counters.at[i]->capacity++, program->counters.at[i]->tried++;
}

nuo_status nuo__mutate(nuo_compilation *compilation, const nuo_options *options,
                       struct mutation_results *results) {
  struct mutator m = {.compilation = compilation, .options = options, .results = results};
  jmp_buf out_of_memory;
  *results = (struct mutation_results){.same = 0};
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(compilation->arena, &out_of_memory);
  widen_counters(compilation->program);
  m.unchanged = emit(&m, compilation->arena);
  nuo__mutate_all(&m);
  nuo__mutate_places(&m);
  return m.status;
}
