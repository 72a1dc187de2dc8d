//! The built-in planner as a model: no key, no network, the same streamed tool calls.
//!
//! It reads the request back into what the planner understands (who said what, what the tools of this turn answered)
//! and streams its reply word by word.

use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::types::{ChatMessage, ChatRequest, ChatRole, ChatStream, Delta, FinishReason};
use super::{ChatModel, LlmError};
use crate::model::conversation::{Role, ToolCall};
use crate::planner::{self, Author, Reply, ToolOutcome, Turn, Utterance};
use crate::workflow::Definition;

/// Characters of argument text in one piece.
const ARGUMENT_PIECE: usize = 400;

const PROVIDER: &str = "built-in";
const MODEL: &str = "offline-planner";

/// The planner, speaking as a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfflineModel;

impl ChatModel for OfflineModel {
    fn stream(&self, request: ChatRequest) -> BoxFuture<'static, Result<ChatStream, LlmError>> {
        // planning takes milliseconds of pure computation; it must not hold up other tasks of this thread
        Box::pin(async move {
            let reply = tokio::task::spawn_blocking(move || answer(&request)).await.map_err(|_| LlmError::Cut)?;
            let answering = Delta::Answering { provider: PROVIDER.into(), model: MODEL.into() };
            Ok(stream::iter([answering].into_iter().chain(deltas(reply)).map(Ok)).boxed())
        })
    }

    fn name(&self) -> &'static str {
        MODEL
    }

    fn offline(&self) -> bool {
        true
    }
}

fn answer(request: &ChatRequest) -> Reply {
    let setting = planner::Setting {
        namespace: request.setting.namespace.clone(),
        stores: request.setting.stores.clone(),
        job_roles: request.setting.job_roles.clone(),
        language: None,
    };
    let draft = request.setting.draft.as_ref();
    let definition = draft.and_then(|(_, raw)| Definition::from_value(raw.clone()).ok());
    let tools: Vec<&str> = request.tools.iter().map(|tool| tool.name).collect();
    planner::respond(&Turn {
        setting: &setting,
        messages: &utterances(&request.messages),
        draft: definition.as_ref(),
        revision: draft.map_or(0, |(revision, _)| *revision),
        results: &results(&request.messages),
        tools: &tools,
    })
}

/// What people and the assistant said, without what the assistant said in this turn before its tools answered.
fn utterances(messages: &[ChatMessage]) -> Vec<Utterance> {
    let last = messages.iter().rposition(|message| message.role == ChatRole::Speaker(Role::User));
    let upto = last.map_or(messages.len(), |at| at + 1);
    let spoken = messages.iter().take(upto).filter_map(|message| {
        let author = match message.role {
            ChatRole::Speaker(Role::User) => Author::Staff,
            ChatRole::Speaker(Role::Assistant) if !message.content.is_empty() => Author::Assistant,
            ChatRole::Speaker(Role::Assistant | Role::Tool) | ChatRole::System => return None,
        };
        Some(Utterance { author, text: message.content.to_string() })
    });
    spoken.collect()
}

/// What the tools answered after the author's last message.
fn results(messages: &[ChatMessage]) -> Vec<ToolOutcome> {
    let last = messages.iter().rposition(|message| message.role == ChatRole::Speaker(Role::User));
    let turn = messages.get(last.map_or(0, |at| at + 1)..).unwrap_or_default();
    let calls: Vec<&ToolCall> = turn.iter().flat_map(|message| &message.tool_calls).collect();
    turn.iter()
        .filter_map(|message| {
            let id = message.tool_call_id.as_ref()?;
            let call = calls.iter().find(|call| call.id == *id)?;
            Some(ToolOutcome {
                name: call.name.clone(),
                arguments: serde_json::from_str(&call.arguments).unwrap_or(Value::Null),
                result: serde_json::from_str(&message.content).unwrap_or_else(|_| json!({"error": "unreadable"})),
            })
        })
        .collect()
}

/// The reply as a model streams it: words, then calls with their arguments in pieces.
fn deltas(reply: Reply) -> Vec<Delta> {
    let mut out: Vec<Delta> = reply.text.split_inclusive(' ').map(|word| Delta::Text(word.to_owned())).collect();
    let reason = if reply.calls.is_empty() { FinishReason::Stop } else { FinishReason::ToolCalls };
    for (index, call) in reply.calls.into_iter().enumerate() {
        out.push(Delta::ToolCallStart { index, id: String::new(), name: call.name });
        let text: Vec<char> = call.arguments.to_string().chars().collect();
        let pieces = text.chunks(ARGUMENT_PIECE);
        out.extend(pieces.map(|piece| Delta::ToolCallArguments { index, delta: piece.iter().collect() }));
    }
    out.push(Delta::Finish(reason));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::ToolCallOut;

    fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
        ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn a_request_is_read_back_as_a_conversation_with_the_results_of_this_turn_only() {
        let messages = [
            ChatMessage::system("instructions"),
            ChatMessage::user("text new leads"),
            ChatMessage::assistant("", vec![call("a", "find_actions", "{}")]),
            ChatMessage::tool("a", r#"{"actions":[]}"#),
            ChatMessage::assistant("When?", vec![]),
            ChatMessage::user("at once"),
            ChatMessage::assistant("Looking.", vec![call("b", "write_workflow", r#"{"title":"T"}"#)]),
            ChatMessage::tool("b", r#"{"revision":1}"#),
        ];
        let said: Vec<String> = utterances(&messages).into_iter().map(|utterance| utterance.text).collect();
        assert_eq!(said, ["text new leads", "When?", "at once"]);
        let found = results(&messages);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), &found[0].result), ("write_workflow", &json!({"revision": 1})));
        assert_eq!(found[0].arguments, json!({"title": "T"}));
    }

    #[test]
    fn a_reply_streams_as_words_and_cut_arguments_that_join_to_the_same() {
        let arguments = json!({"text": "é".repeat(1000)});
        let reply = Reply {
            text: "One two.".into(),
            calls: vec![ToolCallOut { name: "ask".into(), arguments: arguments.clone() }],
        };
        let deltas = deltas(reply);
        assert_eq!(deltas[0], Delta::Text("One ".into()));
        let joined: String = deltas
            .iter()
            .filter_map(|delta| match delta {
                Delta::ToolCallArguments { delta, .. } => Some(delta.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(joined, arguments.to_string());
        assert_eq!(deltas.last(), Some(&Delta::Finish(FinishReason::ToolCalls)));
    }
}
