// SPDX-License-Identifier: Apache-2.0

package nuo

/*
#include "packed.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// EngineOptions may be nil, or have any of its fields empty.
type EngineOptions struct {
	MaskKey        []byte // 16 to 64 bytes: sensitive values show as hashes under this key; else as "***"
	StateSecret    []byte // 16 bytes: what is remembered is kept under keys hashed with it
	StateDirectory string // where what is remembered lasts; made when it is not there, but not its parent
	DropState      bool   // erase what the directory remembers for definitions that the policy no longer has
	// For how long, of event time, an event that comes again gets its decision again; 0: an hour.
	Replay time.Duration
}

// Engine has versions of one policy in force, and remembers. Any number of goroutines may call it at once.
type Engine struct {
	mutex    sync.Mutex // the library wants its functions called one after the other
	c        *C.nuo_engine
	sessions int
}

// NewEngine makes an engine, in which nothing is in force yet.
func NewEngine(options *EngineOptions) (*Engine, error) {
	var a arena
	defer a.free()
	var o C.nuo_engine_options
	if options != nil {
		if len(options.StateSecret) != 0 && len(options.StateSecret) != 16 {
			return nil, fail(BadArgument, "a state secret has 16 bytes")
		}
		if len(options.MaskKey) > 0 {
			o.mask_key, o.mask_key_size = a.bytes(options.MaskKey), C.size_t(len(options.MaskKey))
		}
		if len(options.StateSecret) > 0 {
			o.state_secret = a.bytes(options.StateSecret)
		}
		o.state_directory = a.name(options.StateDirectory)
		o.drop_state = C.bool(options.DropState)
		o.replay_ms = C.int64_t(options.Replay.Milliseconds())
	}
	if a.err != nil {
		return nil, a.err
	}
	e := &Engine{}
	if err := errorOf(C.nuo_engine_new(&o, &e.c), nil); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(e, (*Engine).Close)
	return e, nil
}

// Close fails, and changes nothing, while sessions are open.
func (e *Engine) Close() error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.sessions > 0 {
		return fail(BadArgument, fmt.Sprintf("sessions of the engine are open: %d; close them first", e.sessions))
	}
	C.nuo_engine_free(e.c)
	e.c = nil
	runtime.SetFinalizer(e, nil)
	return nil
}

// Calls the library with the engine for itself.
func (e *Engine) call(f func(error *C.nuo_error) C.nuo_status) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.c == nil {
		return closed("engine")
	}
	var err C.nuo_error
	return errorOf(f(&err), &err)
}

// Use puts versions of one policy in force, with disjoint times; each event's own time chooses. Called while
// sessions decide, it swaps the policy: each goes over with its next event or batch, and nobody waits. The
// programs may be closed at once.
func (e *Engine) Use(programs ...*Program) error {
	var a arena
	defer a.free()
	list := (**C.nuo_program)(a.alloc((len(programs) + 1) * int(unsafe.Sizeof((*C.nuo_program)(nil)))))
	life.RLock()
	defer life.RUnlock()
	for i, p := range programs {
		if p.c == nil {
			return closed("program")
		}
		unsafe.Slice(list, len(programs))[i] = p.c
	}
	defer runtime.KeepAlive(programs)
	return e.call(func(err *C.nuo_error) C.nuo_status {
		return C.nuo_engine_use(e.c, list, C.size_t(len(programs)), err)
	})
}

// Open reads and checks the state directory, which Use does too.
func (e *Engine) Open() error {
	return e.call(func(err *C.nuo_error) C.nuo_status { return C.nuo_engine_open(e.c, err) })
}

// Commit writes what has changed to the state directory, with your position in your input (256 bytes at most), as a
// whole. Sessions wait while it is taken, not for the disk.
func (e *Engine) Commit(position []byte) error {
	b := filled(position)
	return e.call(func(err *C.nuo_error) C.nuo_status {
		return C.nuo_engine_commit(e.c, unsafe.Pointer(&b[0]), C.size_t(len(position)), err)
	})
}

// Position is the last one committed; empty before the first.
func (e *Engine) Position() ([]byte, error) {
	var position []byte
	err := e.call(func(*C.nuo_error) C.nuo_status {
		text := C.nuo_engine_position(e.c)
		position = C.GoBytes(unsafe.Pointer(text.text), C.int(text.len))
		return C.NUO_OK
	})
	return position, err
}

// Forget erases what is remembered of one subject, and tells how many records went.
func (e *Engine) Forget(subject string) (int, error) {
	var a arena
	defer a.free()
	var records C.size_t
	err := e.call(func(err *C.nuo_error) C.nuo_status {
		return C.nuo_engine_forget(e.c, a.text(subject), &records, err)
	})
	return int(records), err
}

// Change tells what became of a definition that remembers, when the policy was put in force.
type Change struct {
	Kind         string // "new", "dropped", "changed", or "widened": may count too few for a time
	Definition   string // "fact", "counter" or "duty"
	Name, NameZh string
}

var changeKinds = map[C.nuo_change_kind]string{
	C.NUO_CHANGE_NEW: "new", C.NUO_CHANGE_DROPPED: "dropped", C.NUO_CHANGE_CHANGED: "changed", C.NUO_CHANGE_WIDENED: "widened",
}
var definitionKinds = map[C.nuo_definition_kind]string{
	C.NUO_DEFINITION_FACT: "fact", C.NUO_DEFINITION_COUNTER: "counter", C.NUO_DEFINITION_DUTY: "duty",
}

// Changes tells what the last Use found in comparison with the state directory.
func (e *Engine) Changes() ([]Change, error) {
	var changes []Change
	err := e.call(func(*C.nuo_error) C.nuo_status {
		var count C.size_t
		list := C.nuo_engine_changes(e.c, &count)
		for _, c := range unsafe.Slice(list, int(count)) {
			changes = append(changes, Change{
				changeKinds[c.kind], definitionKinds[c.definition], goText(c.name), goText(c.name_zh)})
		}
		return C.NUO_OK
	})
	return changes, err
}
