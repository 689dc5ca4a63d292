// SPDX-License-Identifier: Apache-2.0
// Items to lines. Each declaration falls into lines by its words; a line that is too long is broken where its
// parts hang together most loosely: before `where` and its like, before `or`, before `and`, behind commas.
#include <string.h>

#include "compiler/format/format.h"
#include "compiler/keyword.h"
#include "grammar.h"
#include "runtime/utf8.h"

// ---- lines ----
static void close_line(struct formatter *f) {
  if (!f->is_open) return;
  f->line.text = nuo__arena_copy(f->arena, f->text.at, f->text.count);
  f->line.width = f->column - f->line.indent;
  VEC_PUSH(f->arena, &f->lines, f->line);
  f->is_open = false;
}

static void add_comment(struct formatter *f, const struct comment *comment, uint32_t indent, bool blank) {
  close_line(f);
  const struct line line = {.text = comment->text, .indent = indent, .blank = blank};
  VEC_PUSH(f->arena, &f->lines, line);
}

// Begins a line, below the comments of the item that opens it, which stand at `above`.
static void open_line(struct formatter *f, const struct item *item, uint32_t indent, uint32_t above) {
  close_line(f);
  for (uint32_t i = 0; i < item->comment_count; i++)
    add_comment(f, &item->comments[i], above, item->comments[i].blank);
  f->line = (struct line){.indent = indent};
  f->column = indent;
  f->text.count = 0;
  f->is_open = true;
}

static bool has_to_break(const struct formatter *f, uint32_t index) {
  return index > 0 && f->items.at[index].breaks > f->items.at[index - 1].breaks;
}

static void put(struct formatter *f, uint32_t index) {
  const struct item *item = &f->items.at[index];
  if (f->column > f->line.indent && has_to_break(f, index)) open_line(f, item, f->hang, f->hang);
  if (item->space && f->column > f->line.indent) {
    VEC_PUSH(f->arena, &f->text, ' ');
    f->column++;
  }
  for (uint32_t i = 0; i < item->text.len; i++) VEC_PUSH(f->arena, &f->text, item->text.at[i]);
  f->column += item->width;
  f->line.comment = item->trailing;
}

// ---- breaking ----

// Items [from, to) on lines, the first of which is open.
struct stretch {
  uint32_t from, to;
  uint32_t indent, step;  // where the first line begins, and how much farther in the others do
  uint32_t tail;          // columns to leave on the last one for what comes behind
};

static void lay(struct formatter *f, struct stretch s);

static uint32_t columns(const struct formatter *f, uint32_t from, uint32_t to) {
  return from < to ? f->items.at[to - 1].end - f->items.at[from].start : 0;
}

static bool fits(const struct formatter *f, uint32_t from, uint32_t to, uint32_t tail) {
  const struct item *first = &f->items.at[from], *last = &f->items.at[to - 1];
  const uint32_t space = first->space && f->column > f->line.indent;
  return last->breaks == first->breaks && f->column + space + columns(f, from, to) + tail <= FORMAT_COLUMNS;
}

static void put_all(struct formatter *f, const struct stretch *s) {
  f->hang = s->indent + FORMAT_INDENT;
  for (uint32_t i = s->from; i < s->to; i++) put(f, i);
}

static uint16_t least_key(const struct formatter *f, uint32_t from, uint32_t to) {
  uint16_t least = KEY_NONE;
  for (uint32_t i = from + 1; i < to; i++)
    if (f->items.at[i].key < least) least = f->items.at[i].key;
  return least;
}

static uint32_t next_with(const struct formatter *f, uint32_t from, uint32_t to, uint16_t key) {
  uint32_t i = from + 1;
  while (i < to && f->items.at[i].key != key) i++;
  return i;
}

// Each part on a line of its own.
static void lay_parts(struct formatter *f, const struct stretch *s, uint16_t key) {
  const uint32_t inner = s->indent + s->step;
  for (uint32_t at = s->from, next; at < s->to; at = next) {
    next = next_with(f, at, s->to, key);
    if (at > s->from) open_line(f, &f->items.at[at], inner, inner);
    lay(f, (struct stretch){at, next, inner, FORMAT_INDENT, next == s->to ? s->tail : 0});
  }
}

