//! Sign-in and tokens.

use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// `iss` of access tokens.
    pub issuer: String,
    /// Minutes an access token lives.
    pub access_minutes: i64,
    /// Days a refresh token lives.
    pub refresh_days: i64,
    /// Failed sign-ins in a row before a pause.
    pub max_failures: u32,
    /// The pause, in seconds.
    pub failure_pause_s: u64,
}

impl AuthConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        if !(1..=24 * 60).contains(&self.access_minutes) {
            problems.push("auth.access_minutes must be between 1 and 1440".to_owned());
        }
        if !(1..=366).contains(&self.refresh_days) {
            problems.push("auth.refresh_days must be between 1 and 366".to_owned());
        }
    }
}
