// SPDX-License-Identifier: Apache-2.0
// Fills in an error, see failure.h.
#include "runtime/failure.h"

#include <stdarg.h>

#include "runtime/text_out.h"

nuo_status nuo__fail(nuo_error *error, nuo_status status, uint64_t offset, const char *format, ...) {
  if (error == NULL) return status;
  va_list arguments;
  va_start(arguments, format);
  nuo__text_vformat(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  error->message_zh[0] = 0;
  error->status = status;
  error->offset = offset;
  return status;
}

nuo_status nuo__fail_zh(nuo_error *error, nuo_status status, const char *format, ...) {
  if (error == NULL) return status;
  va_list arguments;
  va_start(arguments, format);
  nuo__text_vformat(error->message_zh, sizeof error->message_zh, format, arguments);
  va_end(arguments);
  return status;
}

nuo_status nuo__refuse(nuo_error *error, const char *en, const char *zh, ...) {
  va_list arguments;
  va_start(arguments, zh);
  nuo__text_vformat(error->message, sizeof error->message, en, arguments);
  va_end(arguments);
  va_start(arguments, zh);
  nuo__text_vformat(error->message_zh, sizeof error->message_zh, zh, arguments);
  va_end(arguments);
  error->offset = 0;
  return error->status = NUO_BAD_EVENT;
}
