// SPDX-License-Identifier: Apache-2.0
// One policy on both sides: compiled once, its image loaded into a session, its checked tree given to the
// oracle; then events through both. Called by main.c and shrink.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/text_out.h"
#include "runtime/when.h"
#include "tests/oracle/derive.h"
#include "tests/oracle/duty.h"

static const char mask_key[] = "0123456789abcdef-key";

// ---- begin and end ----
static void tell_diagnostics(nuo_compilation *compilation, struct buf *problem) {
  const nuo_diagnostic *list;
  const size_t count = nuo_compilation_diagnostics(compilation, &list);
  for (size_t i = 0; i < count; i++) {
    if (list[i].severity != NUO_ERROR) continue;
    buf_printf(problem, "line %u column %u: %s ", list[i].place.line, list[i].place.column, list[i].code);
    buf_add(problem, list[i].message[NUO_ENGLISH].text, list[i].message[NUO_ENGLISH].len);
    buf_put(problem, "\n");
  }
}

bool trial_engine(const struct trial *t, nuo_engine **engine, nuo_session **session, nuo_error *error) {
  const bool key = t->setting.key;
  const nuo_engine_options options = {.mask_key = key ? mask_key : NULL,
                                      .mask_key_size = key ? sizeof mask_key - 1 : 0,
                                      .replay_ms = t->setting.replay_ms,
                                      .state_directory = t->directory[0] != 0 ? t->directory : NULL};
  return nuo_engine_new(&options, engine) == NUO_OK &&
         nuo_engine_use(*engine, t->programs, t->versions, error) == NUO_OK &&
         nuo_session_new(*engine, session) == NUO_OK;
}

static bool load(struct trial *t, struct buf *problem) {
  nuo_error error = {.status = NUO_OK};
  bool loaded = true;
  for (uint32_t i = 0; i < t->versions && loaded; i++) {
    const nuo_text image = nuo_compilation_image(t->compilations[i]);
    loaded = nuo_program_load(image.text, image.len, NULL, &t->programs[i], &error) == NUO_OK;
  }
  if (t->setting.durable) strcpy(t->directory, "/tmp/nuo_oracle_XXXXXX");
  if (t->setting.durable && mkdtemp(t->directory) == NULL) abort();
  if (loaded && trial_engine(t, &t->engine, &t->session, &error) &&
      nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &t->zones) == ZONE_OK)
    return true;
  if (problem != NULL) buf_printf(problem, "the image does not load: %.200s\n", error.message);
  return false;
}

static void give_out(const char *what, const nuo_error *error) {
  fprintf(stderr, "oracle: cannot %s the state directory: %s\n", what, error->message);
  abort();
}

// What is remembered goes through the directory, and nothing else stays.
static void open_again(struct trial *t) {
  nuo_error error = {.status = NUO_OK};
  if (nuo_engine_commit(t->engine, "", 0, &error) != NUO_OK) give_out("commit", &error);
  nuo_session_free(t->session);
  nuo_engine_free(t->engine);
  t->session = NULL;
  t->engine = NULL;
  if (!trial_engine(t, &t->engine, &t->session, &error)) give_out("open", &error);
}

static void remove_directory(const struct trial *t) {
  char command[48];
  if (t->directory[0] == 0) return;
  snprintf(command, sizeof command, "rm -r %s", t->directory);
  if (system(command) != 0) abort();
}

static void replace_all(struct buf *out, struct str text, const char *from, const char *to) {
  const size_t len = strlen(from);
  for (uint32_t i = 0; i < text.len;) {
    const bool here = text.len - i >= len && memcmp(text.at + i, from, len) == 0;
    if (here)
      buf_put(out, to);
    else
      buf_add(out, text.at + i, 1);
    i += here ? (uint32_t)len : 1;
  }
}

// The first version holds to the end of the day, the second from the next on; it asks for more here and
// there, unless both count: then they count the same.
struct buf trial_source(struct str source, const struct setting *setting, uint32_t version) {
  struct buf out = {0}, eased = {0};
  char day[11], head[80];
  buf_str(&out, source);
  if (setting->changes == 0) return out;
  out.len = 0;
  nuo__when_format_date(setting->changes + (int32_t)version, day);
  snprintf(head, sizeof head,
           version == 0 ? "\"1.0\" effective from 2000-01-01 until %s" : "\"2.0\" effective from %s", day);
  replace_all(&out, source, "\"1.0\"", head);
  if (version == 0 || setting->remembers) return out;
  replace_all(&eased, buf_view(&out), "at least", "more than");
  buf_free(&out);
  return eased;
}

