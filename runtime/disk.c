// SPDX-License-Identifier: Apache-2.0
// State directories. The database has one table:
//
//   'f'                          the format, and a check of the secret; the only entry in the clear
//   'm' number                   a note of the engine
//   'n'                          how many records and timers there are
//   'r' store key                a record
//   't' instant key              a timer; the instant big-endian with its sign turned, so that they ascend
//
// All entries but the first are sealed (seal.h). LMDB allocates with malloc, and its own lock file is not
// used: one engine has the directory alone. Opening and reading are here, writing in disk_write.c. Called by
// engine_state.c.
#include "runtime/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/disk_fail.h"
#include "runtime/disk_own.h"
#include "runtime/failure.h"

#define MAP_LEAST ((size_t)4 << 20)

// ---- failures ----

static int shown(const struct disk *d) {
  return nuo__disk_shown(d->path);
}

static nuo_status no_memory(nuo_error *error) {
  return nuo__disk_no_memory(error);
}

static nuo_status fail_damaged(const struct disk *d, nuo_error *error, const char *what) {
  return nuo__disk_damaged(d->path, error, what);
}

static nuo_status fail_io(const struct disk *d, nuo_error *error, const char *what, int code) {
  return nuo__disk_io(d->path, error, what, code);
}

bool nuo__disk_reserve(struct disk *d, struct block *block, size_t size) {
  if (size <= block->size) return true;
  size_t wanted = size + size / 2 + 64;
  uint8_t *grown = nuo__realloc(d->allocator, block->bytes, block->size, wanted);
  if (grown == NULL) return false;
  block->bytes = grown;
  block->size = wanted;
  return true;
}

// ---- files ----

const char *nuo__disk_file_in(struct disk *d, const char *name) {
  size_t len = d->path_size - 1, name_len = strlen(name);
  if (!nuo__disk_reserve(d, &d->buffer, len + name_len + 2)) return NULL;
  char *path = (char *)d->buffer.bytes;
  memcpy(path, d->path, len);
  path[len] = '/';
  memcpy(path + len + 1, name, name_len + 1);
  return path;
}

static bool is_own(const char *name) {
  static const char *const own[] = {".", "..", "lock", "secret", "secret.new", "state.new"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (strcmp(name, own[i]) == 0) return true;
  return false;
}

// Whether it has a state, or nothing but what there is of one that was being made when the process stopped.
// Else 0 or the error in *code.
static bool is_ours(const struct disk *d, int *code) {
  DIR *directory = opendir(d->path);
  bool has_state = false, has_others = false;
  *code = directory == NULL ? errno : 0;
  if (directory == NULL) return false;
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    has_state |= strcmp(entry->d_name, "state") == 0;
    has_others |= !is_own(entry->d_name);
  }
  closedir(directory);
  return has_state || !has_others;
}

static nuo_status lock(struct disk *d, nuo_error *error) {
  const char *path = nuo__disk_file_in(d, "lock");
  if (path == NULL) return no_memory(error);
  d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (d->lock < 0) return fail_io(d, error, "written", errno);
  if (flock(d->lock, LOCK_EX | LOCK_NB) == 0) return NUO_OK;
  if (errno != EWOULDBLOCK) return fail_io(d, error, "locked", errno);
  nuo__fail(error, NUO_BAD_STATE, 0,
            "the state directory %.*s is in use by another engine; wait for it, or stop it", shown(d),
            d->path);
  return nuo__fail_zh(error, NUO_BAD_STATE, "状态目录 %.*s 正被另一个引擎使用；请等它结束，或者将它停止",
                      shown(d), d->path);
}

static void sync_directory(const struct disk *d) {
  int directory = open(d->path, O_RDONLY | O_CLOEXEC);
  if (directory < 0) return;
  fsync(directory);
  close(directory);
}

int nuo__disk_replace(struct disk *d, const char *fresh, const char *name) {
  const char *path = nuo__disk_file_in(d, name);
  size_t len = path == NULL ? 0 : strlen(path) + 1;
  struct block from = {NULL, 0, 0};
  if (path == NULL || !nuo__disk_reserve(d, &from, len + strlen(fresh))) return ENOMEM;
  memcpy(from.bytes, d->path, d->path_size - 1);
  from.bytes[d->path_size - 1] = '/';
  memcpy(from.bytes + d->path_size, fresh, strlen(fresh) + 1);
  int code = rename((const char *)from.bytes, path) == 0 ? 0 : errno;
  nuo__free(d->allocator, from.bytes, from.size);
  if (code == 0) sync_directory(d);
  return code;
}

// ---- the secret ----

