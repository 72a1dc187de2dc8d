//! One provider of language models, as the settings name it.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Longest name of a provider.
const MAX_NAME: usize = 40;
/// Keys of a request that [`ProviderConfig::extra`] may not replace: they are what the request is.
const OURS: [&str; 4] = ["messages", "tools", "stream", "model"];

/// See `[[llm.providers]]` in `defaults.toml`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// How logs, errors and usage call it.
    pub name: String,
    /// Where it is, up to and without `/chat/completions`.
    pub base_url: String,
    /// Model asked for.
    pub model: String,
    /// Its key; none is sent without one. Shown as `set` or empty, never in full.
    #[serde(default, serialize_with = "redact")]
    pub api_key: SecretString,
    /// Environment variable that holds the key instead.
    #[serde(default)]
    pub api_key_env: String,
    /// How requests are written.
    #[serde(default)]
    pub dialect: Dialect,
    /// Headers sent with every request; values are treated as secrets.
    #[serde(default, serialize_with = "redact_values")]
    pub headers: BTreeMap<String, SecretString>,
    /// Fields added to the body of every request.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// Seconds to a connection; as all below, the value of `[llm]` when missing.
    #[serde(default)]
    pub connect_s: Option<f64>,
    /// Seconds to the first piece of an answer.
    #[serde(default)]
    pub first_token_s: Option<f64>,
    /// Seconds between two pieces.
    #[serde(default)]
    pub idle_s: Option<f64>,
    /// Seconds for the whole answer.
    #[serde(default)]
    pub total_s: Option<f64>,
    /// What it costs.
    #[serde(default)]
    pub price: Price,
}

/// How requests are written. Answers are read the same way from everybody: every field may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `openai` at OpenAI's own address, else `compatible`.
    #[default]
    Auto,
    /// OpenAI's own: `max_completion_tokens`, `strict` said, `null` for the text of a message that only calls tools.
    OpenAi,
    /// The looser one of `vLLM`, Ollama, `LiteLLM` and others: `max_tokens`, only what everybody knows.
    Compatible,
}

/// Dollars per million tokens; zero counts nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens sent.
    #[serde(default)]
    pub input: f64,
    /// Tokens sent that the provider had in its prompt cache; the price of `input` when missing.
    #[serde(default)]
    pub cached_input: Option<f64>,
    /// Tokens received.
    #[serde(default)]
    pub output: f64,
}

/// `set`, or empty: whether there is a secret, and nothing of it.
pub(super) fn redact<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(shown(secret))
}

fn redact_values<S: Serializer>(secrets: &BTreeMap<String, SecretString>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(secrets.iter().map(|(name, secret)| (name, shown(secret))))
}

fn shown(secret: &SecretString) -> &'static str {
    if secret.expose_secret().is_empty() { "" } else { "set" }
}

impl ProviderConfig {
    /// The dialect it is spoken to in; never [`Dialect::Auto`].
    #[must_use]
    pub fn spoken(&self) -> Dialect {
        let host = self.base_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or_default();
        match self.dialect {
            Dialect::Auto if host == "api.openai.com" || host.ends_with(".openai.azure.com") => Dialect::OpenAi,
            Dialect::Auto => Dialect::Compatible,
            named @ (Dialect::OpenAi | Dialect::Compatible) => named,
        }
    }

    /// Takes the key from the environment when the settings say so.
    ///
    /// # Errors
    /// The name of the variable that is not set.
    pub(super) fn resolve_key(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), String> {
        if self.api_key_env.is_empty() {
            return Ok(());
        }
        match variable(&self.api_key_env).filter(|key| !key.is_empty()) {
            Some(key) => self.api_key = key.into(),
            None => return Err(self.api_key_env.clone()),
        }
        Ok(())
    }

    /// What is wrong with it, as sentences that begin with `place`.
    pub(super) fn problems(&self, place: &str) -> Vec<String> {
        let mut found = Vec::new();
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.chars().all(named) {
            found.push(format!("{place}.name must be 1 to {MAX_NAME} of a-z, 0-9, - and _"));
        }
        let rest = self.base_url.strip_prefix("http://").or_else(|| self.base_url.strip_prefix("https://"));
        if rest.is_none_or(str::is_empty) {
            found.push(format!("{place}.base_url must begin with http:// or https://"));
        } else if self.base_url.contains(['@', '?', '#']) {
            // they would stand in every log line about the connection
            found.push(format!("{place}.base_url must not carry credentials or a query; use headers"));
        }
        if self.model.is_empty() {
            found.push(format!("{place}.model is missing"));
        }
        if self.api_key.expose_secret().chars().any(|c| c.is_control() || !c.is_ascii()) {
            found.push(format!("{place}.api_key cannot be sent in a header"));
        }
        for (name, value) in &self.headers {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            let sendable = value.expose_secret().chars().all(|c| c.is_ascii() && !c.is_control());
            if name.is_empty() || !name.chars().all(token) || !sendable {
                found.push(format!("{place}.headers: {name:?} is not a header that can be sent"));
            }
        }
        for key in OURS.iter().filter(|key| self.extra.contains_key(**key)) {
            found.push(format!("{place}.extra must not set {key:?}"));
        }
        let times = [
            ("connect_s", self.connect_s),
            ("first_token_s", self.first_token_s),
            ("idle_s", self.idle_s),
            ("total_s", self.total_s),
        ];
        for (key, seconds) in times {
            if seconds.is_some_and(|seconds| !(0.01..=3600.0).contains(&seconds)) {
                found.push(format!("{place}.{key} must be between 0.01 and 3600"));
            }
        }
        let prices = [self.price.input, self.price.cached_input.unwrap_or_default(), self.price.output];
        if prices.iter().any(|price| !(0.0..=100_000.0).contains(price)) {
            found.push(format!("{place}.price must be between 0 and 100000 dollars per million tokens"));
        }
        found
    }
}
