// SPDX-License-Identifier: Apache-2.0

package nuo

/*
#include "packed.h"
*/
import "C"

import (
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// Batch is how many events a batch takes at most.
const Batch = C.NUO_BATCH

// ErrNoDecision is what Decide gives for an event that reports a delivery ("nuo.delivered"): it was taken.
var ErrNoDecision = errors.New("nuo: a report of a delivery has no decision")

// A session is idle, at work or closed: whoever uses it in two goroutines at once hears of it.
const (
	idle = iota
	busy
	gone
)

// Session decides events, for one goroutine at a time.
type Session struct {
	state  int32
	engine *Engine
	c      *C.nuo_packed
	ends   []C.int32_t // of the events of a batch, which C takes side by side, not as a list of Go's slices
}

// NewSession needs a policy in force.
func (e *Engine) NewSession() (*Session, error) {
	s := &Session{engine: e, ends: make([]C.int32_t, 0, Batch)}
	var status C.nuo_status
	err := e.call(func(*C.nuo_error) C.nuo_status {
		if status = C.nuo_packed_new(e.c, &s.c); status == C.NUO_OK {
			e.sessions++
		}
		return status
	})
	if status == C.NUO_BAD_ARGUMENT {
		err = fail(BadArgument, "no policy is in force in the engine; call Use first")
	}
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(s, (*Session).Close)
	return s, nil
}

func (s *Session) enter() error {
	if atomic.CompareAndSwapInt32(&s.state, idle, busy) {
		return nil
	}
	if atomic.LoadInt32(&s.state) == gone {
		return closed("session")
	}
	return fail(BadArgument, "the session is at work in another goroutine; make one for each")
}

func (s *Session) leave() { atomic.StoreInt32(&s.state, idle) }

// Close fails while the session is at work.
func (s *Session) Close() error {
	if err := s.enter(); err != nil {
		if atomic.LoadInt32(&s.state) == gone {
			return nil
		}
		return err
	}
	C.nuo_packed_free(s.c)
	s.c = nil
	atomic.StoreInt32(&s.state, gone)
	s.engine.mutex.Lock()
	s.engine.sessions--
	s.engine.mutex.Unlock()
	runtime.SetFinalizer(s, nil)
	return nil
}

// SetAdapter names the adapter by which events in a vendor's format are read that name none.
func (s *Session) SetAdapter(name string) error {
	var a arena
	defer a.free()
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	text := a.text(name)
	return errorOf(C.nuo_packed_set_adapter(s.c, text.text, text.len), nil)
}

// Decide decides one event. Deadlines that have passed before it and what follows from it are decided, too;
// who wants to see those calls DecideBatch with one event. An event that is refused is an error, BadEvent or Limit.
func (s *Session) Decide(event []byte) (Decision, error) {
	if err := s.enter(); err != nil {
		return Decision{}, err
	}
	defer s.leave()
	b := filled(event)
	status := C.nuo_packed_eval(s.c, (*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(event)))
	if err := errorOf(status, &s.c.error); err != nil {
		return Decision{}, err
	}
	if s.c.len == 0 {
		return Decision{}, ErrNoDecision
	}
	d, _ := unpack(s.packed())
	return d, nil
}

// DecideBatch decides up to 64 events, which is faster than one by one. The events are numbered from `first`:
// a decision's Tag, and "line" in its JSON, is the number of its event. There are decisions of deadlines and of what
// follows from events, too. An event that is refused has a Decision with Refused.
func (s *Session) DecideBatch(events [][]byte, first uint64) ([]Decision, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if len(events) == 0 {
		return nil, nil
	}
	s.ends = s.ends[:0]
	size := 0
	for _, event := range events {
		if size += len(event); size > math.MaxInt32 {
			return nil, fail(Limit, "the events of a batch have more than 2 GiB")
		}
		s.ends = append(s.ends, C.int32_t(size))
	}
	room := C.nuo_packed_room(s.c, C.size_t(size))
	if room == nil {
		return nil, errorOf(C.NUO_NO_MEMORY, nil)
	}
	all := unsafe.Slice((*byte)(unsafe.Pointer(room)), size)
	for i, event := range events {
		copy(all[int(s.ends[i])-len(event):], event)
	}
	status := C.nuo_packed_decide(s.c, room, &s.ends[0], C.size_t(len(events)), C.uint64_t(first))
	return unpackAll(s.packed()), errorOf(status, &s.c.error)
}

// Delivered tells that an event that was held or deferred has been sent in the end: it counts from then on.
func (s *Session) Delivered(eventType, id string, when time.Time) error {
	var a arena
	defer a.free()
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	status := C.nuo_packed_delivered(s.c, a.text(eventType), a.text(id), C.int64_t(when.UnixMilli()))
	return errorOf(status, &s.c.error)
}

// Advance moves the clock without an event, never back, and decides the deadlines that have passed before it.
func (s *Session) Advance(to time.Time) ([]Decision, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	status := C.nuo_packed_advance(s.c, C.int64_t(to.UnixMilli()))
	return unpackAll(s.packed()), errorOf(status, &s.c.error)
}

// A copy of what the last call packed.
func (s *Session) packed() []byte {
	return C.GoBytes(unsafe.Pointer(s.c.at), C.int(s.c.len))
}
