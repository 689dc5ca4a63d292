// SPDX-License-Identifier: Apache-2.0
// Files for the subcommands: reading, writing, and getting from a policy's path to a compilation or a
// program.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/cli/cli.h"
#include "runtime/image.h"

bool cli_read_file(const char *path, nuo_text *bytes) {
  *bytes = (nuo_text){NULL, 0};
  FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (file == NULL) return cli_file_error(path);
  char *buffer = NULL;
  size_t size = 0, room = 0;
  for (size_t got = 1; got > 0; size += got) {
    if (room - size < 65536) {
      room = room == 0 ? 131072 : room * 2;
      char *grown = realloc(buffer, room);
      if (grown == NULL) break;
      buffer = grown;
    }
    got = fread(buffer + size, 1, room - size, file);
  }
  bool failed = ferror(file) || buffer == NULL;
  if (failed) cli_file_error(path);
  if (file != stdin) fclose(file);
  if (failed) return free(buffer), false;
  *bytes = (nuo_text){buffer, size};
  return true;
}

bool cli_write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  bool good = file != NULL && fwrite(bytes, 1, size, file) == size;
  if (file != NULL && fclose(file) != 0) good = false;
  if (!good) cli_error("%s: cannot be written: %s", "%s：无法写入：%s", path, cli_reason());
  return good;
}

bool cli_is_image(nuo_text bytes) {
  return bytes.len >= 8 && memcmp(bytes.text, IMAGE_MAGIC, 8) == 0;
}

static struct cli_reads *noted;

void cli_note_reads(struct cli_reads *reads) {
  noted = reads;
}

static bool note_read(const char *path) {
  if (noted == NULL) return true;
  for (size_t i = 0; i < noted->count; i++)
    if (strcmp(noted->paths[i], path) == 0) return true;
  char **grown = realloc(noted->paths, (noted->count + 1) * sizeof *grown);
  if (grown == NULL) return cli_no_memory();
  noted->paths = grown;
  noted->paths[noted->count] = strdup(path);
  return noted->paths[noted->count] != NULL ? (noted->count++, true) : cli_no_memory();
}

void cli_reads_free(struct cli_reads *reads) {
  for (size_t i = 0; i < reads->count; i++) free(reads->paths[i]);
  free(reads->paths);
  *reads = (struct cli_reads){NULL, 0};
}

// What `use` and lexicons read: files under the policy's folder, kept until the compilation is done.
struct folder {
  char path[4096];
  const char *revision;  // of Git, from which they are read; NULL: they are files
  nuo_text *kept;
  size_t count;
};

static void folder_of(const char *policy, const char *revision, struct folder *folder) {
  folder->revision = revision;
  const char *slash = strrchr(policy, '/');
  size_t len = slash == NULL ? 0 : (size_t)(slash - policy) + 1;
  if (len >= sizeof folder->path) len = 0;
  memcpy(folder->path, policy, len);
  folder->path[len] = 0;
  folder->kept = NULL;
  folder->count = 0;
}

// A path in a revision is no path of the file system, and Git takes no `..` within it: from `rules/house/`,
// `../letter/` is `rules/letter/`. How much of the folder is left; *path is what goes behind it.
static size_t go_up(const char *folder, nuo_text *path) {
  size_t len = strlen(folder);
  while (len > 1 && path->len > 3 && memcmp(path->text, "../", 3) == 0) {
    size_t from = len - 1;
    while (from > 0 && folder[from - 1] != '/') from--;
    // Before `./` and `../` Git goes up by itself.
    if (strncmp(folder + from, "./", 2) == 0 || strncmp(folder + from, "../", 3) == 0) break;
    len = from;
    *path = (nuo_text){path->text + 3, path->len - 3};
  }
  return len;
}

static bool read_from_folder(void *context, nuo_text path, nuo_text *bytes) {
  struct folder *folder = context;
  char whole[8192];
  const size_t len = folder->revision != NULL ? go_up(folder->path, &path) : strlen(folder->path);
  if (snprintf(whole, sizeof whole, "%.*s%.*s", (int)len, folder->path, (int)path.len, path.text) >=
      (int)sizeof whole)
    return false;
  if (!note_read(whole)) return false;
  // A missing file is for the compiler to report, at the place that names it.
  if (folder->revision == NULL) {
    FILE *probe = fopen(whole, "rb");
    if (probe == NULL) return false;
    fclose(probe);
  }
  nuo_text *grown = realloc(folder->kept, (folder->count + 1) * sizeof *grown);
  if (grown == NULL) return false;
  folder->kept = grown;
  if (folder->revision == NULL ? !cli_read_file(whole, bytes)
                               : !cli_read_revision(folder->revision, whole, false, bytes))
    return false;
  folder->kept[folder->count++] = *bytes;
  return true;
}

