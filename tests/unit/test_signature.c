// SPDX-License-Identifier: Apache-2.0
// Signatures of images: whatever bit of a signed image is another, it is not trusted; a signature ends when
// it says.
#include <sodium.h>
#include <stdlib.h>

#include "runtime/signature.h"
#include "tests/unit/world.h"

#define EXPIRES 1000

static const char policy[] =
    "policy p version \"1\" zone \"UTC\" undetermined hold\n"
    "event e enforceable { id: text time: instant n: number }\n"
    "rule few on e forbid when n more than 3 action hold\n";

struct signed_image {
  size_t size;
  uint8_t *bytes, key[32];
};

static struct signed_image make(void) {
  struct signed_image made;
  struct signature signature;
  uint8_t secret[SIGNATURE_SECRET_SIZE];
  nuo_compilation *compilation;
  const nuo_text path = {"p.nuo", 5}, text = {policy, sizeof policy - 1};
  assert_int_equal(nuo_compile(path, text, NULL, &compilation), NUO_OK);
  const nuo_text image = nuo_compilation_image(compilation);
  assert_true(sodium_init() >= 0);
  crypto_sign_keypair(made.key, secret);
  nuo__signature_make(image.text, image.len, secret, EXPIRES, &signature);
  made.size = image.len + sizeof signature;
  made.bytes = malloc(made.size);
  memcpy(made.bytes, image.text, image.len);
  memcpy(made.bytes + image.len, &signature, sizeof signature);
  nuo_compilation_free(compilation);
  return made;
}

static nuo_status load(const struct signed_image *image, int64_t now) {
  uint8_t keys[2][32] = {{1}};
  const nuo_trust trust = {.keys = (const uint8_t(*)[32])keys, .key_count = 2, .now = now};
  const nuo_options options = {.trust = &trust};
  nuo_program *program;
  memcpy(keys[1], image->key, sizeof keys[1]);
  nuo_status status = nuo_program_load(image->bytes, image->size, &options, &program, NULL);
  nuo_program_free(program);
  return status;
}

static void test_every_bit(void **state) {
  struct signed_image image = make();
  (void)state;
  assert_int_equal(load(&image, 0), NUO_OK);
  for (size_t bit = 0; bit < image.size * 8; bit++) {
    image.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(load(&image, 0), NUO_NOT_TRUSTED);
    image.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  for (size_t cut = 1; cut <= sizeof(struct signature); cut++) {
    image.size--;
    assert_int_equal(load(&image, 0), NUO_NOT_TRUSTED);
  }
  free(image.bytes);
}

static void test_expiry(void **state) {
  struct signed_image image = make();
  (void)state;
  assert_int_equal(load(&image, EXPIRES - 1), NUO_OK);
  assert_int_equal(load(&image, EXPIRES), NUO_NOT_TRUSTED);
  free(image.bytes);
}

// An empty list of keys trusts nobody, which is not the same as no list.
static void test_nobody(void **state) {
  const nuo_trust nobody = {.key_count = 0};
  const nuo_options options = {.trust = &nobody};
  struct signed_image image = make();
  nuo_program *program;
  (void)state;
  assert_int_equal(nuo_program_load(image.bytes, image.size, &options, &program, NULL), NUO_NOT_TRUSTED);
  assert_int_equal(nuo_program_load(image.bytes, image.size, NULL, &program, NULL), NUO_OK);
  nuo_program_free(program);
  free(image.bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_bit), cmocka_unit_test(test_expiry),
                                     cmocka_unit_test(test_nobody)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
