//! Holes of a draft: values nobody gave. Each is marked `missing`, blocks submission and has its question.

use super::ask::Question;
use crate::planner::language::Lexicon;
use crate::workflow::provenance::{Provenance, Slot, Source};
use crate::workflow::{Definition, Diagnostic, Language};

/// The code of the validator for an input that must be written and is not.
const REQUIRED: &str = "action.input_missing";

/// Marks every required value that is not there as missing.
pub(super) fn marked(mut provenance: Provenance, diagnostics: &[Diagnostic]) -> Provenance {
    for found in diagnostics.iter().filter(|found| found.code == REQUIRED) {
        if let Some(name) = &found.absent {
            let pointer = format!("{}/{name}", found.pointer);
            provenance.0.entry(pointer).or_insert_with(|| Slot::plain(Source::Missing));
        }
    }
    provenance
}

/// Gives each hole its question.
#[must_use]
pub fn asked(mut provenance: Provenance, definition: &Definition, language: Language) -> Provenance {
    for (pointer, slot) in &mut provenance.0 {
        if slot.source == Source::Missing && slot.question.is_none() {
            slot.question = Some(question(definition, pointer, language).text);
        }
    }
    provenance
}

/// What the author is asked for each hole, three at most.
pub(super) fn questions(provenance: &Provenance, definition: &Definition, language: Language) -> Vec<Question> {
    let holes = provenance.0.iter().filter(|(_, slot)| slot.source == Source::Missing);
    let mut asked: Vec<Question> = Vec::new();
    for (pointer, slot) in holes {
        let mut next = question(definition, pointer, language);
        if let Some(text) = &slot.question {
            next.text.clone_from(text);
        }
        if !asked.iter().any(|other| other.text == next.text) {
            asked.push(next);
        }
    }
    asked.truncate(3);
    asked
}

fn question(definition: &Definition, pointer: &str, language: Language) -> Question {
    let field = pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
    let code = match field {
        "to" | "assignee" | "caller" | "candidates" => "recipient",
        "approver" => "approver",
        "type" | "on" => "trigger_event",
        "cron" | "every" | "due_at" | "starts_at" => "schedule_time",
        "wait" | "after" | "timeout" | "due_in" | "expires_in" | "within" => "timing",
        "body" | "message" | "subject" | "title" | "instruction" => "message_content",
        "customer_id" | "filter" | "entity" | "data" => "audience",
        "channel" => "channel",
        "amount" | "by_amount" | "by_percent" | "limit" | "count" => "threshold",
        "strategy" | "pool" => "assignment_rule",
        "stores" | "store_id" => "location",
        _ => "data_source",
    };
    let language = if language == Language::Es { "es" } else { "en" };
    let asked = Lexicon::embedded().phrase(&format!("ask.{code}"), language);
    let tasks = definition.all_tasks();
    let task = tasks.iter().filter(|task| pointer.starts_with(&task.pointer)).max_by_key(|task| task.pointer.len());
    let text = task.map_or_else(|| asked.to_owned(), |task| format!("{asked} ({})", spaced(task.name)));
    Question { code: code.to_owned(), text, choices: Vec::new() }
}

/// `pingManager` as "ping manager".
fn spaced(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hole_has_its_question_in_the_authors_language() {
        let definition = Definition::from_value(json!({
            "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
            "do": [{"pingManager": {"call": "notify_user", "with": {"message": "Hi"}}}]
        }))
        .unwrap();
        let found = crate::workflow::validate(
            &definition,
            &crate::workflow::ValidationContext::new(crate::workflow::Catalog::embedded()),
        );
        let marked = asked(marked(Provenance::default(), &found), &definition, Language::En);
        assert_eq!(marked.missing(), ["/do/0/pingManager/with/to"]);
        let questions = questions(&marked, &definition, Language::En);
        assert_eq!((questions.len(), questions[0].code.as_str()), (1, "recipient"));
        assert_eq!(questions[0].text, "Who on the staff should get it? (ping manager)");
        let spanish = asked(super::marked(Provenance::default(), &found), &definition, Language::Es);
        assert!(spanish.0["/do/0/pingManager/with/to"].question.as_deref().unwrap().starts_with('¿'));
    }
}
