// SPDX-License-Identifier: Apache-2.0
// Signatures of images. They stand behind the image, one block each, and say who vouches for it and until
// when; whoever loads an image may ask for one by a key that he trusts. Called by the loader and by whoever
// signs.
#ifndef NUO_RUNTIME_SIGNATURE_H
#define NUO_RUNTIME_SIGNATURE_H

#include "runtime/nuo.h"

#define SIGNATURE_MAGIC "NUOSIGN1"
#define SIGNATURE_SECRET_SIZE 64  // of Ed25519, with the public key in it
#define SIGNATURES_MAX 8

// What stands behind an image, little-endian. It signs the first three members and the BLAKE2b-512 of the
// image.
struct signature {
  char magic[8];
  uint8_t key[32];  // the public key
  int64_t expires;  // milliseconds since 1970: from then on it is worth nothing; INT64_MAX: never
  uint8_t bytes[64];
};

void nuo__signature_make(const void *image, size_t size, const uint8_t secret[SIGNATURE_SECRET_SIZE],
                         int64_t expires, struct signature *signature);
// How many bytes of `size` are the image: what stands before the signatures.
size_t nuo__signature_image_size(const void *bytes, size_t size);
// NUO_OK when some signature behind the image is by a trusted key and has not expired; else NUO_NOT_TRUSTED
// with the reason.
nuo_status nuo__signature_check(const void *bytes, size_t size, const nuo_trust *trust, nuo_error *error);

#endif
