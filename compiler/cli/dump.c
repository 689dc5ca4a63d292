// SPDX-License-Identifier: Apache-2.0
// `nuo dump`: what a stage of the compiler has made, as text for people who work on it or doubt it.
#include <stdlib.h>
#include <string.h>

#include "compiler/ast_dump.h"
#include "compiler/cli/cli.h"
#include "compiler/disasm.h"
#include "runtime/program.h"
#include "runtime/signature.h"

static bool stage_is(const struct command *command, const char *name) {
  return strcmp(cli_value(command, "stage"), name) == 0;
}

static void dump_files(const struct command *command, nuo_compilation *c, struct text_out *out) {
  // The policy itself; what it uses is dumped by naming it.
  if (stage_is(command, "document"))
    nuo__dump_document(out, &c->files.at[0]);
  else
    nuo__dump_ast(out, c->arena, &c->files.at[0], stage_is(command, "types"));
}

static int dump_plan(nuo_compilation *c, struct text_out *out) {
  if (c->program == NULL || c->diags.errors > 0) return EXIT_POLICY;
  struct str text = nuo__dump_plan(c->arena, c->program);
  nuo__out_bytes(out, text.at, text.len);
  return EXIT_ALL_GOOD;
}

static int dump_image(const struct command *command, nuo_text bytes, struct arena *arena,
                      struct text_out *out) {
  struct image image;
  nuo_error error = {.message = ""};
  void *aligned = aligned_alloc(16, (bytes.len + 15) & ~(size_t)15);
  if (aligned == NULL) return EXIT_BUG;
  memcpy(aligned, bytes.text, bytes.len);
  int status = EXIT_ALL_GOOD;
  if (nuo__image_verify(aligned, bytes.len, &image, &error) == NUO_OK) {
    struct str text =
        stage_is(command, "image") ? nuo__dump_image(arena, &image) : nuo__dump_code(arena, &image);
    nuo__out_bytes(out, text.at, text.len);
  } else {
    cli_error("%s", "%s", cli_said(&error));
    status = EXIT_POLICY;
  }
  free(aligned);
  return status;
}

static int dump_policy(const struct command *command, nuo_compilation *c, struct text_out *out) {
  if (stage_is(command, "plan")) return dump_plan(c, out);
  if (!stage_is(command, "code") && !stage_is(command, "image"))
    return dump_files(command, c, out), EXIT_ALL_GOOD;
  nuo_text image = nuo_compilation_image(c);
  return image.text == NULL ? EXIT_POLICY : dump_image(command, image, c->arena, out);
}

static int dump_image_file(const struct command *command, const char *path, nuo_text bytes,
                           struct text_out *out) {
  if (!stage_is(command, "code") && !stage_is(command, "image"))
    return cli_usage(command, "%s is an image: --stage code or --stage image shows it",
                     "%s 是映像：请用 --stage code 或 --stage image 查看", path);
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  if (arena == NULL) return EXIT_BUG;
  int status = dump_image(command, bytes, arena, out);
  nuo__arena_free(arena);
  return status;
}

static int dump(const struct command *command, size_t count, char **arguments) {
  (void)count;
  if (!cli_choice(command, "stage", "document|ast|types|plan|code|image")) return EXIT_USAGE;
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo_text bytes;
  if (!cli_read_file(arguments[0], &bytes)) return EXIT_USAGE;
  int status;
  if (cli_is_image(bytes)) {
    const nuo_text image = {bytes.text, nuo__signature_image_size(bytes.text, bytes.len)};
    status = dump_image_file(command, arguments[0], image, &out);
  } else {
    nuo_compilation *c = cli_compile(command, arguments[0], &status);
    if (c != NULL) {
      cli_print_diagnostics(stderr, c, cli_language(command));
      status = dump_policy(command, c, &out);
    }
    nuo_compilation_free(c);
  }
  if (out.len > 0) fwrite(out.at, 1, out.len, stdout);
  nuo__out_free(&out);
  free((char *)bytes.text);
  return status;
}

static struct option_value dump_options[] = {
    {.name = "stage",
     .value_name = "STAGE",
     .help = {"document|ast|types|plan|code|image", "document|ast|types|plan|code|image"},
     .default_value = "code"},
    CLI_SET,
    CLI_LANG,
    CLI_END};
const struct command cli_dump = {"dump",
                                 "POLICY|IMAGE",
                                 {"show what a stage of the compiler has made", "显示某一编译阶段的结果"},
                                 dump_options,
                                 1,
                                 1,
                                 dump};
