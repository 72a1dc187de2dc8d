//! AG-UI 1.0 events: what a run says on the wire.
//!
//! Only what we send is here. `None` is left out, never `null`: the reference client refuses a null on most fields.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::conversation::{Message, Role};
use crate::model::run::RunUsage;

/// The protocol we speak.
pub const PROTOCOL_VERSION: &str = "1.0";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Event {
    /// The first event of a run.
    RunStarted {
        /// The client's name for the conversation.
        thread_id: String,
        /// The client's name for the run.
        run_id: String,
        /// [`PROTOCOL_VERSION`].
        protocol_version: &'static str,
    },
    /// The run ended well, or was stopped.
    RunFinished {
        /// As in `RUN_STARTED`.
        thread_id: String,
        /// As in `RUN_STARTED`.
        run_id: String,
        /// How it ended.
        outcome: Outcome,
        /// What it spent.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        usage: Vec<TokenUsage>,
    },
    /// The run failed.
    RunError {
        /// For people.
        message: String,
        /// Stable.
        code: String,
    },
    /// A text of the assistant begins.
    TextMessageStart {
        /// Its id.
        message_id: String,
        /// Always `assistant`.
        role: Role,
    },
    /// More of it.
    TextMessageContent {
        /// Which.
        message_id: String,
        /// What to append.
        delta: String,
    },
    /// It is complete.
    TextMessageEnd {
        /// Which.
        message_id: String,
    },
    /// A call begins.
    ToolCallStart {
        /// Its id.
        tool_call_id: String,
        /// Which tool.
        tool_call_name: String,
        /// The message it belongs to; always sent.
        parent_message_id: String,
    },
    /// More of its arguments.
    ToolCallArgs {
        /// Which.
        tool_call_id: String,
        /// JSON text, cut anywhere.
        delta: String,
    },
    /// Its arguments are complete.
    ToolCallEnd {
        /// Which.
        tool_call_id: String,
    },
    /// What the tool answered.
    ToolCallResult {
        /// Id of the tool message this makes.
        message_id: String,
        /// The call answered.
        tool_call_id: String,
        /// JSON text.
        content: String,
        /// Always `tool`.
        role: Role,
    },
    /// The whole state.
    StateSnapshot {
        /// See `chat::state`.
        snapshot: Value,
    },
    /// A change of the state, RFC 6902; begins with a `test` of the revision it changes.
    StateDelta {
        /// The operations.
        delta: Vec<Value>,
    },
    /// Something of our own: `usage`, what the turn spent and what is left; `compaction`, how many turns the model does
    /// not get to read any more.
    Custom {
        /// Which.
        name: &'static str,
        /// What.
        value: Value,
    },
    /// All messages; sent when what a client has may be more than what was kept.
    MessagesSnapshot {
        /// Oldest first.
        messages: Vec<WireMessage>,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Outcome {
    /// Well.
    Success,
    /// The user stopped it.
    Cancelled,
}

/// Tokens, as AG-UI counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenUsage {
    /// Which model.
    pub model: String,
    /// Sent.
    pub input_tokens: i64,
    /// Received.
    pub output_tokens: i64,
    /// Both.
    pub total_tokens: i64,
}

impl TokenUsage {
    /// What a run spent, as a list of one; empty when it spent nothing.
    #[must_use]
    pub fn of(usage: &RunUsage) -> Vec<Self> {
        if usage.input_tokens + usage.output_tokens == 0 {
            return Vec::new();
        }
        vec![Self {
            model: usage.model.clone(),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            total_tokens: usage.input_tokens + usage.output_tokens,
        }]
    }
}

/// A message as AG-UI writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WireMessage {
    /// Its id.
    pub id: String,
    /// Who said it.
    pub role: Role,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Calls, for the assistant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<WireCall>,
    /// The call answered, for a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// A tool call as AG-UI writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WireCall {
    /// Its id.
    pub id: String,
    /// Always `function`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is called.
    pub function: WireFunction,
}

/// Name and arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WireFunction {
    /// Which tool.
    pub name: String,
    /// JSON text.
    pub arguments: String,
}

impl From<&Message> for WireMessage {
    fn from(message: &Message) -> Self {
        let calls = message.tool_calls.iter().map(|call| WireCall {
            id: call.id.clone(),
            kind: "function".to_owned(),
            function: WireFunction { name: call.name.clone(), arguments: call.arguments.clone() },
        });
        let silent = message.role == Role::Assistant && message.content.is_empty();
        Self {
            id: message.id.to_string(),
            role: message.role,
            content: (!silent).then(|| message.content.clone()),
            tool_calls: calls.collect(),
            tool_call_id: message.tool_call_id.clone(),
        }
    }
}

impl Event {
    /// Whether nothing follows in this run.
    #[must_use]
    pub const fn ends_run(&self) -> bool {
        matches!(self, Self::RunFinished { .. } | Self::RunError { .. })
    }

    /// Whether it may be sent before it is stored: the beginning and pieces of text, and pieces of arguments, of which a
    /// crash may lose 100 ms.
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        matches!(self, Self::TextMessageStart { .. } | Self::TextMessageContent { .. } | Self::ToolCallArgs { .. })
    }
}

/// Whether a stored frame is the last of its run.
#[must_use]
pub fn frame_ends_run(body: &str) -> bool {
    ["{\"type\":\"RUN_FINISHED\"", "{\"type\":\"RUN_ERROR\""].iter().any(|head| body.starts_with(head))
}
