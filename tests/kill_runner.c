// SPDX-License-Identifier: Apache-2.0
//
// Kills `nuo run --state` at random instants and lets it go on: kill_runner BUILD CYCLES. A policy with
// facts, limits, counts, deferrals, duties and breaches decides two files of events, in which some come late,
// again, or malformed, and reports of deliveries. However often it is killed, the output has to be the bytes
// of an undisturbed run, and the decision log has to be whole and to be decided again alike. Works in
// BUILD/kill; ends with "RESULT passed failed".
#define _XOPEN_SOURCE 700  // realpath
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 25000, FILES = 2 };

static const char policy[] =
    "policy letters version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"
    "event push enforceable lateness 1 hour subject user {\n"
    "  id: text time: instant user: text kind: one of {advert, service} body: text }\n"
    "event opt_in observed lateness 1 hour subject user { id: text time: instant user: text most? : number "
    "}\n"
    "event opt_out observed lateness 1 hour subject user { id: text time: instant user: text }\n"
    "fact consent (user: text): number starts on opt_in for (user) with most default 3 ends on opt_out for "
    "(user)\n"
    "rule asked on push where kind is advert require consent(user) is present action block\n"
    "rule few on push where kind is advert limit least(consent(user) default 2, 4) per user this day\n"
    "  action defer until 09:00\n"
    "rule apart on push forbid when\n"
    "  (elapsed since last push per user default 1 hours) less than 2 minutes action hold\n"
    "rule left on push where kind is service forbid when count of opt_out per user in last 2 days at least "
    "2\n"
    "  action note\n"
    "duty answer on opt_out as o must push where user is o.user within 1 hours warn at 30 minutes\n"
    "  suspended while consent(o.user) discharged by opt_in where user is o.user action note\n"
    "duty daily every day must at least 400 opt_out action note\n"
    "rule often on breach where rule is \"answer\" forbid when\n"
    "  count of breach where rule is \"answer\" per event in last 10 minutes at least 3 action note\n";

static void die(const char *what) {
  fprintf(stderr, "kill_runner: %s: %s\n", what, strerror(errno));
  exit(2);
}

static uint64_t seed;

static uint32_t draw(uint32_t below) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)((seed >> 16) % below);
}

// ---- events ----

static void print_time(FILE *out, int64_t time) {
  time_t seconds = (time_t)(time / 1000);
  struct tm parts;
  char text[40];
  gmtime_r(&seconds, &parts);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  fprintf(out, "\"time\":\"%s.%03dZ\"", text, (int)(time % 1000));
}

static void print_event(FILE *out, uint32_t number, int64_t now) {
  static const char body[] =
      "Dear reader, this is a letter that is long enough to make a file of some megabytes of it.";
  uint32_t user = draw(400), kind = draw(20);
  int64_t time = now - (draw(10) == 0 ? draw(4000000) : 0);  // some later than may be
  if (kind == 0) {
    fprintf(out, "{\"type\":\"opt_out\",\"id\":\"o%u\",\"user\":\"u%u\",", number, user);
  } else if (kind < 4) {
    fprintf(out, "{\"type\":\"opt_in\",\"id\":\"i%u\",\"user\":\"u%u\",\"most\":%u,", number, user, draw(6));
  } else if (kind == 4) {
    fprintf(out, "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p%u\",",
            number - draw(number < 50 ? 1 : 50));
  } else {
    if (kind == 5 && number > 100) number -= draw(100);  // again
    fprintf(out, "{\"type\":\"push\",\"id\":\"p%u\",\"user\":\"u%u\",\"kind\":\"%s\",\"body\":\"%s %s\",",
            number, user, draw(2) ? "advert" : "service", body, body);
  }
  print_time(out, time);
  fputs(draw(500) == 0 ? "\n" : "}\n", out);
}

static void write_inputs(void) {
  int64_t now = INT64_C(1751328000000);
  FILE *out = fopen("policy.nuo", "w");
  if (out == NULL) die("policy.nuo");
  fputs(policy, out);
  fclose(out);
  // Deadlines of the same instant come in an order that the secret makes.
  out = fopen("secret", "w");
  if (out == NULL) die("secret");
  fputs("0123456789abcdef", out);
  fclose(out);
  for (int f = 0; f < FILES; f++) {
    char name[40];
    snprintf(name, sizeof name, "events%d.jsonl", f);
    out = fopen(name, "w");
    if (out == NULL) die(name);
    for (uint32_t i = 0; i < EVENTS; i++)
      print_event(out, (uint32_t)f * EVENTS + i, now += draw(4) == 0 ? draw(32000) : 0);
    fclose(out);
  }
}

