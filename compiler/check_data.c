// SPDX-License-Identifier: Apache-2.0
// Lexicons (inline or from a file), native functions, calendars, and patterns: declarations that are data
// more than logic. Called by nuo__check.
#include <string.h>

#include "compiler/check.h"
#include "compiler/document.h"
#include "runtime/limits.h"
#include "runtime/regex.h"
#include "runtime/utf8.h"

// ---- lexicons ----
struct line_place {
  struct span span;
  uint32_t number;  // of the line, 1-based; 0: inline
};

// Entries or excepted phrases on their way into a lexicon. `seen` finds those that stand twice; only its keys
// matter.
struct texts {
  struct checker *c;
  const struct lexicon *lexicon;
  text_list *to;
  struct symbols seen;
};

// Where in its file an entry stands; nothing for one that the policy itself spells out.
static struct diag_arg line_arg(struct checker *c, uint32_t number) {
  if (number == 0) return PAIR("", "");
  return (struct diag_arg){nuo__arena_format(c->arena, " (line %u of its file)", number),
                           nuo__arena_format(c->arena, "（文件第 %u 行）", number)};
}

static void add_text(struct texts *t, struct str text, struct line_place at) {
  struct checker *c = t->c;
  struct symbol *symbol = ARENA_NEW(c->arena, struct symbol);
  symbol->names = (struct names){.en = text, .zh = text};
  if (nuo__symbols_add(c->arena, &t->seen, symbol) == NULL)
    VEC_PUSH(c->arena, t->to, text);
  else
    REPORT(c, N0711, at.span, TEXT(text), nuo__names_arg(t->lexicon->names), line_arg(c, at.number));
}

static bool is_blank(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct str trim_line(struct str line) {
  while (line.len > 0 && is_blank(line.at[0])) line.at++, line.len--;
  while (line.len > 0 && is_blank(line.at[line.len - 1])) line.len--;
  return line;
}

static uint32_t line_of(struct str text, size_t offset) {
  uint32_t line = 1;
  for (size_t i = 0; i < offset; i++) line += text.at[i] == '\n';
  return line;
}

static void read_lines(struct texts *t, struct str text, struct span span) {
  const uint32_t mark = nuo__document_bom(text);
  text = (struct str){text.at + mark, text.len - mark};
  for (uint32_t start = 0, number = 1; start < text.len; number++) {
    const char *end = memchr(text.at + start, '\n', text.len - start);
    const uint32_t len = end != NULL ? (uint32_t)(end - text.at) - start : text.len - start;
    const struct str line = trim_line((struct str){text.at + start, len});
    if (line.len > 0 && line.at[0] != '#') add_text(t, line, (struct line_place){span, number});
    start += len + 1;
  }
}

static bool read_file(struct texts *t, const struct expr *file) {
  struct checker *c = t->c;
  struct str text;
  if (file->kind == EXPR_ERROR) return false;
  if (c->input->read == NULL ||
      !c->input->read(c->input->context, c->arena, file->span.file, file->text, &text)) {
    REPORT(c, N0708, file->span, TEXT(file->text));
    return false;
  }
  const size_t bad = nuo__utf8_check(text.at, text.len);
  if (bad < text.len) {
    REPORT(c, N0710, file->span, TEXT(file->text), nuo__diag_number(c->diags, line_of(text, bad)));
    return false;
  }
  read_lines(t, text, file->span);
  return true;
}

static bool read_inline(struct texts *t, const struct expr *entries) {
  bool good = true;
  for (uint32_t i = 0; entries != NULL && i < entries->items.count; i++) {
    const struct expr *entry = entries->items.at[i];
    const struct str text = trim_line(entry->text);
    if (entry->kind != EXPR_TEXT || text.len == 0) {
      if (entry->kind != EXPR_ERROR) REPORT0(t->c, N0712, entry->span);
      good = false;
    } else {
      add_text(t, text, (struct line_place){entry->span, 0});
    }
  }
  return good;
}

static bool read_texts(struct checker *c, const struct lexicon *lexicon, const struct text_source *from,
                       text_list *to) {
  struct texts t = {.c = c, .lexicon = lexicon, .to = to};
  return from->file != NULL ? read_file(&t, from->file) : read_inline(&t, from->entries);
}

static void check_lexicon(struct checker *c, struct symbol *symbol) {
  const struct lexicon_decl *decl = &symbol->decl->lexicon;
  struct lexicon *lexicon = ARENA_NEW(c->arena, struct lexicon);
  *lexicon = (struct lexicon){.names = nuo__full_names(c, symbol->span, symbol->names),
                              .pack = nuo__pack_at(c, symbol->span),
                              .strict = decl->evasion_strict,
                              .span = symbol->span,
                              .index = c->program->lexicons.count};
  const bool good = read_texts(c, lexicon, &decl->texts, &lexicon->entries);
  if (good && lexicon->entries.count == 0) REPORT(c, N0720, symbol->span, nuo__names_arg(symbol->names));
  read_texts(c, lexicon, &decl->excepted, &lexicon->excepted);
  VEC_PUSH(c->arena, &c->program->lexicons, lexicon);
  symbol->object = lexicon;
}

void nuo__check_lexicons(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_LEXICON)
      check_lexicon(c, c->symbols[SPACE_VALUES].at[i]);
}

