// SPDX-License-Identifier: Apache-2.0
// A loaded program: the verified image and what loading resolved (zones, regexes, native functions).
#ifndef NUO_RUNTIME_PROGRAM_H
#define NUO_RUNTIME_PROGRAM_H

#include <stdatomic.h>

#include "runtime/image.h"
#include "runtime/match.h"
#include "runtime/nuo.h"
#include "runtime/regex.h"
#include "runtime/zone.h"

struct native_call;  // native.c: a prepared libffi call
struct sieve;        // sieve.h

struct nuo_program {
  atomic_uint references;
  nuo_allocator allocator;
  void *bytes;  // the copy of the image
  size_t size;
  struct image image;
  nuo_program_info info;
  struct zone_set *zones;  // shared cache, thread-safe
  uint32_t policy_zone;    // handle in zones
  const uint32_t
      *zone_of_string;         // ZCONST: handle by string constant, resolved at load (sparse: see program.c)
  uint32_t zone_string_count;  // of zone_of_string: one more than the last string constant of a ZCONST
  uint32_t pool_numbers;       // NUMBERS at the front of every batch's pool: all when code has LCONST, else 0
  uint32_t pool_texts;         // STRING_LIST after them: all when code has LCONSTX, else 0
  struct regex **regexes;      // as image.REGEXES
  struct sieve **sieves;       // as image.MATCHES; NULL where there is none
  struct native_call **natives;  // as image.NATIVES
  nuo_natives watch;             // how long they may take; of `functions` only whether there are any
};

void nuo__program_ref(nuo_program *program);

// Checks header, checksum, sections and every index and instruction of an image, and fills in *image
// (pointing into `bytes`, which must be aligned to 8). After NUO_OK nothing that reads the image needs a
// check.
nuo_status nuo__image_verify(const void *bytes, size_t size, struct image *image, nuo_error *error);
// The same with an allocator for what the proof has to remember; nuo__image_verify takes the default one.
nuo_status nuo__image_verify_with(const nuo_allocator *allocator, const void *bytes, size_t size,
                                  struct image *image, nuo_error *error);
// There is no memory to load it: says so.
nuo_status nuo__program_no_memory(nuo_error *error);

// How late an event or a report may be at most, in ms.
int64_t nuo__image_lateness(const struct image *image);
// Computes and stores the digests and the checksum of a complete image (compiler, tests).
void nuo__image_seal(void *bytes, size_t size);

#endif
