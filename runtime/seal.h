// SPDX-License-Identifier: Apache-2.0
// Values of events in records of the store: encrypted with a key that comes of the state's secret, so that
// whoever has the store alone learns nothing of them. Used by whoever keeps values of an event.
#ifndef NUO_RUNTIME_SEAL_H
#define NUO_RUNTIME_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/store.h"

struct seal {
  uint8_t key[32], mark_key[16];
};

// The bytes that a seal needs in front of what it hides.
#define SEAL_MARK 8

void nuo__seal_init(struct seal *seal, const uint8_t secret[16]);
// Hides bytes[SEAL_MARK … size) of the record that will be kept under `key`, in place, and writes the mark in
// front of them. The same record is hidden alike each time, and no two others alike.
void nuo__seal(const struct seal *seal, const struct store_key *key, uint8_t *bytes, size_t size);
// Shows them again, into out[0 … size - SEAL_MARK). False when the bytes were not hidden with this secret
// under this key, or have been changed since.
bool nuo__unseal(const struct seal *seal, const struct store_key *key, const uint8_t *bytes, size_t size,
                 uint8_t *out);

#endif
