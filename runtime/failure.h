// SPDX-License-Identifier: Apache-2.0
// How an operation says why it failed. Called by the loader, the verifier and whoever hands out a nuo_error.
#ifndef NUO_RUNTIME_FAILURE_H
#define NUO_RUNTIME_FAILURE_H

#include "runtime/nuo.h"

// Fills in *error (may be NULL) and gives `status` back. The format is that of nuo__text_format.
nuo_status nuo__fail(nuo_error *error, nuo_status status, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
