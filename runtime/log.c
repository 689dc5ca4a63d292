// SPDX-License-Identifier: Apache-2.0
// Decision logs (nuo_log.h): lines with a chain of BLAKE2b hashes. Called by hosts.
#include "runtime/nuo_log.h"

#include <sodium.h>
#include <string.h>

#include "runtime/failure.h"
#include "runtime/text.h"
#include "runtime/text_out.h"

#define KEY NUO_LOG_KEY_SIZE
#define HASH 32
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SEAL crypto_aead_xchacha20poly1305_ietf_ABYTES
#define HASH_MEMBER ",\"hash\":\""
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct nuo_log {
  nuo_allocator allocator;
  bool keyed;
  // Of the host's key: one for each use, so that none says anything about the others.
  uint8_t hash_key[KEY], seal_key[KEY], nonce_key[KEY];
  uint64_t number;  // of the next line
  bool begun, ended;
  uint8_t last[HASH];  // of the last line, when there is one
  char last_hex[NUO_LOG_HASH_SIZE + 1];
  struct text_out line, plain;  // what is handed out: a line, an event unsealed
};

static void derive_key(uint8_t made[KEY], const void *key, const char *use) {
  crypto_generichash(made, KEY, (const uint8_t *)use, strlen(use), key, KEY);
}

nuo_status nuo_log_new(const nuo_allocator *allocator, const void *key, nuo_log **log) {
  if (log == NULL) return NUO_BAD_ARGUMENT;
  if (allocator == NULL) allocator = nuo__default_allocator();
  *log = nuo__alloc(allocator, sizeof **log);
  if (*log == NULL) return NUO_NO_MEMORY;
  memset(*log, 0, sizeof **log);
  (*log)->allocator = *allocator;
  (*log)->line.allocator = (*log)->plain.allocator = &(*log)->allocator;
  (*log)->keyed = key != NULL;
  if (key == NULL) return NUO_OK;
  derive_key((*log)->hash_key, key, "nuo log hash");
  derive_key((*log)->seal_key, key, "nuo log seal");
  derive_key((*log)->nonce_key, key, "nuo log nonce");
  return NUO_OK;
}

void nuo_log_free(nuo_log *log) {
  if (log == NULL) return;
  nuo__out_free(&log->line);
  nuo__out_free(&log->plain);
  const nuo_allocator allocator = log->allocator;
  sodium_memzero(log, sizeof *log);
  nuo__free(&allocator, log, sizeof *log);
}

// ---- the chain ----

// Over the line before, by its hash, and this one up to the member that holds the hash.
static void hash_line(const nuo_log *log, const char *line, size_t len, uint8_t hash[HASH]) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, log->keyed ? log->hash_key : NULL, log->keyed ? KEY : 0, HASH);
  crypto_generichash_update(&state, log->last, HASH);
  crypto_generichash_update(&state, (const uint8_t *)line, len);
  crypto_generichash_final(&state, hash, HASH);
}

static void go_on(nuo_log *log, const uint8_t hash[HASH], nuo_log_kind kind) {
  memcpy(log->last, hash, HASH);
  sodium_bin2hex(log->last_hex, sizeof log->last_hex, hash, HASH);
  log->number++;
  log->begun = true;
  log->ended = kind == NUO_LOG_END;
}

// ---- writing ----

static void put_text(nuo_log *log, const char *member, nuo_text text) {
  nuo__out_string(&log->line, member);
  nuo__out_json(&log->line, text.text, text.len);
}

static nuo_status open_line(nuo_log *log, nuo_log_kind kind, nuo_text *line) {
  const bool wants_begin = log == NULL || !log->begun || log->ended;
  if (line != NULL) *line = (nuo_text){NULL, 0};
  if (log == NULL || line == NULL || wants_begin != (kind == NUO_LOG_BEGIN)) return NUO_BAD_ARGUMENT;
  log->line.len = 0;
  log->line.failed = false;
  nuo__out_string(&log->line, "{\"n\":");
  nuo__out_integer(&log->line, (int64_t)log->number);
  return NUO_OK;
}

