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
    /// Event streams one person may hold open at the same time.
    pub max_streams: usize,
    /// Origins whose pages may show ours in a frame.
    pub frame_ancestors: Vec<String>,
    /// Origins whose scripts may call the interface from a browser.
    pub cors_origins: Vec<String>,
    /// Whether people reach the server by https.
    pub https: bool,
    /// Longest time for a request that is not a stream, in seconds.
    pub request_timeout_s: u64,
    /// Longest time a connection may take to send the head of a request, in seconds; also how long it may rest between
    /// two.
    pub head_timeout_s: u64,
    /// How long open requests may go on after SIGTERM, in seconds.
    pub shutdown_grace_s: u64,
}

impl ServerConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        if !(1024..=64 * 1024 * 1024).contains(&self.max_body_bytes) {
            problems.push("server.max_body_bytes must be between 1 KiB and 64 MiB".to_owned());
        }
        if self.max_streams == 0 {
            problems.push("server.max_streams must be at least 1".to_owned());
        }
        for (key, origins) in [("frame_ancestors", &self.frame_ancestors), ("cors_origins", &self.cors_origins)] {
            for origin in origins.iter().filter(|origin| !is_origin(origin)) {
                problems.push(format!("server.{key}: `{origin}` is no origin such as https://crm.example"));
            }
        }
        if self.head_timeout_s == 0 {
            problems.push("server.head_timeout_s must be at least 1".to_owned());
        }
        if self.request_timeout_s == 0 {
            problems.push("server.request_timeout_s must be at least 1".to_owned());
        }
    }
}

/// `scheme://host` or `scheme://host:port`, and nothing that could say more in a header: no path, no wildcard.
fn is_origin(text: &str) -> bool {
    let Some(place) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (host, port) = place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    !host.is_empty()
        && host.bytes().all(known)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0))
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for good in ["https://crm.example", "http://localhost:3000", "https://10.0.0.7:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "crm.example",
            "https://",
            "https://*.example",
            "https://crm.example/",
            "https://crm.example/widget",
            "https://crm.example 'unsafe-inline'",
            "https://crm.example;script-src",
            "https://crm.example:0",
            "https://crm.example:99999",
            "javascript://crm.example",
            "null",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
