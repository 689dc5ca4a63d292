// SPDX-License-Identifier: Apache-2.0
// Signing images and checking signatures: Ed25519 by libsodium.
#include "runtime/signature.h"

#include <sodium.h>
#include <string.h>

#include "runtime/failure.h"
#include "runtime/when.h"

#define SIGNED_HEAD offsetof(struct signature, bytes)
#define DIGEST_SIZE 64

// What is signed: all but the signature itself, and the image by its digest.
static void make_message(const void *image, size_t size, const struct signature *signature,
                         uint8_t message[SIGNED_HEAD + DIGEST_SIZE]) {
  memcpy(message, signature, SIGNED_HEAD);
  crypto_generichash(message + SIGNED_HEAD, DIGEST_SIZE, image, size, NULL, 0);
}

void nuo__signature_make(const void *image, size_t size, const uint8_t secret[SIGNATURE_SECRET_SIZE],
                         int64_t expires, struct signature *signature) {
  uint8_t message[SIGNED_HEAD + DIGEST_SIZE];
  memcpy(signature->magic, SIGNATURE_MAGIC, sizeof signature->magic);
  crypto_sign_ed25519_sk_to_pk(signature->key, secret);
  signature->expires = expires;
  make_message(image, size, signature, message);
  crypto_sign_detached(signature->bytes, NULL, message, sizeof message, secret);
}

size_t nuo__signature_image_size(const void *bytes, size_t size) {
  for (int i = 0; i < SIGNATURES_MAX && size >= sizeof(struct signature); i++) {
    const char *at = (const char *)bytes + size - sizeof(struct signature);
    if (memcmp(at, SIGNATURE_MAGIC, 8) != 0) break;
    size -= sizeof(struct signature);
  }
  return size;
}

static bool is_trusted(const nuo_trust *trust, const uint8_t key[32]) {
  for (size_t i = 0; i < trust->key_count; i++)
    if (memcmp(trust->keys[i], key, 32) == 0) return true;
  return false;
}

static nuo_status refuse(nuo_error *error, const char *en, const char *zh) {
  nuo__fail(error, NUO_NOT_TRUSTED, 0, "The image is not trusted: %s.", en);
  return nuo__fail_zh(error, NUO_NOT_TRUSTED, "映像不可信：%s。", zh);
}

static nuo_status refuse_expired(nuo_error *error, int64_t expires) {
  char when[40];
  nuo__when_format_rfc3339(expires, 0, when);
  nuo__fail(error, NUO_NOT_TRUSTED, 0,
            "The image is not trusted: its signature expired at %s; sign it again.", when);
  return nuo__fail_zh(error, NUO_NOT_TRUSTED, "映像不可信：签名已于 %s 失效；请重新签名。", when);
}

nuo_status nuo__signature_check(const void *bytes, size_t size, const nuo_trust *trust, nuo_error *error) {
  const size_t image_size = nuo__signature_image_size(bytes, size);
  uint8_t message[SIGNED_HEAD + DIGEST_SIZE];
  struct signature s;
  bool known = false, intact = false;
  int64_t expired = INT64_MIN;
  for (size_t at = image_size; at < size; at += sizeof s) {
    memcpy(&s, (const char *)bytes + at, sizeof s);
    if (!is_trusted(trust, s.key)) continue;
    known = true;
    make_message(bytes, image_size, &s, message);
    if (crypto_sign_verify_detached(s.bytes, message, sizeof message, s.key) != 0) continue;
    intact = true;
    if (trust->now < s.expires) return NUO_OK;
    if (s.expires > expired) expired = s.expires;
  }
  if (intact) return refuse_expired(error, expired);
  if (known)
    return refuse(error, "it is not what was signed; get it again from where it was built",
                  "内容与签名时不同；请从生成处重新取得");
  if (image_size < size)
    return refuse(error,
                  "none of its signatures is by a trusted key; trust that key or sign it with a trusted one",
                  "没有一个签名出自可信密钥；请信任该密钥，或用可信密钥签名");
  return refuse(error, "it is not signed; sign it with a trusted key", "没有签名；请用可信密钥签名");
}
