// SPDX-License-Identifier: Apache-2.0
// The token stream: scanner tokens with their words made keywords, where they are keywords. Looks a few
// tokens ahead. Used by the parser's driver.
#ifndef NUO_COMPILER_TOKENS_H
#define NUO_COMPILER_TOKENS_H

#include "compiler/keyword.h"
#include "compiler/lexer.h"

#define TOKENS_AHEAD 6

struct tokens {
  struct lexer lexer;
  const struct keyword_index *keywords;
  struct token ahead[TOKENS_AHEAD];  // scanner tokens
  uint32_t ahead_count;
  int previous;  // the kind handed out last
};

// The next token for the parser.
struct token nuo__tokens_next(struct tokens *tokens);
// The scanner's token `index` places behind the last one handed out; index < TOKENS_AHEAD.
const struct token *nuo__tokens_peek(struct tokens *tokens, uint32_t index);
// Whether a token is the first thing on its line, and how many bytes of white space stand before it.
bool nuo__tokens_opens_line(const struct tokens *tokens, const struct token *token, uint32_t *indent);

#endif
