// SPDX-License-Identifier: Apache-2.0
// Makes engines for the subcommands that decide: `run`, `advance` and `serve`.
#include "compiler/cli/engine.h"

#include <string.h>

#include <stdlib.h>

#include "compiler/cli/state.h"

int versions_load(const struct command *command, const char *policy, struct versions *v) {
  const struct option_value *with = cli_option(command, "with");
  int status = EXIT_ALL_GOOD;
  v->count = 0;
  if (with->count >= MAX_VERSIONS)
    return cli_usage(command, "more than %d versions", "版本超过 %d 个", MAX_VERSIONS);
  for (size_t i = 0; i <= with->count; i++) {
    nuo_program *program = cli_load(command, i == 0 ? policy : with->values[i - 1], &status);
    if (program == NULL) return status;
    v->programs[v->count++] = program;
  }
  return EXIT_ALL_GOOD;
}

int engine_adapter(const struct command *command, const struct versions *versions, nuo_text *adapter) {
  const char *name = cli_value(command, "adapter");
  if (name == NULL) return EXIT_ALL_GOOD;
  *adapter = (nuo_text){name, strlen(name)};
  for (size_t i = 0; i < versions->count; i++)
    if (nuo_program_has_adapter(versions->programs[i], *adapter)) return EXIT_ALL_GOOD;
  return cli_usage(command, "the policy has no adapter %s; those of the library come with `use adapters`",
                   "政策中没有适配 %s；标准库中的适配须先写“引用 adapters”", name);
}

void versions_free(struct versions *v) {
  for (size_t i = 0; i < v->count; i++) nuo_program_free(v->programs[i]);
  v->count = 0;
}

int versions_use(const struct command *command, const struct versions *v, nuo_engine *engine) {
  nuo_error error = {.message = ""};
  nuo_status used = nuo_engine_use(engine, v->programs, v->count, &error);
  if (used == NUO_OK || used == NUO_STATE_CHANGED) state_print_changes(engine, cli_language(command));
  return used == NUO_OK ? EXIT_ALL_GOOD : state_complain(used, &error);
}

static int read_key(const struct command *command, nuo_text *key) {
  const char *path = cli_value(command, "mask-key");
  if (path == NULL) return EXIT_ALL_GOOD;
  if (!cli_read_file(path, key)) return EXIT_USAGE;
  while (key->len > 0 && (key->text[key->len - 1] == '\n' || key->text[key->len - 1] == '\r')) key->len--;
  if (key->len >= 16 && key->len <= 64) return EXIT_ALL_GOOD;
  return cli_usage(command, "--mask-key %s: the key has %zu bytes; it has to have 16 to 64",
                   "--mask-key %s：密钥有 %zu 字节，须为 16 至 64 字节", path, key->len);
}

int engine_make(const struct command *command, const struct versions *v, const void *own_secret,
                nuo_engine **engine) {
  nuo_text key = {NULL, 0};
  struct state_secret secret;
  int status = read_key(command, &key);
  nuo_engine_options options = {.mask_key = key.text,
                                .mask_key_size = key.len,
                                .drop_state = cli_option(command, "drop-state")->count > 0};
  if (status == EXIT_ALL_GOOD) status = state_options(command, &secret, &options);
  if (own_secret != NULL) options.state_secret = own_secret;
  if (status == EXIT_ALL_GOOD && nuo_engine_new(&options, engine) != NUO_OK) {
    cli_no_memory();
    status = EXIT_BUG;
  }
  if (status == EXIT_ALL_GOOD) status = versions_use(command, v, *engine);
  free((char *)key.text);
  return status;
}
