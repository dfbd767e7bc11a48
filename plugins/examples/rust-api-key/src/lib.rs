use std::collections::BTreeMap;
use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};
use serde::Deserialize;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Plugin { config: Rc::default() }));
}}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "key_header")]
    header: String,
    #[serde(default = "consumer_header", rename = "consumerHeader")]
    consumer_header: String,
    /// Key by the name of who has it.
    consumers: BTreeMap<String, String>,
}

fn key_header() -> String {
    "x-api-key".to_string()
}

fn consumer_header() -> String {
    "x-consumer".to_string()
}

impl Config {
    fn parse(bytes: &[u8]) -> Result<Config, String> {
        let config: Config = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match config.consumers.iter().find(|(_, key)| key.is_empty()) {
            Some((name, _)) => Err(format!("the key of {name} is empty")),
            None => Ok(config),
        }
    }

    /// Whose key it is. Looks at every key to its end, so that the time tells nothing about how much of one was right.
    fn consumer_of(&self, given: &[u8]) -> Option<&str> {
        let mut found = u32::MAX;
        for (index, key) in (0u32..).zip(self.consumers.values()) {
            let same: Choice = key.as_bytes().ct_eq(given);
            found.conditional_assign(&index, same);
        }
        self.consumers.keys().nth(found as usize).map(String::as_str)
    }
}

/// One configuration of the plugin.
struct Plugin {
    config: Rc<Config>,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _size: usize) -> bool {
        match Config::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(config) => {
                self.config = Rc::new(config);
                true
            }
            Err(error) => {
                log::error!("the configuration must be {{\"consumers\": {{NAME: KEY}}}}: {error}");
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Check { config: Rc::clone(&self.config) }))
    }
}

/// One request.
struct Check {
    config: Rc<Config>,
}

impl Context for Check {}

impl HttpContext for Check {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let config = &self.config;
        // As bytes: a client that sends other than UTF-8 must get its 401 and not end the plugin.
        let key = self.get_http_request_header_bytes(&config.header);
        match key.as_deref().and_then(|given| config.consumer_of(given)) {
            Some(name) => {
                self.set_http_request_header(&config.consumer_header, Some(name));
                self.set_http_request_header(&config.header, None);
                Action::Continue
            }
            None => {
                let challenge = format!("ApiKey header=\"{}\"", config.header);
                self.send_http_response(
                    401,
                    vec![("www-authenticate", &challenge), ("content-type", "application/json")],
                    Some(b"{\"error\":\"api key required\"}\n"),
                );
                Action::Pause
            }
        }
    }
}
