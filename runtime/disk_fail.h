// SPDX-License-Identifier: Apache-2.0
// Errors of state directories, whose `path` is zero-terminated. Each fills in *error (may be NULL) and gives
// the status.
#ifndef NUO_RUNTIME_DISK_FAIL_H
#define NUO_RUNTIME_DISK_FAIL_H

#include "runtime/nuo.h"

nuo_status nuo__disk_no_memory(nuo_error *error);
// It is damaged: `what` is one of the phrases of disk_fail.c, as in nuo__disk_io.
nuo_status nuo__disk_damaged(const char *path, nuo_error *error, const char *what);
// It cannot be `what` ("written"), by an error of the system or of LMDB.
nuo_status nuo__disk_io(const char *path, nuo_error *error, const char *what, int code);
// How many bytes of a path a message has room for.
int nuo__disk_shown(const char *path);

#endif
