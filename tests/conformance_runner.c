// SPDX-License-Identifier: Apache-2.0
//
// conformance_runner IMAGES CASES [NAME]: decides the cases of tests/conformance (README.md there says what a
// case is, and in which order a host hands it in) through nuo.h alone, from the images IMAGES/NAME.nuoi, and
// compares each line with CASES/NAME.decisions.jsonl, and what it says with the table in CASES/NAME.expect;
// its last line is "RESULT passed failed". With a NAME it prints what is decided in that case instead.
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/nuo.h"

enum { MOST_BYTES = 1 << 20, MOST_VERSIONS = 2, PATH_SIZE = 1024 };

static const char *images, *cases;

static void die(const char *what, const char *why) {
  fprintf(stderr, "conformance_runner: %s: %s\n", what, why);
  exit(2);
}

static void check(const char *what, nuo_status status, const nuo_error *error) {
  if (status != NUO_OK) die(what, error->status == status ? error->message : nuo_status_name(status));
}

// ---- files ----

// NULL when there is no such file.
static char *read_file(const char *folder, const char *name, const char *ending, size_t *len) {
  char path[PATH_SIZE];
  if (snprintf(path, sizeof path, "%s/%s%s", folder, name, ending) >= PATH_SIZE) die(name, "too long a name");
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = malloc(MOST_BYTES);
  if (text == NULL) die(path, "out of memory");
  *len = fread(text, 1, MOST_BYTES - 1, file);
  if (ferror(file) || !feof(file)) die(path, "cannot be read, or is longer than 1 MiB");
  text[*len] = 0;
  fclose(file);
  return text;
}

// ---- one case ----

struct run {
  nuo_engine *engine;
  nuo_session *session;
  FILE *out;   // the lines
  FILE *told;  // the rows of a table, see NAME.expect
};

static void load(struct run *r, const char *name) {
  static const char *const endings[MOST_VERSIONS] = {".nuoi", ".with.nuoi"};
  nuo_program *programs[MOST_VERSIONS];
  nuo_error error = {.message = ""};
  size_t count = 0, len;
  for (size_t i = 0; i < MOST_VERSIONS; i++) {
    char *image = read_file(images, name, endings[i], &len);
    if (image != NULL) check(name, nuo_program_load(image, len, NULL, &programs[count++], &error), &error);
    free(image);
  }
  if (count == 0) die(name, "there is no image");
  check(name, nuo_engine_new(NULL, &r->engine), &error);
  check(name, nuo_engine_use(r->engine, programs, count, &error), &error);
  check(name, nuo_session_new(r->engine, &r->session), &error);
  while (count > 0) nuo_program_free(programs[--count]);
}

static void put_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text != 0; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

// ---- a row of the table ----

static void tell(struct run *r, const char *before, nuo_text text) {
  fprintf(r->told, "%s%.*s", before, (int)text.len, text.text);
}

// The member's value in the line, which is a string without escapes.
static void tell_member(struct run *r, const char *before, nuo_text json, const char *member) {
  const char *at = strstr(json.text, member);
  if (at == NULL) die(member, "not in the line");
  at += strlen(member);
  tell(r, before, (nuo_text){at, strcspn(at, "\"")});
}

static void tell_amendments(struct run *r, const nuo_finding *findings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (findings[i].same_count > 0) {
      tell_amendments(r, findings[i].same, findings[i].same_count);
      continue;
    }
    if (findings[i].label.len > 0) tell(r, " label=", findings[i].label);
    if (findings[i].strip.len > 0) tell(r, " strip=", findings[i].strip);
  }
}

