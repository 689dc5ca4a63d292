// SPDX-License-Identifier: Apache-2.0
// What nuo.h and nuo_log.h promise of each function: a NULL where none may be is NUO_BAD_ARGUMENT or nothing
// happens, and what would be handed out is empty.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/nuo_log.h"

#define BAD(call) assert_int_equal(call, NUO_BAD_ARGUMENT)

static void test_programs_and_engines(void **state) {
  (void)state;
  nuo_program *program = (void *)&program;
  nuo_engine *engine;
  nuo_program_info info;
  size_t count = 7;
  BAD(nuo_program_load(NULL, 0, NULL, &program, NULL));
  assert_null(program);
  BAD(nuo_program_load("", 0, NULL, NULL, NULL));
  nuo_program_free(NULL);
  nuo_program_describe(NULL, &info);
  nuo_program_describe(NULL, NULL);
  assert_false(nuo_program_has_adapter(NULL, (nuo_text){"x", 1}));
  BAD(nuo_engine_new(NULL, NULL));
  nuo_engine_free(NULL);
  assert_int_equal(nuo_engine_new(NULL, &engine), NUO_OK);
  BAD(nuo_engine_use(NULL, &program, 1, NULL));
  BAD(nuo_engine_use(engine, NULL, 1, NULL));
  BAD(nuo_engine_use(engine, &program, 0, NULL));
  BAD(nuo_engine_use(engine, (nuo_program *const[]){NULL}, 1, NULL));
  BAD(nuo_engine_open(NULL, NULL));
  BAD(nuo_engine_commit(NULL, "", 0, NULL));
  BAD(nuo_engine_commit(engine, NULL, 1, NULL));
  static const char long_position[NUO_POSITION_MAX + 1];
  nuo_error error;
  BAD(nuo_engine_commit(engine, long_position, sizeof long_position, &error));
  assert_string_equal(error.message, "there is no engine, or the position has more than 256 bytes");
  BAD(nuo_engine_commit_begin(NULL, "", 0, NULL));
  BAD(nuo_engine_commit_end(NULL, NULL));
  assert_int_equal(nuo_engine_position(NULL).len, 0);
  BAD(nuo_engine_forget(NULL, (nuo_text){"x", 1}, NULL, NULL));
  BAD(nuo_engine_forget(engine, (nuo_text){NULL, 1}, NULL, NULL));
  nuo_engine_changes(NULL, &count);
  assert_int_equal(count, 0);
  nuo_engine_changes(engine, NULL);
  BAD(nuo_session_new(engine, NULL));
  BAD(nuo_session_new(NULL, (nuo_session *[]){NULL}));
  nuo_engine_free(engine);
}

static void test_sessions(void **state) {
  (void)state;
  const nuo_decision *d = (const void *)&d;
  const nuo_input input = {.json = "{}", .len = 2};
  nuo_form *form = (void *)&form;
  nuo_text text;
  int64_t time = 7;
  size_t count = 7;
  nuo_session_free(NULL);
  BAD(nuo_session_eval_json(NULL, "{}", 2, &d, NULL));
  nuo_session_decisions(NULL, &d, &count);
  assert_null(d);
  assert_int_equal(count, 0);
  BAD(nuo_session_add_json(NULL, "{}", 2, 0, NULL));
  BAD(nuo_session_add(NULL, &input, NULL, NULL));
  assert_int_equal(nuo_session_pending(NULL), 0);
  assert_int_equal(nuo_session_last(NULL, &time), NUO_TURN_ANY);
  assert_int_equal(time, 0);
  nuo_session_take_back(NULL, 3);
  nuo_session_decisions(NULL, NULL, NULL);
  BAD(nuo_session_decide(NULL, &d, &count));
  BAD(nuo_session_delivered(NULL, (nuo_text){"x", 1}, (nuo_text){"x", 1}, 0, NULL));
  BAD(nuo_session_advance(NULL, 0, &d, &count));
  BAD(nuo_session_decision_json(NULL, NULL, &text));
  BAD(nuo_form_new(NULL, (nuo_text){"x", 1}, NULL, 0, &form, NULL));
  assert_null(form);
  nuo_form_free(NULL);
  assert_false(nuo_form_has(NULL, 0));
  BAD(nuo_form_add(NULL, NULL, 0, NULL));
  BAD(nuo_form_eval(NULL, NULL, &d, NULL));
  BAD(nuo_form_json(NULL, NULL, &text, NULL));
}

static void test_logs(void **state) {
  (void)state;
  const nuo_input input = {.json = "{}", .len = 2};
  nuo_log *log;
  nuo_log_entry entry;
  nuo_program_info info = {.rules = 0};
  nuo_text line;
  BAD(nuo_log_new(NULL, NULL, NULL));
  nuo_log_free(NULL);
  BAD(nuo_log_begin(NULL, &line));
  BAD(nuo_log_fresh(NULL, NULL, &line));
  BAD(nuo_log_policy(NULL, &info, false, &line));
  BAD(nuo_log_event(NULL, &input, &line));
  BAD(nuo_log_decision(NULL, (nuo_text){"{}", 2}, &line));
  BAD(nuo_log_time(NULL, 0, &line));
  BAD(nuo_log_end(NULL, &line));
  BAD(nuo_log_read(NULL, (nuo_text){"", 0}, &entry, NULL));
  assert_false(nuo_log_ended(NULL));
  assert_int_equal(nuo_log_hash(NULL).len, 0);
  assert_int_equal(nuo_log_new(NULL, NULL, &log), NUO_OK);
  BAD(nuo_log_begin(log, NULL));
  BAD(nuo_log_read(log, (nuo_text){"", 0}, NULL, NULL));
  nuo_log_free(log);
}

// Every name there is, and "unknown" or the like for what is none.
static void test_names(void **state) {
  (void)state;
  for (int i = 0; i <= NUO_BAD_LOG; i++) assert_non_null(nuo_status_name((nuo_status)i));
  assert_string_equal(nuo_status_name((nuo_status)99), nuo_action_name((nuo_action)99));
  assert_string_equal(nuo_status_name((nuo_status)99), nuo_reason_name((nuo_reason_kind)99));
  assert_string_equal(nuo_status_name((nuo_status)99), nuo_duty_state_name((nuo_duty_state)99));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_programs_and_engines),
      cmocka_unit_test(test_sessions),
      cmocka_unit_test(test_logs),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
