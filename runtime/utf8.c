// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation and the few facts about single code points that the project needs. The width tables follow
// the East Asian Width and general category properties of Unicode 14, thinned to the scripts that rule texts
// plausibly hold; a rare script gets width 1, which only moves a caret. See utf8.h for the contracts.
#include "runtime/utf8.h"

#include <string.h>

enum { LEAD_2_FIRST = 0xC2, LEAD_3_FIRST = 0xE0, LEAD_4_FIRST = 0xF0, LEAD_4_LAST = 0xF4 };

static inline uint64_t load_8(const unsigned char *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

static inline bool is_tail(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Length of the sequence at `p`, `left` bytes before the end, or 0 if it is not valid.
static size_t sequence_length(const unsigned char *p, size_t left) {
  unsigned char lead = p[0];
  if (lead < 0x80) return 1;
  if (lead < LEAD_2_FIRST || lead > LEAD_4_LAST) return 0;
  if (lead < LEAD_3_FIRST) return left >= 2 && is_tail(p[1]) ? 2 : 0;
  if (lead < LEAD_4_FIRST) {
    if (left < 3 || !is_tail(p[1]) || !is_tail(p[2])) return 0;
    bool overlong = lead == 0xE0 && p[1] < 0xA0, surrogate = lead == 0xED && p[1] >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3])) return 0;
  bool overlong = lead == 0xF0 && p[1] < 0x90, too_high = lead == 0xF4 && p[1] >= 0x90;
  return overlong || too_high ? 0 : 4;
}

// Two three-byte sequences whose leads allow every tail (E1 to EC, EE, EF): nearly all of Chinese text.
static inline bool is_plain_pair(const unsigned char *p) {
  static const unsigned char shape_mask[8] = {0xF0, 0xC0, 0xC0, 0xF0, 0xC0, 0xC0, 0, 0};
  static const unsigned char shape[8] = {0xE0, 0x80, 0x80, 0xE0, 0x80, 0x80, 0, 0};
  if ((load_8(p) & load_8(shape_mask)) != load_8(shape)) return false;
  return p[0] != 0xE0 && p[0] != 0xED && p[3] != 0xE0 && p[3] != 0xED;
}

size_t nuo__utf8_check(const char *text, size_t len) {
  const unsigned char *start = (const unsigned char *)text, *p = start, *end = start + len;
  const uint64_t high_bits = UINT64_C(0x8080808080808080);
  while (p < end) {
    while (end - p >= 16 && ((load_8(p) | load_8(p + 8)) & high_bits) == 0) p += 16;
    while (end - p >= 8 && is_plain_pair(p)) p += 6;
    if (p == end) break;
    size_t length = sequence_length(p, (size_t)(end - p));
    if (length == 0) return (size_t)(p - start);
    p += length;
  }
  return len;
}

// A bit for each tail of eight bytes: it has bit 7 and not bit 6.
static inline uint64_t tails_of(uint64_t word) {
  return word >> 7 & ~(word >> 6) & UINT64_C(0x0101010101010101);
}

static inline size_t tails_in(uint64_t word) {
  return tails_of(word) * UINT64_C(0x0101010101010101) >> 56;
}

size_t nuo__utf8_count(const char *text, size_t len) {
  const unsigned char *p = (const unsigned char *)text;
  size_t tails = 0, i = 0;
  for (; i + 8 <= len; i += 8) tails += tails_in(load_8(p + i));
  if (i < len && len >= 8) return len - tails - tails_in(load_8(p + len - 8) >> 8 * (8 - (len - i)));
  for (; i < len; i++) tails += is_tail(p[i]);
  return len - tails;
}

size_t nuo__utf8_encode(uint32_t code_point, char out[4]) {
  if (code_point < 0x80) {
    out[0] = (char)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = (char)(0xC0 | code_point >> 6);
    out[1] = (char)(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = (char)(0xE0 | code_point >> 12);
    out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[2] = (char)(0x80 | (code_point & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | code_point >> 18);
  out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
  out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
  out[3] = (char)(0x80 | (code_point & 0x3F));
  return 4;
}

bool nuo__utf8_is_han(uint32_t c) {
  if (c < 0x3005) return false;
  return c == 0x3005 || c == 0x3007 || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

struct range {
  uint32_t first, last;
};

// clang-format off
static const struct range zero_width[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
    {0x05BF, 0x05BF}, {0x05C1, 0x05C2}, {0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0600, 0x0605}, {0x0610, 0x061A},
    {0x061C, 0x061C}, {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DD}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8},
    {0x06EA, 0x06ED}, {0x093C, 0x093C}, {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E}, {0x0EB1, 0x0EB1}, {0x0EB4, 0x0EBC}, {0x0EC8, 0x0ECD}, {0x0F71, 0x0F7E}, {0x0F80, 0x0F84},
    {0x180B, 0x180F}, {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
    {0x20D0, 0x20F0}, {0x302A, 0x302D}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB}, {0xE0001, 0xE01EF},
};

static const struct range double_width[] = {
    {0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A}, {0x23E9, 0x23EC}, {0x23F0, 0x23F0}, {0x23F3, 0x23F3},
    {0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x267F, 0x267F}, {0x2693, 0x2693}, {0x26A1, 0x26A1},
    {0x26AA, 0x26AB}, {0x26BD, 0x26BE}, {0x26C4, 0x26C5}, {0x26CE, 0x26CE}, {0x26D4, 0x26D4}, {0x26EA, 0x26EA},
    {0x26F2, 0x26F3}, {0x26F5, 0x26F5}, {0x26FA, 0x26FA}, {0x26FD, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B},
    {0x2728, 0x2728}, {0x274C, 0x274C}, {0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
    {0x27B0, 0x27B0}, {0x27BF, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55}, {0x2E80, 0x303E},
    {0x3041, 0x3247}, {0x3250, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
    {0xFE10, 0xFE19}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x16FE0, 0x1B2FF}, {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F335},
    {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0},
    {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D},
    {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4},
    {0x1F5FB, 0x1F64F}, {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6DF},
    {0x1F6EB, 0x1F6EF}, {0x1F6F4, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F93A}, {0x1F93C, 0x1F945},
    {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};
// clang-format on

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code_point) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (code_point > ranges[middle].last)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && code_point >= ranges[low].first;
}

int nuo__utf8_width(uint32_t code_point) {
  if (code_point >= 0x20 && code_point < 0x7F) return 1;
  if (in_ranges(zero_width, sizeof zero_width / sizeof *zero_width, code_point)) return 0;
  return in_ranges(double_width, sizeof double_width / sizeof *double_width, code_point) ? 2 : 1;
}

size_t nuo__utf8_text_width(const char *text, size_t len) {
  size_t columns = 0;
  for (size_t i = 0, size; i < len; i += size)
    columns += (size_t)nuo__utf8_width(nuo__utf8_decode(text + i, &size));
  return columns;
}
