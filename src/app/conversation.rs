//! Assembly of the conversation: model, tools, prompts.

use std::sync::Arc;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::approvals::Drafts;
use crate::chat;
use crate::config::Config;
use crate::events::Events;
use crate::knowledge;
use crate::llm;
use crate::model::Clock;
use crate::prompts::Prompts;
use crate::store::Database;
use crate::tools::{self, Drafting};

/// What the conversation shares with the rest.
#[derive(Debug)]
pub struct Shared {
    /// Rows.
    pub db: Database,
    /// Live notices.
    pub events: Events,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What can be looked up.
    pub knowledge: knowledge::Service,
    /// Where turns run.
    pub tasks: TaskTracker,
    /// Fires when the server stops.
    pub shutdown: CancellationToken,
}

/// The conversation service.
///
/// # Errors
/// When the model's client or a prompt cannot be made.
pub fn build(config: &Config, shared: Shared) -> anyhow::Result<chat::Service> {
    let Shared { db, events, clock, knowledge, tasks, shutdown } = shared;
    let model = llm::from_config(&config.llm).context("the model client cannot be made")?;
    let drafts = Drafts::new(db.clone(), events.clone(), Arc::clone(&clock));
    let registry = tools::registry(&knowledge, &Drafting { drafts: drafts.clone() });
    if !model.offline() {
        // a second of work; until it is done, tokens are estimated
        tasks.spawn_blocking(chat::context::load_tokenizer);
    }
    Ok(chat::Service::new(chat::Parts {
        db,
        events,
        clock,
        tasks,
        shutdown,
        model,
        registry,
        drafts,
        prompts: Prompts::load().context("the prompts cannot be read")?,
        config: config.llm.clone(),
        budget: config.budget.clone(),
    }))
}
