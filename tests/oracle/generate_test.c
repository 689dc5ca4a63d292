// SPDX-License-Identifier: Apache-2.0
// Tests in a random policy: a sample, and tests that take it over but for some fields, and give parameters
// other values. Nobody runs them here; they have to compile, to change nothing of the program, and to be laid
// out. Called by generate_policy.c.
#include "tests/oracle/generate_decl.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}

static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}

// One that a test may leave out, and that is not known by something else.
static bool is_free(const struct gfield *f) {
  return f->optional && !f->record_optional;
}

// The fields of an event in braces, and which of them stand there. Several events cannot have one identity.
static uint32_t put_fields(struct gen *g, const struct gevent *event, bool named) {
  uint32_t given = 0;
  gen_punct(g, '{');
  put(g, " ");
  for (uint32_t i = 0; i < event->count; i++) {
    const struct gfield *f = &event->fields[i];
    if ((is_free(f) && chance(g, 40)) || (!named && (int)i == event->identity)) continue;
    if (given != 0) put(g, ", ");
    gen_field(g, f);
    put(g, ": ");
    gen_literal(g, f->type);
    given |= 1U << i;
  }
  put(g, " }\n");
  return given;
}

static void put_step(struct gen *g, const char *en, const char *zh, const struct gevent *event) {
  put(g, "  ");
  gen_kw(g, en, zh);
  if (en[0] == 'g' && chance(g, 30)) {
    buf_printf(g->out, "%u ", 2 + rng_below(g->rng, 4));
    gen_kw(g, "times", "次");
  }
  gen_name(g, &event->name);
  put(g, " ");
}

// `without a, b`: of the fields that the sample has.
static void put_without(struct gen *g, const struct gevent *event, uint32_t given) {
  bool any = false;
  for (uint32_t i = 0; i < event->count; i++) {
    if ((given >> i & 1) == 0 || !is_free(&event->fields[i]) || !chance(g, 50)) continue;
    if (any)
      put(g, ", ");
    else
      gen_kw(g, "without", "不带");
    gen_field(g, &event->fields[i]);
    any = true;
  }
}

static void put_given_parameter(struct gen *g) {
  const struct gparameter *p = &g->schema->parameters[rng_below(g->rng, g->schema->parameter_count)];
  put(g, "  ");
  gen_kw(g, "given", "已知");
  gen_kw(g, "parameter", "参数");
  gen_name(g, &p->name);
  put(g, " = ");
  if (p->form == FORM_SCALAR && chance(g, 20))
    gen_kw(g, "unset", "待填");
  else if (p->form == FORM_RANGE)
    gen_range(g, p->type.kind);
  else if (p->form == FORM_SET)
    gen_set(g, p->type);
  else
    gen_literal(g, p->type);
  put(g, "\n");
}

static void put_expectation(struct gen *g) {
  put(g, "  ");
  gen_kw(g, "expect", "预期");
  if (chance(g, 40)) {
    gen_kw(g, "breach of", "违反");
    gen_name(g, &g->schema->rules[rng_below(g->rng, g->schema->exceptions_from)]);
  } else if (chance(g, 50)) {
    gen_kw(g, "nothing", "无事");
  } else {
    gen_kw(g, "allow", "放行");
  }
  put(g, "\n}\n");
}

static void put_title(struct gen *g, const char *en, const char *zh, const char *title) {
  gen_kw(g, en, zh);
  gen_string(g, title);
  put(g, " {\n");
}

void gen_tests(struct gen *g) {
  const struct gevent *event = &g->schema->events[rng_below(g->rng, g->schema->event_count)];
  put_title(g, "sample", "样例", "样例 a");
  put_step(g, "when", "当", event);
  const uint32_t given = put_fields(g, event, chance(g, 70));
  put(g, "}\n");
  put_title(g, "test", "测试", "测试 b");
  if (g->schema->parameter_count > 0) put_given_parameter(g);
  if (chance(g, 50)) {
    put_step(g, "given", "已知", event);
    put_fields(g, event, false);
  }
  put_step(g, "when", "当", event);
  gen_kw(g, "like", "仿照");
  gen_string(g, "样例 a");
  put(g, " ");
  put_without(g, event, given);
  put(g, " {}\n");
  put_expectation(g);
}
