// SPDX-License-Identifier: Apache-2.0
// Reading decisions, a line at a time. A line counts whole or not at all: what it says is collected first.
#include <string.h>

#include "compiler/pages/ledger.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

// What a line says of itself.
struct decision {
  struct json json;
  struct ledger *ledger;
  struct str time, verdict;
  bool is_refused;
  struct ledger_decision said;
};

// ---- JSON ----

static bool is(const struct json_string *name, const char *word) {
  return !name->escaped && name->len == strlen(word) && memcmp(name->raw, word, name->len) == 0;
}

#define WRONG(d, en, zh) nuo__json_fail(&(d)->json, (d)->json.at, en, zh)

// Borrowed from the line, unless there is something to be unescaped.
static bool read_text(struct decision *d, struct str *text) {
  struct json_string string;
  if (nuo__json_peek(&d->json) != '"') return WRONG(d, "a text is missing here", "此处应为文字");
  if (!nuo__json_string(&d->json, &string)) return false;
  *text = (struct str){string.raw, string.len};
  if (!string.escaped) return true;
  char *room = nuo__arena_alloc(d->ledger->arena, string.len + 1);
  *text = (struct str){room, (uint32_t)nuo__json_unescape(&string, room)};
  return true;
}

static bool skip_as(struct decision *d, bool *flag) {
  *flag = true;
  return nuo__json_skip(&d->json);
}

static bool read_line(struct decision *d) {
  struct json_number number;
  return nuo__json_number(&d->json, &number) && nuo__json_integer(&number, &d->said.line);
}

// ---- what is counted by its name ----

#define KEY_PART 256

// The number of what has these names.
static uint32_t *number_of(struct ledger *ledger, struct pool *pool, const struct str *parts,
                           uint32_t count) {
  char key[3 * (KEY_PART + 1)];
  size_t size = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t len = parts[i].len < KEY_PART ? parts[i].len : KEY_PART;
    if (len > 0) memcpy(key + size, parts[i].at, len);
    key[size + len] = 0;
    size += len + 1;
  }
  return nuo__pool_at(ledger->arena, pool, key, size);
}

static struct str keep(struct ledger *ledger, struct str text) {
  return text.len > 0 ? nuo__arena_copy(ledger->arena, text.at, text.len) : (struct str){"", 0};
}

uint32_t nuo__ledger_named(struct ledger *ledger, struct pool *pool, ledger_names *list, struct str name,
                           struct str more) {
  uint32_t *number = number_of(ledger, pool, (struct str[]){name, more}, 2);
  if (*number == UINT32_MAX) {
    *number = list->count;
    const struct ledger_named made = {keep(ledger, name), keep(ledger, more), 0};
    VEC_PUSH(ledger->arena, list, made);
  }
  return *number;
}

static uint32_t value_number(struct ledger *ledger, struct str value) {
  return nuo__ledger_named(ledger, &ledger->value_pool, &ledger->values, value, (struct str){NULL, 0});
}

struct str nuo__ledger_inner(struct str name, struct str pack) {
  const bool begins = pack.len > 0 && name.len > pack.len && memcmp(name.at, pack.at, pack.len) == 0;
  if (!begins || name.at[pack.len] != '.') return name;
  return (struct str){name.at + pack.len + 1, name.len - pack.len - 1};
}

static struct str keep_or(struct ledger *ledger, struct str text, struct str otherwise) {
  return keep(ledger, text.len > 0 ? text : otherwise);
}

