// SPDX-License-Identifier: Apache-2.0
// What index.js calls: programs, engines and sessions as externals, decisions as the bytes of packed.h. All
// arguments have been checked by index.js, which alone has the externals.
//
// Threads: a worker has an environment of its own, and externals stay in it. Only engines are shared, by a
// number: the table of them and each engine's own functions are behind locks.
#define NAPI_VERSION 8
#include <node_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "packed.h"

#define MOST_ARGUMENTS 6

struct engine {
  nuo_engine *engine;
  pthread_mutex_t lock;  // its functions must not run at the same time as each other
  uint32_t id, users;    // users: objects in any environment
  struct engine *next;
};
static struct engine *engines;
static uint32_t last_id;
static pthread_mutex_t engines_lock = PTHREAD_MUTEX_INITIALIZER;

// An Engine object of one environment, with its sessions.
struct engine_ref {
  struct engine *shared;  // NULL: closed
  struct session *sessions;
};
struct session {
  nuo_packed *packed;        // NULL: closed
  struct engine_ref *owner;  // NULL: closed
  struct session *prev, *next;
};

// ---- errors ----

// Node's own, when none is pending yet.
static napi_value broken(napi_env env) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, "NUO_NO_MEMORY", "out of memory");
  return NULL;
}

static napi_value text_value(napi_env env, const char *text, size_t len) {
  napi_value made;
  return napi_create_string_utf8(env, text, len, &made) == napi_ok ? made : NULL;
}

static napi_value number_value(napi_env env, double number) {
  napi_value made;
  return napi_create_double(env, number, &made) == napi_ok ? made : NULL;
}

static void set(napi_env env, napi_value object, const char *name, napi_value value) {
  if (value != NULL) napi_set_named_property(env, object, name, value);
}

static void set_text(napi_env env, napi_value object, const char *name, nuo_text text) {
  set(env, object, name, text_value(env, text.text, text.len));
}

// "bad event" becomes NUO_BAD_EVENT.
static void code_of(nuo_status status, char code[64]) {
  const char *name = nuo_status_name(status);
  size_t len = 4;
  memcpy(code, "NUO_", 5);
  for (; *name != 0 && len < 63; name++, len++)
    code[len] = *name == ' ' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
  code[len] = 0;
}

// Throws what went wrong; always NULL.
static napi_value fail(napi_env env, nuo_status status, const nuo_error *error) {
  const bool told = error != NULL && error->status == status && error->message[0] != 0;
  char code[64];
  napi_value made;
  code_of(status, code);
  const napi_value message =
      text_value(env, told ? error->message : nuo_status_name(status), NAPI_AUTO_LENGTH);
  const napi_value code_text = text_value(env, code, NAPI_AUTO_LENGTH);
  if (message == NULL || napi_create_error(env, code_text, message, &made) != napi_ok) return broken(env);
  set(env, made, "messageZh", text_value(env, told ? error->message_zh : "", NAPI_AUTO_LENGTH));
  set(env, made, "offset", number_value(env, told ? (double)error->offset : 0));
  napi_throw(env, made);
  return NULL;
}

static napi_value closed(napi_env env, const char *message) {
  napi_throw_error(env, "NUO_CLOSED", message);
  return NULL;
}

// ---- arguments ----

struct call {
  napi_env env;
  napi_value at[MOST_ARGUMENTS];
  char *blocks[MOST_ARGUMENTS];  // copies of texts, by argument
  bool failed;                   // there was no memory for one of them
};

static void begin(struct call *c, napi_env env, napi_callback_info info) {
  size_t count = MOST_ARGUMENTS;
  *c = (struct call){.env = env};
  napi_get_cb_info(env, info, &count, c->at, NULL, NULL);
}

static void end(struct call *c) {
  for (int i = 0; i < MOST_ARGUMENTS; i++) free(c->blocks[i]);
}

static void *external(const struct call *c, int i) {
  void *data = NULL;
  napi_get_value_external(c->env, c->at[i], &data);
  return data;
}

