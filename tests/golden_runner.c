// SPDX-License-Identifier: Apache-2.0
//
// Runs the golden tests: golden_runner BUILD CASE... where BUILD holds the `nuo` command. Each case file is
// a comment, then sections, each after a line of its own:
//
//   # what this proves
//   -- file policy.nuo --    written to a scratch directory BUILD/golden/CASE
//   -- run --                given to /bin/sh there, nuo on PATH, the project's root in $ROOT
//   -- stdout --             what it must print exactly; absent: nothing
//   -- stderr --             likewise
//   -- exit --               its exit status; absent: 0
//
// More files and more runs may follow; each run is one test. `<*>` in an expected line stands for any text
// within that line. One empty line before a section, or at the end of the file, is layout and does not count.
// Prints a diff for each mismatch and ends with "RESULT passed failed". Writes no expectation back.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// A run that hangs is stopped; one that has to share the machine is not.
enum { RUN_SECONDS = 180 };

struct text {
  const char *at;
  size_t len;
};

// One `-- run --` and what it is expected to do.
struct run {
  struct text command, out, err;
  int status;
  bool open;
};

struct test_case {
  char *name, *scratch;
  unsigned runs;
  bool broken;
};

static unsigned passed, failed;
static volatile sig_atomic_t child_group;

static void die(const char *what) {
  fprintf(stderr, "golden_runner: %s: %s\n", what, strerror(errno));
  exit(2);
}

// A formatted string; the caller frees it.
static char *make_text(const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int len = vsnprintf(NULL, 0, format, args);
  char *made = len < 0 ? NULL : malloc((size_t)len + 1);
  if (!made) die("malloc");
  vsnprintf(made, (size_t)len + 1, format, again);
  va_end(again);
  va_end(args);
  return made;
}

static void complain(struct test_case *tc, const char *format, ...) {
  va_list args;
  va_start(args, format);
  printf("golden: %s: ", tc->name);
  vprintf(format, args);
  printf("\n");
  va_end(args);
  tc->broken = true;
}

// The whole of a file, NUL-terminated after its last byte; the caller frees it.
static char *read_all(const char *path, size_t *len) {
  FILE *f = fopen(path, "rb");
  if (!f) die(path);
  char *data = NULL;
  size_t size = 0, cap = 0, n = 1;
  while (n > 0) {
    if (cap - size < 4096) data = realloc(data, cap = cap * 2 + 8192);
    if (!data) die(path);
    n = fread(data + size, 1, cap - size - 1, f);
    size += n;
  }
  fclose(f);
  data[size] = 0;
  *len = size;
  return data;
}

static void write_all(const char *path, struct text text) {
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(text.at, 1, text.len, f) != text.len || fclose(f) != 0) die(path);
}

// Takes the next line off *rest, without its line end.
static struct text next_line(struct text *rest) {
  const char *end = memchr(rest->at, '\n', rest->len);
  struct text line = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
  size_t taken = line.len + (end ? 1 : 0);
  rest->at += taken;
  rest->len -= taken;
  return line;
}

static bool matches(struct text want, struct text got) {
  const char *star = "<*>";
  while (want.len > 0) {
    if (want.len >= 3 && memcmp(want.at, star, 3) == 0) {
      want.at += 3, want.len -= 3;
      for (; got.len > 0; got.at++, got.len--)
        if (matches(want, got)) return true;
      continue;
    }
    if (got.len == 0 || *want.at != *got.at) return false;
    want.at++, want.len--, got.at++, got.len--;
  }
  return got.len == 0;
}

static bool same_text(struct text want, struct text got) {
  while (want.len > 0 && got.len > 0) {
    struct text w = next_line(&want), g = next_line(&got);
    bool want_ended = w.at + w.len < want.at, got_ended = g.at + g.len < got.at;
    if (want_ended != got_ended || !matches(w, g)) return false;
  }
  return want.len == 0 && got.len == 0;
}

// Writes the expectation with each line that matches by a wildcard replaced by what was printed, so that
// the diff shows the real differences only.
static void write_resolved(const char *path, struct text want, struct text got) {
  FILE *f = fopen(path, "wb");
  if (!f) die(path);
  while (want.len > 0) {
    struct text w = next_line(&want), g = next_line(&got);
    if (matches(w, g)) w = g;
    fwrite(w.at, 1, w.len, f);
    fputc('\n', f);
  }
  fclose(f);
}

