//! What a draft rests on, read again from what was said: the citations of the turn that wrote it.

use super::outcome::TurnOutcome;
use crate::model::conversation::Message;
use crate::tools::Citation;

/// The citations of the newest turn that wrote the draft with any.
#[must_use]
pub fn citations(messages: &[Message]) -> Vec<Citation> {
    let writes = |message: &Message| message.tool_calls.iter().any(|call| call.name == "write_workflow");
    let Some(run) = messages.iter().rev().find(|message| writes(message)).and_then(|message| message.run_id.clone())
    else {
        return Vec::new();
    };
    let of_run: Vec<Message> = messages.iter().filter(|m| m.run_id.as_ref() == Some(&run)).cloned().collect();
    TurnOutcome::of(&of_run, false).citations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::conversation::{Role, ToolCall};
    use crate::model::{MessageId, RunId};

    fn message(
        run: &RunId,
        role: Role,
        call: Option<(&str, &str, serde_json::Value)>,
        answer: Option<(&str, serde_json::Value)>,
    ) -> Message {
        Message {
            id: MessageId::generate(),
            run_id: Some(run.clone()),
            role,
            content: answer.as_ref().map_or_else(String::new, |(_, content)| content.to_string()),
            tool_calls: call
                .map(|(id, name, arguments)| ToolCall {
                    id: id.into(),
                    name: name.into(),
                    arguments: arguments.to_string(),
                })
                .into_iter()
                .collect(),
            tool_call_id: answer.map(|(id, _)| id.to_owned()),
            created_at: chrono::DateTime::UNIX_EPOCH,
            prompts: None,
        }
    }

    #[test]
    fn a_later_edit_does_not_lose_what_the_draft_is_based_on() {
        let (first, second) = (RunId::derive("1"), RunId::derive("2"));
        let hits = json!({"hits": [{"document": "speed-to-lead", "title": "Speed to lead", "heading": "Why"}]});
        let messages = [
            message(&first, Role::Assistant, Some(("a", "search_templates", json!({}))), None),
            message(&first, Role::Tool, None, Some(("a", hits))),
            message(
                &first,
                Role::Assistant,
                Some(("b", "write_workflow", json!({"citations": ["speed-to-lead"]}))),
                None,
            ),
            message(&first, Role::Tool, None, Some(("b", json!({"revision": 1})))),
            message(&second, Role::Assistant, Some(("c", "edit_workflow", json!({}))), None),
            message(&second, Role::Tool, None, Some(("c", json!({"revision": 2})))),
        ];
        let found = citations(&messages);
        assert_eq!(found.iter().map(|c| c.document.as_str()).collect::<Vec<_>>(), ["speed-to-lead"]);
    }
}
