//! A call of an action as a sentence.

use serde_json::{Map, Value};

use super::sentences;
use super::voice::Voice;
use super::words;
use crate::workflow::provenance::PROSE_FIELDS;

/// Inputs that a reader does not need to see: they only tie records together.
const PLUMBING: [&str; 8] =
    ["once", "related_to", "customer_id", "lead_id", "appointment_id", "ro_id", "deal_id", "review_id"];
/// Inputs that stand in quotes or in running text.
const SPOKEN: [&str; 4] = ["instruction", "reason", "survey_id", "report"];

impl Voice<'_> {
    /// The sentence of a call; inputs the sentence has no place for follow in brackets.
    pub(super) fn call(&self, action: &str, with: Option<&Value>) -> String {
        let empty = Map::new();
        let inputs = with.and_then(Value::as_object).unwrap_or(&empty);
        let (mut said, used) = match sentences::sentence(action, self.language) {
            Some(template) => self.fill(template, inputs),
            None => (self.unknown_action(action), Vec::new()),
        };
        let rest: Vec<String> = inputs
            .iter()
            .filter(|(field, _)| !used.contains(&field.as_str()) && !PLUMBING.contains(&field.as_str()))
            .filter(|(field, _)| !(field.as_str() == "entity" && used.contains(&"id")))
            .map(|(field, value)| self.other_input(field, value))
            .collect();
        if !rest.is_empty() {
            said.push_str(&format!(" ({})", rest.join("; ")));
        }
        if let Some(once) = inputs.get("once") {
            said.push_str(&self.once(once));
        }
        said
    }

    fn unknown_action(&self, action: &str) -> String {
        match self.catalog.action(action) {
            Some(known) => known.purpose.trim_end_matches('.').to_owned(),
            None => match action {
                "http" | "openapi" | "grpc" | "asyncapi" | "mcp" | "a2a" => {
                    format!(
                        "{} {}",
                        self.say("Call another system by", "Llamar a otro sistema por"),
                        action.to_uppercase()
                    )
                }
                other => format!("{} “{other}”", self.say("Do the action", "Hacer la acción")),
            },
        }
    }

    fn other_input(&self, field: &str, value: &Value) -> String {
        match value {
            Value::Bool(true) => self.label(field),
            Value::Bool(false) => format!("{}: {}", self.label(field), self.say("no", "no")),
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                format!("{}: {}", self.label(field), self.input(field, value))
            }
        }
    }

    /// " (at most once in 7 days per lead)".
    pub(super) fn once(&self, once: &Value) -> String {
        let within = once.get("within").and_then(|within| self.duration(within));
        let key = once.get("key").and_then(Value::as_str).unwrap_or_default();
        let mut per: Vec<String> = Vec::new();
        for part in key.split("{{").skip(1) {
            let path = part.split(['}', '|']).next().unwrap_or_default().trim();
            let parts: Vec<&str> = path.split('.').collect();
            let name = match parts.as_slice() {
                [variable, "id"] => self.loop_entity(variable).map_or_else(|| (*variable).to_owned(), str::to_owned),
                [.., last] => last.strip_suffix("_id").unwrap_or(last).to_owned(),
                [] => continue,
            };
            let word = words::entity(&name, self.language)
                .and_then(|entity| entity.split_once(' '))
                .map_or_else(|| self.label(&name), |(_, noun)| noun.to_owned());
            if !per.contains(&word) {
                per.push(word);
            }
        }
        let per = match per.as_slice() {
            [] => String::new(),
            words => format!(" {} {}", self.say("per", "por"), words.join(self.say(" and ", " y "))),
        };
        match within {
            Some(within) => format!(" ({} {within}{per})", self.say("at most once in", "como máximo una vez en")),
            None => format!(" ({}{per})", self.say("at most once", "como máximo una vez")),
        }
    }

    /// Puts inputs into a sentence; gives back the names of those that were used.
    fn fill(&self, template: &'static str, inputs: &Map<String, Value>) -> (String, Vec<&'static str>) {
        let mut said = String::new();
        let mut used = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['[', '{']) {
            let (before, from) = rest.split_at(at);
            said.push_str(before);
            let optional = from.starts_with('[');
            let close = if optional { ']' } else { '}' };
            let Some((inner, after)) = from.get(1..).and_then(|inner| inner.split_once(close)) else { break };
            if optional {
                let (part, names, complete) = self.part(inner, inputs);
                if complete {
                    said.push_str(&part);
                    used.extend(names);
                }
            } else {
                let chosen = inner.split('|').find(|name| inputs.contains_key(*name));
                match chosen.and_then(|name| Some((name, inputs.get(name)?))) {
                    Some((name, value)) => {
                        said.push_str(&self.input(name, value));
                        used.push(name);
                    }
                    None => said.push_str(self.say("(not yet known)", "(por definir)")),
                }
            }
            rest = after;
        }
        said.push_str(rest);
        (said, used)
    }

    fn part(&self, part: &'static str, inputs: &Map<String, Value>) -> (String, Vec<&'static str>, bool) {
        let mut said = String::new();
        let mut used = Vec::new();
        let mut rest = part;
        while let Some((before, from)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, after)) = from.split_once('}') else { break };
            let Some(value) = inputs.get(name) else { return (said, used, false) };
            said.push_str(&self.input(name, value));
            used.push(name);
            rest = after;
        }
        said.push_str(rest);
        (said, used, true)
    }

    fn input(&self, field: &str, value: &Value) -> String {
        match value.as_str() {
            Some(text) if super::jq::is_expression(text) => self.value(field, value),
            Some(text) if PROSE_FIELDS.contains(&field) || SPOKEN.contains(&field) => self.prose(text),
            Some(_) | None => self.value(field, value),
        }
    }
}
