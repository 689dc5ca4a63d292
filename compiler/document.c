// SPDX-License-Identifier: Apache-2.0
// The block structure of Markdown as far as a policy needs it, after CommonMark: headings (both kinds),
// fences (nested in list items too), HTML comments, indented code, and the tables of GitHub. Inline markup
// and block quotes are text: a fence quoted with `>` is a quotation, not code.
#include "compiler/document.h"

#include <string.h>

#include "runtime/limits.h"

#define CODE_INDENT 4  // this far to the right a line is indented code
#define NO_PARAGRAPH UINT32_MAX

struct line {
  uint32_t start, end;  // without the line end
  uint32_t text;        // the first character that is no white space
  uint32_t indent;      // columns before it; a tab goes to the next multiple of four
  bool blank;
};

struct fence {
  char mark;
  uint32_t length, indent;
  uint32_t start, body;  // of the opening line, and of the line after it
  bool nuo, bare;        // marked as code of ours; with no mark at all
};

struct reader {
  struct arena *arena;
  struct diagnostics *diags;
  struct source_file *file;
  uint32_t number;
  uint32_t line;         // the next line to read
  uint32_t list_indent;  // where the text of the list item we are in begins, 0: in none
  uint32_t paragraph;    // where the open paragraph begins, or NO_PARAGRAPH
  bool prose_before;     // the clause had text before that paragraph
  bool too_many;
  VEC(struct span) numbered;  // paragraphs of this clause that look like clauses of their own
  VEC(struct span) items;     // or like the items of a list, if they are several
  code_blocks blocks;
};

static void find_lines(struct reader *r) {
  const struct str text = r->file->text;
  VEC_PUSH(r->arena, &r->file->line_starts, 0);
  for (const char *at = text.at, *end = at + text.len; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;) {
    at++;
    VEC_PUSH(r->arena, &r->file->line_starts, (uint32_t)(at - text.at));
  }
}

