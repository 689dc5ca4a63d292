// SPDX-License-Identifier: Apache-2.0
// Events that do not come from the host: those that a rule raises, the breach itself, the deadline of a duty
// that was missed. Each is captured as bytes, put into a lane of a batch of its own, one lane a level, and
// decided like any observed event, depth first. Called by turn.c and deadline.c; the captures of raised
// events by decide.c, while the evidence is at hand.
#include <string.h>

#include "runtime/capture.h"
#include "runtime/decide.h"
#include "runtime/failure.h"
#include "runtime/limits.h"
#include "runtime/text.h"

bool nuo__derive_needed(const struct image *image) {
  return image->RAISES_count + image->DUTIES_count + image->BREACHES_count > 0;
}

static nuo_text copy_out(nuo_session *s, const struct text_out *out, size_t start) {
  const size_t len = out->len - start;
  char *copy = nuo__scratch_alloc(&s->scratch, len + 1);
  if (copy == NULL || out->failed) return (nuo_text){NULL, 0};
  memcpy(copy, out->at + start, len);
  return (nuo_text){copy, len};
}

// ---- raised events ----

// The identity that a raise gives, as text.
static nuo_text given_identity(nuo_session *s, const struct pending *p, const struct image_move *move) {
  const struct batch *b = &nuo__version_of(s, p)->batch;
  const size_t start = s->out.len;
  if (move->reg_class == REG_TEXT)
    nuo__out_bytes(&s->out, b->texts[move->reg].at[p->lane], b->texts[move->reg].len[p->lane]);
  else
    nuo__out_integer(&s->out, b->columns[move->reg][p->lane]);
  const nuo_text id = copy_out(s, &s->out, start);
  s->out.len = start;
  return id;
}

// Its cause's, and the rule's name.
static nuo_text made_identity(nuo_session *s, const struct pending *p, const struct image_rule *rule) {
  const struct version *v = nuo__version_of(s, p);
  const size_t start = s->out.len;
  nuo__out_bytes(&s->out, v->batch.id[p->lane].at, v->batch.id[p->lane].len);
  nuo__out_string(&s->out, "/");
  nuo__out_bytes(&s->out, v->program->image.STRINGS + rule->name.at, rule->name.len);
  const nuo_text id = copy_out(s, &s->out, start);
  s->out.len = start;
  return id;
}

static struct raise_capture capture_raise(nuo_session *s, const struct pending *p,
                                          const struct image_rule *rule, const struct image_raise *raise) {
  const struct version *v = nuo__version_of(s, p);
  const struct image *image = &v->program->image;
  const struct image_event *event = &image->EVENTS[raise->event];
  struct raise_capture result = {.missing = IMAGE_NONE, .id = {NULL, 0}};
  const size_t start = s->out.len;
  bool has_time = false;
  for (uint32_t i = 0; i < raise->move_count; i++) {
    const struct image_move *move = &image->MOVES[raise->move_first + i];
    const size_t before = s->out.len;
    nuo__capture(v->program, &v->batch, p->lane, move, 1, &s->out);
    const bool known = s->out.len > before;
    has_time |= move->field == event->time;
    if (known && move->field == event->identity) result.id = given_identity(s, p, move);
    if (known || image->FIELDS[move->field].flags & FIELD_OPTIONAL || result.missing != IMAGE_NONE) continue;
    result.missing = move->field;
  }
  if (!has_time) nuo__capture_number(v->program, event->time, nuo__time_of(v, p->lane), &s->out);
  if (result.id.text == NULL) {
    result.id = made_identity(s, p, rule);
    nuo__capture_text(v->program, event->identity, result.id, &s->out);
  }
  result.captured = copy_out(s, &s->out, start);
  s->out.len = start;
  return result;
}

bool nuo__derive_capture(nuo_session *s, const struct pending *p, struct found *found) {
  const struct image *image = &nuo__version_of(s, p)->program->image;
  const struct image_rule *rule = &image->RULES[found->rule];
  if (rule->raise_count == 0) return true;
  struct raise_capture *raises = nuo__scratch_alloc(&s->scratch, rule->raise_count * sizeof *raises);
  if (raises == NULL) return false;
  for (uint32_t i = 0; i < rule->raise_count; i++)
    raises[i] = capture_raise(s, p, rule, &image->RAISES[rule->raise_first + i]);
  found->raises = raises;
  return !s->out.failed && !s->scratch.failed;
}

// The breaches in the order of the rules; they are linked from the last to the first.
static const struct found **in_order(nuo_session *s, const struct pending *p, size_t *count) {
  *count = p->found_count[OUTCOME_BREACHED];
  const struct found **list = nuo__scratch_alloc(&s->scratch, (*count + 1) * sizeof *list);
  const struct found *at = p->found[OUTCOME_BREACHED];
  for (size_t i = *count; list != NULL && i-- > 0; at = at->next) list[i] = at;
  return list;
}

