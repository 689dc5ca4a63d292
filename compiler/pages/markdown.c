// SPDX-License-Identifier: Apache-2.0
// md4c calls these functions as it goes through the text. They write to buffers that report a lack of memory
// instead of jumping away over it.
#include "compiler/pages/markdown.h"

#include <md4c.h>
#include <string.h>

#include "compiler/pages/html.h"
#include "runtime/utf8.h"

// A block as it is recorded: offsets into the two buffers.
struct record {
  enum md_kind kind;
  uint32_t start;
  size_t html, html_end, plain, plain_end;
};

struct writer {
  struct str text;
  struct text_out html, plain, records;
  struct record block;
  uint32_t depth;    // blocks around
  uint32_t refused;  // links around that were not taken, as bits; the innermost is the lowest
  uint32_t last;     // where the last text ended
  bool started;      // the block's first text has been seen
  bool in_comment;   // of raw HTML
  bool soft_break;   // seen, and not yet written
};

static void put(struct writer *w, const char *html) {
  nuo__out_string(&w->html, html);
}

static int goes_on(const struct writer *w) {
  return w->html.failed || w->plain.failed || w->records.failed ? 1 : 0;
}

// ---- blocks ----

static const char *const block_tags[] = {
    [MD_BLOCK_QUOTE] = "blockquote",
    [MD_BLOCK_UL] = "ul",
    [MD_BLOCK_OL] = "ol",
    [MD_BLOCK_LI] = "li",
    [MD_BLOCK_P] = "p",
    [MD_BLOCK_TABLE] = "table",
    [MD_BLOCK_THEAD] = "thead",
    [MD_BLOCK_TBODY] = "tbody",
    [MD_BLOCK_TR] = "tr",
    [MD_BLOCK_TH] = "th",
    [MD_BLOCK_TD] = "td",
    [MD_BLOCK_CODE] = "pre",
    [MD_BLOCK_HTML] = "div",
};

static enum md_kind kind_of(MD_BLOCKTYPE type, const void *detail) {
  if (type == MD_BLOCK_P) return MD_PARAGRAPH;
  if (type == MD_BLOCK_H) return MD_HEADING;
  if (type == MD_BLOCK_CODE && ((const MD_BLOCK_CODE_DETAIL *)detail)->fence_char != 0) return MD_FENCE;
  return MD_OTHER;
}

static void open_tag(struct writer *w, MD_BLOCKTYPE type, const void *detail) {
  const MD_BLOCK_OL_DETAIL *list = detail;
  const MD_BLOCK_TD_DETAIL *cell = detail;
  if (type == MD_BLOCK_HR) put(w, "<hr>");
  if (type == MD_BLOCK_DOC || type == MD_BLOCK_HR || block_tags[type] == NULL) return;
  const bool right = (type == MD_BLOCK_TH || type == MD_BLOCK_TD) && cell->align == MD_ALIGN_RIGHT;
  if (type == MD_BLOCK_OL && list->start != 1) {
    put(w, "<ol start=\"");
    nuo__out_integer(&w->html, list->start);
    put(w, "\">");
  } else {
    nuo__html_open(&w->html, block_tags[type], right ? "n" : NULL);
  }
  const MD_BLOCK_LI_DETAIL *item = detail;
  if (type == MD_BLOCK_LI && item->is_task) put(w, item->task_mark == ' ' ? "☐ " : "☑ ");
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data) {
  struct writer *w = data;
  if (type == MD_BLOCK_DOC) return 0;
  if (w->depth++ == 0) {
    w->block = (struct record){kind_of(type, detail), w->last, w->html.len, 0, w->plain.len, 0};
    w->started = w->in_comment = false;
  }
  if (type == MD_BLOCK_H && w->depth > 1) put(w, "<p><strong>");
  if (type != MD_BLOCK_H) open_tag(w, type, detail);
  return goes_on(w);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *data) {
  struct writer *w = data;
  (void)detail;
  if (type == MD_BLOCK_DOC) return 0;
  if (type == MD_BLOCK_H && w->depth > 1) put(w, "</strong></p>");
  if (type != MD_BLOCK_H && type != MD_BLOCK_HR && block_tags[type] != NULL)
    nuo__html_close(&w->html, block_tags[type]);
  if (--w->depth > 0) {
    nuo__out_string(&w->plain, type == MD_BLOCK_TD || type == MD_BLOCK_TH ? "\t" : "\n");
    return goes_on(w);
  }
  w->block.html_end = w->html.len;
  w->block.plain_end = w->plain.len;
  nuo__out_bytes(&w->records, (const char *)&w->block, sizeof w->block);
  return goes_on(w);
}

