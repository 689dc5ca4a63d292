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

static bool is_exception(struct str word) {
  return is_either(word, "exception", "例外");
}

bool nuo__stray_has_rule(struct str code) {
  while (code.len > 0) {
    const char *end = memchr(code.at, '\n', code.len);
    struct str line = {code.at, end == NULL ? code.len : (uint32_t)(end - code.at)};
    code = (struct str){code.at + line.len, code.len - line.len};
    if (end != NULL) code.at++, code.len--;
    const struct str word = next_word(&line);
    if (is_either(word, "rule", "规则") || is_either(word, "duty", "义务") || is_exception(word)) return true;
  }
  return false;
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
  if (word.len > 0) return (chinese || is_exception(keyword)) && opens_clause(word);
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

// ---- numbers in front of paragraphs ----

// Without the marks of bold text around it.
static struct str without_emphasis(struct str text) {
  while (text.len > 2 && (text.at[0] == '*' || text.at[0] == '_')) text.at++, text.len--;
  while (text.len > 2 && (text.at[text.len - 1] == '*' || text.at[text.len - 1] == '_')) text.len--;
  return text;
}

static bool begins(struct str text, const char *with) {
  const size_t len = strlen(with);
  return text.len >= len && memcmp(text.at, with, len) == 0;
}

static bool ends_sentence(struct str text) {
  return text.len > 0 && strchr(".,;:!?", text.at[text.len - 1]) != NULL;
}

static uint32_t points(struct str number) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < number.len; i++) count += number.at[i] == '.';
  return count;
}

// 2.3.1, 第十四条 and Article 5 number clauses, with a space behind them: `第十四条规定的` is a
// reference. 2.1 with none, （四） and 四、 may number the items of a list as well; `3 天` is no number, and
// `1.` a list of Markdown.
static enum numbered kind_of(struct str number, bool apart) {
  const char first = number.at[0];
  if (first == '(' || begins(number, "（")) return NUMBERED_ITEM;
  if (first >= '0' && first <= '9')
    return points(number) > (apart ? 0 : 1) ? NUMBERED_CLAUSE : apart ? NUMBERED_NOT : NUMBERED_ITEM;
  const bool article = begins(number, "第") || begins(number, "§") || (first >= 'A' && first <= 'Z');
  return !article ? NUMBERED_ITEM : apart ? NUMBERED_CLAUSE : NUMBERED_NOT;
}

enum numbered nuo__stray_number(struct str line, bool alone) {
  struct str number, title;
  line = without_emphasis(line);
  nuo__heading_split(line, &number, &title);
  if (number.len == 0) return NUMBERED_NOT;
  // What follows the number is a title, or in Chinese the words of the clause; in English a sentence may
  // begin so.
  if (!nuo__str_has_han(line) && (!alone || ends_sentence(line))) return NUMBERED_NOT;
  const struct str rest = {line.at + number.len, line.len - number.len};
  const bool apart = rest.len == 0 || begins(rest, " ") || begins(rest, "\t") || begins(rest, "　");
  const enum numbered kind = kind_of(number, apart);
  return kind == NUMBERED_ITEM && title.len == 0 ? NUMBERED_NOT : kind;
}
