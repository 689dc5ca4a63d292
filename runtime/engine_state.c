// SPDX-License-Identifier: Apache-2.0
// What an engine remembers, beyond the decisions of one run: state directories and their commits, which
// definitions of the policy have changed since, and forgetting a person. The engine is locked while its state
// is read or changed, not while it is written. Called by hosts and by engine.c.
#include <string.h>

#include "runtime/failure.h"
#include "runtime/schema.h"
#include "runtime/session.h"
#include "runtime/text.h"

static nuo_status no_memory(nuo_error *error) {
  nuo__fail(error, NUO_NO_MEMORY, 0, "out of memory");
  return nuo__fail_zh(error, NUO_NO_MEMORY, "内存不足");
}

static void stores_of(const struct state *state, struct store *stores[DISK_STORES]) {
  stores[0] = state->store;
  stores[1] = state->recent[0];
  stores[2] = state->recent[1];
}

// ---- opening ----

static void take_position(struct position *to, const void *position, size_t size) {
  if (size > 0) memcpy(to->bytes, position, size);
  to->size = size;
}

static nuo_status load(nuo_engine *e, nuo_error *error) {
  struct store *stores[DISK_STORES];
  if (!nuo__state_init(&e->state, &e->allocator, nuo__disk_secret(e->disk))) return no_memory(error);
  stores_of(&e->state, stores);
  nuo_status status = nuo__disk_load(e->disk, stores, error);
  if (status != NUO_OK) {
    nuo__state_free(&e->state);
    return status;
  }
  nuo__state_restore(&e->state);
  nuo_text position = nuo__disk_note(e->disk, NOTE_POSITION);
  take_position(&e->position, position.text,
                position.len < NUO_POSITION_MAX ? position.len : NUO_POSITION_MAX);
  return NUO_OK;
}

static nuo_status open_state(nuo_engine *e, nuo_error *error) {
  nuo_status status =
      nuo__disk_open(&e->allocator, e->directory, e->has_secret ? e->secret : NULL, &e->disk, error);
  if (status != NUO_OK) return status;
  status = load(e, error);
  if (status == NUO_OK) return status;
  nuo__disk_close(e->disk);
  e->disk = NULL;
  return status;
}

nuo_status nuo_engine_open(nuo_engine *e, nuo_error *error) {
  if (e == NULL) return NUO_BAD_ARGUMENT;
  if (e->directory == NULL) return NUO_OK;
  pthread_mutex_lock(&e->lock);
  nuo_status status = e->disk != NULL ? NUO_OK : open_state(e, error);
  pthread_mutex_unlock(&e->lock);
  return status;
}

// ---- committing ----

static bool set_notes(nuo_engine *e, const void *position, size_t size) {
  if (!nuo__disk_set_note(e->disk, NOTE_POSITION, position, size)) return false;
  const struct lineup *lineup = atomic_load_explicit(&e->lineup, memory_order_relaxed);
  if (lineup == NULL) return true;  // those of the last policy stay
  nuo_text policy = lineup->programs[0]->info.policy;
  return nuo__disk_set_note(e->disk, NOTE_POLICY, policy.text, policy.len) &&
         nuo__disk_set_note(e->disk, NOTE_DEFINITIONS, e->table.at, e->table.len);
}

// Sessions wait for this, and not for the disk.
static nuo_status take_changes(nuo_engine *e, const void *position, size_t size, nuo_error *error) {
  struct store *stores[DISK_STORES];
  if (e->in_part) {
    nuo__fail(error, NUO_NO_MEMORY, 0,
              "memory ran out while an event was remembered; go back to the last commit");
    return nuo__fail_zh(error, NUO_NO_MEMORY, "记录事件时内存不足；请退回到上次提交");
  }
  stores_of(&e->state, stores);
  const bool good =
      nuo__state_save(&e->state) && set_notes(e, position, size) && nuo__disk_take(e->disk, stores);
  if (!good) return no_memory(error);
  e->compacts |= e->forgets;
  e->forgets = false;
  return NUO_OK;
}

