//! One provider that speaks OpenAI's chat protocol: a request is sent once, and its answer heard to its end.
//!
//! Every wait has a limit, everything received a bound, and whatever happens the answer ends in one
//! [`Delta::Finish`] or one [`LlmError`], with the connection given back or closed by then. Dropping the answer closes
//! it too. Redirects are not followed: the key goes to the address in the settings and nowhere else.
//!
//! What is said is written in `async-openai`'s types ([`dialect`]); what is heard is not read by its client, which loses
//! the status of a refusal whose body it does not know, hides `retry-after`, bounds no event, and reads ahead into a
//! channel without end from a task of its own. Nor do its types read the looser servers: a chunk of theirs without `id`,
//! `created` or a call's `index` is an error to it, and an answer like any other to ours ([`super::chunk`]).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, timeout_at};

use super::chunk::Chunk;
use super::delta::Assembler;
use super::error::Waiting;
use super::sse::Events;
use super::types::{ChatRequest, ChatStream, Delta, Usage};
use super::{LlmError, dialect, pricing, retry};
use crate::config::{Dialect, Patience, Price, ProviderConfig};
use crate::model::{Clock, SystemClock};

/// How much of a refusal's body is kept for the log.
const KEPT_OF_BODY: usize = 500;
/// How long a refusal may take to say why.
const REFUSAL: Duration = Duration::from_secs(2);
/// How long a stream that said why it stopped may take to say what it took, and to end.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long the end of the body may take after the last event: a connection is not worth more.
const LAST_BYTE: Duration = Duration::from_millis(25);
/// Shorter texts are not looked for in what a provider says: they would be found in any.
const SHORTEST_SECRET: usize = 6;

/// A provider, ready to be asked.
pub struct Endpoint {
    name: Arc<str>,
    model: Arc<str>,
    http: reqwest::Client,
    url: String,
    headers: HeaderMap,
    secrets: Vec<SecretString>,
    dialect: Dialect,
    extra: Map<String, Value>,
    patience: Patience,
    price: Price,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).field("model", &self.model).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// A provider as the settings describe it.
    ///
    /// # Errors
    /// [`LlmError::Client`] and [`LlmError::Header`].
    pub fn new(config: &ProviderConfig, patience: Patience) -> Result<Self, LlmError> {
        // a second installation is refused, and that is fine: the first one is the same
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .connect_timeout(patience.connect)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("auterity/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(LlmError::Client)?;
        let own = config.headers.values().chain([&config.api_key]);
        Ok(Self {
            name: config.name.as_str().into(),
            model: config.model.as_str().into(),
            http,
            url: format!("{}/chat/completions", config.base_url.trim_end_matches('/')),
            headers: headers(config)?,
            secrets: own.filter(|secret| secret.expose_secret().len() >= SHORTEST_SECRET).cloned().collect(),
            dialect: config.spoken(),
            extra: config.extra.clone(),
            patience,
            price: config.price,
        })
    }

    /// The provider's name in the settings.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its model.
    #[must_use]
    pub fn model(&self) -> &Arc<str> {
        &self.model
    }

    /// Sends a request once. The answer is over at `until` at the latest.
    ///
    /// # Errors
    /// Why no answer began; why one that began did not end well comes with the answer.
    pub async fn ask(self: &Arc<Self>, request: &ChatRequest, until: Instant) -> Result<ChatStream, LlmError> {
        let begun = Instant::now();
        let last = until.min(begun + self.patience.total);
        let first = last.min(begun + self.patience.first_token);
        let body = dialect::body(self.dialect, &self.model, request, &self.extra).map_err(LlmError::Unwritable)?;
        let sent = body.len();
        let call = self.http.post(&self.url).headers(self.headers.clone()).body(body).send();
        let response = match timeout_at(first, call).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(LlmError::Unreachable(error.without_url())),
            Err(_elapsed) => return Err(LlmError::Timeout(Waiting::ForTheFirstPiece)),
        };
        let response = self.accept(response).await?;
        let hearing = Hearing {
            endpoint: Arc::clone(self),
            events: Events::new(response.bytes_stream().boxed()),
            answer: Assembler::default(),
            sent,
            first,
            last,
            heard: begun,
            alarm: Box::pin(tokio::time::sleep_until(first)),
        };
        Ok(hearing.deltas())
    }

    /// A response that is the stream of an answer, or why it is none.
    async fn accept(&self, response: reqwest::Response) -> Result<reqwest::Response, LlmError> {
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry::asked_pause(response.headers(), SystemClock.now());
            let body = self.log_text(&beginning(response).await);
            return Err(LlmError::Status { status: status.as_u16(), retry_after, body });
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let encoding = header(CONTENT_ENCODING);
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return Err(LlmError::NotAStream(clip(&format!("{encoding} encoding"))));
        }
        let kind = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "text/event-stream" | "" => Ok(response),
            "application/json" => {
                let body = beginning(response).await;
                match serde_json::from_slice::<Value>(&body).ok().and_then(|body| body.get("error").cloned()) {
                    Some(error) if !error.is_null() => Err(self.reported(&error)),
                    Some(_) | None => Err(LlmError::NotAStream(kind)),
                }
            }
            other => Err(LlmError::NotAStream(clip(other))),
        }
    }

    /// What the provider says went wrong on its side.
    fn reported(&self, error: &Value) -> LlmError {
        let text = error.to_string();
        let told = ["code", "type", "status"].iter().filter_map(|key| error.get(*key));
        let limited = told.into_iter().any(|value| {
            value.as_i64() == Some(429)
                || value.as_str().is_some_and(|text| text == "429" || text.contains("rate_limit"))
        });
        LlmError::Reported { limited, body: self.log_text(text.as_bytes()) }
    }

    /// The beginning of what a provider said, without secrets: some repeat the key they refuse.
    fn log_text(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret(), "[secret]");
        }
        clip(&text)
    }

    /// What an answer took: as the provider counts, else estimated.
    fn usage(&self, answer: &Assembler, sent: usize) -> Usage {
        let usage = answer.usage().unwrap_or_else(|| Usage {
            input_tokens: pricing::estimate(sent),
            output_tokens: pricing::estimate(answer.received()),
            estimated: true,
            ..Usage::default()
        });
        pricing::priced(usage, &self.price)
    }
}

