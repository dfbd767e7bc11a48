package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(id uint32) types.PluginContext { return &redactor{} }

// redactor is one configuration of the plugin.
type redactor struct {
	types.DefaultPluginContext
	patterns    []*regexp.Regexp
	replacement []byte
}

func (r *redactor) OnPluginStart(size int) types.OnPluginStartStatus {
	bytes, err := proxywasm.GetPluginConfiguration()
	if err == nil {
		err = r.configure(bytes)
	}
	if err != nil {
		proxywasm.LogErrorf(`the configuration must be {"patterns": [REGEXP…]}: %v`, err)
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (r *redactor) configure(text []byte) error {
	var config struct {
		Patterns    []string `json:"patterns"`
		Replacement *string  `json:"replacement"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return err
	}
	if len(config.Patterns) == 0 {
		return errors.New("there is no pattern")
	}
	for _, pattern := range config.Patterns {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return fmt.Errorf("%q: %w", pattern, err)
		}
		r.patterns = append(r.patterns, compiled)
	}
	r.replacement = []byte("[redacted]")
	if config.Replacement != nil {
		r.replacement = []byte(*config.Replacement)
	}
	return nil
}

func (r *redactor) NewHttpContext(id uint32) types.HttpContext { return &exchange{redactor: r} }

// exchange is one request and its response.
type exchange struct {
	types.DefaultHttpContext
	redactor *redactor
	readable bool
}

func (e *exchange) OnHttpRequestHeaders(count int, end bool) types.Action {
	// A compressed answer could not be read.
	if err := proxywasm.RemoveHttpRequestHeader("accept-encoding"); err != nil {
		proxywasm.LogErrorf("accept-encoding: %v", err)
	}
	return types.ActionContinue
}

func (e *exchange) OnHttpResponseHeaders(count int, end bool) types.Action {
	kind, _ := proxywasm.GetHttpResponseHeader("content-type")
	coding, _ := proxywasm.GetHttpResponseHeader("content-encoding")
	e.readable = !end && coding == "" && isText(kind)
	if e.readable {
		// On Envoy the length that the upstream told would be sent with another body.
		if err := proxywasm.RemoveHttpResponseHeader("content-length"); err != nil {
			proxywasm.LogErrorf("content-length: %v", err)
		}
	}
	return types.ActionContinue
}

func isText(kind string) bool {
	name, _, _ := strings.Cut(strings.ToLower(kind), ";")
	name = strings.TrimSpace(name)
	return strings.HasPrefix(name, "text/") || name == "application/json" || strings.HasSuffix(name, "+json")
}

// OnHttpResponseBody waits for the whole body, since what is to be redacted may lie across two pieces of it.
func (e *exchange) OnHttpResponseBody(size int, end bool) types.Action {
	if !e.readable {
		return types.ActionContinue
	}
	if !end {
		return types.ActionPause
	}
	if size == 0 {
		return types.ActionContinue
	}
	body, err := proxywasm.GetHttpResponseBody(0, size)
	if err != nil {
		proxywasm.LogErrorf("the body cannot be read: %v", err)
		return types.ActionContinue
	}
	clean := body
	for _, pattern := range e.redactor.patterns {
		clean = pattern.ReplaceAllLiteral(clean, e.redactor.replacement)
	}
	if !bytes.Equal(clean, body) {
		if err := proxywasm.ReplaceHttpResponseBody(clean); err != nil {
			proxywasm.LogErrorf("the body cannot be replaced: %v", err)
		}
	}
	return types.ActionContinue
}
