// SPDX-License-Identifier: Apache-2.0
// What people and machines read about a policy: diagnostics with their line and caret, JSON strings, table
// cells.
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "compiler/cli/cli.h"
#include "runtime/text_out.h"
#include "runtime/utf8.h"

bool cli_is_terminal(FILE *file) {
  return isatty(fileno(file)) == 1;
}

size_t cli_width(nuo_text text) {
  return nuo__utf8_text_width(text.text, text.len);
}

// Bytes of `text` that fit `columns`, and the columns they take.
static size_t fitting(nuo_text text, size_t columns, size_t *taken) {
  size_t at = 0;
  *taken = 0;
  while (at < text.len) {
    size_t size;
    size_t width = (size_t)nuo__utf8_width(nuo__utf8_decode(text.text + at, &size));
    if (*taken + width > columns) break;
    *taken += width;
    at += size;
  }
  return at;
}

static void pad(FILE *out, size_t columns) {
  for (size_t i = 0; i < columns; i++) fputc(' ', out);
}

void cli_print_cell(FILE *out, nuo_text text, size_t columns, bool right) {
  bool cut = cli_width(text) > columns;
  size_t taken, bytes = fitting(text, cut ? columns - 1 : columns, &taken);
  if (cut) taken++;
  if (right) pad(out, columns - taken);
  fwrite(text.text, 1, bytes, out);
  if (cut) fputs("…", out);
  if (!right) pad(out, columns - taken);
}

// ---- lines that are broken to fit ----

static size_t columns_of(FILE *out) {
  struct winsize size;
  if (!cli_is_terminal(out) || ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < 80) return 80;
  return size.ws_col;
}

static bool is_one_of(uint32_t c, const uint32_t *marks) {
  for (; *marks != 0; marks++)
    if (c == *marks) return true;
  return false;
}

// Whether a line may end between two characters: after a space, or beside a wide one, but neither before a
// mark that closes nor after one that opens.
static bool may_break(uint32_t before, uint32_t after) {
  static const uint32_t closing[] = {0x3001, 0x3002, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F, 0xFF01,
                                     0xFF09, 0x300D, 0x300F, 0x201D, 0x300B, 0x3015, 0};
  static const uint32_t opening[] = {0xFF08, 0x300C, 0x300E, 0x201C, 0x300A, 0x3014, 0};
  if (before == ' ') return after != ' ';
  if (nuo__utf8_width(before) < 2 && nuo__utf8_width(after) < 2) return false;
  return after != ' ' && !is_one_of(after, closing) && !is_one_of(before, opening);
}

// Bytes of `text` that make a line of at most `columns`, and never none.
static size_t line_of(nuo_text text, size_t columns) {
  size_t size, at = 0, good = 0, taken = 0;
  uint32_t before = 0;
  while (at < text.len) {
    uint32_t c = nuo__utf8_decode(text.text + at, &size);
    if (at > 0 && may_break(before, c)) good = at;
    taken += (size_t)nuo__utf8_width(c);
    if (taken > columns && at > 0 && c != ' ') return good > 0 ? good : at;
    before = c;
    at += size;
  }
  return at;
}

// A no-break space has done its work when the lines are made.
static void print_line(FILE *out, const char *text, size_t len) {
  for (size_t at = 0; at < len; at++) {
    const bool no_break = len - at >= 2 && memcmp(text + at, NO_BREAK, 2) == 0;
    fputc(no_break ? ' ' : text[at], out);
    at += no_break;
  }
}

void cli_print_wrapped(FILE *out, nuo_text text, size_t begin, size_t indent) {
  size_t columns = columns_of(out);
  for (size_t at = 0; at < text.len || at == 0; begin = indent) {
    size_t len = line_of((nuo_text){text.text + at, text.len - at}, columns - begin), shown = len;
    while (shown > 0 && text.text[at + shown - 1] == ' ') shown--;
    if (at > 0) pad(out, indent);
    print_line(out, text.text + at, shown);
    fputc('\n', out);
    at += len;
    if (len == 0) return;
  }
}

void cli_print_json_string(FILE *out, nuo_text text) {
  struct text_out json = {.allocator = nuo__default_allocator()};
  nuo__out_json(&json, text.text, text.len);
  fwrite(json.at, 1, json.len, out);
  nuo__out_free(&json);
}

// ---- diagnostics for people ----

struct style {
  const char *bold, *red, *yellow, *blue, *off;
};
static const struct style plain = {"", "", "", "", ""};
static const struct style coloured = {"\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[0m"};

// A source line is shown with tabs as one space, cut to what stands around the mark when it is very long.
#define CONTEXT_COLUMNS 36  // twice that, and the margin, fit a terminal

