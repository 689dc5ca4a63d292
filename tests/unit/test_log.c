// SPDX-License-Identifier: Apache-2.0
// Decision logs: whatever happens to one line is found, and told where; what is written is read again;
// nothing in an event makes a line of its own; running out of memory leaves the log as it was.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/nuo_log.h"
#include "tests/unit/fail_once.h"

#define LINES 60
#define CORRUPTIONS 1000

static const uint8_t key[NUO_LOG_KEY_SIZE] = "0123456789abcdef0123456789abcdef";

struct lines {
  char *at[2 * LINES];
  size_t len[2 * LINES];     // without the line end
  size_t count, first_file;  // all, and of the first of two files
};

static void keep(struct lines *lines, nuo_text line) {
  assert_true(line.len > 1 && line.text[line.len - 1] == '\n');
  assert_null(memchr(line.text, '\n', line.len - 1));
  char *copy = malloc(line.len);
  memcpy(copy, line.text, line.len - 1);
  copy[line.len - 1] = 0;  // for strstr
  lines->at[lines->count] = copy;
  lines->len[lines->count++] = line.len - 1;
}

static void free_lines(struct lines *lines) {
  for (size_t i = 0; i < lines->count; i++) free(lines->at[i]);
}

static nuo_text text(const char *s) {
  return (nuo_text){s, strlen(s)};
}

static const char event[] = "{\"id\":\"p1\",\"title\":\"x\\n{\\\"n\\\":5}\n\"}";
static const char decision[] = "{\"event\":\"p1\",\"verdict\":\"block\"}";

// Two files: the second begins where the first ends.
static struct lines write_all(const uint8_t *with_key) {
  struct lines lines = {.count = 0};
  nuo_program_info info = {.policy = text("p"), .version = text("1\"")};
  nuo_text line;
  nuo_log *log;
  memset(info.program_digest, 'a', 64);
  assert_int_equal(nuo_log_new(NULL, with_key, &log), NUO_OK);
  for (int file = 0; file < 2; file++) {
    assert_int_equal(nuo_log_begin(log, &line), NUO_OK);
    keep(&lines, line);
    assert_int_equal(nuo_log_fresh(log, "secretsecretsecr", &line), NUO_OK);
    keep(&lines, line);
    assert_int_equal(nuo_log_policy(log, &info, file == 1, &line), NUO_OK);
    keep(&lines, line);
    while (lines.count < (size_t)(file + 1) * LINES / 2 - 2) {
      const nuo_input input = {.json = event,
                               .len = strlen(event),
                               .adapter = text(lines.count % 2 ? "fcm" : ""),
                               .tag = lines.count};
      assert_int_equal(nuo_log_event(log, &input, &line), NUO_OK);
      if (with_key != NULL) keep(&lines, line);
      assert_int_equal(nuo_log_decision(log, text(decision), &line), NUO_OK);
      keep(&lines, line);
    }
    assert_int_equal(nuo_log_time(log, -5, &line), NUO_OK);
    keep(&lines, line);
    assert_int_equal(nuo_log_end(log, &line), NUO_OK);
    keep(&lines, line);
    if (file == 0) lines.first_file = lines.count;
  }
  nuo_log_free(log);
  return lines;
}

// How many lines are refused; *first is the first of them, *ended whether an end stands last.
static size_t verify(const struct lines *lines, const uint8_t *with_key, size_t from, size_t *first,
                     bool *ended) {
  nuo_log_entry entry;
  nuo_error error;
  nuo_log *log;
  size_t bad = 0;
  assert_int_equal(nuo_log_new(NULL, with_key, &log), NUO_OK);
  for (size_t i = from; i < lines->count; i++) {
    nuo_status status = nuo_log_read(log, (nuo_text){lines->at[i], lines->len[i]}, &entry, &error);
    if (status == NUO_OK) continue;
    assert_int_equal(status, NUO_BAD_LOG);
    assert_true(error.message[0] != 0 && error.message_zh[0] != 0);
    if (bad++ == 0) *first = i;
  }
  *ended = nuo_log_ended(log);
  nuo_log_free(log);
  return bad;
}

