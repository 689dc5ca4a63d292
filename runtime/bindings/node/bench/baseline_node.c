// SPDX-License-Identifier: Apache-2.0
// ../../baseline.c for bench.js.
#define NAPI_VERSION 8
#include "baseline.h"

#include <node_api.h>

// begin(image)
static napi_value begin(napi_env env, napi_callback_info info) {
  napi_value image;
  size_t count = 1, size = 0;
  void *data = NULL;
  napi_get_cb_info(env, info, &count, &image, NULL, NULL);
  napi_get_buffer_info(env, image, &data, &size);
  baseline_begin(data, size);
  return NULL;
}

// event(number): its bytes
static napi_value event(napi_env env, napi_callback_info info) {
  napi_value number, made = NULL;
  size_t count = 1, size = 0;
  uint32_t which = 0;
  napi_get_cb_info(env, info, &count, &number, NULL, NULL);
  napi_get_value_uint32(env, number, &which);
  const char *text = baseline_event(which, &size);
  napi_create_buffer_copy(env, size, text, NULL, &made);
  return made;
}

static napi_value number(napi_env env, double value) {
  napi_value made = NULL;
  napi_create_double(env, value, &made);
  return made;
}

static napi_value single(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, baseline_single());
}

static napi_value batches(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, baseline_batches());
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {.utf8name = "begin", .method = begin},
      {.utf8name = "event", .method = event},
      {.utf8name = "single", .method = single},
      {.utf8name = "batches", .method = batches},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
