// SPDX-License-Identifier: Apache-2.0

//go:build bench

// bench IMAGE: the cost of a call, single and in batches of 64, as a ratio to C. The two take turns in 61 rounds; told are
// the median ratio, the span from the 10th to the 90th percentile, and both in the least disturbed tenth of the rounds.
package main

/*
#cgo LDFLAGS: -lbaseline
#include "baseline.h"
*/
import "C"

import (
	"fmt"
	"log"
	"os"
	"sort"
	"unsafe"

	"nuo"
)

const rounds = 61

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func session(image []byte) *nuo.Session {
	program, err := nuo.Load(image, nil)
	check(err)
	engine, err := nuo.NewEngine(nil)
	check(err)
	check(engine.Use(program))
	s, err := engine.NewSession()
	check(err)
	return s
}

func single(s *nuo.Session, events [][]byte) {
	for _, event := range events {
		_, err := s.Decide(event)
		check(err)
	}
}

func batches(s *nuo.Session, events [][]byte) {
	for i := 0; i < len(events); i += nuo.Batch {
		_, err := s.DecideBatch(events[i:i+nuo.Batch], uint64(i))
		check(err)
	}
}

// Where a tenth, half and nine tenths of the rounds lie.
func spread(values []float64) (low, median, high float64) {
	sort.Float64s(values)
	return values[rounds/10], values[rounds/2], values[rounds-1-rounds/10]
}

func measure(name string, inC func() C.double, inGo func()) {
	var ours, base, ratios []float64
	inGo()
	for i := 0; i < rounds; i++ {
		base = append(base, float64(inC())/C.BASELINE_EVENTS)
		start := C.baseline_now()
		inGo()
		ours = append(ours, float64(C.baseline_now()-start)/C.BASELINE_EVENTS)
		ratios = append(ratios, ours[i]/base[i])
	}
	low, median, high := spread(ratios)
	least, _, _ := spread(ours)
	leastC, _, _ := spread(base)
	fmt.Printf("Go, %-23s to C %.2f (%.2f - %.2f); undisturbed %5.0f ns an event, C %5.0f, %.2f\n",
		name, median, low, high, least, leastC, least/leastC)
}

func main() {
	image, err := os.ReadFile(os.Args[1])
	check(err)
	C.baseline_begin(unsafe.Pointer(&image[0]), C.size_t(len(image)))
	var events [][]byte
	for i := 0; i < C.BASELINE_EVENTS; i++ {
		var size C.size_t
		text := C.baseline_event(C.uint32_t(i), &size)
		events = append(events, C.GoBytes(unsafe.Pointer(text), C.int(size)))
	}
	s := session(image)
	measure("one by one", func() C.double { return C.baseline_single() }, func() { single(s, events) })
	measure("batches of 64", func() C.double { return C.baseline_batches() }, func() { batches(s, events) })
}
