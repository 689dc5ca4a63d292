// SPDX-License-Identifier: Apache-2.0
// Inside `nuo run`: input to the texts of events: lines, and the elements of a list. A list that begins the
// input may go on over any number of lines; any other ends with its line, so that no line is lost for one
// before it.
#ifndef NUO_CLI_SPLIT_H
#define NUO_CLI_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum split_state {
  SPLIT_LINES,
  SPLIT_LIST,
  SPLIT_TAIL,  // behind a list, on its last line
};
struct splitter {
  enum split_state state;
  uint64_t line;     // of what was given last; in a list, where it has got to
  uint64_t element;  // of the list
  bool whole;        // the list begins the input
  size_t column;     // in a list: bytes from the beginning of the line
  // How far the element at hand has been looked at.
  size_t scanned;
  unsigned depth;
  bool quoted, escaped;
  bool skipping;  // what is at hand was too long: it is passed over
};

enum piece_kind {
  PIECE_EVENT,
  PIECE_EMPTY,     // a list without elements
  PIECE_UNCLOSED,  // the input, or the line, ends within a list
  PIECE_BEHIND,    // something stands behind a list on its line
};
struct piece {
  enum piece_kind kind;
  const char *text;
  size_t len;
  uint64_t line, element;  // element 0: a line
  size_t column;           // where it begins in the line
  bool has_end;            // a line with its end
};

// The next piece of buffer[*at … have), and moves *at behind it; false when more input is needed.
bool split_next(struct splitter *splitter, const char *buffer, size_t have, size_t *at, bool is_end,
                struct piece *piece);
// The buffer is full and holds no end of what is at hand: passes over it.
void split_skip(struct splitter *splitter, const char *buffer, size_t have);
// Goes back to before the line of that number.
void split_back(struct splitter *splitter, uint64_t line);

#endif
