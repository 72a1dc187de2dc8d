//! What is searched: where the index is kept, and what may be added to it.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::provider::redact;

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeConfig {
    /// gRPC address of a Qdrant server. Empty: Qdrant Edge in the data folder.
    pub qdrant_url: String,
    /// Its key. Shown as `set` or empty, never in full.
    #[serde(serialize_with = "redact")]
    pub qdrant_api_key: SecretString,
    /// First part of every name on the server, so that installations can share it.
    pub qdrant_prefix: String,
    /// Seconds one request to the server may take.
    pub qdrant_timeout_s: u64,
    /// Bytes of a file that is added, at most.
    pub max_file_bytes: usize,
    /// Embedding model. Empty: found by words alone.
    pub embedding_model: String,
    /// Where it is, up to and without `/embeddings`. Empty: where the language model is.
    pub embedding_base_url: String,
    /// Its key. Shown as `set` or empty, never in full.
    #[serde(serialize_with = "redact")]
    pub embedding_api_key: SecretString,
    /// Seconds one request to it may take.
    pub embedding_timeout_s: u64,
    /// Texts of one request to it.
    pub embedding_batch: usize,
}

/// Bytes a file can be allowed to have at most.
pub const LARGEST_FILE: usize = 32 * 1024 * 1024;

impl KnowledgeConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let known = ["http://", "https://"].iter().any(|scheme| self.qdrant_url.starts_with(scheme));
        if !self.qdrant_url.is_empty() && !known {
            problems.push("knowledge.qdrant_url must begin with http:// or https://".to_owned());
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.qdrant_prefix.is_empty() || !self.qdrant_prefix.chars().all(plain) {
            problems.push("knowledge.qdrant_prefix must be letters, digits, hyphens and underscores".to_owned());
        }
        if !(1..=LARGEST_FILE).contains(&self.max_file_bytes) {
            problems.push(format!("knowledge.max_file_bytes must be between 1 and {LARGEST_FILE}"));
        }
        for (seconds, name) in [(self.qdrant_timeout_s, "qdrant"), (self.embedding_timeout_s, "embedding")] {
            if seconds == 0 {
                problems.push(format!("knowledge.{name}_timeout_s must be at least 1"));
            }
        }
        let known = ["http://", "https://"].iter().any(|scheme| self.embedding_base_url.starts_with(scheme));
        if !self.embedding_base_url.is_empty() && !known {
            problems.push("knowledge.embedding_base_url must begin with http:// or https://".to_owned());
        }
        if !(1..=2048).contains(&self.embedding_batch) {
            problems.push("knowledge.embedding_batch must be between 1 and 2048".to_owned());
        }
    }
}
