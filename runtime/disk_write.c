// SPDX-License-Identifier: Apache-2.0
// Commits of a state directory, in two steps: what has changed is taken out of the stores, which nobody may
// change meanwhile, and then written, while they go on. What could not be written stays taken, and goes with
// the next commit. Called by engine_state.c.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/disk_fail.h"
#include "runtime/disk_own.h"

// ---- taking ----

static size_t taken_count(const struct disk *d) {
  return d->taken.len / sizeof(struct taken);
}

static int order_of_taken(const void *left, const void *right) {
  const struct taken *a = left, *b = right;
  const int order = memcmp(a->key.bytes, b->key.bytes, KEY_MAX);
  return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static int order_of_numbers(const void *left, const void *right) {
  const struct taken *a = left, *b = right;
  return (a->number > b->number) - (a->number < b->number);
}

// Of each key the last, in the order of the table, which costs least to write.
static void sort_taken(struct disk *d) {
  struct taken *list = (struct taken *)(void *)d->taken.bytes;
  const size_t count = taken_count(d);
  size_t kept = 0;
  if (count > 1) qsort(list, count, sizeof *list, order_of_taken);
  for (size_t i = 0; i < count; i++)
    if (i + 1 == count || memcmp(list[i].key.bytes, list[i + 1].key.bytes, KEY_MAX) != 0)
      list[kept++] = list[i];
  d->taken.len = kept * sizeof *list;
}

// What commits that failed have left takes no more room the more often they fail.
static void pack_taken(struct disk *d) {
  struct taken *list = (struct taken *)(void *)d->taken.bytes;
  sort_taken(d);
  const size_t count = taken_count(d);
  if (count > 1) qsort(list, count, sizeof *list, order_of_numbers);
  d->values.len = 0;
  for (size_t i = 0; i < count; i++) {
    if (list[i].len > 0) memmove(d->values.bytes + d->values.len, d->values.bytes + list[i].at, list[i].len);
    list[i].at = d->values.len;
    list[i].number = (uint32_t)i;
    d->values.len += list[i].len;
  }
}

static bool take(struct disk *d, const struct entry_key *key, const void *value, uint32_t len) {
  if (!nuo__disk_reserve(d, &d->taken, d->taken.len + sizeof(struct taken)) ||
      !nuo__disk_reserve(d, &d->values, d->values.len + len))
    return false;
  struct taken *t = (struct taken *)(void *)(d->taken.bytes + d->taken.len);
  *t = (struct taken){.key = *key,
                      .removed = value == NULL,
                      .len = len,
                      .number = (uint32_t)taken_count(d),
                      .at = d->values.len};
  if (len > 0) memcpy(d->values.bytes + d->values.len, value, len);
  d->taken.len += sizeof *t;
  d->values.len += len;
  return true;
}

static bool take_records(struct disk *d, unsigned number, struct store *store,
                         const struct store_changes *changes) {
  bool good = true;
  for (size_t i = 0; good && i < changes->key_count; i++) {
    uint32_t size = 0;
    const void *record = nuo__store_get(store, &changes->keys[i], &size);
    const struct entry_key key = nuo__disk_key_of_record(number, &changes->keys[i]);
    good = take(d, &key, record, record == NULL ? 0 : size);
  }
  return good;
}

static bool take_timers(struct disk *d, const struct store_changes *changes) {
  bool good = true;
  for (size_t i = 0; good && i < changes->timer_count; i++) {
    const struct timer_change *change = &changes->timers[i];
    const struct entry_key key = nuo__disk_key_of_timer(change->at, &change->key);
    good = take(d, &key, change->added ? key.bytes + 1 : NULL, change->added ? 8 : 0);
  }
  return good;
}

static bool take_notes(struct disk *d) {
  bool good = true;
  for (unsigned i = 0; good && i < NOTE_COUNT; i++) {
    const struct entry_key key = nuo__disk_key_of_note(i);
    good =
        take(d, &key, d->notes[i].len == 0 ? (const void *)"" : d->notes[i].bytes, (uint32_t)d->notes[i].len);
  }
  return good;
}

// What a commit that failed had taken of a store that was emptied since.
static void forget_taken(struct disk *d, unsigned store, size_t count) {
  struct taken *list = (struct taken *)(void *)d->taken.bytes;
  for (size_t i = 0; i < count; i++)
    if (list[i].key.bytes[0] == 'r' && list[i].key.bytes[1] == store) list[i].removed = true;
}

static bool take_all(struct disk *d, struct store *const *stores, const struct store_changes *changes) {
  bool good = true;
  for (unsigned i = 0; good && i < DISK_STORES; i++) good = take_records(d, i, stores[i], &changes[i]);
  return good && take_timers(d, &changes[0]) && take_notes(d);
}

bool nuo__disk_take(struct disk *d, struct store *const stores[DISK_STORES]) {
  struct store_changes changes[DISK_STORES];
  pack_taken(d);
  const size_t taken = d->taken.len, values = d->values.len;
  for (int i = 0; i < DISK_STORES; i++)
    if (!nuo__store_changes(stores[i], &changes[i])) return false;
  if (!take_all(d, stores, changes)) {
    d->taken.len = taken;
    d->values.len = values;
    return false;
  }
  d->records = 0;
  for (unsigned i = 0; i < DISK_STORES; i++) {
    if (changes[i].is_cleared) forget_taken(d, i, taken / sizeof(struct taken));
    d->cleared[i] |= changes[i].is_cleared;
    d->records += nuo__store_count(stores[i]);
    nuo__store_settle(stores[i]);
  }
  return true;
}

void nuo__disk_drop_taken(struct disk *d) {
  nuo__free(d->allocator, d->taken.bytes, d->taken.size);
  nuo__free(d->allocator, d->values.bytes, d->values.size);
  d->taken = d->values = (struct block){NULL, 0, 0};
  memset(d->cleared, 0, sizeof d->cleared);
}

// ---- writing ----

struct writing {
  struct disk *disk;
  MDB_txn *txn;
  MDB_dbi table;
};

static int write_clear(struct writing *w, const struct entry_key *key, const void *bytes, size_t size) {
  MDB_val at = {key->size, (void *)key->bytes}, value = {size, (void *)bytes};
  return mdb_put(w->txn, w->table, &at, &value, 0);
}

static int write_sealed(struct writing *w, const struct entry_key *key, const void *bytes, size_t size) {
  struct disk *d = w->disk;
  if (!nuo__disk_reserve(d, &d->buffer, SEAL_MARK + size)) return ENOMEM;
  if (size > 0) memcpy(d->buffer.bytes + SEAL_MARK, bytes, size);
  nuo__seal(&d->seal, &key->seal, d->buffer.bytes, SEAL_MARK + size);
  return write_clear(w, key, d->buffer.bytes, SEAL_MARK + size);
}

static int remove_entry(struct writing *w, const struct entry_key *key) {
  MDB_val at = {key->size, (void *)key->bytes};
  int code = mdb_del(w->txn, w->table, &at, NULL);
  return code == MDB_NOTFOUND ? 0 : code;
}

// Of a store that was emptied, whatever it had.
static int remove_records(struct writing *w, unsigned store) {
  uint8_t prefix[] = {'r', (uint8_t)store};
  MDB_cursor *cursor;
  MDB_val key = {sizeof prefix, prefix}, value;
  int code = mdb_cursor_open(w->txn, w->table, &cursor);
  if (code != 0) return code;
  code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  while (code == 0 && key.mv_size > sizeof prefix && memcmp(key.mv_data, prefix, sizeof prefix) == 0) {
    code = mdb_cursor_del(cursor, 0);
    if (code == 0) code = mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT);
    if (code == EINVAL) code = MDB_NOTFOUND;  // behind the last entry of all
  }
  mdb_cursor_close(cursor);
  return code == MDB_NOTFOUND ? 0 : code;
}

