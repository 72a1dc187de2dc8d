//! Conversations and their messages.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ConversationId, DraftId, MessageId, RunId, TenantId, UserId};

/// One thread of talk between a member of staff and the assistant.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its tenant.
    #[serde(skip)]
    pub tenant_id: TenantId,
    /// Whose it is; nobody else may write in it.
    pub user_id: UserId,
    /// The first words of the first message.
    pub title: String,
    /// The draft it works on.
    pub draft_id: Option<DraftId>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When somebody last spoke.
    pub updated_at: DateTime<Utc>,
}

/// Where a conversation stands in the list of a user's conversations: by when somebody last spoke, then by id. The key
/// holds the moment itself, so a page goes on at its place although somebody spoke in the conversation meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationMoment {
    /// When somebody last spoke.
    pub updated_at: DateTime<Utc>,
    /// Which conversation.
    pub id: ConversationId,
}

impl ConversationMoment {
    /// Where `conversation` stands.
    #[must_use]
    pub fn of(conversation: &Conversation) -> Self {
        Self { updated_at: conversation.updated_at, id: conversation.id.clone() }
    }

    /// Before all that there will be: the list begins after it.
    #[must_use]
    pub fn newest() -> Self {
        const YEAR_9999: i64 = 253_370_764_800;
        let updated_at = DateTime::from_timestamp(YEAR_9999, 0).unwrap_or_default();
        Self { updated_at, id: ConversationId::derive("") }
    }
}

impl fmt::Display for ConversationMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.updated_at.timestamp_micros(), self.id)
    }
}

impl FromStr for ConversationMoment {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (micros, id) = text.split_once(' ').ok_or(())?;
        let micros: i64 = micros.parse().map_err(drop)?;
        let sane = 0..=Self::newest().updated_at.timestamp_micros();
        let updated_at = DateTime::from_timestamp_micros(micros).filter(|_| sane.contains(&micros)).ok_or(())?;
        Ok(Self { updated_at, id: id.parse().map_err(drop)? })
    }
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A member of staff.
    User,
    /// The model.
    Assistant,
    /// A tool, answering a call of the assistant.
    Tool,
}

impl Role {
    /// The name stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::Assistant, Self::Tool].into_iter().find(|role| role.as_str() == name)
    }
}

/// A call the assistant made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolCall {
    /// Unique within the conversation.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// JSON text as the model wrote it.
    pub arguments: String,
}

/// One message as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The turn that made it.
    pub run_id: Option<RunId>,
    /// Who said it.
    pub role: Role,
    /// What was said; a tool's answer is JSON text.
    pub content: String,
    /// Calls, for the assistant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call answered, for a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// The prompts the assistant wrote it under, as `name@version`, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts: Option<String>,
}
