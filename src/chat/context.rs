//! What of a conversation a model gets to read: a frozen head, a mark where turns were left out, and as many whole
//! recent turns as fit the budget. The newest turn is always sent.

use std::sync::OnceLock;

use serde_json::json;
use tiktoken_rs::CoreBPE;

use crate::llm::{ChatMessage, ToolSpec};
use crate::model::conversation::{Message, Role};

/// Tokens a message costs beyond its text.
const PER_MESSAGE: usize = 4;

static TOKENIZER: OnceLock<&'static CoreBPE> = OnceLock::new();

/// Loads the tokenizer, which takes a second; called once, in the background, at start.
pub fn load_tokenizer() {
    TOKENIZER.get_or_init(tiktoken_rs::o200k_base_singleton);
}

/// Tokens of a text; a careful estimate until the tokenizer is loaded.
#[must_use]
pub fn count(text: &str) -> usize {
    TOKENIZER.get().map_or_else(|| text.len().div_ceil(3), |bpe| bpe.encode_ordinary(text).len())
}

/// What a request is made of besides the conversation.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Instructions; the same for every request of a conversation, so that providers can keep them.
    pub system: String,
    /// The draft as it stands; goes right before the newest turn.
    pub draft: String,
    /// Tokens for everything that is sent.
    pub budget: usize,
}

/// The messages to send.
#[must_use]
pub fn window(frame: &Frame, tools: &[ToolSpec], history: &[Message]) -> Vec<ChatMessage> {
    let turns = turns(history);
    let tools_cost: usize = tools.iter().map(|tool| count(&tool.parameters.to_string()) + 40).sum();
    let fixed = count(&frame.system) + count(&frame.draft) + tools_cost + 3 * PER_MESSAGE;
    let mut left = frame.budget.saturating_sub(fixed);

    let Some((newest, earlier)) = turns.split_last() else {
        return vec![ChatMessage::system(frame.system.clone()), ChatMessage::system(frame.draft.clone())];
    };
    left = left.saturating_sub(cost(newest));
    // the first turn says what this is all about
    let (head, middle) = match earlier.split_first() {
        Some((first, rest)) if cost(first) <= left / 2 => {
            left -= cost(first);
            (Some(first), rest)
        }
        Some(_) | None => (None, earlier),
    };
    let mut from = middle.len();
    while let Some(turn) = from.checked_sub(1).and_then(|at| middle.get(at)) {
        let cost = cost(turn);
        if cost > left {
            break;
        }
        left -= cost;
        from -= 1;
    }

    let mut out = vec![ChatMessage::system(frame.system.clone())];
    let left_out = from + usize::from(head.is_none() && middle.len() < earlier.len());
    out.extend(head.into_iter().flat_map(|turn| turn.iter().cloned()));
    if left_out > 0 {
        out.push(ChatMessage::system(format!("[{left_out} earlier turns of this conversation are left out here]")));
    }
    out.extend(middle.get(from..).unwrap_or_default().iter().flatten().cloned());
    out.push(ChatMessage::system(frame.draft.clone()));
    out.extend(newest.iter().cloned());
    out
}

fn cost(turn: &[ChatMessage]) -> usize {
    let calls = |message: &ChatMessage| -> usize {
        message.tool_calls.iter().map(|call| count(&call.arguments) + count(&call.name) + PER_MESSAGE).sum()
    };
    turn.iter().map(|message| count(&message.content) + calls(message) + PER_MESSAGE).sum()
}

/// The history as whole turns, each beginning with what the user said. Every call has exactly one answer: one that a
/// crash swallowed is answered here, and an answer without its call is dropped.
fn turns(history: &[Message]) -> Vec<Vec<ChatMessage>> {
    let mut turns: Vec<Vec<ChatMessage>> = Vec::new();
    let mut waiting: Vec<String> = Vec::new();
    for message in history {
        if message.role != Role::Tool {
            answer_swallowed(&mut turns, &mut waiting);
        }
        let chat = match message.role {
            Role::User => {
                turns.push(Vec::new());
                ChatMessage::user(message.content.clone())
            }
            Role::Assistant => {
                waiting.extend(message.tool_calls.iter().map(|call| call.id.clone()));
                ChatMessage::assistant(message.content.clone(), message.tool_calls.clone())
            }
            Role::Tool => {
                let call = message.tool_call_id.clone().unwrap_or_default();
                let Some(at) = waiting.iter().position(|id| *id == call) else { continue };
                waiting.remove(at);
                ChatMessage::tool(call, message.content.clone())
            }
        };
        if turns.is_empty() {
            turns.push(Vec::new());
        }
        if let Some(turn) = turns.last_mut() {
            turn.push(chat);
        }
    }
    answer_swallowed(&mut turns, &mut waiting);
    turns
}

fn answer_swallowed(turns: &mut [Vec<ChatMessage>], waiting: &mut Vec<String>) {
    let Some(turn) = turns.last_mut() else { return };
    for id in waiting.drain(..) {
        turn.push(ChatMessage::tool(id, json!({"error": "interrupted"}).to_string()));
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
