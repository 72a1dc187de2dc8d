//! A request as providers read it, in `async-openai`'s types: OpenAI's own form, and what the looser servers take of it.
//! The same request is always the same text, byte for byte, so that a provider's prompt cache finds the beginning it
//! knows.

use async_openai::types::chat::{
    ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage, ChatCompletionRequestToolMessage,
    ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, ChatCompletionTool, ChatCompletionTools,
    CreateChatCompletionRequest, FunctionCall, FunctionObject,
};
use serde_json::{Map, Value};

use super::types::{ChatMessage, ChatRequest, ChatRole, ToolSpec};
use crate::config::Dialect;
use crate::model::conversation::{Role, ToolCall};

/// The body of a request; `extra` are fields of the settings, which go before our own.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn body(
    dialect: Dialect,
    model: &str,
    request: &ChatRequest,
    extra: &Map<String, Value>,
) -> Result<String, serde_json::Error> {
    let own = dialect == Dialect::OpenAi;
    let mut written = serde_json::to_value(in_their_types(own, model, request))?;
    if own {
        say_null(&mut written);
    }
    for (key, value) in extra {
        written[key] = value.clone();
    }
    Ok(written.to_string())
}

fn in_their_types(own: bool, model: &str, request: &ChatRequest) -> CreateChatCompletionRequest {
    let longest = u32::try_from(request.max_tokens).unwrap_or(u32::MAX);
    let tools = request.tools.iter().map(|spec| tool(own, spec)).collect::<Vec<_>>();
    let mut body = CreateChatCompletionRequest {
        model: model.to_owned(),
        messages: request.messages.iter().map(|said| message(own, said)).collect(),
        tools: Some(tools).filter(|tools| !tools.is_empty()),
        stream: Some(true),
        stream_options: Some(ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None }),
        ..CreateChatCompletionRequest::default()
    };
    if own {
        body.max_completion_tokens = Some(longest);
    } else {
        #[expect(deprecated, reason = "by OpenAI; it is the only name that all the others know")]
        {
            body.max_tokens = Some(longest);
        }
    }
    body
}

fn message(own: bool, message: &ChatMessage) -> ChatCompletionRequestMessage {
    let content = &*message.content;
    match message.role {
        ChatRole::System => ChatCompletionRequestSystemMessage::from(content).into(),
        ChatRole::Speaker(Role::User) => ChatCompletionRequestUserMessage::from(content).into(),
        ChatRole::Speaker(Role::Assistant) => {
            let calls = message.tool_calls.iter().map(call).collect::<Vec<_>>();
            // the templates of open-weight models trip over a content that is none
            let silent = own && content.is_empty() && !calls.is_empty();
            ChatCompletionRequestAssistantMessage {
                content: (!silent).then(|| content.into()),
                tool_calls: Some(calls).filter(|calls| !calls.is_empty()),
                ..ChatCompletionRequestAssistantMessage::default()
            }
            .into()
        }
        ChatRole::Speaker(Role::Tool) => ChatCompletionRequestToolMessage {
            content: content.into(),
            tool_call_id: message.tool_call_id.clone().unwrap_or_default(),
        }
        .into(),
    }
}

fn call(call: &ToolCall) -> ChatCompletionMessageToolCalls {
    let function = FunctionCall { name: call.name.clone(), arguments: call.arguments.clone() };
    ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall { id: call.id.clone(), function })
}

fn tool(own: bool, tool: &ToolSpec) -> ChatCompletionTools {
    let function = FunctionObject {
        name: tool.name.to_owned(),
        description: Some(tool.description.clone()),
        parameters: Some(tool.parameters.clone()),
        // a strict schema must name every property as required; ours have optional ones
        strict: own.then_some(false),
    };
    ChatCompletionTools::Function(ChatCompletionTool { function })
}

/// Their types leave out what an assistant did not say; gateways before OpenAI's models want it as `null`.
fn say_null(body: &mut Value) {
    let messages = body.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten().filter_map(Value::as_object_mut) {
        message.entry("content").or_insert(Value::Null);
    }
}
