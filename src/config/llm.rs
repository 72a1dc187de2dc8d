//! The language model.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmConfig {
    /// Empty: the offline planner answers. Shown as `set` or empty, never in full.
    #[serde(serialize_with = "redact")]
    pub api_key: SecretString,
    /// Any OpenAI-compatible endpoint.
    pub base_url: String,
    /// Model asked for.
    pub model: String,
    /// Seconds to the first byte.
    pub first_token_s: u64,
    /// Seconds between two bytes.
    pub idle_s: u64,
    /// Seconds for the whole answer.
    pub total_s: u64,
    /// Attempts at one request.
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

fn redact<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose_secret().is_empty() { "" } else { "set" })
}

impl LlmConfig {
    /// Whether the offline planner answers.
    #[must_use]
    pub fn offline(&self) -> bool {
        self.api_key.expose_secret().is_empty()
    }

    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        if !self.base_url.starts_with("http://") && !self.base_url.starts_with("https://") {
            problems.push("llm.base_url must begin with http:// or https://".to_owned());
        }
        if self.answer_tokens * 2 > self.context_tokens {
            problems.push("llm.answer_tokens must be at most half of llm.context_tokens".to_owned());
        }
        if self.attempts == 0 || self.max_rounds == 0 || self.turn_lease_s < 1 {
            problems.push("llm.attempts, llm.max_rounds and llm.turn_lease_s must be at least 1".to_owned());
        }
    }
}
