// SPDX-License-Identifier: Apache-2.0
// Tries lexicons in evading spellings: lexicon SAMPLES POLICY…
//
// Of the library's module `lexicons` and of each policy all lexicons are tried that the compiler finds there,
// each in a policy of its own, with a rule on it. Every entry, and every text that SAMPLES has for it (+),
// has to be found: as it is, in each spelling that the lexicon sees through, and in each spelling of such a
// spelling. No excepted phrase, and no text of the other kind (-), may be found, in no spelling that leaves
// it what it says. A lexicon of the library has texts of both kinds. Called by tests/run.sh; the last line is
// "RESULT passed failed".
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/nuo_compile.h"
#include "runtime/nuo.h"
#include "runtime/utf8.h"

enum { CHARS_MAX = 2000, BYTES_MAX = 6 * CHARS_MAX, FILE_MAX = 1 << 20, SHOWN = 20 };

static unsigned passed, failed;

// ---- texts as characters ----
struct chars {
  uint32_t at[CHARS_MAX];
  size_t count;
};

static void put(struct chars *to, uint32_t c) {
  if (to->count < CHARS_MAX) to->at[to->count++] = c;
}

static void decode(struct chars *to, struct str text) {
  to->count = 0;
  for (size_t at = 0, size; at < text.len; at += size) put(to, nuo__utf8_decode(text.at + at, &size));
}

// As the inside of a JSON string; its length.
static size_t encode(const struct chars *from, char *to) {
  size_t len = 0;
  for (size_t i = 0; i < from->count; i++) {
    if (from->at[i] == '"' || from->at[i] == '\\') to[len++] = '\\';
    if (from->at[i] < ' ')
      len += (size_t)sprintf(to + len, "\\u%04x", (unsigned)from->at[i]);
    else
      len += nuo__utf8_encode(from->at[i], to + len);
  }
  return len;
}

// ---- spellings ----
static const uint32_t numerals[3][10] = {
    {u'零', u'一', u'二', u'三', u'四', u'五', u'六', u'七', u'八', u'九'},
    {u'〇', u'壹', u'贰', u'叁', u'肆', u'伍', u'陆', u'柒', u'捌', u'玖'},
    {u'⓪', u'①', u'②', u'③', u'④', u'⑤', u'⑥', u'⑦', u'⑧', u'⑨'}};

static int numeral(uint32_t c) {
  for (int digit = 0; digit < 10; digit++)
    if (numerals[0][digit] == c) return digit;
  return -1;
}

static bool is_digit(uint32_t c) {
  return c >= '0' && c <= '9';
}

static uint32_t traditional(uint32_t c) {
  static const uint16_t pairs[][2] = {
#define HAN(written, folded) {written, folded},
#include "runtime/fold_han.def"
#undef HAN
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs && c >= 0x4E00; i++)
    if (pairs[i][1] == c) return pairs[i][0];
  return c;
}

static void full_width(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++) {
    const uint32_t c = from->at[i];
    put(to, c == ' ' ? 0x3000 : c > ' ' && c < 0x7F ? c + 0xFEE0 : c);
  }
}

static void upper_case(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++) {
    const uint32_t c = from->at[i];
    put(to, c >= 'a' && c <= 'z' ? c - 32 : c);
  }
}

static bool is_any_digit(uint32_t c) {
  return is_digit(c) || (c >= 0xFF10 && c <= 0xFF19);
}

// Not within a number in Arabic digits: cut in two, it is two.
static void put_between(const struct chars *from, struct chars *to, const uint32_t *marks, size_t count) {
  for (size_t i = 0; i < from->count; i++) {
    const bool amid = i > 0 && is_any_digit(from->at[i - 1]) && is_any_digit(from->at[i]);
    if (i > 0 && !amid) put(to, marks[i % count]);
    put(to, from->at[i]);
  }
}

static void zero_width(const struct chars *from, struct chars *to) {
  static const uint32_t marks[] = {0x200B, 0x200D, 0xFEFF, 0x2060, 0xFE0F, 0x200E, 0x202E};
  put_between(from, to, marks, sizeof marks / sizeof *marks);
}

