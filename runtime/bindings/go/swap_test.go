// SPDX-License-Identifier: Apache-2.0

package nuo_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"nuo"
)

// Four goroutines decide while another swaps the policy: `go test -race`. Each decision is of one version as a whole,
// and the limit is kept across versions and sessions: three of each user's twelve pushes are allowed.
func TestHotSwapUnderLoad(t *testing.T) {
	const goroutines, users = 4, 500
	two := strings.NewReplacer(`version "1"`, `version "2"`, "action block\n  because", "action hold\n  because")
	programs := []*nuo.Program{load(t, build(t, nil)), load(t, build(t, two))}
	engine, first := open(t, build(t, nil), nil)
	check(t, first.Close())

	var deciding, swapping sync.WaitGroup
	var allowed, stopped int64
	var done int32
	var versions [3]int64
	decideAll := func(number int) {
		defer deciding.Done()
		session, err := engine.NewSession()
		if err != nil {
			t.Error(err)
			return
		}
		defer session.Close()
		for user := 0; user < users; user++ {
			if err := decideUser(session, fmt.Sprint(number, "-", user), fmt.Sprint("u", user), &allowed, &versions); err != nil {
				t.Error(err)
				return
			}
		}
	}
	for i := 0; i < goroutines; i++ {
		deciding.Add(1)
		go decideAll(i)
	}
	swapping.Add(1)
	go func() {
		defer swapping.Done()
		for i := 1; atomic.LoadInt32(&done) == 0; i++ {
			if err := engine.Use(programs[i%2]); err != nil {
				t.Error(err)
				return
			}
			if err := engine.Commit(nil); err != nil {
				t.Error(err)
				return
			}
			stopped++
		}
	}()
	deciding.Wait()
	atomic.StoreInt32(&done, 1)
	swapping.Wait()
	check(t, engine.Close())
	if allowed != 3*users {
		t.Fatalf("%d were allowed, %d may be", allowed, 3*users)
	}
	if versions[1] == 0 || versions[2] == 0 {
		t.Fatalf("after %d swaps the versions decided %v", stopped, versions)
	}
	for _, p := range programs {
		check(t, p.Close())
	}
}

// Three pushes of a user, in a batch with one whose verdict tells the version, and one event by itself.
func decideUser(session *nuo.Session, id, user string, allowed *int64, versions *[3]int64) error {
	event := func(n int, kind, title string) []byte {
		return []byte(fmt.Sprintf(`{"type":"push","id":"%s-%d","kind":"%s","time":"%s","title":"%s","user":{"id":"%s"}}`,
			id, n, kind, noon, title, user))
	}
	decisions, err := session.DecideBatch([][]byte{event(0, "marketing", ""), event(1, "service", "必中"), event(2, "marketing", "")}, 0)
	if err != nil {
		return err
	}
	single, err := session.Decide(event(3, "marketing", ""))
	if err != nil {
		return err
	}
	batch := decisions[1]
	for _, d := range append(decisions, single) {
		if d.Refused != nil {
			return d.Refused
		}
		details, err := d.Details()
		if err != nil {
			return err
		}
		if d.Verdict == nuo.Allow {
			atomic.AddInt64(allowed, 1)
		}
		atomic.AddInt64(&versions[details.Policy.Version[0]-'0'], 1)
		if d.Tag == 1 && (batch.Verdict == nuo.Block) != (details.Policy.Version == "1") {
			return fmt.Errorf("version %s: %s", details.Policy.Version, d.JSON())
		}
	}
	return nil
}

// A session in two goroutines at once: one of them hears of it, and nothing else happens.
func TestSessionIsForOneGoroutine(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	var both sync.WaitGroup
	var refused int64
	for g := 0; g < 2; g++ {
		both.Add(1)
		go func(g int) {
			defer both.Done()
			for i := 0; i < 20000; i++ {
				d, err := session.Decide(push(fmt.Sprint(g, "-", i), "service", noon, ""))
				if err == nil && d.EventID != fmt.Sprint(g, "-", i) {
					t.Error("a decision about another event")
				}
				if err != nil {
					if !strings.Contains(err.Error(), "another goroutine") {
						t.Error(err)
					}
					atomic.AddInt64(&refused, 1)
				}
			}
		}(g)
	}
	both.Wait()
	t.Logf("%d calls of 40000 were refused", refused)
	shut(t, engine, session)
}

// The example, with another policy in between.
func TestGateway(t *testing.T) {
	folder := t.TempDir()
	image, next, program := filepath.Join(folder, "push.nuoi"), filepath.Join(folder, "next"), filepath.Join(folder, "gateway")
	check(t, os.WriteFile(image, build(t, nil), 0o600))
	if out, err := exec.Command("go", "build", "-o", program, "./example").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	gateway := exec.Command(program, image)
	in, err := gateway.StdinPipe()
	check(t, err)
	out, write, err := os.Pipe()
	check(t, err)
	gateway.Stdout, gateway.Stderr = write, write
	check(t, gateway.Start())
	write.Close()
	lines := bufio.NewScanner(out)
	expect := func(part string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), part) {
			t.Fatalf("got %q, want …%s…", lines.Text(), part)
		}
	}
	send := func(event string) {
		_, err := io.WriteString(in, event+"\n")
		check(t, err)
	}
	expect("version 1")
	send(string(push("a", "service", noon, "")))
	expect("a sent")
	send(string(push("b", "service", noon, "必中")))
	expect(`b block {"event":"b"`)
	check(t, os.WriteFile(next, build(t, strings.NewReplacer(`version "1"`, `version "2"`, "action block\n  because", "action hold\n  because")), 0o600))
	check(t, os.Rename(next, image))
	expect("version 2")
	send(string(push("c", "service", noon, "必中")))
	expect("c hold {")
	send("{")
	expect("- nuo: ")
	send(string(push("d", "marketing", "2025-07-01T23:00:00+08:00", "")))
	expect("d waits until 2025-07-02T08:00:00+08:00")
	check(t, in.Close())
	check(t, gateway.Wait())
}
