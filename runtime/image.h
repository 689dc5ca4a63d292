// SPDX-License-Identifier: Apache-2.0
// The program image: what the compiler writes and the runtime loads. Little-endian, no pointers, in place.
//
//   struct image_header
//   sections in the order of IMAGE_SECTIONS, each aligned to 8 with zero bytes and without other gaps
//
// program_digest = BLAKE2b-256 over all sections but SOURCE (each section's bytes in order, each preceded by
// its size as u64): the meaning. source_digest comes from the compiler: the source bytes. checksum =
// BLAKE2b-256 over the whole image with the checksum field zero. `verify` proves the rest before anything
// reads it.
#ifndef NUO_RUNTIME_IMAGE_H
#define NUO_RUNTIME_IMAGE_H

#include <stdint.h>

#define IMAGE_MAGIC "NUOIMAGE"
#define IMAGE_VERSION 2
#define IMAGE_NONE UINT32_MAX    // "no such thing" for 32-bit indexes
#define IMAGE_NO_REG UINT16_MAX  // "no such register"

struct insn {
  uint16_t op, a, b, c, d;
};
enum opcode {
#define OPCODE(name, operands, effect) OPCODE_##name,
#include "runtime/opcodes.def"
#undef OPCODE
  OPCODE_COUNT
};

struct image_str {  // into section STRINGS; UTF-8
  uint32_t at, len;
};

// What a value is, where it is printed or decoded.
enum value_kind {
  VALUE_FLAG,
  VALUE_NUMBER,
  VALUE_DECIMAL,
  VALUE_TEXT,
  VALUE_INSTANT,
  VALUE_DATE,
  VALUE_CLOCK,
  VALUE_DURATION,
  VALUE_ZONE,
  VALUE_ENUM,
  VALUE_LIST,
  VALUE_KIND_COUNT
};
enum reg_class { REG_PLANE, REG_COLUMN, REG_WIDE, REG_HALF, REG_TEXT, REG_LIST, REG_NONE };

// Registers of each class: [0, field_*) belong to fields and are filled by the decoder (in the order of first
// use), [field_*, count) are temporaries. REG_WIDE and REG_HALF (32- and 16-bit) exist for fields only.
// Column 0 is always the event's time.
struct image_program {
  struct image_str policy, policy_zh, title, version, zone;
  int64_t from, until;  // instants; in force in [from, until)
  uint32_t plane_count, column_count, wide_count, half_count, text_count, list_count;
  uint32_t field_planes, field_columns, field_texts, field_lists;
  // The greatest sum of an event's code_count, state_count, effect_count and LIMIT_EACH times what runs for
  // each value of a `for each`.
  uint32_t max_cost;
  uint32_t has_calendar;
  int32_t calendar_first, calendar_end;  // covered dates [first, end)
  uint32_t rest_count, work_count;       // DAYS holds rest days then made-up workdays, each ascending
};

// Derived types are observed and never read from the wire.
enum image_origin { ORIGIN_WIRE, ORIGIN_BREACH, ORIGIN_DUTY };
// The first fields of a derived type, in this order.
enum breach_field {
  BREACH_ID,
  BREACH_TIME,
  BREACH_EVENT,
  BREACH_RULE,
  BREACH_CLAUSE,
  BREACH_SEVERITY,
  BREACH_ACTION,  // its ordinal is the nuo_action
  BREACH_PACK,    // of which policy, when it is not that of the type
  BREACH_FIELDS
};
enum duty_field {  // of a duty that an event begins
  DUTY_ID,         // the identity of that event
  DUTY_DUE,        // its time
  DUTY_STEP,       // what was awaited: the event's name on the wire
  DUTY_CALENDAR,   // true where the due time is certain, else missing
  DUTY_SUSPENDED,  // duration
  DUTY_FIELDS
};
enum period_field {  // of a periodic duty
  PERIOD_ID,         // the period's first day
  PERIOD_DUE,        // its time
  PERIOD_FROM,       // the period's first instant
  PERIOD_UNTIL,      // the first one after it
  PERIOD_COUNTED,
  PERIOD_CALENDAR,  // as DUTY_CALENDAR
  PERIOD_FIELDS
};

