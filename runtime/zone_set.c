// SPDX-License-Identifier: Apache-2.0
// Zones by name, read from a directory of TZif files the first time they are asked for and kept.
// Finding a zone that is there takes no lock: entries are only ever added, to an open-addressed table of
// atomic pointers, and published when they are complete. Adding one takes the set's lock, file reading
// included. Offsets written as names have handles of their own, so that made-up ones in event data cannot
// use up the room for zones.
// Called by the engine when it starts and by the event reader for every zone name.
#include "runtime/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/hash.h"

enum {
  SLOTS = 2 * ZONE_SET_LIMIT,  // so that at least half are free and a probe ends soon
  OFFSET_MINUTES_MAX = 23 * 60 + 59,
  OFFSET_ZONES = 2 * OFFSET_MINUTES_MAX + 1,
  DIRECTORY_MAX = 1024,
  FILE_MAX = 1 << 18,  // bytes; the largest in use is under 4000
};

struct entry {
  struct zone *zone;
  uint32_t hash;
  uint16_t handle;
  uint16_t name_len;
  char name[ZONE_NAME_MAX];
};

struct zone_set {
  struct nuo_allocator allocator;
  pthread_mutex_t lock;
  uint16_t count;  // under the lock
  _Atomic(struct entry *) slots[SLOTS];
  _Atomic(struct entry *) entries[ZONE_SET_LIMIT];  // by handle
  _Atomic(struct zone *) offsets[OFFSET_ZONES];     // by handle less ZONE_SET_LIMIT
  size_t directory_len;
  char directory[DIRECTORY_MAX];
};

// The entry of a name, or NULL and the free slot where it would go.
static struct entry *lookup(const struct zone_set *set, uint32_t hash, const char *name, size_t len,
                            uint32_t *free_slot) {
  for (uint32_t slot = hash % SLOTS;; slot = (slot + 1) % SLOTS) {
    struct entry *entry = atomic_load_explicit(&set->slots[slot], memory_order_acquire);
    *free_slot = slot;
    if (entry == NULL) return NULL;
    if (entry->hash == hash && entry->name_len == len && memcmp(entry->name, name, len) == 0) return entry;
  }
}

// Puts a zone under a name nobody has yet, in a slot `lookup` found free, and owns it from then on.
static enum zone_status add(struct zone_set *set, uint32_t slot, uint32_t hash, const char *name, size_t len,
                            struct zone *zone, uint16_t *handle) {
  struct entry *entry = nuo__alloc(&set->allocator, sizeof *entry);
  if (entry == NULL) return ZONE_OUT_OF_MEMORY;
  *entry = (struct entry){.zone = zone, .hash = hash, .handle = set->count, .name_len = (uint16_t)len};
  memcpy(entry->name, name, len);
  atomic_store_explicit(&set->entries[set->count++], entry, memory_order_release);
  atomic_store_explicit(&set->slots[slot], entry, memory_order_release);
  *handle = entry->handle;
  return ZONE_OK;
}

enum zone_status nuo__zone_set_new(const char *directory, size_t directory_len,
                                   const struct nuo_allocator *allocator, struct zone_set **out) {
  static const char utc[] = "UTC";
  if (directory == NULL) {
    directory = ZONE_DIRECTORY;
    directory_len = sizeof ZONE_DIRECTORY - 1;
  }
  if (directory_len > DIRECTORY_MAX || memchr(directory, '\0', directory_len) != NULL) return ZONE_UNKNOWN;
  struct zone_set *set = nuo__alloc(allocator, sizeof *set);
  if (set == NULL) return ZONE_OUT_OF_MEMORY;
  set->allocator = *allocator;
  set->count = 0;
  set->directory_len = directory_len;
  memcpy(set->directory, directory, directory_len);
  for (size_t i = 0; i < SLOTS; i++) atomic_init(&set->slots[i], NULL);
  for (size_t i = 0; i < ZONE_SET_LIMIT; i++) atomic_init(&set->entries[i], NULL);
  for (size_t i = 0; i < OFFSET_ZONES; i++) atomic_init(&set->offsets[i], NULL);
  if (pthread_mutex_init(&set->lock, NULL) != 0) {
    nuo__free(allocator, set, sizeof *set);
    return ZONE_OUT_OF_MEMORY;
  }
  uint32_t hash = nuo__hash(utc, sizeof utc - 1);
  uint16_t handle;
  struct zone *zone = nuo__zone_fixed(0, allocator);
  if (zone == NULL || add(set, hash % SLOTS, hash, utc, sizeof utc - 1, zone, &handle) != ZONE_OK) {
    nuo__zone_free(allocator, zone);
    nuo__zone_set_free(set);
    return ZONE_OUT_OF_MEMORY;
  }
  *out = set;
  return ZONE_OK;
}

