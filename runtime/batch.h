// SPDX-License-Identifier: Apache-2.0
// A batch: up to 64 decoded events side by side, one a lane, as registers. The decoder fills the registers of
// fields, the VM (vm.c) the temporaries. All memory is obtained once per session.
#ifndef NUO_RUNTIME_BATCH_H
#define NUO_RUNTIME_BATCH_H

#include "runtime/image.h"
#include "runtime/nuo.h"

struct plane {  // t & f is always 0; a lane in neither is unknown
  uint64_t t, f;
};
struct text_reg {
  const char *at[NUO_BATCH];
  uint32_t len[NUO_BATCH];
};
struct list_reg {  // elements [first, first + count) of the batch's pool
  uint32_t first[NUO_BATCH], count[NUO_BATCH];
};
union element {
  int64_t number;
  struct {
    const char *at;
    uint32_t len;
  } text;
};

struct batch {
  uint32_t count;  // lanes in use: 0 … count-1
  // Known masks apart from the values, so that a batch is cleared by a few short fills.
  struct plane *planes;
  uint64_t *column_known, *wide_known, *half_known, *text_known, *list_known;
  int64_t (*columns)[NUO_BATCH];
  int32_t (*wides)[NUO_BATCH];
  uint16_t (*halves)[NUO_BATCH];
  struct text_reg *texts;
  struct list_reg *lists;
  // List elements; grows. Its front holds the constants that code turns into lists (LCONST, LCONSTX) and
  // stays: nuo__batch_clear sets pool_count to where the elements of events begin.
  union element *pool;
  uint32_t pool_count, pool_cap;
  uint64_t *event_lanes;  // per event type: the lanes that hold it
  // What a lane is.
  uint32_t event[NUO_BATCH];  // event type
  uint16_t zone[NUO_BATCH];   // handle of the event's zone: its zone field's, else the policy's
  uint64_t tag[NUO_BATCH];
  struct {
    const char *at;
    uint32_t len;
  } id[NUO_BATCH];  // the identity's value as text (a number is printed into the arena)
};

#endif
