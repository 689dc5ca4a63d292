// SPDX-License-Identifier: Apache-2.0
// `nuo test`: runs the tests and samples that stand in a policy, and tells of each that fails what was
// expected, what came instead, and which facts decided.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/compile.h"
#include "compiler/front.h"
#include "compiler/mutate.h"
#include "compiler/test.h"
#include "runtime/when.h"

enum test_format { FORMAT_HUMAN, FORMAT_JSON, FORMAT_JUNIT };

struct teller {
  const nuo_compilation *compilation;
  nuo_language language;
  enum test_format format;
  const char *path;
};

static uint32_t line_of(const struct teller *t, struct span span) {
  uint32_t line, column;
  nuo__front_position(&t->compilation->files.at[span.file], span.start, &line, &column);
  return line;
}

// ---- what is told of a failure, as text ----

// The step as written, on one line.
static void tell_step(struct text_out *out, const struct teller *t, struct span span) {
  const char *text = t->compilation->files.at[span.file].text.at;
  bool gap = false;
  for (uint32_t i = span.start; i < span.end; i++) {
    const bool is_space = text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t';
    if (!is_space && gap) nuo__out_string(out, " ");
    if (!is_space) nuo__out_bytes(out, &text[i], 1);
    gap = is_space;
  }
}

static const char *verdict_name(const struct teller *t, nuo_action action) {
  static const char *const zh[] = {"放行", "记录", "修改", "延后", "待审", "拦截"};
  return SAY(t->language, nuo_action_name(action), zh[action]);
}

static void tell_verdict(struct text_out *out, const struct teller *t, const struct seen *seen) {
  char when[40];
  if (seen->refused.at != NULL) {
    const struct str why =
        t->language == NUO_CHINESE && seen->refused_zh.len > 0 ? seen->refused_zh : seen->refused;
    nuo__out_string(out, SAY(t->language, "refused: ", "拒收："));
    nuo__out_bytes(out, why.at, why.len);
  } else if (seen->decided) {
    nuo__out_string(out, verdict_name(t, seen->verdict));
    if (seen->verdict != NUO_DEFER) return;
    nuo__out_string(out, SAY(t->language, " until ", "至"));
    nuo__out_bytes(out, when, nuo__when_format_rfc3339(seen->until, seen->until_offset, when));
  } else {
    nuo__out_string(out, SAY(t->language, "no event was decided", "没有裁决事件"));
  }
}

// First those of the event, then the others.
static const struct found *found_at(const struct seen *seen, uint32_t index) {
  return index < seen->own.count ? &seen->own.at[index] : &seen->derived.at[index - seen->own.count];
}

static void tell_found(struct text_out *out, const struct teller *t, const struct found *found) {
  static const char *const kinds[][2] = {
      {"breach of ", "违反 "}, {"undetermined ", "不明 "}, {"excepted ", "例外 "}};
  const struct str rule = t->language == NUO_CHINESE ? found->rule_zh : found->rule;
  nuo__out_string(out, kinds[found->kind][t->language]);
  nuo__out_bytes(out, rule.at, rule.len);
  if (found->clause.len > 0) {
    nuo__out_string(out, SAY(t->language, " (", "（"));
    nuo__out_bytes(out, found->clause.at, found->clause.len);
    nuo__out_string(out, SAY(t->language, ")", "）"));
  }
  nuo__out_string(out, SAY(t->language, ", ", "，"));
  nuo__out_string(out, verdict_name(t, found->action));
  if (found->message.len == 0) return;
  nuo__out_string(out, SAY(t->language, ": ", "："));
  nuo__out_bytes(out, found->message.at, found->message.len);
}

// ---- for people ----

static void print_line(const char *label, struct text_out *line, size_t indent) {
  printf("%*s%s", (int)indent, "", label);
  const size_t begin = indent + cli_width((nuo_text){label, strlen(label)});
  cli_print_wrapped(stdout, (nuo_text){line->at, line->len}, begin, begin);
  line->len = 0;
}

static void print_found(const struct teller *t, struct text_out *line, const struct found *found) {
  tell_found(line, t, found);
  print_line("", line, 10);
  for (uint32_t i = 0; i < found->facts.count; i++) {
    if (i > 0) nuo__out_string(line, SAY(t->language, ", ", "，"));
    nuo__out_bytes(line, found->facts.at[i].at, found->facts.at[i].len);
  }
  if (found->facts.count > 0) print_line("", line, 12);
}

