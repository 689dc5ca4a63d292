// SPDX-License-Identifier: Apache-2.0
// How each token is written: marks in ASCII, keywords with one space between their words, and, when another
// language is asked for, keywords and names in that one. Inside texts nothing changes but the words of code
// in them.
#include <stdlib.h>
#include <string.h>

#include "compiler/format/format.h"
#include "compiler/keyword.h"
#include "grammar.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

// ---- names ----
static void spell(struct formatter *f, uint32_t at, struct str text) {
  VEC_PUSH(f->arena, &f->spellings, (struct spelling){at, text});
}

static int compare_spellings(const void *a, const void *b) {
  const struct spelling *x = a, *y = b;
  if (x->at != y->at) return x->at < y->at ? -1 : 1;
  return nuo__str_compare(x->text, y->text);
}

static struct str text_of(const struct formatter *f, struct span span) {
  return (struct str){f->file->text.at + span.start, span.end - span.start};
}

// `a as 甲` has its first form in the language asked for.
static void spell_pair(struct formatter *f, const struct name_pair *pair) {
  if (nuo__str_has_han(text_of(f, pair->first)) == (f->words == NUO_WORDS_CHINESE)) return;
  spell(f, pair->first.start, text_of(f, pair->second));
  spell(f, pair->second.start, text_of(f, pair->first));
}

// A name that means different things in different uses of a define may have two forms: it stays as it is.
static void drop_doubtful(struct formatter *f) {
  uint32_t kept = 0;
  for (uint32_t i = 0, next; i < f->spellings.count; i = next) {
    bool agree = true;
    for (next = i + 1; next < f->spellings.count && f->spellings.at[next].at == f->spellings.at[i].at; next++)
      agree = agree && nuo__str_equal(f->spellings.at[next].text, f->spellings.at[i].text);
    if (agree) f->spellings.at[kept++] = f->spellings.at[i];
  }
  f->spellings.count = kept;
}

void nuo__format_names(struct formatter *f, const struct program *program) {
  if (f->words == NUO_WORDS_AS_WRITTEN) return;
  for (uint32_t i = 0; i < program->uses.count; i++) {
    const struct name_use *use = &program->uses.at[i];
    if (use->span.file == 0) spell(f, use->span.start, f->words == NUO_WORDS_CHINESE ? use->zh : use->en);
  }
  for (uint32_t i = 0; i < f->file->trace->pairs.count; i++) spell_pair(f, &f->file->trace->pairs.at[i]);
  if (f->spellings.count > 0)
    qsort(f->spellings.at, f->spellings.count, sizeof *f->spellings.at, compare_spellings);
  drop_doubtful(f);
}

static struct str name_text(const struct formatter *f, const struct token *token) {
  uint32_t low = 0, high = f->spellings.count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (f->spellings.at[middle].at < token->span.start)
      low = middle + 1;
    else
      high = middle;
  }
  const bool found = low < f->spellings.count && f->spellings.at[low].at == token->span.start;
  return found ? f->spellings.at[low].text : token->text;
}

// ---- keywords ----
const struct keyword *nuo__format_keyword(const struct token *token) {
  const struct keyword *row = nuo__keyword_of(token->kind);
  if (row == NULL || row->value == token->value) return row;
  for (uint32_t i = 0; (row = nuo__keyword_row(i)) != NULL; i++)
    if (row->token == token->kind && row->value == token->value) return row;
  return NULL;
}

// The bytes of white space or of a comment at `at`, or 0.
static uint32_t skip_blank(struct str text, uint32_t at) {
  static const char space[] = "　", mark[] = "＃";
  const bool three = text.len - at >= 3;
  if (strchr(" \t\r\n", text.at[at]) != NULL) return 1;
  if (three && memcmp(text.at + at, space, 3) == 0) return 3;
  if (text.at[at] != '#' && !(three && memcmp(text.at + at, mark, 3) == 0)) return 0;
  const char *end = memchr(text.at + at, '\n', text.len - at);
  return end == NULL ? text.len - at : (uint32_t)(end - text.at) - at;
}

