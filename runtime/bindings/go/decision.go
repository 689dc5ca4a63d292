// SPDX-License-Identifier: Apache-2.0

package nuo

/*
#include "packed.h"
*/
import "C"

import (
	"encoding/json"
	"time"
	"unsafe"
)

// Verdict tells what is to become of an event. The greater one wins.
type Verdict uint8

const (
	Allow Verdict = C.NUO_ALLOW
	Note  Verdict = C.NUO_NOTE
	Amend Verdict = C.NUO_AMEND
	Defer Verdict = C.NUO_DEFER
	Hold  Verdict = C.NUO_HOLD
	Block Verdict = C.NUO_BLOCK
)

func (v Verdict) String() string { return C.GoString(C.nuo_action_name(C.nuo_action(v))) }

// Deliver tells whether the event may be sent now; one with Amend only as its Amendments want it.
func (v Verdict) Deliver() bool { return v <= Amend }

// Decision is what was decided about an event. The texts of a batch share their memory.
type Decision struct {
	Verdict            Verdict
	EventID, EventType string
	Tag                uint64 // the number of the event in a batch
	CausedBy           string // of what followed from an event: the identity of that
	Deadline           bool   // not an event, but a deadline that has passed; EventType is the duty's name
	Late, Replayed     bool
	Force              Force
	Refused            error // not nil: it was not decided, and its verdict is Block

	time, until     int64
	zone, untilZone int32
	json            []byte
}

// Force tells whether a version of the policy is in force at the event's time.
type Force uint8

const (
	InForce       Force = C.NUO_IN_FORCE
	NotYetInForce Force = C.NUO_NOT_YET_IN_FORCE
	Repealed      Force = C.NUO_REPEALED
)

func moment(ms int64, zone int32) time.Time {
	return time.UnixMilli(ms).In(time.FixedZone("", int(zone)))
}

// Time is that of the event, in the event's zone.
func (d *Decision) Time() time.Time { return moment(d.time, d.zone) }

// Until tells for Defer when the event may be sent.
func (d *Decision) Until() time.Time { return moment(d.until, d.untilZone) }

// JSON is the decision as one line of JSON, without a line end; empty when it was refused.
func (d *Decision) JSON() []byte { return d.json }

// Details decodes the JSON.
func (d *Decision) Details() (Details, error) {
	var details Details
	if d.Refused != nil {
		return details, d.Refused
	}
	err := json.Unmarshal(d.json, &details)
	return details, err
}

// Details is all that the JSON of a decision tells.
type Details struct {
	Amendments   []Amendment  `json:"amendments"`
	Breaches     []Finding    `json:"breaches"`
	Undetermined []Finding    `json:"undetermined"`
	Excepted     []Finding    `json:"excepted"` // breaches that an exception excused
	Duties       []DutyChange `json:"duties"`
	Raised       []Raised     `json:"raised"`
	Incomplete   string       `json:"incomplete"` // why not all that follows was decided
	IncompleteZh string       `json:"incomplete_zh"`
	Policy       PolicyRef    `json:"policy"`
}

// Amendment is a label to add or a field to take out before delivery.
type Amendment struct {
	Label string `json:"label"`
	Strip string `json:"strip"`
	Rule  string `json:"rule"`
	Pack  string `json:"pack"`
}

// Finding is a rule that is breached, undetermined or excepted.
type Finding struct {
	Rule                string   `json:"rule"`
	RuleZh              string   `json:"rule_zh"` // empty when it is the same
	Pack                string   `json:"pack"`    // the policy in which it stands, when another one uses that
	PackZh              string   `json:"pack_zh"`
	Clause              string   `json:"clause"`
	Title               string   `json:"title"`
	Severity            string   `json:"severity"`
	Cites               []string `json:"cites"`
	Action              string   `json:"action"`
	DeferralNotPossible bool     `json:"deferral_not_possible"`
	Until               string   `json:"until"` // RFC 3339
	Label               string   `json:"label"`
	Strip               string   `json:"strip"`
	// The other clauses under which it is the same breach; each says what it asks for by itself.
	Also           []Finding `json:"also"`
	Message        string    `json:"message"`
	Exceptions     []string  `json:"exceptions"`
	Evidence       []Fact    `json:"evidence"`
	BecauseUnknown []Reason  `json:"because_unknown"`
}

// Fact is a value that decided.
type Fact struct {
	Fact    string          `json:"fact"`
	Missing bool            `json:"missing"`
	Value   json.RawMessage `json:"value"`
	Found   []Hit           `json:"found"`
}

// Hit is where a lexicon or a text was found, in bytes of the value.
type Hit struct {
	Entry  string `json:"entry"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
}

// Reason is why a rule is undetermined.
type Reason struct {
	Reason string `json:"reason"`
	Name   string `json:"name"`
}

// DutyChange is what an event, or the time that has passed, did to a duty.
type DutyChange struct {
	Duty      string `json:"duty"`
	DutyZh    string `json:"duty_zh"`
	Pack      string `json:"pack"`
	PackZh    string `json:"pack_zh"`
	Clause    string `json:"clause"`
	State     string `json:"state"`
	Otherwise bool   `json:"otherwise"`
	Last      bool   `json:"last"`
	Event     string `json:"event"`
	Step      string `json:"step"`
	Due       string `json:"due"`
}

// Raised is an event that a breach derived.
type Raised struct {
	Type    string `json:"type"`
	Event   string `json:"event"`
	Rule    string `json:"rule"`
	Pack    string `json:"pack"`
	Missing string `json:"missing"` // the field without which it could not be raised
}

// PolicyRef is the version that decided.
type PolicyRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"` // digests
	Program string `json:"program"`
	Force   string `json:"force"` // why none did: "repealed", "not yet in force"
}

// ---- from C ----

const headSize = int(unsafe.Sizeof(C.nuo_packed_head{}))

// The first decision that is packed there, and what is behind it.
func unpack(packed []byte) (Decision, []byte) {
	h := (*C.nuo_packed_head)(unsafe.Pointer(&packed[0])) // on 8 bytes: Go puts nothing of this size elsewhere
	texts := packed[headSize:h.size]
	next := func(length C.uint32_t) []byte {
		text := texts[:length:length]
		texts = texts[length:]
		return text
	}
	d := Decision{
		Verdict: Verdict(h.verdict), Tag: uint64(h.tag), Force: Force(h.force),
		EventID: shared(next(h.id_len)), EventType: shared(next(h.type_len)), CausedBy: shared(next(h.caused_by_len)),
		Deadline: h.flags&C.NUO_PACKED_DEADLINE != 0, Late: h.flags&C.NUO_PACKED_LATE != 0,
		Replayed: h.flags&C.NUO_PACKED_REPLAYED != 0,
		time:     int64(h.time), until: int64(h.until), zone: int32(h.utc_offset), untilZone: int32(h.until_offset),
		json: next(h.json_len),
	}
	if h.refused != C.NUO_OK {
		message := shared(next(h.message_len))
		d.Refused = &Error{Status(h.refused), uint64(h.offset), message, shared(next(h.message_zh_len))}
	}
	return d, packed[h.size:]
}

// Nobody is given the bytes, so that nobody can change the text.
func shared(bytes []byte) string { return *(*string)(unsafe.Pointer(&bytes)) }

func unpackAll(packed []byte) []Decision {
	if len(packed) == 0 {
		return nil
	}
	decisions := make([]Decision, 0, Batch)
	for len(packed) > 0 {
		var d Decision
		d, packed = unpack(packed)
		decisions = append(decisions, d)
	}
	return decisions
}
