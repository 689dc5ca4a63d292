// SPDX-License-Identifier: Apache-2.0
// Engines: which versions of a policy are in force, and what is remembered of the events. A swap publishes a
// new list of versions; each session goes over to it between two batches (session.c), so that no event is
// decided by two of them and nobody waits.
#include <string.h>

#include "runtime/cpu.h"
#include "runtime/decide.h"
#include "runtime/failure.h"
#include "runtime/limits.h"
#include "runtime/text.h"

static bool copy_directory(nuo_engine *e, const char *directory) {
  if (directory == NULL) return true;
  size_t size = strlen(directory) + 1;
  e->directory = nuo__alloc(&e->allocator, size);
  if (e->directory == NULL) return false;
  memcpy(e->directory, directory, size);
  e->directory_size = size;
  return true;
}

static bool init_locks(nuo_engine *e) {
  if (pthread_mutex_init(&e->lock, NULL) != 0) return false;
  if (pthread_mutex_init(&e->publishing, NULL) == 0) return true;
  pthread_mutex_destroy(&e->lock);
  return false;
}

nuo_status nuo_engine_new(const nuo_engine_options *options, nuo_engine **engine) {
  static const nuo_engine_options defaults;
  if (engine == NULL) return NUO_BAD_ARGUMENT;
  *engine = NULL;
  if (options == NULL) options = &defaults;
  bool keyed = options->mask_key_size > 0;
  if (keyed && (options->mask_key == NULL || options->mask_key_size < 16 || options->mask_key_size > 64))
    return NUO_BAD_ARGUMENT;
  if (options->replay_ms < 0 || options->replay_ms > LIMIT_LATENESS_MS) return NUO_BAD_ARGUMENT;
  const nuo_allocator *allocator = options->allocator != NULL ? options->allocator : nuo__default_allocator();
  nuo_engine *e = nuo__alloc(allocator, sizeof *e);
  if (e == NULL) return NUO_NO_MEMORY;
  memset(e, 0, sizeof *e);
  e->allocator = *allocator;
  e->key.size = options->mask_key_size;
  if (keyed) memcpy(e->key.bytes, options->mask_key, options->mask_key_size);
  e->replay_ms = options->replay_ms == 0 ? NUO__REPLAY_MS : options->replay_ms;
  e->has_secret = options->state_secret != NULL;
  if (e->has_secret) memcpy(e->secret, options->state_secret, sizeof e->secret);
  e->drops_state = options->drop_state;
  e->table.allocator = e->before.allocator = e->rejected.allocator = &e->allocator;
  if (!copy_directory(e, options->state_directory) || !init_locks(e)) {
    nuo__free(allocator, e->directory, e->directory_size);
    nuo__free(allocator, e, sizeof *e);
    return NUO_NO_MEMORY;
  }
  *engine = e;
  return NUO_OK;
}

void nuo__engine_lock(nuo_engine *e) {
  for (int tries = 0; tries < 100; tries++) {
    if (pthread_mutex_trylock(&e->lock) == 0) return;
    for (int i = 0; i < 8; i++) nuo__cpu_pause();
  }
  pthread_mutex_lock(&e->lock);
}

// ---- what is in force ----

static size_t lineup_size(size_t count) {
  return sizeof(struct lineup) + count * sizeof(nuo_program *);
}

static struct lineup *new_lineup(const nuo_allocator *allocator, nuo_program *const *programs, size_t count) {
  struct lineup *l = nuo__alloc(allocator, lineup_size(count));
  if (l == NULL) return NULL;
  *l = (struct lineup){.allocator = *allocator, .count = count};
  atomic_init(&l->references, 1);
  for (size_t i = 0; i < count; i++) {
    const struct image *image = &programs[i]->image;
    l->programs[i] = programs[i];
    nuo__program_ref(programs[i]);
    l->remembers |= image->FACTS_count + image->COUNTERS_count > 0 || nuo__derive_needed(image);
  }
  return l;
}

void nuo__lineup_keep(struct lineup *l) {
  atomic_fetch_add_explicit(&l->references, 1, memory_order_relaxed);
}

void nuo__lineup_free(struct lineup *l) {
  if (l == NULL || atomic_fetch_sub_explicit(&l->references, 1, memory_order_acq_rel) > 1) return;
  for (size_t i = 0; i < l->count; i++) nuo_program_free(l->programs[i]);
  const nuo_allocator allocator = l->allocator;
  nuo__free(&allocator, l, lineup_size(l->count));
}

