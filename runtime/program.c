// SPDX-License-Identifier: Apache-2.0
// Loading: copies an image, has it verified (verify.c) and resolves what lies outside of it: time zones,
// regular expressions, native functions. A program never changes afterwards. Called by hosts and the engine.
#include "runtime/program.h"

#include <sodium.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/failure.h"
#include "runtime/limits.h"
#include "runtime/native.h"
#include "runtime/sieve.h"
#include "runtime/signature.h"
#include "runtime/text.h"
#include "runtime/vm.h"

void nuo__program_ref(nuo_program *program) {
  atomic_fetch_add_explicit(&program->references, 1, memory_order_relaxed);
}

static void free_regexes(nuo_program *program) {
  uint32_t count = program->image.REGEXES_count;
  for (uint32_t r = 0; program->regexes != NULL && r < count; r++) nuo__regex_free(program->regexes[r]);
  nuo__free(&program->allocator, program->regexes, count * sizeof *program->regexes);
}

static void free_natives(nuo_program *program) {
  uint32_t count = program->image.NATIVES_count;
  for (uint32_t n = 0; program->natives != NULL && n < count; n++) {
    nuo__native_free(&program->allocator, program->natives[n]);
  }
  nuo__free(&program->allocator, program->natives, count * sizeof *program->natives);
}

static void free_sieves(nuo_program *program) {
  const uint32_t count = program->image.MATCHES_count;
  for (uint32_t m = 0; program->sieves != NULL && m < count; m++)
    nuo__free(&program->allocator, program->sieves[m], sizeof *program->sieves[m]);
  nuo__free(&program->allocator, program->sieves, count * sizeof *program->sieves);
}

// Whatever is there: also serves a program half loaded.
static void release(nuo_program *program) {
  const nuo_allocator allocator = program->allocator;
  free_natives(program);
  free_sieves(program);
  free_regexes(program);
  nuo__free(&allocator, (void *)program->zone_of_string, program->zone_string_count * sizeof(uint32_t));
  nuo__zone_set_free(program->zones);
  nuo__free(&allocator, program->bytes, program->size);
  nuo__free(&allocator, program, sizeof *program);
}

void nuo_program_free(nuo_program *program) {
  if (program == NULL) return;
  if (atomic_fetch_sub_explicit(&program->references, 1, memory_order_acq_rel) == 1) release(program);
}

nuo_status nuo__program_no_memory(nuo_error *error) {
  nuo__fail(error, NUO_NO_MEMORY, 0, "Out of memory while loading the program.");
  return nuo__fail_zh(error, NUO_NO_MEMORY, "载入程序时内存不足。");
}

// An array of `count` items, all zero; NULL is no failure when `count` is 0.
static void *new_array(const nuo_program *program, size_t count, size_t item) {
  void *array = nuo__alloc(&program->allocator, count * item);
  if (array != NULL) memset(array, 0, count * item);
  return array;
}

// ---- zones ----

static nuo_status find_zone(nuo_program *program, struct image_str name, uint32_t *handle, nuo_error *error) {
  const char *text = program->image.STRINGS + name.at;
  uint16_t found = 0;
  enum zone_status status = nuo__zone_set_find(program->zones, text, name.len, &found);
  *handle = found;
  if (status == ZONE_OK) return NUO_OK;
  if (status == ZONE_OUT_OF_MEMORY) return nuo__program_no_memory(error);
  const int len = (int)(name.len < ZONE_NAME_MAX ? name.len : ZONE_NAME_MAX);
  nuo__fail(error, NUO_BAD_ZONE, 0, "The policy's time zone \"%.*s\" is not in the zone directory.", len,
            text);
  return nuo__fail_zh(error, NUO_BAD_ZONE, "时区数据目录中没有政策的时区“%.*s”。", len, text);
}

