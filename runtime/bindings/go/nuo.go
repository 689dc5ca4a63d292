// SPDX-License-Identifier: Apache-2.0

// Package nuo decides events against compiled policies of the Nuo language.
//
//	image --Load--> Program --Engine.Use--> Engine --NewSession--> Session --Decide--> Decision
//
// Programs and engines may be used by any number of goroutines at once, a session by one at a time: make one
// for each goroutine that decides. A session is bound to no thread, so there is no need for
// runtime.LockOSThread: the library keeps nothing in thread-local storage, and that one call has ended before
// the next begins is all it asks for.
//
// What is handed out is Go's own memory and may be kept. Close what you have made, sessions before their
// engine; what is forgotten is closed when it is collected.
package nuo

/*
#cgo pkg-config: nuo
#include <stdlib.h>
#include "packed.h"
*/
import "C"

import (
	"crypto/ed25519"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// ---- errors ----

// Status tells what kind of error it is: errors.Is(err, nuo.BadEvent).
type Status int

const (
	NoMemory     Status = C.NUO_NO_MEMORY
	BadArgument  Status = C.NUO_BAD_ARGUMENT
	BadImage     Status = C.NUO_BAD_IMAGE     // not an image, of another version, damaged, or not provably safe
	BadEvent     Status = C.NUO_BAD_EVENT     // this event is refused; the session goes on
	NotGranted   Status = C.NUO_NOT_GRANTED   // a native library or symbol was not granted or not found
	BadZone      Status = C.NUO_BAD_ZONE      // the policy's time zone is not in the zone directory
	Limit        Status = C.NUO_LIMIT         // a stated limit was passed
	BadState     Status = C.NUO_BAD_STATE     // no state directory, or damaged, in use, of another policy or secret
	StateChanged Status = C.NUO_STATE_CHANGED // something remembered is not defined any more
	IO           Status = C.NUO_IO            // the state directory cannot be read or written
	NotTrusted   Status = C.NUO_NOT_TRUSTED   // the image has no signature that Trust accepts
	BadLog       Status = C.NUO_BAD_LOG
)

func (s Status) Error() string { return C.GoString(C.nuo_status_name(C.nuo_status(s))) }

// Error is what every function of this package fails with.
type Error struct {
	Status    Status
	Offset    uint64 // byte in the image or event, where that makes sense
	Message   string // the place, the reason, the way out
	MessageZh string // the same in Chinese, or empty
}

func (e *Error) Error() string { return "nuo: " + e.Message }

// Unwrap makes errors.Is find the status.
func (e *Error) Unwrap() error { return e.Status }

func fail(status Status, message string) error { return &Error{Status: status, Message: message} }

// errorOf is nil when all went well.
func errorOf(status C.nuo_status, e *C.nuo_error) error {
	if status == C.NUO_OK {
		return nil
	}
	err := &Error{Status: Status(status), Message: Status(status).Error()}
	if e != nil && e.status == status && e.message[0] != 0 {
		err.Offset = uint64(e.offset)
		err.Message, err.MessageZh = C.GoString(&e.message[0]), C.GoString(&e.message_zh[0])
	}
	return err
}

func closed(what string) error { return fail(BadArgument, "the "+what+" is closed") }

// ---- memory of C ----

// What is allocated for one call; pointers within C's structures may not be Go's.
type arena struct {
	blocks []unsafe.Pointer
	err    error
}

func (a *arena) free() {
	for _, block := range a.blocks {
		C.free(block)
	}
}

func (a *arena) alloc(size int) unsafe.Pointer {
	block := C.calloc(1, C.size_t(size)+1) // panics when there is no memory
	a.blocks = append(a.blocks, block)
	return block
}

func (a *arena) bytes(bytes []byte) unsafe.Pointer {
	block := a.alloc(len(bytes))
	copy(unsafe.Slice((*byte)(block), len(bytes)+1), bytes)
	return block
}

func (a *arena) text(text string) C.nuo_text {
	return C.nuo_text{(*C.char)(a.bytes([]byte(text))), C.size_t(len(text))}
}

// A text that ends with a zero; NULL for an empty one, which stands for the default.
func (a *arena) name(name string) *C.char {
	if name == "" {
		return nil
	}
	if strings.IndexByte(name, 0) >= 0 {
		a.err = fail(BadArgument, fmt.Sprintf("%q has a zero byte in it", name))
	}
	return (*C.char)(a.bytes([]byte(name)))
}

func goText(text C.nuo_text) string { return C.GoStringN(text.text, C.int(text.len)) }

// ---- programs ----

// Trust tells whose images are loaded: one signature by any of the keys will do.
type Trust struct {
	Keys []ed25519.PublicKey
	Now  time.Time // for signatures that expire; zero: the time when Load is called
}

// LoadOptions may be nil, or have any of its fields empty.
type LoadOptions struct {
	ZoneDirectory string   // "/usr/share/zoneinfo"
	Grants        []string // native libraries that may be called: "libtox", or "libtox=/usr/lib/libtox.so.2"
	Trust         *Trust   // nil: an image needs no signature
}

// Program is a policy, verified and ready; any number of engines and goroutines share it.
type Program struct{ c *C.nuo_program }

// life is held for reading while somebody uses programs, for writing by whoever frees one.
var life sync.RWMutex

// Load verifies an image that `nuo build` wrote. The image is copied.
func Load(image []byte, options *LoadOptions) (*Program, error) {
	var a arena
	defer a.free()
	var o C.nuo_options
	if options != nil {
		o.zone_directory = a.name(options.ZoneDirectory)
		o.native_grants = a.grants(options.Grants)
		o.trust = a.trust(options.Trust)
	}
	if a.err != nil {
		return nil, a.err
	}
	var e C.nuo_error
	p := &Program{}
	b := filled(image)
	status := C.nuo_program_load(unsafe.Pointer(&b[0]), C.size_t(len(image)), &o, &p.c, &e)
	if err := errorOf(status, &e); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(p, (*Program).Close)
	return p, nil
}

// A slice that has a first byte, whose address a call is given: written as &b[0] there, what else lies in the same
// object does not matter to the rules for pointers.
func filled(bytes []byte) []byte {
	if len(bytes) == 0 {
		return []byte{0}
	}
	return bytes
}

func (a *arena) grants(grants []string) **C.char {
	if len(grants) == 0 {
		return nil
	}
	list := (**C.char)(a.alloc((len(grants) + 1) * int(unsafe.Sizeof((*C.char)(nil)))))
	for i, slots := 0, unsafe.Slice(list, len(grants)); i < len(grants); i++ {
		slots[i] = a.name(grants[i])
	}
	return list
}

func (a *arena) trust(trust *Trust) *C.nuo_trust {
	if trust == nil {
		return nil
	}
	now := trust.Now
	if now.IsZero() {
		now = time.Now()
	}
	var keys []byte
	for _, key := range trust.Keys {
		if len(key) != ed25519.PublicKeySize {
			a.err = fail(BadArgument, "a public key has 32 bytes")
		}
		keys = append(keys, key...)
	}
	t := (*C.nuo_trust)(a.alloc(int(unsafe.Sizeof(C.nuo_trust{}))))
	t.keys = (*[32]C.uint8_t)(a.bytes(keys))
	t.key_count = C.size_t(len(trust.Keys))
	t.now = C.int64_t(now.UnixMilli())
	return t
}

// Close drops the program. Engines that use it keep it alive.
func (p *Program) Close() error {
	life.Lock()
	defer life.Unlock()
	C.nuo_program_free(p.c)
	p.c = nil
	runtime.SetFinalizer(p, nil)
	return nil
}

// Info describes a program.
type Info struct {
	Policy, PolicyZh, Title, Version string
	ProgramDigest, SourceDigest      string // hex
	From, Until                      int64  // in force for instants in [From, Until), milliseconds
	Rules, Events, Clauses           int
	Cost, LaneBytes                  int // instructions for the most expensive event, and a session's memory for it
}

// Info is empty when the program is closed.
func (p *Program) Info() Info {
	life.RLock()
	defer life.RUnlock()
	if p.c == nil {
		return Info{}
	}
	var i C.nuo_program_info
	C.nuo_program_describe(p.c, &i)
	return Info{
		Policy: goText(i.policy), PolicyZh: goText(i.policy_zh), Title: goText(i.title), Version: goText(i.version),
		ProgramDigest: C.GoString(&i.program_digest[0]), SourceDigest: C.GoString(&i.source_digest[0]),
		From: int64(i.from), Until: int64(i.until),
		Rules: int(i.rules), Events: int(i.events), Clauses: int(i.clauses),
		Cost: int(i.cost), LaneBytes: int(i.lane_bytes),
	}
}

// HasAdapter tells whether the policy reads the format of this name, in either language.
func (p *Program) HasAdapter(name string) bool {
	var a arena
	defer a.free()
	life.RLock()
	defer life.RUnlock()
	return bool(C.nuo_program_has_adapter(p.c, a.text(name)))
}