// ---- patterns ----
static const char *const regex_faults[REGEX_STATUS_COUNT][2] = {
    [REGEX_EMPTY] = {"it is empty and would match everything", "它是空的，会匹配一切"},
    [REGEX_NOT_UTF8] = {"it is not UTF-8", "它不是 UTF-8"},
    [REGEX_TOO_LONG] = {"it is too long", "它过长"},
    [REGEX_TOO_DEEP] = {"its groups are nested too deeply", "分组嵌套过深"},
    [REGEX_TOO_COMPLEX] = {"it is too large with its repeats written out", "展开重复后过大"},
    [REGEX_LARGE_REPEAT] = {"a repeat count is too large", "重复次数过大"},
    [REGEX_LOOKAROUND] = {"look-around and \\K, \\G are not available", "不支持环视与 \\K、\\G"},
    [REGEX_BACKREFERENCE] = {"back references are not available", "不支持反向引用"},
    [REGEX_RECURSION] = {"recursion is not available", "不支持递归"},
    [REGEX_CONDITIONAL] = {"conditional groups are not available", "不支持条件分组"},
    [REGEX_ATOMIC] = {"atomic groups and possessive repeats are not available", "不支持固化分组与占有式重复"},
    [REGEX_CALLOUT] = {"callouts are not available", "不支持回调"},
    [REGEX_VERB] = {"verbs such as (*FAIL) are not available", "不支持 (*FAIL) 之类的控制符"},
    [REGEX_UNKNOWN_GROUP] = {"this kind of group is not available", "不支持这种分组"},
    [REGEX_UNKNOWN_ESCAPE] = {"this escape is not available", "不支持这种转义"},
    [REGEX_BAD_REPEAT] = {"this brace is no repeat count; write \\{ for a brace",
                          "此花括号不是重复次数；花括号本身请写 \\{"},
    [REGEX_NOTHING_TO_REPEAT] = {"there is nothing to repeat", "没有可重复的内容"},
    [REGEX_UNBALANCED] = {"a parenthesis has no partner", "括号不成对"},
    [REGEX_BAD_CLASS] = {"a character class [ is not closed, or is empty", "字符类 [ 未闭合或为空"},
};

// The library alone knows the names of properties and whether a class runs upside down; so it is asked, too.
void nuo__check_regex(struct checker *c, const struct expr *e) {
  size_t offset = 0;
  struct regex *regex = NULL;
  enum regex_status status = nuo__regex_check(e->text.at, e->text.len, &offset);
  if (status == REGEX_OK)
    status = nuo__regex_new(e->text.at, e->text.len, nuo__default_allocator(), &regex, &offset);
  nuo__regex_free(regex);
  if (status == REGEX_OK) return;
  const char *const *fault = regex_faults[status];
  if (fault[0] == NULL)
    REPORT(c, N0445, e->span, PAIR("it is not a pattern", "它不是有效的模式"));
  else
    REPORT(c, N0445, e->span, PAIR(fault[0], fault[1]));
}

// ---- native functions ----
#define NATIVE_RESULTS                                                                          \
  (BIT(TYPE_FLAG) | BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL) | BIT(TYPE_INSTANT) | BIT(TYPE_DATE) | \
   BIT(TYPE_CLOCK) | BIT(TYPE_DURATION) | BIT(TYPE_ERROR))

