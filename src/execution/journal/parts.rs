//! What an engine is put together from.

use std::sync::Arc;

use super::paused::Paused;
use super::writer::Writer;
use crate::config::ExecutionConfig;
use crate::events::Events;
use crate::execution::clock::EngineClock;
use crate::execution::connectors::Connector;
use crate::store::Database;

/// What an engine works with.
#[derive(Clone)]
pub struct EngineParts {
    /// Rows.
    pub db: Database,
    /// Notices.
    pub events: Events,
    /// Engine time.
    pub clock: EngineClock,
    /// Group commit.
    pub writer: Writer,
    /// Which workflows are paused.
    pub paused: Paused,
    /// What calls reach.
    pub connector: Arc<dyn Connector>,
    /// Limits.
    pub config: ExecutionConfig,
    /// Name of this engine, unique among all processes.
    pub owner: String,
}

impl std::fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineParts").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl EngineParts {
    /// Until when a lease taken now holds, in ms of real time.
    #[must_use]
    pub fn lease_until(&self) -> i64 {
        self.clock.real_ms() + self.config.lease_s * 1000
    }
}
