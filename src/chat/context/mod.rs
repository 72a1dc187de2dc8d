//! What of a conversation a model gets to read.
//!
//! ```text
//! instructions            the same for every request of a conversation
//! the first turn          what this is all about
//! [n turns left out]      the mark
//! recent turns, whole     shortened, the same bytes in every later request
//! the draft               as it stood when the turn began
//! the present turn        grows at its end
//! ```
//! All but the present turn is made once, when a turn begins, and sent as it is with every request of that turn: each
//! request is the one before with something appended, which is what prompt caches of providers live on. For the same
//! reason turns are left out in blocks: half of the room is cleared at once, so the mark stands still for many turns.

pub mod passages;
pub mod tokens;
mod turns;

use std::sync::Arc;

use serde_json::json;

use self::passages::Caps;
use crate::llm::{ChatMessage, ToolSpec};
use crate::model::conversation::{Message, Role};

pub use tokens::{count, load_tokenizer};

/// Tokens a message costs beyond its text.
const PER_MESSAGE: usize = 4;
/// Tokens a tool costs beyond its texts.
const PER_TOOL: usize = 12;

/// What a request is made of besides the conversation.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Instructions.
    pub system: Arc<str>,
    /// What the tools on offer take, in tokens.
    pub tools: usize,
    /// The draft as it stands.
    pub draft: String,
    /// Tokens for everything that is sent.
    pub budget: usize,
    /// Caps of what tools answer.
    pub caps: Caps,
}

/// The requests of one turn.
#[derive(Debug)]
pub struct Window {
    caps: Caps,
    opening: Vec<ChatMessage>,
    opening_tokens: usize,
    draft: ChatMessage,
    present: Vec<(ChatMessage, usize)>,
    budget: usize,
    left_out: usize,
}

impl Window {
    /// The window of a turn that follows `history`.
    #[must_use]
    pub fn open(frame: Frame, history: &[Message]) -> Self {
        let Frame { system, tools, draft, budget, caps } = frame;
        let head = tokens::count_again(&system) + PER_MESSAGE + tools;
        // the other half is for the draft and the present turn
        let room = budget.saturating_sub(head) / 2;
        let turns = turns::earlier(history);
        let costs: Vec<usize> = turns.iter().map(|turn| turn.iter().map(cost).sum()).collect();
        let (first, from) = kept(&costs, room);
        let left_out = from - usize::from(first && from > 0);

        let mut opening = vec![ChatMessage::system(system)];
        let mut opening_tokens = head;
        if first && from > 0 {
            opening.extend(turns.first().into_iter().flatten().cloned());
            opening_tokens += costs.first().copied().unwrap_or_default();
        }
        if left_out > 0 {
            opening.push(ChatMessage::system(format!(
                "[{left_out} earlier turns of this conversation are left out here]"
            )));
            opening_tokens += 20;
        }
        opening.extend(turns.into_iter().skip(from).flatten());
        opening_tokens += costs.iter().skip(from).sum::<usize>();
        let draft = ChatMessage::system(draft);
        Self { caps, opening, opening_tokens, draft, present: Vec::new(), budget, left_out }
    }

    /// Turns that the model does not get to read.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Shows the draft anew: somebody else changed it during the turn.
    pub fn show_draft(&mut self, draft: String) {
        self.draft = ChatMessage::system(draft);
    }

    /// Appends a message of the present turn.
    pub fn push(&mut self, message: &Message) {
        let chat = match message.role {
            Role::User => ChatMessage::user(message.content.as_str()),
            Role::Assistant => ChatMessage::assistant(message.content.as_str(), message.tool_calls.clone()),
            Role::Tool => {
                let call = message.tool_call_id.clone().unwrap_or_default();
                ChatMessage::tool(call, passages::capped(&message.content, self.caps))
            }
        };
        let tokens = cost(&chat);
        self.present.push((chat, tokens));
    }

    /// The messages of the next request, and the tokens they and the tools take. `closing` is a last word that only this
    /// request carries.
    pub fn request(&mut self, closing: Option<&str>) -> (Vec<ChatMessage>, usize) {
        let draft = tokens::count_again(&self.draft.content) + PER_MESSAGE;
        let closing = closing.map(ChatMessage::system);
        let fixed = self.opening_tokens + draft + closing.as_ref().map_or(0, cost);
        self.make_room(self.budget.saturating_sub(fixed));
        let total = fixed + self.present.iter().map(|(_, tokens)| tokens).sum::<usize>();
        let mut messages = self.opening.clone();
        messages.push(self.draft.clone());
        messages.extend(self.present.iter().map(|(message, _)| message.clone()));
        messages.extend(closing);
        (messages, total)
    }

    /// A turn with many long answers outgrows its half: its oldest answers are then reduced to a word, but never those
    /// of the last round, which the model has not read yet.
    fn make_room(&mut self, room: usize) {
        let spoken = |(message, _): &(ChatMessage, usize)| message.tool_call_id.is_none();
        let last_round = self.present.iter().rposition(spoken).unwrap_or_default();
        let mut taken: usize = self.present.iter().map(|(_, tokens)| tokens).sum();
        if taken <= room {
            return;
        }
        // down to three quarters at once, so that what was sent stays as it is for some rounds
        let target = room / 4 * 3;
        let word = json!({"shortened": true, "hint": "Left out to save room. Call the tool again if it is needed."});
        for (message, tokens) in self.present.iter_mut().take(last_round).filter(|m| !spoken(m)) {
            if taken <= target {
                break;
            }
            let shorter = ChatMessage::tool(message.tool_call_id.clone().unwrap_or_default(), word.to_string());
            let cost = cost(&shorter);
            if cost < *tokens {
                taken = taken - *tokens + cost;
                (*message, *tokens) = (shorter, cost);
            }
        }
    }
}

/// Tokens that tools take.
#[must_use]
pub fn tool_tokens(tools: &[ToolSpec]) -> usize {
    let one = |tool: &ToolSpec| count(&tool.parameters.to_string()) + count(&tool.description) + PER_TOOL;
    tools.iter().map(one).sum()
}

/// Which earlier turns are sent: whether the first one, and all from which on. Turns are left out from the oldest, until
/// half of the room is free again, as they would have been one turn after the other.
fn kept(costs: &[usize], room: usize) -> (bool, usize) {
    let first = costs.first().is_some_and(|cost| *cost <= room / 4);
    let (mut from, mut total) = (0, 0);
    for (at, cost) in costs.iter().enumerate() {
        total += cost;
        if total > room {
            while total > room / 2 && from <= at {
                // the first turn keeps its place in the count when it stays
                if from > 0 || !first {
                    total -= costs.get(from).copied().unwrap_or_default();
                }
                from += 1;
            }
        }
    }
    (first, from)
}

fn cost(message: &ChatMessage) -> usize {
    let calls = message.tool_calls.iter().map(|call| count(&call.arguments) + count(&call.name) + PER_MESSAGE);
    count(&message.content) + calls.sum::<usize>() + PER_MESSAGE
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