static nuo_status make_secret(struct disk *d, nuo_error *error) {
  const char *path = nuo__disk_file_in(d, "secret.new");
  if (path == NULL) return no_memory(error);
  randombytes_buf(d->secret, sizeof d->secret);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail_io(d, error, "written", errno);
  ssize_t put = write(file, d->secret, sizeof d->secret);
  int code = put < 0 ? errno : put < SECRET_SIZE ? ENOSPC : fsync(file) != 0 ? errno : 0;
  close(file);
  if (code == 0) code = nuo__disk_replace(d, "secret.new", "secret");
  return code == 0 ? NUO_OK : fail_io(d, error, "written", code);
}

static nuo_status own_secret(struct disk *d, bool is_new, nuo_error *error) {
  uint8_t bytes[SECRET_SIZE + 1];
  const char *path = nuo__disk_file_in(d, "secret");
  if (path == NULL) return no_memory(error);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT && is_new) return make_secret(d, error);
  if (file < 0 && errno == ENOENT) {
    nuo__fail(error, NUO_BAD_STATE, 0,
              "the state directory %.*s has no file `secret`: give the secret it was made with", shown(d),
              d->path);
    return nuo__fail_zh(error, NUO_BAD_STATE, "状态目录 %.*s 中没有文件 secret：请给出当初所用的密钥",
                        shown(d), d->path);
  }
  if (file < 0) return fail_io(d, error, "read", errno);
  ssize_t got = read(file, bytes, sizeof bytes);
  close(file);
  if (got != SECRET_SIZE) return fail_damaged(d, error, "the file `secret` has not 16 bytes");
  memcpy(d->secret, bytes, SECRET_SIZE);
  return NUO_OK;
}

// Not the seal of what lies within records: the same bytes under the same key may not be hidden alike in
// both.
static void init_seal(struct disk *d) {
  static const char own[] = "nuo: to hide entries", check[] = "nuo: to know the secret";
  uint8_t key[SECRET_SIZE];
  crypto_generichash(key, sizeof key, (const uint8_t *)own, sizeof own - 1, d->secret, sizeof d->secret);
  crypto_generichash(d->check, CHECK_SIZE, (const uint8_t *)check, sizeof check - 1, d->secret,
                     sizeof d->secret);
  nuo__seal_init(&d->seal, key);
}

// ---- the database ----

static nuo_status check_pages(struct disk *d, bool *is_new, nuo_error *error) {
  struct stat info;
  const char *path = nuo__disk_file_in(d, "state");
  if (path == NULL) return no_memory(error);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  *is_new = file < 0 && errno == ENOENT;
  if (*is_new) return NUO_OK;
  if (file < 0) return fail_io(d, error, "read", errno);
  if (fstat(file, &info) != 0 || info.st_size == 0) {
    close(file);
    return fail_damaged(d, error, "it ends too early");
  }
  void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  int code = errno;
  close(file);
  if (bytes == MAP_FAILED) return fail_io(d, error, "read", code);
  const char *wrong = nuo__disk_check(d->allocator, bytes, (size_t)info.st_size);
  munmap(bytes, (size_t)info.st_size);
  if ((size_t)info.st_size * 2 > d->map_size) d->map_size = (size_t)info.st_size * 2;
  if (wrong != NULL && strcmp(wrong, DISK_NO_MEMORY) == 0) return no_memory(error);
  return wrong == NULL ? NUO_OK : fail_damaged(d, error, wrong);
}

int nuo__disk_open_database(struct disk *d, const char *name) {
  const char *path = nuo__disk_file_in(d, name);
  if (path == NULL) return ENOMEM;
  int code = mdb_env_create(&d->env);
  if (code != 0) return d->env = NULL, code;
  code = mdb_env_set_mapsize(d->env, d->map_size);
  if (code == 0) code = mdb_env_open(d->env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS, 0600);
  if (code == 0) return 0;
  mdb_env_close(d->env);
  d->env = NULL;
  return code;
}

void nuo__disk_close_database(struct disk *d) {
  if (d->env != NULL) mdb_env_close(d->env);
  d->env = NULL;
}

// ---- life ----

static nuo_status open_directory(struct disk *d, nuo_error *error) {
  int code;
  if (mkdir(d->path, 0700) != 0 && errno != EEXIST) return fail_io(d, error, "created", errno);
  if (!is_ours(d, &code)) {
    if (code != 0) return fail_io(d, error, "read", code);
    nuo__fail(error, NUO_BAD_STATE, 0,
              "%.*s is not a state directory: it holds other files; choose an empty one", shown(d), d->path);
    return nuo__fail_zh(error, NUO_BAD_STATE, "%.*s 不是状态目录：里面有其他文件；请选一个空目录", shown(d),
                        d->path);
  }
  return lock(d, error);
}