static void separators(const struct chars *from, struct chars *to) {
  static const uint32_t marks[] = {' ', '-', '.', 0x3000, u'·', u'★', u'，', '_', 0x1F4B0, '\t'};
  put_between(from, to, marks, sizeof marks / sizeof *marks);
}

static void combining(const struct chars *from, struct chars *to) {
  static const uint32_t marks[] = {0x0336, 0x0301, 0x20DD};
  put_between(from, to, marks, sizeof marks / sizeof *marks);
}

static void in_traditional(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++) put(to, traditional(from->at[i]));
}

// 第一 as 第1, unless a number would come about that has more digits.
static void in_arabic(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++) {
    const int digit = numeral(from->at[i]);
    const uint32_t before = i > 0 ? from->at[i - 1] : 0, behind = i + 1 < from->count ? from->at[i + 1] : 0;
    const bool grows = is_digit(before) || is_digit(behind) || numeral(before) >= 0 || numeral(behind) >= 0;
    put(to, digit >= 0 && !grows ? (uint32_t)('0' + digit) : from->at[i]);
  }
}

static void in_other_numerals(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++) {
    const int digit = numeral(from->at[i]);
    put(to, digit >= 0 ? numerals[1 + i % 2][digit] : from->at[i]);
  }
}

// 100 as 一零零.
static void in_chinese(const struct chars *from, struct chars *to) {
  for (size_t i = 0; i < from->count; i++)
    put(to, is_digit(from->at[i]) ? numerals[i % 3][from->at[i] - '0'] : from->at[i]);
}

static void look_alikes(const struct chars *from, struct chars *to) {
  static const char latin[] = "acehiopsvxyABCEHIKMOPTXV";
  static const uint32_t others[] = {u'а', u'с', u'е', u'һ', u'і', u'о', u'р', u'ѕ', u'ⅴ', u'х', u'у', u'А',
                                    u'В', u'С', u'Е', u'Н', u'І', u'К', u'М', u'Ο', u'Ρ', u'Τ', u'Χ', u'Ⅴ'};
  for (size_t i = 0; i < from->count; i++) {
    const uint32_t c = from->at[i];
    const char *found = c < 0x80 && c > 0 ? strchr(latin, (int)c) : NULL;
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (found != NULL && i % 2 == 0)
      put(to, others[found - latin]);
    else
      put(to, is_letter ? (c >= 'a' ? 0x1D41A + (c - 'a') : 0x24B6 + (c - 'A')) : c);
  }
}