static nuo_status close_line(nuo_log *log, nuo_log_kind kind, nuo_text *line) {
  struct text_out *out = &log->line;
  uint8_t hash[HASH];
  char hex[NUO_LOG_HASH_SIZE + 1];
  if (out->failed) return NUO_NO_MEMORY;
  hash_line(log, out->at, out->len, hash);
  nuo__out_string(out, HASH_MEMBER);
  nuo__out_string(out, sodium_bin2hex(hex, sizeof hex, hash, HASH));
  nuo__out_string(out, "\"}\n");
  if (out->failed) return NUO_NO_MEMORY;
  go_on(log, hash, kind);
  *line = (nuo_text){out->at, out->len};
  return NUO_OK;
}

nuo_status nuo_log_begin(nuo_log *log, nuo_text *line) {
  nuo_status status = open_line(log, NUO_LOG_BEGIN, line);
  if (status != NUO_OK) return status;
  put_text(log, ",\"nuo_log\":1,\"follows\":", nuo_log_hash(log));
  return close_line(log, NUO_LOG_BEGIN, line);
}

nuo_status nuo_log_policy(nuo_log *log, const nuo_program_info *program, bool beside, nuo_text *line) {
  nuo_status status = program == NULL ? NUO_BAD_ARGUMENT : open_line(log, NUO_LOG_POLICY, line);
  if (status != NUO_OK) return status;
  put_text(log, beside ? ",\"beside\":true,\"policy\":" : ",\"policy\":", program->policy);
  put_text(log, ",\"version\":", program->version);
  put_text(log, ",\"program\":", (nuo_text){program->program_digest, strlen(program->program_digest)});
  return close_line(log, NUO_LOG_POLICY, line);
}

// The nonce comes of what is sealed and of its place, so that it is another for each event of all logs under
// one key, without a source of random numbers.
static void make_nonce(const nuo_log *log, nuo_text event, uint8_t nonce[NONCE]) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, log->nonce_key, KEY, NONCE);
  crypto_generichash_update(&state, log->last, HASH);
  crypto_generichash_update(&state, (const uint8_t *)event.text, event.len);
  crypto_generichash_final(&state, nonce, NONCE);
}

// Sealed behind the line so far, in Base64.
static void put_sealed(nuo_log *log, nuo_text event) {
  const size_t sealed = NONCE + event.len + SEAL, room = sodium_base64_encoded_len(sealed, BASE64);
  struct text_out *out = &log->line;
  uint8_t *bytes = nuo__alloc(&log->allocator, sealed);
  char *base64 = nuo__alloc(&log->allocator, room);
  out->failed |= bytes == NULL || base64 == NULL;
  if (!out->failed) {
    make_nonce(log, event, bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + NONCE, NULL, (const uint8_t *)event.text, event.len,
                                               NULL, 0, NULL, bytes, log->seal_key);
    sodium_bin2base64(base64, room, bytes, sealed, BASE64);
    nuo__out_bytes(out, base64, room - 1);
  }
  nuo__free(&log->allocator, bytes, sealed);
  nuo__free(&log->allocator, base64, room);
}

nuo_status nuo_log_fresh(nuo_log *log, const void *secret, nuo_text *line) {
  static const char zeros[NUO_LOG_SECRET_SIZE];
  nuo_status status = open_line(log, NUO_LOG_FRESH, line);
  if (status != NUO_OK) return status;
  nuo__out_string(&log->line, ",\"fresh\":\"");
  if (log->keyed) put_sealed(log, (nuo_text){secret == NULL ? zeros : secret, NUO_LOG_SECRET_SIZE});
  nuo__out_string(&log->line, "\"");
  return close_line(log, NUO_LOG_FRESH, line);
}

// One that needs no escapes in JSON.
static bool is_name(nuo_text name) {
  for (size_t i = 0; i < name.len; i++)
    if ((uint8_t)name.text[i] < ' ' || name.text[i] == '"' || name.text[i] == '\\') return false;
  return true;
}

