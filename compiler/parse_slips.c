// SPDX-License-Identifier: Apache-2.0
// The common slips of people who write a policy for the first time, each told by its name: a word that is not
// the language's (slips.def), a unit behind a number, a comma for an `and`, a text without its quotes. Called
// by parse_report.c, with the grammar as it was before the token that cannot come.
#include <string.h>

#include "compiler/numeral.h"
#include "compiler/parse.h"
#include "grammar.h"

static bool expects(const struct parser *p, int token) {
  return nuo__grammar_accepts(p->feed->grammar, token, false);
}

static struct diag_arg copied(struct parser *p, const char *from, uint32_t len) {
  return nuo__diag_text(nuo__arena_copy(p->arena, from, len));
}

static bool instead(struct parser *p, struct span span, const char *en, const char *zh) {
  const struct diag_arg wrong = copied(p, p->file->text.at + span.start, span.end - span.start);
  nuo__diag_add2(p->diags, DIAG_N0203, span, wrong, nuo__diag_pair(en, zh));
  return true;
}

static char byte_before(const struct parser *p) {
  return p->feed->end > 0 ? p->file->text.at[p->feed->end - 1] : '\n';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The word that was fed last.
static struct span last_word(const struct parser *p) {
  const char *text = p->file->text.at;
  uint32_t start = p->feed->end;
  while (start > 0 && strchr(" \t\r\n({", text[start - 1]) == NULL) start--;
  return (struct span){p->number, start, p->feed->end};
}

static bool on_one_line(const struct parser *p, const struct token *token) {
  const uint32_t from = p->feed->end, to = token->span.start;
  return to >= from && memchr(p->file->text.at + from, '\n', to - from) == NULL;
}

static bool begins(struct str text, const char *with) {
  const size_t len = strlen(with);
  return text.len >= len && memcmp(text.at, with, len) == 0;
}

static bool is_word(const struct token *token) {
  return token->kind == TK_ID || nuo__keyword_of(token->kind) != NULL;
}

// ---- words ----

static const struct {
  int token;
  const char *words;
} slips[] = {
#define SLIP(token, words) {TK_##token, words},
#include "compiler/slips.def"
#undef SLIP
};

static bool among(const char *words, struct str wrong) {
  struct str word;
  for (uint32_t i = 0; nuo__keyword_form(words, i, &word); i++)
    if (nuo__str_equal(word, wrong)) return true;
  return false;
}

static bool report_word(struct parser *p, const struct token *token) {
  if (!is_word(token)) return false;
  for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
    if (!expects(p, slips[i].token) || !among(slips[i].words, token->text)) continue;
    const struct keyword *row = nuo__keyword_of(slips[i].token);
    struct str en, zh;
    nuo__keyword_form(row->en, 0, &en);
    nuo__keyword_form(row->zh, 0, &zh);
    const struct diag_arg right = {en, zh};
    nuo__diag_add2(p->diags, DIAG_N0203, token->span, nuo__diag_text(token->text), right);
    return true;
  }
  return false;
}

// A number in digits or characters.
static bool is_number(struct str text) {
  int64_t value;
  return text.len > 0 && (is_digit(text.at[0]) || nuo__numeral_before_unit(text, &value) > 0);
}

// `处置拦截`, `近30日`: a keyword and what follows it without a space; only before a number where `number`
// says so.
static bool report_joined(struct parser *p, const struct token *token, bool number) {
  const struct keyword *row;
  struct str form, longest = {0};
  if (token->kind != TK_ID || expects(p, TK_AS)) return false;
  for (uint32_t i = 0; (row = nuo__keyword_row(i)) != NULL; i++) {
    if (!expects(p, row->token) || row->group == KEYWORD_DECL) continue;
    for (uint32_t k = 0; nuo__keyword_form(row->zh, k, &form); k++) {
      char bare[64];
      uint32_t len = 0;
      for (uint32_t b = 0; b < form.len && len < sizeof bare; b++)
        if (form.at[b] != ' ') bare[len++] = form.at[b];
      const bool whole = token->text.len > len && memcmp(token->text.at, bare, len) == 0;
      const struct str rest = {token->text.at + len, whole ? token->text.len - len : 0};
      if (whole && (number ? is_number(rest) : len > 3) && len > longest.len)
        longest = (struct str){token->text.at, len};
    }
  }
  if (longest.len == 0) return false;
  nuo__diag_add2(p->diags, DIAG_N0213, token->span, nuo__diag_text(longest),
                 copied(p, token->text.at + longest.len, token->text.len - longest.len));
  return true;
}