static void tell_findings(struct run *r, const nuo_decision *d) {
  for (size_t i = 0; i < d->breach_count; i++) tell(r, " ", d->breaches[i].rule);
  for (size_t i = 0; i < d->undetermined_count; i++) {
    const nuo_finding *f = &d->undetermined[i];
    tell(r, " ?", f->rule);
    for (size_t k = 0; k < f->reason_count; k++) {
      fprintf(r->told, "(%s", nuo_reason_name(f->reasons[k].kind));
      tell(r, f->reasons[k].name.len > 0 ? " " : "", f->reasons[k].name);
      fputc(')', r->told);
    }
  }
  for (size_t i = 0; i < d->excepted_count; i++) {
    const nuo_finding *f = &d->excepted[i];
    tell(r, " !", f->rule);
    for (size_t k = 0; k < f->exception_count; k++) tell(r, k == 0 ? "(" : ",", f->exceptions[k]);
    if (f->exception_count > 0) fputc(')', r->told);
  }
}

static void tell_decision(struct run *r, const nuo_decision *d, nuo_text json) {
  static const char *const forces[] = {"", " not-yet-in-force", " repealed"};
  tell(r, "", d->event_id);
  if (d->deadline)
    tell_member(r, " deadline=", json, "\"time\":\"");
  else if (d->caused_by.len > 0)
    tell(r, " type=", d->event_type);
  fprintf(r->told, " %s%s%s%s", nuo_action_name(d->verdict), d->late ? " late" : "",
          d->replayed ? " replayed" : "", forces[d->force]);
  if (d->verdict == NUO_DEFER) tell_member(r, " until=", json, "\"until\":\"");
  tell_amendments(r, d->breaches, d->breach_count);
  tell_amendments(r, d->undetermined, d->undetermined_count);
  tell_findings(r, d);
  for (size_t i = 0; i < d->duty_count; i++) {
    tell(r, " ", d->duties[i].duty);
    fprintf(r->told, ":%s", nuo_duty_state_name(d->duties[i].state));
  }
  for (size_t i = 0; i < d->raised_count; i++) tell(r, " raised=", d->raised[i].type);
  fputc('\n', r->told);
}

// ---- a line ----

static void put_refused(struct run *r, const nuo_error *error, uint64_t line) {
  fprintf(r->told, "line %llu refused\n", (unsigned long long)line);
  fputs("{\"refused\":", r->out);
  put_string(r->out, error->message);
  fputs(",\"refused_zh\":", r->out);
  put_string(r->out, error->message_zh);
  fprintf(r->out, ",\"line\":%llu,\"offset\":%llu}\n", (unsigned long long)line,
          (unsigned long long)error->offset);
}

static void put_decisions(struct run *r, const nuo_decision *decisions, size_t count) {
  nuo_text json;
  for (size_t i = 0; i < count; i++) {
    if (decisions[i].refused != NULL) {
      put_refused(r, decisions[i].refused, decisions[i].tag);
      continue;
    }
    if (nuo_session_decision_json(r->session, &decisions[i], &json) != NUO_OK) die("json", "out of memory");
    fwrite(json.text, 1, json.len, r->out);
    fputc('\n', r->out);
    tell_decision(r, &decisions[i], json);
  }
}

static void decide(struct run *r) {
  const nuo_decision *decisions;
  size_t count;
  while (nuo_session_pending(r->session) > 0) {
    check("deciding", nuo_session_decide(r->session, &decisions, &count), &(nuo_error){.message = ""});
    put_decisions(r, decisions, count);
  }
}

static void take_line(struct run *r, nuo_text line, uint64_t number) {
  nuo_input input = {.json = line.text, .len = line.len, .tag = number};
  nuo_error error = {.message = ""};
  nuo_status status;
  for (uint32_t recipients = 1; input.recipient < recipients; input.recipient++) {
    status = nuo_session_add(r->session, &input, &recipients, &error);
    if (status == NUO_OK) continue;
    if (status != NUO_BAD_EVENT) check("adding an event", status, &error);
    decide(r);
    put_refused(r, &error, number);
  }
}

static void pass_time(struct run *r, const char *name) {
  const nuo_decision *decisions;
  size_t len, count = 1;
  char *until = read_file(cases, name, ".until", &len);
  while (until != NULL && count > 0) {
    const int64_t time = strtoll(until, NULL, 10);
    check(name, nuo_session_advance(r->session, time, &decisions, &count), &(nuo_error){.message = ""});
    put_decisions(r, decisions, count);
  }
  free(until);
}

