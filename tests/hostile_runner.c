// SPDX-License-Identifier: Apache-2.0
//
// hostile_runner POLICY: writes lines that are no events, or not of this policy, with good events between
// them to events.jsonl in the current directory, lets `nuo run` decide the file, and checks what comes out:
// one record a line, in order; every good event decided as it should be; every other line refused under its
// own number, at a byte within it; exit status 1. Called by the golden test hostile.case, which holds the
// policy.

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MOST_LINES = 4000, MEGABYTE = 1 << 20 };

struct line {
  unsigned good;  // number of the good event, or 0
  size_t len;
};

static struct line lines[MOST_LINES];
static unsigned line_count, good_count, wrong;
static FILE *events;

static void die(const char *what) {
  perror(what);
  exit(2);
}

// ---- writing ----

static void end_line(unsigned good, size_t len) {
  if (line_count == MOST_LINES || fputc('\n', events) == EOF) die("events.jsonl");
  lines[line_count++] = (struct line){good, len};
}

// Good events with an odd number are blocked, the others allowed.
static void put_good(void) {
  unsigned n = ++good_count;
  int len = fprintf(
      events,
      "{\"id\":\"good %u\",\"time\":1751328000000,\"kind\":\"%s\",\"body\":\"a\\u00e9\",\"labels\":[\"x\"]}",
      n, n % 2 == 1 ? "marketing" : "service");
  if (len < 0) die("events.jsonl");
  end_line(n, (size_t)len);
}

static void put_bytes(const char *bytes, size_t len) {
  fwrite(bytes, 1, len, events);
  end_line(0, len);
  if (line_count % 7 != 0) put_good();  // now and then two hostile lines in a row
}

static void put_text(const char *text) {
  put_bytes(text, strlen(text));
}

// A line that is an event but for the value of `member`; `value` may have NULs.
static void put_member(const char *member, const char *value, size_t value_len) {
  char *line = malloc(value_len + 200);
  if (line == NULL) die("malloc");
  int head = sprintf(line, "{\"id\":\"bad\",\"time\":0,%s\"%s\":",
                     strcmp(member, "kind") == 0 ? "" : "\"kind\":\"marketing\",", member);
  memcpy(line + head, value, value_len);
  line[head + (int)value_len] = '}';
  put_bytes(line, (size_t)head + value_len + 1);
  free(line);
}

static void put_value(const char *member, const char *value) {
  put_member(member, value, strlen(value));
}

static char *filled(size_t len, const char *pattern) {
  char *text = malloc(len + 1);
  size_t step = strlen(pattern);
  if (text == NULL) die("malloc");
  for (size_t i = 0; i < len; i++) text[i] = pattern[i % step];
  text[len] = 0;
  return text;
}

// ---- the hostile lines ----

static const char event[] =
    "{\"id\":\"e\\u0031\",\"time\":\"2025-07-01T08:00:00+08:00\",\"kind\":\"marketing\",\"count\":-1.5e1,"
    "\"price\":0.25,"
    "\"urgent\":true,\"day\":\"2025-07-01\",\"labels\":[\"\xe8\xaf\xba\",\"\\ud83d\\ude00\"],\"user\":{"
    "\"group\":null},\"more\":[{}]}";

static void put_truncated(void) {
  for (size_t len = 1; len < sizeof event - 1; len++) put_bytes(event, len);
}

// One byte of a good event that does not belong there.
static void put_garbled(void) {
  static const char bytes[] = {0, 1, '\t', '\x7f', '\x80', '\xff'};
  static const size_t places[] = {0, 1, 2, 5, 6, 7};  // {"id":"e…: around the first member
  char line[sizeof event + 1];
  for (size_t b = 0; b < sizeof bytes; b++)
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
      if (bytes[b] == '\t' && places[p] != 2) continue;  // white space elsewhere
      if (bytes[b] == '\x7f' && places[p] == 2)
        continue;  // part of a name that nobody knows: `id` is missing
      size_t at = places[p];
      memcpy(line, event, at);
      line[at] = bytes[b];
      memcpy(line + at + 1, event + at, sizeof event - 1 - at);
      if (bytes[b] == '\x7f' && at == 7) continue;  // DEL may stand in a string
      put_bytes(line, sizeof event);
    }
}

