// SPDX-License-Identifier: Apache-2.0
// `nuo build` and `nuo keygen`: images, the signatures behind them, and the keys of those. A key file holds
// keys, one a line: what it is, then Base64; `#` begins a comment.
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/cli/cli.h"
#include "runtime/signature.h"
#include "runtime/when.h"

#define SECRET_WORD "nuo-secret-key "
#define PUBLIC_WORD "nuo-public-key "
#define KEY_VARIANT sodium_base64_VARIANT_ORIGINAL
#define KEYS_MAX 64

static const char secret_en[] = "a secret key, as `nuo keygen` makes it",
                  secret_zh[] = "私钥（由 nuo keygen 生成）", public_en[] = "public keys, one a line",
                  public_zh[] = "公钥（每行一个）";

// ---- key files ----

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

// The next line that is not empty and no comment; false at the end.
static bool next_line(nuo_text *rest, nuo_text *line) {
  while (rest->len > 0) {
    const char *end = memchr(rest->text, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->text), taken = end == NULL ? len : len + 1;
    *line = (nuo_text){rest->text, len};
    *rest = (nuo_text){rest->text + taken, rest->len - taken};
    while (line->len > 0 && strchr(" \t\r", line->text[line->len - 1]) != NULL) line->len--;
    if (line->len > 0 && *line->text != '#') return true;
  }
  return false;
}

static bool read_key_line(nuo_text line, const char *word, uint8_t *key, size_t size) {
  const size_t skip = strlen(word);
  size_t got = 0;
  return line.len > skip && memcmp(line.text, word, skip) == 0 &&
         sodium_base642bin(key, size, line.text + skip, line.len - skip, NULL, &got, NULL, KEY_VARIANT) ==
             0 &&
         got == size;
}

static bool complain_of_key(const struct command *command, const char *path, const char *en, const char *zh) {
  cli_error("%s: not a file of %s", "%s：不是%s的文件", path, SAY(cli_language(command), en, zh));
  return false;
}

static bool read_secret(const struct command *command, const char *path,
                        uint8_t secret[SIGNATURE_SECRET_SIZE]) {
  nuo_text bytes, line;
  if (!cli_read_file(path, &bytes)) return false;
  nuo_text rest = bytes;
  bool good = next_line(&rest, &line) && read_key_line(line, SECRET_WORD, secret, SIGNATURE_SECRET_SIZE) &&
              !next_line(&rest, &line);
  sodium_memzero((char *)bytes.text, bytes.len);
  free((char *)bytes.text);
  return good || complain_of_key(command, path, secret_en, secret_zh);
}

static bool read_public(const struct command *command, const char *path, uint8_t (*keys)[32], size_t *count) {
  nuo_text bytes, line;
  bool good = true;
  const size_t before = *count;
  if (!cli_read_file(path, &bytes)) return false;
  for (nuo_text rest = bytes; good && next_line(&rest, &line);)
    good = *count < KEYS_MAX && read_key_line(line, PUBLIC_WORD, keys[(*count)++], 32);
  free((char *)bytes.text);
  return (good && *count > before) || complain_of_key(command, path, public_en, public_zh);
}

bool cli_read_trust(const struct command *command, nuo_trust *trust) {
  const struct option_value *files = cli_option(command, "trust");
  *trust = (nuo_trust){.now = now_ms()};
  if (files == NULL || files->count == 0) return true;
  uint8_t(*keys)[32] = calloc(KEYS_MAX, sizeof *keys);
  if (keys == NULL) return cli_no_memory();
  bool good = true;
  for (size_t i = 0; good && i < files->count; i++)
    good = read_public(command, files->values[i], keys, &trust->key_count);
  trust->keys = (const uint8_t(*)[32])keys;
  if (!good) free(keys);
  return good;
}

// ---- keygen ----

// Never over a key that is there: it may be the only copy.
static bool write_new(const char *path, mode_t mode, const char *text) {
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (file < 0 && errno == EEXIST) {
    cli_error("%s: is there already; take another name", "%s：已存在；请换一个名称", path);
    return false;
  }
  bool good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0 && close(file) != 0) good = false;
  if (!good) cli_error("%s: cannot be written: %s", "%s：无法写入：%s", path, cli_reason());
  return good;
}

static bool write_key(const char *name, const char *ending, mode_t mode, const char *word, const uint8_t *key,
                      size_t size) {
  char path[4096], text[200], base64[100];
  if (snprintf(path, sizeof path, "%s%s", name, ending) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return cli_file_error(name);
  }
  sodium_bin2base64(base64, sizeof base64, key, size, KEY_VARIANT);
  snprintf(text, sizeof text, "%s%s\n", word, base64);
  bool good = write_new(path, mode, text);
  sodium_memzero(text, sizeof text);
  sodium_memzero(base64, sizeof base64);
  return good;
}

