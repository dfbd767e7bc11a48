// Load over HTTP/3: so many requests for one address, so many at once on so many connections. It prints one line of JSON.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

type outcome struct {
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	P50Ms   float64 `json:"p50Ms"`
	P99Ms   float64 `json:"p99Ms"`
}

func main() {
	requests := flag.Int("n", 1, "requests")
	connections := flag.Int("c", 1, "connections")
	streams := flag.Int("m", 1, "requests at once on a connection")
	upload := flag.Int("d", 0, "bytes of the body of a request")
	flag.Parse()
	result, err := load(flag.Arg(0), *requests, *connections, *streams, *upload)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func load(url string, requests, connections, streams, upload int) (*outcome, error) {
	body := bytes.Repeat([]byte{'x'}, upload)
	var left, read atomic.Int64
	left.Store(int64(requests))
	times := make([][]time.Duration, connections*streams)
	failures := make(chan error, len(times))
	var all sync.WaitGroup
	begin := time.Now()
	for i := range connections {
		client := &http.Client{Transport: &http3.Transport{
			TLSClientConfig:    &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"},
			DisableCompression: true,
			QUICConfig:         &quic.Config{MaxStreamReceiveWindow: 6 << 20, MaxConnectionReceiveWindow: 15 << 20},
		}}
		for j := range streams {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					start := time.Now()
					n, err := ask(client, url, body)
					if err != nil {
						left.Store(0)
						failures <- err
						return
					}
					read.Add(n)
					times[i*streams+j] = append(times[i*streams+j], time.Since(start))
				}
			})
		}
	}
	all.Wait()
	seconds := time.Since(begin).Seconds()
	select {
	case err := <-failures:
		return nil, err
	default:
	}
	sorted := slices.Concat(times...)
	slices.Sort(sorted)
	at := func(share float64) float64 {
		return float64(sorted[int(float64(len(sorted)-1)*share)].Microseconds()) / 1000
	}
	return &outcome{Seconds: seconds, Bytes: read.Load(), P50Ms: at(0.5), P99Ms: at(0.99)}, nil
}

func ask(client *http.Client, url string, body []byte) (int64, error) {
	// A stall is a failure, and does not last for ever.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	method := http.MethodGet
	var content io.Reader
	if len(body) > 0 {
		method, content = http.MethodPost, bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return n, err
}