struct spelling {
  const char *name;
  void (*spell)(const struct chars *from, struct chars *to);
  bool strict;  // only `evasion strict` sees through it
  bool keeps;   // a text that says nothing of the kind says nothing of the kind in it
};
static const struct spelling spellings[] = {
    {"full width", full_width, false, true},     {"upper case", upper_case, false, true},
    {"zero width", zero_width, false, true},     {"traditional", in_traditional, true, true},
    {"Arabic digits", in_arabic, true, true},    {"other numerals", in_other_numerals, true, true},
    {"Chinese digits", in_chinese, true, false}, {"separators", separators, true, false},
    {"combining marks", combining, true, false}, {"look-alikes", look_alikes, true, false},
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

// ---- a lexicon on trial ----
struct trial {
  const char *where;
  struct str name;
  bool strict;
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
};

static void complain(const struct trial *t, const char *what, struct str text) {
  failed++;
  if (failed > SHOWN) return;
  printf("lexicons: %s: %.*s: %s: %.*s\n", t->where, (int)t->name.len, t->name.at, what, (int)text.len,
         text.at);
}

static bool is_found(struct trial *t, const struct chars *text) {
  static char event[2 * BYTES_MAX];
  const nuo_decision *decision;
  nuo_error error;
  size_t len = (size_t)sprintf(event, "{\"id\":\"1\",\"time\":0,\"body\":\"");
  len += encode(text, event + len);
  len += (size_t)sprintf(event + len, "\"}");
  if (nuo_session_eval_json(t->session, event, len, &decision, &error) != NUO_OK) {
    complain(t, "no decision", (struct str){event, (uint32_t)len});
    return false;
  }
  return decision->breach_count > 0;
}

static void expect(struct trial *t, const struct chars *text, bool found, const char *first,
                   const char *second) {
  static char shown[2 * BYTES_MAX], what[100];
  if (is_found(t, text) == found) {
    passed++;
    return;
  }
  snprintf(what, sizeof what, "%s, %s %s", found ? "not found" : "found", first, second);
  complain(t, what, (struct str){shown, (uint32_t)encode(text, shown)});
}

static bool applies(const struct trial *t, const struct spelling *s, bool found) {
  return (t->strict || !s->strict) && (found || s->keeps);
}

// The text as it is, in each spelling, and in each spelling of these.
static void try_text(struct trial *t, struct str text, bool found) {
  static struct chars plain, once, twice;
  decode(&plain, text);
  expect(t, &plain, found, "as it is", "");
  for (int i = 0; i < SPELLINGS; i++) {
    if (!applies(t, &spellings[i], found)) continue;
    once.count = 0;
    spellings[i].spell(&plain, &once);
    expect(t, &once, found, spellings[i].name, "");
    for (int k = 0; k < SPELLINGS; k++) {
      if (k == i || !applies(t, &spellings[k], found)) continue;
      twice.count = 0;
      spellings[k].spell(&once, &twice);
      expect(t, &twice, found, spellings[i].name, spellings[k].name);
    }
  }
}

// ---- policies ----
static void append(char *out, size_t *len, const char *text, size_t size) {
  memcpy(out + *len, text, size);
  *len += size;
}

static void append_list(char *out, size_t *len, const text_list *texts) {
  append(out, len, "{", 1);
  for (uint32_t i = 0; i < texts->count; i++) {
    if (i > 0) append(out, len, ", ", 2);
    append(out, len, "\"", 1);
    for (uint32_t k = 0; k < texts->at[i].len; k++) {
      if (strchr("\"\\{}", texts->at[i].at[k]) != NULL) append(out, len, "\\", 1);
      append(out, len, texts->at[i].at + k, 1);
    }
    append(out, len, "\"", 1);
  }
  append(out, len, "} ", 2);
}

static const char head[] =
    "policy trial version \"1\" zone \"UTC\" undetermined hold\n"
    "event e enforceable { id: text time: instant body: text }\n";

static size_t write_policy(char *out, const struct lexicon *lexicon) {
  static const char rule[] = "rule r on e forbid when body contains any of l action note\n";
  size_t len = 0;
  append(out, &len, head, sizeof head - 1);
  append(out, &len, "lexicon l = ", 12);
  append_list(out, &len, &lexicon->entries);
  if (lexicon->excepted.count > 0) append(out, &len, "except ", 7);
  if (lexicon->excepted.count > 0) append_list(out, &len, &lexicon->excepted);
  if (lexicon->strict) append(out, &len, "evasion strict", 14);
  append(out, &len, "\n", 1);
  append(out, &len, rule, sizeof rule - 1);
  return len;
}

static bool read_file(const char *path, char *bytes, size_t *len) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  *len = fread(bytes, 1, FILE_MAX, file);
  fclose(file);
  return true;
}

// Reads what a policy names, from its folder; what is read stays until the next policy.
struct folder {
  char path[300];
  char *bytes[100];
  size_t count;
};

static bool read_beside(void *context, nuo_text path, nuo_text *bytes) {
  struct folder *folder = context;
  char full[600];
  size_t len;
  snprintf(full, sizeof full, "%s/%.*s", folder->path, (int)path.len, path.text);
  if (folder->count == sizeof folder->bytes / sizeof *folder->bytes) return false;
  char *read = malloc(FILE_MAX);
  if (read == NULL || !read_file(full, read, &len)) {
    free(read);
    return false;
  }
  folder->bytes[folder->count++] = read;
  *bytes = (nuo_text){read, len};
  return true;
}