static void print_line_and_caret(FILE *out, const nuo_place *place, const struct style *s,
                                 const char *colour) {
  char number[16];
  int digits = snprintf(number, sizeof number, "%u", place->line);
  nuo_text line = place->source_line;
  size_t mark = 0;  // byte of the mark in its line
  for (uint32_t column = 1; column < place->column && mark < line.len; column++)
    mark += nuo__utf8_length((unsigned char)line.text[mark]);
  size_t start = 0;
  const bool whole = cli_width(line) <= 2 * CONTEXT_COLUMNS;
  while (!whole && cli_width((nuo_text){line.text + start, mark - start}) > CONTEXT_COLUMNS)
    start += nuo__utf8_length((unsigned char)line.text[start]);
  const nuo_text rest = {line.text + start, line.len - start};
  const bool cut = cli_width(rest) > 2 * CONTEXT_COLUMNS;
  size_t taken, shown = fitting(rest, 2 * CONTEXT_COLUMNS - cut, &taken);
  fprintf(out, " %s%*s |%s ", s->blue, digits, number, s->off);
  if (start > 0) fputs("…", out);
  for (size_t i = start; i < start + shown; i++) fputc(line.text[i] == '\t' ? ' ' : line.text[i], out);
  if (cut) fputs("…", out);
  fprintf(out, "\n %s%*s |%s ", s->blue, digits, "", s->off);
  size_t tabs = 0;
  for (size_t i = start; i < mark; i++) tabs += line.text[i] == '\t';
  pad(out, cli_width((nuo_text){line.text + start, mark - start}) + tabs + (start > 0));
  size_t length = place->length;
  if (length > start + shown - mark) length = start + shown - mark;
  size_t columns = cli_width((nuo_text){line.text + mark, length});
  fputs(colour, out);
  for (size_t i = 0; i < (columns > 0 ? columns : 1); i++) fputc('^', out);
  fprintf(out, "%s\n", s->off);
}

static void print_text(FILE *out, nuo_text text) {
  fwrite(text.text, 1, text.len, out);
}

// On a terminal lines break between words, elsewhere a text is one line.
static void print_prose(FILE *out, nuo_text text, size_t begin, size_t indent) {
  if (cli_is_terminal(out)) {
    cli_print_wrapped(out, text, begin, indent);
  } else {
    print_text(out, text);
    fputc('\n', out);
  }
}

static void print_diagnostic(FILE *out, const nuo_diagnostic *d, nuo_language language,
                             const struct style *s) {
  static const char *const words[2][3] = {{"error", "warning", "note"}, {"错误", "警告", "说明"}};
  const char *colour = d->severity == NUO_ERROR ? s->red : d->severity == NUO_WARNING ? s->yellow : s->blue;
  if (d->place.path.len > 0) {
    fputs(s->bold, out);
    print_text(out, d->place.path);
    fprintf(out, ":%u:%u: %s", d->place.line, d->place.column, s->off);
  }
  fprintf(out, "%s%s %s:%s %s", colour, words[language][d->severity], d->code, s->off, s->bold);
  print_text(out, d->message[language]);
  fprintf(out, "%s\n", s->off);
  if (d->place.source_line.len > 0) print_line_and_caret(out, &d->place, s, colour);
  if (d->also.path.len > 0) {
    fprintf(out, " %s ", SAY(language, "see also", "另见"));
    print_text(out, d->also.path);
    fprintf(out, ":%u\n", d->also.line);
    print_line_and_caret(out, &d->also, s, s->blue);
  }
  if (d->suggestion.len > 0) {
    fprintf(out, " %s", SAY(language, "Did you mean `", "是否想写“"));
    print_text(out, d->suggestion);
    fputs(SAY(language, "`?\n", "”？\n"), out);
  }
  if (d->help[language].len > 0) {
    const char *arrow = SAY(language, " => ", " → ");
    fputs(arrow, out);
    print_prose(out, d->help[language], cli_width((nuo_text){arrow, strlen(arrow)}), 4);
  }
}

void cli_print_diagnostic(FILE *out, const nuo_diagnostic *diagnostic, nuo_language language) {
  const char *no_color = getenv("NO_COLOR");
  const bool wanted = no_color == NULL || no_color[0] == 0;
  print_diagnostic(out, diagnostic, language, wanted && cli_is_terminal(out) ? &coloured : &plain);
}

void cli_print_diagnostics(FILE *out, nuo_compilation *compilation, nuo_language language) {
  const nuo_diagnostic *list;
  size_t count = nuo_compilation_diagnostics(compilation, &list), errors = 0, warnings = 0;
  for (size_t i = 0; i < count; i++) {
    cli_print_diagnostic(out, &list[i], language);
    errors += list[i].severity == NUO_ERROR;
    warnings += list[i].severity == NUO_WARNING;
  }
  if (errors + warnings > 0)
    fprintf(out, SAY(language, "errors: %zu, warnings: %zu\n", "错误 %zu 处，警告 %zu 处\n"), errors,
            warnings);
}

// ---- diagnostics for machines ----

static void print_place(FILE *out, const char *name, const nuo_place *place) {
  if (place->path.len == 0) return;
  fprintf(out, ",\"%s\":{\"path\":", name);
  cli_print_json_string(out, place->path);
  fprintf(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u,\"offset\":%u,\"length\":%u}",
          place->line, place->column, place->end_line, place->end_column, place->offset, place->length);
}

static void print_both(FILE *out, const char *name, const nuo_text texts[2]) {
  fprintf(out, ",\"%s\":{\"en\":", name);
  cli_print_json_string(out, texts[0]);
  fputs(",\"zh\":", out);
  cli_print_json_string(out, texts[1]);
  fputc('}', out);
}

void cli_print_diagnostics_json(FILE *out, nuo_compilation *compilation) {
  static const char *const severities[] = {"error", "warning", "note"};
  const nuo_diagnostic *list;
  size_t count = nuo_compilation_diagnostics(compilation, &list);
  for (size_t i = 0; i < count; i++) {
    fprintf(out, "{\"code\":\"%s\",\"severity\":\"%s\"", list[i].code, severities[list[i].severity]);
    print_both(out, "message", list[i].message);
    print_both(out, "help", list[i].help);
    if (list[i].suggestion.len > 0) {
      fputs(",\"suggestion\":", out);
      cli_print_json_string(out, list[i].suggestion);
    }
    print_place(out, "place", &list[i].place);
    print_place(out, "also", &list[i].also);
    fputs("}\n", out);
  }
}
