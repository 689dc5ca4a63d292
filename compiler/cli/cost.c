// SPDX-License-Identifier: Apache-2.0
// `nuo cost`: what a policy costs, before any event: instructions at most for one event of each type and for
// a finding of each rule, and the bytes that each thing that is remembered takes for one key: those of its
// record, a bound, and those that it takes in all, an average. The sizes of records come from where they are
// laid out.
#include <stdio.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "runtime/duty_record.h"
#include "runtime/limits.h"
#include "runtime/program.h"
#include "runtime/state_distinct.h"
#include "runtime/state_total.h"
#include "runtime/text.h"

struct kept {
  const char *kind[2];  // in both languages
  nuo_text name[2];
  uint32_t record;  // bytes at most, of what has settled
  size_t whole;     // with its place in the store, on the average
  uint32_t recent;  // bytes at most that each event within the lateness adds to the record; 0: nothing
  bool has_text;    // and a text besides
};

// ---- instructions ----

// With what runs for each value of a `for each`, as often as it may.
static uint64_t effects_cost(const struct image *image, uint32_t event) {
  uint64_t cost = image->EVENTS[event].effect_count;
  for (uint32_t i = 0; i < image->OPENINGS_count; i++) {
    const struct image_opening *o = &image->OPENINGS[i];
    if (image->DUTIES[o->duty].trigger == event) cost += (uint64_t)LIMIT_EACH * o->code_count;
  }
  return cost;
}

// ---- what is kept ----

static struct kept kept_of(const char *en, const char *zh, nuo_text name, nuo_text name_zh, uint32_t record,
                           uint32_t recent) {
  return (struct kept){.kind = {en, zh},
                       .name = {name, name_zh},
                       .record = record,
                       .whole = nuo__store_record_bytes(record),
                       .recent = recent};
}

static struct kept fact_cost(const struct image *image, uint32_t index) {
  const struct image_fact *f = &image->FACTS[index];
  struct kept kept = kept_of("fact", "状态", nuo__text_of(image, f->name), nuo__text_of(image, f->name_zh),
                             nuo__state_fact_size(f), nuo__state_fact_size(f) / 2);  // two changes
  kept.has_text = f->kind == VALUE_TEXT;
  return kept;
}

static struct kept counter_cost(const struct image *image, uint32_t index) {
  const struct image_counter *c = &image->COUNTERS[index];
  const nuo_text label = nuo__text_of(image, c->label);
  switch (c->kind) {
    case COUNTER_SUM:
      return kept_of("sum", "合计", label, label, nuo__state_total_size(), nuo__state_total_size());
    case COUNTER_SHARE:
      return kept_of("share", "占比", label, label, nuo__state_total_size(), nuo__state_total_size());
    case COUNTER_DISTINCT:
      return kept_of("distinct", "去重数", label, label, nuo__state_distinct_size(c->capacity),
                     nuo__state_distinct_size(1) - nuo__state_distinct_size(0));
    default:
      return kept_of("count", "次数", label, label, nuo__state_times_size(c->capacity),
                     nuo__state_times_size(1));
  }
}

// A periodic duty keeps where its period began: the count is told with the counters.
static struct kept duty_cost(const struct image *image, uint32_t index) {
  const struct image_duty *d = &image->DUTIES[index];
  const bool periodic = d->trigger == IMAGE_NONE;
  struct kept kept = kept_of("duty", "义务", nuo__text_of(image, d->name), nuo__text_of(image, d->name_zh),
                             periodic ? 1 + sizeof d->identity + 8 : nuo__duty_size(d), 0);
  kept.whole += nuo__store_timer_bytes();
  kept.has_text = !periodic;
  return kept;
}

static uint32_t kept_count(const struct image *image) {
  return image->FACTS_count + image->COUNTERS_count + image->DUTIES_count;
}

static struct kept kept_at(const struct image *image, uint32_t index) {
  if (index < image->FACTS_count) return fact_cost(image, index);
  index -= image->FACTS_count;
  if (index < image->COUNTERS_count) return counter_cost(image, index);
  return duty_cost(image, index - image->COUNTERS_count);
}

