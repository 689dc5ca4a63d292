// SPDX-License-Identifier: Apache-2.0
// What looks like code or like a heading in the prose of a document, and is neither: marks typed with an
// input method that has others, a fence without its word. Such a rule would silently not exist. Called by
// document.c.
#include <string.h>

#include "compiler/document.h"
#include "runtime/utf8.h"

// The next word, up to white space of either width; empty at the end of the line.
static struct str next_word(struct str *line) {
  static const char wide[] = "　";
  uint32_t at = 0, from;
  while (at < line->len && (line->at[at] == ' ' || line->at[at] == '\t' ||
                            (line->len - at >= 3 && memcmp(line->at + at, wide, 3) == 0)))
    at += line->at[at] == wide[0] ? 3 : 1;
  for (from = at; at < line->len && line->at[at] != ' ' && line->at[at] != '\t'; at++)
    if (line->len - at >= 3 && memcmp(line->at + at, wide, 3) == 0) break;
  const struct str word = {line->at + from, at - from};
  *line = (struct str){line->at + at, line->len - at};
  return word;
}

static bool is_either(struct str word, const char *en, const char *zh) {
  return nuo__str_is(word, en) || nuo__str_is(word, zh);
}

// What follows the name of a rule or an exception.
static bool opens_clause(struct str word) {
  return is_either(word, "on", "针对") || is_either(word, "to", "于");
}

bool nuo__stray_code(struct str line, struct str next) {
  const struct str keyword = next_word(&line);
  const bool chinese = nuo__str_is(keyword, "规则") || nuo__str_is(keyword, "例外");
  if (!chinese && !nuo__str_is(keyword, "rule") && !nuo__str_is(keyword, "exception")) return false;
  if (next_word(&line).len == 0) return false;
  struct str word = next_word(&line);
  if (is_either(word, "as", "亦称")) {
    next_word(&line);
    word = next_word(&line);
  }
  // English prose has spaces too: there the name has to stand alone, as no sentence does.
  if (word.len > 0) return (chinese || nuo__str_is(keyword, "exception")) && opens_clause(word);
  return opens_clause(next_word(&next));
}

bool nuo__stray_heading(struct str line) {
  static const char wide[] = "＃";
  uint32_t at = 0, marks = 0;
  while (at < line.len &&
         (line.at[at] == '#' || (line.len - at >= 3 && memcmp(line.at + at, wide, 3) == 0))) {
    at += line.at[at] == '#' ? 1 : 3;
    marks++;
  }
  if (marks == 0 || at == line.len) return false;
  // A single mark may begin a topic (`#新品`); before a number it is meant to be a heading.
  struct str number, title;
  nuo__heading_split((struct str){line.at + at, line.len - at}, &number, &title);
  return marks > 1 || number.len > 0 || line.at[0] != '#';
}
