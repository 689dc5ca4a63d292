// SPDX-License-Identifier: Apache-2.0
// A rule in the image: the cold code that works its evidence out for lanes with a finding, the nodes of its
// conditions, its exceptions, messages and actions. Cold code computes everything anew, in every lane, and
// keeps it all until it is read. Called by emit.c.
#include "compiler/emit_code.h"
#include "runtime/nuo.h"

static struct image_str string(struct emitter *e, struct str text) {
  return nuo__image_string(e->p->out, text);
}

// ---- cold code ----
static void need(struct emitter *e, uint32_t value) {
  if (value != VALUE_NONE) nuo__block_need(e, value);
}

static void need_parts(struct emitter *e, const plan_parts *parts) {
  for (uint32_t i = 0; i < parts->count; i++) need(e, parts->at[i].value);
}

static void need_action(struct emitter *e, const struct plan_action *action) {
  need(e, action->until);
  need(e, action->deadline);
  need_parts(e, &action->parts);
}

static void emit_cold(struct emitter *e, const struct rule_plan *plan, struct image_rule *out) {
  nuo__block_begin(e, BLOCK_KEPT);
  for (uint32_t i = 0; i < plan->nodes.count; i++) {
    need(e, plan->nodes.at[i].value);
    need(e, plan->nodes.at[i].other);
  }
  for (uint32_t i = 0; i < plan->exceptions.count; i++) need(e, plan->exceptions.at[i].established);
  need_parts(e, &plan->because);
  need_action(e, &plan->action);
  need_action(e, &plan->undetermined);
  nuo__emit_need_raises(e, plan);
  out->cold_first = nuo__image_count(e->p->out, SECTION_CODE);
  out->cold_count = nuo__block_write(e);
}

// ---- nodes ----
static struct image_node image_node(struct emitter *e, const struct plan_node *node, uint32_t field_first) {
  struct image_node out = {.kind = node->kind,
                           .reg_class = nuo__dag_at(e->p, node->value)->reg_class,
                           .reg = nuo__block_register(e, node->value),
                           .reason = node->reason,
                           .child_count = (uint16_t)node->child_count,
                           .child_first = nuo__image_count(e->p->out, SECTION_NODE_LIST),
                           .name = string(e, node->name)};
  if (node->kind == NODE_FIELD) out.aux = field_first + node->aux;
  if (node->kind == NODE_COUNT || node->kind == NODE_FACT || node->kind == NODE_LAST) out.aux = node->aux;
  if (node->kind == NODE_COUNT) {
    out.arguments = e->state.at[node->value].arguments;
    out.reason = node->other == VALUE_NONE ? IMAGE_NO_REG : nuo__block_register(e, node->other);
  }
  if (node->kind != NODE_HITS) return out;
  out.aux = nuo__emit_set(e, e->state.at[node->other].set);
  out.reason = (uint16_t)e->state.at[node->other].output;
  return out;
}

static uint32_t emit_nodes(struct emitter *e, const struct rule_plan *plan, uint32_t field_first) {
  const uint32_t base = nuo__image_count(e->p->out, SECTION_NODES);
  for (uint32_t i = 0; i < plan->nodes.count; i++) {
    const struct plan_node *node = &plan->nodes.at[i];
    const struct image_node out = image_node(e, node, field_first);
    for (uint32_t k = 0; k < node->child_count; k++) {
      const uint32_t child = base + plan->children.at[node->child_first + k];
      nuo__image_add(e->p->out, SECTION_NODE_LIST, &child);
    }
    nuo__image_add(e->p->out, SECTION_NODES, &out);
  }
  return base;
}

// ---- messages and actions ----
static struct image_part image_part(struct emitter *e, const struct plan_part *part) {
  if (part->value == VALUE_NONE)
    return (struct image_part){.kind = PART_LITERAL, .literal = string(e, part->literal)};
  struct image_part out = {.kind = PART_VALUE,
                           .value_kind = nuo__emit_value_kind(part->type),
                           .reg_class = nuo__dag_at(e->p, part->value)->reg_class,
                           .reg = nuo__block_register(e, part->value),
                           .sensitive = part->sensitive,
                           .chinese = part->chinese};
  if (part->type->kind != TYPE_ENUM) return out;
  out.enum_first = nuo__emit_enumeration(e, part->type->enumeration);
  out.enum_count = part->type->enumeration->items.count;
  return out;
}

