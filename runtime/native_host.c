// SPDX-License-Identifier: Apache-2.0
// Native functions that the host gives itself, see native.h: found by library and symbol, held against what
// the policy declares, and called with values.
#include <string.h>

#include "runtime/failure.h"
#include "runtime/limits.h"
#include "runtime/native.h"
#include "runtime/text.h"
#include "runtime/text_out.h"
#include "runtime/when.h"

// What a type is called in a declaration, and a value of it in nuo.h.
static const struct {
  const char *names[2];
  nuo_value_kind value;
} kinds[VALUE_KIND_COUNT] = {
    [VALUE_FLAG] = {{"flag", "真假"}, NUO_VALUE_FLAG},
    [VALUE_NUMBER] = {{"number", "整数"}, NUO_VALUE_NUMBER},
    [VALUE_DECIMAL] = {{"decimal", "小数"}, NUO_VALUE_DECIMAL},
    [VALUE_TEXT] = {{"text", "文本"}, NUO_VALUE_TEXT},
    [VALUE_INSTANT] = {{"instant", "时点"}, NUO_VALUE_INSTANT},
    [VALUE_DATE] = {{"date", "日期"}, NUO_VALUE_DATE},
    [VALUE_CLOCK] = {{"clock", "钟点"}, NUO_VALUE_CLOCK},
    [VALUE_DURATION] = {{"duration", "时长"}, NUO_VALUE_DURATION},
};

// ---- signatures ----

enum { SIGNATURE_BYTES = 16 * (NATIVE_MAX_PARAMS + 1) };

static void write_signature(const struct image_native *native, int language, char out[SIGNATURE_BYTES]) {
  size_t len = nuo__text_format(out, SIGNATURE_BYTES, "(");
  for (uint32_t p = 0; p < native->param_count; p++)
    len += nuo__text_format(out + len, SIGNATURE_BYTES - len, p == 0 ? "%s" : ", %s",
                            kinds[native->params[p]].names[language]);
  nuo__text_format(out + len, SIGNATURE_BYTES - len, "): %s", kinds[native->result].names[language]);
}

// Passes over blanks, and gives the next byte; punctuation of Chinese is as good.
static char next_byte(const char **at) {
  static const struct {
    const char *wide;
    char plain;
  } marks[] = {{"（", '('}, {"）", ')'}, {"，", ','}, {"、", ','}, {"：", ':'}, {"　", ' '}};
  for (;;) {
    char c = **at;
    size_t len = c != 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
      if (strncmp(*at, marks[i].wide, 3) == 0) c = marks[i].plain, len = 3;
    *at += len;
    if (c != ' ' && c != '\t' && c != '\n') return c;
  }
}

static bool same_signature(const char *a, const char *b) {
  char x, y;
  do x = next_byte(&a), y = next_byte(&b);
  while (x == y && x != 0);
  return x == y;
}

static bool fits(const struct image_native *native, const char *signature) {
  char declared[SIGNATURE_BYTES];
  for (int language = 0; language < 2; language++) {
    write_signature(native, language, declared);
    if (same_signature(declared, signature)) return true;
  }
  return false;
}

// ---- finding ----

nuo_status nuo__native_check(const nuo_natives *natives, nuo_error *error) {
  const size_t count = natives == NULL ? 0 : natives->count;
  for (size_t i = 0; i < count; i++) {
    const nuo_native *n = natives->functions == NULL ? NULL : &natives->functions[i];
    if (n != NULL && n->library != NULL && n->symbol != NULL && n->signature != NULL && n->function != NULL)
      continue;
    nuo__fail(error, NUO_BAD_ARGUMENT, i,
              "Native function %u of the host has no library, symbol, signature or function.", (unsigned)i);
    return nuo__fail_zh(error, NUO_BAD_ARGUMENT, "运行方的第 %u 个外部函数缺少库名、符号、签名或者函数指针。",
                        (unsigned)i);
  }
  return NUO_OK;
}

static bool is(const struct image *image, struct image_str name, const char *wanted) {
  return strlen(wanted) == name.len && memcmp(image->STRINGS + name.at, wanted, name.len) == 0;
}

static nuo_status misfit(const struct image *image, const struct image_native *native,
                         const nuo_native *given, nuo_error *error) {
  char declared[2][SIGNATURE_BYTES];
  for (int language = 0; language < 2; language++) write_signature(native, language, declared[language]);
  nuo__fail(error, NUO_NOT_GRANTED, 0,
            "Function \"%.*s\" is declared %s by the policy; the host gives it as %s.",
            (int)native->symbol.len, image->STRINGS + native->symbol.at, declared[0], given->signature);
  return nuo__fail_zh(error, NUO_NOT_GRANTED, "政策声明函数“%.*s”为 %s，运行方给出的却是 %s。",
                      (int)native->symbol.len, image->STRINGS + native->symbol.at, declared[1],
                      given->signature);
}

nuo_status nuo__native_find_host(const struct image *image, uint32_t index, const nuo_natives *natives,
                                 struct native_host *host, nuo_error *error) {
  const struct image_native *native = &image->NATIVES[index];
  const size_t count = natives == NULL ? 0 : natives->count;
  memset(host, 0, sizeof *host);
  for (size_t i = 0; i < count; i++) {
    const nuo_native *given = &natives->functions[i];
    if (!is(image, native->library, given->library)) continue;
    host->has_library = true;
    if (!is(image, native->symbol, given->symbol)) continue;
    if (!fits(native, given->signature)) return misfit(image, native, given, error);
    host->function = given->function;
    host->context = given->context;
    return NUO_OK;
  }
  return NUO_OK;
}

// ---- calling ----

// A value of the declared type that there is.
static bool is_result(nuo_value_kind wanted, const nuo_value *v) {
  if (v->kind != wanted) return false;
  if (wanted == NUO_VALUE_INSTANT) return nuo__when_is_instant(v->as.number);
  if (wanted == NUO_VALUE_DATE) return nuo__when_is_date(v->as.number);
  return wanted != NUO_VALUE_CLOCK || nuo__when_is_clock(v->as.number);
}

enum native_outcome nuo__native_call_host(const struct native_host *host, const struct image_native *native,
                                          const struct native_argument *arguments, int64_t *result) {
  nuo_value values[NATIVE_MAX_PARAMS], answer;
  for (uint32_t p = 0; p < native->param_count; p++) {
    values[p].kind = kinds[native->params[p]].value;
    if (values[p].kind == NUO_VALUE_TEXT)
      values[p].as.text = arguments[p].text.len == 0 ? (nuo_text){"", 0} : arguments[p].text;
    else if (values[p].kind == NUO_VALUE_FLAG)
      values[p].as.flag = arguments[p].number != 0;
    else
      values[p].as.number = arguments[p].number;
  }
  memset(&answer, 0, sizeof answer);
  if (host->function(host->context, values, native->param_count, &answer) != 0) return NATIVE_FAILED;
  if (!is_result(kinds[native->result].value, &answer)) return NATIVE_NO_RESULT;
  *result = answer.kind == NUO_VALUE_FLAG ? answer.as.flag : answer.as.number;
  return NATIVE_DONE;
}
