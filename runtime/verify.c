// SPDX-License-Identifier: Apache-2.0
// Proves an image safe before anything reads it, and seals a finished one. Here: header, sections, digests
// and the order of the proof; verify_schema.c has the tables, verify_code.c the code, verify_rule.c the
// rules. An image may come from anywhere: nothing in it is believed. Called by the loader, the compiler and
// tests.
#include "runtime/verify.h"

#include <sodium.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/failure.h"
#include "runtime/program.h"
#include "runtime/utf8.h"
#include "runtime/vm.h"

static const uint32_t item_sizes[] = {
#define SECTION(name, type) sizeof(type),
    IMAGE_SECTIONS
#undef SECTION
};

static const char *const section_names[] = {
#define SECTION(name, type) #name,
    IMAGE_SECTIONS
#undef SECTION
};

bool nuo__verify_reject(struct verifier *v, enum image_section_id section, uint32_t index,
                        const char *reason) {
  uint64_t at = v->image->header->sections[section].offset + (uint64_t)index * item_sizes[section];
  v->status = nuo__fail(v->error, NUO_BAD_IMAGE, at, "The image is refused: %s %u: %s; build it again.",
                        section_names[section], (unsigned)index, reason);
  nuo__fail_zh(v->error, v->status, "映像无效（%s %u：%s）；请重新生成。", section_names[section],
               (unsigned)index, reason);
  return false;
}

bool nuo__verify_spend(struct verifier *v, enum image_section_id section, uint32_t index, uint64_t steps) {
  if (steps > v->budget) return nuo__verify_reject(v, section, index, "too much is shared to be checked");
  v->budget -= steps;
  return true;
}

static bool is_inside(const char *bytes, uint32_t at) {
  return ((unsigned char)bytes[at] & 0xC0) == 0x80;
}

bool nuo__verify_is_text(const char *bytes, uint32_t size, struct image_str str) {
  if (!nuo__verify_is_range(str.at, str.len, size)) return false;
  uint32_t end = str.at + str.len;
  return (str.at == size || !is_inside(bytes, str.at)) && (end == size || !is_inside(bytes, end));
}

bool nuo__verify_is_str(const struct verifier *v, struct image_str str) {
  return nuo__verify_is_text(v->image->STRINGS, v->image->STRINGS_count, str);
}

uint32_t nuo__verify_reg_count(const struct verifier *v, unsigned reg_class) {
  const struct image_program *p = v->image->PROGRAM;
  const uint32_t counts[] = {p->plane_count, p->column_count, p->wide_count,
                             p->half_count,  p->text_count,   p->list_count};
  return reg_class < REG_NONE ? counts[reg_class] : 0;
}

uint32_t nuo__verify_field_count(const struct verifier *v, unsigned reg_class) {
  const struct image_program *p = v->image->PROGRAM;
  const uint32_t counts[] = {p->field_planes, p->field_columns, p->wide_count,
                             p->half_count,   p->field_texts,   p->field_lists};
  return reg_class < REG_NONE ? counts[reg_class] : 0;
}

// ---- header, sections, digests ----

static bool reject_whole(struct verifier *v, uint64_t offset, const char *reason) {
  v->status = nuo__fail(v->error, NUO_BAD_IMAGE, offset, "The image is refused: %s.", reason);
  nuo__fail_zh(v->error, v->status, "映像无效（%s）；请重新生成。", reason);
  return false;
}

static uint64_t align_8(uint64_t at) {
  return (at + 7) & ~UINT64_C(7);
}

static bool is_zero(const char *bytes, uint64_t from, uint64_t to) {
  while (from < to && bytes[from] == 0) from++;
  return from >= to;
}

static bool check_layout(struct verifier *v, const char *bytes, uint64_t size) {
  const struct image_header *header = (const void *)bytes;
  uint64_t end = sizeof *header;
  for (uint32_t s = 0; s < SECTION_COUNT; s++) {
    uint64_t at = header->sections[s].offset;
    if (at != align_8(end) || at > size) return reject_whole(v, 0, "a section is not where it has to be");
    if (!is_zero(bytes, end, at)) return reject_whole(v, end, "there is something between two sections");
    end = at + (uint64_t)header->sections[s].count * item_sizes[s];
    if (end > size) return reject_whole(v, at, "it ends within a section");
  }
  if (size != end && size != align_8(end)) return reject_whole(v, end, "there is something after its end");
  return is_zero(bytes, end, size) || reject_whole(v, end, "there is something after its end");
}