static void put_not_objects(void) {
  static const char *const texts[] = {
      "null",
      "true",
      "0",
      "\"text\"",
      "[]",
      "[{}]",
      "{}",
      "x",
      "{",
      "}",
      "[",
      "]",
      "\"",
      "'",
      ",",
      ":",
      "\\",
      "#",
      "//",
      "/**/",
      "\xef\xbb\xbf{}",
      "\xef\xbb\xbf",
      "\xc2\xa0",
      "\x0c",
      "\x1e{}",
      "<event/>",
      "id,time,kind",
      "---",
      "NaN",
      "{}{}",
      "\r{",
      "{\"id\"}",
      "{\"id\":}",
      "{id:1}",
      "{'id':'e'}",
      "{\"id\":\"e\"",
      "{,}",
      "{\"a\":1,}",
      "{\"a\" \"b\"}",
      "{\"a\"::1}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) put_text(texts[i]);
  static const char *const tails[] = {"}",    "]",  ",",    " x",       "{}", " {}",
                                      "null", "\v", "\x1a", "\xc2\x85", "//", "\xef\xbb\xbf"};
  char line[sizeof event + 10];
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    sprintf(line, "%s%s", event, tails[i]);
    put_text(line);
  }
  sprintf(line, "\xef\xbb\xbf%s", event);
  put_text(line);
  memcpy(line, event, sizeof event);  // with the NUL that ends it
  put_bytes(line, sizeof event);
}

// What is no JSON value stays none where no rule looks.
static void put_bad_values(void) {
  static const char *const values[] = {
      "",
      "x",
      "nul",
      "True",
      "+1",
      ".5",
      "1.",
      "01",
      "-",
      "--1",
      "1e",
      "1e+",
      "0x1",
      "1_0",
      "Infinity",
      "-Infinity",
      "NaN",
      "'a'",
      "\"a",
      "\"\\\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u00g0\"",
      "\"\\ud800\"",
      "\"\\udc00\"",
      "\"\\ud800\\ud800\"",
      "\"\\udc00\\ud800\"",
      "\"\\ud83d\\n\"",
      "\"\\ud83dx\"",
      "\"\t\"",
      "\"\x01\"",
      "\"\x1f\"",
      "[",
      "[1",
      "[1,",
      "[,]",
      "[1,]",
      "[1 2]",
      "[}",
      "{",
      "{]",
      "{\"a\"",
      "{\"a\":",
      "{\"a\":1",
      "{\"a\":1,",
      "{\"a\":1,}",
      "{1:2}",
      "{\"a\":1,\"a\":2}",
      "{\"a\":1,\"\\u0061\":2}",
      "[[[[[[{\"x\":{\"y\":1,\"y\":1}}]]]]]]",
      "1 1",
      "\"a\"\"b\"",
      "[]]",
      "/*1*/1",
      "1//",
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) put_value("unknown", values[i]);
  put_member("unknown", "\"a\0b\"", 5);
  put_member("unknown", "\0", 1);
  put_member("unknown", "1\0", 2);
  put_member("unknown", "\"\\u000\0\"", 8);
}

static void put_bad_utf8(void) {
  static const char *const bytes[] = {
      "\x80",
      "\xbf",
      "\xc0\x80",
      "\xc1\xbf",
      "\xc2",
      "\xc2\x41",
      "\xe0\x80\x80",
      "\xe0\x9f\xbf",
      "\xe4\xb8",
      "\xe4",
      "\xe4\x41\xad",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",
      "\xed\xa0\xbd\xed\xb8\x80",
      "\xf0\x80\x80\x80",
      "\xf0\x8f\xbf\xbf",
      "\xf0\x9f\x98",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xf8\x88\x80\x80\x80",
      "\xfc\x84\x80\x80\x80\x80",
      "\xfe",
      "\xff",
      "\xe4\xb8\xad\xad",
      "\xd6\xd0\xb9\xfa",
  };
  char text[100];
  for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
    sprintf(text, "\"a%sb\"", bytes[i]);
    put_value(i % 2 == 0 ? "body" : "unknown", text);
    sprintf(text, "{\"n%s\":1}", bytes[i]);
    put_value("unknown", text);
  }
}

