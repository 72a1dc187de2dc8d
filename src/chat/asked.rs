//! Questions that still wait for the author: those of the last turn, read from what was said.

use serde::Deserialize;

use crate::model::conversation::{Message, Role};
use crate::tools::ask::Question;

#[derive(Deserialize)]
struct Asked {
    questions: Vec<Question>,
}

/// Questions asked since the author last spoke.
#[must_use]
pub fn open_questions(messages: &[Message]) -> Vec<Question> {
    let since = messages.iter().rev().take_while(|message| message.role != Role::User);
    let calls = since.flat_map(|message| &message.tool_calls).filter(|call| call.name == "ask");
    let last = calls.last().and_then(|call| serde_json::from_str::<Asked>(&call.arguments).ok());
    last.map(|asked| asked.questions).unwrap_or_default()
}
