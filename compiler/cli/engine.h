// SPDX-License-Identifier: Apache-2.0
// From the words of a command to an engine: for the subcommands that decide.
#ifndef NUO_CLI_ENGINE_H
#define NUO_CLI_ENGINE_H

#include "compiler/cli/cli.h"

// What these read from the command line.
// clang-format off
#define ENGINE_POLICY                                                                                    \
  {.name = "with", .value_name = "POLICY",                                                               \
   .help = {"another version of the policy; may be repeated", "同一政策的其他版本，可重复"}},              \
  CLI_SET,                                                                                               \
  CLI_GRANT,                                                                                             \
  CLI_TRUST,                                                                                             \
  {.name = "mask-key", .value_name = "FILE",                                                             \
   .help = {"key for the hashes of sensitive values", "敏感值掩码所用的密钥文件"}}
#define ENGINE_ADAPTER                                                                                   \
  {.name = "adapter", .value_name = "NAME",                                                              \
   .help = {"how to read events in a vendor's format that name no adapter",                              \
            "厂商格式的事件未写明适配时，按此适配读取"}}
#define ENGINE_STATE                                                                                     \
  {.name = "state", .value_name = "DIR",                                                                 \
   .help = {"remember from run to run, and go on where the last one stopped",                            \
            "跨次运行记忆，并从上次停处继续"}},                                                            \
  CLI_STATE_KEY,                                                                                         \
  {.name = "drop-state",                                                                                 \
   .help = {"erase what was remembered for what the policy no longer has", "清除政策已不再定义的记忆"}}
// clang-format on

#define MAX_VERSIONS 32
struct versions {
  nuo_program *programs[MAX_VERSIONS];
  size_t count;
};
// Loads the policy and what --with names. The exit status; what was loaded is there to be freed in any case.
int versions_load(const struct command *command, const char *policy, struct versions *versions);
void versions_free(struct versions *versions);
// What --adapter names, which one of them has to have; empty without it. The exit status.
int engine_adapter(const struct command *command, const struct versions *versions, nuo_text *adapter);
// Puts them in force, and tells what that changes in what is remembered. The exit status.
int versions_use(const struct command *command, const struct versions *versions, nuo_engine *engine);
// An engine by --mask-key, --state, --state-key and --drop-state, with these versions in force. `secret`:
// when it remembers nothing but by this one; else NULL. The exit status.
int engine_make(const struct command *command, const struct versions *versions, const void *secret,
                nuo_engine **engine);

#endif
