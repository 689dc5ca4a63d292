// SPDX-License-Identifier: Apache-2.0
// Native functions: found in a granted library and called through libffi (native.c), or given by the host
// (native_host.c). nuo.h states what such a function looks like. Called by the loader (new, free) and the VM
// (call).
#ifndef NUO_RUNTIME_NATIVE_H
#define NUO_RUNTIME_NATIVE_H

#include "runtime/image.h"
#include "runtime/nuo.h"

#define NATIVE_MAX_PARAMS 14  // of image_native

struct native_call;

// An argument: `number` holds every kind but text, a flag as 0 or 1.
struct native_argument {
  int64_t number;
  nuo_text text;
};

// What calls came to: no result, or one of another kind, is the host's mistake.
enum native_outcome { NATIVE_FAILED, NATIVE_DONE, NATIVE_NO_RESULT };

// A function that the host gives.
struct native_host {
  nuo_native_function *function;  // NULL: it gives none …
  void *context;
  bool has_library;  // … but others of the library
};

// Whether each of the host's functions is whole: NUO_BAD_ARGUMENT when not.
nuo_status nuo__native_check(const nuo_natives *natives, nuo_error *error);
// The function that the host gives for one of the image. NUO_NOT_GRANTED when it has another signature.
nuo_status nuo__native_find_host(const struct image *image, uint32_t index, const nuo_natives *natives,
                                 struct native_host *host, nuo_error *error);
enum native_outcome nuo__native_call_host(const struct native_host *host, const struct image_native *native,
                                          const struct native_argument *arguments, int64_t *result);

// What is known of the calls of a function for one event.
struct native_note {
  uint32_t calls, no_result;
  uint64_t total, longest;
};

// Takes the host's function, or opens the library that `grants` allow under the name the image gives, and
// prepares the call of its symbol. NUO_NOT_GRANTED when it is not granted, cannot be opened or has no such
// symbol; NUO_NO_MEMORY. The image has to be verified. On failure nothing stays open and *error, which may be
// NULL, names library and symbol.
nuo_status nuo__native_new(const struct image *image, uint32_t index, const nuo_options *options,
                           const nuo_allocator *allocator, struct native_call **call, nuo_error *error);
// NULL is allowed.
void nuo__native_free(const nuo_allocator *allocator, struct native_call *call);

// Calls the function. From any thread, if the function allows it.
enum native_outcome nuo__native_call(const struct native_call *call, const struct native_argument *arguments,
                                     int64_t *result);

#endif
