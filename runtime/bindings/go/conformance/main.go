// SPDX-License-Identifier: Apache-2.0

// conformance IMAGES CASES: decides the cases of tests/conformance (its README.md says how) and compares each line; the
// last line is "RESULT passed failed".
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"nuo"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(path string) []byte {
	text, err := os.ReadFile(path)
	check(err)
	return text
}

// start puts the images of a case in force together.
func start(images string) (*nuo.Engine, *nuo.Session) {
	var programs []*nuo.Program
	for _, ending := range []string{".nuoi", ".with.nuoi"} {
		image, err := os.ReadFile(images + ending)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		check(err)
		program, err := nuo.Load(image, nil)
		check(err)
		defer program.Close()
		programs = append(programs, program)
	}
	engine, err := nuo.NewEngine(nil)
	check(err)
	check(engine.Use(programs...))
	session, err := engine.NewSession()
	check(err)
	return engine, session
}

var escape = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

func write(out *bytes.Buffer, decisions []nuo.Decision) {
	for _, d := range decisions {
		var refused *nuo.Error
		if errors.As(d.Refused, &refused) {
			fmt.Fprintf(out, `{"refused":"%s","refused_zh":"%s","line":%d,"offset":%d}`, escape.Replace(refused.Message),
				escape.Replace(refused.MessageZh), d.Tag, refused.Offset)
		}
		out.Write(d.JSON())
		out.WriteByte('\n')
	}
}

func run(images, name string) []byte {
	var out bytes.Buffer
	engine, session := start(images)
	events := bytes.Split(bytes.TrimSuffix(read(name+".events.jsonl"), []byte("\n")), []byte("\n"))
	decisions, err := session.DecideBatch(events, 1)
	check(err)
	write(&out, decisions)
	if until, err := os.ReadFile(name + ".until"); err == nil {
		ms, err := strconv.ParseInt(strings.Fields(string(until))[0], 10, 64)
		check(err)
		decisions, err = session.Advance(time.UnixMilli(ms))
		check(err)
		write(&out, decisions)
	}
	check(session.Close())
	check(engine.Close())
	return out.Bytes()
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: conformance IMAGES CASES")
	}
	cases, err := filepath.Glob(filepath.Join(os.Args[2], "*.events.jsonl"))
	check(err)
	failed := 0
	for _, events := range cases {
		path := strings.TrimSuffix(events, ".events.jsonl")
		name := filepath.Base(path)
		expected, decided := read(path+".decisions.jsonl"), run(filepath.Join(os.Args[1], name), path)
		if !bytes.Equal(expected, decided) {
			failed++
			fmt.Printf("%s\n  expected\n%s  decided\n%s", name, expected, decided)
		}
	}
	fmt.Println("RESULT", len(cases)-failed, failed)
	if failed > 0 || len(cases) == 0 {
		os.Exit(1)
	}
}