// As many parts on a line as there is room for.
static void fill(struct formatter *f, const struct stretch *s, uint16_t key) {
  for (uint32_t at = s->from, next; at < s->to; at = next) {
    next = next_with(f, at, s->to, key);
    const uint32_t tail = next == s->to ? s->tail : 0;
    const bool begun = f->column > f->line.indent;
    if (begun && (has_to_break(f, at) || !fits(f, at, next, tail)))
      open_line(f, &f->items.at[at], s->indent, s->indent);
    lay(f, (struct stretch){at, next, s->indent, FORMAT_INDENT, tail});
  }
}

// The bracket around `index` within the stretch, or its end.
static uint32_t bracket_around(const struct formatter *f, const struct stretch *s, uint32_t index) {
  for (uint32_t i = index; i-- > s->from;) {
    const int kind = f->items.at[i].token->kind;
    if ((kind == TK_LP || kind == TK_LB) && f->items.at[i].mate > index) return i;
  }
  return s->to;
}

// What follows a list up to the next place where a line may break.
static uint32_t tail_of(const struct formatter *f, const struct stretch *s, uint32_t close) {
  uint32_t stop = close + 1;
  while (stop < s->to && f->items.at[stop].key == KEY_NONE) stop++;
  return columns(f, close, stop) + (stop == s->to ? s->tail : 0);
}

// What stands in brackets and is parted by commas. Braces stand around lines of their own.
static void lay_list(struct formatter *f, const struct stretch *s, uint16_t key) {
  const uint32_t open = bracket_around(f, s, next_with(f, s->from, s->to, key));
  if (open == s->to) {
    fill(f, &(struct stretch){s->from, s->to, s->indent + s->step, 0, s->tail}, key);
    return;
  }
  const uint32_t close = f->items.at[open].mate, inner = s->indent + FORMAT_INDENT;
  const bool braces = f->items.at[open].token->kind == TK_LB;
  lay(f, (struct stretch){s->from, open + 1, s->indent, FORMAT_INDENT, 0});
  if (braces) open_line(f, &f->items.at[open + 1], inner, inner);
  fill(f, &(struct stretch){open + 1, close, inner, 0, braces ? 0 : tail_of(f, s, close)}, key);
  if (braces) open_line(f, &f->items.at[close], s->indent, inner);
  lay(f, (struct stretch){close, s->to, s->indent, FORMAT_INDENT, s->tail});
}

static void lay(struct formatter *f, struct stretch s) {
  const bool whole = s.to - s.from < 2 || fits(f, s.from, s.to, s.tail);
  const uint16_t key = whole ? KEY_NONE : least_key(f, s.from, s.to);
  if (key == KEY_NONE)
    put_all(f, &s);
  else if (key < KEY_COMPARE && key % RANK_COUNT == RANK_COMMA)
    lay_list(f, &s, key);
  else
    lay_parts(f, &s, key);
}

static bool is_parameter(const struct decl *decl) {
  return decl->kind == DECL_PARAMETER || decl->kind == DECL_FILL;
}

// Whether what is behind the `=` of a declaration that is too long stands below it. A set opens its brace
// where it is; of a parameter only several values go below.
static bool goes_below(const struct formatter *f, const struct stretch *body, const struct decl *decl) {
  if (body->from >= body->to || f->items.at[body->from].token->kind == TK_LB) return false;
  return decl->kind == DECL_DEFINE ||
         (is_parameter(decl) && least_key(f, body->from, body->to) == RANK_COMMA);
}

