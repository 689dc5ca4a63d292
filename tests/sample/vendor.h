// SPDX-License-Identifier: Apache-2.0
// The formats in which push requests go to vendors, between print.c, which writes what the gateway knows, and
// vendor.c, which writes the rest as the vendor wants it.
#ifndef NUO_TESTS_SAMPLE_VENDOR_H
#define NUO_TESTS_SAMPLE_VENDOR_H

#include "tests/sample/push.h"

// What a vendor's format has a place for; the others the gateway has to tell. All have one for the user.
struct vendor_format {
  const char *vendor, *adapter;
  bool id, title, body, vendor_class, ttl, schedule;
  void (*put_request)(const struct push *push);  // the members `headers` and `body` of the envelope
};

// NULL: there is none, or this one comes as an event of the library.
const struct vendor_format *vendor_format_of(const struct push *push);

#endif
