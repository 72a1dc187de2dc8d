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
    /// Empty: notices and limits stay within this process. Shown without its password.
    #[serde(serialize_with = "redact")]
    pub redis_url: String,
    /// First part of every name used in Redis, so that installations can share a server.
    pub redis_namespace: String,
}

impl std::fmt::Debug for DataConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataConfig")
            .field("dir", &self.dir)
            .field("database_url", &without_password(&self.database_url))
            .field("redis_url", &without_password(&self.redis_url))
            .field("redis_namespace", &self.redis_namespace)
            .finish()
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
        let redis = ["redis://", "rediss://", "unix://"];
        if !self.redis_url.is_empty() && !redis.iter().any(|scheme| self.redis_url.starts_with(scheme)) {
            problems.push("data.redis_url must begin with redis://, rediss:// or unix://".to_owned());
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.redis_namespace.is_empty() || !self.redis_namespace.chars().all(plain) {
            problems.push("data.redis_namespace must be letters, digits, hyphens, underscores and dots".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(database_url: &str, redis_url: &str, redis_namespace: &str) -> DataConfig {
        DataConfig {
            dir: PathBuf::from("data"),
            database_url: database_url.to_owned(),
            redis_url: redis_url.to_owned(),
            redis_namespace: redis_namespace.to_owned(),
        }
    }

    #[test]
    fn passwords_are_never_shown() {
        let config = config("postgres://app:s3cr@t@db.example:5432/auterity", "rediss://:s3cr3t@cache.example/0", "a");
        for shown in [format!("{config:?}"), serde_json::to_string(&config).unwrap()] {
            assert!(shown.contains("postgres://app:…@db.example:5432/auterity"), "{shown}");
            assert!(shown.contains("rediss://:…@cache.example/0"), "{shown}");
            assert!(!shown.contains("s3cr"), "{shown}");
        }
    }

    #[test]
    fn what_is_not_a_redis_is_refused() {
        let problems = |redis_url, namespace| {
            let mut problems = Vec::new();
            config("", redis_url, namespace).validate(&mut problems);
            problems.len()
        };
        assert_eq!(problems("", "auterity"), 0);
        assert_eq!(problems("redis://127.0.0.1", "auterity-2"), 0);
        assert_eq!(problems("http://127.0.0.1", "auterity"), 1);
        assert_eq!(problems("", "a*"), 1, "a pattern would hear what is not ours");
        assert_eq!(problems("", ""), 1);
    }
}
