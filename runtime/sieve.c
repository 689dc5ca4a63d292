// SPDX-License-Identifier: Apache-2.0
// See sieve.h. Windows are looked for 32 positions at a time: a shuffle looks up half a byte of each position
// in a table of bits, and where the bits of eight halves have one in common, a window may begin. In the same
// pass, by the same means, characters are looked for that folding would drop, or make letters or digits of:
// where there is one, the text goes to the matcher. No other character can hide a window, see
// nuo__fold_is_alone.
#include "runtime/sieve.h"

#include <string.h>

#include "runtime/cpu.h"
#include "runtime/fold.h"
#include "runtime/limits.h"
#include "runtime/match_blob.h"
#include "runtime/utf8.h"

enum sieve_kind {
  SIEVE_PART,  // not all of its entry, or one that may lie in an excepted phrase: the matcher decides
  SIEVE_CONTAINS,
  SIEVE_STARTS,
  SIEVE_ENDS,
  SIEVE_EQUALS,
};

static bool is_letter(uint32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_letter_or_digit(uint32_t c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

// ---- making ----

struct run {
  uint32_t first, length;
};

static struct run longest_run(const uint16_t *units, uint32_t length) {
  struct run best = {0, 0};
  for (uint32_t first = 0; first < length;) {
    uint32_t end = first;
    while (end < length && (is_letter_or_digit(units[end]) || nuo__fold_is_alone(units[end]))) end++;
    if (end - first > best.length) best = (struct run){first, end - first};
    first = end + 1;
  }
  return best;
}

static enum sieve_kind kind_of(enum family_kind family, bool whole) {
  if (!whole) return SIEVE_PART;
  return family == FAMILY_STARTS   ? SIEVE_STARTS
         : family == FAMILY_ENDS   ? SIEVE_ENDS
         : family == FAMILY_EQUALS ? SIEVE_EQUALS
                                   : SIEVE_CONTAINS;
}

// Outputs that have excepted phrases.
static void find_excepted(const struct match_header *header, uint64_t *excepted) {
  const char *bytes = (const char *)header;
  const struct match_family *families = (const void *)(bytes + header->families_at);
  const struct match_entry *entries = (const void *)(bytes + header->entries_at);
  const struct match_ref *refs = (const void *)(bytes + header->refs_at);
  memset(excepted, 0, LIMIT_MATCH_OUTPUTS / 8);
  for (uint32_t f = 0; f < header->family_count; f++) {
    if ((families[f].fold & FAMILY_EXCEPT) == 0) continue;
    const uint32_t end = families[f].entry_first + families[f].entry_count;
    for (uint32_t ref = entries[families[f].entry_first].first_ref; ref < entries[end].first_ref; ref++)
      excepted[refs[ref].output / 64] |= UINT64_C(1) << refs[ref].output % 64;
  }
}

// Whether finding the entry does not settle it.
static bool may_be_excepted(const struct match_entry *entry, const struct match_ref *refs,
                            const uint64_t *excepted) {
  for (uint32_t ref = entry->first_ref; ref < entry[1].first_ref; ref++)
    if (excepted[refs[ref].output / 64] >> refs[ref].output % 64 & 1) return true;
  return false;
}

static bool make_window(struct sieve *s, uint32_t *used, const struct match_family *family,
                        const struct match_entry *entry, const uint16_t *stored, bool settles,
                        struct sieve_window *window) {
  uint16_t units[LIMIT_MATCH_ENTRY];
  for (uint32_t i = 0; i < entry->length; i++)
    units[i] = stored[family->kind == FAMILY_ENDS ? entry->length - 1 - i : i];
  const struct run run = longest_run(units, entry->length);
  if (*used + 3 * run.length > SIEVE_BYTES) return false;
  *window =
      (struct sieve_window){.at = (uint16_t)*used,
                            .kind = (uint8_t)kind_of(family->kind, settles && run.length == entry->length),
                            .any_case = (family->fold & NUO__FOLD_CASE) != 0};
  for (uint32_t i = run.first; i < run.first + run.length; i++) {
    s->has_letters |= units[i] < 0x80;
    *used += (uint32_t)nuo__utf8_encode(units[i], (char *)s->bytes + *used);
  }
  window->len = (uint16_t)(*used - window->at);
  for (uint32_t i = 0; i < window->len && i < 8; i++) {
    const unsigned char byte = s->bytes[window->at + i];
    window->first |= (uint64_t)byte << 8 * i;
    window->mask |= (uint64_t)(window->any_case && is_letter(byte) ? 0xDF : 0xFF) << 8 * i;
  }
  return window->len >= 2;
}

static const uint8_t tested[4] = {1, 2, 4, 5};  // byte 0 tells little: most are leads of ideographs

static void note_byte(struct sieve *s, unsigned t, unsigned char byte, uint8_t bit) {
  s->low[t][byte & 15] |= bit;
  s->high[t][byte >> 4] |= bit;
}

static void note_window(struct sieve *s, uint32_t index) {
  const struct sieve_window *window = &s->windows[index];
  const uint8_t bit = (uint8_t)(1u << index % 8);
  for (unsigned t = 0; t < 4; t++) {
    if (tested[t] < window->len) {
      const unsigned char byte = s->bytes[window->at + tested[t]];
      note_byte(s, t, byte, bit);
      if (window->any_case && is_letter(byte)) note_byte(s, t, byte ^ 32, bit);
      continue;
    }
    for (unsigned half = 0; half < 16; half++) note_byte(s, t, (unsigned char)(half * 17), bit);
  }
}

bool nuo__sieve_make(const void *blob, struct sieve *s) {
  const struct match_header *header = blob;
  const char *bytes = blob;
  const struct match_family *families = (const void *)(bytes + header->families_at);
  const struct match_entry *entries = (const void *)(bytes + header->entries_at);
  const struct match_ref *refs = (const void *)(bytes + header->refs_at);
  const uint16_t *units = (const void *)(bytes + header->units_at);
  uint64_t excepted[LIMIT_MATCH_OUTPUTS / 64];
  uint32_t used = 0;
  memset(s, 0, sizeof *s);
  s->blob = blob;
  find_excepted(header, excepted);
  for (uint32_t f = 0; f < header->family_count && (families[f].fold & FAMILY_EXCEPT) == 0; f++) {
    if ((families[f].fold & ~(unsigned)NUO__FOLD_DEFAULT) != 0) return false;
    for (uint32_t e = families[f].entry_first; e < families[f].entry_first + families[f].entry_count; e++) {
      struct sieve_window window;
      const bool settles = !may_be_excepted(&entries[e], refs, excepted);
      if (s->count + s->anchored == SIEVE_WINDOWS) return false;
      if (!make_window(s, &used, &families[f], &entries[e], units + entries[e].unit, settles, &window))
        return false;
      window.entry = e;
      // The anchored ones from the end, backwards.
      const bool anchored = window.kind > SIEVE_CONTAINS;
      s->windows[anchored ? SIEVE_WINDOWS - ++s->anchored : s->count++] = window;
    }
  }
  for (uint32_t i = 0; i < s->count; i++) note_window(s, i);
  return true;
}

// ---- scanning ----

// From byte `i` of the window on.
static bool goes_on(const struct sieve *s, const struct sieve_window *window, const char *text, uint32_t i) {
  const unsigned char *bytes = s->bytes + window->at;
  for (; i < window->len; i++) {
    const unsigned char c = (unsigned char)text[i];
    if (c != bytes[i] && !(window->any_case && is_letter(c) && (c | 32) == bytes[i])) return false;
  }
  return true;
}

// Whether `text`, of which there are `left` bytes, begins with the window.
static inline bool is_at(const struct sieve *s, const struct sieve_window *window, const char *text,
                         size_t left) {
  uint64_t first;
  if (left < window->len) return false;
  if (left < sizeof first) return goes_on(s, window, text, 0);
  memcpy(&first, text, sizeof first);
  return ((first ^ window->first) & window->mask) == 0 && goes_on(s, window, text, sizeof first);
}

static void report(const struct sieve *s, const struct sieve_window *window, uint64_t *outputs) {
  const char *blob = s->blob;
  const struct match_header *header = s->blob;
  const struct match_entry *entry =
      (const struct match_entry *)(const void *)(blob + header->entries_at) + window->entry;
  const struct match_ref *refs = (const void *)(blob + header->refs_at);
  for (uint32_t ref = entry->first_ref; ref < entry[1].first_ref; ref++)
    outputs[refs[ref].output / 64] |= UINT64_C(1) << refs[ref].output % 64;
}

static void report_anchored(const struct sieve *s, const char *text, size_t len, uint64_t *outputs) {
  for (uint32_t i = SIEVE_WINDOWS - s->anchored; i < SIEVE_WINDOWS; i++) {
    const struct sieve_window *window = &s->windows[i];
    if (window->len > len || (window->kind == SIEVE_EQUALS && window->len != len)) continue;
    const size_t at = window->kind == SIEVE_ENDS ? len - window->len : 0;
    if (is_at(s, window, text + at, len - at)) report(s, window, outputs);
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// What folding drops or makes letters and digits of, by the halves of a character's first three bytes, and a
// few more that have halves in common with these. One bit:
//   1: C2AD (soft hyphen), C5BF (long s), F3A0xx (tags, variation selectors)
//   2: E2808B to E2808F (zero width), E280AA to E280AE (direction)
//   4: E281A0 to E281AF (word joiner, direction), E284AA (Kelvin)
//   8: EFBBBF, EFB880 to EFB88F (byte order mark, selectors)
//   16: EFBC90 to EFBC99 (full-width digits)     32, 64, 128: EFBCA1 to EFBCBA, EFBD81 to EFBD9A (letters)
enum { DROPPED = 1 | 2 | 4 | 8 };
static const uint8_t hiding_low[3][16] = {
    {[0x2] = 1 | 2 | 4, [0x3] = 1, [0x5] = 1, [0xF] = 8 | 16 | 32 | 64 | 128},
    {[0x0] = 1 | 2,
     [0x1] = 4,
     [0x4] = 4,
     [0x8] = 8,
     [0xB] = 8,
     [0xC] = 16 | 32,
     [0xD] = 1 | 64 | 128,
     [0xF] = 1},
    {1 | 4 | 8 | 16 | 32 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128,
     1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128,
     1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 4 | 8 | 16 | 32 | 64 | 128,
     1 | 4 | 8 | 16 | 32 | 64 | 128, 1 | 2 | 4 | 8 | 32 | 64 | 128, 1 | 2 | 4 | 8 | 32 | 64,
     1 | 2 | 4 | 8 | 32 | 64, 1 | 2 | 4 | 8 | 32 | 64, 1 | 2 | 4 | 8 | 32 | 64, 1 | 2 | 4 | 8 | 32 | 64}};
static const uint8_t hiding_high[3][16] = {
    {[0xC] = 1, [0xE] = 2 | 4 | 8 | 16 | 32 | 64 | 128, [0xF] = 1},
    {[0x8] = 2 | 4, [0xA] = 1, [0xB] = 1 | 8 | 16 | 32 | 64 | 128},
    {1, 1, 1, 1, 1, 1, 1, 1, 1 | 2 | 8 | 64, 1 | 16 | 128, 1 | 2 | 4 | 32, 1 | 8 | 32, 1, 1, 1, 1}};

AVX2 static inline __m256i look_up(const uint8_t table[16], __m256i halves) {
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table)), halves);
}

AVX2 static inline __m256i bits_of(const uint8_t low[16], const uint8_t high[16], __m256i bytes) {
  const __m256i half = _mm256_set1_epi8(15);
  return _mm256_and_si256(look_up(low, _mm256_and_si256(bytes, half)),
                          look_up(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

// The bytes of a text from `at` on, zeros behind its end.
AVX2 static inline __m256i block_at(const char *text, size_t len, size_t at) {
  if (len >= 32 && at <= len - 32) return _mm256_loadu_si256((const __m256i *)(text + at));
  char rest[32] = {0};
  if (at < len) memcpy(rest, text + at, len - at);
  return _mm256_loadu_si256((const __m256i *)rest);
}

// Looks at the windows that may begin at `at`; false when one of them is for the matcher.
static bool look(const struct sieve *s, const char *text, size_t len, size_t at, unsigned bits,
                 uint64_t *outputs) {
  for (; bits != 0; bits &= bits - 1) {
    for (uint32_t i = (uint32_t)__builtin_ctz(bits); at < len && i < s->count; i += 8) {
      const struct sieve_window *window = &s->windows[i];
      if (!is_at(s, window, text + at, len - at)) continue;
      if (window->kind == SIEVE_PART) return false;
      report(s, window, outputs);
    }
  }
  return true;
}

AVX2 static bool scan(const struct sieve *s, const char *text, size_t len, uint64_t *outputs) {
  const __m256i none = _mm256_setzero_si256();
  const __m256i hiding = _mm256_set1_epi8(s->has_letters ? -1 : DROPPED);
  __m256i bytes = block_at(text, len, 0);
  for (size_t at = 0; at < len; at += 32) {
    const __m256i next = block_at(text, len, at + 32), middle = _mm256_permute2x128_si256(bytes, next, 0x21);
    const __m256i one = _mm256_alignr_epi8(middle, bytes, 1), two = _mm256_alignr_epi8(middle, bytes, 2);
    const __m256i four = _mm256_alignr_epi8(middle, bytes, 4), five = _mm256_alignr_epi8(middle, bytes, 5);
    const __m256i hidden = _mm256_and_si256(_mm256_and_si256(bits_of(hiding_low[0], hiding_high[0], bytes),
                                                             bits_of(hiding_low[1], hiding_high[1], one)),
                                            bits_of(hiding_low[2], hiding_high[2], two));
    if (!_mm256_testz_si256(hidden, hiding)) return false;
    const __m256i found = _mm256_and_si256(
        _mm256_and_si256(bits_of(s->low[0], s->high[0], one), bits_of(s->low[1], s->high[1], two)),
        _mm256_and_si256(bits_of(s->low[2], s->high[2], four), bits_of(s->low[3], s->high[3], five)));
    uint32_t left = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, none));
    if (left != 0) {
      uint8_t bits[32];
      _mm256_storeu_si256((__m256i *)bits, found);
      for (; left != 0; left &= left - 1) {
        const unsigned i = (unsigned)__builtin_ctz(left);
        if (!look(s, text, len, at + i, bits[i], outputs)) return false;
      }
    }
    bytes = next;
  }
  report_anchored(s, text, len, outputs);
  return true;
}
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,bmi2")))

AVX512 static inline __m512i bits_of_64(const uint8_t low[16], const uint8_t high[16], __m512i bytes) {
  const __m512i half = _mm512_set1_epi8(15);
  const __m512i lows = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)low));
  const __m512i highs = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)high));
  return _mm512_and_si512(_mm512_shuffle_epi8(lows, _mm512_and_si512(bytes, half)),
                          _mm512_shuffle_epi8(highs, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half)));
}

