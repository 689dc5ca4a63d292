// SPDX-License-Identifier: Apache-2.0
// Counts decisions by verdict, clause and severity, and prints the sums for people. Called by run.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/run.h"

static nuo_text text_of(const char *s) {
  return (nuo_text){s, strlen(s)};
}

static char *copy(nuo_text text) {
  char *out = malloc(text.len + 1);
  if (out == NULL) abort();  // a summary line cannot be had without memory, and there is nobody to tell
  if (text.len > 0) memcpy(out, text.text, text.len);
  out[text.len] = 0;
  return out;
}

static bool same(const char *text, nuo_text other) {
  return strlen(text) == other.len && memcmp(text, other.text, other.len) == 0;
}

static struct rule_tally *rule_of(struct tally *tally, const nuo_finding *f) {
  for (size_t i = 0; i < tally->rule_count; i++)
    if (same(tally->rules[i].name, f->rule)) return &tally->rules[i];
  struct rule_tally *grown = realloc(tally->rules, (tally->rule_count + 1) * sizeof *grown);
  if (grown == NULL) abort();
  tally->rules = grown;
  grown[tally->rule_count] = (struct rule_tally){.name = copy(f->rule),
                                                 .name_zh = copy(f->rule_zh),
                                                 .pack = copy(f->pack),
                                                 .pack_zh = copy(f->pack_zh),
                                                 .clause = copy(f->clause),
                                                 .severity = copy(f->severity),
                                                 .severity_zh = copy(f->severity_zh)};
  return &tally->rules[tally->rule_count++];
}

void tally_add(struct tally *tally, const nuo_decision *d) {
  if (d->replayed) {
    tally->replayed++;
    return;
  }
  if (d->deadline || d->caused_by.len > 0) {
    tally->derived++;
  } else {
    tally->decided++;
    tally->verdicts[d->verdict]++;
    tally->outside += d->force != NUO_IN_FORCE;
  }
  for (size_t i = 0; i < d->duty_count; i++)
    if (d->duties[i].state != NUO_DUTY_FULFILLED || d->duties[i].is_last) tally->duties[d->duties[i].state]++;
  for (size_t i = 0; i < d->breach_count; i++) {
    rule_of(tally, &d->breaches[i])->breached++;
    for (size_t k = 1; k < d->breaches[i].same_count; k++) rule_of(tally, &d->breaches[i].same[k])->also++;
  }
  for (size_t i = 0; i < d->undetermined_count; i++) rule_of(tally, &d->undetermined[i])->undetermined++;
  for (size_t i = 0; i < d->excepted_count; i++) rule_of(tally, &d->excepted[i])->excepted++;
}

void tally_free(struct tally *tally) {
  for (size_t i = 0; i < tally->rule_count; i++) {
    struct rule_tally *r = &tally->rules[i];
    free(r->name), free(r->name_zh), free(r->pack), free(r->pack_zh);
    free(r->clause), free(r->severity), free(r->severity_zh);
  }
  free(tally->rules);
}

// A digit of either width or a Chinese numeral: 0 to 9, or 10, 100, 1000; -1 when there is none.
static int numeral(const char *at, size_t *size) {
  static const char chinese[][4] = {"〇", "一", "二", "三", "四", "五", "六",
                                    "七", "八", "九", "十", "百", "千"};
  static const int worth[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 1000};
  *size = 1;
  if (*at >= '0' && *at <= '9') return *at - '0';
  *size = 3;
  for (size_t i = 0; i < sizeof worth / sizeof *worth; i++)
    if (strncmp(at, chinese[i], 3) == 0) return worth[i];
  if (strncmp(at, "零", 3) == 0) return 0;
  if (strncmp(at, "\xEF\xBC", 2) == 0 && (unsigned char)at[2] >= 0x90 && (unsigned char)at[2] <= 0x99)
    return (unsigned char)at[2] - 0x90;
  return -1;
}

// The number that `*at` begins with, past which it is moved; -1 when there is none.
static long take_number(const char **at) {
  long sum = 0, part = 0;
  size_t size;
  int digit = numeral(*at, &size);
  if (digit < 0) return -1;
  for (bool any = false; digit >= 0; digit = numeral(*at, &size)) {
    if (digit < 10) {
      if (part < 1000000) part = part * 10 + digit;
    } else {  // 十二 has no 一 before the 十
      sum += (part == 0 && !any ? 1 : part) * digit;
      part = 0;
    }
    any = true;
    *at += size;
  }
  return sum + part;
}