nuo_status nuo_log_event(nuo_log *log, const nuo_input *input, nuo_text *line) {
  const bool good =
      input != NULL && input->json != NULL && input->tag <= NUO_LOG_TAG_MAX && is_name(input->adapter);
  nuo_status status = good ? open_line(log, NUO_LOG_EVENT, line) : NUO_BAD_ARGUMENT;
  if (status != NUO_OK || !log->keyed) return status;
  nuo__out_string(&log->line, ",\"event\":\"");
  put_sealed(log, (nuo_text){input->json, input->len});
  nuo__out_string(&log->line, "\"");
  if (input->adapter.len > 0) put_text(log, ",\"adapter\":", input->adapter);
  nuo__out_string(&log->line, ",\"tag\":");
  nuo__out_integer(&log->line, (int64_t)input->tag);
  return close_line(log, NUO_LOG_EVENT, line);
}

nuo_status nuo_log_decision(nuo_log *log, nuo_text json, nuo_text *line) {
  const bool good = json.text != NULL && memchr(json.text, '\n', json.len) == NULL;
  nuo_status status = good ? open_line(log, NUO_LOG_DECISION, line) : NUO_BAD_ARGUMENT;
  if (status != NUO_OK) return status;
  nuo__out_string(&log->line, ",\"decision\":");
  nuo__out_bytes(&log->line, json.text, json.len);
  return close_line(log, NUO_LOG_DECISION, line);
}

nuo_status nuo_log_time(nuo_log *log, int64_t time, nuo_text *line) {
  nuo_status status = open_line(log, NUO_LOG_TIME, line);
  if (status != NUO_OK) return status;
  nuo__out_string(&log->line, ",\"time\":");
  nuo__out_integer(&log->line, time);
  return close_line(log, NUO_LOG_TIME, line);
}

nuo_status nuo_log_end(nuo_log *log, nuo_text *line) {
  nuo_status status = open_line(log, NUO_LOG_END, line);
  if (status != NUO_OK) return status;
  nuo__out_string(&log->line, ",\"end\":true");
  return close_line(log, NUO_LOG_END, line);
}

// ---- reading ----

// Takes `expected` off the front.
static bool take(nuo_text *text, const char *expected) {
  const size_t len = strlen(expected);
  if (text->len < len || memcmp(text->text, expected, len) != 0) return false;
  *text = (nuo_text){text->text + len, text->len - len};
  return true;
}

// Decimal digits without needless zeros, with a sign where one may stand.
static bool take_number(nuo_text *text, bool may_be_negative, int64_t *number) {
  const bool negative = may_be_negative && take(text, "-");
  uint64_t value = 0;
  size_t digits = 0;
  for (; digits < text->len && text->text[digits] >= '0' && text->text[digits] <= '9'; digits++) {
    if (digits == 18) return false;
    value = value * 10 + (uint64_t)(text->text[digits] - '0');
  }
  *number = negative ? -(int64_t)value : (int64_t)value;
  *text = (nuo_text){text->text + digits, text->len - digits};
  return digits > 0;
}

// The rest, which ends with `ending`, without it.
static bool cut(nuo_text *text, const char *ending) {
  const size_t len = strlen(ending);
  if (text->len < len || memcmp(text->text + text->len - len, ending, len) != 0) return false;
  text->len -= len;
  return true;
}

#define complain(error, en, zh, ...)                      \
  (nuo__fail((error), NUO_BAD_LOG, 0, (en), __VA_ARGS__), \
   nuo__fail_zh((error), NUO_BAD_LOG, (zh), __VA_ARGS__))

// Splits a line into what is hashed and the hash; *rest is what stands behind the number.
static bool split(nuo_text line, nuo_text *body, nuo_text *rest, uint8_t hash[HASH], int64_t *number) {
  const size_t tail = strlen(HASH_MEMBER) + NUO_LOG_HASH_SIZE + 2;
  if (line.len < tail) return false;
  *body = *rest = (nuo_text){line.text, line.len - tail};
  nuo_text end = {line.text + body->len, tail};
  char again[NUO_LOG_HASH_SIZE + 1];
  size_t got = 0;
  return take(&end, HASH_MEMBER) && cut(&end, "\"}") &&
         sodium_hex2bin(hash, HASH, end.text, end.len, NULL, &got, NULL) == 0 && got == HASH &&
         memcmp(sodium_bin2hex(again, sizeof again, hash, HASH), end.text, NUO_LOG_HASH_SIZE) == 0 &&
         take(rest, "{\"n\":") && take_number(rest, false, number);
}

