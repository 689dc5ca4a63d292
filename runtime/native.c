// SPDX-License-Identifier: Apache-2.0
// Native functions, see native.h. The only file that opens shared libraries. What a function does with its
// arguments is beyond us: that is why a library needs the host's grant.
#include "runtime/native.h"

#include <dlfcn.h>
#include <ffi.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/failure.h"
#include "runtime/limits.h"
#include "runtime/program.h"

enum { FFI_ARGUMENTS = 2 * NATIVE_MAX_PARAMS + 1 };  // a text is two, the result's address one

struct native_call {
  ffi_cif cif;
  ffi_type *types[FFI_ARGUMENTS];
  void *library;
  void (*function)(void);
  struct native_host host;  // or `function` is NULL
  const struct image_native *native;
  uint8_t result;
  uint8_t param_count;
  uint8_t params[NATIVE_MAX_PARAMS];
};

// Memory that holds an argument or a result as the function sees it.
union cell {
  uint8_t flag;
  int32_t day;
  int64_t number;
  const char *text;
  size_t len;
  void *address;
};

static ffi_type *type_of(uint8_t kind) {
  if (kind == VALUE_FLAG) return &ffi_type_uint8;
  return kind == VALUE_DATE || kind == VALUE_CLOCK ? &ffi_type_sint32 : &ffi_type_sint64;
}

static bool prepare(struct native_call *call) {
  unsigned count = 0;
  for (uint32_t p = 0; p < call->param_count; p++) {
    if (call->params[p] == VALUE_TEXT) {
      call->types[count++] = &ffi_type_pointer;
      call->types[count++] = sizeof(size_t) == 8 ? &ffi_type_uint64 : &ffi_type_uint32;
    } else {
      call->types[count++] = type_of(call->params[p]);
    }
  }
  call->types[count++] = &ffi_type_pointer;
  return ffi_prep_cif(&call->cif, FFI_DEFAULT_ABI, count, &ffi_type_sint, call->types) == FFI_OK;
}

// The path a grant of this library gives ("" when it leaves that to the system), or NULL without a grant.
static const char *granted_path(const char *const *grants, const char *library) {
  size_t len = strlen(library);
  for (; grants != NULL && *grants != NULL; grants++) {
    if (strncmp(*grants, library, len) != 0) continue;
    if ((*grants)[len] == '\0') return "";
    if ((*grants)[len] == '=') return *grants + len + 1;
  }
  return NULL;
}

static void *open_library(const char *library, const char *path) {
  if (*path != '\0') return dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle != NULL) return handle;
  char with_suffix[LIMIT_NATIVE_NAME + sizeof ".so"];
  size_t len = strlen(library);
  memcpy(with_suffix, library, len);
  memcpy(with_suffix + len, ".so", sizeof ".so");
  return dlopen(with_suffix, RTLD_NOW | RTLD_LOCAL);
}

static void copy_name(char out[LIMIT_NATIVE_NAME + 1], const struct image *image, struct image_str name) {
  memcpy(out, image->STRINGS + name.at, name.len);
  out[name.len] = '\0';
}

struct problem {
  const char *en, *zh;
};

// Opens and looks up, unless the host gives it; gives what went wrong, or NULL.
static const struct problem *find(struct native_call *call, const char *const *grants, const char *library,
                                  const char *symbol) {
  static const struct problem
      ungranted = {"is not granted: the host has to grant it by this name",
                   "没有授权：须由运行方以此名称授权"},
      partly = {"is not granted, and of its functions the host gives others, not this one",
                "没有授权，运行方给出了其中别的函数，没有这个"},
      closed = {"cannot be opened: check the path of its grant", "无法打开：请检查授权时给出的路径"},
      absent = {"has no such function", "中没有这个函数"},
      uncallable = {"has a function that cannot be called on this machine", "的这个函数无法在本机调用"};
  const char *path = granted_path(grants, library);
  if (call->host.function != NULL) return NULL;
  if (path == NULL) return call->host.has_library ? &partly : &ungranted;
  call->library = open_library(library, path);
  if (call->library == NULL) return &closed;
  void *address = dlsym(call->library, symbol);
  if (address == NULL) return &absent;
  memcpy(&call->function, &address, sizeof address);
  return prepare(call) ? NULL : &uncallable;
}

