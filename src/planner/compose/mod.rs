//! A [`Plan`] → a definition that follows the conventions, with the source of every value.

mod approve;
mod calls;
mod header;
mod listen;
mod loops;
mod payload;
mod scope;
mod tasks;
mod together;
mod wording;

pub use header::{capital, title_words};
pub use scope::{Composed, Composer, Loop};

use serde_json::{Map, Value, json};

use super::parse::{Parser, Plan};
use super::turn::Setting;

/// Writes the definition of a plan.
#[must_use]
pub fn compose(parser: &Parser<'_>, plan: &Plan, setting: &Setting, language: &str) -> Composed {
    let mut composer = Composer::new(parser, &plan.trigger, language);
    let mut tasks = composer.guards(plan);
    let at = tasks.len();
    tasks.extend(composer.list(&plan.steps, "/do", at));
    let schedule = composer.schedule(plan);
    let (document, title, summary) = header::document(&composer, plan, setting, &tasks);
    let mut definition = Map::new();
    definition.insert("document".to_owned(), document);
    if let Some(schedule) = schedule {
        definition.insert("schedule".to_owned(), schedule);
    }
    definition.insert("do".to_owned(), Value::Array(tasks));
    composer.finish(json!(definition), title, summary)
}
