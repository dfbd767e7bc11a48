use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};
use serde::Deserialize;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Greeter { config: Config::default() }));
}}

#[derive(Clone, Deserialize)]
struct Config {
    greeting: String,
}

impl Default for Config {
    fn default() -> Self {
        Config { greeting: "world".to_string() }
    }
}

/// One configuration of the plugin.
struct Greeter {
    config: Config,
}

impl Context for Greeter {}

impl RootContext for Greeter {
    fn on_configure(&mut self, _size: usize) -> bool {
        let Some(bytes) = self.get_plugin_configuration() else { return true };
        match serde_json::from_slice(&bytes) {
            Ok(config) => {
                self.config = config;
                true
            }
            Err(error) => {
                log::error!("the configuration must be {{\"greeting\": TEXT}}: {error}");
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Greeting { config: self.config.clone() }))
    }
}

/// One request and its response.
struct Greeting {
    config: Config,
}

impl Context for Greeting {}

impl HttpContext for Greeting {
    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.set_http_response_header("x-hello", Some(&self.config.greeting));
        Action::Continue
    }
}
