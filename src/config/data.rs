//! Where rows, vectors and keys live.

use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

/// See `defaults.toml`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Folder for everything embedded.
    pub dir: PathBuf,
    /// Empty: SQLite in `dir`. Shown without its password.
    #[serde(serialize_with = "redact")]
    pub database_url: String,
}

impl std::fmt::Debug for DataConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = without_password(&self.database_url);
        f.debug_struct("DataConfig").field("dir", &self.dir).field("database_url", &url).finish()
    }
}

fn redact<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&without_password(url))
}

/// `postgres://user:secret@host/db` → `postgres://user:…@host/db`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = login.split_once(':').map_or(login, |(user, _)| user);
    format!("{scheme}://{user}:…@{place}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_database_is_never_shown() {
        let database_url = "postgres://app:s3cr@t@db.example:5432/auterity".to_owned();
        let config = DataConfig { dir: PathBuf::from("data"), database_url };
        for shown in [format!("{config:?}"), serde_json::to_string(&config).unwrap()] {
            assert!(shown.contains("postgres://app:…@db.example:5432/auterity"), "{shown}");
            assert!(!shown.contains("s3cr"), "{shown}");
        }
    }
}