static void map_sections(struct image *image, const char *bytes) {
  const struct image_header *header = (const void *)bytes;
  image->header = header;
#define SECTION(name, type)                                                      \
  image->name = (const type *)(bytes + header->sections[SECTION_##name].offset); \
  image->name##_count = header->sections[SECTION_##name].count;
  IMAGE_SECTIONS
#undef SECTION
}

// The plain hash needs no sodium_init: that would only choose a faster one and open the random source.
static void digest_program(const char *bytes, uint8_t digest[32]) {
  const struct image_header *header = (const void *)bytes;
  crypto_generichash_state state;
  crypto_generichash_init(&state, NULL, 0, 32);
  for (uint32_t s = 0; s < SECTION_COUNT; s++) {
    if (s == SECTION_SOURCE || s == SECTION_SOURCE_STRINGS) continue;
    uint64_t size = (uint64_t)header->sections[s].count * item_sizes[s];
    crypto_generichash_update(&state, (const void *)&size, sizeof size);
    crypto_generichash_update(&state, (const void *)(bytes + header->sections[s].offset), size);
  }
  crypto_generichash_final(&state, digest, 32);
}

static void digest_all(const char *bytes, uint64_t size, uint8_t digest[32]) {
  struct image_header header;
  crypto_generichash_state state;
  memcpy(&header, bytes, sizeof header);
  memset(header.checksum, 0, sizeof header.checksum);
  crypto_generichash_init(&state, NULL, 0, 32);
  crypto_generichash_update(&state, (const void *)&header, sizeof header);
  crypto_generichash_update(&state, (const void *)(bytes + sizeof header), size - sizeof header);
  crypto_generichash_final(&state, digest, 32);
}

static bool check_header(struct verifier *v, const char *bytes, uint64_t size) {
  const struct image_header *header = (const void *)bytes;
  uint8_t digest[32];
  if ((uintptr_t)bytes % 8 != 0) return reject_whole(v, 0, "it is not aligned to 8 bytes in memory");
  if (size < sizeof *header || memcmp(header->magic, IMAGE_MAGIC, sizeof header->magic) != 0) {
    return reject_whole(v, 0, "it is not an image of a compiled policy");
  }
  if (header->version != IMAGE_VERSION || header->section_count != SECTION_COUNT) {
    return reject_whole(v, 8, "it was built for another version; build it again");
  }
  if (header->size != size) return reject_whole(v, 16, "it is not complete: its size is another");
  digest_all(bytes, size, digest);
  if (memcmp(digest, header->checksum, sizeof digest) != 0) {
    return reject_whole(v, offsetof(struct image_header, checksum), "it is damaged: its checksum is another");
  }
  return true;
}

static bool check_program_digest(struct verifier *v, const char *bytes) {
  uint8_t digest[32];
  digest_program(bytes, digest);
  if (memcmp(digest, v->image->header->program_digest, sizeof digest) == 0) return true;
  return reject_whole(v, offsetof(struct image_header, program_digest), "its program digest is wrong");
}

void nuo__image_seal(void *bytes, size_t size) {
  struct image_header *header = bytes;
  header->size = size;
  digest_program(bytes, header->program_digest);
  digest_all(bytes, size, header->checksum);
}

// ---- strings ----

static bool check_strings(struct verifier *v) {
  const struct image *image = v->image;
  size_t bad = nuo__utf8_check(image->STRINGS, image->STRINGS_count);
  if (bad < image->STRINGS_count) {
    return nuo__verify_reject(v, SECTION_STRINGS, (uint32_t)bad, "the bytes are not UTF-8");
  }
  bad = nuo__utf8_check(image->SOURCE_STRINGS, image->SOURCE_STRINGS_count);
  if (bad < image->SOURCE_STRINGS_count) {
    return nuo__verify_reject(v, SECTION_SOURCE_STRINGS, (uint32_t)bad, "the bytes are not UTF-8");
  }
  for (uint32_t s = 0; s < image->STRING_LIST_count; s++) {
    if (!nuo__verify_is_str(v, image->STRING_LIST[s])) {
      return nuo__verify_reject(v, SECTION_STRING_LIST, s, "it is not a string");
    }
  }
  return true;
}

// ---- registers and scratch ----

static bool check_registers(struct verifier *v) {
  for (unsigned c = 0; c < REG_NONE; c++) {
    uint32_t count = nuo__verify_reg_count(v, c), fields = nuo__verify_field_count(v, c);
    if (count >= IMAGE_NO_REG)
      return nuo__verify_reject(v, SECTION_PROGRAM, 0, "there are too many registers");
    if (fields > count)
      return nuo__verify_reject(v, SECTION_PROGRAM, 0, "fields have more registers than there are");
    v->first_of[c] = v->reg_total;
    v->reg_total += count;
  }
  if (nuo__batch_size(v->image) <= LIMIT_SESSION_BYTES) return true;
  v->status = nuo__fail(v->error, NUO_LIMIT, 0,
                        "The program needs more than %u MiB of memory in each session; split the policy.",
                        (unsigned)(LIMIT_SESSION_BYTES >> 20));
  return false;
}

// Cuts `count` items off a block.
static uint32_t *take_words(uint32_t **block, size_t count) {
  uint32_t *at = *block;
  *block += count;
  return at;
}

static uint8_t *take_bytes(uint8_t **block, size_t count) {
  uint8_t *at = *block;
  *block += count;
  return at;
}

static bool new_scratch(struct verifier *v) {
  const struct image *image = v->image;
  size_t items =
      image->NUMBERS_count > image->STRING_LIST_count ? image->NUMBERS_count : image->STRING_LIST_count;
  v->word_count = 2 * (size_t)v->reg_total + items + 3 * (size_t)image->NODES_count + image->RULES_count;
  v->byte_count = (size_t)v->reg_total + image->MEMBERS_count + image->FIELDS_count + image->RULES_count;
  v->words = nuo__alloc(v->allocator, v->word_count * sizeof *v->words);
  v->bytes = nuo__alloc(v->allocator, v->byte_count);
  if (v->words == NULL || v->bytes == NULL) {
    v->status = nuo__fail(v->error, NUO_NO_MEMORY, 0, "Out of memory while checking the image.");
    return false;
  }
  memset(v->words, 0, v->word_count * sizeof *v->words);
  memset(v->bytes, 0, v->byte_count);
  uint32_t *words = v->words;
  v->reg_event = take_words(&words, v->reg_total);
  v->trail = take_words(&words, v->reg_total);
  v->run = take_words(&words, items);
  v->tree = take_words(&words, image->NODES_count);
  v->depth = take_words(&words, image->NODES_count);
  v->node_rule = take_words(&words, image->NODES_count);
  v->same_ranks = take_words(&words, image->RULES_count);
  uint8_t *bytes = v->bytes;
  v->defined = take_bytes(&bytes, v->reg_total);
  v->member_seen = take_bytes(&bytes, image->MEMBERS_count);
  v->field_seen = take_bytes(&bytes, image->FIELDS_count);
  v->rule_fired = take_bytes(&bytes, image->RULES_count);
  return true;
}

static void free_scratch(struct verifier *v) {
  nuo__free(v->allocator, v->words, v->word_count * sizeof *v->words);
  nuo__free(v->allocator, v->bytes, v->byte_count);
}

// ---- the proof ----

static bool check_all(struct verifier *v, const char *bytes, uint64_t size) {
  if (!check_header(v, bytes, size) || !check_layout(v, bytes, size)) return false;
  map_sections(v->image, bytes);
  if (v->image->PROGRAM_count != 1) return reject_whole(v, 0, "it does not hold one program");
  return check_program_digest(v, bytes) && check_strings(v) && check_registers(v) && new_scratch(v) &&
         nuo__verify_schema(v) && nuo__verify_duties(v) && nuo__verify_events_code(v) &&
         nuo__verify_rules(v) && nuo__verify_adapters(v);
}

nuo_status nuo__image_verify_with(const nuo_allocator *allocator, const void *bytes, size_t size,
                                  struct image *image, nuo_error *error) {
  struct verifier v = {
      .image = image,
      .allocator = allocator,
      .error = error,
      .budget = 16 * (uint64_t)size,
      .event = IMAGE_NONE,
      .rule = IMAGE_NONE,
      .opening = IMAGE_NONE,
  };
  memset(image, 0, sizeof *image);
  check_all(&v, bytes, size);
  free_scratch(&v);
  if (v.status != NUO_OK) memset(image, 0, sizeof *image);
  return v.status;
}

nuo_status nuo__image_verify(const void *bytes, size_t size, struct image *image, nuo_error *error) {
  return nuo__image_verify_with(nuo__default_allocator(), bytes, size, image, error);
}
