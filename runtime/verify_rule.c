// SPDX-License-Identifier: Apache-2.0
// Rules of an image: what a finding is told with. The nodes of a condition form trees that are not too deep
// and not too large, and every register that a rule's action, message or evidence reads is one that its cold
// block has made. Called by verify.c, after the events' code.
#include "runtime/limits.h"
#include "runtime/verify.h"

#define REJECT(section, index, reason) nuo__verify_reject(v, SECTION_##section, index, reason)

// ---- nodes, each by itself ----

static bool is_condition(uint8_t kind) {
  return kind <= NODE_ATOM || kind == NODE_HITS;
}

static bool check_hits(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (node->aux >= v->image->MATCHES_count || node->reason >= v->image->MATCHES[node->aux].outputs) {
    return REJECT(NODES, index, "its match set does not exist");
  }
  const struct image_node *text =
      node->child_count == 0 ? NULL : &v->image->NODES[v->image->NODE_LIST[node->child_first]];
  return (text != NULL && text->kind == NODE_FIELD && text->reg_class == REG_TEXT) ||
         REJECT(NODES, index, "its first child is not a field of text");
}

static bool check_field_node(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (node->aux >= v->image->FIELDS_count) return REJECT(NODES, index, "its field does not exist");
  if (node->child_count != 0) return REJECT(NODES, index, "it is a field and has children");
  return nuo__verify_class_fits(v->image->FIELDS[node->aux].kind, node->reg_class) ||
         REJECT(NODES, index, "its register is of the wrong class");
}

static bool check_count_node(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (node->aux >= v->image->COUNTERS_count) return REJECT(NODES, index, "its counter does not exist");
  if (node->reg_class != REG_COLUMN) return REJECT(NODES, index, "its register is of the wrong class");
  if (node->kind == NODE_LAST) return true;
  if (node->reason != IMAGE_NO_REG && node->reason >= nuo__verify_reg_count(v, REG_COLUMN))
    return REJECT(NODES, index, "its limit has no register");
  const struct image_node *after =
      node->child_count == 0 ? NULL : &v->image->NODES[v->image->NODE_LIST[node->child_first]];
  return (after != NULL && after->reg_class == REG_COLUMN) ||
         REJECT(NODES, index, "its first child is not the begin of a window");
}

static bool check_fact_node(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (node->aux >= v->image->FACTS_count) return REJECT(NODES, index, "its fact does not exist");
  uint8_t kind = v->image->FACTS[node->aux].kind;
  bool fits = node->reason == NODE_FACT_SINCE ? node->reg_class == REG_COLUMN
              : node->reason == 0
                  ? node->reg_class == REG_PLANE || nuo__verify_class_fits(kind, node->reg_class)
                  : false;
  return (fits && node->reg_class != REG_HALF && node->reg_class != REG_WIDE) ||
         REJECT(NODES, index, "its register is of the wrong class");
}

static bool check_node_kind(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (is_condition(node->kind) && node->reg_class != REG_PLANE) {
    return REJECT(NODES, index, "it is a condition, but its register is no plane");
  }
  switch (node->kind) {
    case NODE_AND:
    case NODE_OR:
      return node->child_count > 0 || REJECT(NODES, index, "it has no children");
    case NODE_NOT:
      return node->child_count == 1 || REJECT(NODES, index, "it has not just one child");
    case NODE_FIELD:
      return check_field_node(v, index);
    case NODE_OPERATION:
      return node->reason <= NUO_REASON_PATTERN || node->reason == NODE_NO_REASON ||
             REJECT(NODES, index, "there is no such reason");
    case NODE_HITS:
      return check_hits(v, index);
    case NODE_COUNT:
    case NODE_LAST:
      return check_count_node(v, index);
    case NODE_FACT:
      return check_fact_node(v, index);
    default:
      return true;
  }
}

static bool check_child(struct verifier *v, uint32_t index, uint32_t child) {
  const struct image_node *node = &v->image->NODES[index];
  if (child >= index) return REJECT(NODES, index, "a child does not come before it");
  if (node->kind <= NODE_NOT && !is_condition(v->image->NODES[child].kind)) {
    return REJECT(NODES, index, "a child is not a condition");
  }
  v->tree[index] += v->tree[child];
  if (v->depth[index] <= v->depth[child]) v->depth[index] = v->depth[child] + 1;
  return v->tree[index] <= LIMIT_NODE_TREE || REJECT(NODES, index, "its tree is too large");
}

static bool check_node(struct verifier *v, uint32_t index) {
  const struct image_node *node = &v->image->NODES[index];
  if (node->kind >= NODE_KIND_COUNT) return REJECT(NODES, index, "there is no such kind of node");
  if (!nuo__verify_is_str(v, node->name)) return REJECT(NODES, index, "its name is not a string");
  if (node->reg >= nuo__verify_reg_count(v, node->reg_class))
    return REJECT(NODES, index, "it has no register");
  if (!nuo__verify_is_range(node->child_first, node->child_count, v->image->NODE_LIST_count)) {
    return REJECT(NODES, index, "its children do not exist");
  }
  if (!nuo__verify_spend(v, SECTION_NODES, index, node->child_count)) return false;
  v->tree[index] = 1;
  v->depth[index] = 1;
  for (uint32_t c = node->child_first; c < node->child_first + node->child_count; c++) {
    if (!check_child(v, index, v->image->NODE_LIST[c])) return false;
  }
  if (v->depth[index] > LIMIT_NODE_DEPTH) return REJECT(NODES, index, "its tree is too deep");
  return check_node_kind(v, index);
}