// Runs a program with the given arguments; its exit status, or -1.
static int spawn(char *const argv[]) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void show_diff(struct test_case *tc, const char *stream, struct text want, struct text got) {
  complain(tc, "run %u: %s differs%s", tc->runs, stream,
           want.len == 0 ? " (nothing is expected: the case has no such section)" : "");
  char *want_path = make_text("%s/.want-%s", tc->scratch, stream);
  char *got_path = make_text("%s/.%s", tc->scratch, stream);
  char *want_label = make_text("%s, %s expected", tc->name, stream);
  char *got_label = make_text("%s, %s printed", tc->name, stream);
  write_resolved(want_path, want, got);
  spawn((char *[]){"diff", "-a", "-u", "-L", want_label, "-L", got_label, want_path, got_path, NULL});
  free(want_path), free(got_path), free(want_label), free(got_label);
}

static void on_alarm(int sig) {
  (void)sig;
  if (child_group > 0) kill(-(pid_t)child_group, SIGKILL);
}

static void redirect(const char *path, int fd) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || dup2(file, fd) < 0) _exit(126);
  close(file);
}

static void run_child(const char *scratch, const char *command) {
  setpgid(0, 0);
  int null = open("/dev/null", O_RDONLY);
  if (chdir(scratch) != 0 || null < 0 || dup2(null, 0) < 0) _exit(126);
  redirect(".stdout", 1);
  redirect(".stderr", 2);
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(127);
}

// The exit status as a shell would tell it; -1 when the command was stopped for taking too long.
static int run_command(const char *scratch, struct text command) {
  char *line = malloc(command.len + 1);
  if (!line) die("malloc");
  memcpy(line, command.at, command.len);
  line[command.len] = 0;
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) run_child(scratch, line);
  free(line);
  setpgid(pid, pid);
  child_group = pid;
  alarm(RUN_SECONDS);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  bool in_time = alarm(0) > 0;
  child_group = 0;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return in_time ? 128 + WTERMSIG(status) : -1;
}

static void check_stream(struct test_case *tc, const char *stream, struct text want) {
  size_t len;
  char *path = make_text("%s/.%s", tc->scratch, stream);
  char *data = read_all(path, &len);
  struct text got = {data, len};
  if (!same_text(want, got)) show_diff(tc, stream, want, got);
  free(data), free(path);
}

// Runs what has been read of the current `-- run --`, if there is one, and counts it.
static void finish_run(struct test_case *tc, struct run *run) {
  if (!run->open) return;
  tc->runs++;
  bool broken_before = tc->broken;
  tc->broken = false;
  int status = run_command(tc->scratch, run->command);
  if (status < 0)
    complain(tc, "run %u: stopped after %d s", tc->runs, RUN_SECONDS);
  else if (status != run->status)
    complain(tc, "run %u: exit status %d, expected %d", tc->runs, status, run->status);
  check_stream(tc, "stdout", run->out);
  check_stream(tc, "stderr", run->err);
  if (tc->broken)
    failed++;
  else
    passed++;
  tc->broken = tc->broken || broken_before;
  *run = (struct run){0};
}

