// SPDX-License-Identifier: Apache-2.0
// Words become keywords here, with a look at what stands around them: after `.` and `as`, and before `:`, `?`
// and
// `.`, every word is a name.
#include "compiler/tokens.h"

#include "compiler/parse.h"
#include "grammar.h"

const struct token *nuo__tokens_peek(struct tokens *tokens, uint32_t index) {
  while (tokens->ahead_count <= index) tokens->ahead[tokens->ahead_count++] = nuo__lexer_next(&tokens->lexer);
  return &tokens->ahead[index];
}

static void drop(struct tokens *tokens, uint32_t count) {
  for (uint32_t i = count; i < tokens->ahead_count; i++) tokens->ahead[i - count] = tokens->ahead[i];
  tokens->ahead_count -= count;
}

static bool follows_name_only(int kind) {
  return kind == TK_COLON || kind == TK_QM || kind == TK_DOT;
}

// The words from `start` on that may make up one keyword: a word that only a name can be ends them.
static uint32_t words_ahead(struct tokens *tokens, uint32_t start, struct str words[KEYWORD_MAX_WORDS]) {
  uint32_t count = 0;
  while (count < KEYWORD_MAX_WORDS && start + count + 1 < TOKENS_AHEAD) {
    const struct token *token = nuo__tokens_peek(tokens, start + count);
    if (token->kind != TK_ID || follows_name_only(nuo__tokens_peek(tokens, start + count + 1)->kind)) break;
    words[count] = nuo__tokens_peek(tokens, start + count)->text;
    count++;
  }
  return count;
}

static uint32_t match(struct tokens *tokens, uint32_t start, const struct keyword **row) {
  struct str words[KEYWORD_MAX_WORDS];
  const uint32_t count = words_ahead(tokens, start, words);
  return nuo__keyword_match(tokens->keywords, words, count, row);
}

// Whether the token at `index` may be a name.
static bool may_be_name(struct tokens *tokens, uint32_t index) {
  const struct keyword *row = NULL;
  if (nuo__tokens_peek(tokens, index)->kind != TK_ID) return false;
  const uint32_t words = match(tokens, index, &row);
  return words == 0 || (words == 1 && nuo__grammarFallback(row->token) == TK_ID);
}

// `calendar cn` chooses a calendar in a policy and `calendar cn covers …` declares one.
static bool declares_calendar(struct tokens *tokens) {
  struct str words[KEYWORD_MAX_WORDS];
  const struct keyword *row = NULL;
  uint32_t at = 2;
  if (nuo__tokens_peek(tokens, 1)->kind != TK_ID) return false;
  if (match(tokens, at, &row) == 1 && row->token == TK_AS) at = 4;
  words[0] = nuo__tokens_peek(tokens, at)->text;
  row = NULL;
  return nuo__keyword_match(tokens->keywords, words, 1, &row) == 1 && row->token == TK_COVERS;
}

static bool is_aggregate(int token) {
  return token == TK_COUNT_OF || token == TK_SUM_OF || token == TK_DISTINCT_OF || token == TK_SHARE_OF;
}

// `since suspended(…)` asks for an instant; elsewhere the word is a good name for a field.
static bool asks_since(struct tokens *tokens) {
  return may_be_name(tokens, 1) && nuo__tokens_peek(tokens, 2)->kind == TK_LP;
}

static int kind_of(struct tokens *tokens, const struct keyword *row, uint32_t words) {
  if (row->token == TK_CALENDAR && declares_calendar(tokens)) return TK_CALENDAR_DECL;
  // 次数, 合计 and the like are also good names for fields: an aggregate goes on with an event or a field.
  if (is_aggregate(row->token) && words == 1 && !may_be_name(tokens, 1)) return TK_ID;
  if (row->token == TK_SINCE && !asks_since(tokens)) return TK_ID;
  return row->token;
}

struct token nuo__tokens_next(struct tokens *tokens) {
  const struct keyword *row = NULL;
  struct token token = *nuo__tokens_peek(tokens, 0);
  const bool name = token.kind != TK_ID || tokens->previous == TK_DOT || tokens->previous == TK_AS;
  const uint32_t words = name ? 0 : match(tokens, 0, &row);
  if (words > 0) {
    token.span.end = nuo__tokens_peek(tokens, words - 1)->span.end;
    if (words > 1)
      token.text =
          (struct str){tokens->lexer.file->text.at + token.span.start, token.span.end - token.span.start};
    token.kind = kind_of(tokens, row, words);
    token.value = row->value;
  }
  drop(tokens, words > 0 ? words : 1);
  tokens->previous = token.kind;
  return token;
}

bool nuo__tokens_opens_line(const struct tokens *tokens, const struct token *token, uint32_t *indent) {
  const char *text = tokens->lexer.file->text.at;
  uint32_t at = token->span.start;
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
  *indent = token->span.start - at;
  return at == 0 || text[at - 1] == '\n';
}
