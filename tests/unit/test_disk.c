// SPDX-License-Identifier: Apache-2.0
// State directories when things go wrong: strangers' directories and secrets, flipped bytes, files cut
// short, a full disk, missing permissions, an allocator that fails; and that what was removed is gone from
// the file. What a directory has to do when all is well is in test_store.c.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/disk.h"
#include "tests/unit/fail_once.h"

static const char secret[] = "0123456789abcdef";

struct place {
  struct store *all[DISK_STORES], *store;  // store: the first
  struct disk *disk;
  nuo_error error;
};

static char directory[40];

static int make_directory(void **state) {
  (void)state;
  strcpy(directory, "/tmp/nuo_disk_XXXXXX");
  return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state) {
  char command[80];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", directory);
  return system(command);
}

static void close_place(struct place *place) {
  for (int i = 0; i < DISK_STORES; i++) nuo__store_free(place->all[i]);
  nuo__disk_close(place->disk);
}

static nuo_status open_with(struct place *place, const nuo_allocator *allocator, const char *path,
                            const void *own) {
  nuo_status status = NUO_OK;
  *place = (struct place){.store = NULL};
  for (int i = 0; i < DISK_STORES; i++)
    if ((place->all[i] = nuo__store_new(allocator, i == 0 ? STORE_WIDE : STORE_NARROW)) == NULL)
      status = NUO_NO_MEMORY;
  place->store = place->all[0];
  if (status == NUO_OK) status = nuo__disk_open(allocator, path, own, &place->disk, &place->error);
  if (status == NUO_OK) status = nuo__disk_load(place->disk, place->all, &place->error);
  if (status != NUO_OK) close_place(place);
  return status;
}

static nuo_status open_place(struct place *place) {
  return open_with(place, nuo__default_allocator(), directory, secret);
}

static void expect(nuo_status got, nuo_status wanted, const nuo_error *error, const char *part) {
  if (got != wanted) fail_msg("%s: %s", nuo_status_name(got), error->message);
  if (wanted != NUO_OK && strstr(error->message, part) == NULL) fail_msg("%s", error->message);
}

static struct store_key key_of(uint32_t k) {
  struct store_key key = {{0}};
  uint64_t mixed = (k + 1) * UINT64_C(0x9E3779B97F4A7C15);
  memcpy(key.bytes, &mixed, sizeof mixed);
  memcpy(key.bytes + 8, &k, sizeof k);
  return key;
}

// Records of all sizes, also such that need pages of their own; timers; a position.
static void fill(struct place *place, uint32_t first, uint32_t count) {
  static uint8_t record[9000];
  for (uint32_t k = first; k < first + count; k++) {
    struct store_key key = key_of(k);
    uint32_t size = 1 + k * 37 % (k % 20 == 0 ? sizeof record : 300);
    memset(record, (int)(k % 251 + 1), size);
    assert_true(nuo__store_put(place->store, &key, record, size));
    assert_true(nuo__store_timer_add(place->store, (int64_t)k * 1000 - 7000, &key));
  }
}

static void check_filled(struct place *place, uint32_t count) {
  int64_t at;
  struct store_key key;
  assert_int_equal(nuo__store_count(place->store), count);
  for (uint32_t k = 0; k < count; k++) {
    uint32_t size;
    key = key_of(k);
    const uint8_t *record = nuo__store_get(place->store, &key, &size);
    assert_non_null(record);
    assert_int_equal(size, 1 + k * 37 % (k % 20 == 0 ? 9000 : 300));
    assert_int_equal(record[size - 1], k % 251 + 1);
  }
  for (uint32_t k = 0; k < count; k++) {
    assert_true(nuo__store_timer_first(place->store, &at, &key));
    assert_true(at == (int64_t)k * 1000 - 7000);
    nuo__store_timer_drop(place->store);
  }
  assert_false(nuo__store_timer_first(place->store, &at, &key));
}

static nuo_status commit_all(struct place *place, bool compact) {
  if (!nuo__disk_take(place->disk, place->all)) return NUO_NO_MEMORY;
  return nuo__disk_write(place->disk, compact, &place->error);
}

static nuo_status commit(struct place *place, const char *position) {
  assert_true(nuo__disk_set_note(place->disk, NOTE_POSITION, position, strlen(position)));
  return commit_all(place, false);
}