struct image_event {
  struct image_str name, name_zh, wire;
  uint32_t enforceable;
  uint32_t member_first, member_count;  // MEMBERS: the outermost members
  uint32_t field_first, field_count;    // FIELDS
  uint32_t identity, time, zone;        // FIELDS index; zone may be IMAGE_NONE: the policy's
  uint32_t subject;                     // FIELDS index of a text or column that is read, or IMAGE_NONE
  uint32_t code_first, code_count;      // CODE; ends with END
  // What needs memory: run lane by lane, in the order of the events. `state` makes FIREs, `effect` changes
  // the store after the verdict. Both read fields only, never a temporary of `code`. Count 0: the event type
  // needs none.
  uint32_t state_first, state_count;
  uint32_t effect_first, effect_count;
  uint32_t origin;                      // enum image_origin
  int64_t lateness;                     // ms
  uint32_t duty;                        // ORIGIN_DUTY: DUTIES
  uint32_t breach_first, breach_count;  // BREACHES: which events its breaches are
  uint32_t unused;
};
// What a breach of an event by a rule is told as: one event of each type that tells of the rule's policy.
struct image_breach {
  uint32_t event;                   // EVENTS: ORIGIN_BREACH
  uint32_t pack;                    // PACKS: whose rules it is about; IMAGE_NONE: those of the policy itself
  uint32_t is_outer;                // the type is another policy's, which calls rules and severities by
                                    // their outer names
  uint32_t move_first, move_count;  // MOVES: what it takes over from the event
};

enum { FIELD_OPTIONAL = 1, FIELD_SENSITIVE = 2 };
struct image_field {
  struct image_str path, path_zh;
  uint8_t kind, element;  // enum value_kind; element: of a list, else 0
  uint8_t flags;
  uint8_t reg_class;  // enum reg_class; REG_NONE when nothing reads it: then it is only checked
  uint16_t reg;
  uint16_t event;
  uint32_t enum_first, enum_count;    // ENUMERATORS, for VALUE_ENUM and lists of it
  uint32_t asked_first, asked_count;  // ASKED
};
// An enumerator that some rule asks for: the decoder sets the true bit of `plane` where the field is it (for
// a list: where the list holds it). False bits are made by ENUMF / LISTF at the start of the code.
struct image_asked {
  uint16_t ordinal, plane;
};
struct image_enumerator {
  struct image_str name, name_zh;
};
// A JSON member: a field, or a record with members of its own (field = IMAGE_NONE).
struct image_member {
  struct image_str name;
  uint32_t field;
  uint32_t child_first, child_count;
  uint32_t optional;  // it may be absent, or null, where the record around it is given
};

// NUMBER_SETS: into NUMBERS, ascending; TEXT_SETS: into STRING_LIST, ascending by bytes.
struct image_set {
  uint32_t first, count;
};
struct image_match {
  uint32_t at, size;  // MATCH_DATA, aligned to 8: a blob of match.h
  uint32_t outputs;
};
struct image_native {
  struct image_str name, library, symbol;
  uint8_t result;  // enum value_kind
  uint8_t param_count;
  uint8_t params[14];  // enum value_kind each
};
struct image_argument {  // ARGUMENTS: param_count entries follow one another for a CALL
  uint16_t reg_class, reg;
};

// A value that goes from a register of one event into a field of another, or into a record.
struct image_move {
  uint32_t field;  // FIELDS
  uint8_t kind;    // enum value_kind, as the field's
  uint8_t reg_class;
  uint16_t reg;
};
struct image_raise {
  uint32_t event;                   // EVENTS: ORIGIN_WIRE, not enforceable
  uint32_t move_first, move_count;  // MOVES from the rule's cold block
};