nuo_status nuo_engine_commit_begin(nuo_engine *e, const void *position, size_t size, nuo_error *error) {
  if (e == NULL || (position == NULL && size > 0) || size > NUO_POSITION_MAX)
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "there is no engine, or the position has more than %u bytes",
                     (unsigned)NUO_POSITION_MAX);
  nuo_status status = nuo_engine_open(e, error);
  if (status == NUO_OK && e->disk != NULL) {
    pthread_mutex_lock(&e->lock);
    status = take_changes(e, position, size, error);
    pthread_mutex_unlock(&e->lock);
  }
  if (status == NUO_OK) take_position(&e->next, position, size);
  return status;
}

nuo_status nuo_engine_commit_end(nuo_engine *e, nuo_error *error) {
  if (e == NULL) return NUO_BAD_ARGUMENT;
  nuo_status status = e->disk == NULL ? NUO_OK : nuo__disk_write(e->disk, e->compacts, error);
  if (status != NUO_OK) return status;
  e->compacts = false;
  e->position = e->next;
  return NUO_OK;
}

nuo_status nuo_engine_commit(nuo_engine *e, const void *position, size_t size, nuo_error *error) {
  nuo_status status = nuo_engine_commit_begin(e, position, size, error);
  return status == NUO_OK ? nuo_engine_commit_end(e, error) : status;
}

nuo_text nuo_engine_position(nuo_engine *e) {
  return e == NULL ? (nuo_text){"", 0} : (nuo_text){(const char *)e->position.bytes, e->position.size};
}

// ---- forgetting ----

struct forgetting {
  struct state *state;
  struct scratch scratch;
  uint8_t tag[STATE_SUBJECT_SIZE];
  size_t records;
  bool failed;
};

// A record that several subjects share stays for the others; true when there are none.
static bool leaves_nobody(struct forgetting *f, const struct store_key *key, unsigned kind) {
  bool is_empty = false;
  size_t gone = 0;
  if (kind == RECORD_DUTY) gone = nuo__duty_forget(f->state, &f->scratch, key, f->tag, &is_empty);
  if (kind == RECORD_EACH) gone = nuo__duty_forget_each(f->state, &f->scratch, key, f->tag, &is_empty);
  f->failed |= f->scratch.failed;
  nuo__scratch_reset(&f->scratch);
  f->records += gone > 0;
  return gone > 0 && is_empty;
}

static bool is_forgotten(const void *context, const struct store_key *key, const void *record,
                         uint32_t size) {
  struct forgetting *f = *(struct forgetting *const *)context;
  if (nuo__state_is_of(f->tag, key, record, size)) {
    f->records += record != NULL;
    return true;
  }
  return record != NULL && leaves_nobody(f, key, nuo__record_kind(record));
}

static bool forget(nuo_engine *e, struct forgetting *f) {
  struct store *stores[DISK_STORES];
  size_t removed;
  bool good = true;
  stores_of(&e->state, stores);
  e->state.failed = false;
  for (int i = 0; good && i < DISK_STORES; i++)
    good = nuo__store_sweep(stores[i], is_forgotten, &f, &removed);
  e->forgets = true;
  return good && !e->state.failed && !f->failed;
}

nuo_status nuo_engine_forget(nuo_engine *e, nuo_text subject, size_t *records, nuo_error *error) {
  if (records != NULL) *records = 0;
  if (e == NULL || (subject.text == NULL && subject.len > 0)) return NUO_BAD_ARGUMENT;
  nuo_status status = nuo_engine_open(e, error);
  if (status != NUO_OK || e->state.store == NULL) return status;
  struct forgetting f = {.state = &e->state, .scratch = {.allocator = &e->allocator}};
  pthread_mutex_lock(&e->lock);
  nuo__state_subject(&e->state, subject, f.tag);
  bool good = forget(e, &f);
  pthread_mutex_unlock(&e->lock);
  nuo__scratch_free(&f.scratch);
  if (records != NULL) *records = f.records;
  return good ? NUO_OK : no_memory(error);
}

