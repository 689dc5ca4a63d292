// SPDX-License-Identifier: Apache-2.0
// The document from top to bottom: its blocks of prose and code in their order, each under its clause.
#include "compiler/pages/render.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/front.h"
#include "compiler/pages/html.h"

// ---- reading ----

static int compare_places(const void *a, const void *b) {
  const struct span *x = a, *y = b;
  return x->start < y->start ? -1 : x->start > y->start;
}

static nuo_status read_words(struct renderer *r, struct worded *words, struct str path, struct str text) {
  struct diagnostics diags = {.arena = r->arena};
  words->file = (struct source_file){.path = path, .text = text, .markdown = true, .trace = &words->trace};
  words->file.markdown = path.len > 3 && memcmp(path.at + path.len - 3, ".md", 3) == 0;
  nuo__front_parse(r->arena, &diags, &words->file, 0);
  if (words->file.comments.count > 0)
    qsort(words->file.comments.at, words->file.comments.count, sizeof *words->file.comments.at,
          compare_places);
  return words->file.markdown ? nuo__markdown_read(r->arena, text, &words->blocks) : NUO_OK;
}

static nuo_status read_edition(struct renderer *r, struct edition *edition,
                               const struct render_version *version) {
  edition->program = version->compilation->program;
  edition->source = &version->compilation->files.at[0];
  for (int language = 0; language < 2; language++) {
    const nuo_status status =
        read_words(r, &edition->words[language], edition->source->path, version->words[language]);
    if (status != NUO_OK) return status;
  }
  edition->together = edition->words[0].blocks.count == edition->words[1].blocks.count;
  return NUO_OK;
}

// ---- clauses of both versions ----

static bool same_clause(const struct model_clause *a, const struct model_clause *b) {
  if (a->number.len > 0 || b->number.len > 0) return nuo__str_equal(a->number, b->number);
  return a->level == 1 ? b->level == 1 : nuo__str_equal(a->title, b->title);
}

uint32_t nuo__render_clause(const struct edition *edition, const struct model_clause *clause) {
  for (uint32_t i = 0; i < edition->source->clauses.count; i++)
    if (same_clause(&edition->program->clauses.at[i], clause)) return i;
  return CLAUSE_NONE;
}

static void match_clauses(struct renderer *r) {
  const uint32_t count = r->now.source->clauses.count;
  r->old_clause = nuo__arena_alloc(r->arena, (count + 1) * sizeof *r->old_clause);
  r->changed = nuo__arena_alloc(r->arena, count + 1);
  for (uint32_t i = 0; r->compares && i < count; i++)
    r->old_clause[i] = nuo__render_clause(&r->old, &r->now.program->clauses.at[i]);
}

static bool is_new(const struct renderer *r, uint32_t clause) {
  return r->compares && clause != CLAUSE_NONE && r->old_clause[clause] == CLAUSE_NONE;
}

// ---- headings ----

static void write_title(struct renderer *r, const struct model_clause *clause, const struct md_block *block) {
  const struct str number = r->now.source->clauses.at[r->clause].number;
  struct str html = block != NULL ? block->html : (struct str){NULL, 0};
  if (html.len >= number.len && number.len > 0 && memcmp(html.at, number.at, number.len) == 0) {
    html.at += number.len;
    html.len -= number.len;
    nuo__html_element(r->out, "span", "number", number);
  }
  const struct model_clause *old = r->compares && r->old_clause[r->clause] != CLAUSE_NONE
                                       ? &r->old.program->clauses.at[r->old_clause[r->clause]]
                                       : NULL;
  if (old != NULL && !nuo__str_equal(old->title, clause->title)) {
    r->changed[r->clause] = true;
    nuo__out_string(r->out, " ");
    if (nuo__redline(r->out, r->arena, old->title, clause->title)) return;
    nuo__html_element(r->out, "del", NULL, old->title);
    nuo__html_element(r->out, "ins", NULL, clause->title);
  } else if (html.at != NULL) {
    nuo__out_bytes(r->out, html.at, html.len);
  } else {
    nuo__out_string(r->out, " ");
    nuo__html_text(r->out, clause->title);
  }
}