#define IMAGE_KEY_MAX 14
struct image_fact {
  struct image_str name, name_zh;
  uint8_t identity[16];  // what its keys are hashed with: the same in every image that has this fact
  uint8_t kind;          // enum value_kind of its value, or VALUE_FLAG when it has none
  uint8_t key_count;
  uint8_t key_kinds[IMAGE_KEY_MAX];  // enum value_kind each
  uint32_t enum_first, enum_count;   // ENUMERATORS, for VALUE_ENUM
  uint32_t sensitive;                // its value comes of a sensitive field: masked wherever it is told
  uint16_t suspends;                 // 1: it stops the clock of some duty while it holds
  uint16_t each_parts;               // bit i: some duty runs through the values of part i of its key
  uint32_t subject;                  // which part of the key is the subject, or IMAGE_KEY_MAX: none
};
// What a counter keeps: the times of events; a running total for each period; the latest values.
enum counter_kind { COUNTER_TIMES, COUNTER_SUM, COUNTER_SHARE, COUNTER_DISTINCT, COUNTER_KINDS };
// Arguments of a key are planes, columns or texts, never 32- or 16-bit fields.
struct image_counter {
  struct image_str label;
  uint8_t identity[16];
  uint32_t capacity;
  uint8_t attempts;
  uint8_t key_count;
  uint8_t key_kinds[IMAGE_KEY_MAX];
  uint8_t subject;     // which part of the key is the subject, or IMAGE_KEY_MAX: none
  uint8_t kind;        // enum counter_kind
  uint8_t value_kind;  // enum value_kind of what is added up or told apart; COUNTER_TIMES: 0
  uint8_t sensitive;   // a sum tells something of a sensitive field: masked wherever it is told
  int64_t spread;      // ms: what lies nearer to one that was counted before does not count
  // What evidence tells of it: which events, of them which field is added up or told apart (FIELDS, or
  // IMAGE_NONE), whether a condition chooses among them, and the window.
  uint32_t event, field;
  uint8_t filtered;
  uint8_t window, unit;  // nuo_window_kind; nuo_unit of the window
  uint8_t unused[5];
  int64_t amount;  // NUO_WINDOW_LAST: how many units
};

#define IMAGE_STEP_MAX 14
#define IMAGE_WARNING_MAX 8
struct image_step {
  struct image_str awaited;  // the event's name on the wire
  uint32_t by_day;           // its due time is the end of a day: so it stays when a suspension moves it
};
struct image_duty {
  struct image_str name, name_zh;
  uint8_t identity[16];  // a digest of all that it says
  uint32_t event;        // EVENTS: ORIGIN_DUTY
  uint32_t rule;         // RULES: on that event
  int64_t lateness;      // ms that a deadline waits for what may come late
  uint8_t key_count;
  uint8_t key_kinds[IMAGE_KEY_MAX];  // enum value_kind each
  uint8_t subject;                   // which part of the key is the subject, or IMAGE_KEY_MAX: none
  uint32_t trigger;                  // EVENTS, or IMAGE_NONE: periodic
  uint32_t step_first, step_count;   // STEPS
  uint32_t warning_count;
  uint32_t suspended;        // FACTS: while it holds the clock stops; or IMAGE_NONE
  uint32_t warnings_by_day;  // bit i: warning i is at the end of a day, as image_step.by_day
  int64_t from, until;       // in force for instants in [from, until): periodic ones look at it
  // Periodic.
  uint32_t counter;   // COUNTERS, by no key
  uint32_t period;    // enum period
  uint32_t due_unit;  // enum due_unit: the due time after the period's end
  uint32_t unused;
  int64_t due_amount;  // of that unit; DUE_MS: ms
};
enum period { PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR, PERIOD_DAY, PERIOD_KINDS };
enum due_unit { DUE_NONE, DUE_MS, DUE_DAYS, DUE_WORKDAYS, DUE_MONTHS, DUE_UNITS };
// How an event begins a duty: what OPEN and EACH find in the event's registers.
struct image_opening {
  uint32_t duty;
  uint32_t key;        // ARGUMENTS: key_count
  uint32_t dues;       // ARGUMENTS: a column (due) and a plane (true where certain) for each step
  uint32_t warnings;   // ARGUMENTS: a column each
  uint32_t suspended;  // ARGUMENTS: the key of the fact
  uint32_t move_first, move_count;  // MOVES: what the duty's event will tell
  uint32_t each_fact, each_part;    // EACH: FACTS, and which part of its key runs through all values
  uint32_t each_key;                // ARGUMENTS: the other parts, in order
  uint8_t each_class;               // REG_COLUMN or REG_TEXT: where a value is put …
  uint8_t unused;
  uint16_t each_reg;
  uint32_t code_first, code_count;  // … before this code runs, which ends with the OPEN
};

