// SPDX-License-Identifier: Apache-2.0
// A state directory: what a store holds, written from commit to commit. Opening reads and checks all of it
// into a store in memory; a commit writes what has changed since, whole or not at all, whenever the process
// or the machine stops. One engine has a directory at a time.
//
//   DIR/state   an LMDB database: the records and timers, and what the engine says of itself
//   DIR/secret  16 random bytes that keys are hashed and entries are sealed with, unless the host has its own
//   DIR/lock    held while an engine uses the directory
#ifndef NUO_RUNTIME_DISK_H
#define NUO_RUNTIME_DISK_H

#include "runtime/store.h"

struct disk;

// What is committed together with the store's changes.
enum disk_note {
  NOTE_POLICY,       // the policy's name
  NOTE_DEFINITIONS,  // what it remembers (schema.c)
  NOTE_POSITION,     // the host's own
  NOTE_COUNT
};

// Opens or makes a directory. `secret`: 16 bytes, or NULL: the directory's own. On failure *disk is NULL:
// NUO_IO, NUO_BAD_STATE (not a state directory, damaged, in use, another secret) or NUO_NO_MEMORY, with
// *error filled in.
nuo_status nuo__disk_open(const nuo_allocator *allocator, const char *path, const void *secret,
                          struct disk **disk, nuo_error *error);
void nuo__disk_close(struct disk *disk);
const uint8_t *nuo__disk_secret(const struct disk *disk);

// The stores that a directory holds, always in the same order.
#define DISK_STORES 3

// Reads everything into empty stores, which are watched from then on. Only the first one may have timers.
nuo_status nuo__disk_load(struct disk *disk, struct store *const stores[DISK_STORES], nuo_error *error);

// A note as it was loaded or set last; borrowed until it is set. Setting takes a copy; false when out of
// memory.
nuo_text nuo__disk_note(const struct disk *disk, enum disk_note which);
bool nuo__disk_set_note(struct disk *disk, enum disk_note which, const void *bytes, size_t size);

// A commit, in two steps. First what has changed in the stores, and the notes, are taken, which forgets it
// there; false when out of memory: nothing was taken.
bool nuo__disk_take(struct disk *disk, struct store *const stores[DISK_STORES]);
// Then what was taken, if anything was, is written, whole or not at all; the stores may change again. With
// `compact` anew, without traces of what was removed. NUO_IO: it stays taken, and goes with the next commit.
nuo_status nuo__disk_write(struct disk *disk, bool compact, nuo_error *error);

#define DISK_NO_MEMORY "there is not enough memory to check it"
// Checks the pages of a database: NULL when all is well, else what is wrong (disk_check.c), or
// DISK_NO_MEMORY. `size` bytes at `file`, aligned to 8.
const char *nuo__disk_check(const nuo_allocator *allocator, const void *file, size_t size);

#endif
