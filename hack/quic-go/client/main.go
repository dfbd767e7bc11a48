// A connection of quic-go, told what to do by lines of JSON on standard input; it says what came of it by lines on standard output.
// test/http3/foreign-client.ts has the words.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"sync"
	"time"
)

type options struct {
	Host   string   `json:"host"`
	SNI    string   `json:"sni"`
	ALPN   []string `json:"alpn"`
	CA     string   `json:"ca"`
	Resume bool     `json:"resume"`
}

type field [2]string

type command struct {
	ID       int     `json:"id"`
	Op       string  `json:"op"`
	Fields   []field `json:"fields"`
	Body     *string `json:"body"`
	Size     *int    `json:"size"`
	Trailers []field `json:"trailers"`
	Cancel   bool    `json:"cancel"`
	Whole    bool    `json:"whole"`
	Count    int     `json:"count"`
	// Of streams that are used direction by direction.
	Stream int    `json:"stream"`
	Data   []byte `json:"data"`
	End    bool   `json:"end"`
	Code   uint64 `json:"code"`
}

type reply map[string]any

var saying sync.Mutex

func say(message reply) {
	saying.Lock()
	defer saying.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(message); err != nil {
		os.Exit(1)
	}
}

func main() {
	var told options
	if err := json.Unmarshal([]byte(os.Args[2]), &told); err != nil {
		panic(err)
	}
	if told.Host == "" {
		told.Host = "127.0.0.1"
	}
	dialing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	one, err := dial(dialing, net.JoinHostPort(told.Host, os.Args[1]), told)
	cancel()
	if err != nil {
		say(reply{"id": 0, "failure": err.Error()})
		return
	}
	say(reply{"id": 0})
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var what command
		if err := json.Unmarshal(line, &what); err != nil {
			panic(err)
		}
		// What is written to one stream keeps its order.
		if what.Op == "send" || what.Op == "reset" {
			one.answer(what)
		} else {
			go one.answer(what)
		}
	}
}

func (c *connection) answer(what command) {
	result, err := c.obey(what)
	if err != nil {
		result = reply{"failure": explain(err)}
	}
	if result == nil {
		result = reply{}
	}
	result["id"] = what.ID
	say(result)
}

func (c *connection) obey(what command) (reply, error) {
	switch what.Op {
	case "request":
		return c.ask(what), nil
	case "many":
		answers := make([]reply, what.Count)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = c.ask(what) })
		}
		all.Wait()
		return reply{"answers": answers}, nil
	case "open":
		return c.open(what)
	case "send":
		return nil, c.send(what)
	case "reset":
		c.stream(what.Stream).reset(what.Code)
		return nil, nil
	case "rebind":
		return nil, c.migrate()
	default:
		return c.facts(), nil
	}
}