// ---- nodes in a rule ----

// The type of list that a value of a kind needs.
static unsigned list_type(uint8_t kind, uint8_t element) {
  if (kind != VALUE_LIST) return 0;
  return element == VALUE_TEXT ? LIST_OF_TEXTS : LIST_OF_NUMBERS;
}

static bool check_tree(struct verifier *v, uint32_t rule, uint32_t index) {
  const struct image *image = v->image;
  const struct image_node *node = &image->NODES[index];
  unsigned list = 0;
  if (v->node_rule[index] == rule + 1) return true;
  v->node_rule[index] = rule + 1;
  if (!nuo__verify_spend(v, SECTION_RULES, rule, 1 + node->child_count)) return false;
  if (node->kind == NODE_FIELD) {
    const struct image_field *field = &image->FIELDS[node->aux];
    if (field->event != image->RULES[rule].event)
      return REJECT(RULES, rule, "its evidence is another event's");
    list = list_type(field->kind, field->element);
  }
  if (!nuo__verify_is_readable(v, node->reg_class, node->reg, list)) {
    return REJECT(NODES, index, "its register holds nothing after the code of its rule");
  }
  if (node->kind == NODE_COUNT) {
    if (v->kind != BLOCK_COLD_STATE) return REJECT(NODES, index, "it counts for a rule that needs no memory");
    const struct image_counter *counter = &image->COUNTERS[node->aux];
    if (!nuo__verify_is_key(v, counter->key_kinds, counter->key_count, node->arguments))
      return REJECT(NODES, index, "its key holds nothing after the code of its rule");
    if (node->reason != IMAGE_NO_REG && !nuo__verify_is_readable(v, REG_COLUMN, node->reason, 0))
      return REJECT(NODES, index, "its limit holds nothing after the code of its rule");
  }
  for (uint32_t c = node->child_first; c < node->child_first + node->child_count; c++) {
    if (!check_tree(v, rule, image->NODE_LIST[c])) return false;
  }
  return true;
}

static bool check_root(struct verifier *v, uint32_t rule, uint32_t node) {
  if (node >= v->image->NODES_count) return REJECT(RULES, rule, "a condition of it does not exist");
  if (v->image->NODES[node].reg_class != REG_PLANE)
    return REJECT(RULES, rule, "a condition of it is a value");
  return nuo__verify_spend(v, SECTION_RULES, rule, v->tree[node]) && check_tree(v, rule, node);
}

// ---- messages ----

static bool check_part(struct verifier *v, uint32_t index) {
  const struct image_part *part = &v->image->PARTS[index];
  if (!nuo__verify_is_str(v, part->literal)) return REJECT(PARTS, index, "its text is not a string");
  if (part->sensitive > 1 || part->chinese > 1) return REJECT(PARTS, index, "a flag is neither 0 nor 1");
  if (part->kind == PART_LITERAL) return true;
  if (part->kind != PART_VALUE || part->value_kind >= VALUE_KIND_COUNT ||
      (part->value_kind == VALUE_LIST ? part->element >= VALUE_LIST : part->element != 0)) {
    return REJECT(PARTS, index, "there is no such kind of value");
  }
  if (!nuo__verify_is_range(part->enum_first, part->enum_count, v->image->ENUMERATORS_count)) {
    return REJECT(PARTS, index, "its enumerators do not exist");
  }
  if (!nuo__verify_class_fits(part->value_kind, part->reg_class)) {
    return REJECT(PARTS, index, "its register is of the wrong class");
  }
  return nuo__verify_is_readable(v, part->reg_class, part->reg, list_type(part->value_kind, part->element)) ||
         REJECT(PARTS, index, "its register holds nothing after the code of its rule");
}

static bool check_parts(struct verifier *v, uint32_t rule, uint32_t first, uint32_t count) {
  if (!nuo__verify_is_range(first, count, v->image->PARTS_count)) {
    return REJECT(RULES, rule, "its message does not exist");
  }
  if (!nuo__verify_spend(v, SECTION_RULES, rule, count)) return false;
  for (uint32_t p = first; p < first + count; p++) {
    if (!check_part(v, p)) return false;
  }
  return true;
}

// ---- actions and exceptions ----

static bool check_instant(struct verifier *v, uint32_t rule, uint16_t column) {
  return column == IMAGE_NO_REG || nuo__verify_is_readable(v, REG_COLUMN, column, 0) ||
         REJECT(RULES, rule, "the time of a deferral is not made by its code");
}