// ---- signs ----

static bool report_sign(struct parser *p, const struct token *token) {
  const struct span span = token->span;
  if (token->kind == TK_EQ && expects(p, TK_IS)) return instead(p, span, "is", "为");
  if (token->kind == TK_EQ && expects(p, TK_COLON)) return instead(p, span, ":", "：");
  if (token->kind == TK_COLON && expects(p, TK_EQ)) return instead(p, span, "=", "＝");
  if (token->kind == TK_IS && expects(p, TK_EQ)) return instead(p, span, "=", "＝");
  if (token->kind == TK_LB && expects(p, TK_ONE_OF)) return instead(p, span, "one of {", "取值 {");
  if (token->kind == TK_LP && expects(p, TK_AS) && expects(p, TK_COLON))
    return instead(p, span, "as", "亦称");
  if (token->kind == TK_LP && expects(p, TK_LB)) return instead(p, span, "{", "｛");
  if (token->kind == TK_COMMA && expects(p, TK_LT) && !expects(p, TK_AND)) return instead(p, span, "<", "＜");
  return false;
}

// A comma between conditions or values, where `and`, `or` or a set belongs; or within a number.
static bool report_comma(struct parser *p, const struct token *token) {
  if (token->kind != TK_COMMA || !expects(p, TK_AND)) return false;
  const struct token *next = nuo__tokens_peek(&p->feed->tokens, 0);
  const bool number = is_digit(byte_before(p)) && next->kind == TK_NUMBER &&
                      next->span.end - next->span.start == 3 && next->span.start == token->span.end;
  nuo__diag_add1(p->diags, number ? DIAG_N0214 : DIAG_N0215, token->span, nuo__diag_text(token->text));
  return true;
}

static bool is_comparison(int kind) {
  return kind == TK_LT || kind == TK_LE || kind == TK_GT || kind == TK_GE;
}

// The same in words.
static bool compares(int kind) {
  return is_comparison(kind) || kind == TK_MORE_THAN || kind == TK_LESS_THAN || kind == TK_AT_LEAST ||
         kind == TK_AT_MOST || kind == TK_AFTER || kind == TK_BEFORE || kind == TK_NOT_AFTER ||
         kind == TK_NOT_BEFORE;
}

static bool report_chain(struct parser *p, const struct token *token) {
  if (!compares(token->kind) || !expects(p, TK_AND)) return false;
  nuo__diag_add(p->diags, DIAG_N0216, token->span);
  return true;
}

// Two conditions with nothing between them: a word and a comparison after it.
static bool report_no_and(struct parser *p, const struct token *token) {
  if (token->kind != TK_ID || !expects(p, TK_AND)) return false;
  struct str words[KEYWORD_MAX_WORDS];
  uint32_t count = 0;
  const struct keyword *row = NULL;
  while (count < KEYWORD_MAX_WORDS && nuo__tokens_peek(&p->feed->tokens, count)->kind == TK_ID) {
    words[count] = nuo__tokens_peek(&p->feed->tokens, count)->text;
    count++;
  }
  const bool word = nuo__keyword_match(p->keywords, words, count, &row) > 0 && row->group == KEYWORD_OPERATOR;
  const int next = nuo__tokens_peek(&p->feed->tokens, 0)->kind;
  if (!word && !is_comparison(next) && next != TK_DOT) return false;
  nuo__diag_add1(p->diags, DIAG_N0217, token->span, nuo__diag_text(token->text));
  return true;
}

// ---- limits, counts and durations ----

// With which words people say over what time or for whom, that a limit does not know.
static bool is_about_time(struct str word) {
  static const char words[] =
      "a|an|per|each|every|every day|in|within|for|by|of|today|daily|weekly|monthly|this|last|past|"
      "during|times|once|每|每日|每天|每周|每月|每人|今日|今天|当日|当天|当周|当月|本|最近|过去|日|天|"
      "周|月|内|条|次|件|个|一天|一日|一周|一月";
  return among(words, word);
}

