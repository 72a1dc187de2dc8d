//! What handlers can reach: the services, assembled once by `app`.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::streams::Streams;
use crate::approvals::{self, Drafts};
use crate::auth;
use crate::chat;
use crate::config::Config;
use crate::events::Events;
use crate::execution;
use crate::knowledge;
use crate::limits::Limits;
use crate::model::Clock;
use crate::store::Database;

/// Shared by every handler; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// Settings.
    pub config: Arc<Config>,
    /// Rows, for handlers without a rule.
    pub db: Database,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Sign-in and accounts.
    pub auth: Arc<auth::Service>,
    /// Drafts and their revisions.
    pub drafts: Drafts,
    /// The approval queue.
    pub approvals: approvals::Service,
    /// The conversation.
    pub chat: chat::Service,
    /// Live notices.
    pub events: Events,
    /// Who asked how often.
    pub limits: Limits,
    /// Articles and templates by words.
    pub knowledge: knowledge::Service,
    /// Events in, executions and their stories out.
    pub execution: execution::Service,
    /// Open event streams, counted by person.
    pub streams: Streams,
    /// Whether `--demo` was given: sample data, skip-ahead clock.
    pub demo: bool,
    /// Work of requests that goes on when their sender hangs up; awaited on shutdown.
    pub tasks: TaskTracker,
    /// Fires when the server is asked to stop; long streams end on it.
    pub shutdown: CancellationToken,
}