static void print_failure(const struct teller *t, const struct test_failure *failure) {
  struct text_out line = {.allocator = nuo__default_allocator()};
  const struct seen *seen = &failure->seen;
  tell_step(&line, t, failure->step->span);
  nuo__out_string(&line, SAY(t->language, "  (line ", "（第 "));
  nuo__out_integer(&line, line_of(t, failure->step->span));
  nuo__out_string(&line, SAY(t->language, ")", " 行）"));
  print_line(SAY(t->language, "wrote   ", "写的是  "), &line, 2);
  tell_verdict(&line, t, seen);
  print_line(SAY(t->language, "came    ", "得到    "), &line, 2);
  for (uint32_t i = 0; i < seen->own.count; i++) print_found(t, &line, &seen->own.at[i]);
  for (uint32_t i = 0; i < seen->derived.count; i++) print_found(t, &line, &seen->derived.at[i]);
  nuo__out_free(&line);
}

static void print_human(const struct teller *t, const struct test_result *result) {
  if (result->failures.count == 0) return;
  printf("%s:%u: %s %.*s\n", t->path, line_of(t, result->test->span), SAY(t->language, "FAILED", "未通过"),
         (int)result->test->title.len, result->test->title.at);
  for (uint32_t i = 0; i < result->failures.count; i++) print_failure(t, &result->failures.at[i]);
}

// ---- for machines ----

static void write_json_failure(struct text_out *out, const struct teller *t,
                               const struct test_failure *failure) {
  struct text_out text = {.allocator = nuo__default_allocator()};
  nuo__out_string(out, "{\"line\":");
  nuo__out_integer(out, line_of(t, failure->step->span));
  nuo__out_string(out, ",\"wrote\":");
  tell_step(&text, t, failure->step->span);
  nuo__out_json(out, text.at, text.len);
  nuo__out_string(out, ",\"came\":");
  text.len = 0;
  tell_verdict(&text, t, &failure->seen);
  nuo__out_json(out, text.at, text.len);
  nuo__out_string(out, ",\"findings\":[");
  for (uint32_t i = 0; i < failure->seen.own.count + failure->seen.derived.count; i++) {
    if (i > 0) nuo__out_string(out, ",");
    text.len = 0;
    tell_found(&text, t, found_at(&failure->seen, i));
    nuo__out_json(out, text.at, text.len);
  }
  nuo__out_string(out, "]}");
  nuo__out_free(&text);
}

// The rules in breach at an expectation, each once.
static void write_json_breached(struct text_out *out, const struct seen *seen) {
  bool any = false;
  nuo__out_string(out, "[");
  for (uint32_t i = 0; i < seen->own.count + seen->derived.count; i++) {
    const struct found *found = found_at(seen, i);
    bool told = found->kind != FOUND_BREACH;
    for (uint32_t k = 0; k < i && !told; k++)
      told = found_at(seen, k)->kind == FOUND_BREACH && nuo__str_equal(found_at(seen, k)->rule, found->rule);
    if (told) continue;
    if (any) nuo__out_string(out, ",");
    any = true;
    nuo__out_json(out, found->rule.at, found->rule.len);
  }
  nuo__out_string(out, "]");
}

static void print_json(const struct teller *t, const struct test_result *result) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo__out_string(&out, "{\"test\":");
  nuo__out_json(&out, result->test->title.at, result->test->title.len);
  nuo__out_string(&out, ",\"file\":");
  nuo__out_json(&out, t->path, strlen(t->path));
  nuo__out_string(&out, ",\"line\":");
  nuo__out_integer(&out, line_of(t, result->test->span));
  nuo__out_string(&out, result->failures.count == 0 ? ",\"passed\":true" : ",\"passed\":false");
  nuo__out_string(&out, ",\"failures\":[");
  for (uint32_t i = 0; i < result->failures.count; i++) {
    if (i > 0) nuo__out_string(&out, ",");
    write_json_failure(&out, t, &result->failures.at[i]);
  }
  nuo__out_string(&out, "],\"breached\":[");
  for (uint32_t i = 0; i < result->told.count; i++) {
    if (i > 0) nuo__out_string(&out, ",");
    write_json_breached(&out, &result->told.at[i]);
  }
  nuo__out_string(&out, "]}\n");
  fwrite(out.at, 1, out.len, stdout);
  nuo__out_free(&out);
}

