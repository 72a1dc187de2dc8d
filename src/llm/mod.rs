//! Language models behind one trait, in our own types.
//!
//! [`openai`] speaks to any OpenAI-compatible endpoint and is the only user of that client; [`offline`] lets the
//! built-in planner speak as a model; [`retry`] is the only place that tries again.

pub mod delta;
pub mod error;
pub mod offline;
pub mod openai;
pub mod retry;
pub mod types;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::config::LlmConfig;

pub use error::LlmError;
pub use types::{ChatMessage, ChatRequest, ChatRole, ChatStream, Delta, FinishReason, Setting, ToolSpec, Usage};

/// Something that answers a conversation, piece by piece.
pub trait ChatModel: Send + Sync + std::fmt::Debug {
    /// Sends the request. The future resolves when the answer begins, or to why it did not.
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>>;

    /// The model's name, for people and for usage.
    fn name(&self) -> &str;

    /// Whether it is the built-in planner, which users are told.
    fn offline(&self) -> bool {
        false
    }
}

/// The model the settings ask for.
///
/// # Errors
/// [`LlmError::Client`] when the HTTP client cannot be built.
pub fn from_config(config: &LlmConfig) -> Result<Arc<dyn ChatModel>, LlmError> {
    if config.offline() {
        return Ok(Arc::new(offline::OfflineModel));
    }
    let endpoint = openai::OpenAiModel::new(config)?;
    Ok(Arc::new(retry::Retrying::new(Arc::new(endpoint), config.attempts)))
}
