// SPDX-License-Identifier: Apache-2.0
// The order of a lint run: the compiler's own warnings, the passes, then what comments keep back.
#include "compiler/lint/lint.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS 200000  // of rules compared with each other: a second or two of one core

const struct lint_rule nuo__lint_rules[] = {
#define LINT(code, category, fixes) {DIAG_##code, LINT_##category, fixes},
#include "compiler/lint/rules.def"
#undef LINT
};
const uint32_t nuo__lint_rule_count = sizeof nuo__lint_rules / sizeof *nuo__lint_rules;

const struct lint_rule *nuo__lint_rule(enum diag_code code) {
  for (uint32_t i = 0; i < nuo__lint_rule_count; i++)
    if (nuo__lint_rules[i].code == code) return &nuo__lint_rules[i];
  return NULL;
}

const char *nuo__lint_category_name(enum lint_category category, enum diag_language language) {
  static const char *const names[LINT_CATEGORY_COUNT][2] = {{"correctness", "正确"}, {"law", "法律"},
                                                            {"clarity", "清晰"},     {"style", "写法"},
                                                            {"performance", "性能"}, {"security", "安全"}};
  return names[category][language];
}

#define SCRATCH_BYTES (1 << 20)

struct arena *nuo__lint_scratch(struct lint *l) {
  if (l->scratch != NULL && nuo__arena_used(l->scratch) < SCRATCH_BYTES) return l->scratch;
  if (l->scratch != NULL) nuo__arena_free(l->scratch);
  l->scratch = nuo__arena_new(&l->compilation->allocator);
  if (l->scratch == NULL) longjmp(*l->out_of_memory, 1);
  nuo__arena_on_failure(l->scratch, l->out_of_memory);
  return l->scratch;
}

// ---- adding ----

bool nuo__lint_in_stdlib(const struct lint *l, uint32_t file) {
  const struct str path = l->compilation->files.at[file].path;
  return path.len > 7 && memcmp(path.at, "stdlib/", 7) == 0;
}

static bool is_told(struct lint *l, enum diag_code code, struct span span) {
  const uint32_t key[] = {(uint32_t)code, span.file, span.start, span.end};
  uint32_t *number = nuo__pool_at(l->arena, &l->told, key, sizeof key);
  const bool told = *number != UINT32_MAX;
  *number = 0;
  return told;
}

static struct finding *push(struct lint *l, struct diagnostic diag) {
  VEC_PUSH(l->arena, &l->findings->items, (struct finding){.diag = diag});
  return &l->findings->items.at[l->findings->items.count - 1];
}

struct finding *nuo__lint_add(struct lint *l, enum diag_code code, struct span span) {
  const bool hidden = span.end > 0 && nuo__lint_in_stdlib(l, span.file);
  if (hidden || is_told(l, code, span)) return ARENA_NEW(l->arena, struct finding);
  return push(l, (struct diagnostic){.code = code, .span = span});
}

struct finding *nuo__lint_add1(struct lint *l, enum diag_code code, struct span span, struct diag_arg a) {
  struct finding *finding = nuo__lint_add(l, code, span);
  finding->diag.args[0] = a;
  return finding;
}

struct finding *nuo__lint_add2(struct lint *l, enum diag_code code, struct span span, struct diag_arg a,
                               struct diag_arg b) {
  struct finding *finding = nuo__lint_add1(l, code, span, a);
  finding->diag.args[1] = b;
  return finding;
}

struct finding *nuo__lint_add3(struct lint *l, enum diag_code code, struct span span, struct diag_arg a,
                               struct diag_arg b, struct diag_arg c) {
  struct finding *finding = nuo__lint_add2(l, code, span, a, b);
  finding->diag.args[2] = c;
  return finding;
}

void nuo__lint_edit(struct finding *finding, struct span span, struct str text) {
  finding->mendable = true;
  finding->edit = (struct lint_edit){span, text};
}

struct str nuo__lint_text(const struct lint *l, struct span span) {
  if (span.end <= span.start) return STR("");
  return (struct str){l->compilation->files.at[span.file].text.at + span.start, span.end - span.start};
}

#define QUOTED_BYTES 80

struct diag_arg nuo__lint_quote(struct lint *l, struct span span) {
  struct str text = nuo__lint_text(l, span);
  if (text.len <= QUOTED_BYTES) return nuo__diag_text(text);
  text.len = QUOTED_BYTES;
  while (((unsigned char)text.at[text.len] & 0xC0) == 0x80) text.len--;
  return nuo__diag_text(nuo__arena_format(l->arena, "%.*s…", (int)text.len, text.at));
}