static nuo_status find_code_zones(nuo_program *program, nuo_error *error) {
  const struct image *image = &program->image;
  for (uint32_t c = 0; c < image->CODE_count; c++) {
    if (image->CODE[c].op != OPCODE_ZCONST || image->CODE[c].b < program->zone_string_count) continue;
    program->zone_string_count = (uint32_t)image->CODE[c].b + 1;
  }
  if (program->zone_string_count == 0) return NUO_OK;
  uint32_t *handles = new_array(program, program->zone_string_count, sizeof *handles);
  if (handles == NULL) return nuo__program_no_memory(error);
  program->zone_of_string = handles;
  for (uint32_t c = 0; c < image->CODE_count; c++) {
    uint16_t index = image->CODE[c].b;
    if (image->CODE[c].op != OPCODE_ZCONST) continue;
    nuo_status status = find_zone(program, image->STRING_LIST[index], &handles[index], error);
    if (status != NUO_OK) return status;
  }
  return NUO_OK;
}

static nuo_status load_zones(nuo_program *program, const char *directory, nuo_error *error) {
  size_t len = directory == NULL ? 0 : strlen(directory);
  enum zone_status status = nuo__zone_set_new(directory, len, &program->allocator, &program->zones);
  if (status == ZONE_OUT_OF_MEMORY) return nuo__program_no_memory(error);
  if (status != ZONE_OK)
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "The zone directory's path is too long.");
  nuo_status found = find_zone(program, program->image.PROGRAM->zone, &program->policy_zone, error);
  return found != NUO_OK ? found : find_code_zones(program, error);
}

// ---- sieves, regexes, native functions, lists ----

static nuo_status load_sieves(nuo_program *program, nuo_error *error) {
  const struct image *image = &program->image;
  if (image->MATCHES_count == 0) return NUO_OK;
  program->sieves = new_array(program, image->MATCHES_count, sizeof *program->sieves);
  if (program->sieves == NULL) return nuo__program_no_memory(error);
  for (uint32_t m = 0; m < image->MATCHES_count; m++) {
    struct sieve sieve;
    if (!nuo__sieve_make((const char *)image->MATCH_DATA + image->MATCHES[m].at, &sieve)) continue;
    program->sieves[m] = nuo__alloc(&program->allocator, sizeof sieve);
    if (program->sieves[m] == NULL) return nuo__program_no_memory(error);
    *program->sieves[m] = sieve;
  }
  return NUO_OK;
}

static nuo_status load_regexes(nuo_program *program, nuo_error *error) {
  const struct image *image = &program->image;
  if (image->REGEXES_count == 0) return NUO_OK;
  program->regexes = new_array(program, image->REGEXES_count, sizeof *program->regexes);
  if (program->regexes == NULL) return nuo__program_no_memory(error);
  for (uint32_t r = 0; r < image->REGEXES_count; r++) {
    struct image_str pattern = image->REGEXES[r];
    size_t at;
    enum regex_status status = nuo__regex_new(image->STRINGS + pattern.at, pattern.len, &program->allocator,
                                              &program->regexes[r], &at);
    if (status == REGEX_NO_MEMORY) return nuo__program_no_memory(error);
    if (status != REGEX_OK) {
      return nuo__fail(error, NUO_BAD_IMAGE, 0, "REGEXES %u: the expression cannot be compiled.", r);
    }
  }
  return NUO_OK;
}

static nuo_status load_natives(nuo_program *program, const nuo_options *options, nuo_error *error) {
  const struct image *image = &program->image;
  nuo_status checked = nuo__native_check(options->natives, error);
  if (checked != NUO_OK || image->NATIVES_count == 0) return checked;
  if (options->natives != NULL) program->watch = *options->natives;
  program->natives = new_array(program, image->NATIVES_count, sizeof *program->natives);
  if (program->natives == NULL) return nuo__program_no_memory(error);
  for (uint32_t n = 0; n < image->NATIVES_count; n++) {
    nuo_status status = nuo__native_new(image, n, options, &program->allocator, &program->natives[n], error);
    if (status != NUO_OK) return status;
  }
  return NUO_OK;
}