// `define NAME =`, and what it stands for on the lines below, all its parts in one column.
static bool lay_below(struct formatter *f, const struct stretch *s, const struct decl *decl) {
  uint32_t equals = s->from;
  if (fits(f, s->from, s->to, 0)) return false;
  while (equals < s->to && f->items.at[equals].token->kind != TK_EQ) equals++;
  const struct stretch body = {equals + 1, s->to, s->indent + FORMAT_INDENT, 0, 0};
  if (!goes_below(f, &body, decl)) return false;
  lay(f, (struct stretch){s->from, body.from, s->indent, FORMAT_INDENT, 0});
  open_line(f, &f->items.at[body.from], body.indent, body.indent);
  if (is_parameter(decl))
    lay_parts(f, &body, RANK_COMMA);
  else
    lay(f, body);
  return true;
}

// ---- declarations ----
struct walk {
  const struct decl *decl;
  uint32_t indent;  // of the line that begins at the item asked about
  uint32_t blocks;  // fields within fields
};

// `at … expect`, `otherwise must`, `every day must at least` are one line each; a second `expect` begins its
// own.
static bool goes_on(const struct formatter *f, uint32_t line, uint32_t index) {
  static const struct {
    int first, second;
  } pairs[] = {{TK_AT, TK_EXPECT},
               {TK_OTHERWISE, TK_MUST},
               {TK_EVERY, TK_MUST_AT_LEAST},
               {TK_EVERY_PERIOD, TK_MUST_AT_LEAST}};
  const int first = f->items.at[line].token->kind, second = f->items.at[index].token->kind;
  for (uint32_t i = line + 1; i < index; i++)
    if (f->items.at[i].token->kind == second) return false;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i].first == first && pairs[i].second == second) return true;
  return false;
}

// The fields of an event stand one below the other, each after its record.
static bool begins_field(const struct formatter *f, struct walk *w, uint32_t index) {
  const struct item *item = &f->items.at[index], *last = index > 0 ? item - 1 : NULL;
  const int kind = item->token->kind;
  if (kind == TK_LB && item->braces) {
    w->indent = 0;
    return w->blocks++ == 0;
  }
  if (kind == TK_RB && item->braces) {
    w->indent = --w->blocks * FORMAT_INDENT;
    return true;
  }
  w->indent = w->blocks * FORMAT_INDENT;
  if (kind != TK_ID || w->blocks == 0 || last == NULL) return false;
  const int before = last->token->kind;
  return before != TK_AS && before != TK_COLON && before != TK_LIST_OF && before != TK_DEFAULT &&
         !(before == TK_LB && !last->braces) && before != TK_COMMA;
}

// The fields of an adapter stand one below the other; values in braces stay in the line.
static bool begins_mapping(const struct formatter *f, struct walk *w, uint32_t index) {
  const int kind = f->items.at[index].token->kind;
  w->indent = FORMAT_INDENT;
  if (w->decl->adapter.route != NULL) return false;
  if (kind == TK_LB) return w->blocks++, false;
  if (kind == TK_RB) return w->indent = 0, --w->blocks == 0;
  if (kind == TK_FOR_EACH || kind == TK_REFUSE_GROUPS) return true;
  if (kind != TK_ID || w->blocks != 1) return false;
  switch (f->items.at[index - 1].token->kind) {
    case TK_DOT:
    case TK_IS:
    case TK_DEFAULT:
    case TK_FOR_EACH:
      return false;
    default:
      return true;
  }
}

// Whether a line begins at the item; then w->indent is where.
static bool begins_line(const struct formatter *f, struct walk *w, uint32_t line, uint32_t index) {
  const struct item *item = &f->items.at[index];
  const int kind = item->token->kind;
  if (w->decl->kind == DECL_EVENT && begins_field(f, w, index)) return true;
  if (w->decl->kind == DECL_ADAPTER) return begins_mapping(f, w, index);
  w->indent = FORMAT_INDENT;
  if (item->group == KEYWORD_LINE || kind == TK_CALENDAR) return !goes_on(f, line, index);
  if (kind == TK_ROW) return true;
  w->indent = 0;
  const bool ends = f->items.at[index + 1].token == NULL || f->items.at[index + 1].decl != NULL;
  return kind == TK_RB && ends && (w->decl->kind == DECL_TEST || w->decl->kind == DECL_CALENDAR);
}