static nuo_status open_all(struct disk *d, const void *secret, nuo_error *error) {
  bool is_new = false;
  nuo_status status = open_directory(d, error);
  if (status == NUO_OK) status = check_pages(d, &is_new, error);
  if (status != NUO_OK) return status;
  if (secret != NULL) {
    memcpy(d->secret, secret, SECRET_SIZE);
  } else {
    status = own_secret(d, is_new, error);
    if (status != NUO_OK) return status;
  }
  init_seal(d);
  int code = is_new ? nuo__disk_make(d) : 0;
  if (code == 0) code = nuo__disk_open_database(d, "state");
  return code == 0 ? NUO_OK : fail_io(d, error, is_new ? "written" : "opened", code);
}

nuo_status nuo__disk_open(const nuo_allocator *allocator, const char *path, const void *secret,
                          struct disk **disk, nuo_error *error) {
  struct disk *d = nuo__alloc(allocator, sizeof *d);
  *disk = NULL;
  if (d == NULL) return no_memory(error);
  memset(d, 0, sizeof *d);
  d->allocator = allocator;
  d->lock = -1;
  d->map_size = MAP_LEAST;
  d->path_size = strlen(path) + 1;
  d->path = nuo__alloc(allocator, d->path_size);
  nuo_status status = NUO_NO_MEMORY;
  if (d->path != NULL) {
    memcpy(d->path, path, d->path_size);
    status = open_all(d, secret, error);
  }
  if (status == NUO_OK) {
    *disk = d;
  } else {
    nuo__disk_close(d);
  }
  return status;
}

void nuo__disk_close(struct disk *d) {
  if (d == NULL) return;
  nuo__disk_close_database(d);
  if (d->lock >= 0) close(d->lock);
  for (int i = 0; i < NOTE_COUNT; i++) nuo__free(d->allocator, d->notes[i].bytes, d->notes[i].size);
  nuo__free(d->allocator, d->buffer.bytes, d->buffer.size);
  nuo__disk_drop_taken(d);
  nuo__free(d->allocator, d->path, d->path_size);
  const nuo_allocator *allocator = d->allocator;
  sodium_memzero(d, sizeof *d);
  nuo__free(allocator, d, sizeof *d);
}

const uint8_t *nuo__disk_secret(const struct disk *d) {
  return d->secret;
}

nuo_text nuo__disk_note(const struct disk *d, enum disk_note which) {
  return (nuo_text){(const char *)d->notes[which].bytes, d->notes[which].len};
}

bool nuo__disk_set_note(struct disk *d, enum disk_note which, const void *bytes, size_t size) {
  struct block *note = &d->notes[which];
  if (!nuo__disk_reserve(d, note, size)) return false;
  if (size > 0) memcpy(note->bytes, bytes, size);
  note->len = size;
  return true;
}

// ---- entries ----

struct entry_key nuo__disk_key_of_note(unsigned which) {
  return (struct entry_key){{'m', (uint8_t)which}, 2, {{'m', (uint8_t)which}}};
}

struct entry_key nuo__disk_key_of_counts(void) {
  return (struct entry_key){{'n'}, 1, {{'n'}}};
}

struct entry_key nuo__disk_key_of_record(unsigned store, const struct store_key *key) {
  struct entry_key out = {{'r', (uint8_t)store}, 2 + sizeof key->bytes, *key};
  memcpy(out.bytes + 2, key->bytes, sizeof key->bytes);
  return out;
}

struct entry_key nuo__disk_key_of_timer(int64_t at, const struct store_key *key) {
  struct entry_key out = {{'t'}, KEY_MAX, *key};
  uint64_t turned = (uint64_t)at ^ UINT64_C(1) << 63;
  for (int i = 0; i < 8; i++) out.bytes[1 + i] = (uint8_t)(turned >> (56 - 8 * i));
  memcpy(out.bytes + 9, key->bytes, sizeof key->bytes);
  return out;
}

static int64_t instant_in(const uint8_t *bytes) {
  uint64_t turned = 0;
  for (int i = 0; i < 8; i++) turned = turned << 8 | bytes[i];
  return (int64_t)(turned ^ UINT64_C(1) << 63);
}

// ---- loading ----

struct loading {
  struct disk *disk;
  struct store *const *stores;
  uint64_t records, timers;  // as found
  uint64_t told[2];          // as written
  bool has_format;
};

static nuo_status load_format(struct loading *l, const MDB_val *value, nuo_error *error) {
  const struct disk *d = l->disk;
  const uint8_t *bytes = value->mv_data;
  if (value->mv_size != FORMAT_SIZE + CHECK_SIZE || memcmp(bytes, FORMAT, FORMAT_SIZE) != 0)
    return fail_damaged(d, error, "it is not of the format that this version knows");
  l->has_format = true;
  if (memcmp(bytes + FORMAT_SIZE, d->check, CHECK_SIZE) == 0) return NUO_OK;
  nuo__fail(error, NUO_BAD_STATE, 0, "the state directory %.*s was made with another secret; give that one",
            shown(d), d->path);
  return nuo__fail_zh(error, NUO_BAD_STATE, "状态目录 %.*s 用的是另一密钥；请给出那个密钥", shown(d),
                      d->path);
}