static void write_badge(struct renderer *r, enum cover_status status) {
  nuo__out_string(r->out, "<span class=\"badge ");
  nuo__out_string(r->out, nuo__cover_names[status][NUO_ENGLISH]);
  nuo__out_string(r->out, "\">");
  nuo__html_say(r->out, nuo__cover_names[status][NUO_ENGLISH], nuo__cover_names[status][NUO_CHINESE]);
  nuo__out_string(r->out, "</span>");
}

static void write_heading(struct renderer *r, const struct md_block *block) {
  static const char *const tags[] = {"h1", "h2", "h3", "h4", "h5", "h6"};
  const struct model_clause *clause = &r->now.program->clauses.at[r->clause];
  const enum cover_status status = r->cover.clauses[r->clause].status;
  const char *tag = tags[clause->level - 1];
  nuo__out_string(r->out, "<");
  nuo__out_string(r->out, tag);
  nuo__out_string(r->out, " id=\"c");
  nuo__out_integer(r->out, r->clause);
  nuo__out_string(r->out, "\">");
  write_title(r, clause, block);
  if (status < COVER_COUNTED) write_badge(r, status);
  if (is_new(r, r->clause)) {
    nuo__html_say_element(r->out, "span", "badge new", "new", "新增");
    r->changed[r->clause] = true;
  } else if (r->compares && r->old_cover.clauses[r->old_clause[r->clause]].status != status &&
             status < COVER_COUNTED) {
    r->changed[r->clause] = true;
    nuo__html_say_element(r->out, "span", "badge changed", "state changed", "状态有变");
  }
  nuo__html_close(r->out, tag);
  nuo__out_string(r->out, "\n");
}

// The tests that touch the clause but stand elsewhere.
static void write_tests(struct renderer *r) {
  const struct cover_clause *clause = &r->cover.clauses[r->clause];
  bool any = false;
  for (uint32_t i = 0; i < clause->tests.count; i++) {
    const struct model_test *test = clause->tests.at[i];
    if (test->clause == r->clause && test->span.file == 0) continue;
    if (!any) {
      nuo__html_open(r->out, "p", "small ui soft");
      nuo__html_say(r->out, "Also tried by: ", "另见测试：");
    } else {
      nuo__html_say(r->out, "; ", "；");
    }
    any = true;
    nuo__html_text(r->out, test->title);
  }
  if (any) nuo__out_string(r->out, "</p>\n");
}

// ---- prose ----

static struct span part_of(const struct edition *edition, uint32_t clause) {
  const struct source_file *file = &edition->words[0].file;
  struct span part = {0, 0, file->text.len};
  if (clause != CLAUSE_NONE)
    part = file->clauses.at[clause].body;
  else if (file->clauses.count > 0)
    part.end = file->clauses.at[0].heading.start;
  return part;
}

typedef VEC(const struct md_block *) block_list;

static bool is_prose(const struct worded *words, const struct md_block *block) {
  if (block->kind == MD_HEADING || block->plain.len == 0) return false;
  for (uint32_t i = 0; i < words->trace.blocks.count; i++) {
    const struct span body = words->trace.blocks.at[i].body;
    if (block->start >= body.start && block->start < body.end) return false;
  }
  return true;
}

static void collect(struct renderer *r, const struct edition *edition, struct span part, block_list *list) {
  const struct worded *words = &edition->words[0];
  for (uint32_t i = 0; i < words->blocks.count; i++) {
    const struct md_block *block = &words->blocks.at[i];
    if (block->start >= part.start && block->start < part.end && is_prose(words, block))
      VEC_PUSH(r->arena, list, block);
  }
}

// A block of the edition, in both languages where there is code in it.
static void write_block(struct renderer *r, const struct edition *edition, const struct md_block *block) {
  const size_t index = (size_t)(block - edition->words[0].blocks.at);
  const struct md_block *zh = edition->together ? &edition->words[1].blocks.at[index] : block;
  if (nuo__str_equal(block->html, zh->html)) {
    nuo__out_bytes(r->out, block->html.at, block->html.len);
  } else {
    nuo__out_string(r->out, "<div lang=\"en\">");
    nuo__out_bytes(r->out, block->html.at, block->html.len);
    nuo__out_string(r->out, "</div><div lang=\"zh\">");
    nuo__out_bytes(r->out, zh->html.at, zh->html.len);
    nuo__out_string(r->out, "</div>");
  }
  nuo__out_string(r->out, "\n");
}

