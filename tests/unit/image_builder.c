// SPDX-License-Identifier: Apache-2.0
// Images put together by hand, see image_builder.h.
#include "tests/unit/image_builder.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/program.h"

static const size_t item_sizes[SECTION_COUNT] = {
#define SECTION(name, type) sizeof(type),
    IMAGE_SECTIONS
#undef SECTION
};

static void append(struct image_builder *b, enum image_section_id section, const void *bytes, size_t size) {
  char *at = realloc(b->sections[section].at, b->sections[section].size + size + 1);
  if (at == NULL) abort();
  if (size > 0) memcpy(at + b->sections[section].size, bytes, size);
  b->sections[section].at = at;
  b->sections[section].size += size;
  b->sections[section].count = (uint32_t)(b->sections[section].size / item_sizes[section]);
}

uint32_t builder_add(struct image_builder *b, enum image_section_id section, const void *item) {
  append(b, section, item, item_sizes[section]);
  return b->sections[section].count - 1;
}

void *builder_item(struct image_builder *b, enum image_section_id section, uint32_t index) {
  return b->sections[section].at + index * item_sizes[section];
}

struct image_str builder_str(struct image_builder *b, const char *text) {
  struct image_str str = {b->sections[SECTION_STRINGS].count, (uint32_t)strlen(text)};
  append(b, SECTION_STRINGS, text, str.len);
  return str;
}

uint32_t builder_text(struct image_builder *b, const char *text) {
  struct image_str str = builder_str(b, text);
  return builder_add(b, SECTION_STRING_LIST, &str);
}

uint32_t builder_number(struct image_builder *b, int64_t number) {
  return builder_add(b, SECTION_NUMBERS, &number);
}

void builder_insn(struct image_builder *b, enum opcode op, unsigned a, unsigned bb, unsigned c, unsigned d) {
  struct insn insn = {(uint16_t)op, (uint16_t)a, (uint16_t)bb, (uint16_t)c, (uint16_t)d};
  builder_add(b, SECTION_CODE, &insn);
}

// ---- the base image ----

struct base_field {
  const char *name;
  uint8_t kind, element, flags, reg_class;
  uint16_t reg;
};

static const struct base_field base_fields[] = {
    {"id", VALUE_TEXT, 0, 0, REG_TEXT, 0},
    {"time", VALUE_INSTANT, 0, 0, REG_COLUMN, 0},
    {"zone", VALUE_ZONE, 0, FIELD_OPTIONAL, REG_COLUMN, 1},
    {"urgent", VALUE_FLAG, 0, FIELD_OPTIONAL, REG_PLANE, 0},
    {"paid", VALUE_FLAG, 0, FIELD_OPTIONAL, REG_PLANE, 1},
    {"kind", VALUE_ENUM, 0, FIELD_OPTIONAL, REG_HALF, 0},
    {"count", VALUE_NUMBER, 0, FIELD_OPTIONAL, REG_COLUMN, 2},
    {"limit", VALUE_NUMBER, 0, FIELD_OPTIONAL, REG_COLUMN, 3},
    {"share", VALUE_DECIMAL, 0, FIELD_OPTIONAL, REG_COLUMN, 4},
    {"born", VALUE_DATE, 0, FIELD_OPTIONAL, REG_WIDE, 0},
    {"wakes", VALUE_CLOCK, 0, FIELD_OPTIONAL, REG_WIDE, 1},
    {"body", VALUE_TEXT, 0, FIELD_OPTIONAL | FIELD_SENSITIVE, REG_TEXT, 1},
    {"note", VALUE_TEXT, 0, FIELD_OPTIONAL, REG_TEXT, 2},
    {"sizes", VALUE_LIST, VALUE_NUMBER, FIELD_OPTIONAL, REG_LIST, 0},
    {"ranks", VALUE_LIST, VALUE_NUMBER, FIELD_OPTIONAL, REG_LIST, 1},
    {"words", VALUE_LIST, VALUE_TEXT, FIELD_OPTIONAL, REG_LIST, 2},
    {"labels", VALUE_LIST, VALUE_TEXT, FIELD_OPTIONAL, REG_LIST, 3},
    {"tags", VALUE_LIST, VALUE_ENUM, FIELD_OPTIONAL, REG_LIST, 4},
    {"unread", VALUE_NUMBER, 0, FIELD_OPTIONAL, REG_NONE, 0},
};
enum { BASE_FIELDS = sizeof base_fields / sizeof *base_fields };

static void add_field(struct image_builder *b, const struct base_field *base) {
  struct image_field field = {
      .path = builder_str(b, base->name),
      .kind = base->kind,
      .element = base->element,
      .flags = base->flags,
      .reg_class = base->reg_class,
      .reg = base->reg,
  };
  bool is_tags = base->kind == VALUE_LIST;
  if (base->kind == VALUE_ENUM || base->element == VALUE_ENUM) {
    field.enum_count = 2;
    field.asked_first = is_tags ? 2 : 0;
    field.asked_count = is_tags ? 1 : 2;
  }
  builder_add(b, SECTION_FIELDS, &field);
}

