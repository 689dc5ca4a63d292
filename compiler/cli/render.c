// SPDX-License-Identifier: Apache-2.0
// `nuo render`: a policy as a page that counsel reads, on the screen and on paper.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/pages/render.h"

// A policy with its layouts, all to be freed.
struct loaded {
  nuo_compilation *compilation, *layouts[2];
  nuo_program *program;
  struct render_version version;
};

static void unload(struct loaded *loaded) {
  if (loaded->program != NULL) nuo_program_free(loaded->program);
  nuo_compilation_free(loaded->layouts[NUO_ENGLISH]);
  nuo_compilation_free(loaded->layouts[NUO_CHINESE]);
  nuo_compilation_free(loaded->compilation);
}

// In the words of `language`; where that cannot be (two things would have one name), as it was written.
static bool lay_out(const struct command *command, const struct cli_version *version, nuo_language language,
                    struct loaded *loaded, int *status) {
  static const nuo_words words[] = {NUO_WORDS_ENGLISH, NUO_WORDS_CHINESE};
  nuo_compilation *made = cli_format(command, version->revision, version->path, words[language], status);
  if (made != NULL && nuo_compilation_formatted(made).text == NULL) {
    cli_print_diagnostics(stderr, made, cli_language(command));
    nuo_compilation_free(made);
    made = cli_format(command, version->revision, version->path, NUO_WORDS_AS_WRITTEN, status);
  }
  if (made == NULL) return false;
  const nuo_text text = nuo_compilation_formatted(made);
  loaded->layouts[language] = made;
  loaded->version.words[language] = (struct str){text.text, (uint32_t)text.len};
  return text.text != NULL;
}

static bool load_version(const struct command *command, const struct cli_version *version,
                         struct loaded *loaded, int *status) {
  loaded->compilation = cli_compile_revision(command, version->revision, version->path, status);
  if (loaded->compilation == NULL) return false;
  cli_print_diagnostics(stderr, loaded->compilation, cli_language(command));
  loaded->version.compilation = loaded->compilation;
  const nuo_text image = nuo_compilation_image(loaded->compilation);
  *status = EXIT_POLICY;
  if (image.text == NULL) return false;
  loaded->program = cli_load_image(command, version->path, image, status);
  return loaded->program != NULL && lay_out(command, version, NUO_ENGLISH, loaded, status) &&
         lay_out(command, version, NUO_CHINESE, loaded, status);
}

static bool load(const struct command *command, const char *argument, struct loaded *loaded, int *status) {
  struct cli_version version;
  *loaded = (struct loaded){0};
  *status = EXIT_BUG;
  if (!cli_version_of(argument, NULL, &version)) return false;
  const bool good = load_version(command, &version, loaded, status);
  cli_version_free(&version);
  return good;
}

static int write_page(const char *path, const struct text_out *out) {
  if (path != NULL) return cli_write_file(path, out->at, out->len) ? EXIT_ALL_GOOD : EXIT_USAGE;
  fwrite(out->at, 1, out->len, stdout);
  return EXIT_ALL_GOOD;
}

static int make_page(const struct command *command, struct loaded *policy, const struct loaded *old) {
  struct test_results tests;
  nuo_program_info info;
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo_program_describe(policy->program, &info);
  const struct render_input input = {.policy = policy->version,
                                     .against = old != NULL ? &old->version : NULL,
                                     .tests = &tests,
                                     .source_digest = info.source_digest,
                                     .language = cli_language(command)};
  const nuo_options load = cli_load_options(command);
  nuo_status status = nuo__test_compilation(policy->compilation, policy->program, &load, &tests);
  free((void *)load.native_grants);
  if (status == NUO_OK) status = nuo__render(&out, &input);
  if (status != NUO_OK)
    cli_error("the page could not be made: %s", "未能生成网页：%s", nuo_status_name(status));
  const int code = status == NUO_OK ? write_page(cli_value(command, "output"), &out) : EXIT_BUG;
  nuo__out_free(&out);
  return code;
}

static int render(const struct command *command, size_t count, char **arguments) {
  const char *against = cli_value(command, "against");
  struct loaded policy, old = {0};
  int status;
  (void)count;
  if (strcmp(arguments[0], "-") == 0 || (against != NULL && strcmp(against, "-") == 0))
    return cli_usage(command, "a policy is read more than once: give a file", "政策文档要读几遍：请给出文件");
  if (load(command, arguments[0], &policy, &status) &&
      (against == NULL || load(command, against, &old, &status)))
    status = make_page(command, &policy, against != NULL ? &old : NULL);
  unload(&policy);
  unload(&old);
  return status;
}

static struct option_value options[] = {
    {.name = "output",
     .letter = 'o',
     .value_name = "FILE",
     .help = {"the page to write, instead of standard output", "要写出的网页文件，代替标准输出"}},
    {.name = "against",
     .value_name = "POLICY",
     .help = {"mark what has changed since this version, a file or REV:path",
              "标明相对于这一版本的改动：文件，或者 版本号:路径"}},
    CLI_GRANT,
    CLI_LANG,
    CLI_END};
const struct command cli_render = {
    "render", "POLICY", {"write a policy as a page to read", "把政策文档写成网页"}, options, 1, 1, render};
