// SPDX-License-Identifier: Apache-2.0
// The native functions of nuo.Native. A function that returns with an exception pending has freed what it
// took; no function of JNI but the releases is called while one is pending.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nuo_Native.h"
#include "packed.h"

static jclass exception_class, bytes_class, memory_class;
static jmethodID exception_new;

static jclass find_class(JNIEnv *env, const char *name) {
  jclass found = (*env)->FindClass(env, name);
  return found == NULL ? NULL : (*env)->NewGlobalRef(env, found);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *unused) {
  JNIEnv *env;
  (void)unused;
  if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK) return JNI_ERR;
  exception_class = find_class(env, "nuo/NuoException");
  bytes_class = exception_class == NULL ? NULL : find_class(env, "[B");
  memory_class = bytes_class == NULL ? NULL : find_class(env, "java/lang/OutOfMemoryError");
  if (memory_class == NULL) return JNI_ERR;
  exception_new = (*env)->GetMethodID(env, exception_class, "<init>", "(IJ[B[B)V");
  return exception_new == NULL ? JNI_ERR : JNI_VERSION_10;
}

// ---- bytes to and from Java ----

static void out_of_memory(JNIEnv *env) {
  (*env)->ThrowNew(env, memory_class, "nuo");
}

// NULL with an exception pending.
static jbyteArray to_java(JNIEnv *env, const char *text, size_t len) {
  jbyteArray made = len > INT32_MAX ? NULL : (*env)->NewByteArray(env, (jsize)len);
  if (len > INT32_MAX) out_of_memory(env);
  if (made != NULL && len > 0) (*env)->SetByteArrayRegion(env, made, 0, (jsize)len, (const jbyte *)text);
  return made;
}

// What of a call was allocated, and whether the call may still be made. Freed by `done`.
#define MOST 5
struct call {
  JNIEnv *env;
  void *blocks[MOST];
  int count;
  bool failed;  // an exception is pending
};

static void done(struct call *c) {
  while (c->count > 0) free(c->blocks[--c->count]);
}

static void *take(struct call *c, size_t size) {
  void *block = c->failed || c->count == MOST ? NULL : calloc(1, size + 1);
  if (block != NULL) return c->blocks[c->count++] = block;
  if (!c->failed) out_of_memory(c->env);
  c->failed = true;
  return NULL;
}

// A copy, with a zero behind it; NULL text for null.
static nuo_text from_java(struct call *c, jbyteArray array) {
  if (array == NULL || c->failed) return (nuo_text){NULL, 0};
  const jsize len = (*c->env)->GetArrayLength(c->env, array);
  char *copy = take(c, (size_t)len);
  if (copy == NULL) return (nuo_text){NULL, 0};
  if (len > 0) (*c->env)->GetByteArrayRegion(c->env, array, 0, len, (jbyte *)copy);
  return (nuo_text){copy, (size_t)len};
}

static void throw_error(JNIEnv *env, nuo_status status, const nuo_error *error) {
  const bool told = error != NULL && error->status == status && error->message[0] != 0;
  const char *message = told ? error->message : nuo_status_name(status), *zh = told ? error->message_zh : "";
  jbyteArray texts[2] = {to_java(env, message, strlen(message)), NULL};
  if (texts[0] != NULL) texts[1] = to_java(env, zh, strlen(zh));
  if (texts[1] == NULL) return;
  jobject thrown = (*env)->NewObject(env, exception_class, exception_new, (jint)status,
                                     (jlong)(told ? error->offset : 0), texts[0], texts[1]);
  if (thrown != NULL) (*env)->Throw(env, thrown);
}

// The end of a call: frees what it took, and throws what went wrong.
static void finish(struct call *c, nuo_status status, const nuo_error *error) {
  done(c);
  if (!c->failed && status != NUO_OK) throw_error(c->env, status, error);
}

#define CALL(name) struct call name = {.env = env}

static void *pointer(jlong number) {
  return (void *)(uintptr_t)number;
}
static jlong number(const void *pointer) {
  return (jlong)(uintptr_t)pointer;
}

