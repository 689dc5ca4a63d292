// SPDX-License-Identifier: Apache-2.0
// The code of a document as cards: each rule, duty and exception one, each test one with its result, and what
// stands together of everything else. In both languages; compared with the old version declaration by
// declaration, as laid out, so that layout is no change.
#include <string.h>

#include "compiler/keyword.h"
#include "compiler/pages/html.h"
#include "compiler/pages/render.h"
#include "grammar.h"

enum card { CARD_WORDS, CARD_RULE, CARD_TEST, CARD_STATUS };

static enum card card_of(const struct decl *decl) {
  switch (decl->kind) {
    case DECL_RULE:
    case DECL_DUTY:
    case DECL_EXCEPTION:
      return CARD_RULE;
    case DECL_TEST:
      return CARD_TEST;
    case DECL_CLAUSE:
      return CARD_STATUS;
    default:
      return CARD_WORDS;
  }
}

// ---- places ----

static const struct code_block *block_around(const struct worded *words, uint32_t place) {
  for (uint32_t i = 0; i < words->trace.blocks.count; i++) {
    const struct code_block *block = &words->trace.blocks.at[i];
    if (place >= block->body.start && place < block->body.end) return block;
  }
  return NULL;
}

static uint32_t line_end(struct str text, uint32_t at, uint32_t most) {
  while (at < most && text.at[at] != '\n') at++;
  return at;
}

// From the end of the declaration before, or the block's beginning, to the end of its last line.
static struct span place_of(const struct worded *words, uint32_t decl) {
  const struct source_file *file = &words->file;
  const struct decl *at = file->decls.at[decl];
  const struct code_block *block = block_around(words, at->span.start);
  struct span place = {0, at->span.start, at->span.end};
  if (block == NULL) return place;
  const uint32_t most = block->body.end;
  place.start = block->body.start;
  if (decl > 0 && file->decls.at[decl - 1]->span.start >= block->body.start) {
    const uint32_t before = file->decls.at[decl - 1]->span.end;
    place.start = line_end(file->text, before < most ? before : most, most);
  }
  const bool last = decl + 1 == file->decls.count || file->decls.at[decl + 1]->span.start >= most;
  place.end = last ? most : line_end(file->text, place.end < most ? place.end : most, most);
  while (place.start < place.end && strchr(" \t\r\n", file->text.at[place.start]) != NULL) place.start++;
  while (place.end > place.start && strchr(" \t\r\n", file->text.at[place.end - 1]) != NULL) place.end--;
  return place;
}

struct str nuo__render_text(const struct worded *words, uint32_t decl) {
  const struct span place = place_of(words, decl);
  return (struct str){words->file.text.at + place.start, place.end - place.start};
}

// ---- code with its keywords set off ----

static const struct token *token_from(const struct trace *trace, uint32_t place) {
  uint32_t low = 0, high = trace->tokens.count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (trace->tokens.at[middle].span.start < place)
      low = middle + 1;
    else
      high = middle;
  }
  return &trace->tokens.at[low];
}

static const char *tag_of(const struct token *token) {
  const struct keyword *keyword = nuo__keyword_of(token->kind);
  const bool opens = keyword != NULL && (keyword->group == KEYWORD_DECL || keyword->group == KEYWORD_LINE);
  return opens ? "b" : token->kind == TK_STRING ? "q" : NULL;
}

// Comments are in order.
static const struct span *comment_in(const struct source_file *file, uint32_t from, uint32_t to) {
  uint32_t low = 0, high = file->comments.count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (file->comments.at[middle].start < from)
      low = middle + 1;
    else
      high = middle;
  }
  return low < file->comments.count && file->comments.at[low].start < to ? &file->comments.at[low] : NULL;
}

// White space, and the comments in it.
static void write_gap(struct text_out *out, const struct source_file *file, uint32_t from, uint32_t to) {
  const struct span *comment;
  while ((comment = comment_in(file, from, to)) != NULL) {
    nuo__html_text(out, (struct str){file->text.at + from, comment->start - from});
    nuo__html_element(out, "i", NULL,
                      (struct str){file->text.at + comment->start, comment->end - comment->start});
    from = comment->end;
  }
  if (to > from) nuo__html_text(out, (struct str){file->text.at + from, to - from});
}