// Clause numbers in the order of a document: 2.10 after 2.9, 第十条 after 第九条.
static int compare_clauses(const char *x, const char *y) {
  while (*x != 0 && *y != 0) {
    const char *end_x = x, *end_y = y;
    const long m = take_number(&end_x), n = take_number(&end_y);
    if (m >= 0 && n >= 0) {
      if (m != n) return m < n ? -1 : 1;
      x = end_x, y = end_y;
    } else if (*x != *y) {
      return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
    } else {
      x++, y++;
    }
  }
  return (*x != 0) - (*y != 0);
}

// The policy's own rules first, then those of the policies that it uses, one policy after the other.
static int compare_rules(const void *a, const void *b) {
  const struct rule_tally *x = a, *y = b;
  const int packs = strcmp(x->pack, y->pack), clauses = compare_clauses(x->clause, y->clause);
  return packs != 0 ? packs : clauses != 0 ? clauses : strcmp(x->name, y->name);
}

static void print_count(FILE *out, size_t n, size_t columns) {
  char plain[32], grouped[48];
  int len = snprintf(plain, sizeof plain, "%zu", n);
  size_t at = 0;
  for (int i = 0; i < len; i++) {
    if (i > 0 && (len - i) % 3 == 0) grouped[at++] = ',';
    grouped[at++] = plain[i];
  }
  cli_print_cell(out, (nuo_text){grouped, at}, at > columns ? at : columns, true);
}

#define BAR_COLUMNS 30

static void print_verdicts(FILE *out, const struct tally *tally, nuo_language language) {
  fputs(SAY(language, "\nVerdicts\n", "\n裁决\n"), out);
  for (int v = 0; v < ACTION_COUNT; v++) {
    if (tally->verdicts[v] == 0) continue;
    double share = (double)tally->verdicts[v] / (double)tally->decided;
    fputs("  ", out);
    cli_print_cell(out, text_of(table_verdict(v, language)), 8, false);
    print_count(out, tally->verdicts[v], 10);
    fprintf(out, "  %5.1f%%  ", 100 * share);
    for (int i = 0; i < (int)(share * BAR_COLUMNS + 0.999); i++) fputs("█", out);
    fputc('\n', out);
  }
}

#define CLAUSE_COLUMNS 12
#define CLAUSE_COLUMNS_MOST 24

// The column of clauses is as wide as the longest of them asks for.
static size_t clause_columns(const struct tally *tally) {
  size_t columns = CLAUSE_COLUMNS;
  for (size_t i = 0; i < tally->rule_count; i++) {
    const size_t needed = cli_width(text_of(tally->rules[i].clause)) + 1;
    if (needed > columns) columns = needed;
  }
  return columns < CLAUSE_COLUMNS_MOST ? columns : CLAUSE_COLUMNS_MOST;
}

// What is called `name` in the policy `pack`, without that one's name before it.
static nuo_text inner(const char *name, const char *pack) {
  const size_t len = strlen(pack);
  return text_of(len > 0 && strncmp(name, pack, len) == 0 && name[len] == '.' ? name + len + 1 : name);
}

// Breaches of the rules from `first` on that have its severity, when none before it within the policy has.
static size_t sum_severity(const struct tally *tally, size_t first) {
  const struct rule_tally *at = &tally->rules[first];
  size_t sum = 0;
  for (size_t i = 0; i < tally->rule_count; i++) {
    const struct rule_tally *r = &tally->rules[i];
    if (strcmp(r->pack, at->pack) != 0 || strcmp(r->severity, at->severity) != 0) continue;
    if (i < first) return 0;
    sum += r->breached;
  }
  return sum;
}

static const char *severity_name(const struct rule_tally *r, nuo_language language) {
  const char *name = SAY(language, r->severity, r->severity_zh);
  return *name != 0 ? name : SAY(language, "none given", "未定程度");
}

// A line for a policy that is used: severities are its own, so they are added up within it.
static void print_pack(FILE *out, const struct tally *tally, size_t first, nuo_language language) {
  const struct rule_tally *pack = &tally->rules[first];
  const char *before = SAY(language, ": ", "：");
  fputs(SAY(language, pack->pack, pack->pack_zh), out);
  for (size_t i = first; i < tally->rule_count && strcmp(tally->rules[i].pack, pack->pack) == 0; i++) {
    const size_t sum = sum_severity(tally, i);
    if (sum == 0) continue;
    fprintf(out, "%s%s ", before, severity_name(&tally->rules[i], language));
    print_count(out, sum, 1);
    before = SAY(language, ", ", "，");
  }
  fputc('\n', out);
}

// Whether some rule is one breach with another one, under which it is counted.
static bool has_also(const struct tally *tally) {
  size_t i = 0;
  while (i < tally->rule_count && tally->rules[i].also == 0) i++;
  return i < tally->rule_count;
}