// JSON, but not what the schema asks for.
static void put_wrong_values(void) {
  static const struct {
    const char *member;
    const char *values[14];
  } wrong_values[] = {
      {"count",
       {"\"1\"", "true", "1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e400",
        "1e4294967296", "[1]", "{}"}},
      {"price", {"\"1\"", "false", "0.0000001", "1e13", "9223372036854.775808", "1e-400", "[]"}},
      {"urgent", {"0", "1", "\"true\"", "[true]", "{}"}},
      {"day",
       {"0", "\"2025-02-29\"", "\"2025-7-1\"", "\"2025-07-01T00:00Z\"", "\"\"", "\"0000-01-01\"",
        "\"10000-01-01\"", "true"}},
      {"hour", {"8", "\"8:00\"", "\"24:01\"", "\"12:60\"", "\"12\"", "\"\"", "null0"}},
      {"tz",
       {"8", "\"Nowhere/City\"", "\"\"", "\"../../etc/passwd\"", "\"/etc/passwd\"", "\"+25:00\"",
        "\"asia\\u0000\""}},
      {"kind",
       {"null", "\"\"", "\"Marketing\"", "\"marketing \"", "\"\\u0000marketing\"", "0", "[\"marketing\"]",
        "\"\xe8\x90\xa5\xe9\x94\x80\""}},
      {"labels", {"\"x\"", "{}", "[1]", "[null]", "[\"x\",2]", "[[\"x\"]]", "true"}},
      {"counts", {"1", "[\"1\"]", "[1,1.5]", "[1,9223372036854775808]", "[null]", "[true]"}},
      {"body", {"1", "[]", "{}", "true", "[\"a\"]"}},
      {"user",
       {"1", "[]", "\"u\"", "true", "{\"group\":1}", "{\"group\":\"nobody\"}",
        "{\"group\":\"minor\",\"group\":\"adult\"}"}},
      {"id", {"\"again\""}},
      {"\\u0069d", {"\"again\""}},
      {"ti\\u006de", {"0"}},
      {"type", {"0", "null", "\"\"", "\"pull\"", "\"push\\u0000\""}},
      {"specversion", {"1.0", "\"0.3\"", "\"2.0\"", "null"}},
  };
  for (size_t i = 0; i < sizeof wrong_values / sizeof *wrong_values; i++)
    for (size_t k = 0; k < 14 && wrong_values[i].values[k] != NULL; k++)
      put_value(wrong_values[i].member, wrong_values[i].values[k]);
  static const char *const texts[] = {
      "{\"time\":0,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":0}",
      "{\"id\":null,\"time\":0,\"kind\":\"service\"}",
      "{\"id\":1,\"time\":0,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":null,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":1.5,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":1e30,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":253402300800000,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":-62135596800001,\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":\"2025-07-01\",\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":\"2025-07-01T08:00:00\",\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":\"2025-02-30T08:00:00Z\",\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":\"2025-07-01T25:00:00Z\",\"kind\":\"service\"}",
      "{\"id\":\"e\",\"time\":\"yesterday\",\"kind\":\"service\"}",
      "{\"specversion\":\"1.0\",\"type\":\"push\"}",
      "{\"specversion\":\"1.0\",\"type\":\"push\",\"data\":null}",
      "{\"specversion\":\"1.0\",\"type\":\"push\",\"data\":\"{}\"}",
      "{\"specversion\":\"1.0\",\"type\":\"push\",\"data\":[]}",
      "{\"specversion\":\"1.0\",\"type\":\"push\",\"data_base64\":\"e30=\"}",
      "{\"specversion\":\"1.0\",\"type\":\"push\",\"data\":{\"id\":\"e\",\"id\":\"e\"}}",
      "{\"specversion\":\"1.0\",\"id\":\"e\",\"time\":0,\"data\":{\"kind\":\"nonsense\"}}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) put_text(texts[i]);
}

// Too deep, too long, too many.
static void put_huge(void) {
  static const char *const nests[] = {"[", "{\"a\":", "[[],", "[{\"a\":"};
  for (size_t i = 0; i < 4; i++) {
    char *text = filled(1000000, nests[i]);
    if (i != 2) put_bytes(text, 1000000);  // of a list each element is refused by itself
    put_member("labels", text, 1000000);
    put_member("unknown", text, 20000);
    free(text);
  }
  static const struct {
    const char *pattern;
    size_t len;
  } longs[] = {{"a", MEGABYTE + 1}, {" ", MEGABYTE}, {"\\u0041", 1000000}, {"\xe8\xaf\xba", 3 * MEGABYTE},
               {"a", 5 * MEGABYTE}, {"0,", 1000000}};
  for (size_t i = 0; i < sizeof longs / sizeof *longs; i++) {
    char *text = filled(longs[i].len, longs[i].pattern);
    put_member(i % 2 == 0 ? "unknown" : "count", text, longs[i].len);
    free(text);
  }
  char *digits = filled(1000000, "9");
  put_member("count", digits, 1000000);
  put_member("price", digits, 1000000);
  memcpy(digits, "0.", 2);
  put_member("price", digits, 1000000);
  free(digits);
  char *elements = filled(2 * 5000 + 1, "1,");
  elements[0] = '[';
  elements[1] = '1';
  for (size_t i = 2; i < 10000; i++) elements[i] = i % 2 == 0 ? ',' : '1';
  elements[10000] = ']';
  put_member("counts", elements, 10001);  // 5,000 elements
  free(elements);
}