static void write_gone(struct renderer *r, const struct md_block *block) {
  nuo__html_open(r->out, "div", "gone");
  nuo__html_open(r->out, "del", NULL);
  write_block(r, &r->old, block);
  nuo__out_string(r->out, "</del></div>\n");
}

// Blocks that are not in the old version, after those that are not in this one.
static void write_changed(struct renderer *r, const block_list *old, uint32_t from, uint32_t to,
                          const block_list *now, uint32_t first, uint32_t end) {
  if (r->clause != CLAUSE_NONE && (from < to || first < end)) r->changed[r->clause] = true;
  while (from < to || first < end) {
    const struct md_block *was = from < to ? old->at[from] : NULL, *is = first < end ? now->at[first] : NULL;
    if (was != NULL && is != NULL && was->kind == MD_PARAGRAPH && is->kind == MD_PARAGRAPH) {
      const size_t before = r->out->len;
      nuo__html_open(r->out, "p", "changed-block");
      if (nuo__redline(r->out, r->arena, was->plain, is->plain)) {
        nuo__out_string(r->out, "</p>\n");
        from++, first++;
        continue;
      }
      r->out->len = before;
    }
    if (was != NULL) write_gone(r, was), from++;
    if (is == NULL) continue;
    nuo__html_open(r->out, "div", "new-block");
    write_block(r, &r->now, is);
    nuo__out_string(r->out, "</div>\n");
    first++;
  }
}

static uint32_t find_plain(const block_list *list, uint32_t from, struct str plain) {
  while (from < list->count && !nuo__str_equal(list->at[from]->plain, plain)) from++;
  return from;
}

// The prose [from, to) of the clause at hand, of which `*old_at` blocks of the old version are done with.
// Blocks that both have stand as they are; between two of them is what changed.
static void write_compared(struct renderer *r, const block_list *old, uint32_t *old_at, const block_list *now,
                           bool last) {
  uint32_t first = 0;
  for (uint32_t i = 0; i < now->count; i++) {
    const uint32_t found = find_plain(old, *old_at, now->at[i]->plain);
    if (found == old->count) continue;
    write_changed(r, old, *old_at, found, now, first, i);
    write_block(r, &r->now, now->at[i]);
    *old_at = found + 1;
    first = i + 1;
  }
  // What follows in the old version may come behind the next block of code.
  const uint32_t rest = last ? old->count : *old_at + (now->count - first);
  const uint32_t to = rest < old->count ? rest : old->count;
  write_changed(r, old, *old_at, to, now, first, now->count);
  *old_at = to;
}

// ---- the document ----

struct section {  // of a clause
  block_list old;
  uint32_t old_at;
  block_list prose;  // that waits to be written
};

static void flush(struct renderer *r, struct section *s, bool last) {
  if (r->compares && !is_new(r, r->clause)) {
    write_compared(r, &s->old, &s->old_at, &s->prose, last);
  } else {
    for (uint32_t i = 0; i < s->prose.count; i++) write_block(r, &r->now, s->prose.at[i]);
  }
  s->prose.count = 0;
}

static void end_clause(struct renderer *r, struct section *s) {
  flush(r, s, true);
  if (r->compares && !is_new(r, r->clause))
    nuo__render_gone(r, r->clause == CLAUSE_NONE ? CLAUSE_NONE : r->old_clause[r->clause]);
  if (r->clause != CLAUSE_NONE) write_tests(r);
}

static void begin_clause(struct renderer *r, struct section *s, uint32_t clause,
                         const struct md_block *heading) {
  r->clause = clause;
  *s = (struct section){0};
  if (clause != CLAUSE_NONE) write_heading(r, heading);
  if (r->compares && !is_new(r, clause))
    collect(r, &r->old, part_of(&r->old, clause == CLAUSE_NONE ? clause : r->old_clause[clause]), &s->old);
}

static uint32_t block_at(const struct worded *words, uint32_t place) {
  for (uint32_t i = 0; i < words->trace.blocks.count; i++)
    if (place >= words->trace.blocks.at[i].body.start && place < words->trace.blocks.at[i].body.end) return i;
  return UINT32_MAX;
}

