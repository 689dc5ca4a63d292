// SPDX-License-Identifier: Apache-2.0
// Fuzz target: source text into the compiler. Every diagnostic must have its texts and a place within the
// source; what compiles must be an image that loads, and the same one when compiled again; what parses must
// have a layout that a second run leaves alone and that is the same program. A source with a fence of
// backquotes is taken for a Markdown document, any other for bare code. No other file exists.
#include <stddef.h>
#include <string.h>

#include "runtime/image.h"
#include "runtime/utf8.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(nuo_text text, const char *what) {
  if (text.text == NULL || text.len == 0) fuzz_die("an empty %s", what);
  if (nuo__utf8_check(text.text, text.len) != text.len) fuzz_die("a %s that is not UTF-8", what);
}

static void check_place(const nuo_place *place, nuo_text path, nuo_text source) {
  if (place->path.len != path.len || memcmp(place->path.text, path.text, path.len) != 0) return;
  if (place->offset > source.len || place->length > source.len - place->offset)
    fuzz_die("a place beyond the source");
  if (place->line == 0 || place->column == 0 || place->end_line < place->line)
    fuzz_die("a place without a line");
}

static void check_diagnostics(nuo_compilation *compilation, nuo_text path, nuo_text source) {
  const nuo_diagnostic *d;
  size_t count = nuo_compilation_diagnostics(compilation, &d), errors = 0;
  for (size_t i = 0; i < count; i++) {
    errors += d[i].severity == NUO_ERROR;
    for (int language = 0; language < 2; language++) check_text(d[i].message[language], "message");
    check_place(&d[i].place, path, source);
    check_place(&d[i].also, path, source);
    check_text(nuo_explain((nuo_text){d[i].code, strlen(d[i].code)}, NUO_ENGLISH), "explanation");
  }
  if ((errors == 0) != (nuo_compilation_image(compilation).text != NULL))
    fuzz_die("an image and %d errors", (int)errors);
}

static void check_image(nuo_text path, nuo_text source, nuo_text image) {
  nuo_program *program;
  nuo_compilation *again;
  nuo_error error;
  nuo_status status = nuo_program_load(image.text, image.len, NULL, &program, &error);
  if (status == NUO_OK) {
    nuo_engine *engine;
    nuo_session_free(fuzz_session(&program, 1, &engine));
    nuo_engine_free(engine);
  } else if (status != NUO_NOT_GRANTED && status != NUO_BAD_ZONE) {
    fuzz_die("compiled and not loaded: %s", error.message);
  }
  nuo_program_free(program);
  if (nuo_compile(path, source, NULL, &again) != NUO_OK) fuzz_die("out of memory");
  nuo_text second = nuo_compilation_image(again);
  if (second.len != image.len || memcmp(second.text, image.text, image.len) != 0)
    fuzz_die("two images of one source");
  nuo_compilation_free(again);
}

static nuo_compilation *lay_out(nuo_text path, nuo_text source) {
  nuo_compilation *made;
  if (nuo_format(path, source, NULL, NUO_WORDS_AS_WRITTEN, &made) != NUO_OK) fuzz_die("out of memory");
  const nuo_diagnostic *d;
  const size_t count = nuo_compilation_diagnostics(made, &d);
  for (size_t i = 0; i < count; i++)
    if (strcmp(d[i].code, "N0902") == 0) fuzz_die("another program after layout");
  return made;
}

static void check_layout(nuo_text path, nuo_text source, nuo_text image) {
  nuo_compilation *first = lay_out(path, source), *program;
  const nuo_text text = nuo_compilation_formatted(first);
  if (text.text != NULL) {
    nuo_compilation *second = lay_out(path, text);
    const nuo_text same = nuo_compilation_formatted(second);
    if (same.len != text.len || memcmp(same.text, text.text, text.len) != 0)
      fuzz_die("two layouts of one source");
    nuo_compilation_free(second);
    if (nuo_compile(path, text, NULL, &program) != NUO_OK) fuzz_die("out of memory");
    const nuo_text laid = nuo_compilation_image(program);
    const size_t at = offsetof(struct image_header, program_digest);
    if ((image.text == NULL) != (laid.text == NULL) ||
        (image.text != NULL && memcmp(image.text + at, laid.text + at, 32) != 0))
      fuzz_die("another program after layout");
    nuo_compilation_free(program);
  }
  nuo_compilation_free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  nuo_text source = {(const char *)data, size}, path = {"fuzz.nuo", 8};
  for (size_t i = 0; i + 3 <= size; i++)
    if (memcmp(data + i, "```", 3) == 0) path = (nuo_text){"fuzz.nuo.md", 11};
  nuo_compilation *compilation;
  if (nuo_compile(path, source, NULL, &compilation) != NUO_OK) fuzz_die("out of memory");
  check_diagnostics(compilation, path, source);
  nuo_text image = nuo_compilation_image(compilation);
  if (image.text != NULL) check_image(path, source, image);
  check_layout(path, source, image);
  nuo_compilation_free(compilation);
  return 0;
}
