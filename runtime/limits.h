// SPDX-License-Identifier: Apache-2.0
// Every limit below the public API, each with its reason. A limit is met by a diagnostic or a status that
// names it, never by silence. Included by whoever enforces one.
#ifndef NUO_RUNTIME_LIMITS_H
#define NUO_RUNTIME_LIMITS_H

enum {
  // Bytes of one event. A push is about 1 kB; a megabyte leaves room for every field a schema may add, and
  // bounds what one line can cost.
  LIMIT_EVENT_BYTES = 1 << 20,
  // Nesting of objects and lists in an event: the decoder recurses, so this bounds its stack.
  LIMIT_EVENT_DEPTH = 64,
  // Members of one object: every name is compared with the others to find the ones given twice.
  LIMIT_OBJECT_MEMBERS = 512,
  // Bytes of a member's name as written: it is unescaped on the stack.
  LIMIT_MEMBER_NAME = 1024,
  // Attributes of a CloudEvents envelope that are fields of the schema: they are remembered until "data" is
  // read.
  LIMIT_ENVELOPE_ATTRIBUTES = 64,
  // Elements of a list field.
  LIMIT_LIST_ELEMENTS = 4096,
  // Names that the places of one adapter are made of: where each was found is kept for every event, and
  // looking for a name may compare it with all that stand side by side.
  LIMIT_ADAPTER_PLACES = 1024,
  // Recipients of one event in a vendor's format: no vendor takes more than a thousand at once.
  LIMIT_RECIPIENTS = 1000,

  // Bytes of one text or lexicon entry that is searched for. The scan costs at worst text length times the
  // longest entry, so this bounds the cost of a hostile text; the longest entries of real word lists are
  // under 100 bytes.
  LIMIT_MATCH_ENTRY = 256,
  // Entries of one match set. Public word lists have up to 80,000; beyond this the filter leaves the
  // second-level cache and the verifier takes longer than a program load should.
  LIMIT_MATCH_ENTRIES = 200000,
  // Outputs of one match set: 64 words of result per text, small enough for the stack.
  LIMIT_MATCH_OUTPUTS = 4096,

  // Bytes of one regular expression: longer ones are word lists and belong in a lexicon.
  LIMIT_REGEX_PATTERN = 2000,
  // The greatest count in {n,m}: every count is a state of its own.
  LIMIT_REGEX_REPEAT = 256,
  // Nesting of groups: the syntax walk keeps one record a level.
  LIMIT_REGEX_DEPTH = 32,
  // States of one expression with its repeats written out; room for one greatest repeat. The matcher compares
  // the states alive at a character with each other: at this many the worst text costs 60 microseconds a
  // character, and usual ones cost 0.02.
  LIMIT_REGEX_STATES = 300,

  // Bytes of memory a session needs for one program: registers of 64 lanes. 10,000 rules take about 10 MiB.
  LIMIT_SESSION_BYTES = 64 << 20,
  // Nesting of records in an event type: the decoder and the verifier walk them by recursion.
  LIMIT_RECORD_DEPTH = 32,
  // Nesting of a condition with its definitions expanded: the evidence is collected by recursion.
  LIMIT_NODE_DEPTH = 512,
  // Parts of one condition with its definitions expanded, shared ones counted as often as they are used: the
  // evidence of a finding is collected by walking them all.
  LIMIT_NODE_TREE = 1 << 16,
  // Days that a calendar covers, two hundred years: adding workdays walks day by day.
  LIMIT_CALENDAR_DAYS = 73050,
  // SKIPs around one another in code: the verifier keeps one record a level.
  LIMIT_SKIP_DEPTH = 64,
  // Events that a limit or a count remembers for one key: their times, eight bytes each.
  LIMIT_COUNTED = 100000,
  // Different values that a `distinct of` keeps for one key, 15 bytes each: every event looks at them all.
  LIMIT_DISTINCT = 1000,
  // Values that a `for each` runs through: each is a duty of its own, and one event begins them all.
  LIMIT_EACH = 1000,
  // Derived events of derived events: a breach that raises an event that is a breach … No body of rules
  // escalates through more levels than an authority has.
  LIMIT_DERIVED_DEPTH = 16,
  // Rules or duties that are one breach: of a missed duty all others are looked for.
  LIMIT_SAME = 16,
  // Events that one event, or one missed deadline, leads to in all. An event in breach of a hundred rules,
  // each
  // with a hundred consequences, has as many; within the depth alone a handful of rules that raise two events
  // each would make millions, all in memory before one is told.
  LIMIT_DERIVED_EVENTS = 10000,
  // Instances of one duty that are open under one key: each event under the key is compared with all of them.
  LIMIT_OPEN_DUTIES = 1000,
  // Bytes of a native library's or function's name.
  LIMIT_NATIVE_NAME = 255,

  // Times that one step of a test takes place: enough to fill every limit of the rules known, and no test
  // runs long.
  LIMIT_TEST_TIMES = 1000,
  // Bytes of one source file: a code of law has about one megabyte; spans count in 32 bits.
  LIMIT_SOURCE_BYTES = 16 << 20,
  // Nesting of an expression: the stages behind the parser recurse, so this bounds their stack.
  LIMIT_EXPR_DEPTH = 200,
  // Bytes of a name (40 Chinese characters): decisions, messages and tables carry it.
  LIMIT_NAME_BYTES = 128,
  // Bytes of a text between quotes: longer ones are lexicons.
  LIMIT_STRING_BYTES = 64 << 10,
  // Clauses (headings) of a document: the longest code in force has under 3,000 articles.
  LIMIT_CLAUSES = 10000,
};

// How late an event may come at most: ten years. History is kept for so long.
#define LIMIT_LATENESS_MS INT64_C(315576000000)

// How late the report of a delivery may be in any case: who sends hears of it from elsewhere.
#define LIMIT_REPORT_LATE_MS INT64_C(600000)

#endif