// Which entry a key is of; false when of none.
static bool read_key(const MDB_val *from, struct entry_key *key) {
  const uint8_t *bytes = from->mv_data;
  struct store_key own;
  if (bytes[0] == 'm' && from->mv_size == 2 && bytes[1] < NOTE_COUNT)
    return *key = nuo__disk_key_of_note(bytes[1]), true;
  if (bytes[0] == 'n' && from->mv_size == 1) return *key = nuo__disk_key_of_counts(), true;
  if (bytes[0] == 'r' && from->mv_size == 2 + sizeof own.bytes && bytes[1] < DISK_STORES) {
    memcpy(own.bytes, bytes + 2, sizeof own.bytes);
    return *key = nuo__disk_key_of_record(bytes[1], &own), true;
  }
  if (bytes[0] != 't' || from->mv_size != KEY_MAX) return false;
  memcpy(own.bytes, bytes + 9, sizeof own.bytes);
  return *key = nuo__disk_key_of_timer(instant_in(bytes + 1), &own), true;
}

// Takes what an entry says, which lies unsealed in d->buffer. False: out of memory.
static bool take_entry(struct loading *l, const struct entry_key *key, size_t size) {
  struct disk *d = l->disk;
  switch (key->bytes[0]) {
    case 'm':
      return nuo__disk_set_note(d, key->bytes[1], d->buffer.bytes, size);
    case 'n':
      memcpy(l->told, d->buffer.bytes, size < sizeof l->told ? size : sizeof l->told);
      return true;
    case 'r':
      l->records++;
      return nuo__store_put(l->stores[key->bytes[1]], &key->seal, d->buffer.bytes, (uint32_t)size);
    default:
      l->timers++;
      return nuo__store_timer_add(l->stores[0], instant_in(key->bytes + 1), &key->seal);
  }
}

static nuo_status load_entry(struct loading *l, const MDB_val *from, const MDB_val *value, nuo_error *error) {
  struct disk *d = l->disk;
  struct entry_key key;
  if (!l->has_format) return fail_damaged(d, error, "it does not say of which format it is");
  if (!read_key(from, &key) || value->mv_size > UINT32_MAX)
    return fail_damaged(d, error, "an entry is of no known kind");
  if (!nuo__disk_reserve(d, &d->buffer, value->mv_size)) return no_memory(error);
  if (!nuo__unseal(&d->seal, &key.seal, value->mv_data, value->mv_size, d->buffer.bytes) ||
      (key.bytes[0] == 't' && memcmp(d->buffer.bytes, key.bytes + 1, 8) != 0))
    return fail_damaged(d, error, "an entry is not as it was written");
  return take_entry(l, &key, value->mv_size - SEAL_MARK) ? NUO_OK : no_memory(error);
}

static nuo_status load_all(struct loading *l, MDB_txn *txn, MDB_dbi table, nuo_error *error) {
  MDB_cursor *cursor;
  MDB_val key, value;
  nuo_status status = NUO_OK;
  int code = mdb_cursor_open(txn, table, &cursor);
  if (code != 0) return fail_io(l->disk, error, "read", code);
  while (status == NUO_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    bool is_format = key.mv_size == 1 && *(const uint8_t *)key.mv_data == 'f';
    status = is_format ? load_format(l, &value, error) : load_entry(l, &key, &value, error);
  }
  mdb_cursor_close(cursor);
  if (status != NUO_OK || code == MDB_NOTFOUND) return status;
  return fail_io(l->disk, error, "read", code);
}

nuo_status nuo__disk_load(struct disk *d, struct store *const stores[DISK_STORES], nuo_error *error) {
  struct loading l = {.disk = d, .stores = stores};
  MDB_txn *txn;
  MDB_dbi table;
  int code = mdb_txn_begin(d->env, NULL, MDB_RDONLY, &txn);
  if (code != 0) return fail_io(d, error, "read", code);
  code = mdb_dbi_open(txn, NULL, 0, &table);
  nuo_status status = code == 0 ? load_all(&l, txn, table, error) : fail_io(d, error, "read", code);
  mdb_txn_abort(txn);
  if (status != NUO_OK) return status;
  if (l.records != l.told[0] || l.timers != l.told[1]) return fail_damaged(d, error, "entries are missing");
  for (int i = 0; i < DISK_STORES; i++) nuo__store_watch(stores[i]);
  return NUO_OK;
}