// ---- spans ----

static uint32_t entity_value(const char *text, size_t size) {
  uint32_t value = 0;
  const bool hex = size > 3 && (text[2] | 32) == 'x';
  for (size_t i = hex ? 3 : 2; i + 1 < size && value <= 0x10FFFF; i++) {
    const char c = text[i];
    const uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 32) - 'a') + 10;
    value = value * (hex ? 16 : 10) + digit;
  }
  return value;
}

// `&#65;`: the character, unless there is none. What would turn a line is caught where it is escaped.
static struct str entity_text(const char *text, size_t size, char room[4]) {
  const uint32_t value = entity_value(text, size);
  if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return STR("\xEF\xBF\xBD");
  return (struct str){room, (uint32_t)nuo__utf8_encode(value, room)};
}

// An address as text; false when it holds what a browser would read otherwise than we.
static bool address(const MD_ATTRIBUTE *from, struct text_out *to) {
  for (unsigned i = 0; from->size > 0 && from->substr_offsets[i] < from->size; i++) {
    const char *part = from->text + from->substr_offsets[i];
    const size_t size = from->substr_offsets[i + 1] - from->substr_offsets[i];
    const bool ampersand = size == 5 && memcmp(part, "&amp;", 5) == 0;
    if (from->substr_types[i] != MD_TEXT_NORMAL && !ampersand) return false;
    nuo__out_bytes(to, part, ampersand ? 1 : size);
  }
  return !to->failed;
}

// Pages, mail, and places in the same folder or page.
static bool leads_somewhere_safe(struct str address) {
  static const char *const schemes[] = {"http:", "https:", "mailto:"};
  uint32_t end = 0;
  while (end < address.len && memchr(":/?#", address.at[end], 4) == NULL) end++;
  if (end == address.len || address.at[end] != ':') return true;
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    const size_t len = strlen(schemes[i]);
    if (len == end + 1 && memcmp(address.at, schemes[i], len) == 0) return true;
  }
  return false;
}

static void open_link(struct writer *w, const MD_SPAN_A_DETAIL *link) {
  struct text_out to = {.allocator = w->html.allocator};
  const bool known = address(&link->href, &to);
  const struct str where = {to.at, (uint32_t)to.len};
  const bool taken = known && leads_somewhere_safe(where);
  w->refused = w->refused << 1 | !taken;
  if (taken) {
    put(w, "<a href=\"");
    nuo__html_text(&w->html, where);
    put(w, "\">");
  }
  nuo__out_free(&to);
}

static const char *span_tag(MD_SPANTYPE type) {
  switch (type) {
    case MD_SPAN_EM:
      return "em";
    case MD_SPAN_STRONG:
      return "strong";
    case MD_SPAN_CODE:
      return "code";
    case MD_SPAN_DEL:
      return "s";
    default:
      return NULL;
  }
}

static int enter_span(MD_SPANTYPE type, void *detail, void *data) {
  struct writer *w = data;
  const char *tag = span_tag(type);
  if (tag != NULL) nuo__html_open(&w->html, tag, NULL);
  if (type == MD_SPAN_A) open_link(w, detail);
  if (type == MD_SPAN_IMG) put(w, "<span class=\"soft\">[");
  return goes_on(w);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *data) {
  struct writer *w = data;
  const char *tag = span_tag(type);
  (void)detail;
  if (tag != NULL) nuo__html_close(&w->html, tag);
  if (type == MD_SPAN_IMG) put(w, "]</span>");
  if (type == MD_SPAN_A) {
    if ((w->refused & 1) == 0) put(w, "</a>");
    w->refused >>= 1;
  }
  return goes_on(w);
}

// ---- text ----

static bool is_wide_at(const char *text) {
  size_t size;
  return nuo__utf8_width(nuo__utf8_decode(text, &size)) == 2;
}

// The first character of the next line, past the marks of emphasis and links; NULL when there is none.
static const char *next_line(const struct writer *w) {
  const char *at = w->text.at + w->last, *end = w->text.at + w->text.len;
  while (at < end && *at != '\n') at++;
  while (at < end && strchr("\n\r\t >*_~`[!", *at) != NULL) at++;
  return at < end ? at : NULL;
}

