// SPDX-License-Identifier: Apache-2.0
// `nuo cover`: what becomes of each clause of a document, and which tests touch it.
#include <setjmp.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/pages/cover.h"

struct report {
  const char *path;
  const struct program *program;
  struct cover cover;
  nuo_language language;
};

static nuo_text text_of(struct str text) {
  return (nuo_text){text.at, text.len};
}

static nuo_text say(const char *text) {
  return (nuo_text){text, strlen(text)};
}

static const char *status_name(enum cover_status status, nuo_language language) {
  return nuo__cover_names[status][language];
}

static unsigned percent(uint32_t part, uint32_t whole) {
  return whole == 0 ? 0 : (unsigned)((200ULL * part + whole) / (2ULL * whole));
}

// ---- for people ----

enum { NUMBER_COLUMNS = 16, TITLE_COLUMNS = 34, STATUS_COLUMNS = 16 };

static void print_why(const struct report *r, uint32_t index, size_t indent) {
  struct text_out line = {.allocator = nuo__default_allocator()};
  const struct model_clause *clause = &r->program->clauses.at[index];
  if (r->cover.clauses[index].status == COVER_ENCODED)
    nuo__out_string(&line, clause->deferred ? SAY(r->language, "partly deferred: ", "部分暂缓：")
                                            : SAY(r->language, "partly organisational: ", "部分为组织性："));
  nuo__out_bytes(&line, r->cover.clauses[index].why.at, r->cover.clauses[index].why.len);
  printf("%*s", (int)indent, "");
  cli_print_wrapped(stdout, (nuo_text){line.at, line.len}, indent, indent);
  nuo__out_free(&line);
}

static void print_clause(const struct report *r, uint32_t index) {
  const struct model_clause *clause = &r->program->clauses.at[index];
  const struct cover_clause *cover = &r->cover.clauses[index];
  const size_t indent = 2 + 2 * (size_t)cover->depth;
  const size_t number = cli_width(text_of(clause->number));
  if (cover->status == COVER_UNNUMBERED) return;
  printf("%*s", (int)indent, "");
  cli_print_cell(stdout, text_of(clause->number), number, false);
  printf("  ");
  const size_t used = indent + number + 2;
  if (cover->status == COVER_CHAPTER) {
    printf("%.*s\n", (int)clause->title.len, clause->title.at);
    return;
  }
  const size_t room = NUMBER_COLUMNS + TITLE_COLUMNS > used + 8 ? NUMBER_COLUMNS + TITLE_COLUMNS - used : 8;
  cli_print_cell(stdout, text_of(clause->title), room - 1, false);
  putchar(' ');
  if (cover->status == COVER_ENCODED) {
    cli_print_cell(stdout, say(status_name(cover->status, r->language)), STATUS_COLUMNS, false);
    printf(SAY(r->language, "rules %3u  tests %3u\n", "规则 %3u  测试 %3u\n"), cover->rules,
           cover->tests.count);
  } else {
    puts(status_name(cover->status, r->language));
  }
  if (cover->why.len > 0) print_why(r, index, indent + 4);
}

static void print_sums(const struct report *r) {
  const struct cover *cover = &r->cover;
  if (cover->counted == 0) {
    printf(SAY(r->language, "%s: no heading has a number, so there is no clause to count\n",
               "%s：没有带编号的标题，无条款可计\n"),
           r->path);
    return;
  }
  printf(SAY(r->language, "%s: clauses: %u", "%s：条款 %u"), r->path, cover->counted);
  for (int status = 0; status < COVER_COUNTED; status++)
    printf(SAY(r->language, ", %s %u (%u %%)", "，%s %u（%u%%）"),
           status_name((enum cover_status)status, r->language), cover->counts[status],
           percent(cover->counts[status], cover->counted));
  printf(SAY(r->language, "\n%s: encoded clauses that some test touches: %u of %u\n",
             "\n%s：有测试触及的已编码条款：%u／%u\n"),
         r->path, cover->touched, cover->counts[COVER_ENCODED]);
}

static void print_human(const struct report *r) {
  for (uint32_t i = 0; i < r->program->clauses.count; i++) print_clause(r, i);
  print_sums(r);
}

// ---- for machines ----

static void write_member(struct text_out *out, const char *name, struct str value) {
  nuo__out_string(out, name);
  nuo__out_json(out, value.at, value.len);
}