// Whether a form of a keyword is what was written, whatever stands between the words.
static bool is_form(struct str form, struct str written) {
  uint32_t i = 0, k = 0;
  while (i < form.len || k < written.len) {
    const uint32_t skipped = k < written.len ? skip_blank(written, k) : 0;
    if (i < form.len && form.at[i] == ' ')
      i++;
    else if (skipped > 0)
      k += skipped;
    else if (i == form.len || k == written.len || form.at[i++] != written.at[k++])
      return false;
  }
  return true;
}

// Which form of a keyword is canonical where it stands: 1 day, 2 days; 自 a date, where a file comes 来自
// somewhere.
static uint32_t form_for(const struct formatter *f, const struct token *before, const struct token *token) {
  if (f->words == NUO_WORDS_CHINESE) return token->kind == TK_FROM && token[1].kind == TK_DATE;
  return token->kind == TK_UNIT && before != NULL && before->kind == TK_NUMBER && before->value == 1;
}

static struct str keyword_text(const struct formatter *f, const struct keyword *row,
                               const struct token *before, const struct token *token) {
  struct str form;
  if (f->words != NUO_WORDS_AS_WRITTEN) {
    nuo__keyword_form(f->words == NUO_WORDS_CHINESE ? row->zh : row->en, form_for(f, before, token), &form);
    return form;
  }
  for (uint32_t i = 0; nuo__keyword_form(row->en, i, &form); i++)
    if (is_form(form, token->text)) return form;
  for (uint32_t i = 0; nuo__keyword_form(row->zh, i, &form); i++)
    if (is_form(form, token->text)) return form;
  return token->text;
}

// ---- literals ----
static struct str narrow(const struct formatter *f, struct str text) {
  char *out = nuo__arena_alloc(f->arena, text.len + 1);
  uint32_t len = 0;
  size_t size;
  for (uint32_t i = 0; i < text.len; i += (uint32_t)size) {
    const uint32_t c = nuo__utf8_decode(text.at + i, &size);
    len += (uint32_t)nuo__utf8_encode(c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + '!' : c, out + len);
  }
  return (struct str){out, len};
}

static struct str date_text(const struct formatter *f, const struct token *token) {
  char buffer[48];
  if (f->words == NUO_WORDS_AS_WRITTEN) return narrow(f, token->text);
  return nuo__arena_copy(f->arena, buffer, nuo__when_format_date((int32_t)token->value, buffer));
}

// 三 of 三个工作日 stays as it is written, but for another language.
static struct str number_text(const struct formatter *f, const struct token *token) {
  const unsigned char first = (unsigned char)token->text.at[0];
  const bool han = first >= 0xE3 && first < 0xEF;  // full-width digits begin with 0xEF
  if (f->words == NUO_WORDS_AS_WRITTEN || !han) return narrow(f, token->text);
  return nuo__arena_format(f->arena, "%lld", (long long)token->value);
}

// “…” and 「…」 in straight quotes, unless there are some of those in it.
static struct str straighten(const struct formatter *f, struct str text) {
  const uint32_t mark = (uint32_t)nuo__utf8_length((unsigned char)text.at[0]);
  const struct str inside = {text.at + mark, text.len - 2 * mark};
  if (mark == 1 || memchr(inside.at, '"', inside.len) != NULL) return text;
  return nuo__arena_format(f->arena, "\"%.*s\"", (int)inside.len, inside.at);
}

// ---- code in texts and rows ----
typedef VEC(char) char_list;

static void append(const struct formatter *f, char_list *out, const char *from, const char *to) {
  for (; from < to; from++) VEC_PUSH(f->arena, out, *from);
}

// The tokens up to the end of the piece of code that the first one begins, and how far they reach.
static uint32_t write_piece(const struct formatter *f, char_list *out, const struct token *first,
                            uint32_t count, char end) {
  const char *source = f->file->text.at;
  uint32_t i = 0;
  for (; i < count; i++) {
    const struct token *token = &first[i], *before = i > 0 ? token - 1 : NULL;
    if (i > 0 && memchr(source + before->span.end, end, token->span.start - before->span.end) != NULL) break;
    const struct str text = token->kind == TK_STRING ? token->text : nuo__format_token(f, before, token, 0);
    if (i > 0 && nuo__format_spaced(i > 1 ? before - 1 : NULL, before, token, text))
      VEC_PUSH(f->arena, out, ' ');
    append(f, out, text.at, text.at + text.len);
  }
  return i;
}

