//! What the driver and the machine say to each other.

use serde_json::Value;

use crate::chat::event::Event;
use crate::llm::Delta;
use crate::model::conversation::{Role, ToolCall};
use crate::model::run::{RunStatus, RunUsage};
use crate::model::spending::Spent;
use crate::model::{MessageId, RunId};
use crate::workflow::Language;

/// What a turn may do. A limit of 0 is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rounds of model calls with tools; one more, without tools, may follow to sum up.
    pub max_rounds: u32,
    /// Rounds in which an invalid draft is handed back to the model.
    pub max_repairs: u32,
    /// Tool calls in all.
    pub max_tool_calls: u32,
    /// Tokens sent and received, over all rounds.
    pub max_tokens: i64,
    /// Millionths of a dollar, over all rounds.
    pub max_microdollars: i64,
}

impl Limits {
    /// The code of a limit that is reached, looked at before each model call. A call that began may go beyond it by what
    /// one call can spend, which the context window bounds.
    #[must_use]
    pub const fn reached(&self, usage: &RunUsage) -> Option<&'static str> {
        if self.max_tokens > 0 && usage.tokens() >= self.max_tokens {
            return Some("turn_tokens_spent");
        }
        if self.max_microdollars > 0 && usage.cost_microdollars >= self.max_microdollars {
            return Some("turn_money_spent");
        }
        None
    }
}

/// What the driver tells the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A piece of the model's answer.
    Model(Delta),
    /// The model failed.
    ModelFailed {
        /// Stable.
        code: &'static str,
    },
    /// A tool answered.
    Tool(ToolReport),
    /// What was best of the drafts that were refused is written, or nothing needed to be.
    Settled(Settlement),
    /// A limit that the driver watches was reached: time, or money of the day.
    Spent {
        /// Stable.
        code: &'static str,
    },
    /// A part of ours failed.
    Broken {
        /// Stable.
        code: &'static str,
    },
    /// The user said stop.
    Cancel,
}

/// What a tool did.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolReport {
    /// JSON text for the model.
    pub content: String,
    /// The state afterwards, when it changed.
    pub state: Option<Value>,
    /// The draft got a new revision in this turn.
    pub wrote: bool,
    /// The model should try again.
    pub repairable: bool,
}

/// What stands when a turn ends after drafts were refused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settlement {
    /// The state afterwards, when it changed.
    pub state: Option<Value>,
    /// The draft got a new revision in this turn.
    pub wrote: bool,
    /// What is unresolved, in plain words; empty when nothing is.
    pub unresolved: String,
}

/// Which tools a model call offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Every tool.
    All,
    /// Only tools that change nothing.
    Reading,
    /// None: the model must come to an end.
    Nothing,
}

impl Offer {
    /// The name prompts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Reading => "reading",
            Self::Nothing => "nothing",
        }
    }
}

/// What the driver must do, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send this.
    Send(Event),
    /// Keep this message of the conversation.
    Keep(NewMessage),
    /// Put this in the place of what a kept message of this turn said, and show every client.
    Correct {
        /// Which.
        id: MessageId,
        /// What it says now.
        content: String,
    },
    /// Ask the model; its answer comes back as [`Input::Model`].
    Ask(Offer),
    /// Run this tool; its answer comes back as [`Input::Tool`].
    Run(ToolCall),
    /// Count what a model call cost.
    Charge(Spent),
    /// Write the best of the drafts that were refused, if none stands; comes back as [`Input::Settled`].
    Settle,
    /// Say what the turn spent and what is left.
    Account,
    /// The turn is over. The last effect.
    End {
        /// How it ended.
        status: RunStatus,
        /// Stable code of a failure.
        error_code: Option<&'static str>,
    },
}

/// A message to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
    /// Calls, for the assistant.
    pub tool_calls: Vec<ToolCall>,
    /// The call answered, for a tool.
    pub tool_call_id: Option<String>,
}

/// What names a turn on the wire and in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The client's name for the conversation.
    pub thread: String,
    /// The client's name for the run.
    pub wire_run: String,
    /// Our id of the run.
    pub run: RunId,
    /// The model asked.
    pub model: String,
    /// The language of our own sentences.
    pub language: Language,
}