// NULL for an empty one: there may be no block yet.
static const uint8_t *value_of(const struct disk *d, const struct taken *t) {
  return t->len == 0 ? NULL : d->values.bytes + t->at;
}

static int write_taken(struct writing *w) {
  struct disk *d = w->disk;
  int code = 0;
  for (unsigned i = 0; code == 0 && i < DISK_STORES; i++)
    if (d->cleared[i]) code = remove_records(w, i);
  sort_taken(d);
  const struct taken *list = (const struct taken *)(const void *)d->taken.bytes;
  for (size_t i = 0; code == 0 && i < taken_count(d); i++)
    code = list[i].removed ? remove_entry(w, &list[i].key)
                           : write_sealed(w, &list[i].key, value_of(d, &list[i]), list[i].len);
  return code;
}

// The format; last of all, how many entries there are then.
static int write_counts(struct writing *w) {
  struct disk *d = w->disk;
  const struct entry_key format = {{'f'}, 1, {{0}}}, counts = nuo__disk_key_of_counts();
  uint8_t bytes[FORMAT_SIZE + CHECK_SIZE];
  memcpy(bytes, FORMAT, FORMAT_SIZE);
  memcpy(bytes + FORMAT_SIZE, d->check, CHECK_SIZE);
  int code = write_clear(w, &format, bytes, sizeof bytes);
  uint64_t told[2] = {d->records, 0};
  MDB_stat stat;
  if (code == 0) code = write_sealed(w, &counts, told, sizeof told);
  if (code == 0) code = mdb_stat(w->txn, w->table, &stat);
  if (code != 0) return code;
  told[1] = stat.ms_entries - 2 - NOTE_COUNT - d->records;
  return write_sealed(w, &counts, told, sizeof told);
}

