// SPDX-License-Identifier: Apache-2.0
// Tests of writing pages: what is escaped, what is said in two languages, what becomes of Markdown, and how
// changes of a text are told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/pages/html.h"
#include "compiler/pages/markdown.h"
#include "compiler/pages/render.h"

static void check(struct text_out *out, const char *want) {
  assert_false(out->failed);
  if (out->len != strlen(want) || (out->len > 0 && memcmp(out->at, want, out->len) != 0))
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

// ---- Markdown ----

// The HTML of all blocks, one a line.
static void check_markdown(const char *text, const char *want) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  struct text_out out = {.allocator = nuo__default_allocator()};
  md_blocks blocks = {0};
  assert_int_equal(nuo__markdown_read(arena, nuo__str_of(text), &blocks), NUO_OK);
  for (uint32_t i = 0; i < blocks.count; i++) {
    nuo__out_bytes(&out, blocks.at[i].html.at, blocks.at[i].html.len);
    nuo__out_string(&out, "\n");
  }
  check(&out, want);
  nuo__arena_free(arena);
}

static void test_markdown(void **state) {
  (void)state;
  check_markdown("# A *b*\n\nc\nd\n", "A <em>b</em>\n<p>c\nd</p>\n");
  check_markdown("- a\n- b\n\n3. c\n", "<ul><li>a</li><li>b</li></ul>\n<ol start=\"3\"><li>c</li></ol>\n");
  check_markdown("> q\n\n```sh\n<a>\n```\n***\n",
                 "<blockquote><p>q</p></blockquote>\n<pre>&lt;a&gt;\n</pre>\n<hr>\n");
  check_markdown("- [x] done\n- [ ] not\n", "<ul><li>☑ done</li><li>☐ not</li></ul>\n");
  check_markdown("a\\\nb ~~c~~ `<d>`\n", "<p>a<br>b <s>c</s> <code>&lt;d&gt;</code></p>\n");
  // Chinese text has no spaces where its lines end.
  check_markdown("推送的\n**范围**，\n登记 a\n公布\n", "<p>推送的<strong>范围</strong>，登记 a\n公布</p>\n");
}

static void test_markdown_is_safe(void **state) {
  (void)state;
  check_markdown("a <i>b</i> &lt;c&#62; &copy;\n", "<p>a &lt;i&gt;b&lt;/i&gt; &lt;c&gt; &copy;</p>\n");
  check_markdown("<div onclick=\"x\">\n", "<div>&lt;div onclick=&quot;x&quot;&gt;\n</div>\n");
  check_markdown("a <!-- b --> c\n\n<!-- d\ne --> f\n", "<p>a  c</p>\n<div> f\n</div>\n");
  check_markdown("&#x202E;&#0;&#xD800;&#x110000;\n",
                 "<p>\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD</p>\n");
  check_markdown("[a](HTTP://b) [c](mailto:d) [e](f.md#g) [h](?i:j)\n",
                 "<p>a <a href=\"mailto:d\">c</a> <a href=\"f.md#g\">e</a> <a href=\"?i:j\">h</a></p>\n");
  check_markdown("[a](java&#115;cript:b) [c](javascript&colon;d) [e](<java script:f>)\n", "<p>a c e</p>\n");
  check_markdown(
      "[a [b]](http://x/?a&amp;b) ![p *q*](http://r \"s\")\n",
      "<p><a href=\"http://x/?a&amp;b\">a [b]</a> <span class=\"soft\">[p <em>q</em>]</span></p>\n");
}

static void test_markdown_places(void **state) {
  (void)state;
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  md_blocks blocks = {0};
  assert_int_equal(nuo__markdown_read(arena, STR("# A\n\n- b\n\n```nuo\nc\n```\n"), &blocks), NUO_OK);
  assert_int_equal(blocks.count, 3);
  assert_int_equal(blocks.at[0].kind, MD_HEADING);
  assert_int_equal(blocks.at[0].start, 2);
  assert_int_equal(blocks.at[1].kind, MD_OTHER);
  assert_int_equal(blocks.at[1].start, 7);
  assert_int_equal(blocks.at[2].kind, MD_FENCE);
  assert_int_equal(blocks.at[2].start, 17);
  nuo__arena_free(arena);
}

// ---- redlines ----

static void check_redline(const char *from, const char *to, const char *want) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  struct text_out out = {.allocator = nuo__default_allocator()};
  assert_int_equal(nuo__redline(&out, arena, nuo__str_of(from), nuo__str_of(to)), want != NULL);
  check(&out, want != NULL ? want : "");
  nuo__arena_free(arena);
}

static void test_redline(void **state) {
  (void)state;
  check_redline("at most two of them", "at most 3 of them", "at most <del>two</del><ins>3</ins> of them");
  check_redline("", "", "");
  check_redline("a b c", "a b c d", "a b c<ins> d</ins>");
  // The 十 they have in common is too little.
  check_redline("二十四小时内响应", "十二小时内响应", "<del>二十四</del><ins>十二</ins>小时内响应");
  // What is in common by chance, less than three words, is struck and put in again.
  check_redline("abc <x> abc old y end of it", "abc <x> abc new y end of it!",
                "abc &lt;x&gt; abc <del>old</del><ins>new</ins> y end of it<ins>!</ins>");
  check_redline("ein Text", "nothing alike in it", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_escapes),          cmocka_unit_test(test_says_both),
      cmocka_unit_test(test_integers),         cmocka_unit_test(test_markdown),
      cmocka_unit_test(test_markdown_is_safe), cmocka_unit_test(test_markdown_places),
      cmocka_unit_test(test_redline)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