// ---- another version of the policy ----

struct comparison {
  struct schema before, now;
};

static bool is_lost(const nuo_change *change) {
  return change->kind == NUO_CHANGE_DROPPED || change->kind == NUO_CHANGE_CHANGED;
}

// Records of what is no longer defined. Keys tell a definition by two bytes only, and so it may be that one
// that went cannot be told from one that stays.
static bool is_undefined(const void *context, const struct store_key *key, const void *record,
                         uint32_t size) {
  const struct comparison *c = context;
  (void)size;
  if (record == NULL || !nuo__record_is_defined(record)) return false;
  for (size_t i = 0; i < c->before.count; i++) {
    const struct definition *d = &c->before.list[i];
    if (memcmp(key->bytes + STATE_DEFINITION_AT, d->identity, STATE_DEFINITION_SIZE) == 0)
      return nuo__schema_find(&c->now, d->kind, d->identity) == NULL;
  }
  return false;
}

static bool can_be_told_apart(const struct comparison *c) {
  for (size_t i = 0; i < c->before.count; i++) {
    const struct definition *gone = &c->before.list[i];
    if (nuo__schema_find(&c->now, gone->kind, gone->identity) != NULL) continue;
    for (size_t k = 0; k < c->now.count; k++)
      if (memcmp(gone->identity, c->now.list[k].identity, STATE_DEFINITION_SIZE) == 0) return false;
  }
  return true;
}

static const char *name_of_kind(nuo_definition_kind kind, bool chinese) {
  static const char *const names[][2] = {[NUO_DEFINITION_FACT] = {"fact", "状态"},
                                         [NUO_DEFINITION_COUNTER] = {"count", "次数"},
                                         [NUO_DEFINITION_DUTY] = {"duty", "义务"}};
  return names[kind][chinese];
}

static int shown(nuo_text text) {
  return (int)(text.len < 80 ? text.len : 80);
}

static nuo_status refuse_loss(const nuo_engine *e, nuo_error *error) {
  const nuo_change *first = NULL;
  unsigned count = 0;
  for (size_t i = 0; i < e->change_count; i++) {
    if (!is_lost(&e->changes[i])) continue;
    if (first == NULL) first = &e->changes[i];
    count++;
  }
  nuo__fail(
      error, NUO_STATE_CHANGED, 0,
      "the policy no longer has %u of the definitions that the state directory remembers something for, the "
      "first is %s `%.*s`; use the version that has them, or allow to drop the state",
      count, name_of_kind(first->definition, false), shown(first->name), first->name.text);
  return nuo__fail_zh(
      error, NUO_STATE_CHANGED,
      "状态目录中记有内容的定义，政策中已没有的有 %u 个，第一个是%s“%.*s”；请用原来的版本，或者允许清除",
      count, name_of_kind(first->definition, true), shown(first->name_zh), first->name_zh.text);
}

static bool is_used(const nuo_engine *e) {
  return atomic_load_explicit(&e->lineup, memory_order_relaxed) != NULL;
}

static nuo_status compare(nuo_engine *e, struct comparison *c, nuo_error *error) {
  size_t most = c->before.count + c->now.count, lost = 0;
  nuo__free(&e->allocator, e->changes, e->change_size * sizeof *e->changes);
  e->change_count = e->change_size = 0;
  e->changes = nuo__alloc(&e->allocator, most * sizeof *e->changes);
  if (e->changes == NULL && most > 0) return no_memory(error);
  e->change_size = most;
  if (is_used(e) || nuo__disk_note(e->disk, NOTE_POLICY).len > 0)
    e->change_count = nuo__schema_compare(&c->before, &c->now, e->changes);
  for (size_t i = 0; i < e->change_count; i++) lost += is_lost(&e->changes[i]);
  if (lost == 0) return NUO_OK;
  if (!e->drops_state) return refuse_loss(e, error);
  if (can_be_told_apart(c)) return NUO_OK;
  nuo__fail(error, NUO_STATE_CHANGED, 0,
            "the state of what the policy no longer has cannot be told from that of what it has; begin with "
            "another "
            "state directory");
  return nuo__fail_zh(error, NUO_STATE_CHANGED,
                      "已不在政策中的定义，其记忆与仍有的无法区分；请另选状态目录重新开始");
}

