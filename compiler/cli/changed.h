// SPDX-License-Identifier: Apache-2.0
// Which lines of a policy differ from a Git revision.
#ifndef NUO_CLI_CHANGED_H
#define NUO_CLI_CHANGED_H

#include "compiler/cli/cli.h"

struct changed {
  const char *path;  // of the policy
  bool all;          // the revision has no such file
  struct changed_lines {
    uint32_t first, last;
  } * lines;
  size_t count;
};
// Asks git. False after complaining. The caller frees changed->lines.
bool cli_changed_since(const char *revision, const char *path, struct changed *changed);
// Whether a place lies on a changed line of the policy; of other files, and of no place, it does not.
bool cli_is_changed(const struct changed *changed, const nuo_place *place);

#endif