static size_t raise_total(const struct pending *p, const struct image *image) {
  size_t total = 0;
  for (const struct found *at = p->found[OUTCOME_BREACHED]; at != NULL; at = at->next)
    total += image->RULES[at->rule].raise_count;
  return total;
}

bool nuo__derive_tell(nuo_session *s, const struct pending *p, nuo_decision *d) {
  const struct image *image = &nuo__version_of(s, p)->program->image;
  const size_t total = raise_total(p, image);
  size_t count;
  if (total == 0) return true;
  const struct found **list = in_order(s, p, &count);
  nuo_raised *raised = nuo__scratch_alloc(&s->scratch, total * sizeof *raised);
  if (list == NULL || raised == NULL) return false;
  for (size_t i = 0; i < count; i++) {
    const struct image_rule *rule = &image->RULES[list[i]->rule];
    for (uint32_t k = 0; k < rule->raise_count; k++) {
      const struct raise_capture *capture = &list[i]->raises[k];
      nuo_raised *r = &raised[d->raised_count++];
      *r = (nuo_raised){
          .type = nuo__text_of(image, image->EVENTS[image->RAISES[rule->raise_first + k].event].wire),
          .id = capture->id,
          .rule = nuo__text_of(image, rule->name),
          .pack = nuo__pack_name(image, rule, false),
          .missing = {"", 0}};
      if (capture->missing != IMAGE_NONE)
        r->missing = nuo__text_of(image, image->FIELDS[capture->missing].path);
    }
  }
  d->raised = raised;
  return true;
}

// ---- breaches as events ----

static void put_field(const nuo_program *program, const struct image_event *breach, enum breach_field field,
                      nuo_text value, struct text_out *out) {
  if (value.len > 0) nuo__capture_text(program, breach->field_first + field, value, out);
}

// A rule goes by its outer name; within its own policy it has no other policy's before it.
static nuo_text rule_name(const struct image_breach *told, const nuo_finding *f) {
  const size_t pack = told->is_outer == 0 && f->pack.len > 0 ? f->pack.len + 1 : 0;
  if (f->rule.len < pack) return f->rule;
  return (nuo_text){f->rule.text + pack, f->rule.len - pack};
}

// In another policy's breaches a severity has the policy before it.
static nuo_text severity_name(nuo_session *s, const struct image_breach *told, const nuo_finding *f) {
  const size_t start = s->out.len;
  if (told->is_outer == 0 || f->severity.len == 0) return f->severity;
  nuo__out_bytes(&s->out, f->pack.text, f->pack.len);
  nuo__out_string(&s->out, ".");
  nuo__out_bytes(&s->out, f->severity.text, f->severity.len);
  const nuo_text outer = copy_out(s, &s->out, start);
  s->out.len = start;
  return outer;
}

// Whether breaches of the rule are told as events of that type.
static bool is_told_as(const struct image *image, uint32_t rule, uint32_t type) {
  const struct image_event *event = &image->EVENTS[image->RULES[rule].event];
  for (uint32_t i = event->breach_first; i < event->breach_first + event->breach_count; i++)
    if (image->BREACHES[i].event == type && image->BREACHES[i].pack == image->RULES[rule].pack) return true;
  return false;
}

// What is one breach is told once as events of one type, under the first-named clause that these tell of;
// then *action is the greatest of all such clauses. A policy sees its own each by
// itself: of that they are one it does not know, for who says so has no two of its own among them.
static bool is_told_by_another(const struct image *image, const struct pending *p, const struct found *found,
                               const struct image_breach *told, nuo_action *action) {
  const struct image_rule *own = &image->RULES[found->rule];
  *action = found->finding.action;
  if (own->same == IMAGE_NONE) return false;
  for (const struct found *f = p->found[OUTCOME_BREACHED]; f != NULL; f = f->next) {
    const struct image_rule *rule = &image->RULES[f->rule];
    if (rule->same != own->same || !is_told_as(image, f->rule, told->event)) continue;
    if (told->is_outer == 0 && rule->pack == own->pack) continue;
    if (rule->same_rank < own->same_rank) return true;
    if (f->finding.action > *action) *action = f->finding.action;
  }
  return false;
}