static nuo_status check_policy(const nuo_engine *e, const nuo_program *program, nuo_error *error) {
  nuo_text had = nuo__disk_note(e->disk, NOTE_POLICY), has = program->info.policy;
  if (had.len == 0 || nuo__text_equal(had, has)) return NUO_OK;
  nuo__fail(error, NUO_BAD_STATE, 0,
            "the state directory is of the policy `%.*s`, not of `%.*s`; give each its own", shown(had),
            had.text, shown(has), has.text);
  return nuo__fail_zh(error, NUO_BAD_STATE, "状态目录属于政策“%.*s”，不属于“%.*s”；请各用各的目录",
                      shown(had), had.text, shown(has), has.text);
}

static bool write_table(nuo_engine *e, nuo_program *const *programs, size_t count, struct text_out *out) {
  struct schema s = {.allocator = &e->allocator};
  bool good = true;
  for (size_t i = 0; good && i < count; i++) good = nuo__schema_add_program(&s, programs[i]);
  if (good) nuo__schema_write(&s, out);
  nuo__schema_free(&s);
  return good && !out->failed;
}

static nuo_status adopt(nuo_engine *e, struct comparison *c, nuo_program *const *programs, size_t count,
                        nuo_error *error) {
  size_t removed;
  struct text_out fresh = {.allocator = &e->allocator}, before = {.allocator = &e->allocator};
  nuo_text table = nuo__disk_note(e->disk, NOTE_DEFINITIONS);
  if (is_used(e)) table = (nuo_text){e->table.at, e->table.len};
  if (table.len > 0) nuo__out_bytes(&before, table.text, table.len);
  bool good = !before.failed && nuo__schema_read(&c->before, (nuo_text){before.at, before.len}) &&
              write_table(e, programs, count, &fresh) &&
              nuo__schema_read(&c->now, (nuo_text){fresh.at, fresh.len});
  nuo_status status = good ? compare(e, c, error) : no_memory(error);
  if (status == NUO_OK && !nuo__store_sweep(e->state.store, is_undefined, c, &removed))
    status = no_memory(error);
  // The changes speak in the words of both tables, which stay until the next comparison.
  nuo__out_free(&e->before);
  nuo__out_free(&e->rejected);
  e->before = before;
  e->rejected = fresh;
  if (status != NUO_OK) return status;
  e->rejected = e->table;
  e->table = fresh;
  return NUO_OK;
}

nuo_status nuo__engine_adopt(nuo_engine *e, nuo_program *const *programs, size_t count, nuo_error *error) {
  nuo_status status = nuo_engine_open(e, error);
  if (status != NUO_OK || e->disk == NULL) return status;
  status = check_policy(e, programs[0], error);
  if (status != NUO_OK) return status;
  struct comparison c = {{.allocator = &e->allocator}, {.allocator = &e->allocator}};
  pthread_mutex_lock(&e->lock);
  status = adopt(e, &c, programs, count, error);
  pthread_mutex_unlock(&e->lock);
  nuo__schema_free(&c.before);
  nuo__schema_free(&c.now);
  return status;
}

const nuo_change *nuo_engine_changes(nuo_engine *e, size_t *count) {
  if (count != NULL) *count = e == NULL ? 0 : e->change_count;
  return e == NULL ? NULL : e->changes;
}
