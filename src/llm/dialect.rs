//! A request as providers read it, in the two dialects there are. The same request is always the same text, byte for
//! byte, so that a provider's prompt cache finds the beginning it knows.

use serde_json::{Map, Value, json};

use super::types::{ChatMessage, ChatRequest, ToolSpec};
use crate::config::Dialect;

/// The body of a request.
#[must_use]
pub fn body(dialect: Dialect, model: &str, request: &ChatRequest, extra: &Map<String, Value>) -> Value {
    let own = dialect == Dialect::OpenAi;
    let longest = if own { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": model,
        "stream": true,
        "stream_options": {"include_usage": true},
        longest: request.max_tokens,
        "messages": request.messages.iter().map(|said| message(own, said)).collect::<Vec<_>>(),
    });
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(|spec| tool(own, spec)).collect();
    }
    for (key, value) in extra {
        body[key] = value.clone();
    }
    body
}

fn message(own: bool, message: &ChatMessage) -> Value {
    let mut out = json!({"role": message.role.as_str(), "content": message.content});
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
        });
        out["tool_calls"] = calls.collect();
        if own && message.content.is_empty() {
            // the templates of open-weight models trip over it
            out["content"] = Value::Null;
        }
    }
    if let Some(id) = &message.tool_call_id {
        out["tool_call_id"] = json!(id);
    }
    out
}

fn tool(own: bool, tool: &ToolSpec) -> Value {
    let mut function = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
    if own {
        // a strict schema must name every property as required; ours have optional ones
        function["strict"] = json!(false);
    }
    json!({"type": "function", "function": function})
}