// 64 bytes of a text from `at` on, zeros behind its end, which is not touched.
AVX512 static inline __m512i bytes_at(const char *text, size_t len, size_t at) {
  const size_t left = at < len ? len - at : 0;
  return _mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, left < 64 ? (uint32_t)left : 64), text + at);
}

// As scan, 64 positions at a time.
AVX512 static bool scan_64(const struct sieve *s, const char *text, size_t len, uint64_t *outputs) {
  const __m512i hiding = _mm512_set1_epi8(s->has_letters ? -1 : DROPPED);
  for (size_t at = 0; at < len; at += 64) {
    const __m512i bytes = bytes_at(text, len, at), one = bytes_at(text, len, at + 1);
    const __m512i two = bytes_at(text, len, at + 2), four = bytes_at(text, len, at + 4);
    const __m512i five = bytes_at(text, len, at + 5);
    const __m512i hidden = _mm512_and_si512(_mm512_and_si512(bits_of_64(hiding_low[0], hiding_high[0], bytes),
                                                             bits_of_64(hiding_low[1], hiding_high[1], one)),
                                            bits_of_64(hiding_low[2], hiding_high[2], two));
    if (_mm512_test_epi8_mask(hidden, hiding) != 0) return false;
    const __m512i found = _mm512_and_si512(
        _mm512_and_si512(bits_of_64(s->low[0], s->high[0], one), bits_of_64(s->low[1], s->high[1], two)),
        _mm512_and_si512(bits_of_64(s->low[2], s->high[2], four), bits_of_64(s->low[3], s->high[3], five)));
    uint64_t left = _mm512_test_epi8_mask(found, found);
    if (left == 0) continue;
    uint8_t bits[64];
    _mm512_storeu_si512(bits, found);
    for (; left != 0; left &= left - 1) {
      const unsigned i = (unsigned)__builtin_ctzll(left);
      if (!look(s, text, len, at + i, bits[i], outputs)) return false;
    }
  }
  report_anchored(s, text, len, outputs);
  return true;
}
#else
static bool scan(const struct sieve *s, const char *text, size_t len, uint64_t *outputs) {
  (void)s, (void)text, (void)len, (void)outputs, (void)report_anchored;
  return false;
}
#define scan_64 scan
#endif

bool nuo__sieve_scan(const struct sieve *s, const char *text, size_t len, uint64_t *outputs) {
  const enum cpu_level level = nuo__cpu_level();
  if (level < CPU_AVX2) return false;
  const struct match_header *header = s->blob;
  const uint32_t words = (header->output_count + 63) / 64;
  if (words > 0) outputs[0] = 0;
  for (uint32_t word = 1; word < words; word++) outputs[word] = 0;
  return level >= CPU_AVX512 ? scan_64(s, text, len, outputs) : scan(s, text, len, outputs);
}