static bool begin(struct trial *t, const struct lexicon *lexicon) {
  static char policy[FILE_MAX];
  nuo_compilation *compilation;
  nuo_error error;
  const size_t len = write_policy(policy, lexicon);
  if (nuo_compile((nuo_text){"trial.nuo", 9}, (nuo_text){policy, len}, NULL, &compilation) != NUO_OK)
    return false;
  const nuo_text image = nuo_compilation_image(compilation);
  const bool good = image.text != NULL &&
                    nuo_program_load(image.text, image.len, NULL, &t->program, &error) == NUO_OK &&
                    nuo_engine_new(NULL, &t->engine) == NUO_OK &&
                    nuo_engine_use(t->engine, &t->program, 1, NULL) == NUO_OK &&
                    nuo_session_new(t->engine, &t->session) == NUO_OK;
  nuo_compilation_free(compilation);
  return good;
}

// ---- samples ----
// Tries the texts below "[name]"; how many there are of each kind.
static void try_samples(struct trial *t, const char *samples, size_t *found, size_t *spared) {
  bool is_here = false;
  for (const char *line = samples; *line != '\0';) {
    const char *end = strchr(line, '\n');
    const uint32_t len = (uint32_t)(end != NULL ? (size_t)(end - line) : strlen(line));
    if (line[0] == '[') is_here = len == t->name.len + 2 && memcmp(line + 1, t->name.at, t->name.len) == 0;
    if (is_here && len > 2 && (line[0] == '+' || line[0] == '-')) {
      try_text(t, (struct str){line + 2, len - 2}, line[0] == '+');
      ++*(line[0] == '+' ? found : spared);
    }
    line += len + (end != NULL);
  }
}

static void try_lexicon(const char *where, const struct lexicon *lexicon, const char *samples) {
  struct trial t = {.where = where, .name = lexicon->names.en, .strict = lexicon->strict};
  size_t found = 0, spared = 0;
  if (!begin(&t, lexicon)) {
    complain(&t, "does not compile", lexicon->names.en);
    return;
  }
  for (uint32_t i = 0; i < lexicon->entries.count; i++) try_text(&t, lexicon->entries.at[i], true);
  for (uint32_t i = 0; i < lexicon->excepted.count; i++) try_text(&t, lexicon->excepted.at[i], false);
  if (samples != NULL) try_samples(&t, samples, &found, &spared);
  if (samples != NULL && found == 0) complain(&t, "no text that it must find", lexicon->names.en);
  if (samples != NULL && spared == 0) complain(&t, "no text that it must not find", lexicon->names.en);
  nuo_session_free(t.session);
  nuo_engine_free(t.engine);
  nuo_program_free(t.program);
}

static void try_policy(const char *path, nuo_text source, const char *samples) {
  struct folder folder = {.count = 0};
  const char *slash = strrchr(path, '/');
  snprintf(folder.path, sizeof folder.path, "%.*s", slash != NULL ? (int)(slash - path) : 1,
           slash != NULL ? path : ".");
  const nuo_compile_options options = {.read = read_beside, .context = &folder};
  nuo_compilation *compilation;
  if (nuo_compile((nuo_text){path, strlen(path)}, source, &options, &compilation) != NUO_OK ||
      nuo_compilation_image(compilation).text == NULL) {
    printf("lexicons: %s does not compile\n", path);
    failed++;
    return;
  }
  for (uint32_t i = 0; i < compilation->program->lexicons.count; i++)
    try_lexicon(path, compilation->program->lexicons.at[i], samples);
  if (samples != NULL && compilation->program->lexicons.count == 0) failed++;
  nuo_compilation_free(compilation);
  for (size_t i = 0; i < folder.count; i++) free(folder.bytes[i]);
}

int main(int argc, char **argv) {
  static char samples[FILE_MAX + 1], source[FILE_MAX];
  size_t len;
  if (argc < 2 || !read_file(argv[1], samples, &len)) return 2;
  const size_t size =
      (size_t)sprintf(source, "%suse lexicons\nrule r on e forbid when body is \"x\" action note\n", head);
  try_policy("library", (nuo_text){source, size}, samples);
  for (int i = 2; i < argc; i++) {
    if (!read_file(argv[i], source, &len)) {
      printf("lexicons: %s cannot be read\n", argv[i]);
      failed++;
      continue;
    }
    try_policy(argv[i], (nuo_text){source, len}, NULL);
  }
  printf("RESULT %u %u\n", passed, failed);
  return failed > 0;
}
