package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/quic-go/qlog"
	"github.com/quic-go/quic-go/qlogwriter"
)

type connection struct {
	quic       *quic.Conn
	http       *http3.ClientConn
	keyUpdates *counter
	lock       sync.Mutex
	streams    map[int]stream
	port       int
}

func dial(ctx context.Context, address string, told options) (*connection, error) {
	config := &tls.Config{ServerName: told.SNI, NextProtos: told.ALPN}
	if config.ServerName == "" {
		config.ServerName = "localhost"
	}
	if config.NextProtos == nil {
		config.NextProtos = []string{"h3"}
	}
	if told.CA == "" {
		config.InsecureSkipVerify = true
	} else {
		pem, err := os.ReadFile(told.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	updates := &counter{}
	quicConfig := &quic.Config{
		TokenStore: quic.NewLRUTokenStore(1, 4),
		Tracer:     func(context.Context, bool, quic.ConnectionID) qlogwriter.Trace { return updates },
	}
	if told.Resume {
		tickets := &ticketStore{ClientSessionCache: tls.NewLRUClientSessionCache(4), came: make(chan struct{}, 16)}
		config.ClientSessionCache = tickets
		first, err := quic.DialAddr(ctx, address, config, quicConfig)
		if err != nil {
			return nil, err
		}
		select {
		case <-tickets.came:
		case <-ctx.Done():
			return nil, errors.New("no ticket has come")
		}
		if err := first.CloseWithError(0x100, ""); err != nil {
			return nil, err
		}
	}
	transport, port, err := newTransport()
	if err != nil {
		return nil, err
	}
	to, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := transport.Dial(ctx, to, config, quicConfig)
	if err != nil {
		return nil, err
	}
	h3 := &http3.Transport{DisableCompression: true}
	return &connection{quic: conn, http: h3.NewClientConn(conn), keyUpdates: updates, streams: map[int]stream{}, port: port}, nil
}

func newTransport() (*quic.Transport, int, error) {
	socket, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return nil, 0, err
	}
	return &quic.Transport{Conn: socket}, socket.LocalAddr().(*net.UDPAddr).Port, nil
}

// migrate moves the connection to another port, with another connection id (RFC 9000 section 9).
func (c *connection) migrate() error {
	transport, port, err := newTransport()
	if err != nil {
		return err
	}
	path, err := c.quic.AddPath(transport)
	if err != nil {
		return err
	}
	if err := path.Probe(context.Background()); err != nil {
		return err
	}
	c.port = port
	return path.Switch()
}

func (c *connection) facts() reply {
	state := c.quic.ConnectionState()
	return reply{
		"resumed":     state.TLS.DidResume,
		"cipher":      tls.CipherSuiteName(state.TLS.CipherSuite),
		"group":       state.TLS.CurveID.String(),
		"certificate": "CN=" + state.TLS.PeerCertificates[0].Subject.CommonName,
		"keyUpdates":  c.keyUpdates.count.Load(),
		"port":        c.port,
	}
}

// explain says `reset 0x10c` of a stream that was given up by the server.
func explain(err error) string {
	var stream *quic.StreamError
	if errors.As(err, &stream) && stream.Remote {
		return fmt.Sprintf("reset %#x", uint64(stream.ErrorCode))
	}
	var h3 *http3.Error
	if errors.As(err, &h3) && h3.Remote {
		return fmt.Sprintf("reset %#x", uint64(h3.ErrorCode))
	}
	return err.Error()
}

type ticketStore struct {
	tls.ClientSessionCache
	came chan struct{}
}

func (s *ticketStore) Put(key string, state *tls.ClientSessionState) {
	s.ClientSessionCache.Put(key, state)
	if state != nil {
		select {
		case s.came <- struct{}{}:
		default:
		}
	}
}

// counter counts the key updates that this side has begun: quic-go does so after 100 packets, then after 100,000.
type counter struct{ count atomic.Int64 }

func (c *counter) AddProducer() qlogwriter.Recorder { return c }
func (c *counter) SupportsSchemas(string) bool      { return true }
func (c *counter) Close() error                     { return nil }
func (c *counter) RecordEvent(event qlogwriter.Event) {
	if update, ok := event.(qlog.KeyUpdated); ok && update.Trigger == qlog.KeyUpdateLocal && update.KeyType == qlog.KeyTypeClient1RTT {
		c.count.Add(1)
	}
}
