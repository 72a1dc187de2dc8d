//! The last words of a turn: what was understood, what was assumed, what was left unused, what is still open.

use serde_json::Value;

use super::parse::{Parser, Plan};
use super::repair;
use super::respond::Wish;
use super::turn::{Reply, ToolOutcome, Turn};

/// The closing text, from the results of this turn.
pub fn close(parser: &Parser<'_>, turn: &Turn<'_>, wish: &Wish<'_>, language: &str) -> Reply {
    let phrase = |key: &str| parser.lexicon.phrase(key, language).to_owned();
    let result = |name: &str| turn.results.iter().rev().find(|r| r.name == name);
    let mut parts: Vec<String> = Vec::new();
    if let Some(written) = result("write_workflow") {
        match failure(written) {
            Some(error) => parts.push(phrase("problems").replace("<list>", &error)),
            None => {
                parts.extend(alike(parser, written, language));
                let title = written.arguments.get("title").and_then(Value::as_str).unwrap_or_default();
                parts.push(phrase("created").replace("<title>", title));
                if let Wish::Create(plan) = wish {
                    parts.extend(assumed(parser, &written.arguments, language));
                    parts.extend(unused(parser, plan, language));
                    parts.extend(unchecked(parser, plan, language));
                }
                parts.extend(warned(parser, &written.arguments, language));
                // a correction that went through says what is left
                let last = result("edit_workflow").filter(|edited| failure(edited).is_none());
                parts.extend(problems(parser, last.unwrap_or(written), language));
            }
        }
    } else if let Some(edited) = result("edit_workflow") {
        match failure(edited) {
            Some(_) => parts.push(phrase("conflict")),
            None => {
                let changes = changes(edited);
                parts.push(if changes.is_empty() {
                    phrase("nothing_changed")
                } else {
                    phrase("edited").replace("<changes>", &changes)
                });
                parts.extend(warned(parser, &edited.arguments, language));
                parts.extend(problems(parser, edited, language));
            }
        }
    } else if let Some(undone) = result("undo_edit") {
        let forward = undone.arguments.get("redo").is_some_and(|redo| redo == true);
        parts.push(match failure(undone) {
            Some(_) => phrase("nothing_undone"),
            None if forward => phrase("redone"),
            None => phrase("undone"),
        });
    } else if result("submit_for_approval").is_some() {
        parts.push(phrase("submitted"));
    }
    if let Some(declined) = result("decline") {
        for key in ["reason", "safe_alternative"] {
            parts.extend(declined.arguments.get(key).and_then(Value::as_str).map(str::to_owned));
        }
    }
    if let Some(asked) = result("ask") {
        let questions: Vec<&str> = asked
            .arguments
            .get("questions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|q| q.get("text")?.as_str())
            .collect();
        let intro = if parts.is_empty() {
            phrase("asking")
        } else {
            phrase("still_open").replace("<list>", "").trim_end().to_owned()
        };
        parts.push(format!("{intro} {}", questions.join(" ")));
    }
    Reply { text: parts.join(" "), calls: Vec::new() }
}

/// Approved workflows that do nearly the same, said first.
fn alike(parser: &Parser<'_>, written: &ToolOutcome, language: &str) -> Option<String> {
    let list = written.result.get("alike")?.as_array()?;
    let titles: Vec<String> =
        list.iter().filter_map(|one| Some(format!("“{}”", one.get("title")?.as_str()?))).collect();
    (!titles.is_empty()).then(|| parser.lexicon.phrase("alike", language).replace("<titles>", &titles.join(", ")))
}

fn failure(outcome: &ToolOutcome) -> Option<String> {
    let error = outcome.result.get("error")?;
    Some(error.as_str().map_or_else(|| error.to_string(), str::to_owned))
}

fn changes(outcome: &ToolOutcome) -> String {
    let list = outcome.result.get("changes").and_then(Value::as_array);
    let words: Vec<&str> = list.into_iter().flatten().filter_map(|c| c.get("words")?.as_str()).collect();
    words.join("; ")
}

/// Values that were not said and matter.
fn assumed(parser: &Parser<'_>, arguments: &Value, language: &str) -> Option<String> {
    let list = arguments.get("provenance").and_then(Value::as_array)?;
    let definition = arguments.get("definition")?;
    let mut out: Vec<String> = Vec::new();
    for slot in list.iter().filter(|s| s.get("source").and_then(Value::as_str) == Some("default")) {
        let pointer = slot.get("pointer").and_then(Value::as_str).unwrap_or_default();
        let telling =
            ["/timeout/after", "/with/to", "/with/assignee", "/with/approver", "/with/strategy", "/with/due_in"];
        if !telling.iter().any(|t| pointer.ends_with(t)) {
            continue;
        }
        let value = definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let entry = format!("{} {}", name.replace('_', " "), value);
        if !value.is_empty() && !out.contains(&entry) {
            out.push(entry);
        }
    }
    (!out.is_empty()).then(|| parser.lexicon.phrase("assumed", language).replace("<list>", &out.join(", ")))
}

fn unused(parser: &Parser<'_>, plan: &Plan, language: &str) -> Option<String> {
    let quotes: Vec<String> =
        plan.unused.iter().map(|s| format!("“{}”", parser.text.quote(s.from, s.to).trim())).collect();
    (!quotes.is_empty()).then(|| parser.lexicon.phrase("not_used", language).replace("<list>", &quotes.join(", ")))
}

/// Conditions that were said and are not in the draft: the step happens without them.
fn unchecked(parser: &Parser<'_>, plan: &Plan, language: &str) -> Option<String> {
    let quotes: Vec<String> =
        plan.unchecked.iter().map(|s| format!("“{}”", parser.text.quote(s.from, s.to).trim())).collect();
    (!quotes.is_empty()).then(|| parser.lexicon.phrase("not_checked", language).replace("<list>", &quotes.join(", ")))
}

fn warned(parser: &Parser<'_>, arguments: &Value, language: &str) -> Option<String> {
    let list = arguments.get("warnings").and_then(Value::as_array)?;
    let texts: Vec<&str> = list.iter().filter_map(|w| w.get("text")?.as_str()).collect();
    (!texts.is_empty()).then(|| parser.lexicon.phrase("warned", language).replace("<list>", &texts.join(" ")))
}

fn problems(parser: &Parser<'_>, outcome: &ToolOutcome, language: &str) -> Option<String> {
    let errors: Vec<&str> = repair::errors(outcome).filter_map(|d| d.get("message")?.as_str()).take(3).collect();
    (!errors.is_empty()).then(|| parser.lexicon.phrase("problems", language).replace("<list>", &errors.join(" ")))
}
