// SPDX-License-Identifier: Apache-2.0
// Which clauses several numbers name, and which of them two texts have in common.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/clause_number.h"

static struct str text(const char *at) {
  return (struct str){at, (uint32_t)strlen(at)};
}

static bool meet(const char *const pair[2]) {
  struct clause_numbers a, b;
  nuo__clause_numbers(text(pair[0]), &a);
  nuo__clause_numbers(text(pair[1]), &b);
  return nuo__clause_numbers_meet(&a, &b);
}

static void test_meet(void **state) {
  (void)state;
  static const char *const together[][2] = {{"法 第二十四条第（四）至（九）项", "法 第二十四条第（九）项"},
                                            {"法 第十条至第十二条", "法 第十一条"},
                                            {"法 第十至十二条", "法 第十二条"},
                                            {"法 第十条、第十二条", "法 第12条"},
                                            {"2.3.1（四）至（六）", "2.3.1（六）至（九）"},
                                            {"4(d) to (i)", "4(e)"},
                                            {"2.3 to 2.5", "2.4"},
                                            {"Act, Articles 5 to 7", "Act, Article 6"},
                                            {"Act, sections 3, 5 and 7", "Act, section 5"},
                                            {"第２条", "第二条"},
                                            {"法 第九条至第三条", "法 第三条"}};
  static const char *const apart[][2] = {{"法 第二十四条第（四）至（九）项", "法 第二十四条第（十）项"},
                                         {"法 第二十四条第（四）至（九）项", "法 第二十五条第（五）项"},
                                         {"法 第十条至第十二条", "办法 第十一条"},
                                         {"法 第十条、第十二条", "法 第十一条"},
                                         {"法 第十三条", "法 第十三条第二款"},
                                         {"法 第一款、第（三）项", "法 第一款、第（一）项"},
                                         {"2.3 to 2.5", "2.6"},
                                         {"2.3 to 2.5", "3.4"},
                                         {"法 第九条至第三条", "法 第五条"},
                                         {"no number at all", "no number at all"},
                                         {"4 tools 6", "4 tools 5"},
                                         {"第一百二十条之一", "第一百二十条之二"}};
  for (size_t i = 0; i < sizeof together / sizeof *together; i++) assert_true(meet(together[i]));
  for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) assert_false(meet(apart[i]));
}

static void test_spans(void **state) {
  (void)state;
  struct clause_numbers numbers;
  nuo__clause_numbers(text("法 第二条、第四条至第六条、第九条"), &numbers);
  assert_int_equal(numbers.count, 3);
  assert_int_equal(numbers.spans[1].first, 4);
  assert_int_equal(numbers.spans[1].last, 6);
  assert_false(numbers.backwards);
  nuo__clause_numbers(text("（九）至（四）"), &numbers);
  assert_true(numbers.backwards);
  nuo__clause_numbers(text("（四）至（四）"), &numbers);
  assert_true(numbers.backwards);
  assert_true(nuo__clause_among(text("（四）至（九）"), text("（五）")));
  assert_false(nuo__clause_among(text("（四）至（九）"), text("（四）至（五）")));
}

// More than there is room for: what stands before becomes words.
static void test_many(void **state) {
  (void)state;
  struct clause_numbers numbers;
  char many[4 * (CLAUSE_SPANS + 2)] = "";
  for (int i = 0; i < CLAUSE_SPANS + 1; i++) strcat(many, i == 0 ? "1" : ", 1");
  nuo__clause_numbers(text(many), &numbers);
  assert_int_equal(numbers.count, 1);
  many[strlen(many) - 3] = 0;
  nuo__clause_numbers(text(many), &numbers);
  assert_int_equal(numbers.count, CLAUSE_SPANS);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_meet), cmocka_unit_test(test_spans),
                                     cmocka_unit_test(test_many)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
