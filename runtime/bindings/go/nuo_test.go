// SPDX-License-Identifier: Apache-2.0

package nuo_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"nuo"
)

// ---- policies ----

// The command that builds images: the one of this tree, unless NUO names another.
func command() string {
	if path := os.Getenv("NUO"); path != "" {
		return path
	}
	return "../../../build/nuo"
}

func run(t testing.TB, arguments ...string) {
	t.Helper()
	if out, err := exec.Command(command(), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("nuo %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// build makes an image of ../push.nuo, with some of its text replaced.
func build(t testing.TB, edit *strings.Replacer, options ...string) []byte {
	t.Helper()
	folder := t.TempDir()
	policy, image := filepath.Join(folder, "push.nuo"), filepath.Join(folder, "push.nuoi")
	text := string(read(t, "../push.nuo"))
	if edit != nil {
		text = edit.Replace(text)
	}
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, append(append([]string{"build"}, options...), "-o", image, policy)...)
	return read(t, image)
}

func load(t testing.TB, image []byte) *nuo.Program {
	t.Helper()
	program, err := nuo.Load(image, nil)
	check(t, err)
	return program
}

func open(t testing.TB, image []byte, options *nuo.EngineOptions) (*nuo.Engine, *nuo.Session) {
	t.Helper()
	program := load(t, image)
	defer program.Close()
	engine, err := nuo.NewEngine(options)
	check(t, err)
	check(t, engine.Use(program))
	session, err := engine.NewSession()
	check(t, err)
	return engine, session
}

func shut(t testing.TB, engine *nuo.Engine, session *nuo.Session) {
	t.Helper()
	check(t, session.Close())
	check(t, engine.Close())
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, err error, status nuo.Status, part string) {
	t.Helper()
	var e *nuo.Error
	if !errors.Is(err, status) || !errors.As(err, &e) || !strings.Contains(e.Message, part) {
		t.Fatalf("got %v, want %v: …%s…", err, status, part)
	}
}

// ---- events ----

const noon = "2025-07-01T12:00:00+08:00"

func push(id, kind, when, title string) []byte {
	return []byte(fmt.Sprintf(`{"type":"push","id":"%s","kind":"%s","time":"%s","title":"%s","user":{"id":"u1"}}`,
		id, kind, when, title))
}

func decide(t testing.TB, s *nuo.Session, event []byte, verdict nuo.Verdict) nuo.Decision {
	t.Helper()
	d, err := s.Decide(event)
	check(t, err)
	if d.Verdict != verdict {
		t.Fatalf("%s: got %v, want %v", event, d.Verdict, verdict)
	}
	return d
}

// ---- loading ----

func TestLoadRefusesWhatIsNoImage(t *testing.T) {
	image := build(t, nil)
	_, err := nuo.Load(nil, nil)
	want(t, err, nuo.BadImage, "")
	_, err = nuo.Load([]byte("policy gate"), nil)
	want(t, err, nuo.BadImage, "")
	damaged := append([]byte(nil), image...)
	damaged[len(damaged)/2] ^= 1
	_, err = nuo.Load(damaged, nil)
	want(t, err, nuo.BadImage, "")
	var e *nuo.Error
	if errors.As(err, &e); e.MessageZh == "" || errors.Is(err, nuo.BadEvent) {
		t.Fatalf("%+v", e)
	}
	_, err = nuo.Load(image, &nuo.LoadOptions{ZoneDirectory: t.TempDir()})
	want(t, err, nuo.BadZone, "Asia/Shanghai")
	_, err = nuo.Load(image, &nuo.LoadOptions{ZoneDirectory: "a\x00b"})
	want(t, err, nuo.BadArgument, "zero byte")
	native := build(t, strings.NewReplacer("adapter house", "extern function score(text): decimal from \"libscore\" symbol \"score\"\nadapter house",
		"on push\n  forbid when", "on push\n  forbid when score(title) more than 0.5 or"))
	_, err = nuo.Load(native, nil)
	want(t, err, nuo.NotGranted, "libscore")
	_, err = nuo.Load(native, &nuo.LoadOptions{Grants: []string{"libother", "libscore=/nowhere/libscore.so"}})
	want(t, err, nuo.NotGranted, "cannot be opened")
}

func TestProgramDescribesItself(t *testing.T) {
	program := load(t, build(t, nil))
	info := program.Info()
	if info.Policy != "gate" || info.PolicyZh != "网关" || info.Version != "1" || info.Rules == 0 || len(info.ProgramDigest) != 64 {
		t.Fatalf("%+v", info)
	}
	if !program.HasAdapter("house") || !program.HasAdapter("自家格式") || program.HasAdapter("fcm") {
		t.Fatal("adapters")
	}
	check(t, program.Close())
	check(t, program.Close())
	if program.Info() != (nuo.Info{}) || program.HasAdapter("house") {
		t.Fatal("closed, and it still describes itself")
	}
	engine, err := nuo.NewEngine(nil)
	check(t, err)
	want(t, engine.Use(program), nuo.BadArgument, "closed")
	_, err = engine.NewSession()
	want(t, err, nuo.BadArgument, "Use first")
	check(t, engine.Close())
	_, err = engine.NewSession()
	want(t, err, nuo.BadArgument, "closed")
}

func publicKey(t *testing.T, path string) ed25519.PublicKey {
	key, err := base64.StdEncoding.DecodeString(strings.Fields(string(read(t, path)))[1])
	check(t, err)
	return key
}

func TestTrust(t *testing.T) {
	folder := t.TempDir()
	ours, other := filepath.Join(folder, "ours"), filepath.Join(folder, "other")
	run(t, "keygen", ours)
	run(t, "keygen", other)
	trust := &nuo.Trust{Keys: []ed25519.PublicKey{publicKey(t, other+".pub"), publicKey(t, ours+".pub")}}
	_, err := nuo.Load(build(t, nil), &nuo.LoadOptions{Trust: trust})
	want(t, err, nuo.NotTrusted, "sign")
	signed := build(t, nil, "--sign", ours+".key", "--expires", "2099-12-31")
	program, err := nuo.Load(signed, &nuo.LoadOptions{Trust: trust})
	check(t, err)
	check(t, program.Close())
	trust.Now = time.Date(2100, 1, 2, 0, 0, 0, 0, time.UTC)
	_, err = nuo.Load(signed, &nuo.LoadOptions{Trust: trust})
	want(t, err, nuo.NotTrusted, "expired")
	trust = &nuo.Trust{Keys: trust.Keys[:1]}
	_, err = nuo.Load(signed, &nuo.LoadOptions{Trust: trust})
	want(t, err, nuo.NotTrusted, "")
	_, err = nuo.Load(signed, &nuo.LoadOptions{Trust: &nuo.Trust{}})
	want(t, err, nuo.NotTrusted, "")
	_, err = nuo.Load(signed, &nuo.LoadOptions{Trust: &nuo.Trust{Keys: []ed25519.PublicKey{{1, 2}}}})
	want(t, err, nuo.BadArgument, "32 bytes")
}

// ---- deciding ----

func TestDecide(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	d := decide(t, session, push("p1", "marketing", "2025-07-01T23:30:00+08:00", "今晚必中"), nuo.Block)
	if d.EventID != "p1" || d.EventType != "push" || d.Verdict.String() != "block" || d.Verdict.Deliver() {
		t.Fatalf("%+v", d)
	}
	details, err := d.Details()
	check(t, err)
	if len(details.Breaches) != 2 || details.Policy.Version != "1" || !json.Valid(d.JSON()) {
		t.Fatalf("%s", d.JSON())
	}
	quiet, promises := details.Breaches[0], details.Breaches[1]
	if quiet.Rule != "quiet_hours" || quiet.RuleZh != "免打扰" || quiet.Action != "defer" || quiet.Until != "2025-07-02T08:00:00+08:00" {
		t.Fatalf("%+v", quiet)
	}
	if promises.Severity != "serious" || promises.Message != `"今晚必中" for ***` ||
		promises.Evidence[0].Found[0] != (nuo.Hit{Entry: "必中", Offset: 6, Length: 6}) {
		t.Fatalf("%+v", promises)
	}
	d = decide(t, session, push("p2", "marketing", "2025-07-01T23:30:00+08:00", ""), nuo.Defer)
	if got := d.Until().Format(time.RFC3339) + " " + d.Time().Format(time.RFC3339); got != "2025-07-02T08:00:00+08:00 2025-07-01T23:30:00+08:00" {
		t.Fatal(got)
	}
}

func TestSessionGoesOnAfterBadEvent(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	decide(t, session, push("p1", "service", noon, ""), nuo.Allow)
	var e *nuo.Error
	_, err := session.Decide([]byte(`{"type":"push","id":7}`))
	want(t, err, nuo.BadEvent, "id: ")
	if errors.As(err, &e); e.Offset != 20 || e.MessageZh == "" {
		t.Fatalf("%+v", e)
	}
	_, err = session.Decide(nil)
	want(t, err, nuo.BadEvent, "")
	_, err = session.Decide(push("p0", "service", "2025-07-01T11:59:59+08:00", ""))
	want(t, err, nuo.BadEvent, "too late")
	decide(t, session, push("p2", "service", noon, ""), nuo.Allow)
}

func TestBatch(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	events := [][]byte{push("a", "marketing", noon, ""), []byte("nonsense"), push("b", "service", noon, "稳赚"), {},
		push("c", "service", "2025-07-01T11:00:00+08:00", ""), push("d", "service", noon, "")}
	decisions, err := session.DecideBatch(events, 100)
	check(t, err)
	got := ""
	for _, d := range decisions {
		got += fmt.Sprint(d.Tag, d.EventID, " ", d.Verdict, " ", errors.Is(d.Refused, nuo.BadEvent), " ", len(d.JSON()) > 0, "\n")
	}
	if got != "100a allow false true\n101 block true false\n102b block false true\n103 block true false\n104c block true false\n105d allow false true\n" {
		t.Fatal(got)
	}
	if details, err := decisions[1].Details(); err == nil {
		t.Fatalf("details of what was refused: %+v", details)
	}
	_, err = session.DecideBatch(make([][]byte, nuo.Batch+1), 0)
	want(t, err, nuo.Limit, "65 events")
	if none, err := session.DecideBatch(nil, 0); none != nil || err != nil {
		t.Fatal(none, err)
	}
	// A decision is not changed by what comes after it.
	before := string(decisions[0].JSON())
	for i := 0; i < 100; i++ {
		decide(t, session, push(fmt.Sprint("e", i), "service", noon, ""), nuo.Allow)
	}
	if decisions[0].EventID != "a" || string(decisions[0].JSON()) != before {
		t.Fatal("a decision changed")
	}
}

func TestAdapters(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	event := func(id, to string) []byte {
		return []byte(fmt.Sprintf(`{"body":{"to":"%s","sent":1751342400000,"kind":"m"},"event":{"id":"%s"}}`, to, id))
	}
	_, err := session.Decide(event("x", "u1"))
	want(t, err, nuo.BadEvent, "")
	check(t, session.SetAdapter("house"))
	d, err := session.Decide(event("x", "u1"))
	check(t, err)
	if d.EventID != "x" {
		t.Fatal(d)
	}
	_, err = session.Decide(event("y", "u1,u2"))
	want(t, err, nuo.BadEvent, "2 recipients")
	// More recipients than a batch has events, in the order of the request.
	many := strings.Repeat("u1,", 99) + "u2"
	decisions, err := session.DecideBatch([][]byte{event("y", many), event("z", "u9")}, 1)
	check(t, err)
	if len(decisions) != 101 || decisions[0].EventID != "y#1" || decisions[99].EventID != "y#100" || decisions[100].Tag != 2 {
		t.Fatal(len(decisions), decisions)
	}
	if decisions[1].Verdict != nuo.Allow || decisions[2].Verdict != nuo.Block || decisions[99].Verdict != nuo.Allow {
		t.Fatal(decisions)
	}
}

func TestMasking(t *testing.T) {
	shown := func(key []byte) string {
		engine, session := open(t, build(t, nil), &nuo.EngineOptions{MaskKey: key})
		defer shut(t, engine, session)
		d := decide(t, session, push("p", "service", noon, "必中"), nuo.Block)
		details, err := d.Details()
		check(t, err)
		if strings.Contains(string(d.JSON()), "u1") {
			t.Fatalf("%s", d.JSON())
		}
		return details.Breaches[0].Message
	}
	one, same, other := shown([]byte("0123456789abcdef")), shown([]byte("0123456789abcdef")), shown([]byte("0123456789abcdeg"))
	if shown(nil) != `"必中" for ***` || one != same || one == other || one == shown(nil) {
		t.Fatal(one, same, other)
	}
	_, err := nuo.NewEngine(&nuo.EngineOptions{MaskKey: []byte("short")})
	want(t, err, nuo.BadArgument, "")
}

// ---- what is remembered ----

func TestStateDirectory(t *testing.T) {
	image, options := build(t, nil), &nuo.EngineOptions{StateDirectory: filepath.Join(t.TempDir(), "state"), StateSecret: []byte("0123456789abcdef")}
	engine, session := open(t, image, options)
	if position, err := engine.Position(); err != nil || len(position) != 0 {
		t.Fatal(position, err)
	}
	decide(t, session, push("1", "marketing", noon, ""), nuo.Allow)
	decide(t, session, push("2", "marketing", noon, ""), nuo.Allow)
	check(t, engine.Commit([]byte("line 2\x00")))
	want(t, engine.Commit(make([]byte, 257)), nuo.BadArgument, "")
	decide(t, session, push("3", "marketing", noon, ""), nuo.Allow) // lost: it was not committed
	second, err := nuo.NewEngine(options)
	check(t, err)
	want(t, second.Open(), nuo.BadState, "")
	check(t, second.Close())
	shut(t, engine, session)

	engine, session = open(t, image, options)
	position, err := engine.Position()
	check(t, err)
	if string(position) != "line 2\x00" {
		t.Fatalf("%q", position)
	}
	decide(t, session, push("2", "marketing", noon, ""), nuo.Allow) // replayed
	if d := decide(t, session, push("1", "marketing", noon, ""), nuo.Allow); !d.Replayed {
		t.Fatal("forgotten")
	}
	decide(t, session, push("3", "marketing", noon, ""), nuo.Allow)
	decide(t, session, push("4", "marketing", noon, ""), nuo.Block)
	records, err := engine.Forget("u1")
	check(t, err)
	if records == 0 {
		t.Fatal("nothing was forgotten")
	}
	decide(t, session, push("5", "marketing", noon, ""), nuo.Allow)
	check(t, engine.Commit([]byte("line 5")))
	shut(t, engine, session)

	changed := build(t, strings.NewReplacer("limit 3 per user.id this day", "forbid when title is \"x\""))
	engine, err = nuo.NewEngine(options)
	check(t, err)
	want(t, engine.Use(load(t, changed)), nuo.StateChanged, "")
	changes, err := engine.Changes()
	check(t, err)
	if len(changes) == 0 || changes[0].Definition != "counter" {
		t.Fatalf("%+v", changes)
	}
	check(t, engine.Close())
}

func TestDeliveredAndAdvance(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	night := time.Date(2025, 7, 1, 15, 30, 0, 0, time.UTC)
	decide(t, session, push("n", "marketing", night.Format(time.RFC3339), ""), nuo.Defer)
	check(t, session.Delivered("push", "n", night.Add(10*time.Hour)))
	want(t, session.Delivered("push", "n", night.Add(10*time.Hour)), nuo.BadEvent, "")
	decide(t, session, push("m", "marketing", night.Add(10*time.Hour).Format(time.RFC3339), ""), nuo.Allow)
	decide(t, session, push("o", "marketing", night.Add(11*time.Hour).Format(time.RFC3339), ""), nuo.Allow)
	decide(t, session, push("p", "marketing", night.Add(12*time.Hour).Format(time.RFC3339), ""), nuo.Block)

	decide(t, session, push("q", "marketing", "2025-07-03T23:30:00+08:00", ""), nuo.Defer)
	_, err := session.Decide([]byte(`{"type":"nuo.delivered","event":"push","id":"q","time":"2025-07-04T08:00:00+08:00"}`))
	if err != nuo.ErrNoDecision {
		t.Fatal(err)
	}
	complaint := []byte(`{"type":"complaint","id":"c","time":"2025-07-04T09:00:00+08:00","user":{"id":"u1"}}`)
	decide(t, session, complaint, nuo.Allow)
	due := time.Date(2025, 7, 5, 1, 0, 0, 0, time.UTC)
	if early, err := session.Advance(due); err != nil || len(early) != 0 {
		t.Fatal(early, err)
	}
	decisions, err := session.Advance(due.Add(time.Millisecond))
	check(t, err)
	if len(decisions) != 1 || !decisions[0].Deadline || decisions[0].EventType != "answer_complaints" || decisions[0].CausedBy != "c" {
		t.Fatalf("%+v", decisions)
	}
	if details, err := decisions[0].Details(); err != nil || details.Duties[0].State != "missed" {
		t.Fatalf("%s %v", decisions[0].JSON(), err)
	}
}

// ---- life ----

func TestClosing(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	want(t, engine.Close(), nuo.BadArgument, "sessions of the engine are open: 1")
	check(t, session.Close())
	check(t, session.Close())
	_, err := session.Decide(push("p", "service", noon, ""))
	want(t, err, nuo.BadArgument, "closed")
	check(t, engine.Close())
	check(t, engine.Close())
	want(t, engine.Commit(nil), nuo.BadArgument, "closed")
}

// What was forgotten is closed when it is collected: then the directory is free.
func TestFinalizers(t *testing.T) {
	image, options := build(t, nil), &nuo.EngineOptions{StateDirectory: filepath.Join(t.TempDir(), "state")}
	func() {
		_, session := open(t, image, options)
		decide(t, session, push("p", "service", noon, ""), nuo.Allow)
	}()
	deadline := time.Now().Add(20 * time.Second)
	for {
		runtime.GC()
		time.Sleep(time.Millisecond)
		engine, err := nuo.NewEngine(options)
		check(t, err)
		err = engine.Open()
		check(t, engine.Close())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// A slice may lie beside pointers: only its own bytes are handed to C.
func TestSlicesOfLargerObjects(t *testing.T) {
	engine, session := open(t, build(t, nil), nil)
	defer shut(t, engine, session)
	request := &struct {
		buffer [300]byte
		header map[string]string
	}{header: map[string]string{"a": "b"}}
	event := request.buffer[:copy(request.buffer[:], push("p", "service", noon, ""))]
	decide(t, session, event, nuo.Allow)
	check(t, engine.Commit(event[:20]))
}
