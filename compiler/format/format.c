// SPDX-License-Identifier: Apache-2.0
// A file with its code laid out. Everything outside the blocks of code is copied byte for byte, but for the
// words in a table's rows when another language is asked for. What comes out is read once more: when the
// parser takes other tokens from it than from the source, there is a mistake here, and nothing comes out at
// all.
#include "compiler/format/format.h"

#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "runtime/utf8.h"

typedef VEC(char) char_list;

struct output {
  struct formatter *f;
  char_list text;
  uint32_t copied;  // so many bytes of the source are done with
};

static void append(struct output *o, struct str text) {
  for (uint32_t i = 0; i < text.len; i++) VEC_PUSH(o->f->arena, &o->text, text.at[i]);
}

static void append_spaces(struct output *o, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) append(o, STR(" "));
}

static void copy_to(struct output *o, uint32_t to) {
  append(o, (struct str){o->f->file->text.at + o->copied, to - o->copied});
  o->copied = to;
}

// ---- blocks ----

// What the lines of a block have in common: how they end, and what stands before each.
struct frame {
  struct str margin, newline;
  uint32_t start;  // of the first line
};

static struct frame frame_of(const struct source_file *file, const struct code_block *block) {
  const struct str text = file->text;
  struct frame frame = {.start = block->body.start, .newline = STR("\n")};
  uint32_t end = frame.start;
  while (end < text.len && text.at[end] != '\n') end++;
  if (end > 0 && end < text.len && text.at[end - 1] == '\r') frame.newline = STR("\r\n");
  if (!file->markdown) return frame;
  // A body begins behind the words of its fence, whose margin it shares.
  uint32_t line = frame.start;
  while (line > 0 && text.at[line - 1] != '\n') line--;
  if (line == 0) line = nuo__document_bom(text);
  frame.margin.at = text.at + line;
  while (text.at[line + frame.margin.len] == ' ' || text.at[line + frame.margin.len] == '\t')
    frame.margin.len++;
  frame.start = end < block->body.end ? end + 1 : block->body.end;
  return frame;
}

// Where the comments behind a run of lines begin: in one column, if that leaves them room.
static uint32_t comment_column(const struct formatter *f, uint32_t first, uint32_t *next) {
  uint32_t column = 0, widest = 0;
  for (*next = first; *next < f->lines.count; ++*next) {
    const struct line *line = &f->lines.at[*next];
    if (line->comment.at == NULL || (line->blank && *next > first)) break;
    const uint32_t width = (uint32_t)nuo__utf8_text_width(line->comment.at, line->comment.len);
    if (line->indent + line->width > column) column = line->indent + line->width;
    if (width > widest) widest = width;
  }
  return column + FORMAT_INDENT + widest <= FORMAT_COLUMNS ? column : 0;
}

static void write_line(struct output *o, const struct frame *frame, const struct line *line,
                       uint32_t column) {
  append(o, frame->margin);
  append_spaces(o, line->indent);
  append(o, line->text);
  if (line->comment.at != NULL) {
    const uint32_t end = line->indent + line->width;
    append_spaces(o, (column > end ? column - end : 0) + FORMAT_INDENT);
    append(o, line->comment);
  }
  append(o, frame->newline);
}

static void write_block(struct output *o, const struct code_block *block) {
  struct formatter *f = o->f;
  const struct frame frame = frame_of(f->file, block);
  copy_to(o, frame.start);
  nuo__format_items(f, block);
  nuo__format_lines(f);
  for (uint32_t first = 0, next; first < f->lines.count; first = next) {
    const uint32_t column = comment_column(f, first, &next);
    if (next == first) next++;
    for (uint32_t i = first; i < next; i++) {
      if (f->lines.at[i].blank) append(o, frame.newline);
      write_line(o, &frame, &f->lines.at[i], column);
    }
  }
  o->copied = block->body.end;
}

