//! `find_actions`: looks up the catalog, so that it never stands in the prompt as a whole.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;
use crate::workflow::Catalog;

const MAX_ACTIONS: usize = 6;
const MAX_EVENTS: usize = 6;

/// What to look for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindActionsArguments {
    /// What is to happen, or what starts it, in a few words.
    query: String,
}

/// Finds actions and events.
#[derive(Debug)]
pub struct FindActions;

/// How well `text` answers `words`: whole words count double, beginnings once.
fn score(words: &[String], name: &str, text: &str) -> usize {
    let haystack = format!("{} {}", name.replace(['_', '.'], " "), text).to_lowercase();
    let terms: Vec<&str> = haystack.split(|c: char| !c.is_alphanumeric()).filter(|term| !term.is_empty()).collect();
    let per_word = |word: &String| {
        let exact = terms.iter().any(|term| term == word);
        let begins = word.len() >= 4
            && terms.iter().any(|term| term.starts_with(word.as_str()) || (term.len() >= 4 && word.starts_with(term)));
        usize::from(exact) * 2 + usize::from(begins && !exact)
    };
    words.iter().map(per_word).sum()
}

fn best<'a, T>(items: impl Iterator<Item = &'a T>, limit: usize, score: impl Fn(&T) -> usize) -> Vec<&'a T> {
    let mut scored: Vec<(usize, &T)> = items.map(|item| (score(item), item)).filter(|(score, _)| *score > 0).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().take(limit).map(|(_, item)| item).collect()
}

#[async_trait]
impl Tool for FindActions {
    const NAME: &'static str = "find_actions";
    const DESCRIPTION: &'static str = "Looks up actions (with their inputs) and trigger events of the catalog. Use only \
        what it returns; there are no other actions or events.";
    type Arguments = FindActionsArguments;

    async fn call(&self, _session: &mut Session, arguments: FindActionsArguments) -> Result<Value, ToolError> {
        let catalog = Catalog::embedded();
        let words: Vec<String> = arguments
            .query
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 2)
            .take(40)
            .map(ToOwned::to_owned)
            .collect();
        let actions = best(catalog.actions(), MAX_ACTIONS, |action| score(&words, &action.name, &action.purpose));
        let events = best(catalog.events(), MAX_EVENTS, |event| score(&words, &event.name, &event.meaning));
        let actions: Vec<Value> = actions
            .into_iter()
            .map(|action| {
                json!({"name": action.name, "purpose": action.purpose, "risk": action.risk,
                       "inputs": action.input_schema()})
            })
            .collect();
        let events: Vec<Value> =
            events.into_iter().map(|event| json!({"name": event.name, "meaning": event.meaning})).collect();
        Ok(json!({"actions": actions, "events": events}))
    }
}