static int keygen(const struct command *command, size_t count, char **arguments) {
  uint8_t open[32], secret[SIGNATURE_SECRET_SIZE];
  (void)count;
  if (sodium_init() < 0) return cli_error("no source of random numbers", "没有随机数来源"), EXIT_BUG;
  crypto_sign_keypair(open, secret);
  bool good = write_key(arguments[0], ".key", 0600, SECRET_WORD, secret, sizeof secret) &&
              write_key(arguments[0], ".pub", 0644, PUBLIC_WORD, open, sizeof open);
  sodium_memzero(secret, sizeof secret);
  if (!good) return EXIT_USAGE;
  printf(SAY(cli_language(command), "%s.key signs images, and is for its owner only; %s.pub is for --trust\n",
             "%s.key 用于给映像签名，只应由持有人保管；%s.pub 用于 --trust\n"),
         arguments[0], arguments[0]);
  return EXIT_ALL_GOOD;
}

static struct option_value keygen_options[] = {CLI_LANG, CLI_END};
const struct command cli_keygen = {
    "keygen", "NAME", {"make a pair of keys for signing", "生成一对签名密钥"}, keygen_options, 1, 1, keygen};

// ---- build ----

// A day that is named is the last one on which the signature is good.
static bool read_expiry(const struct command *command, int64_t *expires) {
  const char *text = cli_value(command, "expires");
  char whole[40];
  *expires = INT64_MAX;
  if (text == NULL) return true;
  if (nuo__when_parse_rfc3339(text, strlen(text), expires)) return true;
  snprintf(whole, sizeof whole, "%.20sT00:00:00Z", text);
  if (nuo__when_parse_rfc3339(whole, strlen(whole), expires)) return *expires += 86400000, true;
  cli_usage(command, "--expires wants a date or an instant such as 2026-06-30 or 2026-06-30T12:00:00+08:00",
            "--expires 后面须为日期或时点，如 2026-06-30 或 2026-06-30T12:00:00+08:00");
  return false;
}

// Room for the image and its signatures; NULL after complaining.
static char *sign(const struct command *command, nuo_text image, size_t *size) {
  const struct option_value *keys = cli_option(command, "sign");
  uint8_t secret[SIGNATURE_SECRET_SIZE];
  int64_t expires;
  if (!read_expiry(command, &expires)) return NULL;
  if (keys->count > SIGNATURES_MAX) {
    cli_usage(command, "more than %d keys", "密钥超过 %d 个", SIGNATURES_MAX);
    return NULL;
  }
  *size = image.len + keys->count * sizeof(struct signature);
  char *bytes = malloc(*size);
  if (bytes == NULL) return cli_no_memory(), NULL;
  memcpy(bytes, image.text, image.len);
  bool good = true;
  for (size_t i = 0; good && i < keys->count; i++) {
    struct signature signature;
    good = read_secret(command, keys->values[i], secret);
    if (good) nuo__signature_make(image.text, image.len, secret, expires, &signature);
    if (good) memcpy(bytes + image.len + i * sizeof signature, &signature, sizeof signature);
  }
  sodium_memzero(secret, sizeof secret);
  if (good) return bytes;
  free(bytes);
  return NULL;
}

static int write_image(const struct command *command, const char *out, nuo_text image) {
  size_t size;
  char *bytes = sign(command, image, &size);
  if (bytes == NULL) return EXIT_USAGE;
  const bool good = cli_write_file(out, bytes, size);
  free(bytes);
  return good ? EXIT_ALL_GOOD : EXIT_USAGE;
}

static int build(const struct command *command, size_t count, char **arguments) {
  (void)count;
  int status;
  const char *out = cli_value(command, "output");
  if (out == NULL)
    return cli_usage(command, "it wants -o FILE: where to write the image", "须给出 -o 文件：映像写到哪里");
  if (cli_value(command, "expires") != NULL && cli_value(command, "sign") == NULL)
    return cli_usage(command, "--expires needs --sign KEY", "--expires 须与 --sign 密钥 同用");
  nuo_compilation *compilation = cli_compile(command, arguments[0], &status);
  if (compilation == NULL) return status;
  cli_print_diagnostics(stderr, compilation, cli_language(command));
  nuo_text image = nuo_compilation_image(compilation);
  status = image.text == NULL ? EXIT_POLICY : write_image(command, out, image);
  nuo_compilation_free(compilation);
  return status;
}

static struct option_value build_options[] = {
    {.name = "output",
     .letter = 'o',
     .value_name = "FILE",
     .help = {"the image to write", "要写出的映像文件"}},
    {.name = "sign",
     .value_name = "KEY",
     .help = {"sign the image with this secret key; may be repeated", "用此私钥给映像签名，可重复"}},
    {.name = "expires",
     .value_name = "DATE",
     .help = {"the last day (UTC) of the signature, or an instant", "签名的最后有效日（UTC），或时点"}},
    CLI_SET,
    CLI_LANG,
    CLI_END};
const struct command cli_build = {
    "build", "-o FILE POLICY", {"write a program image", "生成程序映像"}, build_options, 1, 1, build};
