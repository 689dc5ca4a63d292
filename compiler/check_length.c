// SPDX-License-Identifier: Apache-2.0
// Lengths of time that have a name: `parameter grace = 30 days`. Days and months have no fixed length, and a
// window tells how much is remembered; so the value of such a parameter is written in where its name stands,
// as if the author had. Called by check_value.c, check_name.c, check_count.c and check_duty.c.
#include "compiler/check.h"

static bool is_settled(const struct parameter *parameter) {
  return parameter->values.count == 1 && !parameter->values.at[0].unset &&
         parameter->values.at[0].from == INT32_MIN;
}

bool nuo__check_settled(struct checker *c, const struct parameter *parameter, struct span span) {
  if (is_settled(parameter)) return true;
  struct diagnostic *d = REPORT(c, N0703, span, nuo__names_arg(parameter->names));
  if (span.start != parameter->span.start || span.file != parameter->span.file) d->also = parameter->span;
  return false;
}

void nuo__put_length(struct expr *place, const struct expr *length) {
  place->kind = EXPR_DURATION;
  place->number = length->number;
  place->unit = length->unit;
}

const struct type *nuo__write_in(struct checker *c, struct expr *e, struct parameter *parameter) {
  if (!is_settled(parameter)) return nuo__type_simple(TYPE_ERROR);  // reported where it is declared
  e->ref = REF_NONE;
  e->target = NULL;
  nuo__put_length(e, parameter->values.at[0].value);
  VEC_PUSH(c->arena, &parameter->places, e);
  return parameter->type;
}

const struct expr *nuo__check_literal_length(struct checker *c, struct expr *written) {
  struct expr *length = (struct expr *)nuo__expr_peel(written);
  if (length->ref != REF_PARAMETER || length->type->kind != TYPE_DURATION) return length;
  // Ours: the checker has made it a parameter a moment ago.
  struct parameter *parameter = c->program->parameters.at[((const struct parameter *)length->target)->index];
  if (!nuo__check_settled(c, parameter, written->span)) return NULL;
  nuo__write_in(c, length, parameter);
  return length;
}
