// SPDX-License-Identifier: Apache-2.0
// Fuzz target: rows of values. The first byte chooses the policy, the next ones names and values of one event
// after the other: fields of the policy, their values of any kind. What is refused has a message; what is
// taken is decided as the JSON that the form writes of it.
#include <stdlib.h>
#include <string.h>

#include "runtime/program.h"
#include "runtime/text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROW 24
#define ITEMS 4

static nuo_program *programs[8];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < fuzz_policy_count; i++) {
    const nuo_text image = fuzz_compile(fuzz_policies[i].source);
    nuo_error error;
    if (nuo_program_load(image.text, image.len, NULL, &programs[i], &error) != NUO_OK)
      fuzz_die("%s", error.message);
    free((char *)image.text);
  }
  return 0;
}

struct input {
  const uint8_t *at, *end;
  char *texts[ROW * (ITEMS + 1)];  // of their own size, so that a read beyond an end is seen
  size_t text_count;
};

static uint8_t byte(struct input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

static int64_t number(struct input *in) {
  int64_t n = 0;
  uint8_t how = byte(in);
  if (how < 128) return how;
  for (int i = 0; i < 8 && in->at < in->end; i++) n = (int64_t)((uint64_t)n << 8 | byte(in));
  return how % 2 == 0 ? n : n % INT64_C(4102444800000);
}

// Bytes of the input, or the name of an enumerator or a zone.
static nuo_text text(struct input *in, const struct image *image) {
  static const char *const zones[] = {"Europe/Paris", "+08:00", "x"};
  uint8_t len = byte(in);
  nuo_text taken = {(const char *)in->at, len % 64};
  if (len >= 224) {
    taken = (nuo_text){zones[len % 3], strlen(zones[len % 3])};
  } else if (len >= 128 && image->ENUMERATORS_count > 0) {
    taken = nuo__text_of(image, image->ENUMERATORS[byte(in) % image->ENUMERATORS_count].name);
  } else {
    if (taken.len > (size_t)(in->end - in->at)) taken.len = (size_t)(in->end - in->at);
    in->at += taken.len;
  }
  char *copy = malloc(taken.len == 0 ? 1 : taken.len);
  if (copy == NULL) fuzz_die("out of memory");
  memcpy(copy, taken.text, taken.len);
  in->texts[in->text_count++] = copy;
  return (nuo_text){copy, taken.len};
}

static nuo_value_kind kind_of(const struct image_field *f) {
  static const nuo_value_kind kinds[VALUE_KIND_COUNT] = {
      NUO_VALUE_FLAG,    NUO_VALUE_NUMBER, NUO_VALUE_DECIMAL, NUO_VALUE_TEXT,
      NUO_VALUE_INSTANT, NUO_VALUE_DATE,   NUO_VALUE_CLOCK,   NUO_VALUE_DURATION,
      NUO_VALUE_TEXT,    NUO_VALUE_TEXT,   NUO_VALUE_LIST};
  return kinds[f->kind];
}

static nuo_value value(struct input *in, const struct image *image, nuo_value_kind kind,
                       nuo_value_kind element, nuo_value items[ITEMS]) {
  nuo_value v = {.kind = kind};
  if (kind == NUO_VALUE_FLAG) {
    v.as.flag = byte(in) & 1;
  } else if (kind == NUO_VALUE_TEXT) {
    v.as.text = text(in, image);
  } else if (kind == NUO_VALUE_LIST) {
    v.as.list.items = items;
    v.as.list.count = items == NULL ? 0 : byte(in) % (ITEMS + 1);
    for (size_t i = 0; i < v.as.list.count; i++)
      items[i] = value(in, image, element, NUO_VALUE_MISSING, NULL);
  } else {
    v.as.number = number(in);
  }
  return v;
}

// Decides both ways; whether it was taken.
static void decide(nuo_form *form, const nuo_value *row, nuo_session *values, nuo_session *plain) {
  const nuo_decision *d;
  nuo_text line, json, other;
  nuo_error error = {.status = NUO_OK};
  const nuo_status status = nuo_form_eval(form, row, &d, &error);
  if (status != NUO_OK) {
    if (status != NUO_BAD_EVENT || error.status != status) fuzz_die("status %d", (int)status);
    fuzz_check_error(&error, ROW);
    return;
  }
  if (nuo_form_json(form, row, &line, &error) != NUO_OK) fuzz_die("taken, but no JSON: %s", error.message);
  fuzz_check_json(line);
  if (nuo_session_decision_json(values, d, &json) != NUO_OK) fuzz_die("no JSON");
  fuzz_check_json(json);
  if (nuo_session_eval_json(plain, line.text, line.len, &d, &error) != NUO_OK)
    fuzz_die("as JSON it is refused, %s: %.*s", error.message, (int)line.len, line.text);
  if (nuo_session_decision_json(plain, d, &other) != NUO_OK) fuzz_die("no JSON");
  if (json.len != other.len || memcmp(json.text, other.text, json.len) != 0)
    fuzz_die("values: %.*s\nJSON: %.*s", (int)json.len, json.text, (int)other.len, other.text);
}

// An event: some fields of a type, each with a value that mostly fits.
static void run_event(struct input *in, const struct image *image, nuo_session *values, nuo_session *plain) {
  const struct image_event *event = &image->EVENTS[byte(in) % image->EVENTS_count];
  const uint8_t skip = byte(in);
  nuo_text names[ROW];
  nuo_value row[ROW], items[ROW][ITEMS];
  nuo_form *form;
  size_t count = 0;
  in->text_count = 0;
  for (uint32_t i = 0; i < event->field_count && count < ROW; i++) {
    const struct image_field *f = &image->FIELDS[event->field_first + i];
    const uint8_t how = byte(in);
    const bool odd = how >= 240, needed = (f->flags & 1) == 0;
    if (!needed && how % 8 < skip % 8) continue;
    const nuo_value_kind kind = odd ? (nuo_value_kind)(how % 11) : kind_of(f);
    struct image_field element = {.kind = f->element};
    names[count] = nuo__text_of(image, how % 16 == 15 ? f->path_zh : f->path);
    row[count] = value(in, image, kind, odd ? (nuo_value_kind)(how % 9) : kind_of(&element), items[count]);
    count++;
  }
  if (nuo_form_new(values, nuo__text_of(image, event->wire), names, count, &form, NULL) == NUO_OK) {
    decide(form, row, values, plain);
    nuo_form_free(form);
  }
  for (size_t i = 0; i < in->text_count; i++) free(in->texts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  nuo_program *program = programs[data[0] % fuzz_policy_count];
  struct input in = {.at = data + 1, .end = data + size};
  nuo_engine *engines[2];
  nuo_session *values = fuzz_session(&program, 1, &engines[0]),
              *plain = fuzz_session(&program, 1, &engines[1]);
  if (values == NULL || plain == NULL) fuzz_die("no session");
  while (in.at < in.end) run_event(&in, &program->image, values, plain);
  nuo_session_free(values);
  nuo_session_free(plain);
  nuo_engine_free(engines[0]);
  nuo_engine_free(engines[1]);
  return 0;
}