static uint32_t rule_number(struct ledger *ledger, const struct ledger_rule *rule) {
  const struct str key[] = {rule->name, rule->clause, rule->severity};
  uint32_t *number = number_of(ledger, &ledger->rule_pool, key, 3);
  if (*number != UINT32_MAX) return *number;
  *number = ledger->rules.count;
  struct ledger_rule made = {.name = keep(ledger, rule->name),
                             .zh = keep_or(ledger, rule->zh, rule->name),
                             .pack = keep(ledger, rule->pack),
                             .pack_zh = keep_or(ledger, rule->pack_zh, rule->pack),
                             .clause = keep(ledger, rule->clause),
                             .title = keep(ledger, rule->title),
                             .severity = keep(ledger, rule->severity),
                             .severity_zh = keep_or(ledger, rule->severity_zh, rule->severity)};
  const uint32_t place = ledger->rules.count;
  const bool of_pack = rule->pack.len > 0;
  ledger->has_packs |= of_pack;
  made.part =
      nuo__ledger_named(ledger, &ledger->part_pool, &ledger->parts, of_pack ? made.pack : made.severity,
                        of_pack ? made.pack_zh : made.severity_zh);
  VEC_PUSH(ledger->arena, &ledger->rules, made);
  return place;
}

static uint32_t duty_number(struct ledger *ledger, const struct ledger_duty *duty) {
  const struct str key[] = {duty->name, duty->clause};
  uint32_t *number = number_of(ledger, &ledger->duty_pool, key, 2);
  if (*number == UINT32_MAX) {
    *number = ledger->duties.count;
    ledger->has_packs |= duty->pack.len > 0;
    const struct ledger_duty made = {.name = keep(ledger, duty->name),
                                     .zh = keep_or(ledger, duty->zh, duty->name),
                                     .pack = keep(ledger, duty->pack),
                                     .pack_zh = keep_or(ledger, duty->pack_zh, duty->pack),
                                     .clause = keep(ledger, duty->clause)};
    VEC_PUSH(ledger->arena, &ledger->duties, made);
  }
  return *number;
}

// ---- findings ----

// Of `{"fact":…,"value":…}` the value, when it is the one that is asked for.
static bool read_fact(struct decision *d, uint32_t *value) {
  struct json_object object;
  struct json_string name;
  struct str fact = {NULL, 0}, text = {NULL, 0};
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name)) {
    const bool is_fact = is(&name, "fact");
    const bool is_text = is(&name, "value") && nuo__json_peek(&d->json) == '"';
    if (is_fact || is_text ? !read_text(d, is_fact ? &fact : &text) : !nuo__json_skip(&d->json)) return false;
  }
  if (d->json.error->status != NUO_OK) return false;
  if (text.at != NULL && nuo__str_equal(fact, d->ledger->by)) *value = value_number(d->ledger, text);
  return true;
}

static bool read_evidence(struct decision *d, uint32_t *value) {
  struct json_object array;
  if (!nuo__json_array_begin(&d->json, &array)) return false;
  while (nuo__json_array_next(&d->json, &array))
    if (!read_fact(d, value)) return false;
  return d->json.error->status == NUO_OK;
}

static bool read_findings(struct decision *d, enum ledger_kind kind);

static bool read_finding(struct decision *d, enum ledger_kind kind) {
  struct json_object object;
  struct json_string name;
  struct ledger_rule rule = {.part = 0};
  struct ledger_finding found = {0, kind, UINT32_MAX};
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name)) {
    struct str *const to = is(&name, "rule")          ? &rule.name
                           : is(&name, "rule_zh")     ? &rule.zh
                           : is(&name, "pack")        ? &rule.pack
                           : is(&name, "pack_zh")     ? &rule.pack_zh
                           : is(&name, "clause")      ? &rule.clause
                           : is(&name, "title")       ? &rule.title
                           : is(&name, "severity")    ? &rule.severity
                           : is(&name, "severity_zh") ? &rule.severity_zh
                                                      : NULL;
    const bool read = to != NULL              ? read_text(d, to)
                      : is(&name, "evidence") ? read_evidence(d, &found.value)
                      : is(&name, "also")     ? read_findings(d, LEDGER_ALSO)
                                              : nuo__json_skip(&d->json);
    if (!read) return false;
  }
  if (d->json.error->status != NUO_OK) return false;
  found.rule = rule_number(d->ledger, &rule);
  VEC_PUSH(d->ledger->arena, &d->ledger->found, found);
  return true;
}

