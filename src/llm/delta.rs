//! Puts a streamed answer together: chunks of an OpenAI-compatible provider in, [`Delta`]s out.
//!
//! Providers cut tool calls anywhere: the name in pieces or in every piece, the id late or never, the index missing or
//! always 0, two calls woven into each other, the arguments as an object. A call is announced once its name can no
//! longer grow, which is when its first argument text, the next call or the end arrives.

use async_openai::types::chat::FinishReason as Published;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{IgnoredAny, IntoDeserializer};

use super::chunk::{CallPiece, Choice, Chunk, ChunkUsage};
use super::thoughts::Thoughts;
use super::types::{Delta, FinishReason, Usage};

#[derive(Debug, Default)]
struct Call {
    /// As the provider numbers it.
    index: Option<usize>,
    id: String,
    name: String,
    arguments: String,
    announced: bool,
}

/// The answer so far.
#[derive(Debug, Default)]
pub struct Assembler {
    calls: Vec<Call>,
    thoughts: Thoughts,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    alive: bool,
    received: usize,
}

impl Assembler {
    /// What a chunk adds: text, refusals and calls. How it ends is asked for at the end.
    pub fn push(&mut self, chunk: Chunk) -> Vec<Delta> {
        let mut out = Vec::new();
        if let Some(choice) = chunk.choices.into_iter().flatten().next() {
            self.choice(choice, &mut out);
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(counted(&usage));
        }
        out
    }

    /// Why the answer stopped, if it said so.
    #[must_use]
    pub const fn finish(&self) -> Option<FinishReason> {
        self.finish
    }

    /// Tokens as the provider counts them, if it said so.
    #[must_use]
    pub const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Whether it has begun to answer, be it only to itself.
    #[must_use]
    pub const fn alive(&self) -> bool {
        self.alive
    }

    /// Bytes of text and calls so far.
    #[must_use]
    pub const fn received(&self) -> usize {
        self.received
    }

    fn choice(&mut self, choice: Choice, out: &mut Vec<Delta>) {
        let delta = choice.delta.unwrap_or_default();
        self.alive |= delta.reasoning || delta.reasoning_content;
        if let Some(text) = delta.content.filter(|text| !text.is_empty()) {
            self.alive = true;
            self.received += text.len();
            let spoken = self.thoughts.spoken(text);
            say(spoken, out);
        }
        if let Some(text) = delta.refusal.filter(|text| !text.is_empty()) {
            self.alive = true;
            self.received += text.len();
            out.push(Delta::Refusal(text));
        }
        for piece in delta.tool_calls.into_iter().flatten() {
            self.alive = true;
            self.piece(piece, out);
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            say(self.thoughts.rest(), out);
            self.announce_all(out);
            self.alive = true;
            let called = self.calls.iter().any(|call| call.announced);
            self.finish = end(&reason, called);
        }
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
            // the whole name again is a repetition, not a piece
            && name != call.name
        {
            self.received += name.len();
            call.name.push_str(&name);
        }
        if let Some(arguments) = function.arguments.filter(|text| !text.is_empty()) {
            self.received += arguments.len();
            announce(at, call, out);
            call.arguments.push_str(&arguments);
            if call.announced {
                out.push(Delta::ToolCallArguments { index: at, delta: arguments });
            }
        }
    }

    /// The call a piece belongs to; a new one is begun when it is of none.
    fn position(&mut self, piece: &CallPiece, out: &mut Vec<Delta>) -> usize {
        let id = piece.id.as_deref().filter(|id| !id.is_empty());
        let name =
            piece.function.as_ref().and_then(|function| function.name.as_deref()).filter(|name| !name.is_empty());
        let known = match (piece.index, id) {
            (Some(index), _) => self.calls.iter().rposition(|call| call.index == Some(index)),
            (None, Some(id)) => self.calls.iter().rposition(|call| call.id == id),
            (None, None) => self.calls.len().checked_sub(1),
        };
        let same = known.filter(|at| {
            let Some(call) = self.calls.get(*at) else { return false };
            let Some(name) = name else { return true };
            match id {
                Some(id) if call.id == id => true,
                Some(_) if !call.id.is_empty() => false,
                // a name after whole arguments begins another call, whatever number it carries
                Some(_) | None => !(is_whole(&call.arguments) && (name != call.name || carries_arguments(piece))),
            }
        });
        same.unwrap_or_else(|| {
            self.announce_all(out);
            self.calls.push(Call { index: piece.index, ..Call::default() });
            self.calls.len() - 1
        })
    }

    fn announce_all(&mut self, out: &mut Vec<Delta>) {
        for (at, call) in self.calls.iter_mut().enumerate() {
            announce(at, call, out);
        }
    }
}

/// Why an answer stopped; `called`: with calls in it.
fn end(reason: &str, called: bool) -> Option<FinishReason> {
    let done = if called { FinishReason::ToolCalls } else { FinishReason::Stop };
    let reader: StrDeserializer<'_, serde::de::value::Error> = reason.into_deserializer();
    match Published::deserialize(reader) {
        Ok(Published::Length) => Some(FinishReason::Length),
        Ok(Published::ContentFilter) => Some(FinishReason::ContentFilter),
        // some say `stop` after tool calls
        Ok(Published::Stop | Published::ToolCalls | Published::FunctionCall) => Some(done),
        // not an end, whatever was said before
        Err(_) if matches!(reason, "error" | "abort") => None,
        // those who stop for a reason of their own have stopped
        Err(_) => Some(done),
    }
}

fn announce(at: usize, call: &mut Call, out: &mut Vec<Delta>) {
    if !call.announced && !call.name.is_empty() {
        call.announced = true;
        out.push(Delta::ToolCallStart { index: at, id: call.id.clone(), name: call.name.clone() });
        if !call.arguments.is_empty() {
            // they came before the name
            out.push(Delta::ToolCallArguments { index: at, delta: call.arguments.clone() });
        }
    }
}

fn say(text: String, out: &mut Vec<Delta>) {
    if !text.is_empty() {
        out.push(Delta::Text(text));
    }
}

fn carries_arguments(piece: &CallPiece) -> bool {
    let arguments = piece.function.as_ref().and_then(|function| function.arguments.as_deref());
    arguments.is_some_and(|text| !text.is_empty())
}

fn is_whole(arguments: &str) -> bool {
    !arguments.is_empty() && serde_json::from_str::<IgnoredAny>(arguments).is_ok()
}

fn counted(usage: &ChunkUsage) -> Usage {
    let cached = usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens);
    let tokens = |count: Option<i64>| count.unwrap_or_default().max(0);
    Usage {
        input_tokens: tokens(usage.prompt_tokens),
        cached_tokens: tokens(cached.or(usage.prompt_cache_hit_tokens)),
        output_tokens: tokens(usage.completion_tokens),
        ..Usage::default()
    }
}

#[cfg(test)]
#[path = "delta_tests.rs"]
mod tests;