// An adapter reads an event in somebody else's format: it finds places in the body and the headers, and puts
// what stands there, converted, into members that the envelope's `event` does not give.
struct image_adapter {
  struct image_str name, name_zh;
  uint32_t event;                         // EVENTS: ORIGIN_WIRE
  uint32_t place_first, place_count;      // ADAPTER_PLACES: the body, the headers, then what is within them
  uint32_t mapping_first, mapping_count;  // ADAPTER_MAPPINGS: that of the event's time comes first
  uint32_t each;                          // ADAPTER_MAPPINGS: the list of recipients, or IMAGE_NONE
  uint32_t refused_first, refused_count;  // ADAPTER_SOURCES: what is given there is not one recipient
  uint32_t route;  // ADAPTER_SOURCES: its values name the adapter that reads the event; or IMAGE_NONE
};
// A name within a place. Where several sources read it they share it.
struct image_place {
  struct image_str name;              // of a header in small letters
  uint32_t child_first, child_count;  // ADAPTER_PLACES of the same adapter
  uint32_t wanted;                    // 1: a source reads it
};
// Its sources in order: the first that is given counts.
struct image_mapping {
  uint32_t member;                      // MEMBERS: a field of the adapter's event
  uint32_t source_first, source_count;  // ADAPTER_SOURCES
  uint32_t alternatives;                // 1: a flag, true when one of the sources is
  struct image_str value;               // as JSON, where no source gives one; or empty
};
enum adapter_convert {
  ADAPT_NONE,
  ADAPT_SECONDS,
  ADAPT_MILLISECONDS,
  ADAPT_STAMP_SECONDS,
  ADAPT_STAMP_MILLISECONDS,
  ADAPT_STAMP_EITHER,
  ADAPT_LOCAL,
  ADAPT_GATEWAY,
  ADAPT_OFFSET,
  ADAPT_COMMAS,
  ADAPT_ADDRESS,
  ADAPT_MAIL_DATE,
  ADAPT_MAIL_TEXT,
  ADAPT_KINDS
};
struct image_adapter_source {
  struct image_str path;  // for messages
  uint32_t place;         // ADAPTER_PLACES
  uint8_t convert;        // enum adapter_convert
  uint8_t inverted;       // a flag is turned round
  uint8_t expiring;       // of a moment: what is left to it from the event's time
  uint8_t unused;
  int64_t times;          // a number is multiplied with it, rounded half away from zero; 0: it is not
  struct image_str zone;  // ADAPT_LOCAL
  uint32_t choice_first, choice_count;  // ADAPTER_CHOICES: they go before the conversion
};
struct image_choice {
  struct image_str key, value;  // as text; as JSON, or the name of an adapter
  uint32_t any;                 // 1: whatever the value is
};

struct image_clause {
  struct image_str number, title;
};
// A policy that the policy uses.
struct image_pack {
  struct image_str name, name_zh, title, version;
};
struct image_severity {
  struct image_str name, name_zh;
};

