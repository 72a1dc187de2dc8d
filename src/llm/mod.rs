//! Language models behind one trait, in our own types.
//!
//! [`fallback`] asks the providers of the settings in their order; [`openai`] speaks with one of them; [`offline`] lets
//! the built-in planner speak as a model. [`retry`] says when somebody is asked again, [`breaker`] when they are left
//! alone; [`delta`] puts a streamed answer together.

pub mod breaker;
mod chunk;
mod delta;
mod dialect;
pub mod error;
pub mod fallback;
pub mod offline;
pub mod openai;
mod pricing;
pub mod retry;
mod sse;
mod thoughts;
pub mod types;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::config::LlmConfig;

pub use error::{Failure, LlmError};
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
/// [`LlmError::Client`] and [`LlmError::Header`] when a provider's client cannot be built.
pub fn from_config(config: &LlmConfig) -> Result<Arc<dyn ChatModel>, LlmError> {
    if config.offline() {
        return Ok(Arc::new(offline::OfflineModel));
    }
    Ok(Arc::new(fallback::Providers::new(config)?))
}
