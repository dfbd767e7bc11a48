package main

import (
	"encoding/json"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(id uint32) types.PluginContext {
	return &greeter{Greeting: "world"}
}

// greeter is one configuration of the plugin.
type greeter struct {
	types.DefaultPluginContext
	Greeting string `json:"greeting"`
}

func (g *greeter) OnPluginStart(size int) types.OnPluginStartStatus {
	if size == 0 {
		return types.OnPluginStartStatusOK
	}
	config, err := proxywasm.GetPluginConfiguration()
	if err == nil {
		err = json.Unmarshal(config, g)
	}
	if err != nil {
		proxywasm.LogErrorf("the configuration must be {\"greeting\": TEXT}: %v", err)
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (g *greeter) NewHttpContext(id uint32) types.HttpContext {
	return &greeting{greeter: g}
}

// greeting is one request and its response.
type greeting struct {
	types.DefaultHttpContext
	greeter *greeter
}

func (g *greeting) OnHttpResponseHeaders(count int, end bool) types.Action {
	if err := proxywasm.ReplaceHttpResponseHeader("x-hello", g.greeter.Greeting); err != nil {
		proxywasm.LogErrorf("x-hello: %v", err)
	}
	return types.ActionContinue
}
