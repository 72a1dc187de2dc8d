//! Live notices between parts of the system: "this run has a new frame", "there is work for the engine".
//!
//! Notices are hints that make things fast. Whoever listens must also converge by reading the store, because a notice
//! can be lost (a slow listener, another process). Nothing is stored here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use crate::model::{ExecutionId, RunId, TenantId};

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Frames of one agent run; the body is the frame.
    Run(RunId),
    /// One execution changed.
    Execution(ExecutionId),
    /// Something of this tenant changed (approvals, outbox, executions); the body names what.
    Tenant(TenantId),
    /// There may be work for the execution engine: an event to route, an execution that is due.
    Engine,
}

/// One notice: its body is JSON text, or empty for a bare hint.
pub type Notice = Arc<str>;

/// Where notices travel.
#[derive(Debug, Clone)]
pub enum Events {
    /// Within this process.
    Local(LocalEvents),
}

/// The in-process bus.
#[derive(Debug, Clone, Default)]
pub struct LocalEvents {
    topics: Arc<Mutex<HashMap<Topic, broadcast::Sender<Notice>>>>,
}

/// Receives the notices of one topic from the moment it was made.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Notice>);

impl Default for Events {
    fn default() -> Self {
        Self::Local(LocalEvents::default())
    }
}

impl Events {
    /// Tells every current listener of `topic`. Never waits, never fails: without listeners the notice is gone.
    pub fn publish(&self, topic: &Topic, body: impl Into<Notice>) {
        let Self::Local(local) = self;
        let mut topics = local.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(topic)
            && sender.send(body.into()).is_err()
        {
            topics.remove(topic);
        }
    }

    /// Listens from now on.
    #[must_use]
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        let Self::Local(local) = self;
        let mut topics = local.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = topics.entry(topic).or_insert_with(|| broadcast::channel(1024).0);
        Subscription(sender.subscribe())
    }
}

/// What a listener gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A notice.
    Notice(Notice),
    /// Some were missed: read the store again.
    Missed,
    /// The bus is gone.
    Closed,
}

impl Subscription {
    /// Waits for the next notice. Cancel-safe.
    pub async fn next(&mut self) -> Next {
        match self.0.recv().await {
            Ok(notice) => Next::Notice(notice),
            Err(broadcast::error::RecvError::Lagged(_)) => Next::Missed,
            Err(broadcast::error::RecvError::Closed) => Next::Closed,
        }
    }
}
