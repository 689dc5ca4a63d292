// SPDX-License-Identifier: Apache-2.0
// The canonical layout of code, made from the tokens that the parser took (trace.h): what the author wrote
// stays, word for word and comment for comment, and only the white space between is new. Which words open a
// line and which may go to the next one is a column of keywords.def.
#ifndef NUO_COMPILER_FORMAT_H
#define NUO_COMPILER_FORMAT_H

#include "compiler/keyword.h"
#include "compiler/model.h"
#include "compiler/nuo_compile.h"
#include "compiler/trace.h"

#define FORMAT_COLUMNS 100
#define FORMAT_INDENT 2

// A comment that stands on a line of its own.
struct comment {
  struct str text;
  uint32_t column;
  bool blank;  // an empty line stands before it
};

// A token on its way to its place; the last of a block stands for its end.
struct item {
  const struct token *token;  // NULL: the end of the block
  const struct decl *decl;    // the declaration that it opens, or NULL
  struct str text;
  struct comment *comments;  // before it, on lines of their own
  uint32_t comment_count;
  struct str trailing;  // the comment behind it on its line, or .at NULL
  uint32_t width;
  uint32_t start, end;       // columns from the block's first token on, all on one line
  uint32_t breaks;           // so many items up to this one have to begin a line
  uint32_t mate;             // of a bracket: the index of the other one
  uint16_t key;              // how loosely it hangs on what stands before: the least breaks first
  enum keyword_group group;  // of a keyword; else KEYWORD_CLAUSE
  uint16_t column;           // of the first item of a block: where it stood
  bool space;                // one stands before it, within a line
  bool braces;               // a bracket around `name: value` or fields, not around a set
  bool blank;                // an empty line stands before it
};

#define KEY_NONE UINT16_MAX
// When nothing else is left: an operator in words or a comparison, and at last a sign of arithmetic.
#define KEY_COMPARE (UINT16_MAX - 2)
#define KEY_CALCULATE (UINT16_MAX - 1)
enum key_rank {
  RANK_PART,
  RANK_OR,
  RANK_AND,
  RANK_TOTAL,  // what is said of a count or another aggregate
  RANK_COMMA,
  RANK_COUNT
};

struct line {
  struct str text, comment;
  uint32_t indent, width;
  bool blank;  // an empty line before it
};

// What a name is to be written as.
struct spelling {
  uint32_t at;
  struct str text;
};

struct formatter {
  struct arena *arena;
  const struct source_file *file;
  nuo_words words;
  VEC(struct spelling) spellings;                                // by place
  uint32_t next_token, next_comment, next_decl, next_aggregate;  // what comes behind the last item
  VEC(struct item) items;                                        // of the block at hand
  VEC(struct line) lines;                                        // made of them
  // The line that is being written.
  VEC(char) text;
  struct line line;
  bool is_open;
  uint32_t column, hang;  // where it has got to; where the next one begins when one has to
};

// The file with its code laid out; its tokens have been recorded. `program` tells what the names stand for,
// and is needed to change words.
struct str nuo__format(struct arena *arena, const struct source_file *file, const struct program *program,
                       nuo_words words);
// What a text laid out is when it is read again: its file, parsed and recorded, its program when words were
// to change, and what was reported.
struct format_copy {
  const struct source_file *file;
  const struct program *program;
  const struct diagnostics *diags;
};
// Whether that is the same program, with every name standing for the same; else `*place` is where the two
// part.
bool nuo__format_kept(const struct format_copy *from, const struct format_copy *to, struct span *place);

// ---- words (words.c) ----
// What the names of the file are to be written as.
void nuo__format_names(struct formatter *f, const struct program *program);
// A token as it is to be written. `inner` tokens follow it: what stands within a text or a row.
struct str nuo__format_token(const struct formatter *f, const struct token *before, const struct token *token,
                             uint32_t inner);
// Whether a space stands between two tokens of an expression.
bool nuo__format_spaced(const struct token *before2, const struct token *before, const struct token *token,
                        struct str text);
// Whether a value ends with the token, so that a minus behind it subtracts and a brace opens no set.
bool nuo__format_ends_value(const struct token *token);
const struct keyword *nuo__format_keyword(const struct token *token);

// ---- layout (items.c, layout.c) ----
// The tokens of a block as f->items; and those as f->lines.
void nuo__format_items(struct formatter *f, const struct code_block *block);
void nuo__format_lines(struct formatter *f);
// How many tokens stand within the token at `index` of the trace.
uint32_t nuo__format_inner(const struct trace *trace, uint32_t index);

#endif