static void check_native(struct checker *c, struct symbol *symbol) {
  const struct native_decl *decl = &symbol->decl->native;
  struct native *native = ARENA_NEW(c->arena, struct native);
  *native = (struct native){.names = nuo__full_names(c, symbol->span, symbol->names),
                            .span = symbol->span,
                            .index = c->program->natives.count};
  for (uint32_t i = 0; i < decl->params.count; i++) {
    const struct type *type = nuo__check_type(c, decl->params.at[i], &symbol->names);
    if (!nuo__type_in(type, NATIVE_RESULTS | BIT(TYPE_TEXT)))
      REPORT(c, N0713, decl->params.at[i]->span, nuo__type_arg(c, type));
    VEC_PUSH(c->arena, &native->params, type);
  }
  native->result = nuo__check_type(c, decl->result, &symbol->names);
  if (!nuo__type_in(native->result, NATIVE_RESULTS))
    REPORT(c, N0714, decl->result->span, nuo__type_arg(c, native->result));
  if (decl->library != NULL) native->library = decl->library->text;
  if (decl->symbol != NULL) native->symbol = decl->symbol->text;
  if (native->library.len == 0 || native->symbol.len == 0)
    REPORT(c, N0715, symbol->span, nuo__names_arg(symbol->names));
  VEC_PUSH(c->arena, &c->program->natives, native);
  symbol->object = native;
}

void nuo__check_natives(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_NATIVE)
      check_native(c, c->symbols[SPACE_VALUES].at[i]);
}

// ---- calendars ----
static bool is_date_range(const struct expr *e) {
  return e->kind == EXPR_RANGE && e->left->kind == EXPR_DATE && e->right->kind == EXPR_DATE &&
         e->left->number < e->right->number;
}

static bool read_days(struct checker *c, const struct expr *e, int64_t *first, int64_t *end) {
  if (e->kind == EXPR_DATE) {
    *first = e->number;
    *end = e->number + 1;
    return true;
  }
  if (!is_date_range(e)) {
    REPORT0(c, N0719, e->span);
    return false;
  }
  *first = e->left->number;
  *end = e->right->number;
  return true;
}

enum day_mark { DAY_PLAIN, DAY_REST, DAY_WORK };

static void mark_days(struct checker *c, const struct model_calendar *calendar, unsigned char *marks,
                      const expr_list *days, enum day_mark mark) {
  for (uint32_t i = 0; i < days->count; i++) {
    int64_t first, end;
    if (!read_days(c, days->at[i], &first, &end)) continue;
    if (first < calendar->first || end > calendar->end) {
      REPORT(c, N0717, days->at[i]->span, nuo__names_arg(calendar->names));
      continue;
    }
    bool clash = false;
    for (int64_t day = first; day < end; day++) {
      unsigned char *at = &marks[day - calendar->first];
      clash |= *at != DAY_PLAIN && *at != mark;
      *at = (unsigned char)mark;
    }
    if (clash) REPORT(c, N0718, days->at[i]->span, nuo__names_arg(calendar->names));
  }
}

static void check_calendar(struct checker *c, struct symbol *symbol) {
  const struct calendar_decl *decl = &symbol->decl->calendar;
  const struct expr *covers = decl->covers;
  if (covers == NULL || !is_date_range(covers) ||
      covers->right->number - covers->left->number > LIMIT_CALENDAR_DAYS) {
    REPORT(c, N0716, covers != NULL ? covers->span : symbol->span, nuo__names_arg(symbol->names));
    return;
  }
  struct model_calendar *calendar = ARENA_NEW(c->arena, struct model_calendar);
  *calendar = (struct model_calendar){
      .names = symbol->names, .first = (int32_t)covers->left->number, .end = (int32_t)covers->right->number};
  unsigned char *marks = nuo__arena_alloc(c->arena, (size_t)(calendar->end - calendar->first));
  mark_days(c, calendar, marks, &decl->rest, DAY_REST);
  mark_days(c, calendar, marks, &decl->work, DAY_WORK);
  for (int32_t day = calendar->first; day < calendar->end; day++) {
    if (marks[day - calendar->first] == DAY_REST) VEC_PUSH(c->arena, &calendar->rest, day);
    if (marks[day - calendar->first] == DAY_WORK) VEC_PUSH(c->arena, &calendar->work, day);
  }
  symbol->object = calendar;
}

void nuo__check_calendars(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_CALENDARS].count; i++)
    check_calendar(c, c->symbols[SPACE_CALENDARS].at[i]);
}