static bool is(const struct call *c, int i, napi_valuetype type) {
  napi_valuetype found = napi_undefined;
  napi_typeof(c->env, c->at[i], &found);
  return found == type;
}

// A copy of a string, terminated; no text for anything else.
static nuo_text string(struct call *c, int i) {
  size_t len = 0;
  if (!is(c, i, napi_string) || napi_get_value_string_utf8(c->env, c->at[i], NULL, 0, &len) != napi_ok)
    return (nuo_text){NULL, 0};
  c->blocks[i] = malloc(len + 1);
  c->failed |= c->blocks[i] == NULL;
  if (c->blocks[i] != NULL) napi_get_value_string_utf8(c->env, c->at[i], c->blocks[i], len + 1, &len);
  return (nuo_text){c->blocks[i], len};
}

// The bytes of a Buffer, as long as the call goes on; no text for anything else.
static nuo_text bytes(const struct call *c, int i) {
  bool found = false;
  void *data = NULL;
  size_t len = 0;
  napi_is_buffer(c->env, c->at[i], &found);
  if (found) napi_get_buffer_info(c->env, c->at[i], &data, &len);
  return (nuo_text){data, len};
}

static int64_t number(const struct call *c, int i) {
  int64_t value = 0;
  napi_get_value_int64(c->env, c->at[i], &value);
  return value;
}

static bool flag(const struct call *c, int i) {
  bool value = false;
  napi_get_value_bool(c->env, c->at[i], &value);
  return value;
}

static napi_value wrapped(napi_env env, void *data, napi_finalize finalize) {
  napi_value made;
  if (napi_create_external(env, data, finalize, NULL, &made) == napi_ok) return made;
  finalize(env, data, NULL);
  return broken(env);
}

static napi_value buffer(napi_env env, const char *data, size_t len) {
  napi_value made;
  return napi_create_buffer_copy(env, len, data, NULL, &made) == napi_ok ? made : broken(env);
}

// ---- programs ----

static void free_program(napi_env env, void *program, void *hint) {
  (void)env, (void)hint;
  nuo_program_free(program);
}

// load(image, zoneDirectory, grants, keys, now): grants each ended by a zero, keys a Buffer or null.
static napi_value load(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  const nuo_text image = bytes(&c, 0), zones = string(&c, 1), grants = bytes(&c, 2), keys = bytes(&c, 3);
  const nuo_trust trust = {(const uint8_t(*)[32])(const void *)keys.text, keys.len / 32, number(&c, 4)};
  const char **list = calloc(grants.len + 1, sizeof *list);
  size_t count = 0;
  nuo_program *program = NULL;
  nuo_error error = {.status = NUO_OK};
  if (list == NULL || c.failed) return free(list), end(&c), broken(env);
  for (size_t at = 0; at < grants.len; at += strlen(grants.text + at) + 1) list[count++] = grants.text + at;
  const nuo_options options = {.zone_directory = zones.text,
                               .native_grants = count > 0 ? list : NULL,
                               .trust = is(&c, 3, napi_null) ? NULL : &trust};
  const nuo_status status = nuo_program_load(image.text, image.len, &options, &program, &error);
  free(list);
  end(&c);
  return status == NUO_OK ? wrapped(env, program, free_program) : fail(env, status, &error);
}

static napi_value describe(napi_env env, napi_callback_info info) {
  struct call c;
  nuo_program_info d;
  napi_value made;
  begin(&c, env, info);
  nuo_program_describe(external(&c, 0), &d);
  if (napi_create_object(env, &made) != napi_ok) return broken(env);
  set_text(env, made, "policy", d.policy);
  set_text(env, made, "policyZh", d.policy_zh);
  set_text(env, made, "title", d.title);
  set_text(env, made, "version", d.version);
  set(env, made, "programDigest", text_value(env, d.program_digest, 64));
  set(env, made, "sourceDigest", text_value(env, d.source_digest, 64));
  set(env, made, "inForceFrom", number_value(env, (double)d.from));
  set(env, made, "inForceUntil", number_value(env, (double)d.until));
  set(env, made, "rules", number_value(env, d.rules));
  set(env, made, "events", number_value(env, d.events));
  set(env, made, "clauses", number_value(env, d.clauses));
  set(env, made, "cost", number_value(env, d.cost));
  set(env, made, "laneBytes", number_value(env, d.lane_bytes));
  return made;
}

