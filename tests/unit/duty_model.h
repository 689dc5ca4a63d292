// SPDX-License-Identifier: Apache-2.0
// Checked programs with duties that are put together by hand, for tests of what comes behind the checker: the
// events, facts and rules are source; expressions come from rules named x_…, which are taken out again.
#ifndef NUO_TESTS_UNIT_DUTY_MODEL_H
#define NUO_TESTS_UNIT_DUTY_MODEL_H

#include "compiler/front.h"
#include "compiler/model.h"
#include "runtime/program.h"

struct duty_model {
  struct arena *arena;
  struct diagnostics diags;
  struct source_file files[1];
  struct program *program;
};

// Checks a source without `use`; it has to be without mistakes.
void model_begin(struct duty_model *m, const char *source);
void model_end(struct duty_model *m);

struct event_type *model_event(const struct duty_model *m, const char *name);
const struct fact *model_fact(const struct duty_model *m, const char *name);
struct rule *model_rule(const struct duty_model *m, const char *name);
struct field *model_field(const struct event_type *type, const char *path);
// The condition of the rule `name`; of `left is right` the sides are ->left and ->right.
struct expr *model_expr(const struct duty_model *m, const char *name);
// The use of a field, and of a duty's value at hand.
struct expr *model_use(struct duty_model *m, const struct field *field);
struct expr *model_each(struct duty_model *m, const struct duty *duty);

// A duty with its event, whose fields are those of the trigger behind the fixed ones, and with the rule on
// it. `trigger` NULL: a periodic one, whose counter, period and rule's condition are the caller's.
struct duty *model_duty(struct duty_model *m, const char *name, const char *trigger);
struct duty_deadline model_within(struct duty_model *m, int64_t amount, enum unit unit);
struct duty_deadline model_by(struct expr *by);
// The next step: `event` whose `key` (or NULL: no tie) is the duty's first tie.
struct duty_step *model_step(struct duty_model *m, struct duty *duty, const char *event, struct expr *key,
                             struct duty_deadline deadline);
// Another field of a derived event, optional.
struct field *model_add_field(struct duty_model *m, struct event_type *type, const char *path,
                              const struct type *kind);
// The type of breaches, with the fields of all events but those with fields of the same name.
struct event_type *model_breach(struct duty_model *m);
// Forbids `condition`, noting it.
struct rule *model_add_rule(struct duty_model *m, const char *name, struct event_type *event,
                            struct expr *condition);

// The image; verified, in memory that is to be freed.
void *model_image(struct duty_model *m, struct image *image, size_t *size);

#endif