void nuo__zone_set_free(struct zone_set *set) {
  if (set == NULL) return;
  struct nuo_allocator allocator = set->allocator;
  for (uint16_t i = 0; i < set->count; i++) {
    struct entry *entry = atomic_load_explicit(&set->entries[i], memory_order_acquire);
    nuo__zone_free(&allocator, entry->zone);
    nuo__free(&allocator, entry, sizeof *entry);
  }
  for (size_t i = 0; i < OFFSET_ZONES; i++) {
    nuo__zone_free(&allocator, atomic_load_explicit(&set->offsets[i], memory_order_acquire));
  }
  pthread_mutex_destroy(&set->lock);
  nuo__free(&allocator, set, sizeof *set);
}

static bool is_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
         c == '-';
}

// Parts of letters, digits, _, + and - with single slashes between them: no dot, so no way up or out.
static bool is_name(const char *name, size_t len) {
  static const char machine_zone[] = "localtime";
  if (len == 0 || len > ZONE_NAME_MAX) return false;
  // Whatever the machine is set to, a different thing on each.
  if (len == sizeof machine_zone - 1 && memcmp(name, machine_zone, len) == 0) return false;
  bool in_part = false;
  for (size_t i = 0; i < len; i++) {
    if (!is_name_byte(name[i]) && !(in_part && name[i] == '/')) return false;
    in_part = name[i] != '/';
  }
  return in_part;
}

// +HH:MM or -HH:MM, in minutes.
static bool is_offset(const char *name, size_t len, int32_t *minutes) {
  if (len != 6 || (name[0] != '+' && name[0] != '-') || name[3] != ':') return false;
  static const unsigned char digits[] = {1, 2, 4, 5};
  int32_t hhmm = 0;
  for (size_t i = 0; i < sizeof digits; i++) {
    char c = name[digits[i]];
    if (c < '0' || c > '9') return false;
    hhmm = hhmm * 10 + (c - '0');
  }
  if (hhmm / 100 > 23 || hhmm % 100 > 59) return false;
  *minutes = (hhmm / 100 * 60 + hhmm % 100) * (name[0] == '-' ? -1 : 1);
  return true;
}

static enum zone_status find_offset(struct zone_set *set, int32_t minutes, uint16_t *handle) {
  if (minutes == 0) {
    *handle = ZONE_UTC;
    return ZONE_OK;
  }
  uint16_t i = (uint16_t)(minutes + OFFSET_MINUTES_MAX);
  *handle = (uint16_t)(ZONE_SET_LIMIT + i);
  if (atomic_load_explicit(&set->offsets[i], memory_order_acquire) != NULL) return ZONE_OK;
  struct zone *made = nuo__zone_fixed(minutes * 60, &set->allocator);
  struct zone *none = NULL;
  if (made == NULL) return ZONE_OUT_OF_MEMORY;
  if (!atomic_compare_exchange_strong_explicit(&set->offsets[i], &none, made, memory_order_acq_rel,
                                               memory_order_acquire)) {
    nuo__zone_free(&set->allocator, made);
  }
  return ZONE_OK;
}