static bool check_action(struct verifier *v, uint32_t rule, const struct image_action *action) {
  if (action->kind > NUO_BLOCK || action->is_label > 1 || action->unused != 0) {
    return REJECT(RULES, rule, "there is no such action");
  }
  if (action->kind == NUO_DEFER && action->until == IMAGE_NO_REG) {
    return REJECT(RULES, rule, "its deferral has no time");
  }
  if (!check_instant(v, rule, action->until) || !check_instant(v, rule, action->deadline)) return false;
  bool is_strip = action->kind == NUO_AMEND && action->is_label == 0;
  if (action->field == IMAGE_NONE
          ? is_strip
          : action->field >= v->image->FIELDS_count ||
                v->image->FIELDS[action->field].event != v->image->RULES[rule].event) {
    return REJECT(RULES, rule, "the field to strip is not one of the event's");
  }
  return check_parts(v, rule, action->part_first, action->part_count);
}

static bool check_exceptions(struct verifier *v, uint32_t rule) {
  const struct image_rule *r = &v->image->RULES[rule];
  if (!nuo__verify_is_range(r->exception_first, r->exception_count, v->image->EXCEPTIONS_count)) {
    return REJECT(RULES, rule, "its exceptions do not exist");
  }
  for (uint32_t e = r->exception_first; e < r->exception_first + r->exception_count; e++) {
    const struct image_exception *exception = &v->image->EXCEPTIONS[e];
    if (!nuo__verify_is_str(v, exception->label) || !nuo__verify_is_str(v, exception->label_zh)) {
      return REJECT(EXCEPTIONS, e, "its label is not a string");
    }
    if (exception->unused != 0 || !nuo__verify_is_readable(v, REG_PLANE, exception->plane, 0)) {
      return REJECT(EXCEPTIONS, e, "its plane is not made by the code of its rule");
    }
    if (!nuo__verify_spend(v, SECTION_EXCEPTIONS, e, 1) || !check_root(v, rule, exception->node))
      return false;
  }
  return true;
}

// ---- rules ----

static bool check_references(struct verifier *v, uint32_t rule) {
  const struct image *image = v->image;
  const struct image_rule *r = &image->RULES[rule];
  if (!nuo__verify_is_str(v, r->name) || !nuo__verify_is_str(v, r->name_zh) ||
      !nuo__verify_is_str(v, r->title)) {
    return REJECT(RULES, rule, "a name is not a string");
  }
  if (r->event >= image->EVENTS_count) return REJECT(RULES, rule, "its event does not exist");
  if (r->pack != IMAGE_NONE && r->pack >= image->PACKS_count) {
    return REJECT(RULES, rule, "its policy does not exist");
  }
  if (r->clause != IMAGE_NONE && r->clause >= image->CLAUSES_count) {
    return REJECT(RULES, rule, "its clause does not exist");
  }
  if (r->severity != IMAGE_NONE && r->severity >= image->SEVERITIES_count) {
    return REJECT(RULES, rule, "its severity does not exist");
  }
  if (!nuo__verify_is_range(r->cite_first, r->cite_count, image->STRING_LIST_count)) {
    return REJECT(RULES, rule, "its citations do not exist");
  }
  return r->core_negated <= 1 || REJECT(RULES, rule, "core_negated is neither 0 nor 1");
}

// Rules that are one breach can be told apart by their ranks, so they are no more than these.
static bool check_same(struct verifier *v, uint32_t rule) {
  const struct image_rule *r = &v->image->RULES[rule];
  if (r->same == IMAGE_NONE && r->same_rank == 0) return true;
  if (r->same >= v->image->RULES_count || r->same_rank >= LIMIT_SAME)
    return REJECT(RULES, rule, "it is one breach with others, of which there is no such number or rank");
  const uint32_t bit = UINT32_C(1) << r->same_rank;
  if (v->same_ranks[r->same] & bit)
    return REJECT(RULES, rule, "another rule has its rank in the same breach");
  v->same_ranks[r->same] |= bit;
  return true;
}

// What is told of a finding, with the registers that the cold block has made.
static bool check_told(struct verifier *v, uint32_t rule) {
  const struct image_rule *r = &v->image->RULES[rule];
  if (r->scope_node != IMAGE_NONE && !check_root(v, rule, r->scope_node)) return false;
  return check_root(v, rule, r->core_node) && check_exceptions(v, rule) &&
         check_action(v, rule, &r->action) && check_action(v, rule, &r->undetermined) &&
         check_parts(v, rule, r->part_first, r->part_count) && nuo__verify_raises(v, rule);
}

bool nuo__verify_rules(struct verifier *v) {
  for (uint32_t n = 0; n < v->image->NODES_count; n++) {
    if (!check_node(v, n)) return false;
  }
  for (uint32_t r = 0; r < v->image->RULES_count; r++) {
    const struct image_rule *rule = &v->image->RULES[r];
    if (!check_references(v, r) || !check_same(v, r)) return false;
    enum block_kind kind = v->rule_fired[r] == 1 + BLOCK_STATE ? BLOCK_COLD_STATE : BLOCK_COLD;
    if (!nuo__verify_code(v, rule->cold_first, rule->cold_count, rule->event, r, kind) || !check_told(v, r))
      return false;
    nuo__verify_code_done(v);
  }
  return true;
}