// Only programs that make lists out of constants pay for them in every batch.
static void plan_pool(nuo_program *program) {
  const struct image *image = &program->image;
  for (uint32_t c = 0; c < image->CODE_count; c++) {
    if (image->CODE[c].op == OPCODE_LCONST) program->pool_numbers = image->NUMBERS_count;
    if (image->CODE[c].op == OPCODE_LCONSTX) program->pool_texts = image->STRING_LIST_count;
  }
}

// ---- information ----

static void fill_info(nuo_program *program) {
  const struct image *image = &program->image;
  const struct image_program *p = image->PROGRAM;
  program->info = (nuo_program_info){
      .policy = nuo__text_of(image, p->policy),
      .policy_zh = nuo__text_of(image, p->policy_zh),
      .title = nuo__text_of(image, p->title),
      .version = nuo__text_of(image, p->version),
      .from = p->from,
      .until = p->until,
      .rules = image->RULES_count,
      .events = image->EVENTS_count,
      .clauses = image->CLAUSES_count,
      .cost = p->max_cost,
      .lane_bytes = (uint32_t)nuo__batch_size(image),
  };
  sodium_bin2hex(program->info.program_digest, sizeof program->info.program_digest,
                 image->header->program_digest, sizeof image->header->program_digest);
  sodium_bin2hex(program->info.source_digest, sizeof program->info.source_digest,
                 image->header->source_digest, sizeof image->header->source_digest);
}

int64_t nuo__image_lateness(const struct image *image) {
  int64_t lateness = 0;
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    const int64_t least = event->enforceable ? LIMIT_REPORT_LATE_MS : 0;
    if (event->lateness > lateness) lateness = event->lateness;
    if (least > lateness) lateness = least;
  }
  return lateness;
}

void nuo_program_describe(const nuo_program *program, nuo_program_info *info) {
  if (program != NULL && info != NULL) *info = program->info;
}

// ---- loading ----

static nuo_status load(nuo_program *program, const void *image, size_t size, const nuo_options *options,
                       nuo_error *error) {
  if (options->trust != NULL && nuo__signature_check(image, size, options->trust, error) != NUO_OK)
    return NUO_NOT_TRUSTED;
  size = nuo__signature_image_size(image, size);
  program->bytes = nuo__alloc(&program->allocator, size);
  if (program->bytes == NULL)
    return size == 0 ? nuo__fail(error, NUO_BAD_IMAGE, 0, "The image is empty.")
                     : nuo__program_no_memory(error);
  program->size = size;
  memcpy(program->bytes, image, size);
  nuo_status status =
      nuo__image_verify_with(&program->allocator, program->bytes, size, &program->image, error);
  if (status == NUO_OK) status = load_zones(program, options->zone_directory, error);
  if (status == NUO_OK) status = load_sieves(program, error);
  if (status == NUO_OK) status = load_regexes(program, error);
  if (status == NUO_OK) status = load_natives(program, options, error);
  if (status != NUO_OK) return status;
  plan_pool(program);
  fill_info(program);
  return NUO_OK;
}

nuo_status nuo_program_load(const void *image, size_t size, const nuo_options *options, nuo_program **program,
                            nuo_error *error) {
  static const nuo_options no_options;
  if (program == NULL) return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "There is no place for the program.");
  *program = NULL;
  if (image == NULL) return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "There is no image.");
  if (options == NULL) options = &no_options;
  const nuo_allocator *allocator = options->allocator != NULL ? options->allocator : nuo__default_allocator();
  nuo_program *fresh = nuo__alloc(allocator, sizeof *fresh);
  if (fresh == NULL) return nuo__program_no_memory(error);
  memset(fresh, 0, sizeof *fresh);
  fresh->allocator = *allocator;
  atomic_init(&fresh->references, 1);
  nuo_status status = load(fresh, image, size, options, error);
  if (status != NUO_OK) {
    release(fresh);
    return status;
  }
  *program = fresh;
  return NUO_OK;
}