// A text or a row with the code in it written anew; each piece of it ends before an `end`.
static struct str rewrite(const struct formatter *f, const struct token *token, uint32_t inner, char end) {
  const char *source = f->file->text.at;
  char_list out = {0};
  uint32_t at = token->span.start;
  for (uint32_t i = 1; i <= inner;) {
    append(f, &out, source + at, source + token[i].span.start);
    i += write_piece(f, &out, &token[i], inner + 1 - i, end);
    at = token[i - 1].span.end;
  }
  append(f, &out, source + at, source + token->span.end);
  return (struct str){out.at, out.count};
}

// ---- tokens ----
static const char *mark_of(int kind) {
  static const struct {
    int kind;
    const char *mark;
  } marks[] = {{TK_LP, "("},    {TK_RP, ")"},    {TK_LB, "{"},   {TK_RB, "}"},      {TK_COMMA, ","},
               {TK_COLON, ":"}, {TK_DOT, "."},   {TK_QM, "?"},   {TK_DOTDOT, ".."}, {TK_EQ, "="},
               {TK_LT, "<"},    {TK_GT, ">"},    {TK_LE, "<="},  {TK_GE, ">="},     {TK_ARROW, "->"},
               {TK_PLUS, "+"},  {TK_MINUS, "-"}, {TK_STAR, "*"}, {TK_SLASH, "/"}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (marks[i].kind == kind) return marks[i].mark;
  return NULL;
}

struct str nuo__format_token(const struct formatter *f, const struct token *before, const struct token *token,
                             uint32_t inner) {
  const char *mark = mark_of(token->kind);
  const struct keyword *row = nuo__format_keyword(token);
  const bool changes = f->words != NUO_WORDS_AS_WRITTEN && inner > 0;
  if (mark != NULL) return nuo__str_of(mark);
  if (row != NULL) return keyword_text(f, row, before, token);
  switch (token->kind) {
    case TK_ID:
      return name_text(f, token);
    case TK_STRING:
      return straighten(f, changes ? rewrite(f, token, inner, '}') : name_text(f, token));
    case TK_ROW:
      return changes ? rewrite(f, token, inner, '|') : token->text;
    case TK_REGEX:
      return token->text;
    case TK_DATE:
      return date_text(f, token);
    case TK_NUMBER:
      return number_text(f, token);
    default:
      return narrow(f, token->text);
  }
}

bool nuo__format_ends_value(const struct token *token) {
  switch (token->kind) {
    case TK_ID:
    case TK_NUMBER:
    case TK_UNIT:
    case TK_DECIMAL:
    case TK_DATE:
    case TK_INSTANT:
    case TK_CLOCK:
    case TK_STRING:
    case TK_REGEX:
    case TK_TRUE:
    case TK_FALSE:
    case TK_RP:
    case TK_RB:
    case TK_THIS_PERIOD:
    case TK_IS_MISSING:
    case TK_IS_PRESENT:
      return true;
    default:
      return false;
  }
}

bool nuo__format_spaced(const struct token *before2, const struct token *before, const struct token *token,
                        struct str text) {
  switch (token->kind) {
    case TK_COMMA:
    case TK_COLON:
    case TK_QM:
    case TK_DOT:
    case TK_DOTDOT:
    case TK_RP:
    case TK_RB:
      return false;
    case TK_LP:
      if (before->kind == TK_ID) return false;
      break;
    case TK_UNIT:
      if (nuo__str_has_han(text)) return false;
      break;
    default:
      break;
  }
  if (before->kind == TK_MINUS) return before2 != NULL && nuo__format_ends_value(before2);
  return before->kind != TK_DOT && before->kind != TK_DOTDOT && before->kind != TK_LP &&
         before->kind != TK_LB;
}