// Between Chinese characters a line end is no space.
static void write_soft_break(struct writer *w) {
  size_t at = w->plain.len;
  const char *next = next_line(w);
  while (at > w->block.plain && ((unsigned char)w->plain.at[at - 1] & 0xC0) == 0x80) at--;
  if (at > w->block.plain && next != NULL && is_wide_at(w->plain.at + at - 1) && is_wide_at(next)) return;
  put(w, "\n");
  nuo__out_string(&w->plain, " ");
}

static void write_text(struct writer *w, struct str text) {
  nuo__html_text(&w->html, text);
  nuo__out_bytes(&w->plain, text.at, text.len);
}

// Comments are not for the reader; any other HTML is shown as it was written.
static void write_raw(struct writer *w, struct str text) {
  for (uint32_t i = 0; i < text.len;) {
    const struct str rest = {text.at + i, text.len - i};
    uint32_t len = 0;
    if (!w->in_comment && rest.len >= 4 && memcmp(rest.at, "<!--", 4) == 0) w->in_comment = true, i += 4;
    if (!w->in_comment) {
      do len++;
      while (len < rest.len && rest.at[len] != '<');
      write_text(w, (struct str){rest.at, len});
    }
    while (w->in_comment && i + len < text.len) {
      if (text.len - i - len >= 3 && memcmp(text.at + i + len, "-->", 3) == 0)
        w->in_comment = false, len += 2;
      len++;
    }
    i += len;
  }
}

static void note_place(struct writer *w, const char *text, size_t size) {
  if (text < w->text.at || text >= w->text.at + w->text.len) return;
  const uint32_t at = (uint32_t)(text - w->text.at);
  if (!w->started) w->block.start = at;
  w->started = true;
  w->last = at + (uint32_t)size;
}

static int write_any(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data) {
  struct writer *w = data;
  char room[4];
  const struct str whole = {text, size};
  note_place(w, text, size);
  switch (type) {
    case MD_TEXT_NULLCHAR:
      write_text(w, STR("\xEF\xBF\xBD"));
      break;
    case MD_TEXT_BR:
      put(w, "<br>");
      nuo__out_string(&w->plain, "\n");
      break;
    case MD_TEXT_SOFTBR:
      write_soft_break(w);
      break;
    case MD_TEXT_ENTITY:
      if (size > 2 && text[1] == '#') {
        write_text(w, entity_text(text, size, room));
      } else {  // a name of letters and digits; who does not know it shows it
        nuo__out_bytes(&w->html, text, size);
        nuo__out_bytes(&w->plain, text, size);
      }
      break;
    case MD_TEXT_HTML:
      write_raw(w, whole);
      break;
    default:
      write_text(w, whole);
  }
  return goes_on(w);
}

// ---- the whole ----

static void take_blocks(struct arena *arena, const struct writer *w, md_blocks *blocks) {
  const struct str html = nuo__arena_copy(arena, w->html.at, w->html.len);
  const struct str plain = nuo__arena_copy(arena, w->plain.at, w->plain.len);
  for (size_t at = 0; at < w->records.len; at += sizeof(struct record)) {
    struct record r;
    memcpy(&r, w->records.at + at, sizeof r);
    const struct md_block block = {r.kind,
                                   r.start,
                                   {html.at + r.html, (uint32_t)(r.html_end - r.html)},
                                   {plain.at + r.plain, (uint32_t)(r.plain_end - r.plain)}};
    VEC_PUSH(arena, blocks, block);
  }
}

static void free_writer(struct writer *w) {
  nuo__out_free(&w->html);
  nuo__out_free(&w->plain);
  nuo__out_free(&w->records);
}

nuo_status nuo__markdown_read(struct arena *arena, struct str text, md_blocks *blocks) {
  const MD_PARSER parser = {
      0,
      MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEURLAUTOLINKS,
      enter_block,
      leave_block,
      enter_span,
      leave_span,
      write_any,
      NULL,
      NULL};
  const nuo_allocator *allocator = nuo__default_allocator();
  struct writer w = {.text = text,
                     .html = {.allocator = allocator},
                     .plain = {.allocator = allocator},
                     .records = {.allocator = allocator}};
  const bool good = md_parse(text.at, text.len, &parser, &w) == 0;
  if (good) take_blocks(arena, &w, blocks);
  free_writer(&w);
  return good ? NUO_OK : NUO_NO_MEMORY;
}