struct lineup *nuo__engine_lineup(nuo_engine *e) {
  pthread_mutex_lock(&e->publishing);
  struct lineup *l = atomic_load_explicit(&e->lineup, memory_order_relaxed);
  if (l != NULL) nuo__lineup_keep(l);
  pthread_mutex_unlock(&e->publishing);
  return l;
}

static void publish(nuo_engine *e, struct lineup *l) {
  pthread_mutex_lock(&e->lock);
  pthread_mutex_lock(&e->publishing);
  struct lineup *last = atomic_exchange_explicit(&e->lineup, l, memory_order_acq_rel);
  pthread_mutex_unlock(&e->publishing);
  pthread_mutex_unlock(&e->lock);
  nuo__lineup_free(last);
}

void nuo_engine_free(nuo_engine *e) {
  if (e == NULL) return;
  nuo__lineup_free(atomic_load_explicit(&e->lineup, memory_order_relaxed));
  if (e->state.store != NULL) nuo__state_free(&e->state);
  nuo__disk_close(e->disk);
  nuo__out_free(&e->table);
  nuo__out_free(&e->before);
  nuo__out_free(&e->rejected);
  nuo__free(&e->allocator, e->changes, e->change_size * sizeof *e->changes);
  nuo__free(&e->allocator, e->directory, e->directory_size);
  pthread_mutex_destroy(&e->publishing);
  pthread_mutex_destroy(&e->lock);
  nuo_allocator allocator = e->allocator;
  nuo__free(&allocator, e, sizeof *e);
}

// Two versions do not go together: what is wrong with them, in both languages.
static nuo_status complain(nuo_error *error, const nuo_program *a, const nuo_program *b, const char *what,
                           const char *what_zh) {
  const nuo_program_info *x = &a->info, *y = &b->info;
  nuo__fail(error, NUO_BAD_ARGUMENT, 0, "%.*s version %.*s and %.*s version %.*s %s", (int)x->policy.len,
            x->policy.text, (int)x->version.len, x->version.text, (int)y->policy.len, y->policy.text,
            (int)y->version.len, y->version.text, what);
  return nuo__fail_zh(error, NUO_BAD_ARGUMENT, "%.*s 版本 %.*s 与 %.*s 版本 %.*s %s", (int)x->policy.len,
                      x->policy.text, (int)x->version.len, x->version.text, (int)y->policy.len,
                      y->policy.text, (int)y->version.len, y->version.text, what_zh);
}

static nuo_status check_versions(nuo_program *const *programs, size_t count, nuo_error *error) {
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < i; k++) {
      const nuo_program_info *a = &programs[k]->info, *b = &programs[i]->info;
      if (!nuo__text_equal(a->policy, b->policy))
        return complain(error, programs[k], programs[i],
                        "are not the same policy; versions have to share its name",
                        "不是同一政策；各版本的名称须相同");
      if (a->from < b->until && b->from < a->until)
        return complain(error, programs[k], programs[i],
                        "are in force at the same time; give the older one an `effective until`",
                        "的有效期重叠；请给旧版写明“生效自 …… 至 ……”");
    }
  return NUO_OK;
}

// The memory is there from the first policy that needs one, and outlives it.
static bool make_memory(nuo_engine *e, const struct lineup *l) {
  int64_t lateness = 0;
  bool good = true;
  for (size_t i = 0; i < l->count; i++) {
    const int64_t each = nuo__image_lateness(&l->programs[i]->image);
    if (each > lateness) lateness = each;
  }
  pthread_mutex_lock(&e->lock);
  if (l->remembers && e->state.store == NULL) good = nuo__state_init(&e->state, &e->allocator, e->secret);
  e->state.replay_ms = e->replay_ms;
  e->state.lateness = lateness;
  pthread_mutex_unlock(&e->lock);
  return good;
}

nuo_status nuo_engine_use(nuo_engine *e, nuo_program *const *programs, size_t count, nuo_error *error) {
  if (e == NULL || programs == NULL || count == 0) return NUO_BAD_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (programs[i] == NULL) return NUO_BAD_ARGUMENT;
  nuo_status status = check_versions(programs, count, error);
  if (status == NUO_OK) status = nuo_engine_open(e, error);
  if (status != NUO_OK) return status;
  struct lineup *lineup = new_lineup(&e->allocator, programs, count);
  if (lineup == NULL) return NUO_NO_MEMORY;
  status = nuo__engine_adopt(e, programs, count, error);
  if (status == NUO_OK && !make_memory(e, lineup)) status = NUO_NO_MEMORY;
  if (status == NUO_OK) {
    publish(e, lineup);
  } else {
    nuo__lineup_free(lineup);
  }
  return status;
}