// How a finding's action is made up, from registers of the rule's cold block.
struct image_action {
  uint8_t kind;       // nuo_action
  uint8_t is_label;   // NUO_AMEND: label, else strip
  uint16_t until;     // NUO_DEFER: column of the instant, or IMAGE_NO_REG
  uint16_t deadline;  // NUO_DEFER … for at most: column of the last instant, or IMAGE_NO_REG
  uint16_t unused;
  uint32_t part_first, part_count;  // PARTS: the label's text
  uint32_t field;                   // strip: FIELDS index, or IMAGE_NONE
};

struct image_rule {
  struct image_str name, name_zh, title;
  uint32_t event;
  uint32_t pack;                    // PACKS: where it stands; IMAGE_NONE: in the policy itself
  uint32_t clause;                  // CLAUSES index or IMAGE_NONE
  uint32_t severity;                // SEVERITIES index or IMAGE_NONE
  uint32_t cite_first, cite_count;  // STRING_LIST
  struct image_action action, undetermined;
  uint32_t cold_first, cold_count;  // CODE: run for the lanes with a finding; makes all registers below
  uint32_t scope_node, core_node;   // NODES, or IMAGE_NONE (no scope)
  uint32_t core_negated;            // a requirement: the core decides by not being true
  uint32_t exception_first, exception_count;  // EXCEPTIONS
  uint32_t part_first, part_count;            // PARTS: `because`
  uint32_t raise_first, raise_count;          // RAISES
  // Rules with the same number are one breach when one event, or one instant, breaches several of them;
  // IMAGE_NONE: this one is for itself. No two of them have one rank; the least is told.
  uint32_t same, same_rank;
};
struct image_exception {
  struct image_str label, label_zh;
  uint16_t plane;  // cold block: true where established
  uint16_t unused;
  uint32_t node;  // NODES: its condition
};

// A piece of a message.
enum part_kind { PART_LITERAL, PART_VALUE };
struct image_part {
  uint8_t kind;
  uint8_t value_kind, element;  // enum value_kind
  uint8_t reg_class;
  uint16_t reg;
  uint8_t sensitive;
  uint8_t chinese;  // the message's language: names of enumerators, words for what is missing
  struct image_str literal;
  uint32_t enum_first, enum_count;
};

// Why a condition came out as it did: the shape of a rule's conditions, over the registers of its cold block.
enum node_kind {
  NODE_AND,
  NODE_OR,
  NODE_NOT,        // reg: its plane; children: NODES
  NODE_ATOM,       // reg: its plane; children: the values it reads
  NODE_FIELD,      // a value: field `aux`, in reg
  NODE_OPERATION,  // a value made from its children; may be unknown by itself (`reason`)
  NODE_COUNT,      // a value: events of counter `aux` in a window; child 0: the window's start (column), then
                   // what its key reads; `reason`: the column with how many a limit allows, or IMAGE_NO_REG
  NODE_HITS,  // an atom whose match set `aux`, output `reason`, tells where it hit; child 0: the text field
  // Evidence tells these and NODE_COUNT before what their keys read.
  NODE_FACT,  // a value: fact `aux`, in reg; `reason` 1: the instant since which it holds; children: what its
              // key reads. Unknown by itself: NUO_REASON_NO_FACT
  NODE_LAST,  // a value: the instant of the latest earlier event of counter `aux`; children: what its key
              // reads. Unknown by itself: NUO_REASON_NO_EVENT
  NODE_KIND_COUNT
};
#define NODE_NO_REASON 255
#define NODE_FACT_SINCE 1  // NODE_FACT: `reason`
struct image_node {
  uint8_t kind, reg_class;
  uint16_t reg;
  uint16_t reason;  // NODE_OPERATION: nuo_reason_kind or NODE_NO_REASON; NODE_COUNT, NODE_FACT: see there
  uint16_t child_count;
  uint32_t child_first;  // NODE_LIST: indexes of nodes, each smaller than this node's own
  uint32_t aux;
  struct image_str name;  // NODE_OPERATION: what the reason speaks of
  uint32_t arguments;     // NODE_COUNT: ARGUMENTS, the counter's key; else 0
};

