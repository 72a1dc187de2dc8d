//! What a tool is: a name, typed arguments whose schema the model reads, and a session the model never sees.

use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::ToolError;
use super::session::Session;
use crate::llm::ToolSpec;

/// Longest a tool may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Largest argument text accepted, in bytes.
const MAX_ARGUMENTS: usize = 256 * 1024;
/// Largest answer given to the model, in bytes.
const MAX_ANSWER: usize = 24 * 1024;

/// Something the model can call.
#[async_trait]
pub trait Tool: Send + Sync + std::fmt::Debug {
    /// The name the model calls.
    const NAME: &'static str;
    /// Whether it changes the draft.
    const WRITES: bool = false;
    /// When to use it, for the model.
    const DESCRIPTION: &'static str;
    /// What the model fills in.
    type Arguments: DeserializeOwned + JsonSchema + Send;

    /// Does it. The answer is what the model reads.
    async fn call(&self, session: &mut Session, arguments: Self::Arguments) -> Result<Value, ToolError>;
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolReply {
    /// JSON text for the model.
    pub content: String,
    /// The model should try again.
    pub repairable: bool,
}

#[async_trait]
trait Erased: Send + Sync + std::fmt::Debug {
    fn name(&self) -> &'static str;
    fn writes(&self) -> bool;
    fn spec(&self) -> ToolSpec;
    async fn call(&self, session: &mut Session, arguments: &str) -> Result<Value, ToolError>;
}

#[async_trait]
impl<T: Tool> Erased for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn writes(&self) -> bool {
        T::WRITES
    }

    fn spec(&self) -> ToolSpec {
        let mut parameters = schemars::schema_for!(T::Arguments).to_value();
        if let Some(schema) = parameters.as_object_mut() {
            schema.remove("$schema");
            schema.remove("title");
        }
        ToolSpec { name: T::NAME, description: T::DESCRIPTION.to_owned(), parameters }
    }

    async fn call(&self, session: &mut Session, arguments: &str) -> Result<Value, ToolError> {
        let text = if arguments.trim().is_empty() { "{}" } else { arguments };
        if text.len() > MAX_ARGUMENTS {
            return Err(ToolError::respond(
                "arguments_too_large",
                "The arguments are too large.",
                "Send less at once.",
            ));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let parsed: T::Arguments = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            ToolError::respond(
                "arguments_invalid",
                format!("The arguments of {} do not fit at `{}`: {}.", T::NAME, error.path(), error.inner()),
                "Send the call again with arguments that fit its schema.",
            )
            .repairable()
        })?;
        Tool::call(self, session, parsed).await
    }
}

/// Every tool, in the order the model sees them.
#[derive(Debug, Default)]
pub struct Registry {
    tools: Vec<Box<dyn Erased>>,
}

impl Registry {
    /// Adds a tool.
    #[must_use]
    pub fn with(mut self, tool: impl Tool + 'static) -> Self {
        self.tools.push(Box::new(tool));
        self
    }

    /// What the model is offered.
    #[must_use]
    pub fn specs(&self, writing: bool) -> Vec<ToolSpec> {
        self.tools.iter().filter(|tool| writing || !tool.writes()).map(|tool| tool.spec()).collect()
    }

    /// Runs one call of the model. Whatever the model did wrong comes back as an answer it can act on.
    ///
    /// # Errors
    /// Only for a part of ours that failed.
    pub async fn call(
        &self,
        session: &mut Session,
        name: &str,
        arguments: &str,
        writing: bool,
    ) -> Result<ToolReply, anyhow::Error> {
        let known = self.tools.iter().find(|tool| tool.name() == name && (writing || !tool.writes()));
        let outcome = match known {
            Some(tool) => match tokio::time::timeout(TIMEOUT, tool.call(session, arguments)).await {
                Ok(outcome) => outcome,
                Err(_elapsed) => {
                    Err(ToolError::respond("tool_timeout", format!("{name} took too long."), "Go on without it."))
                }
            },
            None => Err(ToolError::respond(
                "tool_not_offered",
                format!("There is no tool {name} in this turn."),
                "Use only the tools you were offered, or answer in words.",
            )),
        };
        match outcome {
            Ok(value) => {
                let content = bounded(&value);
                if known.is_some_and(|tool| !tool.writes()) {
                    session.material.answered(name, &content);
                }
                Ok(ToolReply { content, repairable: false })
            }
            Err(ToolError::Respond { code, message, hint, details, repairable }) => {
                let mut answer = json!({"error": code, "message": message, "hint": hint});
                if let Some(details) = details {
                    answer["diagnostics"] = details;
                }
                Ok(ToolReply { content: bounded(&answer), repairable })
            }
            Err(ToolError::Fatal(error)) => Err(error),
        }
    }
}

/// The answer as text, cut to what a model should read.
fn bounded(value: &Value) -> String {
    let text = value.to_string();
    if text.len() <= MAX_ANSWER {
        return text;
    }
    let mut end = MAX_ANSWER;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    json!({"truncated": true, "beginning": text.get(..end).unwrap_or_default()}).to_string()
}