// More members than an object may have; and one of the last like the first.
static void put_crowded(void) {
  char *text = malloc(40000), *at = text;
  if (text == NULL) die("malloc");
  for (int i = 0; i < 2000; i++) at += sprintf(at, "%s\"m%d\":%d", i == 0 ? "{" : ",", i, i);
  strcpy(at, "}");
  put_value("unknown", text);
  put_text(text);
  at = text;
  for (int i = 0; i < 400; i++) at += sprintf(at, "%s\"m%d\":%d", i == 0 ? "{" : ",", i, i);
  strcpy(at, ",\"\\u006d0\":0}");
  put_value("unknown", text);
  char *name = filled(1025, "n");
  sprintf(text, "{\"%s\":0}", name);
  put_value("unknown", text);
  free(name);
  free(text);
}

// ---- reading what came out ----

static void complain(unsigned line, const char *what, const char *record) {
  if (wrong++ < 20) printf("line %u: %s: %.300s\n", line, what, record);
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static void check_decided(unsigned number, const struct line *line, const char *record) {
  char wanted[200];
  sprintf(wanted,
          "{\"event\":\"good "
          "%u\",\"type\":\"push\",\"time\":\"2025-07-01T08:00:00+08:00\",\"line\":%u,\"verdict\":\"%s\"",
          line->good, number, line->good % 2 == 1 ? "block" : "allow");
  if (!starts_with(record, wanted)) complain(number, "not decided as it should be", record);
}

static bool is_one_line_of_text(const char *record) {
  for (; *record != 0; record++)
    if ((unsigned char)*record < 0x20 || *record == 0x7f) return false;
  return true;
}

static void check_refused(unsigned number, const struct line *line, const char *record) {
  const char *end = strstr(record, "\",\"file\":\"events.jsonl\",\"line\":");
  unsigned long long told, offset, element;
  char brace;
  if (!starts_with(record, "{\"refused\":\"") || end == NULL || end == record + 12) {
    complain(number, "not refused", record);
    return;
  }
  if (sscanf(end, "\",\"file\":\"events.jsonl\",\"line\":%llu,\"element\":%llu,\"offset\":%llu%c", &told,
             &element, &offset, &brace) != 4 &&
      (sscanf(end, "\",\"file\":\"events.jsonl\",\"line\":%llu,\"offset\":%llu%c", &told, &offset, &brace) !=
           3 ||
       brace != '}'))
    complain(number, "no line and offset", record);
  else if (told != number || offset > line->len)
    complain(number, "another line or offset", record);
  if (!is_one_line_of_text(record)) complain(number, "control characters", record);
}

static void check_output(void) {
  static char record[1 << 16];
  FILE *out = fopen("decisions.jsonl", "r");
  if (out == NULL) die("decisions.jsonl");
  unsigned number = 0;
  while (fgets(record, sizeof record, out) != NULL) {
    size_t len = strlen(record);
    if (len == 0 || record[len - 1] != '\n' || number == line_count) {
      complain(number, "more than one record a line", record);
      break;
    }
    record[len - 1] = 0;
    const struct line *line = &lines[number++];
    (line->good > 0 ? check_decided : check_refused)(number, line, record);
  }
  if (number != line_count) complain(number + 1, "no record for this line and those after it", "");
  fclose(out);
}

static int run_nuo(const char *policy) {
  char command[1000];
  snprintf(command, sizeof command, "nuo run '%s' events.jsonl >decisions.jsonl 2>messages", policy);
  int status = system(command);
  return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: hostile_runner POLICY\n");
    return 2;
  }
  events = fopen("events.jsonl", "wb");
  if (events == NULL) die("events.jsonl");
  put_good();
  put_truncated();
  put_garbled();
  put_not_objects();
  put_bad_values();
  put_bad_utf8();
  put_wrong_values();
  put_huge();
  put_crowded();
  put_good();
  if (fclose(events) != 0) die("events.jsonl");
  int status = run_nuo(argv[1]);
  check_output();
  printf("%u lines refused, %u decided, %u wrong, exit status %d\n", line_count - good_count, good_count,
         wrong, status);
  return wrong > 0;
}
