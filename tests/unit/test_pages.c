// SPDX-License-Identifier: Apache-2.0
// Tests of writing pages: what is escaped, and what is said in two languages.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/pages/html.h"

static void check(struct text_out *out, const char *want) {
  assert_false(out->failed);
  if (out->len != strlen(want) || memcmp(out->at, want, out->len) != 0)
    fail_msg("got \"%.*s\", want \"%s\"", (int)out->len, out->at, want);
  nuo__out_free(out);
}

static void check_text(const char *text, const char *want) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo__html_text(&out, nuo__str_of(text));
  check(&out, want);
}

static void test_escapes(void **state) {
  (void)state;
  check_text("", "");
  check_text("诺 plain", "诺 plain");
  check_text("<b title=\"x\" id='y'>&amp;</b>",
             "&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;");
  check_text("a\n\tb", "a\n\tb");
  // A control, a change of direction, a separator of lines; and what only looks like one.
  check_text(
      "a\x01\xE2\x80\xAE"
      "b\xE2\x80\xA8\x7F",
      "a\xEF\xBF\xBD\xEF\xBF\xBD"
      "b\xEF\xBF\xBD\xEF\xBF\xBD");
  check_text("\xE2\x80\x9C\xE2\x81\xA0", "\xE2\x80\x9C\xE2\x81\xA0");
}

static void test_says_both(void **state) {
  (void)state;
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo__html_both(&out, STR("a<"), STR("a<"));
  check(&out, "a&lt;");
  out = (struct text_out){.allocator = nuo__default_allocator()};
  nuo__html_say_element(&out, "td", "n", "a", "b");
  check(&out, "<td class=\"n\"><span lang=\"en\">a</span><span lang=\"zh\">b</span></td>");
}

static void test_integers(void **state) {
  (void)state;
  static const struct {
    int64_t value;
    const char *want;
  } cases[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {12045, "12,045"}, {1002003, "1,002,003"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct text_out out = {.allocator = nuo__default_allocator()};
    nuo__html_integer(&out, cases[i].value);
    check(&out, cases[i].want);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_escapes), cmocka_unit_test(test_says_both),
                                     cmocka_unit_test(test_integers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
