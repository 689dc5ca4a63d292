// SPDX-License-Identifier: Apache-2.0
// Approvals of changes: named on the command line, or in a file with one a line:
//   RULE CHANGE until 2025-12-31 by NAME
// CHANGE is what `nuo diff` prints behind the rule. It stands for both versions of the rule, so that an
// approval holds for the change that somebody looked at, and for no later one.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/diff.h"

static bool is_named(const struct rule_change *change, const char *name, size_t len) {
  const struct rule *rule = change->after != NULL ? change->after : change->before;
  return (rule->names.en.len == len && memcmp(rule->names.en.at, name, len) == 0) ||
         (rule->names.zh.len == len && memcmp(rule->names.zh.at, name, len) == 0);
}

// Marks what is meant by RULE or RULE@CHANGE; false when there is no such change.
static bool approve(struct diff *diff, const char *name, size_t len, const char *id, const char *by) {
  bool found = false;
  for (uint32_t i = 0; i < diff->rules.count; i++) {
    struct rule_change *change = &diff->rules.at[i];
    if (!is_named(change, name, len)) continue;
    if (id != NULL && (strlen(id) != change->id.len || memcmp(id, change->id.at, change->id.len) != 0))
      continue;
    change->approved_by = by;
    found = true;
  }
  return found;
}

static bool approve_words(const struct command *command, struct diff *diff, const char *words) {
  while (*words != 0) {
    const size_t len = strcspn(words, ",");
    if (!approve(diff, words, len, NULL, "--approve")) {
      cli_usage(command, "--approve %.*s: there is no such rule", "--approve %.*s：没有这条规则", (int)len,
                words);
      return false;
    }
    words += len + (words[len] == ',');
  }
  return true;
}

// ---- the file ----

static char *next_word(char **at) {
  *at += strspn(*at, " \t");
  char *word = *at;
  *at += strcspn(*at, " \t");
  if (**at != 0) *(*at)++ = 0;
  return word;
}

static bool is_date(const char *text) {
  for (int i = 0; i < 10; i++)
    if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  return text[10] == 0;
}

// False when the line cannot be read. Days as text compare like days.
static bool take_line(struct diff *diff, char *line, const char *today) {
  line += strspn(line, " \t\r");
  line[strcspn(line, "\r")] = 0;
  if (*line == 0 || *line == '#') return true;
  const char *rule = next_word(&line), *id = next_word(&line), *until = next_word(&line);
  const char *date = next_word(&line), *by = next_word(&line);
  line += strspn(line, " \t");
  if (strcmp(until, "until") != 0 || !is_date(date) || strcmp(by, "by") != 0 || *line == 0) return false;
  // Approvals of changes that are not in this diff any more may stay in the file.
  if (strcmp(date, today) >= 0) approve(diff, rule, strlen(rule), id, line);
  return true;
}

static bool take_file(struct diff *diff, const char *path, const char *today) {
  nuo_text bytes;
  if (!cli_read_file(path, &bytes)) return false;
  struct arena *arena = diff->after.compilation->arena;  // names stay as long as the changes
  char *at = (char *)nuo__arena_format(arena, "%.*s", (int)bytes.len, bytes.text).at;
  free((char *)bytes.text);
  for (unsigned line = 1; at != NULL; line++) {
    char *end = strchr(at, '\n');
    if (end != NULL) *end = 0;
    if (!take_line(diff, at, today)) {
      cli_error("%s:%u: an approval is written RULE CHANGE until YYYY-MM-DD by NAME",
                "%s:%u：批准须写作：规则 改动号 until 年-月-日 by 姓名", path, line);
      return false;
    }
    at = end == NULL ? NULL : end + 1;
  }
  return true;
}

bool cli_diff_approve(const struct command *command, struct diff *diff, const char *today) {
  const struct option_value *words = cli_option(command, "approve"),
                            *files = cli_option(command, "approvals");
  for (size_t i = 0; i < words->count; i++)
    if (!approve_words(command, diff, words->values[i])) return false;
  for (size_t i = 0; i < files->count; i++)
    if (!take_file(diff, files->values[i], today)) return false;
  return true;
}
