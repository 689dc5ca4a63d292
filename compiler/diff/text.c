// SPDX-License-Identifier: Apache-2.0
// The words of the document: which clauses say something else now, word by word, in Chinese character by
// character.
#include <string.h>

#include "compiler/diff/diff_inside.h"
#include "compiler/format/diff.h"

// ---- prose ----

// A clause with what it says, without code and the tables of code.
struct prose {
  struct str number, title, text;
  bool matched;
};
typedef VEC(struct prose) prose_list;

static bool begins(struct str line, const char *with) {
  const size_t len = strlen(with);
  return line.len >= len && memcmp(line.at, with, len) == 0;
}

static struct str line_at(struct str text, uint32_t start) {
  const char *end = memchr(text.at + start, '\n', text.len - start);
  return (struct str){text.at + start, end == NULL ? text.len - start : (uint32_t)(end - text.at - start)};
}

static struct str prose_of(struct arena *arena, struct str body) {
  char *made = nuo__arena_alloc(arena, body.len + 1);
  uint32_t len = 0;
  bool in_code = false, after_code = false;
  for (uint32_t start = 0; start < body.len;) {
    const struct str line = line_at(body, start);
    start += line.len + 1;
    const bool fence = begins(line, "```");
    if (fence) in_code = !in_code;
    const bool is_blank = line.len == 0 || line.at[0] == '\r';
    after_code = fence ? !in_code : after_code && (is_blank || line.at[0] == '|');
    if (fence || in_code || is_blank || (after_code && line.at[0] == '|')) continue;
    if (len > 0) made[len++] = '\n';
    memcpy(made + len, line.at, line.len);
    len += line.len;
  }
  return (struct str){made, len};
}

static struct span body_of(const struct source_file *file, struct span heading) {
  for (uint32_t i = 0; i < file->clauses.count; i++)
    if (file->clauses.at[i].heading.start == heading.start) return file->clauses.at[i].body;
  return (struct span){0, 0, 0};
}

// What stands before the first heading has neither number nor title.
static void add_head(struct differ *d, prose_list *list, const struct source_file *file) {
  const uint32_t end = file->clauses.count > 0 ? file->clauses.at[0].heading.start : file->text.len;
  const struct str text = prose_of(d->arena, (struct str){file->text.at, end});
  if (file->markdown && text.len > 0)
    VEC_PUSH(d->arena, list, (struct prose){.number = STR(""), .title = STR(""), .text = text});
}

static prose_list clauses_of(struct differ *d, const struct program *program) {
  prose_list list = {0};
  for (uint32_t i = 0; i < program->files.count; i++) add_head(d, &list, &program->files.at[i]);
  for (uint32_t i = 0; i < program->clauses.count; i++) {
    const struct model_clause *clause = &program->clauses.at[i];
    const struct source_file *file = &program->files.at[clause->file];
    const struct span body = body_of(file, clause->heading);
    const struct str text = {file->text.at + body.start, body.end - body.start};
    VEC_PUSH(
        d->arena, &list,
        (struct prose){.number = clause->number, .title = clause->title, .text = prose_of(d->arena, text)});
  }
  return list;
}

// ---- words ----

// Words [first, end) stand side by side in the text.
static void add_piece(struct arena *arena, piece_list *pieces, int in, const diff_parts *words,
                      uint32_t first, uint32_t count) {
  if (count == 0) return;
  const struct str head = words->at[first], tail = words->at[first + count - 1];
  const struct str text = {head.at, (uint32_t)(tail.at + tail.len - head.at)};
  struct piece *last = pieces->count > 0 ? &pieces->at[pieces->count - 1] : NULL;
  if (last != NULL && (int)last->in == in && last->text.at + last->text.len == text.at) {
    last->text.len += text.len;
    return;
  }
  struct piece piece = {.text = text};
  piece.in = in;
  VEC_PUSH(arena, pieces, piece);
}

static piece_list pieces_of(struct arena *arena, struct str before, struct str after) {
  const diff_parts from = nuo__diff_words(arena, before), to = nuo__diff_words(arena, after);
  const diff_changes changes = nuo__diff_parts(arena, from, to);
  piece_list pieces = {0};
  uint32_t at = 0;
  for (uint32_t i = 0; i < changes.count; i++) {
    const struct diff_change *change = &changes.at[i];
    add_piece(arena, &pieces, PIECE_BOTH, &from, at, change->from - at);
    add_piece(arena, &pieces, PIECE_OLD, &from, change->from, change->from_count);
    add_piece(arena, &pieces, PIECE_NEW, &to, change->to, change->to_count);
    at = change->from + change->from_count;
  }
  add_piece(arena, &pieces, PIECE_BOTH, &from, at, from.count - at);
  return pieces;
}

// ---- clauses ----

static struct prose *match(prose_list *list, const struct prose *wanted, bool by_number, bool by_title) {
  for (uint32_t i = 0; i < list->count; i++) {
    struct prose *prose = &list->at[i];
    if (!prose->matched &&
        (!by_number || (wanted->number.len > 0 && nuo__str_equal(prose->number, wanted->number))) &&
        (!by_title || nuo__str_equal(prose->title, wanted->title)))
      return prose;
  }
  return NULL;
}

static struct str heading(struct differ *d, const struct prose *prose) {
  return nuo__arena_format(d->arena, "%.*s %.*s\n", (int)prose->number.len, prose->number.at,
                           (int)prose->title.len, prose->title.at);
}

// With the heading only where that was changed.
static struct str whole(struct differ *d, const struct prose *prose, bool with_heading) {
  const struct str head = heading(d, prose);
  if (!with_heading) return prose->text;
  return nuo__arena_format(d->arena, "%.*s%.*s", (int)head.len, head.at, (int)prose->text.len,
                           prose->text.at);
}

static void compare(struct differ *d, const struct prose *before, const struct prose *after) {
  const struct prose *named = after != NULL ? after : before;
  struct clause_change change = {
      .number = named->number, .title = named->title, .is_new = before == NULL, .is_gone = after == NULL};
  const bool renamed =
      before != NULL && after != NULL && !nuo__str_equal(heading(d, before), heading(d, after));
  if (before != NULL && after != NULL && !renamed && nuo__str_equal(before->text, after->text)) return;
  const struct str none = STR("");
  change.pieces = pieces_of(d->arena, before == NULL ? none : whole(d, before, renamed),
                            after == NULL ? none : whole(d, after, renamed));
  VEC_PUSH(d->arena, &d->diff->clauses, change);
}

// By number and title, then by one of them.
void nuo__diff_clauses(struct differ *d) {
  prose_list old = clauses_of(d, d->diff->before.program), new = clauses_of(d, d->diff->after.program);
  struct prose **partners = nuo__arena_alloc(d->arena, (new.count + 1) * sizeof *partners);
  for (int round = 0; round < 3; round++)
    for (uint32_t i = 0; i < new.count; i++) {
      if (partners[i] != NULL) continue;
      partners[i] = match(&old, &new.at[i], round != 1, round != 2);
      if (partners[i] != NULL) partners[i]->matched = true;
    }
  for (uint32_t i = 0; i < new.count; i++) compare(d, partners[i], &new.at[i]);
  for (uint32_t i = 0; i < old.count; i++)
    if (!old.at[i].matched) compare(d, &old.at[i], NULL);
}
