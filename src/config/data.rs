//! Where rows, vectors and keys live.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Folder for everything embedded.
    pub dir: PathBuf,
    /// Empty: SQLite in `dir`. May hold a password, so it is never printed.
    pub database_url: String,
}

impl DataConfig {
    /// The URL to connect to.
    #[must_use]
    pub fn url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite:{}", self.dir.join("auterity.db").display())
        } else {
            self.database_url.clone()
        }
    }

    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let known = ["", "sqlite:", "postgres://", "postgresql://"];
        let ok = self.database_url.is_empty() || known[1..].iter().any(|p| self.database_url.starts_with(p));
        if !ok {
            problems.push("data.database_url must begin with sqlite: or postgres://".to_owned());
        }
    }
}