struct image_source {  // not part of the program digest
  struct image_str path;
  uint32_t rule, line;  // the rule's first line
};

// SECTION(name, item type)
#define IMAGE_SECTIONS                                  \
  SECTION(PROGRAM, struct image_program)                \
  SECTION(STRINGS, char)                                \
  SECTION(STRING_LIST, struct image_str)                \
  SECTION(NUMBERS, int64_t)                             \
  SECTION(DAYS, int32_t)                                \
  SECTION(EVENTS, struct image_event)                   \
  SECTION(FIELDS, struct image_field)                   \
  SECTION(ASKED, struct image_asked)                    \
  SECTION(ENUMERATORS, struct image_enumerator)         \
  SECTION(MEMBERS, struct image_member)                 \
  SECTION(NUMBER_SETS, struct image_set)                \
  SECTION(TEXT_SETS, struct image_set)                  \
  SECTION(MATCHES, struct image_match)                  \
  SECTION(MATCH_DATA, uint64_t)                         \
  SECTION(REGEXES, struct image_str)                    \
  SECTION(NATIVES, struct image_native)                 \
  SECTION(ARGUMENTS, struct image_argument)             \
  SECTION(FACTS, struct image_fact)                     \
  SECTION(COUNTERS, struct image_counter)               \
  SECTION(MOVES, struct image_move)                     \
  SECTION(BREACHES, struct image_breach)                \
  SECTION(RAISES, struct image_raise)                   \
  SECTION(STEPS, struct image_step)                     \
  SECTION(DUTIES, struct image_duty)                    \
  SECTION(OPENINGS, struct image_opening)               \
  SECTION(CLAUSES, struct image_clause)                 \
  SECTION(PACKS, struct image_pack)                     \
  SECTION(SEVERITIES, struct image_severity)            \
  SECTION(RULES, struct image_rule)                     \
  SECTION(EXCEPTIONS, struct image_exception)           \
  SECTION(PARTS, struct image_part)                     \
  SECTION(NODES, struct image_node)                     \
  SECTION(NODE_LIST, uint32_t)                          \
  SECTION(CODE, struct insn)                            \
  SECTION(ADAPTERS, struct image_adapter)               \
  SECTION(ADAPTER_PLACES, struct image_place)           \
  SECTION(ADAPTER_MAPPINGS, struct image_mapping)       \
  SECTION(ADAPTER_SOURCES, struct image_adapter_source) \
  SECTION(ADAPTER_CHOICES, struct image_choice)         \
  SECTION(SOURCE_STRINGS, char)                         \
  SECTION(SOURCE, struct image_source)
// SOURCE and SOURCE_STRINGS (which image_source.path points into) stay out of the program digest.

enum image_section_id {
#define SECTION(name, type) SECTION_##name,
  IMAGE_SECTIONS
#undef SECTION
      SECTION_COUNT
};

struct image_section {
  uint32_t offset, count;  // bytes from the image's start; items
};
struct image_header {
  char magic[8];
  uint32_t version, section_count;
  uint64_t size;
  uint8_t program_digest[32], source_digest[32], checksum[32];
  struct image_section sections[SECTION_COUNT];
};

// Typed pointers into a verified image, and the counts.
struct image {
  const struct image_header *header;
#define SECTION(name, type) const type *name;
  IMAGE_SECTIONS
#undef SECTION
#define SECTION(name, type) uint32_t name##_count;
  IMAGE_SECTIONS
#undef SECTION
  uint32_t sections_end;  // unused: an even number of them leaves no gap
};

#endif
