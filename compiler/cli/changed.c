// SPDX-License-Identifier: Apache-2.0
// Asks git, in the folder of the policy, which lines have changed.
#include "compiler/cli/changed.h"

#include <stdlib.h>
#include <string.h>

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

static bool read_hunks(nuo_text diff, struct changed *changed) {
  for (size_t at = 0; at < diff.len;) {
    const char *end = memchr(diff.text + at, '\n', diff.len - at);
    const size_t len = end == NULL ? diff.len - at : (size_t)(end - diff.text) - at;
    char line[80];  // as much as the numbers take
    snprintf(line, sizeof line, "%.*s", len < sizeof line ? (int)len : (int)sizeof line - 1, diff.text + at);
    if (!take_hunk(line, changed)) return false;
    at += len + 1;
  }
  return true;
}

static bool knows(char *folder, char *object) {
  nuo_text unused;
  char *words[] = {"git", "-C", folder, "rev-parse", "--quiet", "--verify", "--end-of-options", object, NULL};
  const bool known = cli_git(words, false, &unused);
  free((char *)unused.text);
  return known;
}

static bool no_revision(const char *revision) {
  cli_error("%s: git knows no such revision here", "%s：此处的 Git 没有这个版本", revision);
  return false;
}

static bool ask(char *folder, const char *name, const char *revision, struct changed *changed) {
  char object[4200];
  snprintf(object, sizeof object, "%s^{commit}", revision);
  if (!knows(folder, object)) return no_revision(revision);
  snprintf(object, sizeof object, "%s:./%s", revision, name);
  changed->all = !knows(folder, object);
  if (changed->all) return true;
  nuo_text diff;
  char *words[] = {
      "git", "-C",         folder, "diff", "-U0", "--no-color", "--no-ext-diff", (char *)revision,
      "--",  (char *)name, NULL};
  const bool good = cli_git(words, true, &diff) && read_hunks(diff, changed);
  free((char *)diff.text);
  if (!good) cli_error("%s: git could not compare it", "%s：Git 无法比较", changed->path);
  return good;
}

bool cli_changed_since(const char *revision, const char *path, struct changed *changed) {
  char folder[4096] = ".";
  const char *slash = strrchr(path, '/');
  *changed = (struct changed){.path = path};
  // What begins with a dash would be an option to git.
  if (revision[0] == '-' || strlen(revision) + strlen(path) >= sizeof folder - 16)
    return no_revision(revision);
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
