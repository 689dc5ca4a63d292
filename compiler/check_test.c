// SPDX-License-Identifier: Apache-2.0
// The author's own tests: the events, fields, values and rules that they name are looked up, and what a step
// takes over from a sample is put in. Called by nuo__check last; test_run.c runs what comes out.
#include <string.h>

#include "compiler/check.h"
#include "runtime/limits.h"

// ---- events ----

// Values of a step by field: those of the sample first, its own on top.
static void give_values(struct checker *c, const struct event_info *event, const init_list *inits,
                        struct expr **values) {
  for (uint32_t i = 0; i < inits->count; i++) {
    const struct init *init = &inits->at[i];
    const struct field *field = nuo__check_field(c, &event->root, &init->path, init->span);
    if (field == NULL || init->value == NULL) continue;
    struct expr *value = nuo__check_constant(c, init->value, field->type, DIAG_N0586);
    if (value != NULL) values[field->index] = value;
  }
}

static const struct model_test *sample_titled(struct checker *c, struct str title) {
  for (uint32_t i = 0; i < c->program->tests.count; i++) {
    const struct model_test *test = c->program->tests.at[i];
    if (test->sample && nuo__str_equal(test->title, title)) return test;
  }
  return NULL;
}

static void report_no_sample(struct checker *c, const struct expr *like) {
  VEC(struct str) titles = {0};
  for (uint32_t i = 0; i < c->program->tests.count; i++)
    if (c->program->tests.at[i]->sample) VEC_PUSH(c->arena, &titles, c->program->tests.at[i]->title);
  REPORT(c, N0580, like->span, TEXT(like->text))->suggestion =
      nuo__diag_suggest(like->text, titles.at, titles.count);
}

// Whether anything was there to be taken away: a field, or a group of them.
static bool clear_values(const struct member *member, struct expr **values) {
  bool any = false;
  for (uint32_t i = 0; i < member->members.count; i++) any |= clear_values(member->members.at[i], values);
  if (member->field == NULL) return any;
  any = values[member->field->index] != NULL;
  values[member->field->index] = NULL;
  return any;
}

static void take_away(struct checker *c, const struct event_info *event, const struct like_decl *like,
                      struct expr **values) {
  for (uint32_t i = 0; i < like->without.count; i++) {
    const struct expr *path = like->without.at[i];
    const struct member *member = nuo__check_member(c, &event->root, &path->path);
    if (member == NULL || clear_values(member, values)) continue;
    REPORT(c, N0593, path->span, TEXT(nuo__path_text(c, &path->path)), TEXT(like->title->text));
  }
}

// The last event of its type in a sample that stands before.
static void take_over(struct checker *c, const struct expr *like, struct model_step *step) {
  const struct model_test *sample = sample_titled(c, like->text);
  if (sample == NULL) {
    report_no_sample(c, like);
    return;
  }
  for (uint32_t i = sample->steps.count; i-- > 0;) {
    const struct model_step *from = &sample->steps.at[i];
    if (from->kind == STEP_EXPECT || from->event != step->event || from->adapter != NULL) continue;
    memcpy(step->values, from->values, step->event->fields.count * sizeof *step->values);
    return;
  }
  REPORT(c, N0581, like->span, TEXT(like->text), nuo__names_arg(step->event->names))->also = sample->span;
}

// A value that is not given is a mistake only where nothing else is put in its place (test_event.c).
static void check_given(struct checker *c, const struct model_step *step) {
  const struct event_type *event = step->event;
  for (uint32_t i = 0; i < event->fields.count; i++) {
    const struct field *field = event->fields.at[i];
    if (step->values[i] != NULL || field->optional || field == event->time || field == event->identity)
      continue;
    REPORT(c, N0585, step->span, nuo__names_arg(event->names),
           nuo__names_arg((struct names){.en = field->path, .zh = field->path_zh}));
    return;
  }
}

static const struct event_info *info_of(struct checker *c, const struct event_type *type) {
  for (uint32_t i = 0; i < c->event_infos.count; i++)
    if (c->event_infos.at[i]->type == type) return c->event_infos.at[i];
  return NULL;
}

