// SPDX-License-Identifier: Apache-2.0
// Events as a host has them in variables: rows of values for a form.
#ifndef NUO_TESTS_BENCH_ROWS_H
#define NUO_TESTS_BENCH_ROWS_H

#include "tests/bench/ours.h"

// A row for each of `count` JSON events of the type, and the form for them: of the fields that any of them
// has.
nuo_form *bench_rows(const struct nuo *n, uint32_t event, char *const *json, const size_t *len,
                     uint32_t count, nuo_value **rows);

#endif
