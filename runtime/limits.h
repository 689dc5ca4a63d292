// SPDX-License-Identifier: Apache-2.0
// Every limit below the public API, each with its reason. A limit is met by a diagnostic or a status that
// names it, never by silence. Included by whoever enforces one.
#ifndef NUO_RUNTIME_LIMITS_H
#define NUO_RUNTIME_LIMITS_H

enum {
  // Bytes of one event. A push is about 1 kB; a megabyte leaves room for every field a schema may add, and bounds
  // what one line can cost.
  LIMIT_EVENT_BYTES = 1 << 20,
  // Nesting of objects and lists in an event: the decoder recurses, so this bounds its stack.
  LIMIT_EVENT_DEPTH = 64,
  // Members of one object: every name is compared with the others to find the ones given twice.
  LIMIT_OBJECT_MEMBERS = 512,
  // Elements of a list field.
  LIMIT_LIST_ELEMENTS = 4096,

  // Bytes of one text or lexicon entry that is searched for. The scan costs at worst text length times the
  // longest
  // entry, so this bounds the cost of a hostile text; the longest entries of real word lists are under 100
  // bytes.
  LIMIT_MATCH_ENTRY = 256,
  // Entries of one match set. Public word lists have up to 80,000; beyond this the filter leaves the
  // second-level
  // cache and the verifier takes longer than a program load should.
  LIMIT_MATCH_ENTRIES = 200000,
  // Outputs of one match set: 64 words of result per text, small enough for the stack.
  LIMIT_MATCH_OUTPUTS = 4096,

  // Bytes of one regular expression: longer ones are word lists and belong into a lexicon.
  LIMIT_REGEX_PATTERN = 2000,
  // The greatest count in {n,m}: every count is a state of its own.
  LIMIT_REGEX_REPEAT = 256,
  // Nesting of groups: the syntax walk keeps one record a level.
  LIMIT_REGEX_DEPTH = 32,
  // States of one expression with its repeats written out. The matcher compares the states alive at a
  // character with
  // each other: at this many the worst text costs some 100 microseconds a character, and usual ones cost 0.1.
  LIMIT_REGEX_STATES = 512,
};

#endif
