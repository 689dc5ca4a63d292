// SPDX-License-Identifier: Apache-2.0
// English names of the public enumerations, for logs and command-line output. Knows nothing else.
// Called by hosts and by whoever prints a decision.
#include "runtime/nuo.h"

#define NAME_OF(names, value) \
  ((size_t)(value) < sizeof(names) / sizeof *(names) ? (names)[(size_t)(value)] : "unknown")

const char *nuo_status_name(nuo_status status) {
  static const char *const names[] = {
      [NUO_OK] = "ok",
      [NUO_NO_MEMORY] = "out of memory",
      [NUO_BAD_ARGUMENT] = "bad argument",
      [NUO_BAD_IMAGE] = "bad image",
      [NUO_BAD_EVENT] = "bad event",
      [NUO_NOT_GRANTED] = "not granted",
      [NUO_BAD_ZONE] = "bad time zone",
      [NUO_LIMIT] = "limit passed",
      [NUO_BAD_STATE] = "bad state",
      [NUO_STATE_CHANGED] = "state changed",
      [NUO_IO] = "input or output failed",
      [NUO_NOT_TRUSTED] = "not trusted",
      [NUO_BAD_LOG] = "bad log",
  };
  return NAME_OF(names, status);
}

const char *nuo_action_name(nuo_action action) {
  static const char *const names[] = {
      [NUO_ALLOW] = "allow", [NUO_NOTE] = "note", [NUO_AMEND] = "amend",
      [NUO_DEFER] = "defer", [NUO_HOLD] = "hold", [NUO_BLOCK] = "block",
  };
  return NAME_OF(names, action);
}

const char *nuo_reason_name(nuo_reason_kind kind) {
  static const char *const names[] = {
      [NUO_REASON_MISSING] = "missing",
      [NUO_REASON_OVERFLOW] = "overflow",
      [NUO_REASON_DIVISION] = "division by zero",
      [NUO_REASON_NO_ROW] = "no table row",
      [NUO_REASON_NATIVE] = "native function failed",
      [NUO_REASON_UNSET] = "parameter unset",
      [NUO_REASON_CALENDAR] = "outside the calendar",
      [NUO_REASON_DATE] = "date out of range",
      [NUO_REASON_NO_FACT] = "no fact",
      [NUO_REASON_NO_EVENT] = "no event",
      [NUO_REASON_PATTERN] = "pattern gave up",
  };
  return NAME_OF(names, kind);
}

const char *nuo_duty_state_name(nuo_duty_state state) {
  static const char *const names[] = {
      [NUO_DUTY_OPENED] = "opened",         [NUO_DUTY_WARNED] = "warned",
      [NUO_DUTY_FULFILLED] = "fulfilled",   [NUO_DUTY_LATE] = "late",
      [NUO_DUTY_DISCHARGED] = "discharged", [NUO_DUTY_MISSED] = "missed",
      [NUO_DUTY_NOT_OPENED] = "not opened",
  };
  return NAME_OF(names, state);
}