uint32_t nuo__document_bom(struct str text) {
  return text.len >= 3 && memcmp(text.at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static bool read_line(const struct reader *r, uint32_t index, struct line *line) {
  const struct source_file *file = r->file;
  if (index >= file->line_starts.count) return false;
  const bool last = index + 1 == file->line_starts.count;
  *line = (struct line){.start = file->line_starts.at[index]};
  if (index == 0) line->start = nuo__document_bom(file->text);
  line->end = last ? file->text.len : file->line_starts.at[index + 1] - 1;
  if (line->end > line->start && file->text.at[line->end - 1] == '\r') line->end--;
  line->text = line->start;
  for (; line->text < line->end; line->text++) {
    const char c = file->text.at[line->text];
    if (c != ' ' && c != '\t') break;
    line->indent += c == '\t' ? 4 - line->indent % 4 : 1;
  }
  line->blank = line->text == line->end;
  return true;
}

static char char_at(const struct reader *r, uint32_t at) {
  return at < r->file->text.len ? r->file->text.at[at] : '\n';
}

static struct str trimmed(const struct reader *r, uint32_t from, uint32_t to) {
  const char *text = r->file->text.at;
  while (from < to && (text[from] == ' ' || text[from] == '\t')) from++;
  while (to > from && (text[to - 1] == ' ' || text[to - 1] == '\t' || text[to - 1] == '\r')) to--;
  return (struct str){text + from, to - from};
}

// ---- clauses ----

static uint32_t parent_of(const struct source_file *file, uint32_t level) {
  for (uint32_t i = file->clauses.count; i-- > 0;)
    if (file->clauses.at[i].level < level) return i;
  return CLAUSE_NONE;
}

static void add_clause(struct reader *r, uint32_t level, struct str heading, struct span place,
                       uint32_t body) {
  if (r->file->clauses.count == LIMIT_CLAUSES) {
    if (!r->too_many) nuo__diag_add1(r->diags, DIAG_N0116, place, nuo__diag_number(r->diags, LIMIT_CLAUSES));
    r->too_many = true;
    return;
  }
  struct clause clause = {.level = level, .parent = parent_of(r->file, level), .heading = place};
  clause.body = (struct span){r->number, body, r->file->text.len};
  nuo__heading_split(heading, &clause.number, &clause.title);
  if (r->file->clauses.count > 0) r->file->clauses.at[r->file->clauses.count - 1].body.end = place.start;
  VEC_PUSH(r->arena, &r->file->clauses, clause);
  r->numbered.count = r->items.count = 0;
}

static void set_prose(struct reader *r, bool prose) {
  if (r->file->clauses.count > 0) r->file->clauses.at[r->file->clauses.count - 1].prose = prose;
}

// `## 2.3 …`
static bool read_atx(struct reader *r, const struct line *line) {
  uint32_t level = 0;
  while (level < 7 && char_at(r, line->text + level) == '#') level++;
  const uint32_t after = line->text + level;
  if (level == 0 || level > 6 || (after < line->end && char_at(r, after) != ' ' && char_at(r, after) != '\t'))
    return false;
  struct str heading = trimmed(r, after, line->end);
  uint32_t bare = heading.len;
  while (bare > 0 && heading.at[bare - 1] == '#') bare--;
  if (bare == 0 || heading.at[bare - 1] == ' ') heading.len = bare;
  while (heading.len > 0 && heading.at[heading.len - 1] == ' ') heading.len--;
  add_clause(r, level, heading, (struct span){r->number, line->start, line->end}, line->end);
  return true;
}

// A line of `=` or `-` under a paragraph makes that a heading.
static bool read_setext(struct reader *r, const struct line *line) {
  const char mark = char_at(r, line->text);
  if (r->paragraph == NO_PARAGRAPH || (mark != '=' && mark != '-')) return false;
  const struct str ruler = trimmed(r, line->text, line->end);
  for (uint32_t i = 0; i < ruler.len; i++)
    if (ruler.at[i] != mark) return false;
  const struct str heading = trimmed(r, r->paragraph, line->start == 0 ? 0 : line->start - 1);
  set_prose(r, r->prose_before);
  add_clause(r, mark == '=' ? 1 : 2, heading, (struct span){r->number, r->paragraph, line->end}, line->end);
  return true;
}

// ---- tables ----

static bool is_ruler(const struct reader *r, const struct line *line) {
  bool dash = false, bar = false;
  for (uint32_t i = line->text; i < line->end; i++) {
    const char c = r->file->text.at[i];
    if (c != '|' && c != '-' && c != ':' && c != ' ' && c != '\t') return false;
    dash |= c == '-';
    bar |= c == '|';
  }
  return dash && bar;
}

static bool has_bar(const struct reader *r, const struct line *line) {
  return memchr(r->file->text.at + line->text, '|', line->end - line->text) != NULL;
}

// What may end a table without a blank line.
static bool opens_block(const struct reader *r, const struct line *line) {
  const char c = char_at(r, line->text);
  return c == '#' || c == '>' || c == '`' || c == '~' || c == '<';
}

// The table after the block that has just been closed, if nothing but blank lines stands between.
static void read_table(struct reader *r) {
  struct line line, ruler;
  uint32_t at = r->line;
  while (read_line(r, at, &line) && line.blank) at++;
  if (!read_line(r, at, &line) || !has_bar(r, &line) || !read_line(r, at + 1, &ruler) || !is_ruler(r, &ruler))
    return;
  struct code_block *block = &r->blocks.at[r->blocks.count - 1];
  for (at += 2; read_line(r, at, &line) && !line.blank && !opens_block(r, &line); at++) {
    const struct str row = trimmed(r, line.text, line.end);
    const uint32_t start = (uint32_t)(row.at - r->file->text.at);
    VEC_PUSH(r->arena, &block->rows, (struct span){r->number, start, start + row.len});
  }
  r->line = at;
}

// ---- fences ----

// In any case: `Nuo` is what some editors make of it.
static bool is_nuo(struct str info) {
  static const char word[] = "nuo";
  if (info.len < 3 || (info.len > 3 && info.at[3] != ' ')) return false;
  for (uint32_t i = 0; i < 3; i++)
    if ((info.at[i] | 32) != word[i]) return false;
  return true;
}

static bool opens_fence(const struct reader *r, const struct line *line, struct fence *fence) {
  const char mark = char_at(r, line->text);
  uint32_t after = line->text;
  if (mark != '`' && mark != '~') return false;
  while (after < line->end && char_at(r, after) == mark) after++;
  const struct str info = trimmed(r, after, line->end);
  if (after - line->text < 3 || (mark == '`' && info.len > 0 && memchr(info.at, '`', info.len) != NULL))
    return false;
  *fence = (struct fence){mark, after - line->text, line->indent, line->start, line->end, false, false};
  fence->nuo = is_nuo(info);
  fence->bare = info.len == 0 || info.at[0] == '{' || nuo__str_is(info, "诺");
  return true;
}

static bool closes_fence(const struct reader *r, const struct line *line, const struct fence *fence) {
  const struct str marks = trimmed(r, line->text, line->end);
  if (marks.len < fence->length || line->indent >= fence->indent + CODE_INDENT) return false;
  for (uint32_t i = 0; i < marks.len; i++)
    if (marks.at[i] != fence->mark) return false;
  return true;
}

static void add_block(struct reader *r, uint32_t start, uint32_t end) {
  struct code_block block = {.body = {r->number, start, end}, .clause = CLAUSE_NONE};
  if (r->file->clauses.count > 0) block.clause = r->file->clauses.count - 1;
  VEC_PUSH(r->arena, &r->blocks, block);
}

// In what is quoted as it is a heading is meant to be none.
static void warn_of_stray(struct reader *r, const struct line *line, bool quoted) {
  struct line next = {0};
  uint32_t at = r->line;
  while (read_line(r, at, &next) && next.blank) at++;
  const struct str text = trimmed(r, line->text, line->end);
  const struct span span = {r->number, line->text, line->text + text.len};
  if (nuo__stray_code(text, trimmed(r, next.text, next.end))) nuo__diag_add(r->diags, DIAG_N0120, span);
  if (!quoted && nuo__stray_heading(text)) nuo__diag_add(r->diags, DIAG_N0121, span);
}

// A paragraph that begins with a number may be meant as a clause: its rules would cite the clause before.
static void note_number(struct reader *r, const struct line *line) {
  struct line next;
  const struct str text = trimmed(r, line->text, line->end);
  const bool alone = !read_line(r, r->line, &next) || next.blank || opens_block(r, &next);
  const enum numbered kind = nuo__stray_number(text, alone);
  for (uint32_t at = r->line; !alone && read_line(r, at, &next) && !next.blank && !opens_block(r, &next);
       at++)
    if (nuo__stray_number(trimmed(r, next.text, next.end), false) != NUMBERED_NOT) return;  // a list
  const struct span span = {r->number, line->text, line->text + text.len};
  if (kind == NUMBERED_CLAUSE) VEC_PUSH(r->arena, &r->numbered, span);
  if (kind == NUMBERED_ITEM) VEC_PUSH(r->arena, &r->items, span);
}

static void warn_of_numbers(struct reader *r, struct span code) {
  if (!nuo__stray_has_rule((struct str){r->file->text.at + code.start, code.end - code.start})) return;
  if (r->items.count == 1) VEC_PUSH(r->arena, &r->numbered, r->items.at[0]);
  for (uint32_t i = 0; i < r->numbered.count; i++) nuo__diag_add(r->diags, DIAG_N0121, r->numbered.at[i]);
  r->numbered.count = r->items.count = 0;
}

static void read_fence(struct reader *r, const struct fence *fence) {
  struct line line;
  struct fence inner;
  uint32_t heading = 0;  // the line of the first `##` in it
  bool open = false;
  while (!open && read_line(r, r->line, &line) && !closes_fence(r, &line, fence)) {
    r->line++;
    if (fence->bare) warn_of_stray(r, &line, true);
    if (!fence->nuo) continue;
    if (heading == 0 && char_at(r, line.text) == '#' && char_at(r, line.text + 1) == '#')
      heading = r->line - 1;
    open = opens_fence(r, &line, &inner) && inner.nuo;
  }
  // A block that another one opens in has not been closed: it ended before the next clause, or here.
  if (open) r->line = heading > 0 ? heading : r->line - 1;
  const bool closed = read_line(r, r->line, &line) && !open;
  if (closed) r->line++;
  if (!fence->nuo) return;
  if (!closed) nuo__diag_add(r->diags, DIAG_N0113, (struct span){r->number, fence->start, fence->body});
  add_block(r, fence->body, closed || open ? line.start : r->file->text.len);
  warn_of_numbers(r, r->blocks.at[r->blocks.count - 1].body);
  if (closed) read_table(r);
}

// ---- everything else ----

// How far the text of a list item stands from the item's own indent, or 0 when the line opens no item.
static uint32_t list_marker(const struct reader *r, const struct line *line) {
  uint32_t at = line->text;
  const char mark = char_at(r, at);
  if (mark == '-' || mark == '*' || mark == '+') {
    at++;
  } else {
    while (at < line->end && char_at(r, at) >= '0' && char_at(r, at) <= '9') at++;
    if (at == line->text || (char_at(r, at) != '.' && char_at(r, at) != ')')) return 0;
    at++;
  }
  const uint32_t marker = at - line->text;
  while (at < line->end && char_at(r, at) == ' ') at++;
  const uint32_t spaces = at - line->text - marker;
  if (spaces == 0 && at < line->end) return 0;
  return marker + (spaces == 0 || spaces > CODE_INDENT ? 1 : spaces);
}

static void skip_html_comment(struct reader *r, const struct line *opening) {
  const struct str text = r->file->text;
  uint32_t at = opening->text + 4;
  while (at + 3 <= text.len && memcmp(text.at + at, "-->", 3) != 0) at++;
  struct line line;
  while (read_line(r, r->line, &line) && line.start <= at) r->line++;
}

static bool opens_html_comment(const struct reader *r, const struct line *line) {
  return line->end - line->text >= 4 && memcmp(r->file->text.at + line->text, "<!--", 4) == 0;
}

static void read_text(struct reader *r, const struct line *line) {
  const uint32_t marker = list_marker(r, line);
  const uint32_t clauses = r->file->clauses.count;
  if (r->paragraph == NO_PARAGRAPH) r->prose_before = clauses > 0 && r->file->clauses.at[clauses - 1].prose;
  set_prose(r, true);
  if (marker > 0) {
    r->list_indent = line->indent + marker;
    r->paragraph = NO_PARAGRAPH;
  } else if (r->paragraph == NO_PARAGRAPH) {
    if (line->indent < r->list_indent) r->list_indent = 0;
    const char c = char_at(r, line->text);
    if (c != '>' && c != '|' && r->list_indent == 0) {
      r->paragraph = line->start;
      note_number(r, line);
    }
  }
}

static void read_block(struct reader *r) {
  struct line line;
  struct fence fence;
  read_line(r, r->line++, &line);
  if (line.blank) {
    r->paragraph = NO_PARAGRAPH;
    return;
  }
  const uint32_t base = line.indent >= r->list_indent ? r->list_indent : 0;
  if (line.indent - base >= CODE_INDENT) {
    warn_of_stray(r, &line, true);
    return;
  }
  const bool fenced = opens_fence(r, &line, &fence);
  const bool comment = !fenced && opens_html_comment(r, &line);
  if (!fenced && !comment && !read_atx(r, &line) && !read_setext(r, &line)) {
    warn_of_stray(r, &line, false);
    read_text(r, &line);
    return;
  }
  r->paragraph = NO_PARAGRAPH;
  if (base == 0) r->list_indent = 0;
  if (fenced) read_fence(r, &fence);
  if (comment) skip_html_comment(r, &line);
}

code_blocks nuo__document_read(struct arena *arena, struct diagnostics *diags, struct source_file *file,
                               uint32_t number) {
  struct reader r = {
      .arena = arena, .diags = diags, .file = file, .number = number, .paragraph = NO_PARAGRAPH};
  find_lines(&r);
  if (file->markdown)
    while (r.line < file->line_starts.count) read_block(&r);
  else
    add_block(&r, nuo__document_bom(file->text), file->text.len);
  return r.blocks;
}