static void test_read_again(void **state) {
  struct lines lines = write_all(key);
  nuo_log_entry entry;
  nuo_log *log;
  size_t events = 0, ends = 0;
  (void)state;
  assert_int_equal(nuo_log_new(NULL, key, &log), NUO_OK);
  for (size_t i = 0; i < lines.count; i++) {
    assert_int_equal(nuo_log_read(log, (nuo_text){lines.at[i], lines.len[i]}, &entry, NULL), NUO_OK);
    assert_int_equal(entry.number, i);
    if (entry.kind == NUO_LOG_EVENT) {
      events++;
      assert_int_equal(entry.tag, i);
      assert_int_equal(entry.adapter.len, i % 2 ? 3 : 0);
      assert_int_equal(entry.text.len, strlen(event));
      assert_memory_equal(entry.text.text, event, strlen(event));
      assert_null(strstr(lines.at[i], "title"));
    }
    if (entry.kind == NUO_LOG_DECISION) assert_memory_equal(entry.text.text, decision, strlen(decision));
    if (entry.kind == NUO_LOG_FRESH) {
      assert_int_equal(entry.text.len, NUO_LOG_SECRET_SIZE);
      assert_memory_equal(entry.text.text, "secretsecretsecr", NUO_LOG_SECRET_SIZE);
    }
    if (entry.kind == NUO_LOG_TIME) assert_int_equal(entry.time, -5);
    if (entry.kind == NUO_LOG_POLICY) {
      assert_int_equal(entry.text.len, 64);
      assert_int_equal(entry.beside, ends == 1);
    }
    ends += entry.kind == NUO_LOG_END;
  }
  assert_true(events > LINES / 4 && ends == 2);
  // Whoever read it goes on with it.
  nuo_text line;
  assert_int_equal(nuo_log_time(log, 1, &line), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_log_begin(log, &line), NUO_OK);
  assert_int_equal(nuo_log_begin(log, &line), NUO_BAD_ARGUMENT);
  const nuo_input no_name = {.json = event, .len = strlen(event), .adapter = text("f\"c")};
  assert_int_equal(nuo_log_event(log, &no_name, &line), NUO_BAD_ARGUMENT);
  const nuo_input far = {.json = event, .len = strlen(event), .tag = NUO_LOG_TAG_MAX + 1};
  assert_int_equal(nuo_log_event(log, &far, &line), NUO_BAD_ARGUMENT);
  nuo_log_free(log);
  free_lines(&lines);
}

static uint32_t random_below(uint32_t *seed, uint32_t n) {
  *seed = *seed * 1664525 + 1013904223;
  return (uint32_t)(((uint64_t)*seed * n) >> 32);
}

static void swap_lines(struct lines *lines, size_t a, size_t b) {
  char *at = lines->at[a];
  size_t len = lines->len[a];
  lines->at[a] = lines->at[b];
  lines->len[a] = lines->len[b];
  lines->at[b] = at;
  lines->len[b] = len;
}

static void take_out(struct lines *lines, size_t i) {
  free(lines->at[i]);
  lines->count--;
  memmove(&lines->at[i], &lines->at[i + 1], (lines->count - i) * sizeof *lines->at);
  memmove(&lines->len[i], &lines->len[i + 1], (lines->count - i) * sizeof *lines->len);
}

static void put_in(struct lines *lines, size_t i, size_t copy_of) {
  const size_t len = lines->len[copy_of];
  char *copy = malloc(len);
  memcpy(copy, lines->at[copy_of], len);
  memmove(&lines->at[i + 1], &lines->at[i], (lines->count - i) * sizeof *lines->at);
  memmove(&lines->len[i + 1], &lines->len[i], (lines->count - i) * sizeof *lines->len);
  lines->at[i] = copy;
  lines->len[i] = len;
  lines->count++;
}

// Does one thing to one line, and says at which line it has to be noticed at the earliest and at the latest.
static void corrupt(struct lines *lines, uint32_t *seed, size_t *earliest, size_t *latest) {
  const size_t i = random_below(seed, (uint32_t)lines->count),
               other = random_below(seed, (uint32_t)lines->count);
  *earliest = *latest = i;
  switch (random_below(seed, 6)) {
    case 0:
      lines->at[i][random_below(seed, (uint32_t)lines->len[i])] ^= (char)(1 << random_below(seed, 7));
      return;
    case 1:
      lines->len[i] = random_below(seed, (uint32_t)lines->len[i]);
      return;
    case 2:
      take_out(lines, i);
      return;
    case 3:
      put_in(lines, i, other);
      if (i == other) ++*earliest, ++*latest;  // the copy is the second of the two
      return;
    case 4:
      if (i == other) {
        take_out(lines, i);
        return;
      }
      swap_lines(lines, i, other);
      *earliest = *latest = i < other ? i : other;
      return;
    default:  // the end is cut off
      for (size_t count = lines->count - i; count > 0; count--) take_out(lines, i);
      return;
  }
}