struct diag_arg nuo__lint_names(struct names names) {
  return (struct diag_arg){.en = names.en, .zh = names.zh};
}

struct diag_arg nuo__lint_number(struct lint *l, int64_t value) {
  return nuo__diag_number(&l->compilation->diags, value);
}

// ---- the run ----

static void take_warnings(struct lint *l) {
  const struct diagnostics *diags = &l->compilation->diags;
  for (uint32_t i = 0; i < diags->items.count; i++)
    if (nuo__lint_rule(diags->items.at[i].code) != NULL) push(l, diags->items.at[i]);
}

static int by_place(const void *a, const void *b) {
  const struct diagnostic *x = &((const struct finding *)a)->diag, *y = &((const struct finding *)b)->diag;
  if (x->span.file != y->span.file) return x->span.file < y->span.file ? -1 : 1;
  if (x->span.start != y->span.start) return x->span.start < y->span.start ? -1 : 1;
  if (x->span.end != y->span.end) return x->span.end < y->span.end ? -1 : 1;
  return (int)x->code - (int)y->code;
}

// FNV-1a; white space is passed over, so that a new layout changes nothing.
static uint64_t hash_words(uint64_t hash, struct str text) {
  for (uint32_t i = 0; i < text.len; i++)
    if ((unsigned char)text.at[i] > ' ') hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001B3);
  return hash;
}

// The words of the line, not its place: lines move, and a finding is still the same one.
static void show(struct lint *l, struct finding *finding, struct pool *seen) {
  finding->shown = nuo__diag_shown(l->compilation, &finding->diag);
  const nuo_place *place = &finding->shown.place;
  uint64_t hash = hash_words(UINT64_C(0xCBF29CE484222325), nuo__str_of(finding->shown.code));
  hash = hash_words(hash, (struct str){place->path.text, (uint32_t)place->path.len});
  finding->fingerprint =
      hash_words(hash, (struct str){place->source_line.text, (uint32_t)place->source_line.len});
  // Of several findings that are the same in all this, each gets a number.
  uint32_t *times = nuo__pool_at(l->arena, seen, &finding->fingerprint, sizeof finding->fingerprint);
  *times = *times == UINT32_MAX ? 0 : *times + 1;
  finding->fingerprint += *times;
}

static bool is_of_policy(const struct program *program, uint32_t file) {
  bool found = nuo__file_is_own(program, file);
  for (uint32_t i = 0; i < program->packs.count; i++) found |= program->packs.at[i]->file == file;
  return found;
}

// What is found in a policy that this one uses is told when that one is looked at; but not what it has
// against another.
static void drop_of_packs(struct lint *l) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < l->findings->items.count; i++) {
    const struct diagnostic *diag = &l->findings->items.at[i].diag;
    const bool between =
        diag->also.end > 0 && diag->also.file != diag->span.file && is_of_policy(l->program, diag->also.file);
    if (between || nuo__file_is_own(l->program, diag->span.file))
      l->findings->items.at[kept++] = l->findings->items.at[i];
  }
  l->findings->items.count = kept;
}

static void run(struct lint *l) {
  static lint_pass *const passes[] = {
#define PASS(name) nuo__lint_##name,
      LINT_PASSES(PASS)
#undef PASS
  };
  take_warnings(l);
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) passes[i](l);
  nuo__lint_suppress(l);
  drop_of_packs(l);
  if (l->findings->items.count > 1)
    qsort(l->findings->items.at, l->findings->items.count, sizeof *l->findings->items.at, by_place);
  struct pool seen = {0};
  for (uint32_t i = 0; i < l->findings->items.count; i++) show(l, &l->findings->items.at[i], &seen);
}

// Its own function, so that `l` is the same after a jump.
static nuo_status guarded(struct lint *l) {
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  l->out_of_memory = &out_of_memory;
  nuo__arena_on_failure(l->arena, &out_of_memory);
  run(l);
  return NUO_OK;
}

nuo_status nuo__lint(nuo_compilation *compilation, const struct lint_options *options,
                     struct lint_findings *findings) {
  struct lint l = {.compilation = compilation,
                   .arena = compilation->arena,
                   .program = compilation->program,
                   .options = *options,
                   .findings = findings,
                   .pairs_left = MAX_PAIRS};
  *findings = (struct lint_findings){.suppressed = 0};
  const nuo_status status = guarded(&l);
  if (l.scratch != NULL) nuo__arena_free(l.scratch);
  return status;
}
