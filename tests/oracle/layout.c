// SPDX-License-Identifier: Apache-2.0
// The formatter on a random policy, with comments strewn into it: the program stays the same, a second run
// changes nothing, English by way of Chinese is English, comments and prose stay, lines are short enough.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/image.h"
#include "runtime/utf8.h"
#include "tests/oracle/oracle.h"

#define COLUMNS 100

struct layout {
  const char *path;
  bool markdown;
  struct buf *problem;
  bool failed;
};

static void fail(struct layout *l, const char *what, struct str text) {
  if (l->failed) return;
  l->failed = true;
  buf_put(l->problem, "the formatter fails: ");
  buf_put(l->problem, what);
  buf_put(l->problem, "\n");
  buf_str(l->problem, text);
}

// ---- comments ----

// A quote opens or closes a text; within one no comment can stand.
static bool is_quote(const char *at) {
  return *at == '"' || memcmp(at, "“", 3) == 0 || memcmp(at, "”", 3) == 0;
}

static void strew(struct rng *rng, struct buf *out, uint32_t *count) {
  buf_printf(out, "%s# no. %u\n    ", rng_chance(rng, 50) ? "\n  " : " ", (*count)++);
}

// A line with comments after some of its words. Rows and patterns are left alone.
static void strew_line(struct rng *rng, struct buf *out, const char *line, size_t len, uint32_t *count) {
  bool quoted = false;
  const bool whole = memchr(line, '|', len) != NULL || memchr(line, '/', len) != NULL;
  for (size_t i = 0; i < len; i++) {
    const bool escaped = i > 0 && line[i - 1] == '\\';
    if (i + 3 <= len && !escaped && is_quote(line + i)) quoted = !quoted;
    buf_add(out, line + i, 1);
    if (!whole && !quoted && line[i] == ' ' && rng_chance(rng, 2)) strew(rng, out, count);
  }
  buf_put(out, rng_chance(rng, 20) ? "\r\n" : "\n");
}

// The policy with comments, and how many.
static struct buf commented(struct rng *rng, const struct policy *policy, uint32_t *count) {
  struct buf out = {0};
  bool code = !policy->setting.markdown;
  for (const char *at = policy->source.at, *end; *at != 0; at = end + (*end != 0)) {
    end = strchr(at, '\n');
    if (end == NULL) end = at + strlen(at);
    const bool fence = policy->setting.markdown && strncmp(at, "```", 3) == 0;
    if (fence) code = !code;
    if (code && !fence) {
      strew_line(rng, &out, at, (size_t)(end - at), count);
    } else {
      buf_add(&out, at, (size_t)(end - at));
      buf_put(&out, "\n");
    }
  }
  return out;
}

// Each comment once and in order.
static void check_comments(struct layout *l, struct str text, uint32_t count) {
  const char *at = text.at;
  for (uint32_t i = 0; i < count; i++) {
    char wanted[24];
    snprintf(wanted, sizeof wanted, "# no. %u", i);
    at = strstr(at, wanted);
    if (at == NULL || (at[strlen(wanted)] != '\n' && at[strlen(wanted)] != '\r')) {
      fail(l, "a comment is lost", text);
      return;
    }
    at += strlen(wanted);
  }
}

// ---- what has to hold ----
static struct buf laid_out(struct layout *l, struct str source, nuo_words words) {
  struct buf out = {0};
  nuo_compilation *made;
  if (nuo_format((nuo_text){l->path, strlen(l->path)}, (nuo_text){source.at, source.len}, NULL, words,
                 &made) != NUO_OK)
    abort();
  const nuo_text text = nuo_compilation_formatted(made);
  if (text.text == NULL) fail(l, "nothing comes out", source);
  buf_add(&out, text.text != NULL ? text.text : "", text.len);
  nuo_compilation_free(made);
  return out;
}