// The event that the adapter makes of a vendor's text; what it lacks shows when the test runs.
static const struct event_info *adapted_event(struct checker *c, const struct test_step *written,
                                              struct model_step *step) {
  const struct symbol *symbol = nuo__resolve(c, SPACE_ADAPTERS, &written->event, DIAG_N1016);
  if (symbol == NULL) return NULL;
  if (symbol->decl->adapter.route != NULL)
    REPORT(c, N1017, written->event.span, nuo__names_arg(symbol->names));
  if (symbol->object == NULL || symbol->decl->adapter.route != NULL) return NULL;
  step->adapter = symbol->object;
  if (written->vendor.headers != NULL) step->headers = written->vendor.headers->text;
  if (written->vendor.body != NULL) step->body = written->vendor.body->text;
  return info_of(c, step->adapter->event);
}

static const struct event_info *plain_event(struct checker *c, const struct test_step *written) {
  const struct symbol *symbol = nuo__resolve(c, SPACE_EVENTS, &written->event, DIAG_N0310);
  return symbol == NULL ? NULL : symbol->object;
}

static void check_event_step(struct checker *c, const struct test_step *written, struct model_step *step) {
  const bool adapted = written->vendor.headers != NULL || written->vendor.body != NULL;
  const struct event_info *event = adapted ? adapted_event(c, written, step) : plain_event(c, written);
  if (event == NULL) return;
  step->event = event->type;
  step->values = nuo__arena_alloc(c->arena, (step->event->fields.count + 1) * sizeof(struct expr *));
  const uint32_t errors = c->diags->errors;
  if (written->like.title != NULL) take_over(c, written->like.title, step);
  if (c->diags->errors == errors) take_away(c, event, &written->like, step->values);
  give_values(c, event, &written->inits, step->values);
  if (c->diags->errors == errors && step->adapter == NULL) check_given(c, step);
}

// ---- expectations ----

struct rule *nuo__check_rule_name(struct checker *c, const struct name *name, bool only_duties) {
  const struct symbol *symbol = nuo__resolve(c, SPACE_RULES, name, DIAG_N0311);
  if (symbol == NULL) return NULL;
  if (symbol->kind == SYMBOL_EXCEPTION) {
    REPORT(c, N0529, name->span, TEXT(name->text))->also = symbol->span;
    return NULL;
  }
  if (only_duties && symbol->kind != SYMBOL_DUTY)
    REPORT(c, N0584, name->span, TEXT(name->text))->also = symbol->span;
  return symbol->object;
}

static void check_rule_name(struct checker *c, const struct name *name, struct model_step *step) {
  const bool about_duties = step->expectation >= EXPECT_OPEN && step->expectation <= EXPECT_DISCHARGED;
  const struct rule *rule = nuo__check_rule_name(c, name, about_duties);
  if (rule != NULL) VEC_PUSH(c->arena, &step->rules, rule);
}

static struct expr *check_moment(struct checker *c, const struct expr *written) {
  struct expr *moment = nuo__check_constant(c, written, NULL, DIAG_N0586);
  if (moment == NULL || nuo__type_in(moment->type, BIT(TYPE_CLOCK) | BIT(TYPE_INSTANT))) return moment;
  REPORT(c, N0515, written->span, nuo__type_arg(c, moment->type));
  return NULL;
}

// `expect defer until 08:00` and `expect defer by quiet_hours until 08:00` say the same.
static void check_verdict(struct checker *c, const struct test_step *written, struct model_step *step) {
  struct model_action *verdict = ARENA_NEW(c->arena, struct model_action);
  verdict->kind = written->verdict->kind;
  const struct expr *until = written->until;
  if (written->verdict->value != NULL) {
    if (verdict->kind == ACTION_DEFER)
      until = written->verdict->value;
    else
      verdict->value =
          nuo__check_constant(c, written->verdict->value, nuo__type_simple(TYPE_TEXT), DIAG_N0586);
  }
  if (until != NULL) verdict->value = check_moment(c, until);
  step->verdict = verdict;
}

static void check_expectation(struct checker *c, const struct test_step *written,
                              const struct model_test *test, struct model_step *step) {
  const bool is_first = test->steps.count == 0;
  step->expectation = written->expectation;
  if (written->at != NULL)
    step->at = nuo__check_constant(c, written->at, nuo__type_simple(TYPE_INSTANT), DIAG_N0586);
  else if (is_first)
    REPORT0(c, N0583, written->span);
  if (written->verdict != NULL) check_verdict(c, written, step);
  if (written->verdict != NULL && written->at != NULL) REPORT0(c, N0587, written->span);
  for (uint32_t i = 0; i < written->rules.count; i++) check_rule_name(c, &written->rules.at[i], step);
}