static nuo_status unseal(nuo_log *log, nuo_text base64, nuo_log_entry *entry) {
  entry->text = (nuo_text){"", 0};
  if (!log->keyed) return NUO_OK;
  const size_t room = base64.len + 1;
  uint8_t *bytes = nuo__alloc(&log->allocator, room);
  if (bytes == NULL) return NUO_NO_MEMORY;
  size_t sealed = 0;
  unsigned long long len = 0;
  bool good = sodium_base642bin(bytes, room, base64.text, base64.len, NULL, &sealed, NULL, BASE64) == 0 &&
              sealed >= NONCE + SEAL;
  log->plain.len = 0;
  log->plain.failed = false;
  if (good) nuo__out_bytes(&log->plain, (const char *)bytes, sealed);  // makes the room
  const bool memory = !log->plain.failed;
  if (good && memory)
    good = crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)log->plain.at, &len, NULL, bytes + NONCE,
                                                      sealed - NONCE, NULL, 0, bytes, log->seal_key) == 0;
  nuo__free(&log->allocator, bytes, room);
  if (!memory) return NUO_NO_MEMORY;
  entry->text = (nuo_text){log->plain.at, (size_t)len};
  return good ? NUO_OK : NUO_BAD_LOG;
}

// Up to the next quotation mark, which is passed.
static bool take_quoted(nuo_text *text, nuo_text *quoted) {
  const char *end = memchr(text->text, '"', text->len);
  if (end == NULL) return false;
  *quoted = (nuo_text){text->text, (size_t)(end - text->text)};
  *text = (nuo_text){end + 1, text->len - quoted->len - 1};
  return true;
}

static nuo_status read_event(nuo_log *log, nuo_text rest, nuo_log_entry *entry) {
  nuo_text base64;
  int64_t tag;
  if (!take_quoted(&rest, &base64)) return NUO_BAD_LOG;
  if (take(&rest, ",\"adapter\":\"") && !take_quoted(&rest, &entry->adapter)) return NUO_BAD_LOG;
  if (!take(&rest, ",\"tag\":") || !take_number(&rest, false, &tag) || rest.len > 0) return NUO_BAD_LOG;
  entry->tag = (uint64_t)tag;
  return unseal(log, base64, entry);
}

static nuo_status read_fresh(nuo_log *log, nuo_text rest, nuo_log_entry *entry) {
  nuo_text base64;
  if (!take_quoted(&rest, &base64) || rest.len > 0) return NUO_BAD_LOG;
  const nuo_status status = unseal(log, base64, entry);
  if (status != NUO_OK || !log->keyed) return status;
  return entry->text.len == NUO_LOG_SECRET_SIZE ? NUO_OK : NUO_BAD_LOG;
}

static nuo_status read_policy(nuo_text rest, nuo_log_entry *entry) {
  static const char member[] = ",\"program\":\"";
  const size_t tail = sizeof member - 1 + NUO_LOG_HASH_SIZE + 1;
  if (rest.len < tail) return NUO_BAD_LOG;
  rest = (nuo_text){rest.text + rest.len - tail, tail};
  if (!take(&rest, member) || !cut(&rest, "\"")) return NUO_BAD_LOG;
  entry->text = rest;
  return NUO_OK;
}