static bool is(struct text text, const char *word) {
  return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static void write_case_file(struct test_case *tc, struct text name, struct text body) {
  char *path = make_text("%s/%.*s", tc->scratch, (int)name.len, name.at);
  if (name.len == 0 || name.at[0] == '/' || strstr(path, "/../")) {
    complain(tc, "bad file name");
  } else {
    for (char *p = path + strlen(tc->scratch) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
      *p = 0;
      if (mkdir(path, 0755) != 0 && errno != EEXIST) die(path);
    }
    write_all(path, body);
  }
  free(path);
}

// `-- word name --`; false when the line is no header.
static bool parse_header(struct text line, struct text *word, struct text *name) {
  if (line.len < 7 || memcmp(line.at, "-- ", 3) != 0 || memcmp(line.at + line.len - 3, " --", 3) != 0)
    return false;
  struct text inner = {line.at + 3, line.len - 6};
  const char *space = memchr(inner.at, ' ', inner.len);
  size_t len = space ? (size_t)(space - inner.at) : inner.len;
  for (size_t i = 0; i < len; i++)
    if (inner.at[i] < 'a' || inner.at[i] > 'z') return false;
  *word = (struct text){inner.at, len};
  *name = space ? (struct text){space + 1, inner.len - len - 1} : (struct text){inner.at + len, 0};
  return true;
}

// Everything up to the next header, less one empty line at its end.
static struct text take_body(struct text *rest) {
  struct text body = {rest->at, 0}, word, name;
  while (rest->len > 0) {
    struct text before = *rest;
    if (parse_header(next_line(rest), &word, &name)) {
      *rest = before;
      break;
    }
  }
  body.len = (size_t)(rest->at - body.at);
  if (body.len == 1 && body.at[0] == '\n')
    body.len = 0;
  else if (body.len > 1 && memcmp(body.at + body.len - 2, "\n\n", 2) == 0)
    body.len--;
  return body;
}

static void take_section(struct test_case *tc, struct run *run, struct text word, struct text name,
                         struct text body) {
  bool named_file = is(word, "file") && name.len > 0;
  if (named_file || is(word, "run")) finish_run(tc, run);
  if (named_file)
    write_case_file(tc, name, body);
  else if (is(word, "run"))
    *run = (struct run){.command = body, .open = true};
  else if (is(word, "stdout") && run->open)
    run->out = body;
  else if (is(word, "stderr") && run->open)
    run->err = body;
  else if (is(word, "exit") && run->open)
    run->status = atoi(body.at);
  else
    complain(tc, "section \"%.*s\" is unknown, or has no run before it", (int)word.len, word.at);
}

static void run_sections(struct test_case *tc, struct text rest) {
  struct text word, name;
  struct run run = {0};
  struct text comment = take_body(&rest);
  if (comment.len == 0 || comment.at[0] != '#')
    complain(tc, "does not open with a # line that says what it proves");
  while (rest.len > 0) {
    parse_header(next_line(&rest), &word, &name);
    take_section(tc, &run, word, name, take_body(&rest));
  }
  finish_run(tc, &run);
  if (tc->runs == 0) complain(tc, "has no run");
}

static void run_case(const char *path, const char *scratch_root) {
  struct test_case tc = {0};
  const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  const char *dot = strrchr(base, '.');
  tc.name = make_text("%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base);
  tc.scratch = make_text("%s/%s", scratch_root, tc.name);
  if (mkdir(tc.scratch, 0755) != 0) die(tc.scratch);
  size_t len;
  char *data = read_all(path, &len);
  unsigned failed_before = failed;
  run_sections(&tc, (struct text){data, len});
  // A case that is wrong in itself fails even when its runs passed.
  if (tc.broken && failed == failed_before) failed++;
  free(data), free(tc.name), free(tc.scratch);
}

// The same surroundings everywhere: no language, colour or width of whoever runs the tests.
static void set_environment(const char *build, const char *root) {
  static const char *const unwanted[] = {"LC_ALL",   "LC_MESSAGES", "LC_CTYPE",
                                         "LANGUAGE", "NO_COLOR",    "COLUMNS"};
  const char *old = getenv("PATH");
  char *path = make_text("%s:%s", build, old ? old : "/usr/bin:/bin");
  for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) unsetenv(unwanted[i]);
  if (setenv("PATH", path, 1) || setenv("ROOT", root, 1) || setenv("LANG", "C.UTF-8", 1) ||
      setenv("TZ", "UTC", 1) || setenv("TERM", "dumb", 1))
    die("setenv");
  free(path);
}

int main(int argc, char **argv) {
  char root[PATH_MAX];
  if (argc < 3) {
    fprintf(stderr, "usage: golden_runner BUILD CASE...\n");
    return 2;
  }
  if (!getcwd(root, sizeof root)) die("getcwd");
  char *build = argv[1][0] == '/' ? make_text("%s", argv[1]) : make_text("%s/%s", root, argv[1]);
  char *scratch_root = make_text("%s/golden", build);
  if (spawn((char *[]){"rm", "-rf", scratch_root, NULL}) != 0 || mkdir(scratch_root, 0755) != 0)
    die(scratch_root);
  set_environment(build, root);
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  for (int i = 2; i < argc; i++) run_case(argv[i], scratch_root);
  free(build), free(scratch_root);
  printf("RESULT %u %u\n", passed, failed);
  return failed > 0;
}