// The table below a block: other words, and nothing else.
static void write_rows(struct output *o) {
  struct formatter *f = o->f;
  const struct trace *trace = f->file->trace;
  while (f->next_token < trace->tokens.count && trace->tokens.at[f->next_token].kind == TK_ROW) {
    const struct token *row = &trace->tokens.at[f->next_token];
    const uint32_t inner = nuo__format_inner(trace, f->next_token);
    copy_to(o, row->span.start);
    append(o, nuo__format_token(f, NULL, row, inner));
    o->copied = row->span.end;
    f->next_token += 1 + inner;
  }
}

static int compare_spans(const void *a, const void *b) {
  const struct span *x = a, *y = b;
  return x->start != y->start ? (x->start < y->start ? -1 : 1) : 0;
}

static struct str write_file(struct formatter *f) {
  struct output o = {.f = f};
  const struct trace *trace = f->file->trace;
  for (uint32_t i = 0; i < trace->blocks.count; i++) {
    write_block(&o, &trace->blocks.at[i]);
    write_rows(&o);
  }
  copy_to(&o, f->file->text.len);
  return o.text.count > 0 ? (struct str){o.text.at, o.text.count} : STR("");
}

struct str nuo__format(struct arena *arena, const struct source_file *file, const struct program *program,
                       nuo_words words) {
  struct formatter f = {.arena = arena, .file = file, .words = words};
  struct trace *trace = file->trace;
  if (file->comments.count > 0)
    qsort(file->comments.at, file->comments.count, sizeof *file->comments.at, compare_spans);
  if (trace->aggregates.count > 0)
    qsort(trace->aggregates.at, trace->aggregates.count, sizeof *trace->aggregates.at, compare_spans);
  nuo__format_names(&f, program);
  return write_file(&f);
}

// ---- is it the same? ----
static bool same_token(const struct token *a, const struct token *b) {
  return a->kind == b->kind && a->value == b->value;
}

static uint32_t token_at(const struct trace *trace, uint32_t place) {
  uint32_t i = 0;
  while (i + 1 < trace->tokens.count && trace->tokens.at[i].span.end <= place) i++;
  return i;
}

// The first token where the two part, or their count.
static uint32_t parted_token(const struct format_copy *from, const struct format_copy *to) {
  const struct trace *a = from->file->trace, *b = to->file->trace;
  const uint32_t least = a->tokens.count < b->tokens.count ? a->tokens.count : b->tokens.count;
  uint32_t i = 0;
  while (i < least && same_token(&a->tokens.at[i], &b->tokens.at[i])) i++;
  if (i < a->tokens.count || i < b->tokens.count) return i;
  for (uint32_t k = 0; k < to->diags->items.count; k++) {
    const struct diagnostic *diag = &to->diags->items.at[k];
    if (nuo__diag_info(diag->code)->severity == DIAG_ERROR && diag->span.file == 0)
      return token_at(b, diag->span.start);
  }
  return i;
}

static bool same_use(const struct name_use *a, const struct name_use *b) {
  return nuo__str_equal(a->en, b->en) && nuo__str_equal(a->zh, b->zh);
}

bool nuo__format_kept(const struct format_copy *from, const struct format_copy *to, struct span *place) {
  const struct trace *trace = from->file->trace;
  const uint32_t parted = parted_token(from, to);
  *place = (struct span){0, 0, 1};
  if (trace->tokens.count > 0)
    *place = trace->tokens.at[parted < trace->tokens.count ? parted : trace->tokens.count - 1].span;
  if (parted < trace->tokens.count || to->diags->errors > 0) return false;
  if (from->program == NULL) return true;
  const uint32_t count = from->program->uses.count;
  for (uint32_t i = 0; i < count && i < to->program->uses.count; i++) {
    *place = from->program->uses.at[i].span;
    if (!same_use(&from->program->uses.at[i], &to->program->uses.at[i])) return false;
  }
  return count == to->program->uses.count;
}