// ---- a policy and what it uses, in one text ----
static const char *mark_in(const char *at, const char *end) {
  for (; end - at > (ptrdiff_t)strlen(FILE_MARK); at++)
    if (memcmp(at, FILE_MARK, strlen(FILE_MARK)) == 0) return at;
  return end;
}

static bool read_file(void *context, nuo_text path, nuo_text *bytes) {
  const struct buf *text = context;
  const char *end = text->at + text->len, *next;
  for (const char *at = mark_in(text->at, end); at < end; at = next) {
    const char *name = at + strlen(FILE_MARK), *line = memchr(name, '\n', (size_t)(end - name));
    next = mark_in(name, end);
    if (line == NULL || (size_t)(line - name) != path.len || memcmp(name, path.text, path.len) != 0) continue;
    *bytes = (nuo_text){line + 1, (size_t)(next - line - 1)};
    return true;
  }
  return false;
}

static bool compile(struct trial *t, struct str source, uint32_t version, struct buf *problem) {
  const char *path = t->setting.markdown ? "policy.nuo.md" : "policy.nuo";
  struct buf text = trial_source(source, &t->setting, version);
  nuo_compilation **made = &t->compilations[version];
  const nuo_compile_options options = {.read = read_file, .context = &text};
  const size_t first = (size_t)(mark_in(text.at, text.at + text.len) - text.at);
  if (nuo_compile((nuo_text){path, strlen(path)}, (nuo_text){text.at, first}, &options, made) != NUO_OK)
    abort();
  buf_free(&text);
  if (problem != NULL) tell_diagnostics(*made, problem);
  return nuo_compilation_image(*made).text != NULL;
}

static bool remembers(const struct program *program) {
  bool raises = false;
  for (uint32_t i = 0; i < program->rules.count; i++) raises |= program->rules.at[i]->raises.count > 0;
  return raises || program->breaches.count > 0 ||
         program->facts.count + program->counters.count + program->duties.count > 0;
}

static struct oracle oracle_of(const struct trial *t, uint32_t version, struct arena *arena) {
  struct oracle o = {.arena = arena,
                     .program = t->compilations[version]->program,
                     .zones = t->zones,
                     .flipped = t->setting.flipped,
                     .memory = t->memory};
  if (t->setting.key) o.mask_key = (nuo_text){mask_key, sizeof mask_key - 1};
  return o;
}

static void begin_memory(struct trial *t) {
  struct arena *arena = arena_open();
  struct oracle *versions = nuo__arena_alloc(arena, MAX_VERSIONS * sizeof *versions);
  t->memory = ARENA_NEW(arena, struct memory);
  *t->memory = (struct memory){.arena = arena,
                               .first = INT64_MIN,
                               .newest = INT64_MIN,
                               .replay_ms = t->setting.replay_ms,
                               .versions = versions,
                               .version_count = t->versions};
  if (t->memory->replay_ms == 0) t->memory->replay_ms = 3600000;
  for (uint32_t i = 0; i < t->versions; i++) {
    versions[i] = oracle_of(t, i, arena);
    if (!oracle_place(&versions[i])) abort();
    t->memory->needed |= remembers(versions[i].program);
  }
  duties_begin(t->memory);
}

bool trial_begin(struct trial *t, struct str source, const struct setting *setting, struct buf *problem) {
  bool good = true;
  *t = (struct trial){.setting = *setting, .versions = setting->changes == 0 ? 1 : 2};
  for (uint32_t i = 0; i < t->versions && good; i++) good = compile(t, source, i, problem);
  if (good && load(t, problem)) {
    begin_memory(t);
    return true;
  }
  trial_end(t);
  return false;
}

void trial_end(struct trial *t) {
  nuo_session_free(t->session);
  nuo_engine_free(t->engine);
  for (uint32_t i = 0; i < t->versions; i++) {
    nuo_program_free(t->programs[i]);
    nuo_compilation_free(t->compilations[i]);
  }
  nuo__zone_set_free(t->zones);
  remove_directory(t);
  if (t->memory != NULL) nuo__arena_free(t->memory->arena);
  *t = (struct trial){.versions = 0};
}

// ---- the oracle's side ----
// One event of a batch, on both sides.
struct turn {
  const struct given_event *event;
  uint32_t index;
  uint64_t tag;
  bool taken;       // the product took it
  bool bound;       // the oracle did
  bool called;      // a report that comes as a call: it has no decision
  bool refused;     // a report that the oracle refused
  struct oracle o;  // bound to it, unless it is a report
};

