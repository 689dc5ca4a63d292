// SPDX-License-Identifier: Apache-2.0
// `nuo cost`: what a policy costs, before any event: instructions at most for one event of each type and for
// a finding of each rule, and bytes at most that each thing that is remembered takes for one key. The sizes
// of records come from where they are laid out.
#include <stdio.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "runtime/duty_record.h"
#include "runtime/program.h"
#include "runtime/state_distinct.h"
#include "runtime/state_total.h"
#include "runtime/text.h"

struct kept {
  const char *kind[2];  // in both languages
  nuo_text name[2];
  uint32_t record;  // bytes
  size_t whole;     // with its place in the store
  bool has_text;    // and a text besides
};

// ---- what is kept ----

static struct kept kept_of(const char *en, const char *zh, nuo_text name, nuo_text name_zh, uint32_t record) {
  return (struct kept){{en, zh}, {name, name_zh}, record, nuo__store_record_bytes(record), false};
}

static struct kept fact_cost(const struct image *image, uint32_t index) {
  const struct image_fact *f = &image->FACTS[index];
  struct kept kept = kept_of("fact", "状态", nuo__text_of(image, f->name), nuo__text_of(image, f->name_zh),
                             nuo__state_fact_size(f));
  kept.has_text = f->kind == VALUE_TEXT;
  return kept;
}

static struct kept counter_cost(const struct image *image, uint32_t index) {
  const struct image_counter *c = &image->COUNTERS[index];
  const nuo_text label = nuo__text_of(image, c->label);
  switch (c->kind) {
    case COUNTER_SUM:
      return kept_of("sum", "合计", label, label, nuo__state_total_size());
    case COUNTER_SHARE:
      return kept_of("share", "占比", label, label, nuo__state_total_size());
    case COUNTER_DISTINCT:
      return kept_of("distinct", "去重数", label, label, nuo__state_distinct_size(c->capacity));
    default:
      return kept_of("count", "次数", label, label, nuo__state_times_size(c->capacity));
  }
}

// A periodic duty keeps where its period began: the count is told with the counters.
static struct kept duty_cost(const struct image *image, uint32_t index) {
  const struct image_duty *d = &image->DUTIES[index];
  const bool periodic = d->trigger == IMAGE_NONE;
  struct kept kept = kept_of("duty", "义务", nuo__text_of(image, d->name), nuo__text_of(image, d->name_zh),
                             periodic ? 1 + sizeof d->identity + 8 : nuo__duty_size(d));
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
    print_number(e->code_count, 10), print_number(e->state_count, 10), print_number(e->effect_count, 10);
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

static void print_kept(const struct image *image, nuo_language language) {
  if (kept_count(image) == 0) return;
  puts(SAY(language, "\nBytes at most for one key (about, in all), while no event is late",
           "\n每个键至多占用的字节（总计为约数，无迟到事件时）"));
  fputs("  ", stdout);
  print_word(SAY(language, "kind", "种类"), 10, false);
  print_word(SAY(language, "what", "名称"), 41, false);
  print_word(SAY(language, "record", "记录"), 10, true);
  print_word(SAY(language, "in all", "总计"), 10, true);
  putchar('\n');
  for (uint32_t i = 0; i < kept_count(image); i++) {
    const struct kept kept = kept_at(image, i);
    const int l = language == NUO_CHINESE;
    fputs("  ", stdout);
    print_word(kept.kind[l], 10, false);
    cli_print_cell(stdout, kept.name[l], 41, false);
    print_number(kept.record, 10), print_number(kept.whole, 10);
    fputs(kept.has_text ? SAY(language, " + text", " ＋文本") : "", stdout);
    putchar('\n');
  }
}

// ---- for machines ----

static void put_member(const char *name, nuo_text value) {
  printf("\"%s\":", name);
  cli_print_json_string(stdout, value);
}

static void print_json(const struct image *image) {
  fputs("{\"events\":[", stdout);
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *e = &image->EVENTS[i];
    fputs(i > 0 ? ",{" : "{", stdout);
    put_member("event", nuo__text_of(image, e->name));
    printf(",\"rules\":%u,\"memory\":%u,\"effects\":%u}", e->code_count, e->state_count, e->effect_count);
  }
  fputs("],\"rules\":[", stdout);
  for (uint32_t i = 0; i < image->RULES_count; i++) {
    fputs(i > 0 ? ",{" : "{", stdout);
    put_member("rule", nuo__text_of(image, image->RULES[i].name));
    printf(",\"finding\":%u}", image->RULES[i].cold_count);
  }
  fputs("],\"kept\":[", stdout);
  for (uint32_t i = 0; i < kept_count(image); i++) {
    const struct kept kept = kept_at(image, i);
    printf("%s{\"kind\":\"%s\",", i > 0 ? "," : "", kept.kind[0]);
    put_member("name", kept.name[0]);
    printf(",\"record\":%u,\"bytes\":%zu,\"text\":%s}", kept.record, kept.whole,
           kept.has_text ? "true" : "false");
  }
  puts("]}");
}

static int cost(const struct command *command, size_t count, char **arguments) {
  int status;
  (void)count;
  if (!cli_choice(command, "format", "human|json")) return EXIT_USAGE;
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
                                              .value_name = "human|json",
                                              .help = {"how to print", "输出格式"},
                                              .default_value = "human"},
                                             CLI_SET,
                                             CLI_LANG,
                                             CLI_END};
const struct command cli_cost = {
    "cost", "POLICY|IMAGE", {"say what a policy costs at most", "说明政策至多耗费多少"}, cost_options, 1, 1,
    cost};
