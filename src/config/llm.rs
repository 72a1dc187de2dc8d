//! The language model: who answers, how long we wait for them, and what a turn may take.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::provider::{Price, ProviderConfig, redact};

/// OpenAI's own address; without a key and with this address, the offline planner answers.
const OPENAI: &str = "https://api.openai.com/v1";

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmConfig {
    /// Key of the one provider of the short form. Shown as `set` or empty, never in full.
    #[serde(serialize_with = "redact")]
    pub api_key: SecretString,
    /// Any OpenAI-compatible endpoint.
    pub base_url: String,
    /// Model asked for.
    pub model: String,
    /// What that model costs.
    pub price: Price,
    /// Providers in the order they are asked; any at all replace the short form above.
    pub providers: Vec<ProviderConfig>,
    /// Seconds to a connection.
    pub connect_s: u64,
    /// Seconds to the first piece of an answer.
    pub first_token_s: u64,
    /// Seconds between two pieces.
    pub idle_s: u64,
    /// Seconds for the whole answer, second tries and other providers included.
    pub total_s: u64,
    /// Attempts at one request with one provider.
    pub attempts: u32,
    /// Context window used, in tokens.
    pub context_tokens: usize,
    /// Part of the window kept for the answer, in tokens.
    pub answer_tokens: usize,
    /// Rounds of tool calls in one turn.
    pub max_rounds: u32,
    /// Repairs of an invalid draft in one turn.
    pub max_repairs: u32,
    /// Seconds without a sign of life after which a turn counts as dead.
    pub turn_lease_s: i64,
}

/// How long one provider is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To a connection.
    pub connect: Duration,
    /// From the request to the first piece of the answer.
    pub first_token: Duration,
    /// Between two pieces.
    pub idle: Duration,
    /// From the request to the end of the answer.
    pub total: Duration,
}

impl LlmConfig {
    /// Whether the offline planner answers: nobody else was named.
    #[must_use]
    pub fn offline(&self) -> bool {
        self.providers.is_empty() && self.api_key.expose_secret().is_empty() && self.base_url == OPENAI
    }

    /// Who is asked, in order: the list, or the one provider of the short form. Nobody when [`LlmConfig::offline`].
    #[must_use]
    pub fn asked(&self) -> Vec<ProviderConfig> {
        if self.offline() || !self.providers.is_empty() {
            return self.providers.clone();
        }
        vec![ProviderConfig {
            name: "default".to_owned(),
            base_url: self.base_url.clone(),
            model: self.model.clone(),
            api_key: self.api_key.clone(),
            price: self.price,
            ..ProviderConfig::default()
        }]
    }

    /// How long `provider` is waited for: its own limits, ours where it sets none.
    #[must_use]
    pub fn patience(&self, provider: &ProviderConfig) -> Patience {
        let limit = |own: Option<f64>, ours: u64| {
            own.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(Duration::from_secs(ours))
        };
        Patience {
            connect: limit(provider.connect_s, self.connect_s),
            first_token: limit(provider.first_token_s, self.first_token_s),
            idle: limit(provider.idle_s, self.idle_s),
            total: limit(provider.total_s, self.total_s),
        }
    }

    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let mut names = BTreeSet::new();
        if self.providers.is_empty() {
            problems.extend(self.asked().iter().flat_map(|short| short.problems("llm")));
        }
        for (at, provider) in self.providers.iter().enumerate() {
            problems.extend(provider.problems(&format!("llm.providers[{at}]")));
            if !names.insert(&provider.name) {
                problems.push(format!("llm.providers[{at}].name: {:?} is there already", provider.name));
            }
        }
        if self.answer_tokens * 2 > self.context_tokens {
            problems.push("llm.answer_tokens must be at most half of llm.context_tokens".to_owned());
        }
        if self.connect_s == 0 || self.first_token_s == 0 || self.idle_s == 0 || self.total_s == 0 {
            problems.push("llm.connect_s, first_token_s, idle_s and total_s must be at least 1".to_owned());
        }
        if self.attempts == 0 || self.max_rounds == 0 || self.turn_lease_s < 1 {
            problems.push("llm.attempts, llm.max_rounds and llm.turn_lease_s must be at least 1".to_owned());
        }
    }
}

#[cfg(test)]
#[path = "llm_tests.rs"]
mod tests;
