// SPDX-License-Identifier: Apache-2.0
// A batch of events in, its decisions out as one run of bytes: for languages in which each call of C costs
// time, and which want to own what they are given. Used by the bindings for Go and Java; not installed.
#ifndef NUO_BINDINGS_PACKED_H
#define NUO_BINDINGS_PACKED_H

#include <nuo.h>

// A session, for one thread at a time, with room for what it decided last.
typedef struct nuo_packed {
  nuo_session *session;  // NULL once it ran out of memory: it takes no more events
  char *adapter;         // of events that name none; NULL: there is none
  size_t adapter_len;
  char *at;  // decisions, one behind the other: nuo_packed_head and its texts
  size_t len, cap;
  char *room;  // for events that have to be copied
  size_t room_size;
  nuo_input added[NUO_BATCH];  // what waits in the session to be decided
  size_t added_count;
  nuo_error error;  // of the last call that failed
} nuo_packed;

// Reads the same in all languages: no gaps, numbers in the order of the machine, on 8 bytes. Behind it lie
// its texts, in the order of their lengths, then up to 7 bytes that count in `size` only.
typedef struct nuo_packed_head {
  uint64_t tag;
  int64_t time, until;
  uint64_t offset;  // of a refusal
  int32_t utc_offset, until_offset;
  uint32_t id_len, type_len, caused_by_len, json_len, message_len, message_zh_len;
  uint32_t size;
  uint8_t verdict, force, flags, refused;  // refused: the status, and no JSON; NUO_OK: it was decided
} nuo_packed_head;
enum { NUO_PACKED_DEADLINE = 1, NUO_PACKED_LATE = 2, NUO_PACKED_REPLAYED = 4 };

nuo_status nuo_packed_new(nuo_engine *engine, nuo_packed **packed);
void nuo_packed_free(nuo_packed *packed);
// Copies the name.
nuo_status nuo_packed_set_adapter(nuo_packed *packed, const char *name, size_t len);

// Memory for events of this size all in all, until the next call of it; NULL when there is none.
char *nuo_packed_room(nuo_packed *packed, size_t size);

// Decides up to NUO_BATCH events, event i ending at events + ends[i] and tagged first + i. All decisions are
// packed, and refusals in their places among them.
nuo_status nuo_packed_decide(nuo_packed *packed, const char *events, const int32_t *ends, size_t count,
                             uint64_t first);
// The same for any number. The events of one instant stay together, whichever batch they are in, unless they
// are more than NUO_BATCH.
nuo_status nuo_packed_decide_all(nuo_packed *packed, const char *events, const int32_t *ends, size_t count,
                                 uint64_t first);
// Decides one event and packs its own decision only, nothing of a report of a delivery. Refused:
// NUO_BAD_EVENT.
nuo_status nuo_packed_eval(nuo_packed *packed, const char *event, size_t len);
nuo_status nuo_packed_delivered(nuo_packed *packed, nuo_text type, nuo_text id, int64_t time);
// Packs the deadlines that have passed before `time`, all of them.
nuo_status nuo_packed_advance(nuo_packed *packed, int64_t time);

#endif