static bool read_change(struct decision *d) {
  struct json_object object;
  struct json_string name;
  struct ledger_duty duty = {0};
  struct str state = {NULL, 0};
  bool last = false;
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name)) {
    struct str *const to = is(&name, "duty")      ? &duty.name
                           : is(&name, "duty_zh") ? &duty.zh
                           : is(&name, "pack")    ? &duty.pack
                           : is(&name, "pack_zh") ? &duty.pack_zh
                           : is(&name, "clause")  ? &duty.clause
                           : is(&name, "state")   ? &state
                                                  : NULL;
    const bool read = to != NULL          ? read_text(d, to)
                      : is(&name, "last") ? skip_as(d, &last)
                                          : nuo__json_skip(&d->json);
    if (!read) return false;
  }
  if (d->json.error->status != NUO_OK) return false;
  uint32_t which = 0;
  while (which < LEDGER_DUTY_STATES && !nuo__str_is(state, nuo_duty_state_name((nuo_duty_state)which)))
    which++;
  // A duty of several steps is fulfilled with the last.
  if (which == LEDGER_DUTY_STATES || (which == NUO_DUTY_FULFILLED && !last)) return true;
  const struct ledger_change change = {duty_number(d->ledger, &duty), which};
  VEC_PUSH(d->ledger->arena, &d->ledger->changes, change);
  return true;
}

static bool read_findings(struct decision *d, enum ledger_kind kind) {
  struct json_object array;
  if (!nuo__json_array_begin(&d->json, &array)) return false;
  while (nuo__json_array_next(&d->json, &array))
    if (!read_finding(d, kind)) return false;
  return d->json.error->status == NUO_OK;
}

static bool read_changes(struct decision *d) {
  struct json_object array;
  if (!nuo__json_array_begin(&d->json, &array)) return false;
  while (nuo__json_array_next(&d->json, &array))
    if (!read_change(d)) return false;
  return d->json.error->status == NUO_OK;
}

static bool read_policy(struct decision *d) {
  struct json_object object;
  struct json_string name;
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name)) {
    const bool read = is(&name, "name")      ? read_text(d, &d->said.policy)
                      : is(&name, "version") ? read_text(d, &d->said.version)
                      : is(&name, "force")   ? skip_as(d, &d->said.is_outside)
                                             : nuo__json_skip(&d->json);
    if (!read) return false;
  }
  return d->json.error->status == NUO_OK;
}

// ---- a decision ----

static bool read_member(struct decision *d, const struct json_string *name) {
  if (is(name, "type")) return read_text(d, &d->said.type);
  if (is(name, "time")) return read_text(d, &d->time);
  if (is(name, "verdict")) return read_text(d, &d->verdict);
  if (is(name, "line")) return read_line(d);
  if (is(name, "refused")) return skip_as(d, &d->is_refused);
  if (is(name, "replayed")) return skip_as(d, &d->said.is_replayed);
  if (is(name, "deadline") || is(name, "caused_by")) return skip_as(d, &d->said.is_derived);
  if (is(name, "incomplete")) return skip_as(d, &d->said.is_incomplete);
  if (is(name, "breaches")) return read_findings(d, LEDGER_BREACH);
  if (is(name, "undetermined")) return read_findings(d, LEDGER_UNDETERMINED);
  if (is(name, "excepted")) return read_findings(d, LEDGER_EXCEPTED);
  if (is(name, "duties")) return read_changes(d);
  if (is(name, "policy")) return read_policy(d);
  return nuo__json_skip(&d->json);
}

static bool read_decision(struct decision *d) {
  struct json_object object;
  struct json_string name;
  if (nuo__json_peek(&d->json) != '{') return WRONG(d, "this is no decision", "这不是裁决");
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name))
    if (!read_member(d, &name)) return false;
  if (d->json.error->status != NUO_OK) return false;
  if (nuo__json_peek(&d->json) != 0) return WRONG(d, "there is more after the decision", "裁决之后还有内容");
  return true;
}

