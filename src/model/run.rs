//! Runs: one turn of the agent, from the user's message to the last event on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::spending::Spent;
use super::{ConversationId, RunId, TenantId, UserId};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A driver works on it.
    Running,
    /// It ended well.
    Finished,
    /// It ended with an error the user saw.
    Failed,
    /// The user stopped it.
    Cancelled,
    /// Its process died; what was stored remains.
    Interrupted,
}

impl RunStatus {
    const ALL: [Self; 5] = [Self::Running, Self::Finished, Self::Failed, Self::Cancelled, Self::Interrupted];

    /// The name stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// What a run spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct RunUsage {
    /// Model that answered.
    pub model: String,
    /// Tokens sent.
    pub input_tokens: i64,
    /// The part of them that the provider had in its prompt cache.
    pub cached_tokens: i64,
    /// Tokens received.
    pub output_tokens: i64,
    /// Millionths of a dollar, by the price tables of the providers; 0 without one.
    pub cost_microdollars: i64,
    /// Rounds of model calls.
    pub rounds: i64,
    /// Tool calls.
    pub tool_calls: i64,
}

impl RunUsage {
    /// Tokens sent and received.
    #[must_use]
    pub const fn tokens(&self) -> i64 {
        self.input_tokens + self.output_tokens
    }

    /// Adds what a model call took.
    pub const fn add(&mut self, spent: Spent) {
        self.input_tokens += spent.input_tokens;
        self.cached_tokens += spent.cached_tokens;
        self.output_tokens += spent.output_tokens;
        self.cost_microdollars += spent.cost_microdollars;
    }
}

/// One turn of the agent.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its tenant.
    #[serde(skip)]
    pub tenant_id: TenantId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Who asked.
    pub user_id: UserId,
    /// Where it stands.
    pub status: RunStatus,
    /// Stable code, when it failed.
    pub error_code: Option<String>,
    /// What it spent.
    pub usage: RunUsage,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One stored frame of a run: its number and the JSON text as it went over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Number within the run, from 1, ascending; gaps are possible.
    pub seq: i64,
    /// The AG-UI event as JSON text.
    pub body: String,
}