// Whatever begins before `place` and has not been written: clauses whose heading is no block of its own.
static void pass_clauses(struct renderer *r, struct section *s, const struct md_block *block) {
  const struct source_file *file = &r->now.words[0].file;
  for (;;) {
    const uint32_t next = r->clause == CLAUSE_NONE ? 0 : r->clause + 1;
    if (next >= file->clauses.count || file->clauses.at[next].heading.start > block->start) return;
    end_clause(r, s);
    const bool titled = r->now.program->clauses.at[next].number.len == 0;
    if (next == 0 && !titled) nuo__render_front(r);
    const bool heads = block->kind == MD_HEADING && block->start < file->clauses.at[next].heading.end;
    begin_clause(r, s, next, heads ? block : NULL);
    if (next == 0 && titled) nuo__render_front(r);
  }
}

static void write_document(struct renderer *r) {
  struct section s;
  const struct worded *words = &r->now.words[0];
  begin_clause(r, &s, CLAUSE_NONE, NULL);
  if (words->file.clauses.count == 0) nuo__render_front(r);
  for (uint32_t i = 0; i < words->blocks.count; i++) {
    const struct md_block *block = &words->blocks.at[i];
    pass_clauses(r, &s, block);
    const uint32_t code = block->kind == MD_FENCE ? block_at(words, block->start) : UINT32_MAX;
    if (code != UINT32_MAX) {
      flush(r, &s, false);
      nuo__render_code(r, code);
    } else if (is_prose(words, block)) {
      VEC_PUSH(r->arena, &s.prose, block);
    }
  }
  if (!words->file.markdown) nuo__render_code(r, 0);
  end_clause(r, &s);
}

// Clauses of the old version that are gone, whole.
static void write_gone_clauses(struct renderer *r) {
  bool any = false;
  r->clause = CLAUSE_NONE;
  for (uint32_t i = 0; r->compares && i < r->old.source->clauses.count; i++) {
    const struct model_clause *clause = &r->old.program->clauses.at[i];
    block_list list = {0};
    if (nuo__render_clause(&r->now, clause) != CLAUSE_NONE) continue;
    if (!any) nuo__html_say_element(r->out, "h2", NULL, "Removed clauses", "删去的条款");
    any = true;
    nuo__html_open(r->out, "h3", "gone");
    nuo__html_open(r->out, "del", NULL);
    nuo__html_text(r->out, clause->number);
    nuo__out_string(r->out, " ");
    nuo__html_text(r->out, clause->title);
    nuo__out_string(r->out, "</del></h3>\n");
    collect(r, &r->old, part_of(&r->old, i), &list);
    for (uint32_t k = 0; k < list.count; k++) write_gone(r, list.at[k]);
    nuo__render_gone(r, i);
  }
}

const struct test_result *nuo__render_result(const struct renderer *r, uint32_t decl) {
  const struct decl *written = r->now.source->decls.at[decl];
  for (uint32_t i = 0; i < r->input->tests->tests.count; i++) {
    const struct test_result *result = &r->input->tests->tests.at[i];
    if (result->test->span.file == 0 && result->test->span.start == written->span.start) return result;
  }
  return NULL;
}

// The list of changes comes before what it is made of.
static void write_page(struct renderer *r, struct text_out *out) {
  struct text_out body = {.allocator = out->allocator};
  r->out = &body;
  write_document(r);
  write_gone_clauses(r);
  nuo__render_parameters(r);
  r->out = out;
  nuo__html_begin(out, nuo__render_title(r), r->input->language);
  nuo__out_bytes(out, body.at, r->front_end);
  if (r->compares) nuo__render_changes(r);
  nuo__out_bytes(out, body.at + r->front_end, body.len - r->front_end);
  if (body.failed) out->failed = true;
  nuo__out_free(&body);
  nuo__html_end(out);
}

nuo_status nuo__render(struct text_out *out, const struct render_input *input) {
  struct renderer r = {.arena = input->policy.compilation->arena, .input = input};
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(r.arena, &out_of_memory);
  r.compares = input->against != NULL;
  nuo_status status = read_edition(&r, &r.now, &input->policy);
  if (status == NUO_OK && r.compares) status = read_edition(&r, &r.old, input->against);
  if (status != NUO_OK) return status;
  nuo__cover(r.arena, r.now.program, &r.cover);
  if (r.compares) nuo__cover(r.arena, r.old.program, &r.old_cover);
  match_clauses(&r);
  write_page(&r, out);
  return out->failed ? NUO_NO_MEMORY : NUO_OK;
}