// ---- programs ----

// From names one behind the other, each with a zero behind it.
static const char *const *grants_of(struct call *c, nuo_text names) {
  const char *at = names.text, *end = at + names.len;
  size_t count = 0;
  for (size_t i = 0; i < names.len; i++) count += at[i] == 0;
  const char **list = take(c, (count + 1) * sizeof *list);
  for (size_t i = 0; list != NULL && at < end; at += strlen(at) + 1) list[i++] = at;
  return list;
}

JNIEXPORT jlong JNICALL Java_nuo_Native_programLoad(JNIEnv *env, jclass class, jbyteArray image,
                                                    jbyteArray zones, jbyteArray grants, jbyteArray keys,
                                                    jlong now) {
  CALL(c);
  (void)class;
  const nuo_text bytes = from_java(&c, image), trusted = from_java(&c, keys);
  const nuo_trust trust = {(const uint8_t(*)[32])(uintptr_t)trusted.text, trusted.len / 32, now};
  nuo_options options = {.zone_directory = from_java(&c, zones).text, .trust = keys == NULL ? NULL : &trust};
  nuo_error error = {.status = NUO_OK};
  nuo_program *program = NULL;
  nuo_status status = NUO_OK;
  options.native_grants = grants_of(&c, from_java(&c, grants));
  if (!c.failed) status = nuo_program_load(bytes.text, bytes.len, &options, &program, &error);
  finish(&c, status, &error);
  return number(program);
}

JNIEXPORT void JNICALL Java_nuo_Native_programFree(JNIEnv *env, jclass class, jlong program) {
  (void)env, (void)class;
  nuo_program_free(pointer(program));
}

// An array of texts; NULL with an exception pending.
static jobjectArray texts_to_java(JNIEnv *env, const nuo_text *texts, jsize count) {
  jobjectArray array = (*env)->NewObjectArray(env, count, bytes_class, NULL);
  for (jsize i = 0; array != NULL && i < count; i++) {
    jbyteArray text = to_java(env, texts[i].text, texts[i].len);
    if (text == NULL) return NULL;
    (*env)->SetObjectArrayElement(env, array, i, text);
    if ((*env)->ExceptionCheck(env)) return NULL;
    (*env)->DeleteLocalRef(env, text);
  }
  return array;
}

JNIEXPORT jobjectArray JNICALL Java_nuo_Native_programTexts(JNIEnv *env, jclass class, jlong program) {
  nuo_program_info i;
  (void)class;
  nuo_program_describe(pointer(program), &i);
  const nuo_text texts[] = {i.policy,
                            i.policy_zh,
                            i.title,
                            i.version,
                            {i.program_digest, strlen(i.program_digest)},
                            {i.source_digest, strlen(i.source_digest)}};
  return texts_to_java(env, texts, 6);
}

JNIEXPORT jlongArray JNICALL Java_nuo_Native_programNumbers(JNIEnv *env, jclass class, jlong program) {
  nuo_program_info i;
  (void)class;
  nuo_program_describe(pointer(program), &i);
  const jlong numbers[] = {i.from, i.until, i.rules, i.events, i.clauses, i.cost, i.lane_bytes};
  jlongArray array = (*env)->NewLongArray(env, 7);
  if (array != NULL) (*env)->SetLongArrayRegion(env, array, 0, 7, numbers);
  return array;
}

JNIEXPORT jboolean JNICALL Java_nuo_Native_programHasAdapter(JNIEnv *env, jclass class, jlong program,
                                                             jbyteArray name) {
  CALL(c);
  (void)class;
  const nuo_text text = from_java(&c, name);
  const bool has = !c.failed && nuo_program_has_adapter(pointer(program), text);
  done(&c);
  return has;
}

// ---- engines ----

