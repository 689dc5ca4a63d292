// SPDX-License-Identifier: Apache-2.0
// Lint as a library: without memory at any point it says so and leaves nothing behind; comparing rules stops
// after a fixed number of pairs and says that as well; a finding keeps its fingerprint when its line moves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/lint/output.h"

#define HEAD                                                                                               \
  "policy p title \"Sample\" version \"1\" effective from 2025-01-01 zone \"Asia/Shanghai\" undetermined " \
  "hold\n"                                                                                                 \
  "event push enforceable { id: text time: instant kind: one of {ad, service} score: number vip: flag }\n"

static const char sample[] = HEAD
    "parameter spare: number = 3\n"
    "lexicon bad = {\"scam\", \"big scam\"}\n"
    "table most (kind) -> number first\n  | any | 9 |\n  | ad | 3 |\n"
    "rule a on push where kind is ad require score > 5 action block\n"
    "rule b on push where vip forbid when score > 2 and score > most(kind) action block\n"
    "rule c on push forbid when id contains any of bad or vip is true and score > 3 action block\n"
    "# nuo-lint: off N1310 until 2026-12-31 because it is a test\n"
    "rule night on push forbid when clock(time) in 22:00..08:00 action defer until 07:30\n";

struct memory {
  size_t left;  // allocations until it fails; SIZE_MAX: it does not
  long open;    // blocks that are out
};

static void *resize(void *context, void *block, size_t old_size, size_t new_size) {
  struct memory *memory = context;
  (void)old_size;
  if (new_size == 0) {
    memory->open -= block != NULL;
    free(block);
    return NULL;
  }
  if (memory->left == 0) return NULL;
  if (memory->left != SIZE_MAX) memory->left--;
  void *made = realloc(block, new_size);
  memory->open += block == NULL && made != NULL;
  return made;
}

static nuo_compilation *compile(const char *source, const nuo_allocator *allocator) {
  nuo_compilation *compilation;
  const nuo_compile_options options = {.allocator = allocator};
  assert_int_equal(
      nuo_compile((nuo_text){"p.nuo", 5}, (nuo_text){source, strlen(source)}, &options, &compilation),
      NUO_OK);
  assert_non_null(nuo_compilation_image(compilation).text);
  return compilation;
}

static const struct lint_options on_new_year = {.today = 20454};  // 2026-01-01

static uint32_t count_of(const struct lint_findings *findings, const char *code) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < findings->items.count; i++)
    count += strcmp(findings->items.at[i].shown.code, code) == 0;
  return count;
}

static void without_memory(void **state) {
  (void)state;
  struct memory memory = {.left = SIZE_MAX};
  const nuo_allocator allocator = {resize, &memory};
  uint32_t found = 0;
  for (size_t room = 0;; room++) {
    struct lint_findings findings;
    memory.left = SIZE_MAX;
    nuo_compilation *compilation = compile(sample, &allocator);
    memory.left = room;
    const nuo_status status = nuo__lint(compilation, &on_new_year, &findings);
    if (status == NUO_OK) found = findings.items.count;
    nuo_compilation_free(compilation);
    assert_int_equal(memory.open, 0);
    if (status == NUO_OK) break;
    assert_int_equal(status, NUO_NO_MEMORY);
  }
  assert_true(found > 5);
}

static void cut_short(void **state) {
  (void)state;
  // 700 rules on the same field are 244,650 pairs; 200,000 are compared.
  char *source = malloc(100000);
  size_t len = (size_t)sprintf(source, "%s", HEAD);
  for (int i = 0; i < 700; i++)
    len += (size_t)sprintf(source + len, "rule r%d on push forbid when score is %d action block\n", i, i);
  struct lint_findings findings;
  nuo_compilation *compilation = compile(source, NULL);
  assert_int_equal(nuo__lint(compilation, &on_new_year, &findings), NUO_OK);
  assert_int_equal(count_of(&findings, "N1328"), 1);
  nuo_compilation_free(compilation);
  free(source);
}

static uint64_t fingerprint_of(const char *source, const char *code) {
  struct lint_findings findings;
  nuo_compilation *compilation = compile(source, NULL);
  uint64_t fingerprint = 0;
  assert_int_equal(nuo__lint(compilation, &on_new_year, &findings), NUO_OK);
  assert_int_equal(count_of(&findings, code), 1);
  for (uint32_t i = 0; i < findings.items.count; i++)
    if (strcmp(findings.items.at[i].shown.code, code) == 0) fingerprint = findings.items.at[i].fingerprint;
  nuo_compilation_free(compilation);
  return fingerprint;
}

static void fingerprints(void **state) {
  (void)state;
  const uint64_t one = fingerprint_of(HEAD "parameter spare: number = 3\n", "N1301");
  assert_int_equal(one, fingerprint_of(HEAD "# moved\n\nparameter spare:  number =  3\n", "N1301"));
  assert_int_not_equal(one, fingerprint_of(HEAD "parameter spare: number = 4\n", "N1301"));
}

// An exception that is in force for a day does not make its rule one that is never breached.
static void dated_exceptions(void **state) {
  (void)state;
  struct lint_findings findings;
  nuo_compilation *compilation =
      compile(HEAD
              "rule r on push forbid when vip action block\n"
              "exception x to r when true effective from 2025-08-01 until 2025-08-01\n",
              NULL);
  assert_int_equal(nuo__lint(compilation, &on_new_year, &findings), NUO_OK);
  assert_int_equal(count_of(&findings, "N1102"), 0);
  nuo_compilation_free(compilation);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(without_memory), cmocka_unit_test(cut_short),
                                     cmocka_unit_test(fingerprints), cmocka_unit_test(dated_exceptions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
