// SPDX-License-Identifier: Apache-2.0
// A policy that uses another one: which of the two is written, what names mean there, and what stands in both
// and is one breach. What both speak of lies in a module. Called by generate_policy.c and generate_duty.c.
#include "tests/oracle/generate_decl.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}

void gen_enter_pack(struct gen *g, bool inner) {
  g->is_inner = inner;
  g->out = inner ? g->inner : g->outer;
}

void gen_outer_name(struct gen *g, const struct gname *name, bool inner) {
  if (inner && !g->is_inner) {
    gen_name(g, &g->pack);
    buf_put(g->out, ".");
  }
  gen_name(g, name);
}

void gen_join(struct gen *g, const struct gname *outer, const struct gname *inner, const struct gname *more) {
  const bool turned = chance(g, 50);
  g->out = &g->joined;
  g->is_inner = false;
  gen_kw(g, "same breach", "同一违约");
  gen_punct(g, '{');
  if (more->en[0] != '\0') {
    gen_outer_name(g, more, true);
    gen_punct(g, ',');
  }
  gen_outer_name(g, turned ? inner : outer, turned);
  gen_punct(g, ',');
  gen_outer_name(g, turned ? outer : inner, !turned);
  gen_punct(g, '}');
  buf_put(g->out, "\n");
  gen_enter_pack(g, false);
}

void gen_fork(struct gen *g) {
  if (g->fork != NULL) *g->rng = *g->fork;
  g->fork = NULL;
}

void gen_in_packs(struct gen *g, struct gname (*put)(struct gen *g)) {
  const uint32_t where = g->inner == NULL ? 0 : rng_below(g->rng, 4);
  if (where < 2) {
    if (g->inner != NULL) gen_enter_pack(g, where == 1);
    put(g);
    if (g->inner != NULL) gen_enter_pack(g, false);
    return;
  }
  // The same choices make the same, but for its name and what was said meanwhile; as far as they go.
  const struct rng before = *g->rng;
  const struct gname outer = put(g);
  const struct rng after = *g->rng;
  struct rng other = {rng_next(g->rng)};
  *g->rng = before;
  if (where == 3) g->fork = &other;
  gen_enter_pack(g, true);
  const struct gname inner = put(g);
  g->fork = NULL;
  // The policy that is used may have two of it.
  struct gname more = {.two = false};
  if (rng_chance(&other, 30)) {
    *g->rng = before;
    more = put(g);
  }
  gen_enter_pack(g, false);
  *g->rng = after;
  if (outer.en[0] != '\0' && inner.en[0] != '\0') gen_join(g, &outer, &inner, &more);
}