static void run_case(const char *name, FILE *out, FILE *told) {
  struct run r = {.out = out, .told = told};
  size_t len;
  uint64_t number = 0;
  char *events = read_file(cases, name, ".events.jsonl", &len);
  if (events == NULL) die(name, "there are no events");
  load(&r, name);
  for (const char *at = events; *at != 0;) {
    const size_t line = strcspn(at, "\n");
    take_line(&r, (nuo_text){at, line}, ++number);
    at += at[line] == 0 ? line : line + 1;
  }
  decide(&r);
  pass_time(&r, name);
  nuo_session_free(r.session);
  nuo_engine_free(r.engine);
  free(events);
}

// ---- all of them ----

static bool same_lines(const char *name, const char *want, const char *got) {
  for (int line = 1; *want != 0 || *got != 0; line++) {
    const size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");
    if (a != b || memcmp(want, got, a) != 0 || want[a] != got[b]) {
      printf("%s: line %d\n  expected %.*s\n  decided  %.*s\n", name, line, (int)a, want, (int)b, got);
      return false;
    }
    want += want[a] == 0 ? a : a + 1;
    got += got[b] == 0 ? b : b + 1;
  }
  return true;
}

// The table without its reasons, and with one blank where there are several.
static void cut_reasons(char *table) {
  char *to = table;
  for (const char *at = table; *at != 0; at++) {
    if (*at == '|') at += strcspn(at, "\n");
    if (*at == 0) break;
    const bool needless = *at == ' ' && (at[1] == ' ' || at[1] == '|' || at[1] == '\n');
    if (!needless) *to++ = *at;
  }
  *to = 0;
}

static bool same_file(const char *name, const char *ending, const char *got) {
  size_t len;
  char *want = read_file(cases, name, ending, &len);
  if (want == NULL && strcmp(ending, ".expect") == 0) return true;
  if (want == NULL) die(name, "there are no decisions");
  if (strcmp(ending, ".expect") == 0) cut_reasons(want);
  const bool same = same_lines(name, want, got);
  free(want);
  return same;
}

static bool case_holds(const char *name) {
  char *lines = NULL, *table = NULL;
  size_t len, table_len;
  FILE *out = open_memstream(&lines, &len), *told = open_memstream(&table, &table_len);
  if (out == NULL || told == NULL) die(name, "out of memory");
  run_case(name, out, told);
  fclose(out);
  fclose(told);
  const bool same = same_file(name, ".expect", table) && same_file(name, ".decisions.jsonl", lines);
  free(lines);
  free(table);
  return same;
}

static void print_case(const char *name) {
  FILE *nothing = fopen("/dev/null", "w");
  if (nothing == NULL) die("/dev/null", "cannot be opened");
  run_case(name, stdout, nothing);
  fclose(nothing);
}

int main(int argc, char **argv) {
  static const char ending[] = ".events.jsonl";
  char pattern[PATH_SIZE];
  glob_t found;
  unsigned passed = 0, failed = 0;
  if (argc != 3 && argc != 4) die("usage", "conformance_runner IMAGES CASES [NAME]");
  images = argv[1];
  cases = argv[2];
  if (argc == 4) return print_case(argv[3]), 0;
  if (snprintf(pattern, sizeof pattern, "%s/*%s", cases, ending) >= PATH_SIZE) die(cases, "too long a path");
  if (glob(pattern, 0, NULL, &found) != 0) die(cases, "no cases");
  for (size_t i = 0; i < found.gl_pathc; i++) {
    char *name = strrchr(found.gl_pathv[i], '/') + 1;
    name[strlen(name) - (sizeof ending - 1)] = 0;
    if (case_holds(name))
      passed++;
    else
      failed++;
  }
  globfree(&found);
  printf("RESULT %u %u\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
