// SPDX-License-Identifier: Apache-2.0
// Encryption of what is kept of events, see seal.h. The library has no source of randomness and needs none:
// the nonce is the record's key and a keyed hash of the plain bytes, so that it repeats only where everything
// does, and the hash shows whether the bytes are still what they were. Called by delivery.c, replay.c and
// disk.c.
#include "runtime/seal.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(struct store_key) + SEAL_MARK == crypto_stream_xchacha20_NONCEBYTES,
               "a nonce is a key and a mark");

static void derive(const uint8_t secret[16], const char *purpose, uint8_t *key, size_t size) {
  crypto_generichash(key, size, (const uint8_t *)purpose, strlen(purpose), secret, 16);
}

void nuo__seal_init(struct seal *seal, const uint8_t secret[16]) {
  derive(secret, "nuo: to hide values", seal->key, sizeof seal->key);
  derive(secret, "nuo: to mark values", seal->mark_key, sizeof seal->mark_key);
}

static void mark_of(const struct seal *seal, const uint8_t *bytes, size_t size, uint8_t mark[SEAL_MARK]) {
  _Static_assert(crypto_shorthash_BYTES == SEAL_MARK, "a mark is a short hash");
  crypto_shorthash(mark, bytes, size, seal->mark_key);
}

static void cipher(const struct seal *seal, const struct store_key *key, const uint8_t mark[SEAL_MARK],
                   const uint8_t *from, uint8_t *to, size_t size) {
  uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES];
  memcpy(nonce, key->bytes, sizeof key->bytes);
  memcpy(nonce + sizeof key->bytes, mark, SEAL_MARK);
  crypto_stream_xchacha20_xor(to, from, size, nonce, seal->key);
}

void nuo__seal(const struct seal *seal, const struct store_key *key, uint8_t *bytes, size_t size) {
  mark_of(seal, bytes + SEAL_MARK, size - SEAL_MARK, bytes);
  cipher(seal, key, bytes, bytes + SEAL_MARK, bytes + SEAL_MARK, size - SEAL_MARK);
}

bool nuo__unseal(const struct seal *seal, const struct store_key *key, const uint8_t *bytes, size_t size,
                 uint8_t *out) {
  uint8_t mark[SEAL_MARK];
  if (size < SEAL_MARK) return false;
  cipher(seal, key, bytes, bytes + SEAL_MARK, out, size - SEAL_MARK);
  mark_of(seal, out, size - SEAL_MARK, mark);
  return memcmp(mark, bytes, SEAL_MARK) == 0;
}
