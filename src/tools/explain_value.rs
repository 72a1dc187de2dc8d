//! `explain_value`: where a value of the draft comes from, in a sentence for the author. Read only.

use std::collections::BTreeSet;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::drafting::{Drafting, no_draft};
use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;
use crate::approvals::{DraftView, ValueSource, ValueStep};
use crate::model::draft::RevisionOrigin;
use crate::workflow::Language;
use crate::workflow::describe::values_in_words;
use crate::workflow::provenance::{Source, words_of};

/// Values that are explained at once.
const MOST: usize = 4;
/// How much more a number says than a word.
const NUMBER: usize = 4;

/// Which value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainValueArguments {
    /// The value in a few words ("5 minutes", "the sales manager"), or its JSON pointer in the definition.
    value: String,
}

/// Explains values.
#[derive(Debug)]
pub struct ExplainValue(pub Drafting);

#[async_trait]
impl Tool for ExplainValue {
    const NAME: &'static str = "explain_value";
    const DESCRIPTION: &'static str = "Says where a value of the draft comes from: the author's words and when they were \
        said, the rule behind it, what it was before. Use it for questions such as \"where does this 5 come from?\".";
    type Arguments = ExplainValueArguments;

    async fn call(&self, session: &mut Session, arguments: ExplainValueArguments) -> Result<Value, ToolError> {
        let Some(view) = &session.desk.draft else { return Err(no_draft()) };
        let asked: String = arguments.value.chars().take(300).collect();
        let mut explained: Vec<Value> = Vec::new();
        for pointer in meant(view, &asked) {
            let found = self.0.drafts.source_of(&session.principal.tenant, &view.draft.id, &pointer).await?;
            if let Some(source) = found {
                let sentence = in_words(&source, view, session);
                explained.push(json!({ "sentence": sentence, "source": source }));
            }
        }
        if explained.is_empty() {
            return Err(ToolError::respond(
                "no_such_value",
                "No value of the draft is meant by these words.",
                "Name the value as the draft shows it, or say that you do not know which one is meant.",
            ));
        }
        Ok(json!({ "values": explained }))
    }
}

/// Pointers of the values that the words mean: those they share most with, numbers first.
fn meant(view: &DraftView, asked: &str) -> Vec<String> {
    let (provenance, definition) = (&view.revision.provenance, &view.revision.definition);
    if asked.starts_with('/') {
        let within = |pointer: &&String| {
            pointer.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        return provenance.0.keys().filter(within).take(MOST).cloned().collect();
    }
    let words = words_of(asked);
    let pointers: Vec<&str> = provenance.0.keys().map(String::as_str).collect();
    let told = [Language::En, Language::Es]
        .map(|language| values_in_words(definition, crate::workflow::Catalog::embedded(), language, &pointers));
    let score = |pointer: &str| {
        let said = told.iter().filter_map(|values| values.get(pointer)).map(String::as_str);
        let quote = provenance.0.get(pointer).and_then(|slot| slot.quote.as_deref());
        let texts: BTreeSet<String> = said.chain(quote).chain([pointer]).flat_map(words_of).collect();
        words.intersection(&texts).map(|word| if word.parse::<f64>().is_ok() { NUMBER } else { 1 }).sum::<usize>()
    };
    let scored: Vec<(usize, &str)> = pointers.iter().map(|pointer| (score(pointer), *pointer)).collect();
    let best = scored.iter().map(|(score, _)| *score).max().unwrap_or_default();
    let best = scored.into_iter().filter(|(score, _)| best > 0 && *score == best).take(MOST);
    best.map(|(_, pointer)| pointer.to_owned()).collect()
}

/// The answer, as a person would give it.
fn in_words(source: &ValueSource, view: &DraftView, session: &Session) -> String {
    let es = session.language == Language::Es;
    let newest = source.history.first();
    let value = newest.and_then(|step| told(step, es)).unwrap_or_else(|| source.pointer.clone());
    let from = origin(source, newest, session);
    let mut sentence = format!("“{value}”: {from}");
    if let Some(step) = newest {
        let revision = step.revision;
        sentence.push_str(&if es { format!(" (revisión {revision})") } else { format!(" (revision {revision})") });
    }
    if let Some(before) = source.history.get(1).and_then(|step| told(step, es)) {
        sentence.push_str(&if es {
            format!("; antes era “{before}”")
        } else {
            format!("; before that it was “{before}”")
        });
    }
    if source.slot.source == Source::Missing
        && let Some(question) = &view.revision.provenance.0.get(&source.pointer).and_then(|slot| slot.question.clone())
    {
        sentence.push_str(&format!(". {question}"));
    }
    sentence
}

fn told(step: &ValueStep, es: bool) -> Option<String> {
    if es { step.words_es.clone() } else { step.words.clone() }
}

fn origin(source: &ValueSource, step: Option<&ValueStep>, session: &Session) -> String {
    let es = session.language == Language::Es;
    let slot = &source.slot;
    let mine = step.is_none_or(|step| step.author_id == session.principal.user);
    let who = step.and_then(|step| step.author.clone()).filter(|_| !mine);
    let reference = source.reference_title.as_ref().or(slot.reference.as_ref());
    match (slot.source, &slot.quote, reference) {
        (Source::Stated, Some(quote), _) => match (who, es) {
            (None, false) => format!("you said “{quote}”"),
            (None, true) => format!("usted dijo “{quote}”"),
            (Some(who), false) => format!("{who} said “{quote}”"),
            (Some(who), true) => format!("{who} dijo “{quote}”"),
        },
        (Source::Stated, None, _) => by_hand(step, who.as_deref(), es),
        (Source::Inferred, Some(quote), _) if es => format!("lo deduje de “{quote}”"),
        (Source::Inferred, Some(quote), _) => format!("I inferred it from “{quote}”"),
        (Source::Inferred, None, _) if es => noted("lo supuse; nadie lo dijo", slot.note.as_deref()),
        (Source::Inferred, None, _) => noted("I assumed it; nobody said so", slot.note.as_deref()),
        (Source::Default, _, Some(title)) if es => format!("es lo que dice “{title}”"),
        (Source::Default, _, Some(title)) => format!("it is what “{title}” says"),
        (Source::Default, _, None) if es => noted("es lo habitual", slot.note.as_deref()),
        (Source::Default, _, None) => noted("it is the usual value", slot.note.as_deref()),
        (Source::Missing, ..) if es => "todavía no se sabe".to_owned(),
        (Source::Missing, ..) => "it is not known yet".to_owned(),
    }
}

fn by_hand(step: Option<&ValueStep>, who: Option<&str>, es: bool) -> String {
    let form = step.is_none_or(|step| step.origin == RevisionOrigin::Form);
    match (who, form, es) {
        (None, true, false) => "you wrote it by hand".to_owned(),
        (None, true, true) => "usted lo escribió a mano".to_owned(),
        (Some(who), true, false) => format!("{who} wrote it by hand"),
        (Some(who), true, true) => format!("{who} lo escribió a mano"),
        (_, false, false) => "it came with the document".to_owned(),
        (_, false, true) => "vino con el documento".to_owned(),
    }
}

fn noted(words: &str, note: Option<&str>) -> String {
    note.map_or_else(|| words.to_owned(), |note| format!("{words} ({note})"))
}
