//! One chunk of a streamed answer, as providers write it. Everything may be missing or `null`, everything unknown is
//! ignored: among it what a model thinks to itself (`reasoning`, `reasoning_content`), of which only the presence
//! is read.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One chunk.
#[derive(Debug, Default, Deserialize)]
pub struct Chunk {
    /// Alternatives; we ask for one.
    #[serde(default)]
    pub choices: Option<Vec<Choice>>,
    /// Tokens spent: in the last chunk, or so far in every chunk.
    #[serde(default)]
    pub usage: Option<ChunkUsage>,
    /// Something went wrong on their side.
    #[serde(default)]
    pub error: Option<Value>,
    /// `error` where the whole chunk is one.
    #[serde(default)]
    pub object: Option<Value>,
}

/// One alternative.
#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    /// What is new.
    #[serde(default)]
    pub delta: Option<ChunkDelta>,
    /// Why it stopped; some send an empty text until then.
    #[serde(default)]
    pub finish_reason: Option<String>,
}

/// What is new in a chunk.
#[derive(Debug, Default, Deserialize)]
pub struct ChunkDelta {
    /// Text.
    #[serde(default, deserialize_with = "spoken")]
    pub content: Option<String>,
    /// Text in which it refuses.
    #[serde(default)]
    pub refusal: Option<String>,
    /// Pieces of calls.
    #[serde(default)]
    pub tool_calls: Option<Vec<CallPiece>>,
    /// Thoughts, under the name that `vLLM`, `DeepSeek` and `LiteLLM` use.
    #[serde(default, deserialize_with = "present")]
    pub reasoning_content: bool,
    /// Thoughts, under the name that Ollama and `OpenRouter` use.
    #[serde(default, deserialize_with = "present")]
    pub reasoning: bool,
}

/// A piece of a call.
#[derive(Debug, Default, Deserialize)]
pub struct CallPiece {
    /// Which call; some leave it out, some always say 0.
    #[serde(default)]
    pub index: Option<usize>,
    /// The call's id, once, in every piece, or never.
    #[serde(default)]
    pub id: Option<String>,
    /// Name and arguments.
    #[serde(default)]
    pub function: Option<FunctionPiece>,
}

/// A piece of name or arguments.
#[derive(Debug, Default, Deserialize)]
pub struct FunctionPiece {
    /// Some of the name.
    #[serde(default)]
    pub name: Option<String>,
    /// Some of the arguments: JSON text, or the object itself.
    #[serde(default, deserialize_with = "json_text")]
    pub arguments: Option<String>,
}

/// Tokens as providers count them.
#[derive(Debug, Default, Deserialize)]
pub struct ChunkUsage {
    /// Sent.
    #[serde(default, deserialize_with = "count")]
    pub prompt_tokens: Option<i64>,
    /// Received.
    #[serde(default, deserialize_with = "count")]
    pub completion_tokens: Option<i64>,
    /// Of those sent.
    #[serde(default)]
    pub prompt_tokens_details: Option<SentDetails>,
    /// The same as `DeepSeek` writes it.
    #[serde(default, deserialize_with = "count")]
    pub prompt_cache_hit_tokens: Option<i64>,
}

/// Details of the tokens sent.
#[derive(Debug, Default, Deserialize)]
pub struct SentDetails {
    /// In the provider's prompt cache.
    #[serde(default, deserialize_with = "count")]
    pub cached_tokens: Option<i64>,
}

/// Text, or the text parts of a list of parts; thoughts are parts of another type.
fn spoken<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Parts(Vec<Part>),
        Nothing(()),
    }
    #[derive(Deserialize)]
    struct Part {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        text: String,
    }
    Ok(match Content::deserialize(from)? {
        Content::Text(text) => Some(text),
        Content::Parts(parts) => {
            Some(parts.into_iter().filter(|part| part.kind == "text").map(|part| part.text).collect())
        }
        Content::Nothing(()) => None,
    })
}

/// Text as it is, anything else as its JSON text.
fn json_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Some(other.to_string()),
    })
}

/// A count, also one written as `12.0`; what is none is as good as missing.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let written = Value::deserialize(from)?;
    Ok(written.as_i64().or_else(|| written.as_f64().map(|number| number as i64)))
}

/// Whether there is anything at all.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(!matches!(Value::deserialize(from)?, Value::Null | Value::Bool(false)))
}
