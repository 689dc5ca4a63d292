// SPDX-License-Identifier: Apache-2.0
// The Nuo compiler as a library: a policy document becomes a program image that nuo_program_load takes.
//
// It reads files only through the callback given, prints nothing and keeps no global state. A compilation
// belongs to one thread; several may run at once. What it hands out is borrowed and lives until
// nuo_compilation_free.
#ifndef NUO_COMPILE_H
#define NUO_COMPILE_H

#include "runtime/nuo.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nuo_compilation nuo_compilation;

typedef struct nuo_compile_options {
  const nuo_allocator *allocator;  // NULL: malloc
  // Reads a file that the policy names (`use common`, `lexicon … from "words/x.txt"`). `path` is relative to
  // the policy's folder, uses '/', and never leads out of it, but for a folder beside it by the name of what
  // is used: `use pledge_l1` asks for "../pledge_l1/pledge_l1.nuo.md" when nothing else has that name, and
  // then for what that file names, such as "../pledge_l1/words/x.txt"; who does not want it finds none. True
  // and *bytes (valid until nuo_compile returns) when there is such a file. NULL: there are no other files.
  bool (*read)(void *context, nuo_text path, nuo_text *bytes);
  void *context;
  // Values for parameters, each "name=value" as a rule author would write the value.
  const nuo_text *settings;
  size_t setting_count;
} nuo_compile_options;

// Compiles the document `source`, called `path` in messages (a name ending in .md is Markdown, others are
// bare code). *compilation is yours to free, also after mistakes in the source: NUO_OK means that it holds
// the answer, not that the policy is right. NUO_NO_MEMORY or NUO_BAD_ARGUMENT leave *compilation NULL.
NUO_API nuo_status nuo_compile(nuo_text path, nuo_text source, const nuo_compile_options *options,
                               nuo_compilation **compilation);
NUO_API void nuo_compilation_free(nuo_compilation *compilation);

// The image, or {NULL, 0} when the source has errors.
NUO_API nuo_text nuo_compilation_image(const nuo_compilation *compilation);

// ---- layout ----
// In which language keywords and names are to be written.
typedef enum nuo_words { NUO_WORDS_AS_WRITTEN, NUO_WORDS_ENGLISH, NUO_WORDS_CHINESE } nuo_words;

// Lays out the code of a document; its prose stays as it is, to the byte. As written it takes a document that
// parses. To change words what they stand for has to be known: the document and what it uses has to compile,
// but may be without a policy. *compilation holds the text and the diagnostics, and no image.
NUO_API nuo_status nuo_format(nuo_text path, nuo_text source, const nuo_compile_options *options,
                              nuo_words words, nuo_compilation **compilation);
// The text, or {NULL, 0} when the source has errors.
NUO_API nuo_text nuo_compilation_formatted(const nuo_compilation *compilation);
// What that changes, as a unified diff; empty when it changes nothing, {NULL, 0} when there is no text or no
// memory.
NUO_API nuo_text nuo_compilation_format_diff(nuo_compilation *compilation);

// How many rules, and how many duties, the document and its modules declare. An author who knows how many
// there should be sees whether one is missing.
NUO_API size_t nuo_compilation_rules(const nuo_compilation *compilation);
NUO_API size_t nuo_compilation_duties(const nuo_compilation *compilation);

typedef enum nuo_severity { NUO_ERROR, NUO_WARNING, NUO_REMARK } nuo_severity;
typedef enum nuo_language { NUO_ENGLISH, NUO_CHINESE } nuo_language;

typedef struct nuo_place {
  nuo_text path;            // empty: no place (a command line setting, say)
  uint32_t offset, length;  // bytes
  uint32_t line, column;    // from 1; columns count characters
  uint32_t end_line, end_column;
  nuo_text source_line;  // the whole first line
} nuo_place;

typedef struct nuo_diagnostic {
  const char *code;  // "N0203"; stable
  nuo_severity severity;
  nuo_text message[2], help[2];  // by nuo_language; help: the way out
  nuo_text suggestion;           // "did you mean": the text to write instead, or empty
  nuo_place place, also;         // also: a second place that matters, or path empty
} nuo_diagnostic;

NUO_API size_t nuo_compilation_diagnostics(nuo_compilation *compilation, const nuo_diagnostic **diagnostics);

// The longer text about a code ("N0203"); {NULL, 0} when there is no such code.
NUO_API nuo_text nuo_explain(nuo_text code, nuo_language language);

#ifdef __cplusplus
}
#endif
#endif
