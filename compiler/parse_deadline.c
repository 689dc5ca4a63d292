// SPDX-License-Identifier: Apache-2.0
// A duty that does not say by when: `must answered` and then the next clause, or `every day must check`.
// Called by parse_report.c, with the grammar as it was before the token that cannot come.
#include "compiler/parse.h"
#include "grammar.h"

// Whether the token begins something else.
static bool goes_on_elsewhere(const struct token *token) {
  const struct keyword *row = nuo__keyword_of(token->kind);
  return token->kind == 0 || (row != NULL && (row->group == KEYWORD_DECL || row->group == KEYWORD_LINE));
}

bool nuo__parse_slip_deadline(struct parser *p, const struct token *token) {
  if (!nuo__grammar_accepts(p->feed->grammar, TK_WITHIN, false) || !goes_on_elsewhere(token)) return false;
  const struct span every = p->decl->duty.period_span;
  const struct span end = {p->number, p->feed->end, p->feed->end};
  if (every.end != 0)
    nuo__diag_add(p->diags, DIAG_N0228, every);
  else
    nuo__diag_add(p->diags, DIAG_N0229, end);
  return true;
}
