// SPDX-License-Identifier: Apache-2.0
// How an operation says why it failed. Called by the loader, the verifier and whoever hands out a nuo_error.
#ifndef NUO_RUNTIME_FAILURE_H
#define NUO_RUNTIME_FAILURE_H

#include "runtime/nuo.h"

// Fills in *error (may be NULL) and gives `status` back. The format is that of nuo__text_format.
nuo_status nuo__fail(nuo_error *error, nuo_status status, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// Adds the message in Chinese to an error that is filled in (may be NULL); gives its status.
nuo_status nuo__fail_zh(nuo_error *error, nuo_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Nothing is wrong yet. Writes a few bytes only: it is done for every event.
static inline void nuo__no_error(nuo_error *error) {
  error->status = NUO_OK;
  error->offset = 0;
  error->message[0] = error->message_zh[0] = 0;
}
// An event is refused, which is told in both languages; `error` is not NULL.
nuo_status nuo__refuse(nuo_error *error, const char *en, const char *zh, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

#endif
