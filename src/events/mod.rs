//! Live notices between parts of the system: "this run has a new frame", "there is work for the engine".
//!
//! Notices are hints that make things fast. Whoever listens must also converge by reading the store, because a notice
//! can be lost (a slow listener, a server of notices that is away). Nothing is stored here.

mod local;
mod redis;
mod topic;

use std::sync::Arc;

pub use self::local::{LocalEvents, Subscription};
pub use self::redis::{RedisEvents, RedisUnusable};
pub use self::topic::Topic;

/// One notice: its body is JSON text, or empty for a bare hint.
pub type Notice = Arc<str>;

/// Where notices travel.
#[derive(Debug, Clone)]
pub enum Events {
    /// Within this process.
    Local(LocalEvents),
    /// Between all processes that share a Redis.
    Redis(RedisEvents),
}

/// What a listener gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A notice.
    Notice(Notice),
    /// Some were missed, or may have been: read the store again.
    Missed,
    /// The bus is gone.
    Closed,
}

impl Default for Events {
    fn default() -> Self {
        Self::Local(LocalEvents::default())
    }
}

impl Events {
    /// Tells every current listener of `topic`. Never waits, never fails: without listeners the notice is gone.
    pub fn publish(&self, topic: &Topic, body: impl Into<Notice>) {
        match self {
            Self::Local(local) => local.publish(topic, body.into()),
            Self::Redis(shared) => shared.publish(topic, body.into()),
        }
    }

    /// Listens from now on.
    #[must_use]
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        match self {
            Self::Local(local) => local.subscribe(topic),
            Self::Redis(shared) => shared.local().subscribe(topic),
        }
    }

    /// Whether notices of other processes arrive at the moment. Without that, what they do shows in the store only.
    #[must_use]
    pub fn hears_others(&self) -> bool {
        match self {
            Self::Local(_) => false,
            Self::Redis(shared) => shared.is_connected(),
        }
    }
}