// ---- runs ----

static pid_t start(const char *nuo, const char *state, const char *output) {
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child > 0) return child;
  int quiet = open("errors", O_WRONLY | O_CREAT | O_APPEND, 0666);
  dup2(quiet, STDERR_FILENO);
  execl(nuo, nuo, "run", "-q", "--state", state, "--state-key", "secret", "--output", output, "--log", "log",
        "--log-key", "secret", "--log-size", "8000000", "policy.image", "events0.jsonl", "events1.jsonl",
        (char *)NULL);
  _exit(127);
}

// Whether it came to its end: 1 is what it says when some events were refused, as here some are, but for the
// last runs.
static bool has_ended(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) <= 1) return true;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
  fprintf(stderr, "kill_runner: nuo ended with status %d, see BUILD/kill/errors\n", status);
  printf("RESULT 0 1\n");
  exit(1);
}

static double now_in_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_same(const char *a, const char *b) {
  FILE *one = fopen(a, "r"), *two = fopen(b, "r");
  int x = 0, y = 0;
  if (one == NULL || two == NULL) die("output");
  while (x == y && x != EOF) x = getc(one), y = getc(two);
  fclose(one);
  fclose(two);
  return x == y;
}

static void discard(const char *what) {
  char command[100];
  snprintf(command, sizeof command, "rm -rf %s", what);
  if (system(command) != 0) die(what);
}

// Kills one run at a random instant, or lets it end. True when it ended.
static bool run_once(const char *nuo, double seconds) {
  double wait = seconds * draw(1000) / 800;
  struct timespec pause = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
  int status;
  pid_t child = start(nuo, "state", "output.jsonl");
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  if (waitpid(child, &status, 0) != child) die("waitpid");
  return has_ended(status);
}

// A run that goes all the way, in `seconds`.
static void run_whole(const char *nuo, const char *state, const char *output, double *seconds) {
  int status;
  double begin = now_in_seconds();
  pid_t child = start(nuo, state, output);
  if (waitpid(child, &status, 0) != child) die("waitpid");
  if (!has_ended(status)) die("nuo");
  *seconds = now_in_seconds() - begin;
}

// The log of a run that was killed now and then: whole, and alike when it is decided again.
static bool is_log_good(const char *nuo) {
  char command[9000];
  snprintf(command, sizeof command,
           "'%s' log verify --log-key secret $(ls log.* | sort -t . -k 2n) log >>errors && "
           "'%s' log replay --log-key secret policy.image $(ls log.* | sort -t . -k 2n) log >>errors",
           nuo, nuo);
  return system(command) == 0;
}

static void enter(const char *build, char *nuo, size_t size) {
  char *whole = realpath(build, NULL), path[4096];
  if (whole == NULL) die(build);
  snprintf(nuo, size, "%s/nuo", whole);
  snprintf(path, sizeof path, "%s/kill", whole);
  free(whole);
  if (mkdir(path, 0777) != 0 && errno != EEXIST) die(path);
  if (chdir(path) != 0) die(path);
}

int main(int argc, char **argv) {
  char nuo[4096], build[5000];
  double seconds, ignored;
  unsigned passed = 0, failed = 0;
  if (argc != 3) return 2;
  seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
  if (getenv("SEED") != NULL) seed = strtoull(getenv("SEED"), NULL, 10);
  enter(argv[1], nuo, sizeof nuo);
  discard("state output.jsonl reference reference.jsonl errors log log.*");
  write_inputs();
  snprintf(build, sizeof build, "'%s' build -o policy.image policy.nuo", nuo);
  if (system(build) != 0) die("the policy");
  run_whole(nuo, "reference", "reference.jsonl", &seconds);
  discard("log log.*");
  for (int left = atoi(argv[2]); left > 0;) {
    bool ended = run_once(nuo, seconds);
    if (!ended) left--;
    if (!ended && left > 0) continue;
    if (!ended) run_whole(nuo, "state", "output.jsonl", &ignored);
    const bool same = is_same("reference.jsonl", "output.jsonl");
    if (same && is_log_good(nuo)) {
      passed++;
      discard("state output.jsonl log log.*");
    } else {
      fprintf(
          stderr, "kill_runner: %s, see BUILD/kill\n",
          same ? "the log is not whole, or not decided again alike" : "output.jsonl is not reference.jsonl");
      failed++;
      break;
    }
  }
  printf("RESULT %u %u\n", passed, failed);
  return failed > 0;
}
