//! `document`: name, title, summary, department, stores.

use serde_json::{Value, json};

use super::Composer;
use crate::planner::parse::{Plan, Span, Trigger};
use crate::planner::turn::Setting;

/// The header, the title and the summary.
pub fn document(
    composer: &Composer<'_, '_>,
    plan: &Plan,
    setting: &Setting,
    tasks: &[Value],
) -> (Value, String, String) {
    let start = opening(composer, plan);
    let steps = spoken(composer, tasks);
    let title = clip(&if steps.is_empty() { start.clone() } else { format!("{start}: {}", steps.join(", ")) }, 90);
    let summary = clip(&composer.parser.text.raw.split_whitespace().collect::<Vec<_>>().join(" "), 300);
    let mut metadata = json!({});
    if let Some(store) = setting.stores.first() {
        metadata["stores"] = json!([store]);
    }
    let document = json!({
        "dsl": "1.0.3",
        "namespace": if setting.namespace.is_empty() { "dealership" } else { setting.namespace.as_str() },
        "name": kebab(&start),
        "version": "0.1.0",
        "title": title,
        "summary": summary,
        "tags": { "department": department(composer, plan) },
        "metadata": metadata
    });
    (document, title, summary)
}

fn opening(composer: &Composer<'_, '_>, plan: &Plan) -> String {
    let said = match &plan.trigger {
        Trigger::Event { said, conditions, .. } => conditions
            .iter()
            .filter_map(|c| c.said)
            .fold(*said, |a, b| Span { from: a.from.min(b.from), to: a.to.max(b.to) }),
        Trigger::Time { said, .. } => *said,
        Trigger::Unknown => Span::default(),
    };
    let quote = composer.parser.text.quote(said.from, said.to);
    let skip = ["when", "whenever", "if", "once", "a", "an", "the", "cuando", "si", "un", "una", "after", "every time"];
    let mut words: Vec<&str> = quote.split_whitespace().collect();
    while words.first().is_some_and(|w| skip.contains(&w.to_lowercase().as_str())) {
        words.remove(0);
    }
    let text = words.join(" ");
    if text.is_empty() {
        composer.parser.lexicon.phrase("untitled", &composer.language).to_owned()
    } else {
        capital(&text)
    }
}

/// What the tasks do, in a few words.
fn spoken(composer: &Composer<'_, '_>, tasks: &[Value]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    collect(composer, &json!(tasks), &mut out);
    out.dedup();
    out.truncate(3);
    out
}

fn collect(composer: &Composer<'_, '_>, node: &Value, out: &mut Vec<String>) {
    match node {
        Value::Array(items) => items.iter().for_each(|i| collect(composer, i, out)),
        Value::Object(map) => {
            if let Some(action) = map.get("call").and_then(Value::as_str) {
                let phrase = composer.parser.lexicon.phrase(&format!("do.{action}"), &composer.language);
                let to = ["to", "assignee", "approver"].iter().find_map(|k| map.get("with")?.get(*k)?.as_str());
                let who = to.map(|t| who(composer, t)).unwrap_or_default();
                if !phrase.is_empty() {
                    out.push(phrase.replace("<who>", &who));
                }
                return;
            }
            map.iter().filter(|(k, _)| *k != "with").for_each(|(_, v)| collect(composer, v, out));
        }
        _ => {}
    }
}

/// A recipient in words.
pub fn who(composer: &Composer<'_, '_>, recipient: &str) -> String {
    let phrase = composer.parser.lexicon.phrase(&format!("who.{recipient}"), &composer.language);
    if !phrase.is_empty() {
        return phrase.to_owned();
    }
    if recipient.starts_with("${") {
        return composer.parser.lexicon.phrase("who.named", &composer.language).to_owned();
    }
    recipient.split_once(':').map_or(recipient, |(_, name)| name).replace('_', " ")
}

fn department(composer: &Composer<'_, '_>, plan: &Plan) -> String {
    let of_event = composer.event.map(|e| e.department.as_str());
    let text = format!("{:?}", plan.steps);
    let name = of_event.unwrap_or(if text.contains("entity: \"vehicle\"") {
        "Inventory"
    } else if text.contains("entity: \"repair_order\"") {
        "Service"
    } else {
        "Sales"
    });
    let first = name.split('/').next().unwrap_or(name).to_lowercase();
    match first.as_str() {
        "f&i" => "fi".to_owned(),
        "all" => "bdc".to_owned(),
        _ => first,
    }
}

/// First letter upper case.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `GeneralManager` from `general manager`.
#[must_use]
pub fn title_words(text: &str) -> String {
    text.split([' ', '.', '_']).filter(|w| !w.is_empty()).map(capital).collect()
}

fn kebab(text: &str) -> String {
    let lower: String = text
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' => 'u',
            'ñ' => 'n',
            c if c.is_ascii_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    let name = lower.split_whitespace().take(6).collect::<Vec<_>>().join("-");
    let name: String = name.chars().take(60).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("workflow-{name}").trim_matches('-').to_owned()
    } else {
        name
    }
}

fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most - 1).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ' ', ':']))
}