// `id` and `time` stand outside, all other fields in a record "data".
static void add_members(struct image_builder *b) {
  struct image_member data = {builder_str(b, "data"), IMAGE_NONE, 3, BASE_FIELDS - 2, 1};
  for (uint32_t f = 0; f < 2; f++) {
    struct image_member member = {builder_str(b, base_fields[f].name), f, 0, 0, 0};
    builder_add(b, SECTION_MEMBERS, &member);
  }
  builder_add(b, SECTION_MEMBERS, &data);
  for (uint32_t f = 2; f < BASE_FIELDS; f++) {
    struct image_member member = {builder_str(b, base_fields[f].name), f, 0, 0, 0};
    builder_add(b, SECTION_MEMBERS, &member);
  }
}

static void add_schema(struct image_builder *b) {
  static const struct image_asked asked[] = {{0, 2}, {1, 3}, {0, 4}};
  struct image_enumerator marketing = {builder_str(b, "marketing"), builder_str(b, "商业广告")};
  struct image_enumerator service = {builder_str(b, "service"), builder_str(b, "服务")};
  struct image_event event = {
      .name = builder_str(b, "push"),
      .name_zh = builder_str(b, "推送"),
      .wire = builder_str(b, "push"),
      .enforceable = 1,
      .member_count = 3,
      .field_count = BASE_FIELDS,
      .identity = 0,
      .time = 1,
      .zone = 2,
      .duty = IMAGE_NONE,
  };
  for (size_t a = 0; a < sizeof asked / sizeof *asked; a++) builder_add(b, SECTION_ASKED, &asked[a]);
  builder_add(b, SECTION_ENUMERATORS, &marketing);
  builder_add(b, SECTION_ENUMERATORS, &service);
  for (size_t f = 0; f < BASE_FIELDS; f++) add_field(b, &base_fields[f]);
  add_members(b);
  builder_add(b, SECTION_EVENTS, &event);
}

void builder_begin(struct image_builder *b) {
  memset(b, 0, sizeof *b);
  struct image_program program = {
      .policy = builder_str(b, "pledge"),
      .policy_zh = builder_str(b, "承诺"),
      .title = builder_str(b, "A pledge"),
      .version = builder_str(b, "1"),
      .zone = builder_str(b, "Asia/Shanghai"),
      .from = INT64_MIN,
      .until = INT64_MAX,
      .plane_count = 32,
      .column_count = 32,
      .wide_count = 2,
      .half_count = 1,
      .text_count = 8,
      .list_count = 10,
      .field_planes = FIELD_PLANES,
      .field_columns = FIELD_COLUMNS,
      .field_texts = FIELD_TEXTS,
      .field_lists = FIELD_LISTS,
  };
  builder_add(b, SECTION_PROGRAM, &program);
  add_schema(b);
}

void builder_free(struct image_builder *b) {
  for (int s = 0; s < SECTION_COUNT; s++) free(b->sections[s].at);
}

uint32_t builder_rule(struct image_builder *b, const char *name) {
  struct image_node node = {.kind = NODE_ATOM, .reg_class = REG_PLANE};
  struct image_action action = {
      .kind = NUO_BLOCK, .until = IMAGE_NO_REG, .deadline = IMAGE_NO_REG, .field = IMAGE_NONE};
  struct image_rule rule = {
      .name = builder_str(b, name),
      .pack = IMAGE_NONE,
      .clause = IMAGE_NONE,
      .severity = IMAGE_NONE,
      .action = action,
      .undetermined = action,
      .cold_first = b->sections[SECTION_CODE].count,
      .cold_count = 1,
      .scope_node = IMAGE_NONE,
      .core_node = builder_add(b, SECTION_NODES, &node),
      .same = IMAGE_NONE,
  };
  return builder_add(b, SECTION_RULES, &rule);
}

void builder_end_event(struct image_builder *b) {
  builder_insn(b, OPCODE_END, 0, 0, 0, 0);
  struct image_program *program = builder_item(b, SECTION_PROGRAM, 0);
  struct image_event *event = builder_item(b, SECTION_EVENTS, 0);
  program->max_cost = b->sections[SECTION_CODE].count;
  event->code_count = b->sections[SECTION_CODE].count - event->code_first;
  for (uint32_t r = 0; r < b->sections[SECTION_RULES].count; r++) {
    struct image_rule *rule = builder_item(b, SECTION_RULES, r);
    rule->cold_first = b->sections[SECTION_CODE].count;
  }
}

void *builder_image(struct image_builder *b, size_t *size) {
  struct image_header header = {.magic = "", .version = IMAGE_VERSION, .section_count = SECTION_COUNT};
  size_t end = sizeof header;
  memcpy(header.magic, IMAGE_MAGIC, sizeof header.magic);
  for (int s = 0; s < SECTION_COUNT; s++) {
    end = (end + 7) & ~(size_t)7;
    header.sections[s] = (struct image_section){(uint32_t)end, b->sections[s].count};
    end += b->sections[s].size;
  }
  *size = (end + 7) & ~(size_t)7;
  char *image = calloc(1, *size);
  if (image == NULL) abort();
  memcpy(image, &header, sizeof header);
  for (int s = 0; s < SECTION_COUNT; s++) {
    if (b->sections[s].size > 0)
      memcpy(image + header.sections[s].offset, b->sections[s].at, b->sections[s].size);
  }
  nuo__image_seal(image, *size);
  return image;
}
