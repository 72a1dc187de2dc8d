//! What the edge calls: begin a turn, stop it, read what was said.

mod beside;
mod conversations;
mod session;
mod start;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::instructions::Instructions;
use super::recorder::Outlets;
use super::state::ModelView;
use super::turn::Limits;
use super::writer::TurnWriter;
use crate::approvals::Drafts;
use crate::auth::Principal;
use crate::config::{BudgetConfig, LlmConfig};
use crate::events::Events;
use crate::llm::ChatModel;
use crate::model::{Clock, ConversationId, MessageId, RunId};
use crate::prompts::Prompts;
use crate::store::Database;
use crate::store::runs::Lease;
use crate::tools::Registry;

pub use conversations::History;
pub(super) use start::Driven;
pub use start::Started;

/// Messages of a conversation that are read at most.
pub const HISTORY: i64 = 400;
const TITLE_LENGTH: usize = 80;

/// What the conversation needs from the rest of the house.
#[derive(Debug)]
pub struct Parts {
    /// Rows.
    pub db: Database,
    /// Live notices.
    pub events: Events,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where turns run.
    pub tasks: TaskTracker,
    /// Fires when the server stops.
    pub shutdown: CancellationToken,
    /// Who answers.
    pub model: Arc<dyn ChatModel>,
    /// What the model can do.
    pub registry: Registry,
    /// Drafts.
    pub drafts: Drafts,
    /// What the model is told.
    pub prompts: Prompts,
    /// The model's settings.
    pub config: LlmConfig,
    /// What may be spent.
    pub budget: BudgetConfig,
}

/// The conversation service.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) parts: Arc<Parts>,
    writer: TurnWriter,
    owner: String,
    running: Arc<Mutex<HashMap<RunId, CancellationToken>>>,
    pub(super) instructions: Instructions,
}

/// A message that begins a turn. Ids are the client's: ours, or any text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTurn {
    /// The client's name for the conversation.
    pub thread: String,
    /// The client's name for the run.
    pub run: String,
    /// What the user said.
    pub text: String,
    /// The client's id of the message: kept when it is one of ours in form and free.
    pub message: Option<MessageId>,
}

impl Service {
    /// A service over its parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            writer: TurnWriter::new(parts.db.clone(), parts.tasks.clone()),
            parts: Arc::new(parts),
            owner: RunId::generate().as_str().replace(RunId::PREFIX, "proc"),
            running: Arc::default(),
            instructions: Instructions::default(),
        }
    }

    /// Where what turns did goes.
    pub(super) fn outlets(&self) -> Outlets {
        let parts = &self.parts;
        Outlets {
            db: parts.db.clone(),
            writer: self.writer.clone(),
            events: parts.events.clone(),
            clock: Arc::clone(&parts.clock),
        }
    }

    /// Where this service writes drafts.
    #[must_use]
    pub fn drafts(&self) -> &Drafts {
        &self.parts.drafts
    }

    /// Our id for a client's name of a conversation.
    #[must_use]
    pub fn conversation_id(principal: &Principal, thread: &str) -> ConversationId {
        let derived = || ConversationId::derive(&format!("{}/{}/{thread}", principal.tenant, principal.user));
        thread.parse().unwrap_or_else(|_| derived())
    }

    /// Our id for a client's name of a run.
    #[must_use]
    pub fn run_id(principal: &Principal, run: &str) -> RunId {
        let derived = || RunId::derive(&format!("{}/{}/{run}", principal.tenant, principal.user));
        run.parse().unwrap_or_else(|_| derived())
    }

    /// The lease this process gives its runs.
    pub(super) fn lease(&self) -> Lease {
        let until = self.parts.clock.now() + TimeDelta::seconds(self.parts.config.turn_lease_s);
        Lease { owner: self.owner.clone(), until }
    }

    /// How long a run may go without a sign of life.
    pub(super) fn lease_time(&self) -> Duration {
        Duration::from_secs(self.parts.config.turn_lease_s.unsigned_abs())
    }

    /// How often a driver gives one.
    pub(super) fn heartbeat(&self) -> Duration {
        self.lease_time() / 3
    }

    pub(super) fn model_view(&self) -> ModelView {
        ModelView { name: self.parts.model.name().to_owned(), offline: self.parts.model.offline() }
    }

    fn limits(&self) -> Limits {
        let Parts { config, budget, .. } = self.parts.as_ref();
        Limits {
            max_rounds: config.max_rounds,
            max_repairs: config.max_repairs,
            max_tool_calls: budget.turn_tool_calls,
            max_tokens: budget.turn_tokens,
            max_microdollars: budget.turn_microdollars,
        }
    }

    /// Whether this process drives a run.
    pub(super) fn drives(&self, run: &RunId) -> bool {
        self.running().contains_key(run)
    }

    pub(super) fn running(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn title(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE_LENGTH).collect()
}
