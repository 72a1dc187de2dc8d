//! Asks providers as the conversation does, and puts what comes back together.

use std::time::{Duration, Instant};

use auterity::config::{Config, LlmConfig, ProviderConfig};
use auterity::llm::{ChatMessage, ChatModel, ChatRequest, Delta, FinishReason, LlmError, Usage, fallback::Providers};
use futures::StreamExt;

use crate::upstream::Upstream;

/// A key that must not be found anywhere.
pub const KEY: &str = "sk-SECRET-0123456789";

/// The waits of these tests: long enough for a busy machine, short enough for many tests.
pub const FIRST_TOKEN: f64 = 0.6;
pub const IDLE: f64 = 0.4;
pub const TOTAL: f64 = 1.5;

/// What an answer came to.
#[derive(Debug)]
pub struct Outcome {
    /// Who answered.
    pub provider: Option<String>,
    pub said: String,
    pub refused: String,
    /// Id, name and arguments of each call.
    pub calls: Vec<(String, String, String)>,
    pub usage: Option<Usage>,
    pub end: Result<FinishReason, LlmError>,
    /// From the question to the end.
    pub took: Duration,
}

impl Outcome {
    /// How it ended, in a word.
    pub fn word(&self) -> &'static str {
        match &self.end {
            Ok(FinishReason::Stop) => "stop",
            Ok(FinishReason::ToolCalls) => "tool_calls",
            Ok(FinishReason::Length) => "length",
            Ok(FinishReason::ContentFilter) => "content_filter",
            Err(error) => error.code(),
        }
    }
}

/// Settings with these providers; more than one is asked in this order.
pub fn settings(upstreams: &[&Upstream]) -> LlmConfig {
    let mut config = Config::defaults().unwrap().llm;
    let provider = |(at, upstream): (usize, &&Upstream)| ProviderConfig {
        name: ["first", "second", "third"][at].to_owned(),
        base_url: upstream.base_url.clone(),
        model: format!("model-{at}"),
        api_key: KEY.to_owned().into(),
        first_token_s: Some(FIRST_TOKEN),
        idle_s: Some(IDLE),
        total_s: Some(TOTAL),
        ..ProviderConfig::default()
    };
    config.providers = upstreams.iter().enumerate().map(provider).collect();
    config.attempts = 1;
    config
}

/// A model over one provider that is asked once.
pub fn only(upstream: &Upstream) -> Providers {
    Providers::new(&settings(&[upstream])).unwrap()
}

/// Asks and listens to the end.
pub async fn ask(model: &Providers) -> Outcome {
    ask_with(model, request()).await
}

pub fn request() -> ChatRequest {
    let messages = vec![ChatMessage::system("Be brief."), ChatMessage::user("hello")];
    ChatRequest { messages, max_tokens: 100, ..ChatRequest::default() }
}

pub async fn ask_with(model: &Providers, request: ChatRequest) -> Outcome {
    let begun = Instant::now();
    let mut outcome = Outcome {
        provider: None,
        said: String::new(),
        refused: String::new(),
        calls: Vec::new(),
        usage: None,
        end: Err(LlmError::Cut),
        took: Duration::ZERO,
    };
    match model.stream(request).await {
        Err(error) => outcome.end = Err(error),
        Ok(mut answer) => {
            let mut over = false;
            while let Some(piece) = answer.next().await {
                assert!(!over, "nothing follows the end");
                match piece {
                    Ok(Delta::Answering { provider, .. }) => outcome.provider = Some(provider.to_string()),
                    Ok(Delta::Text(text)) => outcome.said.push_str(&text),
                    Ok(Delta::Refusal(text)) => outcome.refused.push_str(&text),
                    Ok(Delta::ToolCallStart { index, id, name }) => {
                        assert_eq!(index, outcome.calls.len());
                        outcome.calls.push((id, name, String::new()));
                    }
                    Ok(Delta::ToolCallArguments { index, delta }) => outcome.calls[index].2.push_str(&delta),
                    Ok(Delta::Usage(usage)) => assert!(outcome.usage.replace(usage).is_none(), "once"),
                    Ok(Delta::Finish(reason)) => (outcome.end, over) = (Ok(reason), true),
                    Err(error) => (outcome.end, over) = (Err(error), true),
                }
            }
            assert!(over, "an answer has an end");
        }
    }
    outcome.took = begun.elapsed();
    let shown = format!("{outcome:?}");
    assert!(!shown.contains("SECRET"), "the key is in {shown}");
    outcome
}