// Comments that stand farther in than the next declaration, right below the one above, belong to that.
static uint32_t close_comments(const struct item *item) {
  uint32_t count = 0;
  while (count < item->comment_count && !item->comments[count].blank &&
         item->comments[count].column > item->column)
    count++;
  return count;
}

// Begins a declaration, or the end of the block; the index of its first line.
static uint32_t open_decl(struct formatter *f, uint32_t index) {
  struct item head = f->items.at[index];
  const uint32_t close = index > 0 ? close_comments(&head) : 0;
  close_line(f);
  for (uint32_t i = 0; i < close; i++) add_comment(f, &head.comments[i], FORMAT_INDENT, false);
  if (close > 0) head.comments += close;
  head.comment_count -= close;
  const uint32_t first = f->lines.count;
  open_line(f, &head, 0, 0);
  f->line.blank = head.blank;
  return first;
}

// Whether a declaration is of a kind that stands apart from others; the rest may stand in groups, as they are
// written. How long it is does not tell: that is another matter in another language.
static bool stands_apart(const struct decl *decl) {
  switch (decl->kind) {
    case DECL_USE:
    case DECL_TYPE:
    case DECL_PARAMETER:
    case DECL_FILL:
    case DECL_DEFINE:
    case DECL_LEXICON:
    case DECL_CLAUSE:
    case DECL_NATIVE:
    case DECL_SAME:
      return false;
    default:
      return true;
  }
}

// Sets a declaration apart from the one above. Its comments begin at line `first`, its own lines at `head`.
static void set_apart(struct formatter *f, uint32_t first, uint32_t head) {
  bool apart = first == 0;
  for (uint32_t i = first; i <= head; i++) apart = apart || f->lines.at[i].blank;
  if (!apart) f->lines.at[first].blank = true;
}

static void lay_line(struct formatter *f, const struct decl *decl, const struct stretch *s) {
  if (!lay_below(f, s, decl)) lay(f, *s);
}

static bool in_list(const struct walk *w) {
  return w->blocks > 0 || w->decl->kind == DECL_TEST || w->decl->kind == DECL_CALENDAR;
}

// Empty lines stay among fields, steps and days; elsewhere one ends a declaration.
static void drop_blank(struct item *item, bool first) {
  item->blank = item->blank && first && item->comment_count > 0;
  for (uint32_t i = 0; i < item->comment_count; i++) item->comments[i].blank &= i > 0 && first;
}

// The lines of the declaration that begins at `index`; the index of what comes behind it.
static uint32_t lay_decl(struct formatter *f, uint32_t index) {
  struct walk w = {.decl = f->items.at[index].decl};
  const uint32_t end = f->items.count - 1;
  uint32_t line = index, indent = 0, next = index + 1;
  for (;; next++) {
    const bool over = next == end || f->items.at[next].decl != NULL;
    if (!over && !begins_line(f, &w, line, next)) continue;
    lay_line(f, w.decl, &(struct stretch){line, next, indent, FORMAT_INDENT, 0});
    if (over) break;
    struct item *item = &f->items.at[next];
    const bool closes = item->token->kind == TK_RB, opened = f->items.at[next - 1].token->kind == TK_LB;
    if (opened || (!closes && !in_list(&w))) drop_blank(item, opened);
    line = next;
    indent = w.indent;
    open_line(f, item, indent, indent + (closes ? FORMAT_INDENT : 0));
    f->line.blank = item->blank && !closes;
  }
  close_line(f);
  return next;
}

void nuo__format_lines(struct formatter *f) {
  bool was_apart = false;
  uint32_t index = 0;
  f->lines.count = 0;
  while (f->items.at[index].token != NULL) {
    const bool apart = stands_apart(f->items.at[index].decl);
    const uint32_t first = open_decl(f, index), head = f->lines.count;
    index = lay_decl(f, index);
    if (apart || was_apart) set_apart(f, first, head);
    was_apart = apart;
  }
  open_decl(f, index);  // only for the comments before it
  f->is_open = false;
}