static uint32_t emit_parts(struct emitter *e, const plan_parts *parts) {
  const uint32_t first = nuo__image_count(e->p->out, SECTION_PARTS);
  for (uint32_t i = 0; i < parts->count; i++) {
    const struct image_part part = image_part(e, &parts->at[i]);
    nuo__image_add(e->p->out, SECTION_PARTS, &part);
  }
  return first;
}

static uint16_t register_or_none(struct emitter *e, uint32_t value) {
  return value != VALUE_NONE ? nuo__block_register(e, value) : IMAGE_NO_REG;
}

static struct image_action image_action(struct emitter *e, const struct plan_action *plan,
                                        uint32_t field_first) {
  static const uint8_t kinds[] = {
      [ACTION_ALLOW] = NUO_ALLOW, [ACTION_NOTE] = NUO_NOTE,   [ACTION_LABEL] = NUO_AMEND,
      [ACTION_STRIP] = NUO_AMEND, [ACTION_DEFER] = NUO_DEFER, [ACTION_HOLD] = NUO_HOLD,
      [ACTION_BLOCK] = NUO_BLOCK};
  const enum action_kind kind = plan->action->kind;
  struct image_action out = {.kind = kinds[kind],
                             .is_label = kind == ACTION_LABEL,
                             .until = register_or_none(e, plan->until),
                             .deadline = register_or_none(e, plan->deadline),
                             .part_count = plan->parts.count,
                             .field = IMAGE_NONE};
  out.part_first = emit_parts(e, &plan->parts);
  if (kind == ACTION_STRIP) out.field = field_first + plan->action->field->index;
  return out;
}

// ---- the rule ----
static void emit_exceptions(struct emitter *e, const struct rule_plan *plan, uint32_t node_base,
                            struct image_rule *out) {
  out->exception_first = nuo__image_count(e->p->out, SECTION_EXCEPTIONS);
  out->exception_count = plan->exceptions.count;
  for (uint32_t i = 0; i < plan->exceptions.count; i++) {
    const struct plan_exception *exception = &plan->exceptions.at[i];
    const struct image_exception item = {.label = string(e, exception->exception->label),
                                         .label_zh = string(e, exception->exception->label_zh),
                                         .plane = nuo__block_register(e, exception->established),
                                         .node = node_base + exception->node};
    nuo__image_add(e->p->out, SECTION_EXCEPTIONS, &item);
  }
}

void nuo__emit_rule(struct emitter *e, const struct rule_plan *plan, uint32_t field_first,
                    struct image_rule *out) {
  const struct rule *rule = plan->rule;
  *out = (struct image_rule){.name = string(e, rule->names.en),
                             .name_zh = string(e, rule->names.zh),
                             .title = string(e, rule->title),
                             .event = rule->event->index,
                             .pack = rule->pack != NULL ? rule->pack->index : IMAGE_NONE,
                             .clause = rule->clause != CLAUSE_NONE ? rule->clause : IMAGE_NONE,
                             .severity = rule->severity >= 0 ? (uint32_t)rule->severity : IMAGE_NONE,
                             .cite_count = rule->cites.count,
                             .scope_node = IMAGE_NONE,
                             .core_negated = rule->core == CORE_REQUIRE,
                             .same = rule->same != NULL ? rule->same->index : IMAGE_NONE,
                             .same_rank = rule->same != NULL ? rule->same_rank : 0};
  emit_cold(e, plan, out);
  const uint32_t base = emit_nodes(e, plan, field_first);
  if (plan->scope_node != VALUE_NONE) out->scope_node = base + plan->scope_node;
  out->core_node = base + plan->core_node;
  emit_exceptions(e, plan, base, out);
  out->part_first = emit_parts(e, &plan->because);
  out->part_count = plan->because.count;
  out->action = image_action(e, &plan->action, field_first);
  out->undetermined = image_action(e, &plan->undetermined, field_first);
  nuo__emit_raises(e, plan, out);
}
