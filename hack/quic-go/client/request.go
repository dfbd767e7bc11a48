package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// requestOf gives the request of these fields; quic-go makes the pseudo fields from its own parts.
func requestOf(ctx context.Context, fields []field) (*http.Request, error) {
	pseudo := map[string]string{}
	headers := http.Header{}
	for _, one := range fields {
		if strings.HasPrefix(one[0], ":") {
			pseudo[one[0]] = one[1]
		} else {
			headers.Add(one[0], one[1])
		}
	}
	to, err := url.ParseRequestURI(pseudo[":path"])
	if err != nil {
		return nil, err
	}
	to.Scheme, to.Host = pseudo[":scheme"], pseudo[":authority"]
	request := &http.Request{Method: pseudo[":method"], URL: to, Host: to.Host, Header: headers, Proto: "HTTP/3.0"}
	if protocol, ok := pseudo[":protocol"]; ok {
		request.Proto = protocol
	}
	return request.WithContext(ctx), nil
}

func (c *connection) ask(what command) reply {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	request, err := requestOf(ctx, what.Fields)
	if err != nil {
		return reply{"failure": err.Error()}
	}
	var body []byte
	if what.Body != nil {
		body = latin1Bytes(*what.Body)
	}
	if what.Size != nil {
		body = bytes.Repeat([]byte{'x'}, *what.Size)
	}
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(body))
		request.ContentLength = int64(len(body))
	}
	if what.Trailers != nil {
		request.Trailer = http.Header{}
		for _, one := range what.Trailers {
			request.Trailer.Add(one[0], one[1])
		}
		request.ContentLength = -1
	}
	if what.Cancel {
		time.AfterFunc(50*time.Millisecond, cancel)
	}
	response, err := c.http.RoundTrip(request)
	if err != nil {
		if what.Cancel {
			return reply{"cancelled": true}
		}
		return reply{"failure": explain(err)}
	}
	defer response.Body.Close()
	var failure any
	content, err := io.ReadAll(response.Body)
	if err != nil {
		failure = explain(err)
	}
	sum := sha256.Sum256(content)
	text := ""
	if what.Whole || len(content) < 65_536 {
		text = latin1(content)
	}
	return reply{
		"failure":  failure,
		"fields":   append([]field{{":status", fmt.Sprint(response.StatusCode)}}, fieldsOf(response.Header)...),
		"trailers": fieldsOf(response.Trailer),
		"bytes":    len(content),
		"sha256":   hex.EncodeToString(sum[:]),
		"body":     text,
	}
}

// Texts stand for bytes, each a letter of Latin 1, as bodies need not be UTF-8.
func latin1(content []byte) string {
	letters := make([]rune, len(content))
	for i, one := range content {
		letters[i] = rune(one)
	}
	return string(letters)
}

func latin1Bytes(text string) []byte {
	content := make([]byte, 0, len(text))
	for _, letter := range text {
		content = append(content, byte(letter))
	}
	return content
}

func fieldsOf(header http.Header) []field {
	fields := []field{}
	for name, values := range header {
		for _, value := range values {
			fields = append(fields, field{strings.ToLower(name), value})
		}
	}
	return fields
}
