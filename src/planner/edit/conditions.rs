//! "Not for third party leads", "skip duplicates", "unless they confirmed".

use serde_json::{Value, json};

use super::{Editor, action_of, list_of};
use crate::planner::parse::{Span, acts};
use crate::workflow::fields::FieldType;

impl Editor<'_, '_> {
    /// Conditions on the trigger.
    pub(super) fn conditions(&mut self) -> bool {
        let tokens = self.parser.tokens();
        let excluded = self.said("exclude");
        let only = self.said("only");
        if excluded.is_none() && only.is_none() {
            return false;
        }
        let Some(event) = self.event().and_then(|name| self.parser.catalog.event(&name)) else { return false };
        let mut parts: Vec<(String, Span)> = Vec::new();
        if let Some(said) = self.said("duplicate")
            && event.data.get("duplicate_of").is_some()
        {
            parts.push((".duplicate_of == null".to_owned(), said));
        }
        for (name, field) in event.data.iter() {
            let spoken = self.parser.lexicon.values.iter().any(|v| v.field == name);
            if !(field.ty == FieldType::Enum || field.ty == FieldType::Boolean || spoken) || name == "old_status" {
                continue;
            }
            let all = Span { from: 0, to: tokens.len() };
            let Some((value, said)) = acts::value_of(self.parser, name, &field.values, all) else { continue };
            let after = |s: Option<Span>| s.is_some_and(|s| s.from <= said.from);
            let negative =
                after(excluded) && only.is_none_or(|o| o.from > said.from || excluded.is_some_and(|e| e.from > o.from));
            let jq = match (&value, negative) {
                (Value::Array(values), true) => {
                    values.iter().map(|v| format!(".{name} != {v}")).collect::<Vec<_>>().join(" and ")
                }
                (Value::Array(values), false) => {
                    format!("({})", values.iter().map(|v| format!(".{name} == {v}")).collect::<Vec<_>>().join(" or "))
                }
                (Value::Bool(b), negative) if *b == negative => format!("(.{name} | not)"),
                (Value::Bool(_), _) => format!(".{name}"),
                (value, true) => format!(".{name} != {value}"),
                (value, false) => format!(".{name} == {value}"),
            };
            parts.push((jq, said));
        }
        let pointer = "/schedule/on/one/with/data";
        let old = self.draft.raw().pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let inner = old.trim().trim_start_matches("${").trim_end_matches('}').trim();
        parts.retain(|(jq, _)| !inner.contains(jq.as_str()));
        let Some(first) = parts.first().map(|(_, said)| *said) else { return false };
        if self.draft.raw().pointer("/schedule/on/one/with").is_none() {
            return false;
        }
        let mut all: Vec<String> = Vec::new();
        if !inner.is_empty() {
            all.push(if inner.contains(" or ") && !inner.starts_with('(') {
                format!("({inner})")
            } else {
                inner.to_owned()
            });
        }
        let said = parts.iter().fold(first, |a, (_, b)| Span { from: a.from.min(b.from), to: a.to.max(b.to) });
        all.extend(parts.into_iter().map(|(jq, _)| jq));
        self.set(pointer, &json!(format!("${{ {} }}", all.join(" and "))));
        self.stated(pointer, said);
        true
    }

    /// A look-up before a message: "take out the text if they already confirmed".
    pub(super) fn unless_checked(&mut self) -> bool {
        let Some((check, _)) = self.check_words() else { return false };
        if self.said("remove").is_none() && self.said("exclude").is_none() && self.said("condition").is_none() {
            return false;
        }
        if !self.parser.lexicon.checks[check].entity.eq("appointment") {
            return false;
        }
        let Some(target) = self.tasks.iter().find(|t| matches!(action_of(t), Some("send_sms" | "send_email"))) else {
            return false;
        };
        let (list, index, pointer) = (list_of(target).to_owned(), target.index, target.pointer.clone());
        let previous =
            self.tasks.iter().find(|t| list_of(t) == list && t.index + 1 == index).map(|t| t.name.to_owned());
        let Some(task) = self.check_task(check, "checked") else { return false };
        let name = self.fresh("checkFirst");
        let mut op = json!({ "op": "add_task", "list": list });
        match previous {
            Some(after) => op["after"] = json!(after),
            None => op["at"] = json!(0),
        }
        op["name"] = json!(name);
        op["task"] = task;
        // the condition is set first: adding a task before it would move its pointer
        self.set(&format!("{pointer}/if"), &json!("${ $context.checked.count > 0 }"));
        self.edit.operations.push(op);
        true
    }

    fn check_words(&self) -> Option<(usize, Span)> {
        let tokens = self.parser.tokens();
        self.parser
            .lexicon
            .checks
            .iter()
            .enumerate()
            .filter_map(|(at, check)| {
                let hit = self.parser.lexicon.best(&check.compiled, tokens, 0, tokens.len())?;
                Some((hit.weight, at, Span { from: hit.from, to: hit.to }))
            })
            .max_by_key(|(weight, at, _)| (*weight, std::cmp::Reverse(*at)))
            .map(|(_, at, said)| (at, said))
    }

    fn check_task(&self, check: usize, kept: &str) -> Option<Value> {
        let words = &self.parser.lexicon.checks[check];
        let event = self.event()?;
        let data = &self.parser.catalog.event(&event)?.data;
        let mut filter = serde_json::Map::new();
        for (field, value) in &words.filter {
            let name = value.as_str().and_then(|v| v.strip_prefix('{')?.strip_suffix('}'));
            let value = match name {
                Some(name) => {
                    data.get(name)?;
                    json!(format!("${{ $workflow.input[0].data.{name} }}"))
                }
                None => value.clone(),
            };
            filter.insert(field.clone(), value);
        }
        Some(json!({
            "call": "find_records",
            "with": { "entity": words.entity, "filter": filter, "limit": 1 },
            "export": { "as": format!("${{ $context + {{ {kept}: . }} }}") }
        }))
    }

    /// The look-up a message was put under in this edit, for a copy of that message.
    pub(super) fn checked_if(&self, _message: &str) -> Option<(Value, String)> {
        let (check, _) = self.check_words()?;
        if !self.edit.operations.iter().any(|op| op["op"] == "add_task" && op["task"]["call"] == "find_records") {
            return None;
        }
        Some((self.check_task(check, "checkedAgain")?, "checkedAgain".to_owned()))
    }
}