// `limit 3 a day`, `limit at most 3`, `限制 每天 3 条`, `per user today`.
static bool report_limit(struct parser *p, const struct token *token) {
  const struct span last = last_word(p);
  const struct str before = {p->file->text.at + last.start, last.end - last.start};
  const bool bounds = token->kind == TK_AT_MOST || token->kind == TK_LESS_THAN || token->kind == TK_MORE_THAN;
  if (bounds && (nuo__str_is(before, "limit") || nuo__str_is(before, "限制"))) {
    nuo__diag_add1(p->diags, DIAG_N0226, token->span, nuo__diag_text(token->text));
    return true;
  }
  if (expects(p, TK_PER) && token->kind == TK_NUMBER && is_about_time(before)) {
    nuo__diag_add1(p->diags, DIAG_N0226, last, nuo__diag_text(before));
    return true;
  }
  if (!(expects(p, TK_PER) || expects(p, TK_IN_LAST)) || !is_about_time(token->text)) return false;
  nuo__diag_add1(p->diags, DIAG_N0226, token->span, nuo__diag_text(token->text));
  return true;
}

// `count of push > 5`, `limit 3 this day`: nobody to count for.
static bool report_no_key(struct parser *p, const struct token *token) {
  const bool goes_on = token->kind == TK_THIS_PERIOD || token->kind == TK_IN_LAST ||
                       token->kind == TK_ACTION || token->kind == TK_AT_LEAST || token->kind == TK_AT_MOST ||
                       is_comparison(token->kind);
  if (!goes_on || !expects(p, TK_PER)) return false;
  nuo__diag_add(p->diags, DIAG_N0227, token->span);
  return true;
}