static void print_rules(FILE *out, const struct tally *tally, nuo_language language) {
  const size_t clause = clause_columns(tally);
  const size_t widths[] = {clause, 41 - clause, 10, 9, 9, 9, 9};
  static const char *const heads[2][7] = {
      {"clause", "rule", "severity", "breached", "unclear", "excepted", "as other"},
      {"条款", "规则", "程度", "违反", "不明", "例外", "计在他条"}};
  const bool also = has_also(tally);
  if (tally->rule_count == 0) return;
  fputs(SAY(language, "\nBy clause\n  ", "\n按条款\n  "), out);
  for (int i = 0; i < 6 + also; i++) cli_print_cell(out, text_of(heads[language][i]), widths[i], i > 2);
  fputc('\n', out);
  for (size_t i = 0; i < tally->rule_count; i++) {
    const struct rule_tally *r = &tally->rules[i];
    const nuo_text name = inner(SAY(language, r->name, r->name_zh), SAY(language, r->pack, r->pack_zh));
    if (*r->pack != 0 && (i == 0 || strcmp(r->pack, r[-1].pack) != 0)) print_pack(out, tally, i, language);
    fputs("  ", out);
    cli_print_cell(out, text_of(r->clause), widths[0] - 1, false), fputc(' ', out);
    cli_print_cell(out, name, widths[1] - 1, false), fputc(' ', out);
    cli_print_cell(out, text_of(SAY(language, r->severity, r->severity_zh)), widths[2], false);
    print_count(out, r->breached, widths[3]);
    print_count(out, r->undetermined, widths[4]);
    print_count(out, r->excepted, widths[5]);
    if (also) print_count(out, r->also, widths[6]);
    fputc('\n', out);
  }
}

static void print_severities(FILE *out, const struct tally *tally, nuo_language language) {
  bool any = false;
  for (size_t i = 0; i < tally->rule_count; i++) {
    const size_t sum = *tally->rules[i].pack == 0 ? sum_severity(tally, i) : 0;
    if (sum == 0) continue;
    if (!any) fputs(SAY(language, "\nBreaches by severity\n", "\n按程度（违反）\n"), out);
    any = true;
    fputs("  ", out);
    cli_print_cell(out, text_of(severity_name(&tally->rules[i], language)), 12, false);
    print_count(out, sum, 8);
    fputc('\n', out);
  }
}

static void print_duties(FILE *out, const struct tally *tally, nuo_language language) {
  static const struct {
    nuo_duty_state state;
    const char *names[2];
  } lines[] = {{NUO_DUTY_OPENED, {"begun", "发生"}},          {NUO_DUTY_FULFILLED, {"fulfilled", "履行"}},
               {NUO_DUTY_DISCHARGED, {"discharged", "免除"}}, {NUO_DUTY_WARNED, {"warned", "预警"}},
               {NUO_DUTY_MISSED, {"missed steps", "逾期"}},   {NUO_DUTY_LATE, {"done late", "迟履行"}},
               {NUO_DUTY_NOT_OPENED, {"not begun", "未建立"}}};
  bool any = false;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    const size_t count = tally->duties[lines[i].state];
    if (count == 0) continue;
    if (!any) fputs(SAY(language, "\nDuties\n", "\n义务\n"), out);
    any = true;
    fputs("  ", out);
    cli_print_cell(out, text_of(lines[i].names[language]), 12, false);
    print_count(out, count, 8);
    fputc('\n', out);
  }
}

// `; what: count`, where there is one.
static void print_also(FILE *out, const char *what, size_t count) {
  if (count == 0) return;
  fputs(what, out);
  print_count(out, count, 1);
}

void tally_print(FILE *out, const struct tally *tally, nuo_language language) {
  if (tally->rule_count > 0) qsort(tally->rules, tally->rule_count, sizeof *tally->rules, compare_rules);
  if (tally->decided > 0) print_verdicts(out, tally, language);
  print_rules(out, tally, language);
  print_severities(out, tally, language);
  print_duties(out, tally, language);
  fputs(SAY(language, "\nEvents decided: ", "\n已裁决事件："), out);
  print_count(out, tally->decided, 1);
  print_also(out, SAY(language, "; outside the policy's time in force: ", "；不在政策有效期内："),
             tally->outside);
  print_also(out, SAY(language, "; what followed from them and from time: ", "；随之发生与到期："),
             tally->derived);
  print_also(out, SAY(language, "; came again: ", "；重复报送："), tally->replayed);
  print_also(out, SAY(language, "; refused: ", "；拒收："), tally->refused);
  fputc('\n', out);
}
