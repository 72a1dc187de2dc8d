//! The only place that asks a model again: for failures that pass, and only while nothing of the answer was heard.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use rand::Rng;

use super::{ChatModel, ChatRequest, ChatStream, LlmError};

/// Longest pause an endpoint can make us take.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A model that is asked up to `attempts` times.
#[derive(Debug)]
pub struct Retrying {
    inner: Arc<dyn ChatModel>,
    attempts: u32,
}

impl Retrying {
    /// Wraps a model.
    #[must_use]
    pub fn new(inner: Arc<dyn ChatModel>, attempts: u32) -> Self {
        Self { inner, attempts }
    }
}

/// The pause before attempt `attempt + 1`: what the endpoint asked for, else doubling with jitter.
fn pause(error: &LlmError, attempt: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let jitter = rand::rng().random_range(0.75..1.25);
    error.retry_after().unwrap_or_else(|| doubled.mul_f64(jitter)).min(LONGEST_PAUSE)
}

/// One attempt, held back until the first piece of the answer is there.
async fn attempt(model: &dyn ChatModel, request: ChatRequest) -> Result<ChatStream, LlmError> {
    let mut answer = model.stream(request).await?;
    match answer.next().await {
        Some(Ok(first)) => Ok(stream::iter([Ok(first)]).chain(answer).boxed()),
        Some(Err(error)) => Err(error),
        None => Err(LlmError::Cut),
    }
}

impl ChatModel for Retrying {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>> {
        let (model, attempts) = (Arc::clone(&self.inner), self.attempts);
        Box::pin(async move {
            let mut tried = 1;
            loop {
                match attempt(model.as_ref(), request.clone()).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) if error.passing() && tried < attempts => {
                        let pause = pause(&error, tried);
                        tracing::warn!(
                            llm.model = model.name(),
                            llm.attempt = tried,
                            llm.error = error.code(),
                            llm.pause_ms = pause.as_millis(),
                            "a model call failed and is tried again"
                        );
                        tokio::time::sleep(pause).await;
                        tried += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
        })
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn offline(&self) -> bool {
        self.inner.offline()
    }
}