static napi_value has_adapter(napi_env env, napi_callback_info info) {
  struct call c;
  napi_value made;
  begin(&c, env, info);
  const bool has = nuo_program_has_adapter(external(&c, 0), string(&c, 1));
  end(&c);
  return napi_get_boolean(env, has, &made) == napi_ok ? made : broken(env);
}

// ---- engines ----

// The last user frees it.
static void release(struct engine *e) {
  pthread_mutex_lock(&engines_lock);
  const bool last = --e->users == 0;
  for (struct engine **at = &engines; last && *at != NULL; at = &(*at)->next)
    if (*at == e) {
      *at = e->next;
      break;
    }
  pthread_mutex_unlock(&engines_lock);
  if (!last) return;
  nuo_engine_free(e->engine);
  pthread_mutex_destroy(&e->lock);
  free(e);
}

static void close_session(struct session *s) {
  if (s->packed == NULL) return;
  nuo_packed_free(s->packed);
  if (s->prev != NULL)
    s->prev->next = s->next;
  else
    s->owner->sessions = s->next;
  if (s->next != NULL) s->next->prev = s->prev;
  s->packed = NULL;
  s->owner = NULL;
}

static void close_ref(struct engine_ref *ref) {
  while (ref->sessions != NULL) close_session(ref->sessions);
  if (ref->shared != NULL) release(ref->shared);
  ref->shared = NULL;
}

static void free_ref(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  close_ref(data);
  free(data);
}

// Takes over a use of the engine.
static napi_value wrap_engine(napi_env env, struct engine *shared) {
  struct engine_ref *ref = calloc(1, sizeof *ref);
  if (ref == NULL) return release(shared), broken(env);
  ref->shared = shared;
  return wrapped(env, ref, free_ref);
}

static struct engine *share(nuo_engine *engine) {
  struct engine *e = calloc(1, sizeof *e);
  if (e == NULL || pthread_mutex_init(&e->lock, NULL) != 0) return free(e), NULL;
  e->engine = engine;
  e->users = 1;
  pthread_mutex_lock(&engines_lock);
  e->id = ++last_id;
  e->next = engines;
  engines = e;
  pthread_mutex_unlock(&engines_lock);
  return e;
}

// engineNew(maskKey, stateSecret, stateDirectory, dropState, replayMs)
static napi_value engine_new(napi_env env, napi_callback_info info) {
  struct call c;
  nuo_engine *engine;
  begin(&c, env, info);
  const nuo_text mask = bytes(&c, 0);
  const nuo_engine_options options = {.mask_key = mask.text,
                                      .mask_key_size = mask.len,
                                      .state_secret = bytes(&c, 1).text,
                                      .state_directory = string(&c, 2).text,
                                      .drop_state = flag(&c, 3),
                                      .replay_ms = number(&c, 4)};
  const nuo_status status = c.failed ? NUO_NO_MEMORY : nuo_engine_new(&options, &engine);
  end(&c);
  if (status != NUO_OK) return fail(env, status, NULL);
  struct engine *shared = share(engine);
  if (shared == NULL) return nuo_engine_free(engine), broken(env);
  return wrap_engine(env, shared);
}

static napi_value engine_attach(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  const int64_t id = number(&c, 0);
  pthread_mutex_lock(&engines_lock);
  struct engine *e = engines;
  while (e != NULL && e->id != id) e = e->next;
  if (e != NULL) e->users++;
  pthread_mutex_unlock(&engines_lock);
  return e == NULL ? closed(env, "no engine has this number: it is closed") : wrap_engine(env, e);
}