static void note_broken(struct ledger *ledger, const char *en, const char *zh) {
  const struct ledger_broken broken = {
      ledger->file, ledger->line, {keep(ledger, nuo__str_of(en)), keep(ledger, nuo__str_of(zh))}};
  if (ledger->broken_count++ < LEDGER_BROKEN_SHOWN) VEC_PUSH(ledger->arena, &ledger->broken, broken);
}

static struct decision begin(struct ledger *ledger, struct str line, nuo_error *error) {
  return (struct decision){.ledger = ledger,
                           .json = {.start = line.at,
                                    .at = line.at,
                                    .end = line.at + line.len,
                                    .error = error,
                                    .names = ledger->names,
                                    .name_cap = JSON_NAME_CAP}};
}

void nuo__ledger_add(struct ledger *ledger, struct str line) {
  nuo_error error = {.status = NUO_OK};
  struct decision d = begin(ledger, line, &error);
  int32_t day;
  uint32_t verdict = 0;
  ledger->line++;
  if (line.len == 0) return;
  ledger->lines++;
  ledger->found.count = ledger->changes.count = 0;
  if (nuo__utf8_check(line.at, line.len) < line.len) {
    note_broken(ledger, "this is no UTF-8", "不是 UTF-8 文本");
    return;
  }
  if (!read_decision(&d)) {
    note_broken(ledger, error.message, error.message_zh);
    return;
  }
  if (d.is_refused) {
    ledger->refused++;
    return;
  }
  while (verdict < LEDGER_VERDICTS && !nuo__str_is(d.verdict, nuo_action_name((nuo_action)verdict)))
    verdict++;
  if (verdict == LEDGER_VERDICTS || d.time.len < 10 || !nuo__when_parse_date(d.time.at, 10, &day))
    note_broken(ledger, "this is no decision: it wants a verdict and a time", "这不是裁决：须有裁决和时间");
  else
    nuo__ledger_sum(ledger, &d.said, day, verdict);
}

// ---- events ----

// The text at the path `by` in the object at hand, when there is one.
static bool find_path(struct decision *d, struct str path, struct str *found) {
  struct json_object object;
  struct json_string name;
  uint32_t head = 0;
  while (head < path.len && path.at[head] != '.') head++;
  if (nuo__json_peek(&d->json) != '{') return nuo__json_skip(&d->json);
  if (!nuo__json_object_begin(&d->json, &object)) return false;
  while (nuo__json_object_next(&d->json, &object, &name)) {
    const bool here = !name.escaped && name.len == head && memcmp(name.raw, path.at, head) == 0;
    const struct str rest = {path.at + head + 1, head < path.len ? path.len - head - 1 : 0};
    const bool ends = here && head == path.len && nuo__json_peek(&d->json) == '"';
    const bool envelope = (is(&name, "data") || is(&name, "event")) && nuo__json_peek(&d->json) == '{';
    const bool read = ends                            ? read_text(d, found)
                      : here && head < path.len       ? find_path(d, rest, found)
                      : envelope && found->at == NULL ? find_path(d, path, found)
                                                      : nuo__json_skip(&d->json);
    if (!read) return false;
  }
  return d->json.error->status == NUO_OK;
}

void nuo__ledger_event(struct ledger *ledger, struct str line) {
  nuo_error error = {.status = NUO_OK};
  struct str found = {NULL, 0};
  struct decision d = begin(ledger, line, &error);
  const bool read = nuo__utf8_check(line.at, line.len) == line.len && find_path(&d, ledger->by, &found);
  const uint32_t value = read && found.at != NULL ? value_number(ledger, found) : UINT32_MAX;
  VEC_PUSH(ledger->arena, &ledger->by_line, value);
}
