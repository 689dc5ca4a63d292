// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/ours.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/regex.h"
#include "tests/bench/measure.h"

static void *resize(void *context, void *ptr, size_t old_size, size_t new_size) {
  (void)context, (void)old_size;
  if (new_size > 0) return realloc(ptr, new_size);
  free(ptr);
  return NULL;
}
const nuo_allocator bench_allocator = {resize, NULL};

nuo_compilation *bench_compile(const char *name, nuo_text source) {
  nuo_compilation *compilation;
  const nuo_diagnostic *diagnostics;
  if (nuo_compile((nuo_text){name, strlen(name)}, source, NULL, &compilation) != NUO_OK)
    bench_stop(name, "out of memory");
  if (nuo_compilation_image(compilation).text == NULL &&
      nuo_compilation_diagnostics(compilation, &diagnostics) > 0)
    bench_stop(name, diagnostics[0].message[NUO_ENGLISH].text);
  return compilation;
}

void bench_open(struct nuo *n, const char *name, nuo_text source, const nuo_engine_options *options) {
  nuo_compilation *compilation = bench_compile(name, source);
  const nuo_text image = nuo_compilation_image(compilation);
  nuo_error error = {.message = "out of memory"};
  if (nuo_program_load(image.text, image.len, NULL, &n->program, &error) != NUO_OK ||
      nuo_engine_new(options, &n->engine) != NUO_OK ||
      nuo_engine_use(n->engine, &n->program, 1, &error) != NUO_OK ||
      nuo_session_new(n->engine, &n->session) != NUO_OK ||
      nuo__decoder_new(n->program, &bench_allocator, &n->decoder) != NUO_OK)
    bench_stop(name, error.message);
  nuo_compilation_free(compilation);
  nuo__match_scratch_init(&n->match_scratch, &bench_allocator);
  n->machine = (struct machine){.program = n->program,
                                .fired = malloc((n->program->image.RULES_count + 1) * sizeof(struct fired)),
                                .match_scratch = &n->match_scratch,
                                .regex_scratch = nuo__regex_scratch_new(&bench_allocator)};
  if (n->machine.fired == NULL || n->machine.regex_scratch == NULL) bench_stop(name, "out of memory");
}

void bench_close(struct nuo *n) {
  nuo__match_scratch_free(&n->match_scratch);
  nuo__regex_scratch_free(n->machine.regex_scratch);
  free(n->machine.fired);
  nuo__decoder_free(n->decoder);
  nuo_session_free(n->session);
  nuo_engine_free(n->engine);
  nuo_program_free(n->program);
}

void bench_decode(struct nuo *n, struct batch *batch, char *const *json, const size_t *len, uint32_t count) {
  nuo_error error;
  nuo__batch_clear(n->program, batch);
  nuo__decoder_reset(n->decoder);
  for (uint32_t i = 0; i < count; i++)
    if (nuo__decode_event(n->decoder, json[i], len[i], batch, &error) != NUO_OK)
      bench_stop("an event was refused", error.message);
}

static uint64_t all_lanes(const struct batch *batch) {
  return batch->count == NUO_BATCH ? UINT64_MAX : (UINT64_C(1) << batch->count) - 1;
}
void bench_run(struct nuo *n, struct batch *batch) {
  const struct image_event *event = &n->program->image.EVENTS[batch->event[0]];
  n->machine.batch = batch;
  n->machine.fired_count = 0;
  nuo__vm_run(&n->machine, event->code_first, event->code_count, all_lanes(batch));
}