// The engine of the first argument, locked; NULL when it is closed, which is thrown.
static struct engine *lock_engine(const struct call *c) {
  const struct engine_ref *ref = external(c, 0);
  if (ref->shared == NULL) {
    closed(c->env, "the engine is closed");
    return NULL;
  }
  pthread_mutex_lock(&ref->shared->lock);
  return ref->shared;
}

static napi_value unlock_engine(struct engine *e, napi_value result) {
  pthread_mutex_unlock(&e->lock);
  return result;
}

static napi_value engine_id(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  const struct engine_ref *ref = external(&c, 0);
  return ref->shared == NULL ? closed(env, "the engine is closed") : number_value(env, ref->shared->id);
}

static napi_value list_changes(napi_env env, nuo_engine *engine) {
  size_t count;
  const nuo_change *changes = nuo_engine_changes(engine, &count);
  napi_value list, made;
  if (napi_create_array(env, &list) != napi_ok) return broken(env);
  for (size_t i = 0; i < count; i++) {
    if (napi_create_object(env, &made) != napi_ok) return broken(env);
    set(env, made, "kind", number_value(env, changes[i].kind));
    set(env, made, "definition", number_value(env, changes[i].definition));
    set_text(env, made, "name", changes[i].name);
    set_text(env, made, "nameZh", changes[i].name_zh);
    napi_set_element(env, list, (uint32_t)i, made);
  }
  return list;
}

// engineUse(engine, programs)
static napi_value engine_use(napi_env env, napi_callback_info info) {
  struct call c;
  uint32_t count = 0;
  nuo_error error = {.status = NUO_OK};
  begin(&c, env, info);
  napi_get_array_length(env, c.at[1], &count);
  nuo_program **programs = calloc(count + 1u, sizeof *programs);
  if (programs == NULL) return broken(env);
  for (uint32_t i = 0; i < count; i++) {
    napi_value program;
    if (napi_get_element(env, c.at[1], i, &program) != napi_ok ||
        napi_get_value_external(env, program, (void **)&programs[i]) != napi_ok)
      return free(programs), broken(env);
  }
  struct engine *e = lock_engine(&c);
  if (e == NULL) return free(programs), NULL;
  const nuo_status status = nuo_engine_use(e->engine, programs, count, &error);
  free(programs);
  return unlock_engine(e, status == NUO_OK ? list_changes(env, e->engine) : fail(env, status, &error));
}

static napi_value engine_open(napi_env env, napi_callback_info info) {
  struct call c;
  nuo_error error = {.status = NUO_OK};
  begin(&c, env, info);
  struct engine *e = lock_engine(&c);
  if (e == NULL) return NULL;
  const nuo_status status = nuo_engine_open(e->engine, &error);
  return unlock_engine(e, status == NUO_OK ? NULL : fail(env, status, &error));
}

// engineCommit(engine, position)
static napi_value engine_commit(napi_env env, napi_callback_info info) {
  struct call c;
  nuo_error error = {.status = NUO_OK};
  begin(&c, env, info);
  const nuo_text position = bytes(&c, 1);
  struct engine *e = lock_engine(&c);
  if (e == NULL) return NULL;
  const nuo_status status = nuo_engine_commit(e->engine, position.text, position.len, &error);
  return unlock_engine(e, status == NUO_OK ? NULL : fail(env, status, &error));
}

static napi_value engine_position(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  struct engine *e = lock_engine(&c);
  if (e == NULL) return NULL;
  const nuo_text position = nuo_engine_position(e->engine);
  return unlock_engine(e, buffer(env, position.text, position.len));
}

// engineForget(engine, subject)
static napi_value engine_forget(napi_env env, napi_callback_info info) {
  struct call c;
  size_t records = 0;
  nuo_error error = {.status = NUO_OK};
  begin(&c, env, info);
  struct engine *e = lock_engine(&c);
  if (e == NULL) return NULL;
  const nuo_text subject = string(&c, 1);
  const nuo_status status =
      c.failed ? NUO_NO_MEMORY : nuo_engine_forget(e->engine, subject, &records, &error);
  end(&c);
  return unlock_engine(e, status == NUO_OK ? number_value(env, (double)records) : fail(env, status, &error));
}