fn headers(config: &ProviderConfig) -> Result<HeaderMap, LlmError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    // compressed pieces come late, if they come at all before the end
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let secret = |text: &str, place: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| LlmError::Header(place.to_owned()))?;
        value.set_sensitive(true);
        Ok::<_, LlmError>(value)
    };
    let key = config.api_key.expose_secret();
    if !key.is_empty() {
        headers.insert(AUTHORIZATION, secret(&format!("Bearer {key}"), "api_key")?);
    }
    for (name, value) in &config.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| LlmError::Header(name.clone()))?;
        headers.insert(header, secret(value.expose_secret(), name)?);
    }
    Ok(headers)
}

/// An answer being heard.
struct Hearing {
    endpoint: Arc<Endpoint>,
    events: Events<BoxStream<'static, Result<Bytes, reqwest::Error>>>,
    answer: Assembler,
    /// Bytes of the request.
    sent: usize,
    /// When the answer must have begun.
    first: Instant,
    /// When it must be over.
    last: Instant,
    /// When the last piece came.
    heard: Instant,
    /// Goes off at the present deadline; one for the whole answer, moved with each piece.
    alarm: Pin<Box<Sleep>>,
}

impl Hearing {
    fn deltas(mut self) -> ChatStream {
        let stream = async_stream::stream! {
            let end = loop {
                match self.next().await {
                    Ok(Some(deltas)) => {
                        for delta in deltas {
                            yield Ok(delta);
                        }
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            let Self { endpoint, events, answer, sent, .. } = self;
            // whoever holds on to the answer does not hold on to the connection
            drop(events);
            if answer.alive() {
                yield Ok(Delta::Usage(endpoint.usage(&answer, sent)));
            }
            match (end, answer.finish()) {
                (None, Some(reason)) => yield Ok(Delta::Finish(reason)),
                (error, _) => yield Err(error.unwrap_or(LlmError::Cut)),
            }
        };
        stream.boxed()
    }

    /// The next pieces; `None` when the answer is over.
    async fn next(&mut self) -> Result<Option<Vec<Delta>>, LlmError> {
        let (deadline, waiting) = self.deadline();
        if deadline != self.alarm.deadline() {
            self.alarm.as_mut().reset(deadline);
        }
        let event = tokio::select! {
            biased;
            event = self.events.next() => event,
            // also heard when a provider sends without a pause
            () = unconstrained(self.alarm.as_mut()) => return self.over(LlmError::Timeout(waiting)),
        };
        let event = match event {
            Ok(Some(event)) if event.data.trim_ascii() != b"[DONE]" => event,
            Ok(Some(_done)) => {
                // with the end of the body read, the connection can be used again
                drop(timeout_at(Instant::now() + LAST_BYTE, self.events.next()).await);
                return self.over(LlmError::Cut);
            }
            Ok(None) => return self.over(LlmError::Cut),
            Err(error) => return self.over(error),
        };
        self.heard = Instant::now();
        if event.error {
            let error = serde_json::from_slice(&event.data).unwrap_or_default();
            return self.over(self.endpoint.reported(&error));
        }
        let Ok(chunk) = serde_json::from_slice::<Chunk>(&event.data) else { return self.over(LlmError::Malformed) };
        if let Some(error) = chunk.error.as_ref().filter(|error| !error.is_null()) {
            return self.over(self.endpoint.reported(error));
        }
        if chunk.object.as_ref().is_some_and(|object| object == "error") {
            let error = serde_json::from_slice(&event.data).unwrap_or_default();
            return self.over(self.endpoint.reported(&error));
        }
        Ok(Some(self.answer.push(chunk)))
    }

    /// How long the next event is waited for, and what for.
    fn deadline(&self) -> (Instant, Waiting) {
        let (deadline, waiting) = if self.answer.finish().is_some() {
            (self.heard + FAREWELL, Waiting::ForTheEnd)
        } else if self.answer.alive() {
            (self.heard + self.endpoint.patience.idle, Waiting::ForTheNextPiece)
        } else {
            (self.first, Waiting::ForTheFirstPiece)
        };
        if deadline < self.last { (deadline, waiting) } else { (self.last, Waiting::ForTheEnd) }
    }

    /// The end; what goes wrong after the answer said why it stopped is no failure.
    fn over(&self, otherwise: LlmError) -> Result<Option<Vec<Delta>>, LlmError> {
        if self.answer.finish().is_some() { Ok(None) } else { Err(otherwise) }
    }
}

fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(KEPT_OF_BODY).collect()
}

/// The beginning of a body; a provider cannot make us read more, or wait for it.
async fn beginning(mut response: reqwest::Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = async {
        while let Ok(Some(part)) = response.chunk().await {
            bytes.extend_from_slice(&part);
            if bytes.len() > KEPT_OF_BODY * 4 {
                break;
            }
        }
    };
    // what came until then will do
    drop(tokio::time::timeout(REFUSAL, read).await);
    bytes
}
