package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// stream is what is sent of a request whose directions are used one by one.
type stream interface {
	io.WriteCloser
	reset(code uint64)
}

// tunnel is a stream after CONNECT.
type tunnel struct{ *http3.RequestStream }

func (t tunnel) reset(code uint64) { t.CancelWrite(quic.StreamErrorCode(code)) }

// body is that of an ordinary request: of one without a body quic-go says that its length is 0. Who gives it up gives up the whole
// request, with the code 0x10c.
type body struct {
	*io.PipeWriter
	cancel context.CancelFunc
}

func (b body) reset(uint64) { b.cancel() }

// open begins such a request: what comes is said as events with the id of the command.
func (c *connection) open(what command) (reply, error) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := requestOf(ctx, what.Fields)
	if err != nil {
		cancel()
		return nil, err
	}
	var sent stream
	var respond func() (*http.Response, error)
	if request.Method == http.MethodConnect {
		opened, err := c.connect(request)
		if err != nil {
			cancel()
			return nil, err
		}
		sent, respond = tunnel{opened}, opened.ReadResponse
	} else {
		reader, writer := io.Pipe()
		request.Body, request.ContentLength = reader, -1
		sent, respond = body{writer, cancel}, func() (*http.Response, error) { return c.http.RoundTrip(request) }
	}
	c.lock.Lock()
	c.streams[what.ID] = sent
	c.lock.Unlock()
	go func() {
		defer cancel()
		if err := tell(what.ID, respond); err != nil {
			say(reply{"event": what.ID, "failure": explain(err)})
		}
	}()
	return reply{"stream": what.ID}, nil
}

// connect sends an extended CONNECT (RFC 9220), once it is known that the server takes them.
func (c *connection) connect(request *http.Request) (*http3.RequestStream, error) {
	select {
	case <-c.http.ReceivedSettings():
	case <-c.quic.Context().Done():
		return nil, context.Cause(c.quic.Context())
	}
	if !c.http.Settings().EnableExtendedConnect {
		return nil, fmt.Errorf("the server takes no extended CONNECT")
	}
	opened, err := c.http.OpenRequestStream(context.Background())
	if err != nil {
		return nil, err
	}
	return opened, opened.SendRequestHeader(request)
}

func tell(id int, respond func() (*http.Response, error)) error {
	response, err := respond()
	if err != nil {
		return err
	}
	say(reply{"event": id, "fields": append([]field{{":status", fmt.Sprint(response.StatusCode)}}, fieldsOf(response.Header)...)})
	piece := make([]byte, 65_536)
	for {
		n, err := response.Body.Read(piece)
		if n > 0 {
			say(reply{"event": id, "data": piece[:n]})
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if len(response.Trailer) > 0 {
		say(reply{"event": id, "fields": fieldsOf(response.Trailer)})
	}
	say(reply{"event": id, "end": true})
	return nil
}

func (c *connection) stream(id int) stream {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.streams[id]
}

func (c *connection) send(what command) error {
	to := c.stream(what.Stream)
	if len(what.Data) > 0 {
		if _, err := to.Write(what.Data); err != nil {
			return err
		}
	}
	if what.End {
		return to.Close()
	}
	return nil
}