// XML 1.0 has no place for control characters, not even escaped.
static void print_xml(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) switch (text[i]) {
      case '&':
        fputs("&amp;", stdout);
        break;
      case '<':
        fputs("&lt;", stdout);
        break;
      case '>':
        fputs("&gt;", stdout);
        break;
      case '"':
        fputs("&quot;", stdout);
        break;
      default:
        fputc((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t' ? '?' : text[i], stdout);
    }
}

static void print_junit_failure(const struct teller *t, const struct test_failure *failure) {
  struct text_out text = {.allocator = nuo__default_allocator()};
  tell_verdict(&text, t, &failure->seen);
  fputs("    <failure message=\"", stdout);
  print_xml(text.at, text.len);
  fputs("\">", stdout);
  text.len = 0;
  tell_step(&text, t, failure->step->span);
  for (uint32_t i = 0; i < failure->seen.own.count + failure->seen.derived.count; i++) {
    nuo__out_string(&text, "\n");
    tell_found(&text, t, found_at(&failure->seen, i));
  }
  print_xml(text.at, text.len);
  fputs("</failure>\n", stdout);
  nuo__out_free(&text);
}

static void print_junit(const struct teller *t, const struct test_results *results) {
  fputs("  <testsuite name=\"", stdout);
  print_xml(t->path, strlen(t->path));
  printf("\" tests=\"%u\" failures=\"%u\">\n", results->tests.count, results->failed);
  for (uint32_t i = 0; i < results->tests.count; i++) {
    const struct test_result *result = &results->tests.at[i];
    fputs("  <testcase name=\"", stdout);
    print_xml(result->test->title.at, result->test->title.len);
    fputs("\" classname=\"", stdout);
    print_xml(t->path, strlen(t->path));
    printf("\" line=\"%u\">\n", line_of(t, result->test->span));
    for (uint32_t k = 0; k < result->failures.count; k++) print_junit_failure(t, &result->failures.at[k]);
    fputs("  </testcase>\n", stdout);
  }
  fputs("  </testsuite>\n", stdout);
}

// ---- summary ----

// Rules that no test breaks: what they forbid might as well not be written. Policies that this one uses have
// tests of their own.
static void print_untested(const struct teller *t, const struct test_results *results) {
  const struct program *program = t->compilation->program;
  struct text_out names = {.allocator = nuo__default_allocator()};
  uint32_t untested = 0, own = 0;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    if (program->rules.at[i]->pack != NULL) continue;
    own++;
    if (results->breached[i]) continue;
    const struct names *name = &program->rules.at[i]->names;
    const struct str shown = t->language == NUO_CHINESE ? name->zh : name->en;
    if (untested++ > 0) nuo__out_string(&names, SAY(t->language, ", ", "、"));
    nuo__out_bytes(&names, shown.at, shown.len);
  }
  if (own > 0)
    printf(SAY(t->language, "%s: rules and duties that some test breaches: %u of %u\n",
               "%s：有测试触发其违反的规则和义务：%u／%u\n"),
           t->path, own - untested, own);
  if (untested > 0) print_line(SAY(t->language, "not: ", "尚无："), &names, 2);
  nuo__out_free(&names);
}

static void tell(const struct teller *t, const struct test_results *results) {
  if (t->format == FORMAT_JUNIT) {
    print_junit(t, results);
    return;
  }
  for (uint32_t i = 0; i < results->tests.count; i++)
    (t->format == FORMAT_JSON ? print_json : print_human)(t, &results->tests.at[i]);
  if (t->format == FORMAT_JSON) return;
  if (results->tests.count == 0) {
    printf(SAY(t->language, "%s: there are no tests in it\n", "%s：其中没有测试\n"), t->path);
    return;
  }
  printf(SAY(t->language, "%s: %u passed, %u failed\n", "%s：通过 %u，未通过 %u\n"), t->path,
         results->tests.count - results->failed, results->failed);
  print_untested(t, results);
}

// ---- changes that no test notices ----

static unsigned percent(uint32_t part, uint32_t whole) {
  return whole == 0 ? 100 : (unsigned)(100ULL * part / whole);
}

static void print_score(const struct teller *t, const struct mutation_results *results, uint32_t noticed,
                        uint32_t tried) {
  if (t->format == FORMAT_JSON) {
    printf("{\"changes\":%u,\"noticed\":%u,\"score\":%u}\n", tried, noticed, percent(noticed, tried));
    return;
  }
  printf(SAY(t->language, "%s: of %u changes of the rules, the tests notice %u (%u %%)\n",
             "%s：对规则作了 %u 处改动，测试发现 %u 处（%u%%）\n"),
         t->path, tried, noticed, percent(noticed, tried));
  for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++) {
    const char *name = nuo__change_names[kind][t->language];
    if (results->tried[kind] == 0) continue;
    printf("  ");
    cli_print_cell(stdout, (nuo_text){name, strlen(name)}, 42, false);
    printf(" %4u / %u\n", results->noticed[kind], results->tried[kind]);
  }
}