static int try_write(struct disk *d) {
  struct writing w = {.disk = d};
  int code = mdb_txn_begin(d->env, NULL, 0, &w.txn);
  if (code != 0) return code;
  code = mdb_dbi_open(w.txn, NULL, 0, &w.table);
  if (code == 0) code = write_taken(&w);
  if (code == 0) code = write_counts(&w);
  if (code == 0) return mdb_txn_commit(w.txn);
  mdb_txn_abort(w.txn);
  return code;
}

int nuo__disk_make(struct disk *d) {
  const char *path = nuo__disk_file_in(d, "state.new");
  if (path == NULL || !take_notes(d)) return ENOMEM;
  unlink(path);
  int code = nuo__disk_open_database(d, "state.new");
  if (code == 0) code = try_write(d);
  nuo__disk_drop_taken(d);
  nuo__disk_close_database(d);
  return code == 0 ? nuo__disk_replace(d, "state.new", "state") : code;
}

static int copy_database(struct disk *d) {
  const char *path = nuo__disk_file_in(d, "state.new");
  if (path == NULL) return ENOMEM;
  unlink(path);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int code = mdb_env_copyfd2(d->env, file, MDB_CP_COMPACT);
  if (code == 0 && fsync(file) != 0) code = errno;
  close(file);
  return code;
}

// The database without its unused pages, put in the place of the old one.
static int compact_database(struct disk *d) {
  int code = copy_database(d);
  if (code == 0) code = nuo__disk_replace(d, "state.new", "state");
  if (code == 0) nuo__disk_close_database(d);
  return code;
}

static int write_all(struct disk *d, bool compact) {
  int code = d->env == NULL ? nuo__disk_open_database(d, "state") : 0;
  while (code == 0 && (code = try_write(d)) == MDB_MAP_FULL && d->map_size <= SIZE_MAX / 2) {
    d->map_size *= 2;
    code = mdb_env_set_mapsize(d->env, d->map_size);
  }
  if (code == 0 && compact) code = compact_database(d);
  if (code == 0 && d->env == NULL) code = nuo__disk_open_database(d, "state");
  if (code != 0) nuo__disk_close_database(d);
  return code;
}

nuo_status nuo__disk_write(struct disk *d, bool compact, nuo_error *error) {
  if (taken_count(d) == 0) return NUO_OK;
  int code = write_all(d, compact);
  if (code != 0) return nuo__disk_io(d->path, error, "written", code);
  nuo__disk_drop_taken(d);
  return NUO_OK;
}
