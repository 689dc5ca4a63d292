// SPDX-License-Identifier: Apache-2.0
// JSON text of an event -> one lane of a batch, driven by the program's schema. Strict by RFC 8259;
// everything skipped is checked as well. Strings that need no unescaping are borrowed from the input.
#ifndef NUO_RUNTIME_DECODE_H
#define NUO_RUNTIME_DECODE_H

#include "runtime/batch.h"
#include "runtime/program.h"

struct decoder;  // per session: key-order memory, scratch, the arena for unescaped strings

nuo_status nuo__decoder_new(const nuo_program *program, const nuo_allocator *allocator,
                            struct decoder **decoder);
void nuo__decoder_free(struct decoder *decoder);
// Forgets the strings of the last batch.
void nuo__decoder_reset(struct decoder *decoder);
// Forgets the envelope at hand: its text may be gone.
void nuo__decoder_close(struct decoder *decoder);
// Decodes one event into lane batch->count and counts it. On NUO_BAD_EVENT the lane is as it was before and
// *error tells the byte offset and the reason. *recipients: how many events the text stands for; which of
// them is decoded the input says.
nuo_status nuo__decode_input(struct decoder *decoder, const nuo_input *input, struct batch *batch,
                             uint32_t *recipients, nuo_error *error);
// The same of an event that is no envelope.
static inline nuo_status nuo__decode_event(struct decoder *decoder, const char *json, size_t len,
                                           struct batch *batch, nuo_error *error) {
  const nuo_input input = {.json = json, .len = len};
  uint32_t recipients;
  return nuo__decode_input(decoder, &input, batch, &recipients, error);
}
// Takes the event decoded last out of the batch again. Only right after it was decoded, and once.
void nuo__decode_undo(struct decoder *decoder, struct batch *batch);

#endif