static napi_value engine_close(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  close_ref(external(&c, 0));
  return NULL;
}

// ---- sessions ----

static void free_session(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  close_session(data);
  free(data);
}

static napi_value session_new(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  struct engine_ref *ref = external(&c, 0);
  if (ref->shared == NULL) return closed(env, "the engine is closed");
  struct session *s = calloc(1, sizeof *s);
  if (s == NULL) return broken(env);
  const nuo_status status = nuo_packed_new(ref->shared->engine, &s->packed);
  if (status != NUO_OK) return free(s), fail(env, status, NULL);
  s->owner = ref;
  s->next = ref->sessions;
  if (s->next != NULL) s->next->prev = s;
  ref->sessions = s;
  return wrapped(env, s, free_session);
}

static napi_value session_close(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  close_session(external(&c, 0));
  return NULL;
}

static nuo_packed *open_session(const struct call *c) {
  const struct session *s = external(c, 0);
  if (s->packed == NULL) closed(c->env, "the session is closed");
  return s->packed;
}

// What was decided, or what went wrong.
static napi_value answer(napi_env env, const nuo_packed *p, nuo_status status) {
  return status == NUO_OK ? buffer(env, p->at, p->len) : fail(env, status, &p->error);
}

// sessionDecide(session, events, ends, first): the events one behind the other in a Buffer, and where each
// ends.
static napi_value session_decide(napi_env env, napi_callback_info info) {
  struct call c;
  size_t count = 0;
  void *ends = NULL;
  begin(&c, env, info);
  nuo_packed *p = open_session(&c);
  if (p == NULL) return NULL;
  if (napi_get_typedarray_info(env, c.at[2], NULL, &count, &ends, NULL, NULL) != napi_ok) return broken(env);
  return answer(env, p, nuo_packed_decide_all(p, bytes(&c, 1).text, ends, count, (uint64_t)number(&c, 3)));
}

// sessionEval(session, event, size): the event is the beginning of the Buffer.
static napi_value session_eval(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  nuo_packed *p = open_session(&c);
  return p == NULL ? NULL : answer(env, p, nuo_packed_eval(p, bytes(&c, 1).text, (size_t)number(&c, 2)));
}

// sessionDelivered(session, type, id, time)
static napi_value session_delivered(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  nuo_packed *p = open_session(&c);
  if (p == NULL) return NULL;
  const nuo_text type = string(&c, 1), id = string(&c, 2);
  const nuo_status status = c.failed ? NUO_NO_MEMORY : nuo_packed_delivered(p, type, id, number(&c, 3));
  end(&c);
  return status == NUO_OK ? NULL : fail(env, status, &p->error);
}

// sessionAdvance(session, time)
static napi_value session_advance(napi_env env, napi_callback_info info) {
  struct call c;
  begin(&c, env, info);
  nuo_packed *p = open_session(&c);
  return p == NULL ? NULL : answer(env, p, nuo_packed_advance(p, number(&c, 1)));
}

// ---- the module ----

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"load", load},
    {"describe", describe},
    {"hasAdapter", has_adapter},
    {"engineNew", engine_new},
    {"engineAttach", engine_attach},
    {"engineId", engine_id},
    {"engineUse", engine_use},
    {"engineOpen", engine_open},
    {"engineCommit", engine_commit},
    {"enginePosition", engine_position},
    {"engineForget", engine_forget},
    {"engineClose", engine_close},
    {"sessionNew", session_new},
    {"sessionClose", session_close},
    {"sessionDecide", session_decide},
    {"sessionEval", session_eval},
    {"sessionDelivered", session_delivered},
    {"sessionAdvance", session_advance},
};

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value made;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &made) !=
        napi_ok)
      return broken(env);
    set(env, exports, functions[i].name, made);
  }
  return exports;
}