// The fields that every breach has; then those that it takes over from its cause.
static nuo_text capture_breach(nuo_session *s, const struct pending *p, const nuo_decision *d,
                               const struct found *found, const struct image_breach *told,
                               nuo_action action) {
  const struct version *v = nuo__version_of(s, p);
  const struct image *image = &v->program->image;
  const struct image_event *breach = &image->EVENTS[told->event];
  const nuo_finding *f = &found->finding;
  const nuo_text rule = rule_name(told, f), severity = severity_name(s, told, f);
  const size_t start = s->out.len;
  nuo__capture_text(v->program, breach->field_first + BREACH_ID, d->event_id, &s->out);
  nuo__capture_number(v->program, breach->time, d->time, &s->out);
  put_field(v->program, breach, BREACH_EVENT, d->event_type, &s->out);
  put_field(v->program, breach, BREACH_RULE, rule, &s->out);
  put_field(v->program, breach, BREACH_CLAUSE, f->clause, &s->out);
  const char *name = nuo_action_name(action);
  nuo__capture_text(v->program, breach->field_first + BREACH_ACTION, (nuo_text){name, strlen(name)}, &s->out);
  put_field(v->program, breach, BREACH_SEVERITY, severity, &s->out);
  if (told->is_outer == 1) put_field(v->program, breach, BREACH_PACK, f->pack, &s->out);
  nuo__capture(v->program, &v->batch, p->lane, image->MOVES + told->move_first, told->move_count, &s->out);
  const nuo_text captured = copy_out(s, &s->out, start);
  s->out.len = start;
  return captured;
}

// ---- deciding what was derived ----

static bool tells_something(const nuo_decision *d) {
  return d->breach_count + d->undetermined_count + d->excepted_count + d->duty_count + d->raised_count > 0;
}

static bool put_before(nuo_session *s, const nuo_duty_change *changes, size_t count, nuo_decision *d) {
  const size_t total = count + d->duty_count;
  if (count == 0) return true;
  nuo_duty_change *all = nuo__scratch_alloc(&s->scratch, total * sizeof *all);
  if (all == NULL) return false;
  memcpy(all, changes, count * sizeof *all);
  if (d->duty_count > 0) memcpy(all + count, d->duties, d->duty_count * sizeof *all);
  d->duties = all;
  d->duty_count = total;
  return true;
}

// A breach is judged in the zone of its cause.
static void set_zone(struct version *v, const struct image_event *event, uint32_t lane, uint16_t zone) {
  struct batch *b = &v->batch;
  b->zone[lane] = zone;
  if (event->zone == IMAGE_NONE) return;
  const struct image_field *f = &v->program->image.FIELDS[event->zone];
  if (f->reg_class != REG_COLUMN) return;
  b->columns[f->reg][lane] = zone;
  b->column_known[f->reg] |= UINT64_C(1) << lane;
}

// Puts the capture into the lane of its level; what has been found stays.
static bool place(nuo_session *s, const struct derived *derived, struct pending *p) {
  struct version *v = &s->versions[s->version_count + derived->version];
  p->version = (uint32_t)(s->version_count + derived->version);
  p->lane = derived->level;
  p->force = NUO_IN_FORCE;
  if (!nuo__restore(v->program, derived->captured.text, derived->captured.len, derived->event, &v->batch,
                    p->lane, &s->allocator, &s->scratch))
    return false;
  v->batch.count = p->lane + 1;
  if (derived->zone != DERIVED_OWN_ZONE)
    set_zone(v, &v->program->image.EVENTS[derived->event], p->lane, derived->zone);
  return true;
}

// What follows is not decided; the decision from which it follows says so, once.
static bool stop(nuo_session *s, size_t cause, bool deep) {
  nuo_decision *told = &s->decisions[cause];
  if (told->incomplete != NULL) return true;
  nuo_error *why = nuo__scratch_alloc(&s->scratch, sizeof *why);
  if (why == NULL) return false;
  if (deep) {  // the compiler proves that no policy gets here: an image made by hand
    nuo__refuse(
        why,
        "what follows from this breach was not decided: events may derive one another %u levels deep at "
        "most; build the image anew from its policy",
        "由此违反引发的事件没有再作裁决：事件逐级引发，至多 %u 级；请用政策重新生成映像",
        (unsigned)LIMIT_DERIVED_DEPTH);
  } else {
    nuo__refuse(
        why,
        "not all that follows from this breach was decided: %u events at most may follow from one; let "
        "fewer rules raise events or speak of breaches",
        "由此违反引发的事件没有全部裁决：一个事件至多引发 %u 个；请减少触发事件或者针对违约的规则",
        (unsigned)LIMIT_DERIVED_EVENTS);
  }
  why->status = NUO_LIMIT;
  told->incomplete = why;
  return true;
}

static bool follow(nuo_session *s, const struct derived *next, size_t cause) {
  const bool deep = next->level >= LIMIT_DERIVED_DEPTH;
  if (deep || s->derived >= LIMIT_DERIVED_EVENTS) return stop(s, cause, deep);
  s->derived++;
  return nuo__derive_decide(s, next, 1);
}

// What follows from a decision, captured while its lane is as it was.
struct following {
  struct derived *at;
  size_t count, cap;
};

// From the decision that was added last.
static bool follow_all(nuo_session *s, const struct following *following) {
  const size_t cause = s->decision_count - 1;
  for (size_t i = 0; i < following->count; i++)
    if (!follow(s, &following->at[i], cause)) return false;
  return true;
}