// What stands between the number and the hash.
static nuo_status read_body(nuo_log *log, nuo_text rest, nuo_log_entry *entry) {
  if (take(&rest, ",\"nuo_log\":1,\"follows\":\"")) {
    entry->kind = NUO_LOG_BEGIN;
    if (!cut(&rest, "\"")) return NUO_BAD_LOG;
    entry->text = rest;
    return NUO_OK;
  }
  entry->beside = take(&rest, ",\"beside\":true");
  if (take(&rest, ",\"policy\":")) return entry->kind = NUO_LOG_POLICY, read_policy(rest, entry);
  if (take(&rest, ",\"event\":\"")) return entry->kind = NUO_LOG_EVENT, read_event(log, rest, entry);
  if (take(&rest, ",\"decision\":")) {
    entry->kind = NUO_LOG_DECISION;
    entry->text = rest;
    return NUO_OK;
  }
  if (take(&rest, ",\"time\":")) {
    entry->kind = NUO_LOG_TIME;
    return take_number(&rest, true, &entry->time) && rest.len == 0 ? NUO_OK : NUO_BAD_LOG;
  }
  if (take(&rest, ",\"fresh\":\"")) return entry->kind = NUO_LOG_FRESH, read_fresh(log, rest, entry);
  entry->kind = NUO_LOG_END;
  return take(&rest, ",\"end\":true") && rest.len == 0 ? NUO_OK : NUO_BAD_LOG;
}

// A file read by itself follows what its first line says; false when that is not the first.
static bool follow(nuo_log *log, nuo_text rest, int64_t number) {
  size_t got;
  log->number = (uint64_t)number;
  if (!take(&rest, ",\"nuo_log\":1,\"follows\":\"") || !cut(&rest, "\"")) return false;
  if (rest.len > 0) sodium_hex2bin(log->last, HASH, rest.text, rest.len, NULL, &got, NULL);
  return true;
}

// What is wrong, and from where on it may be right again: behind this line, as far as it is none that had its
// place before.
static nuo_status tell_break(nuo_log *log, uint64_t number, const uint8_t written[HASH], nuo_log_kind kind,
                             nuo_error *error) {
  const unsigned long long expected = log->number, found = number;
  if (number < log->number)
    return complain(error, "line n %llu is here a second time, or in another place: n %llu was to come",
                    "n 为 %llu 的行在此重复出现，或者换了位置：此处应为 n %llu", found, expected);
  log->number = number;
  go_on(log, written, kind);
  if (found > expected)
    return complain(error, "lines are missing before n %llu: n %llu was to come",
                    "n 为 %llu 的行之前有缺失：此处应为 n %llu", found, expected);
  return complain(error, "line n %llu was changed, or another key wrote it; n %llu was to come",
                  "n 为 %llu 的行已被改动，或是另一密钥所写；此处应为 n %llu", found, expected);
}

nuo_status nuo_log_read(nuo_log *log, nuo_text line, nuo_log_entry *entry, nuo_error *error) {
  uint8_t written[HASH], hash[HASH];
  nuo_text body, rest;
  int64_t number;
  if (log == NULL || line.text == NULL || entry == NULL) return NUO_BAD_ARGUMENT;
  *entry = (nuo_log_entry){.number = log->number, .text = {"", 0}, .adapter = {"", 0}};
  if (!split(line, &body, &rest, written, &number))
    return complain(
        error, "it is no line of a log: it was changed, or not written to its end; n %llu was to come",
        "不是日志中的一行：已被改动，或没有写完；此处应为 n %llu", (unsigned long long)log->number);
  const bool starts = log->begun || follow(log, rest, number);
  if (!starts) log->number = 0;
  hash_line(log, body.text, body.len, hash);
  const bool right = starts && sodium_memcmp(hash, written, HASH) == 0 && (uint64_t)number == log->number;
  const bool wants_begin = !log->begun || log->ended;
  nuo_status status = read_body(log, rest, entry);
  if (status == NUO_NO_MEMORY) return status;
  if (!right) return tell_break(log, (uint64_t)number, written, entry->kind, error);
  go_on(log, hash, entry->kind);
  if (status == NUO_OK && wants_begin == (entry->kind == NUO_LOG_BEGIN)) return NUO_OK;
  return complain(error, "line n %llu has the right hash, but is no line that a log has in this place",
                  "n 为 %llu 的行哈希无误，但日志在此处不会有这样的一行", (unsigned long long)number);
}

bool nuo_log_ended(const nuo_log *log) {
  return log != NULL && log->ended;
}

nuo_text nuo_log_hash(const nuo_log *log) {
  return log == NULL || !log->begun ? (nuo_text){"", 0} : (nuo_text){log->last_hex, NUO_LOG_HASH_SIZE};
}
