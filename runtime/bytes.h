// SPDX-License-Identifier: Apache-2.0
// Numbers in records of the store: of fixed size, the low byte first, or seven bits a byte. Read with a
// bound, so that no record from anywhere leads outside its bytes. Used by whoever puts a record together.
#ifndef NUO_RUNTIME_BYTES_H
#define NUO_RUNTIME_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "runtime/nuo.h"
#include "runtime/text_out.h"

// Written out, so that compilers make one move of it.
static inline uint32_t nuo__bytes_read_4(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void nuo__bytes_write_4(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
  at[2] = (uint8_t)(value >> 16);
  at[3] = (uint8_t)(value >> 24);
}

// Of 4 to 8 bytes: as the first four and the last four, which may overlap.
static inline void nuo__bytes_write_wide(uint8_t *at, unsigned count, uint64_t value) {
  nuo__bytes_write_4(at, (uint32_t)value);
  nuo__bytes_write_4(at + count - 4, (uint32_t)(value >> 8 * (count - 4)));
}

static inline uint64_t nuo__bytes_read_wide(const uint8_t *at, unsigned count) {
  return nuo__bytes_read_4(at) | (uint64_t)nuo__bytes_read_4(at + count - 4) << 8 * (count - 4);
}

static inline void nuo__bytes_write(uint8_t *at, unsigned count, uint64_t value) {
  if (count >= 4) {
    nuo__bytes_write_wide(at, count, value);
    return;
  }
  for (unsigned i = 0; i < count; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t nuo__bytes_read(const uint8_t *at, unsigned count) {
  uint64_t value = 0;
  if (count >= 4) return nuo__bytes_read_wide(at, count);
  for (unsigned i = 0; i < count; i++) value |= (uint64_t)at[i] << 8 * i;
  return value;
}

// ---- appending ----

static inline void nuo__bytes_put(struct text_out *out, uint64_t value) {
  char bytes[10];
  size_t len = 0;
  for (; value >= 0x80; value >>= 7) bytes[len++] = (char)(value | 0x80);
  bytes[len++] = (char)value;
  nuo__out_bytes(out, bytes, len);
}

// Small ones of either sign stay short.
static inline void nuo__bytes_put_signed(struct text_out *out, int64_t value) {
  nuo__bytes_put(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static inline void nuo__bytes_put_text(struct text_out *out, nuo_text text) {
  nuo__bytes_put(out, text.len);
  if (text.len > 0) nuo__out_bytes(out, text.text, text.len);
}

// ---- reading ----

// After what is no good number or too short, `bad` is set and everything reads as 0 or empty.
struct bytes_in {
  const uint8_t *at, *end;
  bool bad;
};

static inline uint64_t nuo__bytes_take(struct bytes_in *in) {
  uint64_t value = 0;
  for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
    const uint8_t byte = *in->at++;
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  in->at = in->end;
  in->bad = true;
  return 0;
}

static inline int64_t nuo__bytes_take_signed(struct bytes_in *in) {
  const uint64_t value = nuo__bytes_take(in);
  return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

// Borrowed from the record.
static inline nuo_text nuo__bytes_take_text(struct bytes_in *in) {
  const uint64_t len = nuo__bytes_take(in);
  if (len > (uint64_t)(in->end - in->at)) {
    in->at = in->end;
    in->bad = true;
    return (nuo_text){"", 0};
  }
  const nuo_text text = {(const char *)in->at, (size_t)len};
  in->at += len;
  return text;
}

#endif
