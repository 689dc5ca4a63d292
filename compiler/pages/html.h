// SPDX-License-Identifier: Apache-2.0
// Writing pages: one file each, which a browser shows without a network and without scripts. Whatever comes
// from a policy or from events goes through nuo__html_text; what is written as it stands is ours.
#ifndef NUO_COMPILER_HTML_H
#define NUO_COMPILER_HTML_H

#include "compiler/base.h"
#include "compiler/nuo_compile.h"
#include "runtime/text_out.h"

// A text as HTML, also between the quotes of an attribute. Characters that would break or turn a line come
// out as U+FFFD.
void nuo__html_text(struct text_out *out, struct str text);
void nuo__html_integer(struct text_out *out, int64_t value);  // 12,345

// `<tag class="class">` and `</tag>`; class NULL: none. Both are ours.
void nuo__html_open(struct text_out *out, const char *tag, const char *class);
void nuo__html_close(struct text_out *out, const char *tag);
// An element with a text.
void nuo__html_element(struct text_out *out, const char *tag, const char *class, struct str text);

// What stands on the page in both languages; the reader chooses which is shown. Once, when they are equal.
void nuo__html_both(struct text_out *out, struct str en, struct str zh);
// The same for words of ours.
void nuo__html_say(struct text_out *out, const char *en, const char *zh);
// The same within an element.
void nuo__html_say_element(struct text_out *out, const char *tag, const char *class, const char *en,
                           const char *zh);

// Everything up to the page's own content, with the switch of languages, and everything behind it. `language`
// is the one that is shown first.
void nuo__html_begin(struct text_out *out, struct str title, nuo_language language);
void nuo__html_end(struct text_out *out);

extern const char *const nuo__page_style[];  // ends with NULL

#endif