static void test_corruptions(void **state) {
  uint32_t seed = 7;
  (void)state;
  for (int n = 0; n < CORRUPTIONS; n++) {
    const uint8_t *with_key = n % 2 == 0 ? key : NULL;
    struct lines lines = write_all(with_key);
    size_t earliest, latest, first = 0;
    bool ended;
    corrupt(&lines, &seed, &earliest, &latest);
    const size_t bad = verify(&lines, with_key, 0, &first, &ended);
    if (bad == 0) {  // nothing is left but that the end is not there
      assert_true(earliest >= lines.count);
      assert_true(!ended || lines.count == lines.first_file);
    } else {
      assert_true(first >= earliest && first <= latest);
    }
    free_lines(&lines);
  }
}

static void test_one_file_alone(void **state) {
  struct lines lines = write_all(key);
  size_t first, begin = 0;
  bool ended;
  (void)state;
  assert_int_equal(verify(&lines, key, 0, &first, &ended), 0);
  for (size_t i = 1; begin == 0; i++)
    if (strstr(lines.at[i], "nuo_log") != NULL) begin = i;
  assert_int_equal(verify(&lines, key, begin, &first, &ended), 0);
  assert_true(ended);
  assert_true(verify(&lines, key, begin + 1, &first, &ended) > 0);  // its first line is missing
  assert_int_equal(first, begin + 1);
  free_lines(&lines);
}

// Without the key, or with another, nothing that was written with it holds.
static void test_keys(void **state) {
  static const uint8_t other[NUO_LOG_KEY_SIZE] = "another key of thirty-two bytes";
  struct lines lines = write_all(key);
  size_t first;
  bool ended;
  (void)state;
  assert_int_equal(verify(&lines, NULL, 0, &first, &ended), lines.count);
  assert_int_equal(verify(&lines, other, 0, &first, &ended), lines.count);
  free_lines(&lines);
}

// Two files with the same beginning seal different events with different nonces, the same one alike.
static void test_nonces(void **state) {
  char kept[2][100];
  nuo_text line;
  (void)state;
  for (int i = 0; i < 2; i++) {
    nuo_log *log;
    assert_int_equal(nuo_log_new(NULL, key, &log), NUO_OK);
    assert_int_equal(nuo_log_begin(log, &line), NUO_OK);
    const nuo_input input = {.json = i == 0 ? "{\"a\":1}" : "{\"a\":2}", .len = 7};
    assert_int_equal(nuo_log_event(log, &input, &line), NUO_OK);
    memcpy(kept[i], line.text, 40);
    nuo_log_free(log);
  }
  assert_memory_not_equal(kept[0], kept[1], 40);
}

static bool live(struct meter *meter) {
  const nuo_allocator allocator = {metered, meter};
  nuo_log *log;
  nuo_log_entry entry;
  nuo_text line;
  int failures = 0;
#define TRY(call)                                        \
  for (nuo_status s = (call); s != NUO_OK; s = (call)) { \
    assert_int_equal(s, NUO_NO_MEMORY);                  \
    assert_int_equal(++failures, 1);                     \
  }
  TRY(nuo_log_new(&allocator, key, &log));
  TRY(nuo_log_begin(log, &line));
  struct lines lines = {.count = 0};
  keep(&lines, line);
  TRY(nuo_log_event(log, &(nuo_input){.json = event, .len = strlen(event), .tag = 1}, &line));
  keep(&lines, line);
  nuo_log_free(log);
  TRY(nuo_log_new(&allocator, key, &log));
  for (size_t i = 0; i < 2; i++) TRY(nuo_log_read(log, (nuo_text){lines.at[i], lines.len[i]}, &entry, NULL));
  assert_int_equal(entry.text.len, strlen(event));
#undef TRY
  nuo_log_free(log);
  free_lines(&lines);
  assert_int_equal(meter->in_use, 0);
  return failures == 0;
}

static void test_out_of_memory(void **state) {
  (void)state;
  struct meter meter = {.fail_at = 0};
  assert_true(live(&meter));
  for (size_t i = 1, calls = meter.calls; i <= calls; i++) {
    meter = (struct meter){.fail_at = i};
    assert_false(live(&meter));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_read_again),     cmocka_unit_test(test_corruptions),
      cmocka_unit_test(test_one_file_alone), cmocka_unit_test(test_keys),
      cmocka_unit_test(test_nonces),         cmocka_unit_test(test_out_of_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