JNIEXPORT jlong JNICALL Java_nuo_Native_engineNew(JNIEnv *env, jclass class, jbyteArray mask_key,
                                                  jbyteArray secret, jbyteArray directory,
                                                  jboolean drop_state, jlong replay) {
  CALL(c);
  (void)class;
  const nuo_text key = from_java(&c, mask_key);
  const nuo_engine_options options = {.mask_key = key.text,
                                      .mask_key_size = key.len,
                                      .state_secret = from_java(&c, secret).text,
                                      .state_directory = from_java(&c, directory).text,
                                      .drop_state = drop_state,
                                      .replay_ms = replay};
  nuo_engine *engine = NULL;
  finish(&c, c.failed ? NUO_OK : nuo_engine_new(&options, &engine), NULL);
  return number(engine);
}

JNIEXPORT void JNICALL Java_nuo_Native_engineFree(JNIEnv *env, jclass class, jlong engine) {
  (void)env, (void)class;
  nuo_engine_free(pointer(engine));
}

JNIEXPORT void JNICALL Java_nuo_Native_engineUse(JNIEnv *env, jclass class, jlong engine,
                                                 jlongArray programs) {
  CALL(c);
  nuo_error error = {.status = NUO_OK};
  nuo_status status = NUO_OK;
  (void)class;
  const jsize count = (*env)->GetArrayLength(env, programs);
  jlong *numbers = take(&c, (size_t)count * sizeof *numbers);
  nuo_program **list = take(&c, (size_t)count * sizeof *list);
  if (!c.failed) {
    (*env)->GetLongArrayRegion(env, programs, 0, count, numbers);
    for (jsize i = 0; i < count; i++) list[i] = pointer(numbers[i]);
    status = nuo_engine_use(pointer(engine), list, (size_t)count, &error);
  }
  finish(&c, status, &error);
}

JNIEXPORT void JNICALL Java_nuo_Native_engineOpen(JNIEnv *env, jclass class, jlong engine) {
  CALL(c);
  nuo_error error = {.status = NUO_OK};
  (void)class;
  finish(&c, nuo_engine_open(pointer(engine), &error), &error);
}

JNIEXPORT void JNICALL Java_nuo_Native_engineCommit(JNIEnv *env, jclass class, jlong engine,
                                                    jbyteArray position) {
  CALL(c);
  nuo_error error = {.status = NUO_OK};
  (void)class;
  const nuo_text text = from_java(&c, position);
  finish(&c, c.failed ? NUO_OK : nuo_engine_commit(pointer(engine), text.text, text.len, &error), &error);
}

JNIEXPORT jbyteArray JNICALL Java_nuo_Native_enginePosition(JNIEnv *env, jclass class, jlong engine) {
  (void)class;
  const nuo_text position = nuo_engine_position(pointer(engine));
  return to_java(env, position.text, position.len);
}

JNIEXPORT jlong JNICALL Java_nuo_Native_engineForget(JNIEnv *env, jclass class, jlong engine,
                                                     jbyteArray subject) {
  CALL(c);
  nuo_error error = {.status = NUO_OK};
  size_t records = 0;
  (void)class;
  const nuo_text text = from_java(&c, subject);
  finish(&c, c.failed ? NUO_OK : nuo_engine_forget(pointer(engine), text, &records, &error), &error);
  return (jlong)records;
}

JNIEXPORT jobjectArray JNICALL Java_nuo_Native_engineChanges(JNIEnv *env, jclass class, jlong engine) {
  CALL(c);
  size_t count;
  jobjectArray array = NULL;
  (void)class;
  const nuo_change *changes = nuo_engine_changes(pointer(engine), &count);
  nuo_text *texts = take(&c, count * 3 * sizeof *texts);
  char *kinds = take(&c, count * 2);
  if (!c.failed) {
    for (size_t i = 0; i < count; i++) {
      kinds[2 * i] = (char)changes[i].kind;
      kinds[2 * i + 1] = (char)changes[i].definition;
      texts[3 * i] = (nuo_text){kinds + 2 * i, 2};
      texts[3 * i + 1] = changes[i].name;
      texts[3 * i + 2] = changes[i].name_zh;
    }
    array = texts_to_java(env, texts, (jsize)(count * 3));
  }
  done(&c);
  return array;
}