static bool read_all(int fd, unsigned char *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t got = read(fd, bytes + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

static enum zone_status read_zone(int fd, const struct nuo_allocator *allocator, struct zone **zone) {
  struct stat info;
  if (fstat(fd, &info) != 0) return ZONE_UNREADABLE;
  if (!S_ISREG(info.st_mode)) return ZONE_UNKNOWN;
  if (info.st_size <= 0 || info.st_size > FILE_MAX) return ZONE_MALFORMED;
  size_t size = (size_t)info.st_size;
  unsigned char *bytes = nuo__alloc(allocator, size);
  if (bytes == NULL) return ZONE_OUT_OF_MEMORY;
  enum zone_status status = ZONE_UNREADABLE;
  if (read_all(fd, bytes, size)) status = nuo__zone_parse(bytes, size, allocator, zone);
  nuo__free(allocator, bytes, size);
  return status;
}

static enum zone_status open_zone(const struct zone_set *set, const char *name, size_t len,
                                  struct zone **zone) {
  char path[DIRECTORY_MAX + 1 + ZONE_NAME_MAX + 1];
  memcpy(path, set->directory, set->directory_len);
  path[set->directory_len] = '/';
  memcpy(path + set->directory_len + 1, name, len);
  path[set->directory_len + 1 + len] = '\0';
  // Not blocking, in case the name is that of a pipe.
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    bool is_absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
    return is_absent ? ZONE_UNKNOWN : ZONE_UNREADABLE;
  }
  enum zone_status status = read_zone(fd, &set->allocator, zone);
  close(fd);
  return status;
}

// Under the lock.
static enum zone_status load(struct zone_set *set, uint32_t hash, const char *name, size_t len,
                             uint16_t *handle) {
  uint32_t slot;
  struct zone *zone;
  const struct entry *entry = lookup(set, hash, name, len, &slot);
  if (entry != NULL) {
    *handle = entry->handle;
    return ZONE_OK;
  }
  if (set->count == ZONE_SET_LIMIT) return ZONE_LIMIT;
  enum zone_status status = open_zone(set, name, len, &zone);
  if (status != ZONE_OK) return status;
  status = add(set, slot, hash, name, len, zone, handle);
  if (status != ZONE_OK) nuo__zone_free(&set->allocator, zone);
  return status;
}

enum zone_status nuo__zone_set_find(struct zone_set *set, const char *name, size_t len, uint16_t *handle) {
  int32_t minutes;
  uint32_t slot;
  if (is_offset(name, len, &minutes)) return find_offset(set, minutes, handle);
  if (len == 0 || len > ZONE_NAME_MAX) return ZONE_UNKNOWN;
  uint32_t hash = nuo__hash(name, len);
  const struct entry *entry = lookup(set, hash, name, len, &slot);
  if (entry != NULL) {
    *handle = entry->handle;
    return ZONE_OK;
  }
  if (!is_name(name, len)) return ZONE_UNKNOWN;
  pthread_mutex_lock(&set->lock);
  enum zone_status status = load(set, hash, name, len, handle);
  pthread_mutex_unlock(&set->lock);
  return status;
}

const struct zone *nuo__zone_set_get(const struct zone_set *set, uint16_t handle) {
  if (handle < ZONE_SET_LIMIT) {
    const struct entry *entry = atomic_load_explicit(&set->entries[handle], memory_order_acquire);
    return entry == NULL ? NULL : entry->zone;
  }
  if (handle - ZONE_SET_LIMIT >= OFFSET_ZONES) return NULL;
  return atomic_load_explicit(&set->offsets[handle - ZONE_SET_LIMIT], memory_order_acquire);
}

static size_t offset_name(int32_t minutes, char *name) {
  int32_t size = minutes < 0 ? -minutes : minutes;
  const char text[6] = {minutes < 0 ? '-' : '+',      (char)('0' + size / 600),
                        (char)('0' + size / 60 % 10), ':',
                        (char)('0' + size % 60 / 10), (char)('0' + size % 10)};
  memcpy(name, text, sizeof text);
  return sizeof text;
}

size_t nuo__zone_set_name(const struct zone_set *set, uint16_t handle, char name[static ZONE_NAME_MAX]) {
  if (nuo__zone_set_get(set, handle) == NULL) return 0;
  if (handle >= ZONE_SET_LIMIT) return offset_name(handle - ZONE_SET_LIMIT - OFFSET_MINUTES_MAX, name);
  const struct entry *entry = atomic_load_explicit(&set->entries[handle], memory_order_acquire);
  memcpy(name, entry->name, entry->name_len);
  return entry->name_len;
}