static void write_json_clause(struct text_out *out, const struct model_clause *clause,
                              const struct cover_clause *cover) {
  write_member(out, "{\"number\":", clause->number);
  write_member(out, ",\"title\":", clause->title);
  write_member(out, ",\"status\":", nuo__str_of(status_name(cover->status, NUO_ENGLISH)));
  if (cover->why.len > 0) write_member(out, ",\"why\":", cover->why);
  nuo__out_string(out, ",\"rules\":");
  nuo__out_integer(out, cover->rules);
  nuo__out_string(out, ",\"declarations\":");
  nuo__out_integer(out, cover->declared.count);
  nuo__out_string(out, ",\"names\":[");
  bool any = false;
  for (uint32_t i = 0; i < cover->declared.count; i++) {
    if (cover->declared.at[i].len == 0) continue;
    write_member(out, any ? "," : "", cover->declared.at[i]);
    any = true;
  }
  nuo__out_string(out, "],\"tests\":[");
  for (uint32_t i = 0; i < cover->tests.count; i++)
    write_member(out, i > 0 ? "," : "", cover->tests.at[i]->title);
  nuo__out_string(out, "]}");
}

static void write_json(struct text_out *out, const struct report *r) {
  write_member(out, "{\"file\":", nuo__str_of(r->path));
  write_member(out, ",\"policy\":", r->program->names.en);
  nuo__out_string(out, ",\"clauses\":[");
  bool any = false;
  for (uint32_t i = 0; i < r->program->clauses.count; i++) {
    if (r->cover.clauses[i].status == COVER_UNNUMBERED) continue;
    if (any) nuo__out_string(out, ",");
    any = true;
    write_json_clause(out, &r->program->clauses.at[i], &r->cover.clauses[i]);
  }
  nuo__out_string(out, "],\"counted\":");
  nuo__out_integer(out, r->cover.counted);
  for (int status = 0; status < COVER_COUNTED; status++) {
    nuo__out_string(out, ",\"");
    nuo__out_string(out, status_name((enum cover_status)status, NUO_ENGLISH));
    nuo__out_string(out, "\":");
    nuo__out_integer(out, r->cover.counts[status]);
  }
  nuo__out_string(out, ",\"touched\":");
  nuo__out_integer(out, r->cover.touched);
  nuo__out_string(out, "}\n");
}

// ---- the command ----

static int cover_policy(const struct command *command, const char *path, const char *format) {
  int status;
  struct text_out out = {.allocator = nuo__default_allocator()};
  jmp_buf out_of_memory;
  nuo_compilation *compilation = cli_compile(command, path, &status);
  if (compilation == NULL) return status;
  cli_print_diagnostics(stderr, compilation, cli_language(command));
  if (nuo_compilation_image(compilation).text == NULL) {
    nuo_compilation_free(compilation);
    return EXIT_POLICY;
  }
  struct report report = {.path = path, .program = compilation->program, .language = cli_language(command)};
  if (setjmp(out_of_memory) != 0) {
    cli_no_memory();
    nuo_compilation_free(compilation);
    return EXIT_BUG;
  }
  nuo__arena_on_failure(compilation->arena, &out_of_memory);
  nuo__cover(compilation->arena, compilation->program, &report.cover);
  if (strcmp(format, "html") == 0) nuo__cover_page(&out, report.program, &report.cover, report.language);
  if (strcmp(format, "json") == 0) write_json(&out, &report);
  if (strcmp(format, "text") == 0) print_human(&report);
  if (out.len > 0) fwrite(out.at, 1, out.len, stdout);
  status = out.failed ? EXIT_BUG : report.cover.counts[COVER_SILENT] > 0 ? EXIT_FINDINGS : EXIT_ALL_GOOD;
  if (out.failed) cli_no_memory();
  nuo__out_free(&out);
  nuo_compilation_free(compilation);
  return status;
}

static int cover(const struct command *command, size_t count, char **arguments) {
  const char *format = cli_value(command, "format");
  int worst = EXIT_ALL_GOOD;
  if (!cli_choice(command, "format", "text|json|html")) return EXIT_USAGE;
  if (strcmp(format, "html") == 0 && count > 1)
    return cli_usage(command, "a page is of one policy", "一页只讲一份政策");
  for (size_t i = 0; i < count; i++) {
    const int status = cover_policy(command, arguments[i], format);
    if (status > worst) worst = status;
  }
  return worst;
}

static struct option_value options[] = {{.name = "format",
                                         .value_name = "text|json|html",
                                         .help = {"how to print", "输出格式"},
                                         .default_value = "text"},
                                        CLI_SET,
                                        CLI_LANG,
                                        CLI_END};
const struct command cli_cover = {
    "cover", "POLICY…", {"tell which clauses are encoded", "列出哪些条款已编码"}, options, 1, 1000, cover};
