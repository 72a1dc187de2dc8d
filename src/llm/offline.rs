//! The built-in planner as a model: no key, no network, the same streamed tool calls.

use futures::future::BoxFuture;

use super::{ChatModel, ChatRequest, ChatStream, LlmError};

/// The planner, speaking as a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfflineModel;

impl ChatModel for OfflineModel {
    fn stream(&self, _request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>> {
        Box::pin(async { Err(LlmError::Cut) })
    }

    fn name(&self) -> &'static str {
        "offline-planner"
    }

    fn offline(&self) -> bool {
        true
    }
}