// By the version that is in force at the event's time.
static bool bind(const struct trial *t, struct arena *arena, struct turn *turn) {
  bool bound = is_report(turn->event);
  for (uint32_t i = 0; i < t->versions && !is_report(turn->event); i++) {
    turn->o = oracle_of(t, i, arena);
    bound = oracle_bind(&turn->o, turn->event);
    if (bound && oracle_force(&turn->o) == NUO_IN_FORCE) break;
  }
  return bound;
}

static const struct event_type *reported_type(const struct trial *t, struct str wire) {
  const struct program *program = t->compilations[0]->program;
  for (uint32_t i = 0; i < program->events.count; i++)
    if (nuo__str_equal(program->events.at[i]->wire_name, wire)) return program->events.at[i];
  return NULL;
}

// The event that a report speaks of happens at the report's time, by the version in force then.
static bool deliver(const struct trial *t, struct str wire, struct str id, int64_t time,
                    const struct outlet *outlet, nuo_decision *d) {
  struct oracle o = {0};
  const struct given_event *event = memory_take(t->memory, wire, id);
  for (uint32_t i = 0; event != NULL && i < t->versions; i++) {
    o = oracle_of(t, i, t->memory->arena);
    if (!oracle_bind(&o, event)) abort();
    o.time = o.fields[o.event->time->index].number = time;
    if (oracle_force(&o) == NUO_IN_FORCE) break;
  }
  if (event != NULL) oracle_sent(&o, d, outlet);
  return event != NULL;
}

// A report has a decision only when it is refused, or when what was sent does something to a duty. Ten
// minutes late it may always be.
static void decide_report(const struct trial *t, struct turn *turn, const struct outlet *outlet) {
  static const nuo_error no_such = {.status = NUO_BAD_EVENT};
  const struct given_member *m = turn->event->members;
  const struct str wire = m[0].value.text, id = m[1].value.text;
  const int64_t time = m[2].value.number;
  const struct event_type *type = reported_type(t, wire);
  if (!t->memory->needed) return;
  const int64_t lateness = type != NULL && type->lateness > 600000 ? type->lateness : 600000;
  nuo_decision d = {
      .event_id = {id.at, id.len}, .event_type = {wire.at, wire.len}, .time = time, .tag = turn->tag};
  turn->refused =
      type == NULL || memory_refuses(t->memory, time, lateness) || !deliver(t, wire, id, time, outlet, &d);
  if (turn->refused) {
    d.refused = &no_such;
    d.verdict = NUO_BLOCK;
  }
  if (!turn->called && (turn->refused || d.duty_count > 0)) outlet->tell(outlet->context, &d);
}

static void decide(const struct trial *t, struct turn *turn, const struct outlet *outlet) {
  if (is_report(turn->event))
    decide_report(t, turn, outlet);
  else
    oracle_event(&turn->o, turn->tag, outlet);
}

static int64_t time_of(const struct turn *turn) {
  return is_report(turn->event) ? turn->event->members[2].value.number : turn->o.time;
}

static bool is_observed(const struct turn *turn) {
  return !is_report(turn->event) && !turn->o.event->enforceable;
}

// Of neighbours of the same instant, observed events come first. A report speaks of an enforceable one.
static void order(struct turn *turns, uint32_t count) {
  for (uint32_t i = 1; i < count; i++)
    for (uint32_t k = i; k > 0; k--) {
      const struct turn before = turns[k - 1], here = turns[k];
      if (time_of(&before) != time_of(&here) || is_observed(&before) || !is_observed(&here)) break;
      turns[k - 1] = here;
      turns[k] = before;
    }
}

// ---- both ----
static const char *say(char where[static 96], const char *what) {
  snprintf(where, 96, "%s", what);
  return where;
}

static const char *differ(const nuo_decision *want, const nuo_decision *got, char where[static 96],
                          struct buf *report) {
  const char *field = NULL;
  if (want == NULL || got == NULL)
    field =
        want == got ? NULL : say(where, want == NULL ? "a decision too many" : "a decision that is missing");
  else
    field = decisions_differ(want, got, where);
  if (field == NULL || report == NULL) return field;
  buf_put(report, want == NULL ? "  oracle: nothing\n" : "  oracle:\n");
  if (want != NULL) decision_print(want, report);
  buf_put(report, got == NULL ? "  product: nothing\n" : "  product:\n");
  if (got != NULL) decision_print(got, report);
  return field;
}