// Compiles, or lays out when `words` says how.
static nuo_compilation *compile_text(const struct command *command, const char *revision, const char *path,
                                     nuo_text source, const nuo_words *words, int *status) {
  struct folder folder;
  folder_of(path, revision, &folder);
  const struct option_value *set = cli_option(command, "set");
  nuo_text settings[64];
  size_t count = set == NULL ? 0 : set->count;
  if (count > sizeof settings / sizeof *settings) {
    *status = cli_usage(command, "more than 64 --set values", "--set 超过 64 个");
    return NULL;
  }
  for (size_t i = 0; i < count; i++) settings[i] = (nuo_text){set->values[i], strlen(set->values[i])};
  nuo_compile_options options = {
      .read = read_from_folder, .context = &folder, .settings = settings, .setting_count = count};
  nuo_compilation *compilation;
  const nuo_text name = {path, strlen(path)};
  nuo_status compiled = words == NULL ? nuo_compile(name, source, &options, &compilation)
                                      : nuo_format(name, source, &options, *words, &compilation);
  for (size_t i = 0; i < folder.count; i++) free((char *)folder.kept[i].text);
  free(folder.kept);
  if (compiled == NUO_OK) return compilation;
  cli_error("%s: %s", "%s：编译失败（%s）", path, nuo_status_name(compiled));
  *status = EXIT_BUG;
  return NULL;
}

static nuo_compilation *compile_file(const struct command *command, const char *revision, const char *path,
                                     const nuo_words *words, int *status) {
  nuo_text source;
  *status = EXIT_USAGE;
  if (revision == NULL ? !cli_read_file(path, &source) : !cli_read_revision(revision, path, true, &source))
    return NULL;
  nuo_compilation *compilation = compile_text(command, revision, path, source, words, status);
  free((char *)source.text);
  return compilation;
}

nuo_compilation *cli_compile_revision(const struct command *command, const char *revision, const char *path,
                                      int *status) {
  return compile_file(command, revision, path, NULL, status);
}

nuo_compilation *cli_compile_text(const struct command *command, const char *path, nuo_text source,
                                  int *status) {
  *status = EXIT_USAGE;
  return compile_text(command, NULL, path, source, NULL, status);
}

nuo_compilation *cli_compile(const struct command *command, const char *path, int *status) {
  return cli_compile_revision(command, NULL, path, status);
}

nuo_compilation *cli_format(const struct command *command, const char *revision, const char *path,
                            nuo_words words, int *status) {
  return compile_file(command, revision, path, &words, status);
}

bool cli_version_of(const char *argument, const char *revision, struct cli_version *version) {
  const char *colon = strchr(argument, ':');
  const size_t room = strlen(argument) + 3;
  *version = (struct cli_version){NULL, malloc(room)};
  const bool names_one =
      revision == NULL && colon != NULL && colon != argument && access(argument, F_OK) != 0;
  if (names_one) version->revision = strndup(argument, (size_t)(colon - argument));
  if (revision != NULL) version->revision = strdup(revision);
  if (version->path == NULL || (version->revision == NULL && (names_one || revision != NULL))) {
    cli_version_free(version);
    return cli_no_memory();
  }
  // Git reads a path behind `REV:` from its root, unless it begins with a dot.
  snprintf(version->path, room, "%s%s", revision != NULL ? "./" : "", names_one ? colon + 1 : argument);
  return true;
}

void cli_version_free(struct cli_version *version) {
  free(version->revision);
  free(version->path);
}

nuo_options cli_load_options(const struct command *command) {
  const struct option_value *grants = cli_option(command, "grant");
  const char **names = calloc((grants == NULL ? 0 : grants->count) + 1, sizeof *names);
  for (size_t i = 0; grants != NULL && names != NULL && i < grants->count; i++) names[i] = grants->values[i];
  return (nuo_options){.native_grants = names};
}

nuo_program *cli_load_image(const struct command *command, const char *path, nuo_text image, int *status) {
  const struct option_value *grants = cli_option(command, "grant");
  nuo_trust trust;
  nuo_program *program = NULL;
  nuo_error error = {.message = ""};
  *status = EXIT_USAGE;
  if (!cli_read_trust(command, &trust)) return NULL;
  nuo_options options = cli_load_options(command);
  if (trust.keys != NULL) options.trust = &trust;
  nuo_status loaded = nuo_program_load(image.text, image.len, &options, &program, &error);
  free((void *)options.native_grants);
  free((void *)trust.keys);
  if (loaded == NUO_OK) return program;
  cli_error("%s: %s", "%s：%s", path, cli_said(&error));
  if (loaded == NUO_NOT_GRANTED && grants != NULL && grants->count == 0)
    cli_error("--grant LIB or --grant LIB=FILE grants a library",
              "用 --grant 库名 或 --grant 库名=文件 授权");
  *status = EXIT_POLICY;
  return NULL;
}

nuo_program *cli_load(const struct command *command, const char *path, int *status) {
  nuo_text bytes;
  *status = EXIT_USAGE;
  if (!cli_read_file(path, &bytes)) return NULL;
  nuo_program *program = NULL;
  if (cli_is_image(bytes)) {
    program = cli_load_image(command, path, bytes, status);
  } else if (cli_value(command, "trust") != NULL) {
    cli_error("%s: with --trust only signed images are run; nuo build --sign makes one",
              "%s：使用 --trust 时只运行已签名的映像；请用 nuo build --sign 生成", path);
    *status = EXIT_POLICY;
  } else {
    nuo_compilation *compilation = compile_text(command, NULL, path, bytes, NULL, status);
    if (compilation != NULL) {
      cli_print_diagnostics(stderr, compilation, cli_language(command));
      nuo_text image = nuo_compilation_image(compilation);
      *status = EXIT_POLICY;
      if (image.text != NULL) program = cli_load_image(command, path, image, status);
      nuo_compilation_free(compilation);
    }
  }
  free((char *)bytes.text);
  return program;
}
