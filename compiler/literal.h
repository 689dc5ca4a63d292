// SPDX-License-Identifier: Apache-2.0
// The values of literals: numbers, dates, clocks, instants, texts. Called by the lexer and the tree builder;
// mistakes are reported at the literal and mended with a harmless value.
#ifndef NUO_COMPILER_LITERAL_H
#define NUO_COMPILER_LITERAL_H

#include "compiler/lexer.h"

// Each reads token->text (digits and signs may be full-width) and sets token->value.
void nuo__literal_number(struct lexer *lexer, struct token *token);
void nuo__literal_decimal(struct lexer *lexer, struct token *token, bool percent);
void nuo__literal_date(struct lexer *lexer, struct token *token);
void nuo__literal_clock(struct lexer *lexer, struct token *token);
void nuo__literal_instant(struct lexer *lexer, struct token *token);

// Bytes of the quotation mark at the beginning of a string token's text.
uint32_t nuo__literal_quote_size(struct str text);
// Resolves the escapes of `raw`, text between quotes, into the arena. Escapes that do not exist are reported.
struct str nuo__literal_unescape(struct arena *arena, struct diagnostics *diags, uint32_t number,
                                 uint32_t start, struct str raw);

#endif
