// SPDX-License-Identifier: Apache-2.0
// `make bench`, the part with adapters: what an event in a vendor's format costs next to the same event as
// the library has it. Events are those of the other parts that go out by the vendor; what a vendor's format
// has room for (title, text, recipient, time to live, identity of the message) is moved there, all else stays
// in the envelope's `event`. Both have to come to the same decisions. Asserts no time.
//
//   adapted [smoke]
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/ours.h"

#define EVENT_COUNT 960

struct texts {
  char *json[EVENT_COUNT];
  size_t len[EVENT_COUNT];
};
typedef size_t write_vendor(char *out, char *event);
struct vendor {
  const char *name;
  write_vendor *write;
  struct texts own, adapted;
};

// ---- cutting an event up ----

// The end of the value at `at`.
static char *value_end(char *at) {
  if (*at != '"') return at + strcspn(at, ",}");
  for (at++; *at != '"'; at++)
    if (*at == '\\') at++;
  return at + 1;
}

// Takes the member out of the event, and gives its value. `name` is all that stands before it.
static void cut(char *event, const char *name, char *value, size_t room) {
  char *member = strstr(event, name);
  if (member == NULL) bench_stop(name, "the event has no such member");
  char *at = member + strlen(name), *end = value_end(at);
  if ((size_t)(end - at) >= room) bench_stop(name, "it is too long");
  memcpy(value, at, (size_t)(end - at));
  value[end - at] = '\0';
  if (*member != ',' && *end == ',') end++;
  memmove(member, end, strlen(end) + 1);
}

struct parts {
  char type[40], channel[20], vendor[20], message[20], title[200], body[1200], ttl[20], user[20];
};

static struct parts cut_up(char *event) {
  struct parts p;
#define CUT(name, part) cut(event, name, p.part, sizeof p.part)
  CUT("\"type\":", type);
  CUT(",\"channel\":", channel);
  CUT(",\"vendor\":", vendor);
  CUT(",\"title\":", title);
  CUT(",\"body\":", body);
  CUT(",\"ttl_ms\":", ttl);
  char *user = strstr(event, "\"user\":{"), *message = strstr(event, "\"message\":{");
  cut(user, "\"id\":", p.user, sizeof p.user);
  cut(message, "\"id\":", p.message, sizeof p.message);
#undef CUT
  return p;
}

// ---- in a vendor's format ----

static size_t write_fcm(char *out, char *event) {
  const struct parts p = cut_up(event);
  return (size_t)sprintf(out,
                         "{\"adapter\":\"fcm\",\"body\":{\"validate_only\":false,\"message\":{\"token\":%s,"
                         "\"notification\":{\"title\":%s,\"body\":%s},\"android\":{\"collapse_key\":\"k1\","
                         "\"ttl\":\"%lds\"},\"fcm_options\":{\"analytics_label\":%s}}},\"event\":%s}",
                         p.user, p.title, p.body, strtol(p.ttl, NULL, 10) / 1000, p.message, event);
}

static size_t write_vivo(char *out, char *event) {
  const struct parts p = cut_up(event);
  return (size_t)sprintf(out,
                         "{\"adapter\":\"vivo\",\"body\":{\"appId\":1045,\"regId\":%s,\"notifyType\":1,"
                         "\"title\":%s,\"content\":%s,\"timeToLive\":%ld,\"skipType\":1,"
                         "\"requestId\":%s,\"pushMode\":0},\"event\":%s}",
                         p.user, p.title, p.body, strtol(p.ttl, NULL, 10) / 1000, p.message, event);
}

static size_t put_percent(char *out, const char *quoted) {
  size_t n = 0;
  for (const char *at = quoted + 1; at[1] != '\0'; at++) {
    if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'))
      out[n++] = *at;
    else
      n += (size_t)sprintf(out + n, "%%%02X", (unsigned char)*at);
  }
  out[n] = '\0';
  return n;
}

static size_t write_xiaomi(char *out, char *event) {
  const struct parts p = cut_up(event);
  size_t n = (size_t)sprintf(out, "{\"adapter\":\"xiaomi\",\"body\":\"registration_id=");
  n += put_percent(out + n, p.user);
  n += (size_t)sprintf(out + n, "&pass_through=0&title=");
  n += put_percent(out + n, p.title);
  n += (size_t)sprintf(out + n, "&description=");
  n += put_percent(out + n, p.body);
  n += (size_t)sprintf(out + n, "&time_to_live=%s&extra.jobkey=", p.ttl);
  n += put_percent(out + n, p.message);
  return n + (size_t)sprintf(out + n, "\",\"event\":%s}", event);
}

