//! How an execution of a workflow stands.

use serde::{Deserialize, Serialize};

/// State of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Stored, not yet picked up.
    Ready,
    /// An engine works on it.
    Running,
    /// Waits for a moment or an event; nothing of it is in memory.
    Waiting,
    /// Came to its end.
    Completed,
    /// Ended by an error nobody caught.
    Faulted,
    /// Ended by a person.
    Cancelled,
    /// Its engine crashed on it too often; a person has to look.
    Parked,
}

impl ExecutionStatus {
    /// The name stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Faulted => "faulted",
            Self::Cancelled => "cancelled",
            Self::Parked => "parked",
        }
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Faulted | Self::Cancelled)
    }
}

/// The text names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state of an execution")]
pub struct UnknownStatus;

impl std::str::FromStr for ExecutionStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let all =
            [Self::Ready, Self::Running, Self::Waiting, Self::Completed, Self::Faulted, Self::Cancelled, Self::Parked];
        all.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}
