// SPDX-License-Identifier: Apache-2.0
// The one place that escapes, and the frame of every page.
#include "compiler/pages/html.h"

#include <string.h>

static const char *escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return NULL;
  }
}

void nuo__html_text(struct text_out *out, struct str text) {
  uint32_t plain = 0;
  for (uint32_t i = 0; i < text.len;) {
    const char *escape = escape_of(text.at[i]);
    const bool line = text.at[i] == '\n' || text.at[i] == '\t';
    const uint32_t control = line ? 0 : (uint32_t)nuo__text_control(text.at + i, text.len - i);
    const uint32_t size = control > 0 ? control : 1;
    if (escape != NULL || control > 0) {
      nuo__out_bytes(out, text.at + plain, i - plain);
      nuo__out_string(out, escape != NULL ? escape : "\xEF\xBF\xBD");
      plain = i + size;
    }
    i += size;
  }
  if (text.len > plain) nuo__out_bytes(out, text.at + plain, text.len - plain);
}

void nuo__html_integer(struct text_out *out, int64_t value) {
  if (value >= 1000) {
    nuo__html_integer(out, value / 1000);
    nuo__out_string(out, ",");
    const int64_t rest = value % 1000;
    nuo__out_string(out, rest < 10 ? "00" : rest < 100 ? "0" : "");
    value = rest;
  }
  nuo__out_integer(out, value);
}

void nuo__html_open(struct text_out *out, const char *tag, const char *class) {
  nuo__out_string(out, "<");
  nuo__out_string(out, tag);
  if (class != NULL) {
    nuo__out_string(out, " class=\"");
    nuo__out_string(out, class);
    nuo__out_string(out, "\"");
  }
  nuo__out_string(out, ">");
}

void nuo__html_close(struct text_out *out, const char *tag) {
  nuo__out_string(out, "</");
  nuo__out_string(out, tag);
  nuo__out_string(out, ">");
}

void nuo__html_element(struct text_out *out, const char *tag, const char *class, struct str text) {
  nuo__html_open(out, tag, class);
  nuo__html_text(out, text);
  nuo__html_close(out, tag);
}

void nuo__html_both(struct text_out *out, struct str en, struct str zh) {
  if (nuo__str_equal(en, zh)) {
    nuo__html_text(out, en);
    return;
  }
  nuo__out_string(out, "<span lang=\"en\">");
  nuo__html_text(out, en);
  nuo__out_string(out, "</span><span lang=\"zh\">");
  nuo__html_text(out, zh);
  nuo__out_string(out, "</span>");
}

void nuo__html_say(struct text_out *out, const char *en, const char *zh) {
  nuo__html_both(out, nuo__str_of(en), nuo__str_of(zh));
}

void nuo__html_say_element(struct text_out *out, const char *tag, const char *class, const char *en,
                           const char *zh) {
  nuo__html_open(out, tag, class);
  nuo__html_say(out, en, zh);
  nuo__html_close(out, tag);
}

// Nothing may be fetched and no script may run, whatever a policy or an event says.
static const char policy[] =
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n";

// Which of the two radio buttons is set decides by style.c what is seen.
static void write_switch(struct text_out *out, nuo_language language) {
  static const char *const marks[2][2] = {{" checked", ""}, {"", " checked"}};
  nuo__out_string(out, "<input type=\"radio\" name=\"words\" id=\"en\"");
  nuo__out_string(out, marks[language][NUO_ENGLISH]);
  nuo__out_string(out, "><label for=\"en\" class=\"switch\">English</label>");
  nuo__out_string(out, "<input type=\"radio\" name=\"words\" id=\"zh\"");
  nuo__out_string(out, marks[language][NUO_CHINESE]);
  nuo__out_string(out, "><label for=\"zh\" class=\"switch\">中文</label>\n");
}

void nuo__html_begin(struct text_out *out, struct str title, nuo_language language) {
  nuo__out_string(out, "<!DOCTYPE html>\n<html lang=\"");
  nuo__out_string(out, language == NUO_CHINESE ? "zh-CN" : "en");
  nuo__out_string(out, "\">\n<head>\n");
  nuo__out_string(out, policy);
  nuo__html_element(out, "title", NULL, title);
  nuo__out_string(out, "\n<style>\n");
  for (const char *const *part = nuo__page_style; *part != NULL; part++) nuo__out_string(out, *part);
  nuo__out_string(out, "</style>\n</head>\n<body>\n");
  write_switch(out, language);
  nuo__out_string(out, "<main>\n");
}

void nuo__html_end(struct text_out *out) {
  nuo__out_string(out, "</main>\n</body>\n</html>\n");
}