// ---- tests ----

static void check_title(struct checker *c, const struct model_test *test, struct span span) {
  for (uint32_t i = 0; i < c->program->tests.count; i++) {
    if (!nuo__str_equal(c->program->tests.at[i]->title, test->title)) continue;
    REPORT(c, N0582, span, TEXT(test->title))->also = c->program->tests.at[i]->span;
    return;
  }
}

// When it happens as far as the test says; an event whose `time` names no field has none.
static const struct expr *time_of(const struct model_step *step) {
  if (step->kind == STEP_EXPECT) return step->at;
  return step->event == NULL || step->event->time == NULL ? NULL : step->values[step->event->time->index];
}

// Looking back, `at` would find that nothing has happened, whatever the rules say.
static void check_order(struct checker *c, const struct model_test *test) {
  int64_t now = INT64_MIN;
  for (uint32_t i = 0; i < test->steps.count; i++) {
    const struct model_step *step = &test->steps.at[i];
    const struct expr *time = time_of(step);
    if (time == NULL) continue;
    if (time == step->at && time->number < now) REPORT0(c, N0589, time->span);
    now = time->number;
  }
}

// A length that is written in where a parameter stands has to be one there.
static void take_settings(struct checker *c, const struct decl *decl, struct model_test *test) {
  for (uint32_t i = 0; i < c->trials.count; i++) {
    const struct test_setting *setting = &c->trials.at[i].setting;
    if (c->trials.at[i].decl != decl) continue;
    const struct parameter_value *value = &setting->parameter->tried.at[setting->tried];
    VEC_PUSH(c->arena, &test->settings, *setting);
    if (setting->parameter->places.count == 0) continue;
    if (value->unset)
      REPORT(c, N0703, decl->span, nuo__names_arg(setting->parameter->names))->also =
          setting->parameter->span;
    else if (value->value->number <= 0)
      REPORT(c, N0544, value->value->span, nuo__names_arg(setting->parameter->names));
  }
}

// Each of several is an event of its own, with the identity that the run gives it (test_event.c).
static uint32_t check_times(struct checker *c, const struct test_step *written,
                            const struct model_step *step) {
  if (written->times == NULL || step->event == NULL) return 1;
  const int64_t times = written->times->number;
  if (times < 2 || times > LIMIT_TEST_TIMES) {
    REPORT(c, N0595, written->times->span, nuo__diag_number(c->diags, LIMIT_TEST_TIMES));
    return 1;
  }
  const struct field *identity = step->event->identity;
  if (identity != NULL && step->values[identity->index] != NULL)
    REPORT(c, N0594, written->times->span,
           nuo__names_arg((struct names){.en = identity->path, .zh = identity->path_zh}));
  return (uint32_t)times;
}

static void check_test(struct checker *c, const struct decl *decl) {
  struct model_test *test = ARENA_NEW(c->arena, struct model_test);
  *test = (struct model_test){.title = decl->test.title->text,
                              .sample = decl->test.sample,
                              .clause = nuo__clause_index(c, decl->span.file, decl->clause),
                              .span = decl->span};
  check_title(c, test, decl->test.title->span);
  take_settings(c, decl, test);
  bool expects = false;
  for (uint32_t i = 0; i < decl->test.steps.count; i++) {
    const struct test_step *written = &decl->test.steps.at[i];
    struct model_step step = {.kind = written->kind, .span = written->span};
    if (written->kind == STEP_EXPECT)
      check_expectation(c, written, test, &step);
    else
      check_event_step(c, written, &step);
    expects = expects || written->kind == STEP_EXPECT;
    for (uint32_t times = check_times(c, written, &step); times > 0; times--)
      VEC_PUSH(c->arena, &test->steps, step);
  }
  check_order(c, test);
  if (!expects && !test->sample) REPORT(c, N0588, decl->span, TEXT(test->title));
  VEC_PUSH(c->arena, &c->program->tests, test);
}

void nuo__check_tests(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_TEST && c->decls.at[i]->test.title != NULL &&
        nuo__pack_at(c, c->decls.at[i]->span) == NULL)
      check_test(c, c->decls.at[i]);
}
