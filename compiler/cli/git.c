// SPDX-License-Identifier: Apache-2.0
// What git says: the files of a revision, and what else is asked. No shell has a part in it.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/cli/cli.h"

static void become_git(int out, char *const *words, bool complain) {
  const int nowhere = complain ? -1 : open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  dup2(out, STDOUT_FILENO);
  execvp(words[0], words);
  if (complain) cli_error("git: %s", "git：%s", cli_reason());
  _exit(127);
}

static bool read_all(int from, nuo_text *bytes) {
  char *buffer = NULL;
  size_t size = 0, room = 0;
  for (;;) {
    if (room - size < 65536) {
      room = room == 0 ? 131072 : room * 2;
      char *grown = realloc(buffer, room);
      if (grown == NULL) break;
      buffer = grown;
    }
    const ssize_t got = read(from, buffer + size, room - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    if (got == 0) {
      *bytes = (nuo_text){buffer, size};
      return true;
    }
    size += (size_t)got;
  }
  free(buffer);
  return false;
}

bool cli_git(char *const *words, bool complain, nuo_text *bytes) {
  int ends[2], status = 1;
  *bytes = (nuo_text){NULL, 0};
  if (pipe(ends) != 0) return false;
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    become_git(ends[1], words, complain);
  }
  close(ends[1]);
  const bool good = child > 0 && read_all(ends[0], bytes);
  close(ends[0]);
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (good && status == 0) return true;
  if (good) free((char *)bytes->text);
  *bytes = (nuo_text){NULL, 0};
  return false;
}

bool cli_read_revision(const char *revision, const char *path, bool complain, nuo_text *bytes) {
  const size_t room = strlen(revision) + strlen(path) + 2;
  char *object = malloc(room);
  *bytes = (nuo_text){NULL, 0};
  if (object == NULL) return cli_no_memory();
  snprintf(object, room, "%s:%s", revision, path);
  char *words[] = {"git", "cat-file", "blob", object, NULL};
  // What begins with a dash would be an option to git.
  const bool good = revision[0] != '-' && cli_git(words, complain, bytes);
  if (!good && complain) cli_error("%s: git has no such file", "%s：git 中没有这个文件", object);
  free(object);
  return good;
}