// What the product decided, one after the other; more is asked for when all that it gave has been compared.
struct cursor {
  struct trial *trial;
  const nuo_decision *list;
  size_t count, at;
  enum { ONCE, PENDING, ADVANCE } more;
  int64_t time;  // ADVANCE: to where
  bool differs;  // something was not the same
  bool refused;  // the oracle refused the event
  char *where;
  struct buf *report;
};

static const nuo_decision *peek(struct cursor *c) {
  nuo_status status = NUO_OK;
  if (c->at < c->count) return &c->list[c->at];
  c->at = c->count = 0;
  if (c->more == PENDING && nuo_session_pending(c->trial->session) > 0)
    status = nuo_session_decide(c->trial->session, &c->list, &c->count);
  if (c->more == ADVANCE) status = nuo_session_advance(c->trial->session, c->time, &c->list, &c->count);
  if (status != NUO_OK) abort();
  return c->count > 0                                                       ? c->list
         : c->more == PENDING && nuo_session_pending(c->trial->session) > 0 ? peek(c)
                                                                            : NULL;
}

static void write_refused(struct trial *t, const nuo_error *error, uint64_t line) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  if (t->lines == NULL) return;
  nuo__out_string(&out, "{\"refused\":");
  nuo__out_json(&out, error->message, strlen(error->message));
  nuo__out_string(&out, ",\"refused_zh\":");
  nuo__out_json(&out, error->message_zh, strlen(error->message_zh));
  nuo__out_string(&out, ",\"line\":");
  nuo__out_integer(&out, (int64_t)line);
  nuo__out_string(&out, ",\"offset\":");
  nuo__out_integer(&out, (int64_t)error->offset);
  nuo__out_string(&out, "}\n");
  if (out.failed) abort();
  buf_add(t->lines, out.at, out.len);
  nuo__out_free(&out);
}

// What a host writes of a decision on which both agree.
static void write_line(struct trial *t, const nuo_decision *got) {
  nuo_text json;
  if (t->lines == NULL) return;
  if (got->refused != NULL) {
    write_refused(t, got->refused, got->tag);
    return;
  }
  if (nuo_session_decision_json(t->session, got, &json) != NUO_OK) abort();
  buf_add(t->lines, json.text, json.len);
  buf_put(t->lines, "\n");
}

static void take(void *context, const nuo_decision *want) {
  struct cursor *c = context;
  if (c->differs) return;
  const nuo_decision *got = peek(c);
  c->refused |= want->refused != NULL;
  c->differs = differ(want, got, c->where, c->report) != NULL;
  if (!c->differs) write_line(c->trial, got);
  c->at++;
}

static bool may_be_next(void *context, const nuo_decision *want) {
  struct cursor *c = context;
  char where[96];
  const nuo_decision *next = c->differs ? NULL : peek(c);
  if (next == NULL) return true;
  nuo_decision got = *next;
  const size_t own = want->duty_count;
  if (got.duty_count > own && own > 0 && got.duties[own].state == NUO_DUTY_LATE &&
      got.duties[own].due == got.duties[0].due)
    return false;  // this one was done late, after all
  if (got.duty_count > own) got.duty_count = own;
  return decisions_differ(want, &got, where) == NULL;
}

static struct outlet outlet_to(struct cursor *c) {
  return (struct outlet){take, may_be_next, c};
}

static bool is_over(struct cursor *c) {
  if (!c->differs && peek(c) != NULL) {
    c->differs = true;
    differ(NULL, peek(c), c->where, c->report);
  }
  return !c->differs;
}

// What the product decided against what the oracle decides, in the order of the batch.
static int first_difference(struct cursor *c, struct turn *turns, uint32_t count) {
  const struct outlet outlet = outlet_to(c);
  for (uint32_t i = 0; i < count; i++) {
    decide(c->trial, &turns[i], &outlet);
    if (c->differs) return (int)turns[i].index;
  }
  return is_over(c) ? -1 : (int)turns[0].index;
}

// A report may come as a call, too.
static nuo_status eval_alone(struct trial *t, const struct turn *turn, const struct buf *json,
                             const nuo_decision **got, nuo_error *error) {
  const struct given_member *m = turn->event->members;
  if (!turn->called) return nuo_session_eval_json(t->session, json->at, json->len, got, error);
  return nuo_session_delivered(t->session, (nuo_text){m[0].value.text.at, m[0].value.text.len},
                               (nuo_text){m[1].value.text.at, m[1].value.text.len}, m[2].value.number, error);
}

