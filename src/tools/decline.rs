//! `decline`: outside our field, or nothing we should help with.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ToolError;
use super::session::{Session, Warning};
use super::tool::Tool;

/// Why nothing is drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeclineKind {
    /// Not an automation of a dealership.
    OutOfScope,
    /// Unlawful, unsafe or unfair.
    RefuseOrWarn,
}

/// What is declined, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineArguments {
    /// Which of the two.
    pub kind: DeclineKind,
    /// The reason, for the author.
    pub reason: String,
    /// Rules that stand against it.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// What would be possible instead.
    #[serde(default)]
    pub safe_alternative: Option<String>,
}

/// Declines.
#[derive(Debug)]
pub struct Decline;

#[async_trait]
impl Tool for Decline {
    const NAME: &'static str = "decline";
    const DESCRIPTION: &'static str = "Declines a request that is outside dealership automation, or unlawful or unsafe, with a reason and, where \
         there is one, a safe alternative.";
    type Arguments = DeclineArguments;

    async fn call(&self, session: &mut Session, arguments: DeclineArguments) -> Result<Value, ToolError> {
        session.desk.declined = Some(arguments);
        Ok(json!({}))
    }
}
