//! How often a caller may ask: the generic cell rate algorithm, counted in this process or, with Redis, together with
//! all others.

mod gcra;
mod local;
mod redis;

use crate::config::{LimitsConfig, Rate};

pub use self::gcra::{Decision, Pace};
pub use self::local::LocalLimits;
pub use self::redis::{RedisLimits, RedisUnusable};

/// What kind of request is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Sign in, renew, sign out.
    Auth,
    /// A message to the assistant.
    Chat,
    /// Anything else that changes something.
    Write,
    /// Anything that only looks.
    Read,
    /// Events and leads from other systems.
    Intake,
}

impl Class {
    /// Its name in keys and headers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Chat => "chat",
            Self::Write => "writes",
            Self::Read => "reads",
            Self::Intake => "intake",
        }
    }

    /// The rate set for it.
    #[must_use]
    pub const fn rate(self, config: &LimitsConfig) -> Rate {
        match self {
            Self::Auth => config.auth,
            Self::Chat => config.chat,
            Self::Write => config.writes,
            Self::Read => config.reads,
            Self::Intake => config.intake,
        }
    }
}

/// Counts requests. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Limits {
    /// Each process for itself.
    Local(LocalLimits),
    /// All processes that share a Redis together.
    Redis(RedisLimits),
}

impl Limits {
    /// Whether what counts together with others answers; `None` when there is nothing of the kind.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn ping(&self) -> Result<Option<&'static str>, ::redis::RedisError> {
        match self {
            Self::Local(_) => Ok(None),
            Self::Redis(shared) => shared.ping().await.map(|()| Some("redis")),
        }
    }

    /// Counts one request of `who`; a refused one does not count.
    pub async fn check(&self, class: Class, who: &str, rate: Rate, now_us: i64) -> Decision {
        let key = format!("{}:{who}", class.as_str());
        match self {
            Self::Local(local) => local.check(&key, Pace::of(rate), now_us),
            Self::Redis(shared) => shared.check(&key, Pace::of(rate), now_us).await,
        }
    }
}