static void print_unnoticed(const struct teller *t, const struct change *change) {
  const struct source_file *file = &t->compilation->files.at[change->span.file];
  const struct str what = t->language == NUO_CHINESE ? change->what.zh : change->what.en;
  struct text_out line = {.allocator = nuo__default_allocator()};
  uint32_t number, column;
  nuo__front_position(file, change->span.start, &number, &column);
  if (t->format == FORMAT_JSON) {
    nuo__out_string(&line, "{\"unnoticed\":");
    nuo__out_json(&line, what.at, what.len);
    nuo__out_string(&line, ",\"file\":");
    nuo__out_json(&line, file->path.at, file->path.len);
    fwrite(line.at, 1, line.len, stdout);
    printf(",\"line\":%u,\"column\":%u}\n", number, column);
  } else {
    nuo__out_bytes(&line, file->path.at, file->path.len);
    nuo__out_string(&line, ":");
    nuo__out_integer(&line, number);
    nuo__out_string(&line, ":");
    nuo__out_integer(&line, column);
    nuo__out_string(&line, SAY(t->language, ": no test notices when ", "：没有测试能发现："));
    nuo__out_bytes(&line, what.at, what.len);
    print_line("", &line, 0);
  }
  nuo__out_free(&line);
}

static int mutate(const struct command *command, const struct teller *t, nuo_compilation *compilation) {
  struct mutation_results results;
  const nuo_options options = cli_load_options(command);
  const nuo_status status = nuo__mutate(compilation, &options, &results);
  free((void *)options.native_grants);
  if (status != NUO_OK) {
    cli_error("%s: %s", "%s：改动测试未能完成（%s）", t->path, nuo_status_name(status));
    return EXIT_BUG;
  }
  uint32_t tried = 0, noticed = 0;
  for (int kind = 0; kind < CHANGE_KIND_COUNT; kind++)
    tried += results.tried[kind], noticed += results.noticed[kind];
  for (uint32_t i = 0; i < results.unnoticed.count; i++) print_unnoticed(t, &results.unnoticed.at[i]);
  print_score(t, &results, noticed, tried);
  return percent(noticed, tried) < strtoul(cli_value(command, "min-score"), NULL, 10) ? EXIT_REFUSED
                                                                                      : EXIT_ALL_GOOD;
}

static int test_policy(const struct command *command, const char *path, enum test_format format) {
  int status;
  nuo_compilation *compilation = cli_compile(command, path, &status);
  if (compilation == NULL) return status;
  cli_print_diagnostics(stderr, compilation, cli_language(command));
  const nuo_text image = nuo_compilation_image(compilation);
  status = EXIT_POLICY;
  nuo_program *program = image.text == NULL ? NULL : cli_load_image(command, path, image, &status);
  if (program != NULL) {
    struct test_results results;
    const struct teller teller = {compilation, cli_language(command), format, path};
    const nuo_options load = cli_load_options(command);
    const nuo_status ran = nuo__test_compilation(compilation, program, &load, &results);
    free((void *)load.native_grants);
    if (ran == NUO_OK)
      tell(&teller, &results);
    else
      cli_error("%s: %s", "%s：测试未能完成（%s）", path, nuo_status_name(ran));
    status = ran != NUO_OK ? EXIT_BUG : results.failed > 0 ? EXIT_REFUSED : EXIT_ALL_GOOD;
    nuo_program_free(program);
    const bool can_mutate = status == EXIT_ALL_GOOD && results.tests.count > 0;
    if (cli_option(command, "mutate")->count > 0 && can_mutate)
      status = mutate(command, &teller, compilation);
  }
  nuo_compilation_free(compilation);
  return status;
}

static int test(const struct command *command, size_t count, char **arguments) {
  static const char *const formats[] = {"text", "json", "junit"};
  int worst = EXIT_ALL_GOOD;
  char *end;
  if (!cli_choice(command, "format", "text|json|junit")) return EXIT_USAGE;
  if (strtoul(cli_value(command, "min-score"), &end, 10) > 100 || *end != 0)
    return cli_usage(command, "--min-score wants a number from 0 to 100", "--min-score 须为 0 至 100 的整数");
  enum test_format format = FORMAT_HUMAN;
  while (strcmp(formats[format], cli_value(command, "format")) != 0) format++;
  if (format == FORMAT_JUNIT) puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
  for (size_t i = 0; i < count; i++) {
    const int status = test_policy(command, arguments[i], format);
    if (status > worst) worst = status;
  }
  if (format == FORMAT_JUNIT) puts("</testsuites>");
  return worst;
}

static struct option_value options[] = {
    {.name = "format",
     .value_name = "text|json|junit",
     .help = {"how to print", "输出格式"},
     .default_value = "text"},
    {.name = "mutate",
     .help = {"change the rules in small ways, and list the changes that no test notices",
              "对规则作细小改动，列出测试发现不了的改动"}},
    {.name = "min-score",
     .value_name = "PERCENT",
     .help = {"with --mutate: how many of the changes have to be noticed",
              "与 --mutate 同用：至少须发现百分之几的改动"},
     .default_value = "0"},
    CLI_SET,
    CLI_GRANT,
    CLI_LANG,
    CLI_END};
const struct command cli_test = {
    "test", "POLICY…", {"run the tests that stand in policies", "运行政策文档中的测试"}, options, 1,
    1000,   test};
