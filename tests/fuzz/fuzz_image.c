// SPDX-License-Identifier: Apache-2.0
// Fuzz target: images that were tampered with. The input is no image but a list of changes to one that the
// compiler made, so that it stays small and goes straight at the sections: the first byte chooses the policy,
// each eight bytes after it are a change. Digests are made right again, so that the proof and not the
// checksum has to refuse; what is accepted must decide events without harm.
#include <stdlib.h>
#include <string.h>

#include "runtime/image.h"
#include "runtime/program.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static nuo_text originals[8];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < fuzz_policy_count; i++) originals[i] = fuzz_compile(fuzz_policies[i].source);
  return 0;
}

struct change {
  uint8_t section, how;
  uint16_t where;
  uint32_t value;
};
enum { SET_BYTE, SET_HALF, SET_WORD, ADD_WORD, FLIP_BIT, COPY_ITEM, HOW_COUNT };

static size_t item_size(unsigned section) {
  static const size_t sizes[] = {
#define SECTION(name, type) sizeof(type),
      IMAGE_SECTIONS
#undef SECTION
  };
  return sizes[section];
}

// Copies `width` bytes of the value to `at`, as far as there is room.
static void put(char *image, size_t size, size_t at, uint32_t value, size_t width) {
  if (at + width <= size) memcpy(image + at, &value, width);
}

static void apply(char *image, size_t size, const struct change *c) {
  const struct image_header *header = (const void *)image;
  struct image_section s = {0, (uint32_t)sizeof *header};  // one more section: the header
  size_t item = 1;
  unsigned section = c->section % (SECTION_COUNT + 1);
  if (section < SECTION_COUNT) s = header->sections[section], item = item_size(section);
  if (s.count == 0 || s.offset >= size) return;
  size_t bytes = (size_t)s.count * item, at = s.offset + c->where % bytes;
  if (bytes > size) return;
  uint32_t word = 0;
  switch (c->how % HOW_COUNT) {
    case SET_BYTE:
      put(image, size, at, c->value, 1);
      break;
    case SET_HALF:
      put(image, size, at & ~(size_t)1, c->value, 2);
      break;
    case SET_WORD:
      put(image, size, at & ~(size_t)3, c->value, 4);
      break;
    case ADD_WORD:
      at &= ~(size_t)3;
      if (at + 4 <= size) memcpy(&word, image + at, 4);
      put(image, size, at, word + (uint32_t)(int32_t)(int8_t)c->value, 4);
      break;
    case FLIP_BIT:
      if (at < size) image[at] = (char)(image[at] ^ 1 << c->value % 8);
      break;
    default: {  // one item over another
      size_t to = s.offset + c->where % s.count * item, from = s.offset + c->value % s.count * item;
      if (to + item <= size && from + item <= size) memmove(image + to, image + from, item);
    }
  }
}

// Whether every section lies within the image, without which there is nothing to take a digest of.
static bool has_sections(const char *image, size_t size) {
  const struct image_header *header = (const void *)image;
  for (unsigned i = 0; i < SECTION_COUNT; i++) {
    const struct image_section *s = &header->sections[i];
    if (s->offset > size || (uint64_t)s->count * item_size(i) > size - s->offset) return false;
  }
  return true;
}

static void decide(nuo_session *session, const char *const *events) {
  const nuo_decision *decisions;
  size_t count;
  for (unsigned round = 0; round < 2; round++)
    for (size_t i = 0; events[i] != NULL; i++) {
      nuo_error error;
      if (nuo_session_add_json(session, events[i], strlen(events[i]), round, &error) == NUO_BAD_EVENT)
        fuzz_check_error(&error, strlen(events[i]));
    }
  if (nuo_session_decide(session, &decisions, &count) != NUO_OK) fuzz_die("not decided");
  for (size_t i = 0; i < count; i++) {
    nuo_text json;
    if (nuo_session_decision_json(session, &decisions[i], &json) != NUO_OK) fuzz_die("no JSON");
    fuzz_check_json(json);
  }
}

static void try_image(const char *image, size_t size, const char *const *events) {
  nuo_program *program;
  nuo_error error;
  nuo_status status = nuo_program_load(image, size, NULL, &program, &error);
  if (status != NUO_OK) {
    if (error.status != status || program != NULL) fuzz_die("a refusal half done");
    fuzz_check_error(&error, size);
    return;
  }
  nuo_engine *engine;
  nuo_session *session = fuzz_session(&program, 1, &engine);
  nuo_program_free(program);
  if (session != NULL) decide(session, events);
  nuo_session_free(session);
  nuo_engine_free(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  size_t which = data[0] % fuzz_policy_count, len = originals[which].len;
  char *image = malloc(len);
  if (image == NULL) fuzz_die("out of memory");
  memcpy(image, originals[which].text, len);
  for (size_t at = 1; at + sizeof(struct change) <= size; at += sizeof(struct change)) {
    struct change change;
    memcpy(&change, data + at, sizeof change);
    apply(image, len, &change);
  }
  if (has_sections(image, len)) nuo__image_seal(image, len);
  try_image(image, len, fuzz_policies[which].events);
  free(image);
  return 0;
}
