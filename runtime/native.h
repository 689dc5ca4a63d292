// SPDX-License-Identifier: Apache-2.0
// Native functions: found in a granted library and called through libffi. nuo.h states what such a function
// looks like. Called by the loader (new, free) and the VM (call).
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

// Opens the library that `grants` allow under the name the image gives, and prepares the call of its symbol.
// NUO_NOT_GRANTED when it is not granted, cannot be opened or has no such symbol; NUO_NO_MEMORY. The image
// has to be verified. On failure nothing stays open and *error, which may be NULL, names library and symbol.
nuo_status nuo__native_new(const struct image *image, uint32_t index, const char *const *grants,
                           const nuo_allocator *allocator, struct native_call **call, nuo_error *error);
// NULL is allowed.
void nuo__native_free(const nuo_allocator *allocator, struct native_call *call);

// Calls the function. False when it reports a failure. From any thread, if the function allows it.
bool nuo__native_call(const struct native_call *call, const struct native_argument *arguments,
                      int64_t *result);

#endif
