// SPDX-License-Identifier: Apache-2.0
// Runs git, without a shell, in the folder of the policy.
#include "compiler/cli/changed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Runs a command with its output to `*out` (NULL: nowhere); its exit status, or -1.
static int run(char *const *words, FILE **out) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execvp(words[0], words);
    _exit(127);
  }
  close(ends[1]);
  if (child < 0) return close(ends[0]), -1;
  FILE *from = fdopen(ends[0], "rb"), *kept = out == NULL ? NULL : tmpfile();
  char buffer[4096];
  for (size_t got; from != NULL && (got = fread(buffer, 1, sizeof buffer, from)) > 0;)
    if (kept != NULL) fwrite(buffer, 1, got, kept);
  if (from != NULL) fclose(from);
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (out != NULL) *out = kept;
  if (kept != NULL) rewind(kept);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// "@@ -a,b +c,d @@": d lines from c on; `d` is left out for 1, and 0 when lines only went away.
static bool take_hunk(const char *line, struct changed *changed) {
  const char *plus = strncmp(line, "@@ ", 3) == 0 ? strchr(line, '+') : NULL;
  if (plus == NULL) return true;
  char *end;
  const unsigned long first = strtoul(plus + 1, &end, 10);
  const unsigned long count = *end == ',' ? strtoul(end + 1, NULL, 10) : 1;
  if (count == 0) return true;
  struct changed_lines *grown = realloc(changed->lines, (changed->count + 1) * sizeof *grown);
  if (grown == NULL) return cli_no_memory();
  changed->lines = grown;
  grown[changed->count++] = (struct changed_lines){(uint32_t)first, (uint32_t)(first + count - 1)};
  return true;
}

static bool read_hunks(FILE *diff, struct changed *changed) {
  char *line = NULL;
  size_t room = 0;
  bool good = true;
  while (good && getline(&line, &room, diff) >= 0) good = take_hunk(line, changed);
  free(line);
  return good;
}

// In the folder of the policy, "" being this one.
static bool ask(char *folder, const char *name, const char *revision, struct changed *changed) {
  char commit[512], file[4200];
  snprintf(commit, sizeof commit, "%s^{commit}", revision);
  snprintf(file, sizeof file, "%s:./%s", revision, name);
  char *verify[] = {"git",  "-C", folder, "rev-parse", "--quiet", "--verify", "--end-of-options",
                    commit, NULL};
  if (run(verify, NULL) != 0) {
    cli_error("%s: git knows no such revision here", "%s：此处的 Git 没有这个版本", revision);
    return false;
  }
  char *there[] = {"git", "-C", folder, "rev-parse", "--quiet", "--verify", "--end-of-options", file, NULL};
  changed->all = run(there, NULL) != 0;
  if (changed->all) return true;
  char *diff[] = {"git", "-C",         folder, "diff", "-U0", "--no-color", "--no-ext-diff", (char *)revision,
                  "--",  (char *)name, NULL};
  FILE *out = NULL;
  const bool good = run(diff, &out) == 0 && out != NULL && read_hunks(out, changed);
  if (out != NULL) fclose(out);
  if (!good) cli_error("%s: git could not compare it", "%s：Git 无法比较", changed->path);
  return good;
}

bool cli_changed_since(const char *revision, const char *path, struct changed *changed) {
  char folder[4096] = ".";
  const char *slash = strrchr(path, '/');
  *changed = (struct changed){.path = path};
  if (revision[0] == '-' || (slash != NULL && (size_t)(slash - path) >= sizeof folder - 1)) {
    cli_error("%s: git knows no such revision here", "%s：此处的 Git 没有这个版本", revision);
    return false;
  }
  if (slash != NULL) snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
  return ask(folder, slash == NULL ? path : slash + 1, revision, changed);
}

bool cli_is_changed(const struct changed *changed, const nuo_place *place) {
  if (place->path.len != strlen(changed->path) ||
      memcmp(place->path.text, changed->path, place->path.len) != 0)
    return false;
  for (size_t i = 0; i < changed->count && !changed->all; i++)
    if (place->line >= changed->lines[i].first && place->line <= changed->lines[i].last) return true;
  return changed->all;
}