// Counters of the same events by the same key share a record: it is told once, of the one that needs most.
static bool is_shared(const struct image *image, uint32_t index) {
  if (index < image->FACTS_count || index - image->FACTS_count >= image->COUNTERS_count) return false;
  index -= image->FACTS_count;
  const struct image_counter *c = &image->COUNTERS[index];
  for (uint32_t i = 0; i < image->COUNTERS_count; i++) {
    const struct image_counter *other = &image->COUNTERS[i];
    if (memcmp(other->identity, c->identity, sizeof c->identity) != 0) continue;
    if (other->capacity > c->capacity || (other->capacity == c->capacity && i < index)) return true;
  }
  return false;
}

// ---- for people ----

static void print_number(uint64_t number, size_t columns) {
  char text[24];
  const int len = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
  cli_print_cell(stdout, (nuo_text){text, (size_t)len}, columns, true);
}

static void print_word(const char *word, size_t columns, bool right) {
  cli_print_cell(stdout, (nuo_text){word, strlen(word)}, columns, right);
}

static void print_events(const struct image *image, nuo_language language) {
  puts(SAY(language, "Instructions at most for one event", "每个事件至多执行的指令"));
  fputs("  ", stdout);
  print_word(SAY(language, "event", "事件"), 42, false);
  print_word(SAY(language, "rules", "规则"), 10, true);
  print_word(SAY(language, "memory", "记忆"), 10, true);
  print_word(SAY(language, "effects", "影响"), 10, true);
  putchar('\n');
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *e = &image->EVENTS[i];
    fputs("  ", stdout);
    cli_print_cell(stdout, nuo__text_of(image, SAY(language, e->name, e->name_zh)), 42, false);
    print_number(e->code_count, 10), print_number(e->state_count, 10),
        print_number(effects_cost(image, i), 10);
    putchar('\n');
  }
}

static void print_rules(const struct image *image, nuo_language language) {
  if (image->RULES_count == 0) return;
  puts(SAY(language, "\nInstructions more for a finding of a rule", "\n规则每有一次结论另执行的指令"));
  for (uint32_t i = 0; i < image->RULES_count; i++) {
    const struct image_rule *r = &image->RULES[i];
    fputs("  ", stdout);
    cli_print_cell(stdout, nuo__text_of(image, SAY(language, r->name, r->name_zh)), 42, false);
    print_number(r->cold_count, 10);
    putchar('\n');
  }
}

enum { KIND_COLUMNS = 10, NAME_COLUMNS = 31 };

// A name that needs more than its column stands whole, and its numbers below it.
static void print_name(nuo_text name) {
  const size_t columns = cli_width(name);
  cli_print_cell(stdout, name, columns < NAME_COLUMNS ? NAME_COLUMNS : columns, false);
  if (columns >= NAME_COLUMNS) printf("\n%*s", 2 + KIND_COLUMNS + NAME_COLUMNS, "");
}

static void print_kept_line(const struct kept *kept, nuo_language language) {
  fputs("  ", stdout);
  print_word(kept->kind[language], KIND_COLUMNS, false);
  print_name(kept->name[language]);
  print_number(kept->record, 10), print_number(kept->whole, 10);
  if (kept->recent > 0)
    print_number(kept->recent, 10);
  else
    print_word("", kept->has_text ? 10 : 0, true);
  fputs(kept->has_text ? SAY(language, " + text", " ＋文本") : "", stdout);
  putchar('\n');
}

// What the columns mean, and which of them is a bound.
static void print_kept_notes(int64_t lateness, bool has_text, nuo_language language) {
  static const struct {
    int64_t size;
    const char *name[2];
  } units[] = {{3600000, {"h", "小时"}}, {60000, {"min", "分钟"}}, {1000, {"s", "秒"}}};
  int unit = 0;
  puts(SAY(language,
           "at most: the record, a bound. typical: what it takes in all, on the average,\nwhen it is alone: "
           "small records of the same key share a place.",
           "至多：记录本身的上限。通常：单独存放时连同位置的平均占用；同一个键的小记录共用一个位置。"));
  if (has_text)
    puts(SAY(language, "+ text: and the texts kept; of a duty also each stop of its clock.",
             "＋文本：另加所保留的文字；义务还有每次中止的记录。"));
  if (lateness == 0) return;
  while (lateness % units[unit].size != 0) unit++;
  printf(SAY(language,
             "recent: at most so much more for each event of the last %lld %s: they are kept\n"
             "singly, because a late one may still come before them.\n",
             "近期：最近 %lld %s内的每个事件至多另占的字节；因可能有迟到事件插入，逐一保留。\n"),
         (long long)(lateness / units[unit].size), units[unit].name[language]);
}

