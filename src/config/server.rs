//! Where and how the server listens.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Longest time for a request that is not a stream, in seconds.
    pub request_timeout_s: u64,
    /// How long open requests may go on after SIGTERM, in seconds.
    pub shutdown_grace_s: u64,
}

impl ServerConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        if !(1024..=64 * 1024 * 1024).contains(&self.max_body_bytes) {
            problems.push("server.max_body_bytes must be between 1 KiB and 64 MiB".to_owned());
        }
        if self.request_timeout_s == 0 {
            problems.push("server.request_timeout_s must be at least 1".to_owned());
        }
    }
}
