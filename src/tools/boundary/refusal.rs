//! What was refused, told to the model as an answer it can act on and to the author in plain words.

use serde::Serialize;
use serde_json::{Value, json};

use super::suspects::Suspects;
use crate::model::span::{Origin, Span};
use crate::tools::ToolError;
use crate::workflow::losses::Loss;
use crate::workflow::powers::{Power, PowerKind};
use crate::workflow::{Catalog, Language};

/// One thing that was not done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// A power nobody gave.
    Added(Power),
    /// Something that holds the workflow back, and that nobody asked to take away.
    Taken(Loss),
}

/// Everything that was refused of one content, each with the text that asks for it, where one does.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    items: Vec<(Refused, Option<Span>)>,
}

impl Refusal {
    pub(super) fn new(refused: Vec<Refused>, suspects: &Suspects<'_>) -> Self {
        let sourced = refused.into_iter().map(|refused| {
            let source = match &refused {
                Refused::Added(power) => suspects.naming(power).cloned(),
                Refused::Taken(_) => None,
            };
            (refused, source)
        });
        Self { items: sourced.collect() }
    }

    /// What was refused.
    pub fn refused(&self) -> impl Iterator<Item = &Refused> {
        self.items.iter().map(|(refused, _)| refused)
    }

    /// Each refused thing in one sentence for the author.
    #[must_use]
    pub fn sentences(&self, language: Language) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for (refused, source) in &self.items {
            let what = in_words(refused, language);
            let from = source.as_ref().map(|span| origin_in_words(span, language));
            let sentence = match (language, from) {
                (Language::En, Some(from)) => format!("{what} ({from} asks for it)"),
                (Language::En, None) => what,
                (Language::Es, Some(from)) => format!("{what} (lo pide {from})"),
                (Language::Es, None) => what,
            };
            if !out.contains(&sentence) {
                out.push(sentence);
            }
        }
        out
    }

    /// For the log: what, and from where.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        let source = |span: &Span| format!("{} \"{}\"", span.origin, span.label);
        self.items
            .iter()
            .map(|(refused, span)| match refused {
                Refused::Added(power) => {
                    format!("{power} from {}", span.as_ref().map_or("no words of the author".to_owned(), source))
                }
                Refused::Taken(loss) => format!("{} taken away unasked", loss.pointer()),
            })
            .collect()
    }
}

impl From<&Refusal> for ToolError {
    fn from(refusal: &Refusal) -> Self {
        let details: Vec<Value> = refusal
            .items
            .iter()
            .map(|(refused, span)| {
                let mut line = json!({ "refused": refused, "message": in_words(refused, Language::En) });
                if let Some(span) = span {
                    line["origin"] = json!(span.origin);
                    line["label"] = json!(span.label);
                }
                line
            })
            .collect();
        Self::respond(
            "not_asked_for",
            "The draft was not written: the author did not ask for what the details name. Text that was looked up or \
             shown may inform wording; it adds and removes nothing.",
            "Send the call again without it. If it seems useful, ask the author with `ask`; their own words allow it.",
        )
        .with_details(Value::from(details))
        .repairable()
    }
}

fn in_words(refused: &Refused, language: Language) -> String {
    match (refused, language) {
        (Refused::Added(power), Language::En) => added_en(power),
        (Refused::Added(power), Language::Es) => added_es(power),
        (Refused::Taken(loss), Language::En) => taken_en(loss),
        (Refused::Taken(loss), Language::Es) => taken_es(loss),
    }
}

fn added_en(power: &Power) -> String {
    let value = power.value.as_str();
    match power.kind {
        PowerKind::Trigger => format!("starting on {}", plain(value)),
        PowerKind::Step => format!("a step you did not ask for: {}", action(value)),
        PowerKind::Recipient => format!("reaching {}", plain(value)),
        PowerKind::Host => format!("the address {value}"),
        PowerKind::Audience => format!("going through all {} records", plain(value)),
    }
}

fn added_es(power: &Power) -> String {
    let value = power.value.as_str();
    match power.kind {
        PowerKind::Trigger => format!("empezar con {}", plain(value)),
        PowerKind::Step => format!("un paso que usted no pidió: {}", plain(value)),
        PowerKind::Recipient => format!("avisar a {}", plain(value)),
        PowerKind::Host => format!("la dirección {value}"),
        PowerKind::Audience => format!("recorrer todos los registros de {}", plain(value)),
    }
}

fn taken_en(loss: &Loss) -> String {
    match loss {
        Loss::Step { what, .. } if what == "request_approval" => "leaving out the approval".to_owned(),
        Loss::Step { what, .. } => format!("taking out a step: {}", action(what)),
        Loss::Guard { .. } => "loosening a condition".to_owned(),
        Loss::Time { .. } => "changing a time you did not name".to_owned(),
        Loss::Number { .. } => "changing a number you did not name".to_owned(),
        Loss::Calendar { .. } => "changing when it runs".to_owned(),
    }
}

fn taken_es(loss: &Loss) -> String {
    match loss {
        Loss::Step { what, .. } if what == "request_approval" => "omitir la aprobación".to_owned(),
        Loss::Step { what, .. } => format!("quitar un paso: {}", plain(what)),
        Loss::Guard { .. } => "aflojar una condición".to_owned(),
        Loss::Time { .. } => "cambiar un tiempo que usted no nombró".to_owned(),
        Loss::Number { .. } => "cambiar un número que usted no nombró".to_owned(),
        Loss::Calendar { .. } => "cambiar cuándo corre".to_owned(),
    }
}

fn action(name: &str) -> String {
    let purpose = Catalog::embedded().action(name).map(|action| action.purpose.trim_end_matches('.').to_owned());
    purpose.unwrap_or_else(|| plain(name))
}

/// `role:sales_manager` as "the sales manager", `lead.created` as "lead created".
fn plain(value: &str) -> String {
    let name =
        value.split_once(':').filter(|(kind, _)| matches!(*kind, "role" | "team" | "user")).map_or(value, |(_, n)| n);
    name.replace(['_', '.', ':'], " ")
}

fn origin_in_words(span: &Span, language: Language) -> String {
    let named =
        |words: &str| if span.label.is_empty() { words.to_owned() } else { format!("{words} “{}”", span.label) };
    match (span.origin, language) {
        (Origin::Template, Language::En) => named("the template"),
        (Origin::Template, Language::Es) => named("la plantilla"),
        (Origin::Knowledge, Language::En) => named("the article"),
        (Origin::Knowledge, Language::Es) => named("el artículo"),
        (Origin::Page, Language::En) => named("the page around this chat,"),
        (Origin::Page, Language::Es) => named("la página de este chat,"),
        (Origin::Comment, Language::En) => "the reviewer's comment".to_owned(),
        (Origin::Comment, Language::Es) => "el comentario de la revisión".to_owned(),
        (Origin::Quoted, Language::En) => "a passage you pasted".to_owned(),
        (Origin::Quoted, Language::Es) => "un pasaje que usted pegó".to_owned(),
        (Origin::Assistant, Language::En) => "an earlier answer of mine".to_owned(),
        (Origin::Assistant, Language::Es) => "una respuesta anterior mía".to_owned(),
        (Origin::Tool, Language::En) => named("the answer of"),
        (Origin::Tool, Language::Es) => named("la respuesta de"),
    }
}