static void print_kept(const struct image *image, nuo_language language) {
  if (kept_count(image) == 0) return;
  puts(SAY(language, "\nBytes for one key (of a duty: for one that is open)",
           "\n每个键占用的字节（义务：每项未了的）"));
  fputs("  ", stdout);
  print_word(SAY(language, "kind", "种类"), KIND_COLUMNS, false);
  print_word(SAY(language, "what", "名称"), NAME_COLUMNS, false);
  print_word(SAY(language, "at most", "至多"), 10, true);
  print_word(SAY(language, "typical", "通常"), 10, true);
  print_word(SAY(language, "recent", "近期"), 10, true);
  putchar('\n');
  bool has_text = false;
  for (uint32_t i = 0; i < kept_count(image); i++) {
    if (is_shared(image, i)) continue;
    const struct kept kept = kept_at(image, i);
    print_kept_line(&kept, language);
    has_text |= kept.has_text;
  }
  print_kept_notes(nuo__image_lateness(image), has_text, language);
}

// ---- for machines ----

static void put_member(const char *name, nuo_text value) {
  printf("\"%s\":", name);
  cli_print_json_string(stdout, value);
}

static void print_json(const struct image *image) {
  bool any = false;
  fputs("{\"events\":[", stdout);
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *e = &image->EVENTS[i];
    fputs(i > 0 ? ",{" : "{", stdout);
    put_member("event", nuo__text_of(image, e->name));
    printf(",\"rules\":%u,\"memory\":%u,\"effects\":%llu}", e->code_count, e->state_count,
           (unsigned long long)effects_cost(image, i));
  }
  fputs("],\"rules\":[", stdout);
  for (uint32_t i = 0; i < image->RULES_count; i++) {
    fputs(i > 0 ? ",{" : "{", stdout);
    put_member("rule", nuo__text_of(image, image->RULES[i].name));
    printf(",\"finding\":%u}", image->RULES[i].cold_count);
  }
  fputs("],\"kept\":[", stdout);
  for (uint32_t i = 0; i < kept_count(image); i++) {
    if (is_shared(image, i)) continue;
    const struct kept kept = kept_at(image, i);
    printf("%s{\"kind\":\"%s\",", any ? "," : "", kept.kind[0]);
    any = true;
    put_member("name", kept.name[0]);
    printf(",\"record\":%u,\"typical\":%zu,\"recent\":%u,\"text\":%s}", kept.record, kept.whole, kept.recent,
           kept.has_text ? "true" : "false");
  }
  printf("],\"recent_ms\":%lld}\n", (long long)nuo__image_lateness(image));
}

static int cost(const struct command *command, size_t count, char **arguments) {
  int status;
  (void)count;
  if (!cli_choice(command, "format", "text|json")) return EXIT_USAGE;
  nuo_program *program = cli_load(command, arguments[0], &status);
  if (program == NULL) return status;
  const nuo_language language = cli_language(command);
  if (strcmp(cli_value(command, "format"), "json") == 0) {
    print_json(&program->image);
  } else {
    print_events(&program->image, language);
    print_rules(&program->image, language);
    print_kept(&program->image, language);
  }
  nuo_program_free(program);
  return EXIT_ALL_GOOD;
}

static struct option_value cost_options[] = {{.name = "format",
                                              .value_name = "text|json",
                                              .help = {"how to print", "输出格式"},
                                              .default_value = "text"},
                                             CLI_SET,
                                             CLI_LANG,
                                             CLI_END};
const struct command cli_cost = {
    "cost", "POLICY|IMAGE", {"say what a policy costs", "说明政策耗费多少"}, cost_options, 1, 1, cost};