static bool is_at(const struct place *place, const char *position) {
  nuo_text note = nuo__disk_note(place->disk, NOTE_POSITION);
  return note.len == strlen(position) && (note.len == 0 || memcmp(note.text, position, note.len) == 0);
}

static char *path_in(const char *name) {
  static char path[80];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static void write_file(const char *name, const char *bytes) {
  FILE *file = fopen(path_in(name), "wb");
  assert_non_null(file);
  fputs(bytes, file);
  fclose(file);
}

// ---- whose directory it is ----

static void test_commits(void **state) {
  (void)state;
  struct place place;
  expect(open_place(&place), NUO_OK, &place.error, "");
  fill(&place, 0, 10);
  close_place(&place);  // nothing was committed
  expect(open_place(&place), NUO_OK, &place.error, "");
  assert_int_equal(nuo__store_count(place.store), 0);
  assert_true(is_at(&place, ""));
  fill(&place, 0, 20);
  expect(commit(&place, "twenty"), NUO_OK, &place.error, "");
  fill(&place, 20, 5);
  close_place(&place);
  expect(open_place(&place), NUO_OK, &place.error, "");
  assert_true(is_at(&place, "twenty"));
  check_filled(&place, 20);
  close_place(&place);
}

static void test_secrets(void **state) {
  (void)state;
  struct place place;
  expect(open_place(&place), NUO_OK, &place.error, "");
  expect(commit(&place, ""), NUO_OK, &place.error, "");
  close_place(&place);
  expect(open_with(&place, nuo__default_allocator(), directory, "another secret.."), NUO_BAD_STATE,
         &place.error, "was made with another secret; give that one");
  expect(open_with(&place, nuo__default_allocator(), directory, NULL), NUO_BAD_STATE, &place.error,
         "has no file `secret`: give the secret it was made with");
  write_file("secret", "short");
  expect(open_with(&place, nuo__default_allocator(), directory, NULL), NUO_BAD_STATE, &place.error,
         "the file `secret` has not 16 bytes");
}

// Its own secret is made once, is read by nobody else and opens the state again.
static void test_own_secret(void **state) {
  (void)state;
  struct stat info;
  struct place place;
  for (int i = 0; i < 3; i++) {
    expect(open_with(&place, nuo__default_allocator(), directory, NULL), NUO_OK, &place.error, "");
    assert_int_equal(nuo__store_count(place.store), i);
    fill(&place, (uint32_t)i, 1);
    expect(commit(&place, ""), NUO_OK, &place.error, "");
    close_place(&place);
  }
  assert_int_equal(stat(path_in("secret"), &info), 0);
  assert_int_equal(info.st_size, 16);
  assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_strangers(void **state) {
  (void)state;
  struct place place, other;
  write_file("letters.txt", "hello");
  expect(open_place(&place), NUO_BAD_STATE, &place.error, "is not a state directory: it holds other files");
  unlink(path_in("letters.txt"));
  expect(open_place(&place), NUO_OK, &place.error, "");
  expect(open_place(&other), NUO_BAD_STATE, &other.error, "is in use by another engine");
  close_place(&place);
  // Next to a state, other files do no harm.
  write_file("letters.txt", "hello");
  expect(open_place(&place), NUO_OK, &place.error, "");
  close_place(&place);
  write_file("state", "this is no database, but a text that is long enough to be looked at");
  expect(open_place(&place), NUO_BAD_STATE, &place.error, "is damaged: it ends too early");
  expect(open_with(&place, nuo__default_allocator(), "/tmp/nuo_none/nor/this", secret), NUO_IO, &place.error,
         "cannot be created: its parent directory is not there");
}

// ---- damage ----

static uint8_t *read_state(size_t *size) {
  FILE *file = fopen(path_in("state"), "rb");
  assert_non_null(file);
  uint8_t *bytes = malloc(1 << 22);
  *size = fread(bytes, 1, 1 << 22, file);
  fclose(file);
  return bytes;
}

static void write_state(const uint8_t *bytes, size_t size) {
  FILE *file = fopen(path_in("state"), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

// A state with branch pages, pages of their own and unused ones.
static void make_worn_state(void) {
  struct place place;
  struct store_key key;
  int64_t at;
  expect(open_place(&place), NUO_OK, &place.error, "");
  for (uint32_t i = 0; i < 10; i++) {
    fill(&place, i * 40, 40);
    if (i == 5) expect(commit_all(&place, true), NUO_OK, &place.error, "");
    expect(commit(&place, "on the way"), NUO_OK, &place.error, "");
  }
  for (uint32_t k = 300; k < 400; k++) {
    key = key_of(k);
    assert_true(nuo__store_put(place.store, &key, NULL, 0));
  }
  while (nuo__store_timer_first(place.store, &at, &key)) nuo__store_timer_drop(place.store);
  for (uint32_t k = 0; k < 300; k++) {
    key = key_of(k);
    assert_true(nuo__store_timer_add(place.store, (int64_t)k * 1000 - 7000, &key));
  }
  expect(commit(&place, "here"), NUO_OK, &place.error, "");
  close_place(&place);
}

// Whatever bit is flipped: it is found, or it is where nothing is looked at and all is as it was; and going
// on from there, committing and opening again, changes nothing.
static void test_flips(void **state) {
  (void)state;
  size_t size, found = 0, tried = 0;
  make_worn_state();
  uint8_t *bytes = read_state(&size);
  uint64_t seed = 99;
  for (size_t at = 0; at < size;) {
    struct place place;
    uint8_t bit = (uint8_t)(1u << seed % 8);
    bytes[at] ^= bit;
    write_state(bytes, size);
    bytes[at] ^= bit;
    nuo_status status = open_place(&place);
    tried++;
    if (status == NUO_OK) {
      assert_true(is_at(&place, "here"));
      expect(commit(&place, "here"), NUO_OK, &place.error, "");
      close_place(&place);
      expect(open_place(&place), NUO_OK, &place.error, "");
      check_filled(&place, 300);
      close_place(&place);
    } else {
      expect(status, NUO_BAD_STATE, &place.error, "");
      found++;
    }
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    // All of the heads of the file and of each page; of the others some.
    at += at % 4096 < 64 && at < 64 * 4096 ? 1 : 1 + (seed >> 33) % 400;
  }
  free(bytes);
  assert_true(tried > 3000 && found > tried / 4);
}

static void test_cut(void **state) {
  (void)state;
  size_t size;
  struct place place;
  make_worn_state();
  uint8_t *bytes = read_state(&size);
  for (size_t cut = size - 1; cut > 0; cut = cut > 20000 ? cut - 9973 : cut / 2) {
    write_state(bytes, cut);
    nuo_status status = open_place(&place);
    if (status == NUO_OK) {  // the last pages were unused
      check_filled(&place, 300);
      close_place(&place);
    } else {
      expect(status, NUO_BAD_STATE, &place.error, "is damaged: it ends too early");
    }
  }
  free(bytes);
}

static bool holds(const uint8_t *bytes, size_t size, const void *part, size_t len) {
  for (size_t i = 0; i + len <= size; i++)
    if (memcmp(bytes + i, part, len) == 0) return true;
  return false;
}

// What is written is neither readable nor left behind: the texts are not in the file, nor is the key of a
// record that was removed by a commit that compacts.
static void test_privacy(void **state) {
  (void)state;
  static const char text[] = "13800138000 of Nanjing Road";
  size_t size;
  struct place place;
  struct store_key key = key_of(7);
  expect(open_place(&place), NUO_OK, &place.error, "");
  fill(&place, 0, 100);
  assert_true(nuo__store_put(place.store, &key, text, sizeof text));
  expect(commit(&place, ""), NUO_OK, &place.error, "");
  uint8_t *bytes = read_state(&size);
  assert_false(holds(bytes, size, text, 8));
  assert_true(holds(bytes, size, key.bytes, sizeof key.bytes));
  free(bytes);
  assert_true(nuo__store_put(place.store, &key, NULL, 0));
  while (nuo__store_timer_first(place.store, &(int64_t){0}, &(struct store_key){{0}}))
    nuo__store_timer_drop(place.store);
  expect(commit(&place, ""), NUO_OK, &place.error, "");
  expect(commit_all(&place, true), NUO_OK, &place.error, "");
  expect(commit(&place, "on"), NUO_OK, &place.error, "");
  struct stat info;
  assert_int_equal(stat(path_in("state"), &info), 0);
  assert_int_equal(info.st_mode & 0777, 0600);
  bytes = read_state(&size);
  assert_false(holds(bytes, size, key.bytes, sizeof key.bytes));
  free(bytes);
  close_place(&place);
  expect(open_place(&place), NUO_OK, &place.error, "");
  assert_int_equal(nuo__store_count(place.store), 99);
  close_place(&place);
}

// ---- the machine's limits ----

// The disk is full, which a limit on the size of files stands for: nothing is committed, all is there to be
// committed again once there is room.
static void test_full(void **state) {
  (void)state;
  struct rlimit old, small = {128 << 10, RLIM_INFINITY};
  struct place place, other;
  expect(open_place(&place), NUO_OK, &place.error, "");
  fill(&place, 0, 20);
  expect(commit(&place, "before"), NUO_OK, &place.error, "");
  fill(&place, 20, 2000);
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small.rlim_max = old.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  nuo_status status = commit(&place, "after"), again = commit(&place, "after");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  expect(status, NUO_IO, &place.error, "cannot be written: no space is left for it");
  assert_int_equal(again, NUO_IO);
  expect(commit(&place, "after"), NUO_OK, &place.error, "");
  close_place(&place);
  expect(open_place(&other), NUO_OK, &other.error, "");
  assert_true(is_at(&other, "after"));
  check_filled(&other, 2020);
  close_place(&other);
}

// What a failed commit had taken changes again before the next one: the later state is the one that is there.
static void test_full_then_changed(void **state) {
  (void)state;
  struct rlimit old, small = {64 << 10, RLIM_INFINITY};
  struct place place, other;
  int64_t at;
  uint32_t size;
  struct store_key first, changed = key_of(3), removed = key_of(4), lost = key_of(7);
  expect(open_place(&place), NUO_OK, &place.error, "");
  assert_true(nuo__store_put(place.all[1], &lost, "old", 3));
  expect(commit(&place, "before"), NUO_OK, &place.error, "");
  fill(&place, 0, 2000);
  assert_true(nuo__store_put(place.all[1], &removed, "gone", 4));
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small.rlim_max = old.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  expect(commit(&place, "failed"), NUO_IO, &place.error, "no space is left");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_true(nuo__store_put(place.store, &changed, "later", 5));
  assert_true(nuo__store_put(place.store, &removed, NULL, 0));
  nuo__store_timer_drop(place.store);
  nuo__store_clear(place.all[1]);
  assert_true(nuo__store_put(place.all[1], &changed, "new", 3));
  expect(commit(&place, "after"), NUO_OK, &place.error, "");
  close_place(&place);
  expect(open_place(&other), NUO_OK, &other.error, "");
  assert_int_equal(nuo__store_count(other.store), 1999);
  assert_memory_equal(nuo__store_get(other.store, &changed, &size), "later", 5);
  assert_null(nuo__store_get(other.store, &removed, &size));
  assert_true(nuo__store_timer_first(other.store, &at, &first));
  assert_true(at == -6000);  // that of -7000 is gone
  assert_int_equal(nuo__store_count(other.all[1]), 1);
  assert_memory_equal(nuo__store_get(other.all[1], &changed, &size), "new", 3);
  close_place(&other);
}

// However often commits fail, what they have taken needs the memory of the last.
static void test_full_for_long(void **state) {
  (void)state;
  struct rlimit old, small = {64 << 10, RLIM_INFINITY};
  struct meter meter = {.fail_at = 0};
  const nuo_allocator allocator = {metered, &meter};
  struct place place, other;
  size_t twice = 0;
  expect(open_with(&place, &allocator, directory, secret), NUO_OK, &place.error, "");
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small.rlim_max = old.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  fill(&place, 0, 1000);
  for (int i = 0; i < 20; i++) {
    for (uint32_t k = 0; k < 1000; k++) {
      const struct store_key key = key_of(k);
      uint32_t size;
      uint8_t again[9000];
      memcpy(again, nuo__store_get(place.store, &key, &size), 1);
      memset(again, again[0], sizeof again);
      assert_true(nuo__store_put(place.store, &key, again, size));
    }
    expect(commit(&place, "failed"), NUO_IO, &place.error, "no space is left");
    if (i == 2) twice = meter.in_use;
  }
  assert_true(meter.in_use <= twice);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  expect(commit(&place, "after"), NUO_OK, &place.error, "");
  close_place(&place);
  expect(open_place(&other), NUO_OK, &other.error, "");
  check_filled(&other, 1000);
  close_place(&other);
}

// After a failed commit the process ends: what was committed before is what is there.
static void test_full_then_gone(void **state) {
  (void)state;
  struct rlimit small = {128 << 10, 128 << 10};
  struct place place;
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    if (open_place(&place) != NUO_OK) _exit(2);
    fill(&place, 0, 20);
    if (commit(&place, "before") != NUO_OK) _exit(3);
    fill(&place, 20, 2000);
    setrlimit(RLIMIT_FSIZE, &small);
    _exit(commit(&place, "after") == NUO_IO ? 0 : 4);
  }
  int result;
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_int_equal(result, 0);
  expect(open_place(&place), NUO_OK, &place.error, "");
  assert_true(is_at(&place, "before"));
  check_filled(&place, 20);
  close_place(&place);
}

// As somebody who may not write there.
static int open_as_nobody(const char *path, const char *part) {
  pid_t child = fork();
  if (child == 0) {
    struct place place;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(5);
    nuo_status status = open_with(&place, nuo__default_allocator(), path, secret);
    if (status != NUO_IO || strstr(place.error.message, part) == NULL) {
      fprintf(stderr, "%s: %s\n", nuo_status_name(status), place.error.message);
      _exit(1);
    }
    _exit(0);
  }
  int result;
  assert_int_equal(waitpid(child, &result, 0), child);
  return result;
}

static void test_permissions(void **state) {
  (void)state;
  struct place place;
  expect(open_place(&place), NUO_OK, &place.error, "");
  expect(commit(&place, ""), NUO_OK, &place.error, "");
  close_place(&place);
  chmod(directory, 0555);
  chmod(path_in("state"), 0444);
  chmod(path_in("lock"), 0444);
  assert_int_equal(
      open_as_nobody(directory, "cannot be written: this user may not do that; change the permissions"), 0);
  assert_int_equal(open_as_nobody(path_in("below"), "cannot be created: this user may not do that"), 0);
  chmod(directory, 0700);
}

// More than the first size of the map, in one commit and in many.
static void test_growth(void **state) {
  (void)state;
  struct place place;
  expect(open_place(&place), NUO_OK, &place.error, "");
  fill(&place, 0, 20000);
  expect(commit(&place, "big"), NUO_OK, &place.error, "");
  for (uint32_t i = 0; i < 20; i++) {
    fill(&place, 20000 + i * 1000, 1000);
    expect(commit(&place, "more"), NUO_OK, &place.error, "");
  }
  close_place(&place);
  expect(open_place(&place), NUO_OK, &place.error, "");
  check_filled(&place, 40000);
  close_place(&place);
}

static void test_out_of_memory(void **state) {
  (void)state;
  nuo_status status = NUO_NO_MEMORY;
  make_worn_state();
  for (size_t fail_at = 1; status != NUO_OK; fail_at++) {
    struct meter meter = {.fail_at = fail_at};
    nuo_allocator allocator = {metered, &meter};
    struct place place;
    status = open_with(&place, &allocator, directory, secret);
    if (status == NUO_OK) {
      struct store_key key = key_of(1000);
      if (!nuo__store_put(place.store, &key, "abc", 3) ||
          !nuo__disk_set_note(place.disk, NOTE_POSITION, directory, 20)) {
        status = NUO_NO_MEMORY;
      } else {
        status = commit_all(&place, fail_at % 2);
      }
      close_place(&place);
    }
    assert_int_equal(meter.in_use, 0);
    assert_true(status == NUO_OK || status == NUO_NO_MEMORY || strstr(place.error.message, "memory") != NULL);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
  static const struct CMUnitTest tests[] = {
      TEST(test_commits),       TEST(test_secrets),        TEST(test_own_secret),
      TEST(test_strangers),     TEST(test_flips),          TEST(test_cut),
      TEST(test_privacy),       TEST(test_full),           TEST(test_full_then_changed),
      TEST(test_full_for_long), TEST(test_full_then_gone), TEST(test_permissions),
      TEST(test_growth),        TEST(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
