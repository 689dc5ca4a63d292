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
  error->status = status;
  error->offset = offset;
  return status;
}