static void write_code(struct text_out *out, const struct worded *words, struct span place) {
  const struct source_file *file = &words->file;
  const struct token *end = words->trace.tokens.at + words->trace.tokens.count;
  uint32_t at = place.start;
  for (const struct token *token = token_from(&words->trace, place.start);
       token < end && token->span.start < place.end; token++) {
    const char *tag = tag_of(token);
    if (token->span.start < at || tag == NULL) continue;
    write_gap(out, file, at, token->span.start);
    nuo__html_element(out, tag, NULL,
                      (struct str){file->text.at + token->span.start, token->span.end - token->span.start});
    at = token->span.end;
  }
  write_gap(out, file, at, place.end);
}

// `first` to `last` as they stand, in each language.
static void write_listing(struct renderer *r, uint32_t first, uint32_t last) {
  static const char *const open[] = {"<pre lang=\"en\">", "<pre lang=\"zh\">"};
  for (int language = 0; language < 2; language++) {
    const struct worded *words = &r->now.words[language];
    const struct span place = {0, place_of(words, first).start, place_of(words, last).end};
    nuo__out_string(r->out, open[language]);
    write_code(r->out, words, place);
    nuo__out_string(r->out, "</pre>");
  }
}

// ---- what it was before ----

static bool same_subject(const struct decl *a, const struct decl *b) {
  if (a->kind != b->kind) return false;
  if (a->kind == DECL_POLICY || a->kind == DECL_SEVERITIES) return true;
  if (a->kind == DECL_USE) return nuo__str_equal(a->use.text, b->use.text);
  if (a->kind == DECL_SAME)
    return nuo__str_equal(a->same.at[0].of, b->same.at[0].of) &&
           nuo__str_equal(a->same.at[0].text, b->same.at[0].text);
  if (a->kind == DECL_TEST)
    return a->test.title != NULL && b->test.title != NULL &&
           nuo__str_equal(a->test.title->text, b->test.title->text);
  if (a->names.en.at == NULL || b->names.en.at == NULL) return false;
  return nuo__str_equal(a->names.en, b->names.en);
}

uint32_t nuo__render_same(const struct edition *edition, const struct edition *other, uint32_t decl) {
  const struct source_file *file = &edition->words[0].file;
  for (uint32_t i = 0; i < file->decls.count; i++)
    if (same_subject(file->decls.at[i], other->words[0].file.decls.at[decl])) return i;
  return UINT32_MAX;
}

enum change { CHANGE_NONE, CHANGE_NEW, CHANGE_OTHER };

static enum change change_of(const struct renderer *r, uint32_t decl, uint32_t *before) {
  *before = UINT32_MAX;
  if (!r->compares || r->now.words[0].file.decls.at[decl]->kind == DECL_CLAUSE) return CHANGE_NONE;
  *before = nuo__render_same(&r->old, &r->now, decl);
  if (*before == UINT32_MAX) return CHANGE_NEW;
  const struct str was = nuo__render_text(&r->old.words[0], *before);
  return nuo__str_equal(was, nuo__render_text(&r->now.words[0], decl)) ? CHANGE_NONE : CHANGE_OTHER;
}

static void write_redline(struct renderer *r, uint32_t decl, uint32_t before) {
  static const char *const open[] = {"<pre lang=\"en\">", "<pre lang=\"zh\">"};
  for (int language = 0; language < 2; language++) {
    const struct str was = nuo__render_text(&r->old.words[language], before);
    const struct str is = nuo__render_text(&r->now.words[language], decl);
    nuo__out_string(r->out, open[language]);
    if (!nuo__redline(r->out, r->arena, was, is)) {
      nuo__html_element(r->out, "del", NULL, was);
      nuo__out_string(r->out, "\n");
      nuo__html_element(r->out, "ins", NULL, is);
    }
    nuo__out_string(r->out, "</pre>");
  }
}

void nuo__render_gone(struct renderer *r, uint32_t old_clause) {
  static const char *const open[] = {"<pre lang=\"en\"><del>", "<pre lang=\"zh\"><del>"};
  for (uint32_t i = 0; r->compares && i < r->old.words[0].file.decls.count; i++) {
    const struct decl *decl = r->old.words[0].file.decls.at[i];
    if (decl->clause != old_clause || decl->kind == DECL_CLAUSE ||
        nuo__render_same(&r->now, &r->old, i) != UINT32_MAX)
      continue;
    if (r->clause != CLAUSE_NONE) r->changed[r->clause] = true;
    nuo__html_open(r->out, "div", "card gone");
    nuo__html_say_element(r->out, "span", "badge removed", "removed", "已删去");
    for (int language = 0; language < 2; language++) {
      nuo__out_string(r->out, open[language]);
      nuo__html_text(r->out, nuo__render_text(&r->old.words[language], i));
      nuo__out_string(r->out, "</del></pre>");
    }
    nuo__out_string(r->out, "</div>\n");
  }
}

