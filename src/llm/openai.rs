//! Any OpenAI-compatible chat endpoint, streamed. The only user of `async-openai`.
//!
//! The client's own retries are switched off (see [`Transport`]): they cannot be told apart from ours, and they lose
//! the status of an error whose body they cannot read.

use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::header::RETRY_AFTER;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::delta::{Assembler, Chunk};
use super::types::{ChatMessage, ChatRequest, ChatStream, Delta};
use super::{ChatModel, LlmError};
use crate::config::LlmConfig;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a refusal's body is kept for the log.
const KEPT_OF_BODY: usize = 500;

/// A model at an endpoint.
#[derive(Clone)]
pub struct OpenAiModel {
    client: Client<OpenAIConfig>,
    model: String,
    first_token: Duration,
    idle: Duration,
    total: Duration,
}

impl std::fmt::Debug for OpenAiModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiModel").field("model", &self.model).finish_non_exhaustive()
    }
}

impl OpenAiModel {
    /// A client with our timeouts.
    ///
    /// # Errors
    /// [`LlmError::Client`].
    pub fn new(config: &LlmConfig) -> Result<Self, LlmError> {
        // a second installation is refused, and that is fine: the first one is the same
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // a backstop: the stream below watches the time itself, and knows what it waits for
            .read_timeout(Duration::from_secs(config.idle_s.max(config.first_token_s) + 5))
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("auterity/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(LlmError::Client)?;
        let settings = OpenAIConfig::new()
            .with_api_base(config.base_url.trim_end_matches('/'))
            .with_api_key(config.api_key.expose_secret());
        let client = Client::build(http.clone(), settings).with_http_service(Transport { http });
        Ok(Self {
            client,
            model: config.model.clone(),
            first_token: Duration::from_secs(config.first_token_s),
            idle: Duration::from_secs(config.idle_s),
            total: Duration::from_secs(config.total_s),
        })
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let mut body = json!({
            "model": self.model,
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_completion_tokens": request.max_tokens,
            "messages": request.messages.iter().map(message).collect::<Vec<_>>(),
        });
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name, "description": tool.description, "parameters": tool.parameters,
                }})
            });
            body["tools"] = tools.collect();
        }
        body
    }
}

fn message(message: &ChatMessage) -> Value {
    let mut out = json!({"role": message.role.as_str(), "content": message.content});
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
        });
        out["tool_calls"] = calls.collect();
        if message.content.is_empty() {
            out["content"] = Value::Null;
        }
    }
    if let Some(id) = &message.tool_call_id {
        out["tool_call_id"] = json!(id);
    }
    out
}

impl ChatModel for OpenAiModel {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>> {
        let (model, body) = (self.clone(), self.body(&request));
        Box::pin(async move {
            let begun = Instant::now();
            let chat = model.client.chat();
            let sent = chat.create_stream_byot::<_, Value>(body);
            let chunks = match tokio::time::timeout(model.first_token, sent).await {
                Ok(Ok(chunks)) => chunks,
                Ok(Err(error)) => return Err(refusal(error)),
                Err(_elapsed) => return Err(LlmError::Timeout),
            };
            Ok(deltas(chunks, begun + model.first_token, model.idle, begun + model.total))
        })
    }

    fn name(&self) -> &str {
        &self.model
    }
}

type Chunks = std::pin::Pin<Box<dyn futures::Stream<Item = Result<Value, OpenAIError>> + Send>>;

/// The endpoint's chunks as deltas; the first must come before `first`, the last before `last`, and no pause may be
/// longer than `idle`.
fn deltas(mut chunks: Chunks, first: Instant, idle: Duration, last: Instant) -> ChatStream {
    let stream = async_stream::stream! {
        let mut assembler = Assembler::default();
        let mut deadline = first;
        loop {
            let chunk = match tokio::time::timeout_at(deadline, chunks.next()).await {
                Err(_elapsed) => {
                    yield Err(LlmError::Timeout);
                    return;
                }
                Ok(None) => break,
                Ok(Some(Err(error))) => {
                    yield Err(broken(error));
                    return;
                }
                Ok(Some(Ok(chunk))) => chunk,
            };
            deadline = last.min(Instant::now() + idle);
            if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
                yield Err(LlmError::MidStream { body: clip(&error.to_string()) });
                return;
            }
            let Ok(chunk) = serde_json::from_value::<Chunk>(chunk) else {
                yield Err(LlmError::Malformed);
                return;
            };
            for delta in assembler.push(chunk) {
                yield Ok(delta);
            }
        }
        match assembler.finish() {
            Some(reason) => yield Ok(Delta::Finish(reason)),
            None => yield Err(LlmError::Cut),
        }
    };
    stream.boxed()
}

/// Why the request was not answered.
fn refusal(error: OpenAIError) -> LlmError {
    match error {
        OpenAIError::Boxed(source) => match source.downcast::<Refused>() {
            Ok(refused) => {
                LlmError::Status { status: refused.status, retry_after: refused.retry_after, body: refused.body }
            }
            Err(other) => LlmError::Connection(OpenAIError::Boxed(other)),
        },
        OpenAIError::Reqwest(source) if source.is_timeout() && !source.is_connect() => LlmError::Timeout,
        error @ (OpenAIError::Reqwest(_) | OpenAIError::StreamError(_)) => LlmError::Connection(error),
        OpenAIError::JSONDeserialize(..) => LlmError::Malformed,
        error => LlmError::Request(error),
    }
}

/// Why a stream that began did not go on.
fn broken(error: OpenAIError) -> LlmError {
    match error {
        OpenAIError::JSONDeserialize(..) => LlmError::Malformed,
        OpenAIError::StreamError(_) => LlmError::Cut,
        error => refusal(error),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(KEPT_OF_BODY).collect()
}

/// A refusal with its status, whatever its body is.
#[derive(Debug, thiserror::Error)]
#[error("status {status}")]
struct Refused {
    status: u16,
    retry_after: Option<Duration>,
    body: String,
}

/// Sends a request once and keeps status and `Retry-After` of a refusal.
#[derive(Clone)]
struct Transport {
    http: reqwest::Client,
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.http.clone();
        Box::pin(async move {
            let response = http.execute(request.build().await?).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let retry_after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(Duration::from_secs);
            let status = response.status().as_u16();
            let body = clip(&bounded_text(response).await);
            Err(OpenAIError::Boxed(Box::new(Refused { status, retry_after, body })))
        })
    }
}

/// The beginning of a body; an endpoint cannot make us read more.
async fn bounded_text(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(part)) = response.chunk().await {
        bytes.extend_from_slice(&part);
        if bytes.len() > KEPT_OF_BODY * 4 {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