nuo_status nuo__native_new(const struct image *image, uint32_t index, const nuo_options *options,
                           const nuo_allocator *allocator, struct native_call **out, nuo_error *error) {
  const struct image_native *native = &image->NATIVES[index];
  char library[LIMIT_NATIVE_NAME + 1], symbol[LIMIT_NATIVE_NAME + 1];
  copy_name(library, image, native->library);
  copy_name(symbol, image, native->symbol);
  struct native_host host;
  nuo_status status = nuo__native_find_host(image, index, options->natives, &host, error);
  if (status != NUO_OK) return status;
  struct native_call *call = nuo__alloc(allocator, sizeof *call);
  if (call == NULL) return nuo__program_no_memory(error);
  memset(call, 0, sizeof *call);
  call->host = host;
  call->native = native;
  call->result = native->result;
  call->param_count = native->param_count;
  memcpy(call->params, native->params, sizeof call->params);
  const struct problem *problem = find(call, options->native_grants, library, symbol);
  if (problem == NULL) {
    *out = call;
    return NUO_OK;
  }
  nuo__native_free(allocator, call);
  nuo__fail(error, NUO_NOT_GRANTED, 0, "Library \"%s\", which function \"%s\" comes from, %s.", library,
            symbol, problem->en);
  return nuo__fail_zh(error, NUO_NOT_GRANTED, "函数“%s”所在的库“%s”%s。", symbol, library, problem->zh);
}

void nuo__native_free(const nuo_allocator *allocator, struct native_call *call) {
  if (call == NULL) return;
  if (call->library != NULL) dlclose(call->library);
  nuo__free(allocator, call, sizeof *call);
}

static int64_t read_result(uint8_t kind, const union cell *cell) {
  if (kind == VALUE_FLAG) return cell->flag != 0;
  return kind == VALUE_DATE || kind == VALUE_CLOCK ? cell->day : cell->number;
}

static bool fits(uint8_t kind, int64_t number) {
  return (kind != VALUE_DATE && kind != VALUE_CLOCK) || (number >= INT32_MIN && number <= INT32_MAX);
}

// Lays out one argument; gives how many the function takes for it, 0 when the number does not fit.
static unsigned lay_out(uint8_t kind, const struct native_argument *argument, union cell *cells) {
  if (kind == VALUE_TEXT) {
    cells[0].text = argument->text.len == 0 ? "" : argument->text.text;
    cells[1].len = argument->text.len;
    return 2;
  }
  if (!fits(kind, argument->number)) return 0;
  if (kind == VALUE_FLAG) {
    cells[0].flag = argument->number != 0;
  } else if (kind == VALUE_DATE || kind == VALUE_CLOCK) {
    cells[0].day = (int32_t)argument->number;
  } else {
    cells[0].number = argument->number;
  }
  return 1;
}

enum native_outcome nuo__native_call(const struct native_call *call, const struct native_argument *arguments,
                                     int64_t *result) {
  union cell cells[FFI_ARGUMENTS], answer = {0};
  void *addresses[FFI_ARGUMENTS];
  unsigned count = 0;
  if (call->host.function != NULL) return nuo__native_call_host(&call->host, call->native, arguments, result);
  for (uint32_t p = 0; p < call->param_count; p++) {
    unsigned taken = lay_out(call->params[p], &arguments[p], &cells[count]);
    if (taken == 0) return NATIVE_FAILED;
    count += taken;
  }
  cells[count++].address = &answer;
  for (unsigned a = 0; a < count; a++) addresses[a] = &cells[a];
  ffi_cif cif = call->cif;  // libffi takes it without const
  ffi_arg status = 0;
  ffi_call(&cif, call->function, &status, addresses);
  if ((int)status != 0) return NATIVE_FAILED;
  *result = read_result(call->result, &answer);
  return NATIVE_DONE;
}
