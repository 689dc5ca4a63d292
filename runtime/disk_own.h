// SPDX-License-Identifier: Apache-2.0
// Inside state directories: what reading (disk.c) and writing (disk_write.c) share.
#ifndef NUO_RUNTIME_DISK_OWN_H
#define NUO_RUNTIME_DISK_OWN_H

#include <lmdb.h>

#include "runtime/disk.h"
#include "runtime/seal.h"

#define FORMAT "nuo state 2\n"
#define FORMAT_SIZE (sizeof FORMAT - 1)
#define SECRET_SIZE 16
#define CHECK_SIZE 16
#define KEY_MAX (1 + 8 + 16)

struct block {
  uint8_t *bytes;
  size_t len, size;
};

struct entry_key {
  uint8_t bytes[KEY_MAX];
  uint8_t size;
  struct store_key seal;  // what the entry is sealed under
};
struct entry_key nuo__disk_key_of_note(unsigned which);
struct entry_key nuo__disk_key_of_counts(void);
struct entry_key nuo__disk_key_of_record(unsigned store, const struct store_key *key);
// The instant is sealed once more as the entry's value.
struct entry_key nuo__disk_key_of_timer(int64_t at, const struct store_key *key);

// An entry that a commit has to write, or to remove.
struct taken {
  struct entry_key key;
  bool removed;
  uint32_t len, number;  // number: the later of two of one key counts
  size_t at;             // of its value, in the block
};

struct disk {
  const nuo_allocator *allocator;
  char *path;
  size_t path_size;
  int lock;
  MDB_env *env;  // NULL after a failure that LMDB does not go on after; opened again by the next commit
  size_t map_size;
  uint8_t secret[SECRET_SIZE];
  struct seal seal;
  uint8_t check[CHECK_SIZE];  // of the secret
  struct block notes[NOTE_COUNT];
  struct block buffer;  // where entries are sealed and unsealed
  // What was taken out of the stores and is not written yet, of one commit or of several that failed.
  struct block taken, values;  // struct taken; their values
  bool cleared[DISK_STORES];   // all records that are written went, before these
  uint64_t records;            // how many there are then
};

bool nuo__disk_reserve(struct disk *d, struct block *block, size_t size);
// The path of a file in the directory, in d->buffer; NULL when out of memory.
const char *nuo__disk_file_in(struct disk *d, const char *name);
// Puts a file in its place as a whole. 0 or errno, as below.
int nuo__disk_replace(struct disk *d, const char *fresh, const char *name);
int nuo__disk_open_database(struct disk *d, const char *name);
void nuo__disk_close_database(struct disk *d);
// An empty state, which is there as a whole or not at all.
int nuo__disk_make(struct disk *d);
void nuo__disk_drop_taken(struct disk *d);

#endif