// ---- sessions ----

JNIEXPORT jlong JNICALL Java_nuo_Native_sessionNew(JNIEnv *env, jclass class, jlong engine) {
  CALL(c);
  nuo_packed *session = NULL;
  nuo_error error = {.status = NUO_BAD_ARGUMENT,
                     .message = "no policy is in force in the engine; call use first"};
  (void)class;
  finish(&c, nuo_packed_new(pointer(engine), &session), &error);
  return number(session);
}

JNIEXPORT void JNICALL Java_nuo_Native_sessionFree(JNIEnv *env, jclass class, jlong session) {
  (void)env, (void)class;
  nuo_packed_free(pointer(session));
}

JNIEXPORT void JNICALL Java_nuo_Native_sessionAdapter(JNIEnv *env, jclass class, jlong session,
                                                      jbyteArray name) {
  CALL(c);
  (void)class;
  const nuo_text text = from_java(&c, name);
  finish(&c, c.failed ? NUO_OK : nuo_packed_set_adapter(pointer(session), text.text, text.len), NULL);
}

static jbyteArray packed_to_java(JNIEnv *env, const nuo_packed *p, nuo_status status) {
  if (status == NUO_OK) return to_java(env, p->at, p->len);
  throw_error(env, status, &p->error);
  return NULL;
}

// A copy in the session's own memory; NULL with an exception pending. Not GetPrimitiveArrayCritical: a
// session may wait for a commit, and the collector would wait, too.
static const char *copy_events(JNIEnv *env, nuo_packed *p, jbyteArray events) {
  const jsize len = (*env)->GetArrayLength(env, events);
  char *room = nuo_packed_room(p, (size_t)len);
  if (room == NULL) return out_of_memory(env), NULL;
  (*env)->GetByteArrayRegion(env, events, 0, len, (jbyte *)room);
  return room;
}

JNIEXPORT jbyteArray JNICALL Java_nuo_Native_sessionEval(JNIEnv *env, jclass class, jlong session,
                                                         jbyteArray event) {
  nuo_packed *p = pointer(session);
  (void)class;
  const char *text = copy_events(env, p, event);
  if (text == NULL) return NULL;
  return packed_to_java(env, p, nuo_packed_eval(p, text, (size_t)(*env)->GetArrayLength(env, event)));
}

JNIEXPORT jbyteArray JNICALL Java_nuo_Native_sessionDecide(JNIEnv *env, jclass class, jlong session,
                                                           jbyteArray events, jobject direct, jintArray ends,
                                                           jlong first) {
  nuo_packed *p = pointer(session);
  jint places[NUO_BATCH];
  (void)class;
  const jsize count = (*env)->GetArrayLength(env, ends);
  if (count <= NUO_BATCH && count > 0) (*env)->GetIntArrayRegion(env, ends, 0, count, places);
  const char *text =
      direct == NULL ? copy_events(env, p, events) : (*env)->GetDirectBufferAddress(env, direct);
  if (text == NULL && direct == NULL) return NULL;
  return packed_to_java(env, p, nuo_packed_decide(p, text, places, (size_t)count, (uint64_t)first));
}

JNIEXPORT void JNICALL Java_nuo_Native_sessionDelivered(JNIEnv *env, jclass class, jlong session,
                                                        jbyteArray type, jbyteArray id, jlong time) {
  CALL(c);
  nuo_packed *p = pointer(session);
  (void)class;
  const nuo_text type_text = from_java(&c, type), id_text = from_java(&c, id);
  finish(&c, c.failed ? NUO_OK : nuo_packed_delivered(p, type_text, id_text, time), &p->error);
}

JNIEXPORT jbyteArray JNICALL Java_nuo_Native_sessionAdvance(JNIEnv *env, jclass class, jlong session,
                                                            jlong time) {
  nuo_packed *p = pointer(session);
  (void)class;
  return packed_to_java(env, p, nuo_packed_advance(p, time));
}