static bool add(nuo_session *s, struct following *following, const struct derived *next) {
  if (following->count == following->cap) {
    struct derived *grown = nuo__scratch_grow(&s->scratch, following->at, following->count, &following->cap,
                                              sizeof *following->at);
    if (grown == NULL) return false;
    following->at = grown;
  }
  following->at[following->count++] = *next;
  return next->captured.text != NULL;
}

static bool add_breach(nuo_session *s, const struct pending *p, const nuo_decision *d,
                       const struct found *found, struct derived next, struct following *following) {
  const struct version *v = nuo__version_of(s, p);
  const struct image *image = &v->program->image;
  const struct image_event *event = nuo__event_of(s, p);
  nuo_action action;
  next.zone = v->batch.zone[p->lane];
  for (uint32_t i = 0; i < event->breach_count; i++) {
    const struct image_breach *told = &image->BREACHES[event->breach_first + i];
    if (told->pack != image->RULES[found->rule].pack || is_told_by_another(image, p, found, told, &action))
      continue;
    next.event = told->event;
    next.captured = capture_breach(s, p, d, found, told, action);
    if (!add(s, following, &next)) return false;
  }
  return true;
}

static bool follow_from(nuo_session *s, const struct pending *p, const nuo_decision *d,
                        const struct found *found, nuo_text root, struct following *following) {
  const struct image *image = &nuo__version_of(s, p)->program->image;
  const struct image_rule *rule = &image->RULES[found->rule];
  const bool is_derived = p->version >= s->version_count;
  struct derived next = {.version = is_derived ? p->version - s->version_count : p->version,
                         .level = is_derived ? p->lane + 1 : 0,
                         .root = root,
                         .tag = d->tag,
                         .late = d->late,
                         .zone = DERIVED_OWN_ZONE};
  for (uint32_t i = 0; i < rule->raise_count; i++) {
    if (found->raises[i].missing != IMAGE_NONE) continue;
    next.event = image->RAISES[rule->raise_first + i].event;
    next.captured = found->raises[i].captured;
    if (!add(s, following, &next)) return false;
  }
  return add_breach(s, p, d, found, next, following);
}

// Of the event in the lane.
static bool collect(nuo_session *s, const struct pending *p, const nuo_decision *d, nuo_text root,
                    struct following *following) {
  const struct version *v = nuo__version_of(s, p);
  size_t count;
  if (!s->derives || d->breach_count == 0) return true;
  const struct found **list = in_order(s, p, &count);
  if (list == NULL) return false;
  for (size_t i = 0; i < count; i++)
    if (v->program->image.RULES[list[i]->rule].event == v->batch.event[p->lane] &&
        !follow_from(s, p, d, list[i], root, following))
      return false;
  return true;
}

bool nuo__derive_all(nuo_session *s, const struct pending *p, const nuo_decision *d, nuo_text root) {
  struct following following = {.count = 0};
  if (p->version < s->version_count) s->derived = 0;
  return collect(s, p, d, root, &following) && follow_all(s, &following);
}

static bool judge(nuo_session *s, const struct derived *derived, struct pending *p, nuo_decision *d,
                  struct following *following) {
  if (!place(s, derived, p)) return false;
  const struct image_event *event = nuo__event_of(s, p);
  nuo__decide_begin(s, p, d);
  d->caused_by = derived->root;
  d->deadline = derived->deadline;
  d->tag = derived->tag;
  d->late = derived->late;
  nuo__version_of(s, p)->machine.again = derived->again;
  return nuo__decide_run(s, p, event->code_first, event->code_count) &&
         nuo__decide_run(s, p, event->state_first, event->state_count) && nuo__decide_finish(s, p, d) &&
         nuo__turn_effect(s, p, d) && collect(s, p, d, derived->root, following);
}

bool nuo__derive_decide(nuo_session *s, const struct derived *derived, size_t count) {
  struct pending p = {.version = 0};
  struct following following = {.count = 0};
  nuo_decision d = {.duty_count = 0};
  if (derived->deadline) s->derived = 0;
  for (size_t i = 0; i < count; i++) {
    const nuo_decision before = d;
    if (!judge(s, &derived[i], &p, &d, &following) || !put_before(s, before.duties, before.duty_count, &d))
      return false;
    if (before.breach_count + before.undetermined_count > 0) d.event_type = before.event_type;
  }
  // What has happened to the duties themselves comes before what their events do to others.
  for (size_t i = count; i-- > 0;)
    if (!put_before(s, derived[i].changes, derived[i].change_count, &d)) return false;
  if (!nuo__decide_notes(s, &p, &d) || (tells_something(&d) && !nuo__decide_add(s, &d))) return false;
  return follow_all(s, &following);
}