// `72h`
static bool report_unit(struct parser *p, const struct token *token) {
  static const struct {
    const char *words, *en, *zh;
  } units[] = {{"h|hr|hrs", "hours", "小时"},   {"min|mins", "minutes", "分钟"},
               {"s|sec|secs", "seconds", "秒"}, {"d", "days", "日"},
               {"wk|wks", "weeks", "周"},       {"yr|yrs", "years", "年"}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (among(units[i].words, token->text)) return instead(p, token->span, units[i].en, units[i].zh);
  return false;
}

// `24小时` where `within` has to stand before it.
static bool report_no_within(struct parser *p, const struct token *token) {
  if (token->kind != TK_NUMBER || !expects(p, TK_WITHIN)) return false;
  const struct str number = token->text;
  return instead(p, token->span, nuo__arena_format(p->arena, "within %.*s", (int)number.len, number.at).at,
                 nuo__arena_format(p->arena, "限时 %.*s", (int)number.len, number.at).at);
}

// ---- numbers, dates, ranges ----

static bool follows_number(const struct parser *p) {
  const struct span last = last_word(p);
  const struct str word = {p->file->text.at + last.start, last.end - last.start};
  int64_t value;
  return is_digit(byte_before(p)) || (word.len > 0 && nuo__numeral_read(word, &value) == word.len);
}

// `18岁`, `22点`, `08:00至10:00`, `3日内`.
static bool report_after_number(struct parser *p, const struct token *token) {
  if (token->kind != TK_ID && token->kind != TK_UNIT && token->kind != TK_UNTIL) return false;
  if (!follows_number(p) || !on_one_line(p, token)) return false;
  if (expects(p, TK_DOTDOT) && (begins(token->text, "至") || begins(token->text, "到"))) {
    const struct span span = {token->span.file, token->span.start, token->span.start + 3};
    return instead(p, span, "..", "..");
  }
  const bool close = token->span.start == p->feed->end;
  if (close && (begins(token->text, "点") || begins(token->text, "时"))) {
    nuo__diag_add1(p->diags, DIAG_N0218, token->span, nuo__diag_text(token->text));
    return true;
  }
  if (!close) return false;
  if (report_unit(p, token)) return true;
  const uint32_t unit = nuo__unit_read(token->text);
  const char *bare = nuo__arena_copy(p->arena, token->text.at, unit).at;
  if (unit > 0 && unit < token->text.len) return instead(p, token->span, bare, bare);
  nuo__diag_add1(p->diags, DIAG_N0219, token->span, nuo__diag_text(token->text));
  return true;
}

// What stands here up to the next white space.
static struct span run_of(const struct parser *p, const struct token *token) {
  const struct str text = p->file->text;
  uint32_t end = token->span.start;
  while (end < text.len && strchr(" \t\r\n", text.at[end]) == NULL) end++;
  return (struct span){token->span.file, token->span.start, end};
}

static bool report_date(struct parser *p, const struct token *token) {
  if (!expects(p, TK_DATE) || expects(p, TK_NUMBER) || token->kind == 0) return false;
  if (nuo__keyword_of(token->kind) != NULL) return false;
  const struct span span = run_of(p, token);
  nuo__diag_add1(p->diags, DIAG_N0110, span, copied(p, p->file->text.at + span.start, span.end - span.start));
  return true;
}

// ---- texts and names ----

static bool report_unquoted(struct parser *p, const struct token *token) {
  const bool bare = token->kind == TK_ID || token->kind == TK_NUMBER || token->kind == TK_DECIMAL;
  if (!bare || !expects(p, TK_STRING) || expects(p, TK_AS) || expects(p, TK_NUMBER) || expects(p, TK_ID) ||
      expects(p, TK_RULE))
    return false;
  const struct span span = run_of(p, token);
  nuo__diag_add1(p->diags, DIAG_N0220, span, copied(p, p->file->text.at + span.start, span.end - span.start));
  return true;
}

static bool report_bad_name(struct parser *p, const struct token *token) {
  const bool value = token->kind == TK_STRING || token->kind == TK_NUMBER || token->kind == TK_DECIMAL;
  if (!value || !expects(p, TK_ID) || expects(p, TK_NUMBER) || expects(p, TK_ONE_OF)) return false;
  // 三天 is a number and its unit: both are told.
  const struct span span = token->kind == TK_NUMBER ? run_of(p, token) : token->span;
  nuo__diag_add1(p->diags, DIAG_N0221, span, copied(p, p->file->text.at + span.start, span.end - span.start));
  return true;
}

// A name that goes on behind a space or a hyphen.
static bool report_split_name(struct parser *p, const struct token *token) {
  if ((token->kind != TK_ID && token->kind != TK_MINUS) || !expects(p, TK_AS) || !on_one_line(p, token))
    return false;
  if (token->kind == TK_ID && expects(p, TK_WHERE)) {
    nuo__diag_add2(p->diags, DIAG_N0225, token->span, nuo__diag_text(token->text),
                   nuo__diag_pair("where", "其中"));
    return true;
  }
  nuo__diag_add1(p->diags, DIAG_N0222, token->span, nuo__diag_text(token->text));
  return true;
}

// A field that ends without its type, and one with the question mark behind its second name.
static bool report_field(struct parser *p, const struct token *token) {
  if (!expects(p, TK_COLON) || !expects(p, TK_LB)) return false;
  if (token->kind == TK_QM) {
    nuo__diag_add(p->diags, DIAG_N0224, token->span);
    return true;
  }
  if (on_one_line(p, token) && token->kind != TK_COMMA && token->kind != TK_RB) return false;
  const struct span last = last_word(p);
  nuo__diag_add1(p->diags, DIAG_N0223, last, copied(p, p->file->text.at + last.start, last.end - last.start));
  return true;
}

// `不 已同意`: what was taken for a name is one of the words for `not`.
static bool report_not(struct parser *p, const struct token *token) {
  if (token->kind != TK_ID || !expects(p, TK_AND)) return false;
  const struct span last = last_word(p);
  const struct str word = {p->file->text.at + last.start, last.end - last.start};
  for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
    if (slips[i].token == TK_NOT && among(slips[i].words, word)) return instead(p, last, "not", "非");
  return false;
}

bool nuo__parse_slip(struct parser *p, const struct token *token) {
  return report_sign(p, token) || report_joined(p, token, true) || report_limit(p, token) ||
         report_no_key(p, token) || report_word(p, token) || report_no_within(p, token) ||
         report_after_number(p, token) || report_comma(p, token) || report_chain(p, token) ||
         report_field(p, token) || report_not(p, token) || report_date(p, token) ||
         report_unquoted(p, token) || report_bad_name(p, token);
}

bool nuo__parse_slip_unlike(struct parser *p, const struct token *token) {
  return report_no_and(p, token) || report_joined(p, token, false) || report_split_name(p, token);
}
