// SPDX-License-Identifier: Apache-2.0
// ../../baseline.h for Bench.java, which ends when anything goes wrong here.
#include "baseline.h"

#include "Bench.h"

JNIEXPORT jobjectArray JNICALL Java_Bench_begin(JNIEnv *env, jclass class, jbyteArray image) {
  (void)class;
  jbyte *bytes = (*env)->GetByteArrayElements(env, image, NULL);
  jclass bytes_class = bytes == NULL ? NULL : (*env)->FindClass(env, "[B");
  if (bytes_class == NULL) return NULL;
  baseline_begin(bytes, (size_t)(*env)->GetArrayLength(env, image));
  (*env)->ReleaseByteArrayElements(env, image, bytes, JNI_ABORT);
  jobjectArray events = (*env)->NewObjectArray(env, BASELINE_EVENTS, bytes_class, NULL);
  for (jsize i = 0; events != NULL && i < BASELINE_EVENTS; i++) {
    size_t len;
    const char *text = baseline_event((uint32_t)i, &len);
    jbyteArray event = (*env)->NewByteArray(env, (jsize)len);
    if (event == NULL) return NULL;
    (*env)->SetByteArrayRegion(env, event, 0, (jsize)len, (const jbyte *)text);
    (*env)->SetObjectArrayElement(env, events, i, event);
    (*env)->DeleteLocalRef(env, event);
  }
  return events;
}

JNIEXPORT jdouble JNICALL Java_Bench_single(JNIEnv *env, jclass class) {
  (void)env, (void)class;
  return baseline_single();
}

JNIEXPORT jdouble JNICALL Java_Bench_batches(JNIEnv *env, jclass class) {
  (void)env, (void)class;
  return baseline_batches();
}
