//! `ask`: at most three questions the draft cannot do without.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;

/// A question to the author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The missing fact: `trigger_event`, `timing`, `audience`, `recipient`, `channel`, `message_content`,
    /// `threshold`, `stop_condition`, `approver`, `location`, `schedule_time`, `offer_terms`, `reference`,
    /// `assignment_rule`, `data_source` or `exceptions`.
    pub code: String,
    /// The question in the author's language.
    pub text: String,
    /// Answers to choose from, where there are some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What to ask.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskArguments {
    /// One to three questions.
    #[schemars(length(min = 1, max = 3))]
    questions: Vec<Question>,
}

/// Asks the author.
#[derive(Debug)]
pub struct Ask;

#[async_trait]
impl Tool for Ask {
    const NAME: &'static str = "ask";
    const DESCRIPTION: &'static str = "Asks the author for facts the draft cannot do without. At most three questions.";
    type Arguments = AskArguments;

    async fn call(&self, session: &mut Session, arguments: AskArguments) -> Result<Value, ToolError> {
        let count = arguments.questions.len();
        if !(1..=3).contains(&count) {
            return Err(ToolError::respond(
                "too_many_questions",
                format!("{count} questions were given; one to three are allowed."),
                "Keep the questions without which the draft cannot work.",
            )
            .repairable());
        }
        session.desk.questions = arguments.questions;
        Ok(json!({"asked": count}))
    }
}
