// SPDX-License-Identifier: Apache-2.0

// A push gateway: two goroutines decide the requests that come as lines of standard input, and send what may be sent.
// Another image in the same file is put in force without a pause: gateway push.nuoi <requests.jsonl
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	"nuo"
)

func load(engine *nuo.Engine, path string) error {
	image, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	program, err := nuo.Load(image, nil)
	if err != nil {
		return err
	}
	defer program.Close() // the engine keeps it
	if err := engine.Use(program); err != nil {
		return err
	}
	log.Printf("version %s is in force", program.Info().Version)
	return nil
}

// An image that does not load changes nothing: the old one stays in force. Replace the file by renaming.
func reload(engine *nuo.Engine, path string) {
	for last, _ := os.Stat(path); ; time.Sleep(100 * time.Millisecond) {
		if now, err := os.Stat(path); err == nil && !os.SameFile(now, last) {
			if err := load(engine, path); err != nil {
				log.Print(err)
			}
			last = now
		}
	}
}

func decide(session *nuo.Session, requests <-chan []byte) {
	for request := range requests {
		switch decision, err := session.Decide(request); {
		case err != nil: // refused: nobody knows what it is
			fmt.Println("-", err)
		case decision.Verdict.Deliver():
			fmt.Println(decision.EventID, "sent")
		case decision.Verdict == nuo.Defer:
			fmt.Println(decision.EventID, "waits until", decision.Until().Format(time.RFC3339))
		default:
			fmt.Printf("%s %v %s\n", decision.EventID, decision.Verdict, decision.JSON())
		}
	}
}

func main() {
	engine, err := nuo.NewEngine(nil)
	if err == nil {
		err = load(engine, os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
	go reload(engine, os.Args[1])
	requests := make(chan []byte)
	var workers sync.WaitGroup
	for i := 0; i < 2; i++ {
		session, err := engine.NewSession() // one for each goroutine
		if err != nil {
			log.Fatal(err)
		}
		workers.Add(1)
		go func() {
			defer workers.Done()
			defer session.Close()
			decide(session, requests)
		}()
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		requests <- append([]byte(nil), lines.Bytes()...)
	}
	close(requests)
	workers.Wait()
}
