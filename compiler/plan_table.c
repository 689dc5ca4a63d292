// SPDX-License-Identifier: Apache-2.0
// Tables and parameters to values. A table is a choice among its rows: under `first` a row counts where it
// matches and no earlier row does; a row whose match is unknown before that leaves the result unknown. A
// parameter with dates is a choice by the event's time.
#include "compiler/plan.h"

// ---- tables ----
static uint32_t cell_plane(struct planner *p, const struct cell *cell, const struct expr *key,
                           const struct type *type) {
  uint32_t known;
  switch (cell->kind) {
    case CELL_ANY:
      return nuo__dag_plane(p, 1);
    case CELL_EQUAL:
      return nuo__plan_compare(p, OP_is, key, cell->value);
    case CELL_COMPARE:
      return nuo__plan_compare(p, cell->op, key, cell->value);
    case CELL_IN:
      return nuo__plan_in(p, key, cell->value);
    default:
      known = nuo__dag_known(p, nuo__plan_column(p, key, type));
      return cell->kind == CELL_PRESENT ? known : nuo__dag_not(p, known);
  }
}

static uint32_t row_plane(struct planner *p, const struct table *table, const struct model_row *row,
                          const expr_list *keys) {
  uint32_t plane = nuo__dag_plane(p, 1);
  for (uint32_t i = 0; i < table->keys; i++)
    plane = nuo__dag_and(p, plane, cell_plane(p, &row->cells[i], keys->at[i], table->key_types[i]));
  return plane;
}

static enum reg_class result_class(const struct type *type) {
  if (type->kind == TYPE_FLAG) return REG_PLANE;
  return type->kind == TYPE_TEXT ? REG_TEXT : REG_COLUMN;
}

uint32_t nuo__plan_table(struct planner *p, const struct expr *call) {
  const struct table *table = call->target;
  value_list pairs = {0};
  uint32_t earlier = nuo__dag_plane(p, 0);
  const uint32_t force = nuo__plan_force(p, table->force);
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const struct model_row *row = &table->rows.at[i];
    const uint32_t plane = row_plane(p, table, row, &call->items);
    const uint32_t chosen = table->first ? nuo__dag_and(p, plane, nuo__dag_not(p, earlier)) : plane;
    if (table->first) earlier = nuo__dag_or(p, earlier, plane);
    VEC_PUSH(p->arena, &pairs, nuo__dag_and(p, force, chosen));
    VEC_PUSH(p->arena, &pairs, nuo__plan_column(p, row->result, table->result));
  }
  return nuo__dag_pick(p, result_class(table->result), &pairs);
}

// ---- parameters ----
static bool is_dated(const struct parameter *parameter) {
  return parameter->values.count > 1 ||
         (parameter->values.count == 1 && parameter->values.at[0].from != INT32_MIN);
}

bool nuo__plan_parameter_varies(const struct planner *p, const struct parameter *parameter) {
  return is_dated(parameter) && p->version[parameter->index] < 0;
}

bool nuo__plan_parameter_unset(const struct parameter *parameter) {
  for (uint32_t i = 0; i < parameter->values.count; i++)
    if (parameter->values.at[i].unset) return true;
  return parameter->values.count == 0 || parameter->values.at[0].from != INT32_MIN;
}

uint32_t nuo__plan_version_count(const struct parameter *parameter) {
  const uint32_t count = parameter->values.count;
  return count > 0 && parameter->values.at[0].from != INT32_MIN ? count + 1 : count;
}

const struct expr *nuo__plan_parameter_value(const struct planner *p, const struct parameter *parameter) {
  const int32_t version = p->version[parameter->index];
  if (version >= (int32_t)parameter->values.count || parameter->values.count == 0) return NULL;
  const struct parameter_value *value = &parameter->values.at[version < 0 ? 0 : version];
  return value->unset ? NULL : value->value;
}

uint32_t nuo__plan_version_window(struct planner *p, const struct parameter *parameter, uint32_t version) {
  const struct parameter_value *values = parameter->values.at;
  const uint32_t time = p->law != NULL ? nuo__dag_field(p, p->law) : nuo__plan_time(p);
  if (version == parameter->values.count)
    return nuo__plan_window(p, time, INT64_MIN, nuo__plan_midnight(p, values[0].from));
  const int32_t from = values[version].from;
  const bool last = version + 1 == parameter->values.count;
  const int64_t end = last ? INT64_MAX : nuo__plan_midnight(p, values[version + 1].from);
  return nuo__plan_window(p, time, from == INT32_MIN ? INT64_MIN : nuo__plan_midnight(p, from), end);
}

uint32_t nuo__plan_parameter(struct planner *p, const struct parameter *parameter) {
  const enum reg_class reg_class = result_class(parameter->type);
  if (!nuo__plan_parameter_varies(p, parameter)) {
    const struct expr *value = nuo__plan_parameter_value(p, parameter);
    if (value == NULL) return nuo__dag_unknown(p, reg_class);
    return nuo__plan_column(p, value, parameter->type);
  }
  value_list pairs = {0};
  for (uint32_t i = 0; i < parameter->values.count; i++) {
    if (parameter->values.at[i].unset) continue;
    VEC_PUSH(p->arena, &pairs, nuo__plan_version_window(p, parameter, i));
    VEC_PUSH(p->arena, &pairs, nuo__plan_column(p, parameter->values.at[i].value, parameter->type));
  }
  return nuo__dag_pick(p, reg_class, &pairs);
}

uint32_t nuo__plan_parameter_known(struct planner *p, const struct parameter *parameter) {
  uint32_t plane = nuo__dag_plane(p, 0);
  for (uint32_t i = 0; i < parameter->values.count; i++)
    if (!parameter->values.at[i].unset)
      plane = nuo__dag_or(p, plane, nuo__plan_version_window(p, parameter, i));
  return plane;
}

// ---- versions of what is no register ----
static const struct parameter *unsettled_item(const struct planner *p, const struct expr *e) {
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct parameter *found = nuo__plan_unsettled(p, e->items.at[i]);
    if (found != NULL) return found;
  }
  return NULL;
}

const struct parameter *nuo__plan_unsettled(const struct planner *p, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) {
    if (nuo__plan_parameter_varies(p, e->target)) return e->target;
    return NULL;
  }
  if (e->kind == EXPR_SET) return unsettled_item(p, e);
  const bool pair = e->kind == EXPR_RANGE || (e->kind == EXPR_OPERATOR && e->op == OP_default);
  if (!pair) return NULL;
  const struct parameter *found = nuo__plan_unsettled(p, e->left);
  return found != NULL ? found : nuo__plan_unsettled(p, e->right);
}

uint32_t nuo__plan_versions(struct planner *p, const struct expr *e, const struct parameter *parameter) {
  value_list pairs = {0};
  for (uint32_t i = 0; i < nuo__plan_version_count(parameter); i++) {
    p->version[parameter->index] = (int32_t)i;
    const uint32_t value = nuo__dag_column(p, nuo__plan_value(p, e));
    VEC_PUSH(p->arena, &pairs, nuo__plan_version_window(p, parameter, i));
    VEC_PUSH(p->arena, &pairs, value);
  }
  p->version[parameter->index] = -1;
  return nuo__dag_pick(p, nuo__dag_at(p, pairs.at[1])->reg_class, &pairs);
}