static void keep(struct texts *texts, uint32_t i, const char *json, size_t len) {
  texts->json[i] = calloc(1, len + 1);
  if (texts->json[i] == NULL) bench_stop("events", "out of memory");
  memcpy(texts->json[i], json, len);
  texts->len[i] = len;
}

static void write_events(struct vendor *v) {
  char event[EVENT_CAP], adapted[4 * EVENT_CAP], wanted[40];
  snprintf(wanted, sizeof wanted, "\"vendor\":\"%s\"", v->name);
  for (uint32_t i = 0, number = 0; i < EVENT_COUNT; number++) {
    const size_t len = bench_write_event(number, event);
    event[len] = '\0';
    if (strstr(event, wanted) == NULL || strstr(event, "\"channel\":\"app_push\"") == NULL) continue;
    keep(&v->own, i, event, len);
    keep(&v->adapted, i, adapted, v->write(adapted, event));
    i++;
  }
}

// ---- what is measured ----

static void check_same(struct nuo *n, const struct vendor *v) {
  const nuo_decision *decision;
  nuo_error error = {.message = "no decision"};
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    size_t breaches[2];
    for (int k = 0; k < 2; k++) {
      const struct texts *t = k == 0 ? &v->own : &v->adapted;
      if (nuo_session_eval_json(n->session, t->json[i], t->len[i], &decision, &error) != NUO_OK)
        bench_stop(t->json[i], error.message);
      breaches[k] = decision->breach_count * 16 + decision->verdict;
    }
    if (breaches[0] != breaches[1]) bench_stop(v->adapted.json[i], "it is decided otherwise");
  }
}

static double decoding(struct nuo *n, struct batch *batch, const struct texts *t) {
  const double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH)
    bench_decode(n, batch, t->json + i, t->len + i, NUO_BATCH);
  return (bench_now() - start) / EVENT_COUNT;
}

static double session(struct nuo *n, const struct texts *t) {
  const nuo_decision *decisions;
  nuo_error error;
  size_t count;
  const double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH) {
    for (uint32_t k = i; k < i + NUO_BATCH; k++)
      if (nuo_session_add_json(n->session, t->json[k], t->len[k], k, &error) != NUO_OK)
        bench_stop("an event was refused", error.message);
    if (nuo_session_decide(n->session, &decisions, &count) != NUO_OK) bench_stop("decide", "out of memory");
  }
  return (bench_now() - start) / EVENT_COUNT;
}

static void measure(struct nuo *n, struct batch *batch, struct vendor *v, int rounds) {
  static double rows[4][ROUNDS];
  char name[2][48];
  write_events(v);
  check_same(n, v);
  for (int r = -2; r < rounds; r++) {
    const double took[4] = {decoding(n, batch, &v->own), decoding(n, batch, &v->adapted), session(n, &v->own),
                            session(n, &v->adapted)};
    for (int i = 0; i < 4 && r >= 0; i++) rows[i][r] = took[i];
  }
  for (int i = 0; i < 4; i++)
    for (int r = rounds; r < ROUNDS; r++) rows[i][r] = rows[i][r % rounds];
  snprintf(name[0], sizeof name[0], "the library's, goes out by %s", v->name);
  snprintf(name[1], sizeof name[1], "the same in the format of %s", v->name);
  for (int i = 0; i < 2; i++) bench_print_row(name[i], rows[i], rows[0], NULL);
  bench_print_row("  from JSON to decisions, the library's", rows[2], rows[2], NULL);
  bench_print_row("  from JSON to decisions, the vendor's", rows[3], rows[2], NULL);
}

int main(int argc, char **argv) {
  static struct vendor vendors[] = {{.name = "fcm", .write = write_fcm},
                                    {.name = "vivo", .write = write_vivo},
                                    {.name = "xiaomi", .write = write_xiaomi}};
  static const char use[] = "use adapters\n";
  static char source[1 << 16];
  static struct nuo nuo;
  struct batch batch;
  FILE *file = fopen("tests/bench/policy.nuo", "rb");
  if (file == NULL) bench_stop("tests/bench/policy.nuo", "cannot be read");
  const size_t len = fread(source, 1, sizeof source - sizeof use, file);
  fclose(file);
  memcpy(source + len, use, sizeof use);
  bench_open(&nuo, "policy.nuo", (nuo_text){source, len + sizeof use - 1}, NULL);
  if (nuo__batch_new(nuo.program, &bench_allocator, &batch) != NUO_OK) bench_stop("batch", "out of memory");
  const int rounds = argc > 1 && strcmp(argv[1], "smoke") == 0 ? 3 : ROUNDS;
  bench_measure_clocks();
  bench_print_head("Events in a vendor's format, decoding", "to the library's", "");
  for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++) measure(&nuo, &batch, &vendors[i], rounds);
  printf("\n");
  return fflush(stdout) != 0;
}