// ---- cards ----

static void write_status(struct renderer *r, uint32_t decl) {
  const struct clause_decl *status = &r->now.words[0].file.decls.at[decl]->clause_status;
  nuo__html_open(r->out, "p", "why");
  if (status->deferred)
    nuo__html_say(r->out, "Deferred: ", "暂缓：");
  else
    nuo__html_say(r->out, "Organisational: ", "组织性：");
  if (status->why != NULL) nuo__html_text(r->out, status->why->text);
  nuo__out_string(r->out, "</p>\n");
}

static void write_failures(struct renderer *r, const struct test_result *result) {
  static const char *const actions_zh[] = {"放行", "记录", "修改", "延后", "待审", "拦截"};
  const struct source_file *file = r->now.source;
  for (uint32_t i = 0; i < result->failures.count; i++) {
    const struct test_failure *failure = &result->failures.at[i];
    const struct span span = failure->step->span;
    nuo__html_open(r->out, "p", "small ui failed");
    nuo__html_say(r->out, "Not so: ", "不符：");
    if (span.file == 0)
      nuo__html_text(r->out, (struct str){file->text.at + span.start, span.end - span.start});
    if (failure->seen.decided) {
      nuo__html_say(r->out, "; it came out as ", "；实际为 ");
      nuo__html_say(r->out, nuo_action_name(failure->seen.verdict), actions_zh[failure->seen.verdict]);
    }
    for (uint32_t k = 0; k < failure->seen.own.count; k++) {
      const struct found *found = &failure->seen.own.at[k];
      nuo__out_string(r->out, k == 0 ? ": " : ", ");
      nuo__html_both(r->out, found->rule, found->rule_zh);
    }
    nuo__html_close(r->out, "p");
  }
}

static void write_test_head(struct renderer *r, uint32_t decl) {
  const struct test_result *result = nuo__render_result(r, decl);
  const struct decl *test = r->now.words[0].file.decls.at[decl];
  nuo__html_open(r->out, "p", "head");
  if (test->test.sample)
    nuo__html_say(r->out, "Example", "样例");
  else
    nuo__html_say(r->out, "Test", "测试");
  if (result != NULL && result->failures.count > 0)
    nuo__html_say_element(r->out, "span", "badge failed", "failed", "未通过");
  else if (result != NULL)
    nuo__html_say_element(r->out, "span", "badge passed", "passed", "通过");
  nuo__html_close(r->out, "p");
}

static void write_card(struct renderer *r, enum card kind, uint32_t decl, enum change change,
                       uint32_t before) {
  static const char *const classes[] = {"card", "card rule", "card test", ""};
  if (change != CHANGE_NONE && r->clause != CLAUSE_NONE) r->changed[r->clause] = true;
  nuo__html_open(r->out, "div", classes[kind]);
  if (kind == CARD_TEST) write_test_head(r, decl);
  if (change == CHANGE_NEW) nuo__html_say_element(r->out, "span", "badge new", "new", "新增");
  if (change == CHANGE_OTHER) nuo__html_say_element(r->out, "span", "badge changed", "changed", "有改动");
  if (change == CHANGE_OTHER)
    write_redline(r, decl, before);
  else
    write_listing(r, decl, decl);
  const struct test_result *result = kind == CARD_TEST ? nuo__render_result(r, decl) : NULL;
  if (result != NULL) write_failures(r, result);
  nuo__out_string(r->out, "</div>\n");
}

void nuo__render_code(struct renderer *r, uint32_t block) {
  const struct source_file *file = &r->now.words[0].file;
  const struct span body = r->now.words[0].trace.blocks.at[block].body;
  for (uint32_t i = 0; i < file->decls.count; i++) {
    uint32_t before, last = i;
    if (file->decls.at[i]->span.start < body.start || file->decls.at[i]->span.start >= body.end) continue;
    const enum card kind = card_of(file->decls.at[i]);
    const enum change change = change_of(r, i, &before);
    if (kind == CARD_STATUS) {
      write_status(r, i);
      continue;
    }
    if (kind != CARD_WORDS || change != CHANGE_NONE) {
      write_card(r, kind, i, change, before);
      continue;
    }
    while (last + 1 < file->decls.count && file->decls.at[last + 1]->span.start < body.end &&
           card_of(file->decls.at[last + 1]) == CARD_WORDS && change_of(r, last + 1, &before) == CHANGE_NONE)
      last++;
    nuo__html_open(r->out, "div", "card");
    write_listing(r, i, last);
    nuo__out_string(r->out, "</div>\n");
    i = last;
  }
}
