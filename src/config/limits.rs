//! How often a caller may ask.

use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// False: nobody is counted.
    pub enabled: bool,
    /// Sign in, renew, sign out; per address.
    pub auth: Rate,
    /// Messages to the assistant.
    pub chat: Rate,
    /// Everything else that changes something.
    pub writes: Rate,
    /// Everything that only looks.
    pub reads: Rate,
    /// Events and leads from other systems.
    pub intake: Rate,
}

/// A steady rate and what may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests a minute in the long run.
    pub per_minute: u32,
    /// Requests at once after a quiet time.
    pub burst: u32,
}

impl LimitsConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let rates = [
            ("auth", self.auth),
            ("chat", self.chat),
            ("writes", self.writes),
            ("reads", self.reads),
            ("intake", self.intake),
        ];
        for (name, rate) in rates {
            let sane = 1..=1_000_000;
            if !sane.contains(&rate.per_minute) || !sane.contains(&rate.burst) {
                problems.push(format!("limits.{name}: per_minute and burst must be between 1 and 1000000"));
            }
        }
    }
}
