// SPDX-License-Identifier: Apache-2.0
// Checks and set-up for the fuzz targets; see fuzz.h.
#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/utf8.h"

void fuzz_die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  abort();
}

nuo_text fuzz_compile(const char *source) {
  nuo_compilation *compilation;
  if (nuo_compile((nuo_text){"fuzz.nuo", 8}, (nuo_text){source, strlen(source)}, NULL, &compilation) !=
      NUO_OK)
    fuzz_die("out of memory");
  nuo_text image = nuo_compilation_image(compilation);
  if (image.text == NULL) {
    const nuo_diagnostic *d;
    size_t count = nuo_compilation_diagnostics(compilation, &d);
    for (size_t i = 0; i < count; i++)
      fprintf(stderr, "line %u: %s %.*s\n", d[i].place.line, d[i].code, (int)d[i].message[0].len,
              d[i].message[0].text);
    fuzz_die("a policy of the fuzz targets does not compile");
  }
  char *copy = malloc(image.len);
  if (copy == NULL) fuzz_die("out of memory");
  memcpy(copy, image.text, image.len);
  nuo_compilation_free(compilation);
  return (nuo_text){copy, image.len};
}

nuo_session *fuzz_session(nuo_program *const *programs, size_t count, nuo_engine **engine) {
  nuo_session *session = NULL;
  nuo_error error;
  if (nuo_engine_new(NULL, engine) != NUO_OK) fuzz_die("no engine");
  if (nuo_engine_use(*engine, programs, count, &error) == NUO_OK &&
      nuo_session_new(*engine, &session) == NUO_OK)
    return session;
  nuo_engine_free(*engine);
  *engine = NULL;
  return NULL;
}

void fuzz_check_json(nuo_text json) {
  static struct json_name names[JSON_NAME_CAP];
  nuo_error error = {.status = NUO_OK};
  struct json j = {.start = json.text,
                   .at = json.text,
                   .end = json.text + json.len,
                   .error = &error,
                   .names = names,
                   .name_cap = JSON_NAME_CAP};
  if (nuo__utf8_check(json.text, json.len) != json.len) fuzz_die("not UTF-8: %.*s", (int)json.len, json.text);
  if (memchr(json.text, '\n', json.len) != NULL) fuzz_die("not one line: %.*s", (int)json.len, json.text);
  if (!nuo__json_skip(&j) || j.at != j.end)
    fuzz_die("not JSON (%s at %d): %.*s", error.message, (int)error.offset, (int)json.len, json.text);
}

void fuzz_check_error(const nuo_error *error, size_t len) {
  size_t size = strnlen(error->message, sizeof error->message);
  if (size == 0 || size == sizeof error->message) fuzz_die("a message that is empty or not terminated");
  if (nuo__utf8_check(error->message, size) != size)
    fuzz_die("a message that is not UTF-8: %s", error->message);
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)error->message[i] < 0x20)
      fuzz_die("a message with control characters: %s", error->message);
  if (error->offset > len) fuzz_die("an offset beyond the end: %s", error->message);
}
