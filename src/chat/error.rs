//! Why a turn does not begin.

use chrono::TimeDelta;

use super::budget::Whose;
use crate::approvals::DraftError;
use crate::prompts::PromptError;
use crate::store::StoreError;

/// A refused turn, or a failed read.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// No such conversation for this user.
    #[error("there is no such conversation")]
    NoConversation,
    /// No such run for this user.
    #[error("there is no such run")]
    NoRun,
    /// No such draft in this tenant.
    #[error("there is no such draft")]
    NoDraft,
    /// Another turn of the conversation is not over.
    #[error("another turn of this conversation is not over")]
    Busy,
    /// The id is taken by a run of another conversation.
    #[error("the run id is taken")]
    RunTaken,
    /// Today's share of the model is used up.
    #[error("today's share of the language model is used up")]
    DaySpent {
        /// Whose.
        whose: Whose,
        /// Until the next day begins.
        left: TimeDelta,
    },
    /// The prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The draft cannot be read.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}
