//! What a turn came to, read from what was said and called: its kind, its words, what it asks, warns and cites.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::conversation::{Message, Role, ToolCall};
use crate::tools::ask::Question;
use crate::tools::decline::{DeclineArguments, DeclineKind};
use crate::tools::{Citation, Warning};

/// The kind of an answer; it follows from the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A first draft was written.
    Create,
    /// A draft was changed.
    Edit,
    /// Something was answered.
    Question,
    /// Something must be known first.
    Clarify,
    /// Not our field.
    OutOfScope,
    /// Unlawful, unsafe or unfair.
    RefuseOrWarn,
}

/// What a turn came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TurnOutcome {
    /// Its kind.
    pub kind: Kind,
    /// What was said.
    pub reply: String,
    /// What was asked.
    pub questions: Vec<Question>,
    /// What was warned of.
    pub warnings: Vec<Warning>,
    /// What it rests on, three at most.
    pub citations: Vec<Citation>,
}

#[derive(Deserialize)]
struct Asked {
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    warnings: Vec<Warning>,
    #[serde(default)]
    citations: Vec<String>,
}

#[derive(Deserialize)]
struct Found {
    hits: Vec<FoundHit>,
}

#[derive(Deserialize)]
struct FoundHit {
    document: String,
    title: String,
    heading: String,
    /// Whether it says something about what was asked; searches of before did not tell.
    #[serde(default = "close")]
    close: bool,
}

const fn close() -> bool {
    true
}

const WRITING: [&str; 3] = ["write_workflow", "edit_workflow", "undo_edit"];
const MOST_CITATIONS: usize = 3;

impl TurnOutcome {
    /// Reads the messages of one run, oldest first. `had_draft` tells whether there was a draft before it.
    #[must_use]
    pub fn of(messages: &[Message], had_draft: bool) -> Self {
        let done: Vec<(&ToolCall, Value)> = calls(messages);
        let last = |names: &[&str]| {
            let mut found = done.iter().rev().filter(|(call, _)| names.contains(&call.name.as_str()));
            found.find(|(_, result)| result.get("error").is_none()).map(|(call, _)| *call)
        };
        let written = last(&WRITING);
        let declined: Option<DeclineArguments> =
            last(&["decline"]).and_then(|call| serde_json::from_str(&call.arguments).ok());
        let asked: Option<Asked> = last(&["ask"]).and_then(|call| serde_json::from_str(&call.arguments).ok());
        let kind = match (&written, &declined, &asked) {
            (Some(_), _, _) if had_draft => Kind::Edit,
            (Some(_), _, _) => Kind::Create,
            (None, Some(declined), _) => match declined.kind {
                DeclineKind::OutOfScope => Kind::OutOfScope,
                DeclineKind::RefuseOrWarn => Kind::RefuseOrWarn,
            },
            (None, None, Some(_)) => Kind::Clarify,
            (None, None, None) => Kind::Question,
        };
        let written: Option<Written> = written.and_then(|call| serde_json::from_str(&call.arguments).ok());
        let named = written.as_ref().map(|written| written.citations.clone()).unwrap_or_default();
        let seen = seen(&done, kind);
        let citations = if named.is_empty() {
            // what a draft was modelled on is named by its author; an answer rests on what was looked up for it
            if matches!(kind, Kind::Question | Kind::RefuseOrWarn) { seen } else { Vec::new() }
        } else {
            seen.into_iter().filter(|citation| named.contains(&citation.document)).collect()
        };
        let mut warnings = written.map(|written| written.warnings).unwrap_or_default();
        warnings.extend(declined.map(|declined| declined.warnings).unwrap_or_default());
        Self {
            kind,
            reply: said(messages),
            questions: asked.map(|asked| asked.questions).unwrap_or_default(),
            warnings,
            citations: citations.into_iter().take(MOST_CITATIONS).collect(),
        }
    }
}

fn said(messages: &[Message]) -> String {
    let texts = messages.iter().filter(|message| message.role == Role::Assistant && !message.content.is_empty());
    texts.map(|message| message.content.trim()).collect::<Vec<_>>().join("\n\n")
}

/// Calls with their results.
fn calls(messages: &[Message]) -> Vec<(&ToolCall, Value)> {
    let answer = |call: &ToolCall| {
        let found = messages.iter().find(|message| message.tool_call_id.as_ref() == Some(&call.id));
        found.and_then(|message| serde_json::from_str(&message.content).ok()).unwrap_or(Value::Null)
    };
    messages.iter().flat_map(|message| &message.tool_calls).map(|call| (call, answer(call))).collect()
}

/// Documents the searches returned, each once; articles only where nothing was drafted.
fn seen(done: &[(&ToolCall, Value)], kind: Kind) -> Vec<Citation> {
    let drafted = matches!(kind, Kind::Create | Kind::Edit);
    let searches =
        done.iter().filter(|(call, _)| call.name == "search_knowledge" || drafted && call.name == "search_templates");
    let mut known = BTreeSet::new();
    searches
        .filter_map(|(_, result)| serde_json::from_value::<Found>(result.clone()).ok())
        .flat_map(|found| found.hits)
        // an answer rests on what answers it, and on nothing that only came up
        .filter(|hit| hit.close || kind != Kind::Question)
        .filter(|hit| known.insert(hit.document.clone()))
        .map(|hit| Citation { document: hit.document, title: hit.title, heading: hit.heading })
        .collect()
}
