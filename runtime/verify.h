// SPDX-License-Identifier: Apache-2.0
// What the files of the verifier share. The verifier proves an image safe in time linear in its size; what
// several rules share, so that walking it for each of them might take longer, is paid from a budget.
// Included by runtime/verify*.c and by nobody else.
#ifndef NUO_RUNTIME_VERIFY_H
#define NUO_RUNTIME_VERIFY_H

#include "runtime/image.h"
#include "runtime/limits.h"
#include "runtime/nuo.h"

// What the elements of a list register are in the lanes that the code at hand runs for.
enum list_type { LIST_OF_NUMBERS = 1, LIST_OF_TEXTS, LIST_UNKNOWN_ALWAYS };

// What a block of code is for, and so what it may do with the memory.
enum block_kind {
  BLOCK_CODE,        // an event's stateless rules
  BLOCK_STATE,       // an event's stateful rules: reads facts and counters
  BLOCK_EFFECT,      // what an event changes: reads first, then changes
  BLOCK_COLD,        // the evidence of a stateless rule
  BLOCK_COLD_STATE,  // the evidence of a stateful rule: reads
};

struct verifier {
  struct image *image;
  const nuo_allocator *allocator;
  nuo_error *error;
  nuo_status status;
  uint64_t budget;  // steps that shared parts may still take

  // Scratch; see new_scratch. Arrays by register are indexed by `first_of[class] + register`.
  uint32_t first_of[REG_NONE], reg_total;
  uint32_t *words;  // one block for all arrays of uint32_t
  size_t word_count;
  uint8_t *bytes;  // one block for all arrays of uint8_t
  size_t byte_count;
  uint32_t *reg_event;   // by register: 1 + the last event that has a field in it
  uint32_t *trail;       // registers in the order in which the code defined them
  uint32_t *run;         // by item: where the ascending run begins that the item belongs to
  uint32_t *tree;        // by node: nodes of its tree, shared ones as often as they are used
  uint32_t *depth;       // by node
  uint32_t *node_rule;   // by node: 1 + the last rule for which its registers were checked
  uint32_t *same_ranks;  // by number of what is one breach: bits of the ranks that its rules have
  uint8_t *defined;      // by register: 0, or 1; for a list an enum list_type
  uint8_t *member_seen, *field_seen;
  uint8_t *rule_fired;  // by rule: 0, or 1 + the enum block_kind that fires it

  // The block of code at hand.
  uint32_t event;  // whose lanes it runs for; IMAGE_NONE before the first
  uint32_t rule;   // IMAGE_NONE for an event's block, else the rule whose cold block it is
  enum block_kind kind;
  bool has_changed;    // it has changed the memory: no more reading
  uint32_t opening;    // IMAGE_NONE, or OPENINGS: it is the code for each value
  uint64_t each_cost;  // instructions that run for each value
  uint32_t trail_len;
};

// Refuses the image: "SECTION index: reason". Always false.
bool nuo__verify_reject(struct verifier *v, enum image_section_id section, uint32_t index,
                        const char *reason);
// Takes `steps` from the budget; refuses the image when it is used up.
bool nuo__verify_spend(struct verifier *v, enum image_section_id section, uint32_t index, uint64_t steps);

// Whether [first, first + count) lies in [0, total).
static inline bool nuo__verify_is_range(uint32_t first, uint32_t count, uint32_t total) {
  return first <= total && count <= total - first;
}
// Whether a string lies in valid UTF-8 of `size` bytes and begins and ends between characters.
bool nuo__verify_is_text(const char *bytes, uint32_t size, struct image_str str);
// The same for STRINGS.
bool nuo__verify_is_str(const struct verifier *v, struct image_str str);

// How many registers of a class there are, and how many of them belong to fields.
uint32_t nuo__verify_reg_count(const struct verifier *v, unsigned reg_class);
uint32_t nuo__verify_field_count(const struct verifier *v, unsigned reg_class);
// Whether a register class can hold values of a kind.
bool nuo__verify_class_fits(unsigned kind, unsigned reg_class);

// PROGRAM to NATIVES, ARGUMENTS, CLAUSES, SEVERITIES, SOURCE: what does not depend on code (verify_schema.c).
bool nuo__verify_schema(struct verifier *v);
// The blocks of all events (verify_code.c).
bool nuo__verify_events_code(struct verifier *v);
// Proves one block; afterwards `defined` tells which registers hold values at its end, until
// nuo__verify_code_done.
bool nuo__verify_code(struct verifier *v, uint32_t first, uint32_t count, uint32_t event, uint32_t rule,
                      enum block_kind kind);
void nuo__verify_code_done(struct verifier *v);
// Whether ARGUMENTS from `first` on give a key of these kinds, in registers that can be read here.
bool nuo__verify_is_key(const struct verifier *v, const uint8_t *kinds, uint8_t count, uint32_t first);
// Whether a key may have these kinds (verify_schema.c).
bool nuo__verify_is_kinds(const uint8_t kinds[IMAGE_KEY_MAX], uint8_t count);
// Proves the code of an opening that runs where EACH stands (verify_code.c).
bool nuo__verify_each_code(struct verifier *v, uint32_t at, uint32_t opening);
// DUTIES, STEPS and the types of derived events, before the code; then the instructions on duties with their
// OPENINGS, what breaches of an event take over, and RAISES of a rule whose cold block has been proved
// (verify_duty.c).
bool nuo__verify_duties(struct verifier *v);
bool nuo__verify_duty_code(struct verifier *v, uint32_t at);
bool nuo__verify_breaches(struct verifier *v, uint32_t event);
bool nuo__verify_raises(struct verifier *v, uint32_t rule);
// Whether a register can be read here; for a list `list_type` are the elements wanted, 0 for any.
bool nuo__verify_is_readable(const struct verifier *v, unsigned reg_class, uint32_t reg, unsigned list_type);
// ADAPTERS with all that they are made of (verify_adapter.c).
bool nuo__verify_adapters(struct verifier *v);
// NODES, and RULES with their cold blocks, EXCEPTIONS and PARTS (verify_rule.c).
bool nuo__verify_rules(struct verifier *v);

#endif