static void digest_of(struct layout *l, struct str source, uint8_t digest[32]) {
  nuo_compilation *made;
  if (nuo_compile((nuo_text){l->path, strlen(l->path)}, (nuo_text){source.at, source.len}, NULL, &made) !=
      NUO_OK)
    abort();
  const nuo_text image = nuo_compilation_image(made);
  memset(digest, 0, 32);
  if (image.text == NULL)
    fail(l, "this does not compile", source);
  else
    memcpy(digest, image.text + offsetof(struct image_header, program_digest), 32);
  nuo_compilation_free(made);
}

static void check_same(struct layout *l, const char *what, struct str source, nuo_words words,
                       struct str want) {
  struct buf got = laid_out(l, source, words);
  if (!l->failed && !nuo__str_equal(buf_view(&got), want)) fail(l, what, source);
  buf_free(&got);
}

static bool has_any(struct str line, const char *marks) {
  for (uint32_t i = 0; i < line.len; i++)
    if (strchr(marks, line.at[i]) != NULL) return true;
  return false;
}

// Lines of code may be longer only where something in them cannot be broken: a comment, a text, a pattern, a
// row.
static void check_width(struct layout *l, struct str text) {
  for (const char *at = text.at, *end; *at != 0; at = end + (*end != 0)) {
    end = strchr(at, '\n');
    if (end == NULL) end = at + strlen(at);
    const struct str line = {at, (uint32_t)(end - at)};
    if (!has_any(line, "\"#/|") && nuo__utf8_text_width(at, line.len) > COLUMNS)
      fail(l, "a line is too long", line);
  }
}

// Everything outside the fences, as bytes.
static struct buf prose_of(const struct layout *l, struct str text) {
  struct buf out = {0};
  bool code = !l->markdown;
  for (const char *at = text.at, *end; *at != 0; at = end) {
    end = strchr(at, '\n');
    end = end == NULL ? at + strlen(at) : end + 1;
    const bool fence = l->markdown && strncmp(at, "```", 3) == 0;
    if (!code || fence) buf_add(&out, at, (size_t)(end - at));
    if (fence) code = !code;
  }
  buf_put(&out, "");
  return out;
}

static void check_prose(struct layout *l, struct str source, struct str text) {
  struct buf want = prose_of(l, source), got = prose_of(l, text);
  if (!nuo__str_equal(buf_view(&want), buf_view(&got))) fail(l, "the prose has changed", text);
  buf_free(&want);
  buf_free(&got);
}

bool layout_holds(const struct policy *policy, uint64_t seed, struct buf *problem) {
  struct layout l = {policy->setting.markdown ? "policy.nuo.md" : "policy.nuo", policy->setting.markdown,
                     problem, false};
  struct rng rng = {seed};
  uint32_t count = 0;
  uint8_t digest[32], kept[32];
  struct buf source = commented(&rng, policy, &count), text[3];
  digest_of(&l, buf_view(&source), digest);
  for (int words = 0; words < 3; words++) {
    text[words] = laid_out(&l, buf_view(&source), (nuo_words)words);
    if (l.failed) continue;
    check_same(&l, "a second run changes it", buf_view(&text[words]), (nuo_words)words,
               buf_view(&text[words]));
    check_same(&l, "a run in its own language changes it", buf_view(&text[words]), NUO_WORDS_AS_WRITTEN,
               buf_view(&text[words]));
    digest_of(&l, buf_view(&text[words]), kept);
    if (memcmp(digest, kept, 32) != 0) fail(&l, "it is another program", buf_view(&text[words]));
    check_comments(&l, buf_view(&text[words]), count);
    check_width(&l, buf_view(&text[words]));
  }
  if (!l.failed) {
    check_prose(&l, buf_view(&source), buf_view(&text[NUO_WORDS_AS_WRITTEN]));
    check_same(&l, "by way of Chinese it is other English", buf_view(&text[NUO_WORDS_CHINESE]),
               NUO_WORDS_ENGLISH, buf_view(&text[NUO_WORDS_ENGLISH]));
    check_same(&l, "by way of English it is other Chinese", buf_view(&text[NUO_WORDS_ENGLISH]),
               NUO_WORDS_CHINESE, buf_view(&text[NUO_WORDS_CHINESE]));
  }
  for (int words = 0; words < 3; words++) buf_free(&text[words]);
  buf_free(&source);
  return !l.failed;
}
