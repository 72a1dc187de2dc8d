//! Puts a streamed answer together: chunks of an OpenAI-compatible endpoint in, [`Delta`]s out.
//!
//! Endpoints cut tool calls anywhere: the name in pieces, the id late or never, the index missing, two calls woven
//! into each other. A call is announced once its name can no longer grow, which is when its first argument text, the
//! next call or the end arrives.

use serde::Deserialize;

use super::types::{Delta, FinishReason, Usage};

/// One chunk; everything unknown is ignored, everything may be missing.
#[derive(Debug, Default, Deserialize)]
pub struct Chunk {
    /// Alternatives; only the first is read.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Tokens spent, in the last chunk.
    #[serde(default)]
    pub usage: Option<ChunkUsage>,
}

/// One alternative.
#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    /// What is new.
    #[serde(default)]
    pub delta: ChunkDelta,
    /// Why it stopped.
    #[serde(default)]
    pub finish_reason: Option<String>,
}

/// What is new in a chunk.
#[derive(Debug, Default, Deserialize)]
pub struct ChunkDelta {
    /// Text.
    #[serde(default)]
    pub content: Option<String>,
    /// Pieces of calls.
    #[serde(default)]
    pub tool_calls: Option<Vec<CallPiece>>,
}

/// A piece of a call.
#[derive(Debug, Default, Deserialize)]
pub struct CallPiece {
    /// Which call; some endpoints leave it out.
    #[serde(default)]
    pub index: Option<usize>,
    /// The call's id, once.
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
    /// Some of the arguments.
    #[serde(default)]
    pub arguments: Option<String>,
}

/// Tokens as endpoints count them.
#[derive(Debug, Default, Deserialize)]
pub struct ChunkUsage {
    /// Sent.
    #[serde(default)]
    pub prompt_tokens: i64,
    /// Received.
    #[serde(default)]
    pub completion_tokens: i64,
}

#[derive(Debug, Default)]
struct Call {
    index: usize,
    id: String,
    name: String,
    announced: bool,
}

/// The answer so far.
#[derive(Debug, Default)]
pub struct Assembler {
    calls: Vec<Call>,
    finish: Option<FinishReason>,
}

impl Assembler {
    /// What a chunk adds.
    pub fn push(&mut self, chunk: Chunk) -> Vec<Delta> {
        let mut out = Vec::new();
        if let Some(choice) = chunk.choices.into_iter().next() {
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                out.push(Delta::Text(text));
            }
            for piece in choice.delta.tool_calls.into_iter().flatten() {
                self.piece(piece, &mut out);
            }
            if let Some(reason) = choice.finish_reason {
                self.announce_all(&mut out);
                self.finish = Some(match reason.as_str() {
                    "length" => FinishReason::Length,
                    "content_filter" => FinishReason::ContentFilter,
                    // some endpoints say `stop` after tool calls
                    _ if !self.calls.is_empty() => FinishReason::ToolCalls,
                    _ => FinishReason::Stop,
                });
            }
        }
        if let Some(usage) = chunk.usage {
            let usage = Usage { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens };
            out.push(Delta::Usage(usage));
        }
        out
    }

    /// Why the answer stopped, if it said so.
    #[must_use]
    pub const fn finish(&self) -> Option<FinishReason> {
        self.finish
    }

    fn piece(&mut self, piece: CallPiece, out: &mut Vec<Delta>) {
        let at = self.position(&piece, out);
        let Some(call) = self.calls.get_mut(at) else { return };
        if let Some(id) = piece.id.filter(|id| !id.is_empty()) {
            call.id = id;
        }
        let function = piece.function.unwrap_or_default();
        if let Some(name) = function.name
            && !call.announced
        {
            call.name.push_str(&name);
        }
        if let Some(arguments) = function.arguments.filter(|text| !text.is_empty()) {
            announce(call, out);
            out.push(Delta::ToolCallArguments { index: call.index, delta: arguments });
        }
    }

    /// The call a piece belongs to; a new one is begun when it is of none.
    fn position(&mut self, piece: &CallPiece, out: &mut Vec<Delta>) -> usize {
        let id = piece.id.as_deref().filter(|id| !id.is_empty());
        let known = match (piece.index, id) {
            (Some(index), _) => self.calls.iter().position(|call| call.index == index),
            (None, Some(id)) => self.calls.iter().position(|call| call.id == id),
            (None, None) => self.calls.len().checked_sub(1),
        };
        known.unwrap_or_else(|| {
            self.announce_all(out);
            let index = piece.index.unwrap_or(self.calls.len());
            self.calls.push(Call { index, ..Call::default() });
            self.calls.len() - 1
        })
    }

    fn announce_all(&mut self, out: &mut Vec<Delta>) {
        for call in &mut self.calls {
            announce(call, out);
        }
    }
}

fn announce(call: &mut Call, out: &mut Vec<Delta>) {
    if !call.announced && !call.name.is_empty() {
        call.announced = true;
        out.push(Delta::ToolCallStart { index: call.index, id: call.id.clone(), name: call.name.clone() });
    }
}

#[cfg(test)]
#[path = "delta_tests.rs"]
mod tests;
