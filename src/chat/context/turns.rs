//! The history as whole turns, each beginning with what the user said. Every call has exactly one answer: one that a
//! crash swallowed is answered here, and an answer without its call is dropped.

use serde_json::json;

use super::passages;
use crate::llm::ChatMessage;
use crate::model::conversation::{Message, Role};

/// Earlier turns as a model reads them, shortened where they have done their work.
#[must_use]
pub fn earlier(history: &[Message]) -> Vec<Vec<ChatMessage>> {
    let mut turns: Vec<Vec<ChatMessage>> = Vec::new();
    let mut waiting: Vec<String> = Vec::new();
    for message in history {
        if message.role != Role::Tool {
            answer_swallowed(&mut turns, &mut waiting);
        }
        let chat = match message.role {
            Role::User => {
                turns.push(Vec::new());
                ChatMessage::user(message.content.as_str())
            }
            Role::Assistant => {
                waiting.extend(message.tool_calls.iter().map(|call| call.id.clone()));
                let mut calls = message.tool_calls.clone();
                for call in &mut calls {
                    call.arguments = passages::earlier_arguments(&call.name, &call.arguments);
                }
                ChatMessage::assistant(message.content.as_str(), calls)
            }
            Role::Tool => {
                let call = message.tool_call_id.clone().unwrap_or_default();
                let Some(at) = waiting.iter().position(|id| *id == call) else { continue };
                waiting.remove(at);
                ChatMessage::tool(call, passages::earlier(&message.content))
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
        let lost = json!({
            "error": "interrupted",
            "hint": "The server stopped before the answer to this call was kept. Whether it was done shows in the draft.",
        });
        turn.push(ChatMessage::tool(id, lost.to_string()));
    }
}