// Alone an event that is too late is refused like one that is none.
static int try_alone(struct cursor *c, struct turn *turn, struct buf *json, struct arena *arena) {
  struct trial *t = c->trial;
  const nuo_decision *got = NULL;
  nuo_error error = {.status = NUO_OK};
  turn->called = is_report(turn->event) && turn->event->style % 2 != 0;
  const nuo_status status = eval_alone(t, turn, json, &got, &error);
  const bool bound = bind(t, arena, turn);
  // A call that decides nothing leaves the last decisions.
  if (bound && (t->memory->needed || !turn->called)) nuo_session_decisions(t->session, &c->list, &c->count);
  if (bound && first_difference(c, turn, 1) >= 0) return (int)turn->index;
  const bool refused = !bound || c->refused || turn->refused;
  if (c->report != NULL && status != NUO_OK)
    buf_printf(c->report, "  %s: %.200s\n", nuo_status_name(status), error.message);
  if (status != NUO_OK && status != NUO_BAD_EVENT)
    say(c->where, "an error of the session");
  else if (refused != (status == NUO_BAD_EVENT))
    say(c->where, refused ? "an event that should be refused" : "an event that should not be refused");
  else
    return -1;
  return (int)turn->index;
}

static int try_advance(struct cursor *c, struct turn *turn) {
  const struct outlet outlet = outlet_to(c);
  struct memory *memory = c->trial->memory;
  c->more = ADVANCE;
  c->time = turn->event->members[0].value.number;
  if (memory->needed) {
    oracle_pass(memory, c->time, &outlet);
    memory_mark(memory, c->time);
  }
  return is_over(c) ? -1 : (int)turn->index;
}

static int try_batch(struct cursor *c, struct turn *turns, uint32_t count, struct buf *jsons,
                     struct arena *arena) {
  struct trial *t = c->trial;
  uint32_t taken = 0;
  nuo_error error;
  for (uint32_t i = 0; i < count; i++) {
    struct turn turn = turns[i];
    turn.tag = turn.index + 1;
    turn.taken = nuo_session_add_json(t->session, jsons[i].at, jsons[i].len, turn.tag, &error) == NUO_OK;
    turn.bound = bind(t, arena, &turn);
    if (turn.taken != turn.bound) {
      say(c->where, turn.taken ? "an event that should be refused" : "an event that should not be refused");
      return (int)turn.index;
    }
    if (turn.taken) turns[taken++] = turn;
  }
  if (t->memory->needed) order(turns, taken);
  c->more = PENDING;
  const int different = first_difference(c, turns, taken);
  if (different < 0 && taken < count) write_refused(t, &error, turns[count - 1].index + 1);
  return different;
}

static int try_turns(struct trial *t, const struct given_event *events, uint32_t first, uint32_t count,
                     char where[static 96], struct buf *report) {
  struct buf jsons[NUO_BATCH] = {{0}};
  struct turn turns[NUO_BATCH];
  struct cursor cursor = {.trial = t, .where = where, .report = report};
  // What is remembered of a decision lasts.
  struct arena *arena = t->memory->needed ? t->memory->arena : arena_open();
  for (uint32_t i = 0; i < count; i++) {
    turns[i] = (struct turn){.event = &events[first + i], .index = first + i};
    event_write_json(turns[i].event, &jsons[i]);
  }
  const int different = is_advance(&events[first])         ? try_advance(&cursor, turns)
                        : events[first].link == LINK_ALONE ? try_alone(&cursor, turns, jsons, arena)
                                                           : try_batch(&cursor, turns, count, jsons, arena);
  for (uint32_t i = 0; i < count; i++) buf_free(&jsons[i]);
  if (!t->memory->needed) nuo__arena_free(arena);
  return different;
}

int trial_stream(struct trial *t, const struct given_event *events, uint32_t count, char where[static 96],
                 struct buf *report) {
  int different = -1;
  for (uint32_t first = 0, end = 1; first < count && different < 0; first = end, end = first + 1) {
    const bool alone = events[first].link == LINK_ALONE || is_advance(&events[first]);
    while (!alone && end < count && events[end].link == LINK_NEXT && !is_advance(&events[end]) &&
           end - first < NUO_BATCH)
      end++;
    different = try_turns(t, events, first, end - first, where, report);
    if (t->setting.durable && different < 0) open_again(t);
  }
  return different;
}
