//! Warnings that go with what a draft does: rules of `knowledge/lexicon/policy.yaml`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::language::Lexicon;
use super::parse::Parser;

/// `{code, text}` of every rule that holds for the definition.
pub fn warnings(parser: &Parser<'_>, definition: &Value, language: &str) -> Vec<Value> {
    let mut calls = Vec::new();
    collect(&definition["do"], false, &mut calls);
    let events = event_types(definition);
    let filter = definition.pointer("/schedule/on").map(Value::to_string).unwrap_or_default();
    let mut out: Vec<Value> = Vec::new();
    for rule in &parser.lexicon.warnings {
        let event = rule.events.is_empty() || rule.events.iter().any(|e| events.contains(e));
        let filtered = rule.filter.as_ref().is_none_or(|f| filter.contains(f.as_str()));
        let acted = rule.actions.is_empty()
            || calls.iter().any(|(action, with, looped)| {
                rule.actions.contains(action)
                    && (!rule.looped || *looped)
                    && rule.with.iter().all(|(k, v)| with.get(k) == Some(v))
            });
        let said = rule.compiled.is_empty()
            || parser.lexicon.best(&rule.compiled, parser.tokens(), 0, parser.tokens().len()).is_some();
        if event && filtered && acted && said && out.iter().all(|w| w["code"] != rule.code.as_str()) {
            let text = rule.text.get(language).or_else(|| rule.text.get("en")).cloned().unwrap_or_default();
            out.push(json!({ "code": rule.code, "text": text }));
        }
    }
    out
}

/// The general text of a warning code.
pub fn text_of(lexicon: &Lexicon, code: &str, language: &str) -> String {
    let rule = lexicon.warnings.iter().find(|r| r.code == code);
    let text = rule.and_then(|r| r.text.get(language).or_else(|| r.text.get("en")));
    text.cloned().unwrap_or_else(|| code.replace('_', " "))
}

/// A sentence of these rules in each language, found by its wording in any of them.
#[must_use]
pub fn in_every_language(text: &str) -> Option<&'static BTreeMap<String, String>> {
    let rules = Lexicon::embedded().warnings.iter();
    rules.map(|rule| &rule.text).find(|wordings| wordings.values().any(|wording| wording == text))
}

fn event_types(definition: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let on = definition.pointer("/schedule/on").unwrap_or(&Value::Null);
    let mut filters: Vec<&Value> = on.get("one").into_iter().collect();
    for key in ["any", "all"] {
        filters.extend(on.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    out.extend(filters.iter().filter_map(|f| Some(f.get("with")?.get("type")?.as_str()?.to_owned())));
    out
}

fn collect(node: &Value, looped: bool, out: &mut Vec<(String, Value, bool)>) {
    match node {
        Value::Array(items) => items.iter().for_each(|i| collect(i, looped, out)),
        Value::Object(map) => {
            if let Some(action) = map.get("call").and_then(Value::as_str) {
                out.push((action.to_owned(), map.get("with").cloned().unwrap_or(Value::Null), looped));
            }
            let looped = looped || map.contains_key("for");
            map.iter().filter(|(k, _)| *k != "with").for_each(|(_, v)| collect(v, looped, out));
        }
        _ => {}
    }
}
