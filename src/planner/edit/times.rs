//! "Make it five minutes instead", "change that to 45 days", "also two hours before".

use serde_json::{Value, json};

use super::{Editor, action_of, list_of};
use crate::planner::language::Text;
use crate::planner::parse::Span;
use crate::planner::slots::compare;
use crate::planner::slots::duration::{self, Length, Unit};

/// A length of time in the draft.
struct Slot {
    pointer: String,
    length: Length,
    kind: &'static str,
}

impl Editor<'_, '_> {
    fn slots(&self) -> Vec<Slot> {
        let mut out = Vec::new();
        let mut offer = |pointer: String, value: Option<&Value>, kind: &'static str| {
            if let Some(length) = value.and_then(Value::as_str).and_then(Length::from_iso) {
                out.push(Slot { pointer, length, kind });
            }
        };
        for task in &self.tasks {
            let at = &task.pointer;
            offer(format!("{at}/timeout/after"), task.timeout_after(), "await");
            offer(format!("{at}/wait"), task.raw.get("wait"), "wait");
            for (field, kind) in [("due_in", "due"), ("expires_in", "approval"), ("delay", "wait")] {
                offer(format!("{at}/with/{field}"), task.raw.get("with").and_then(|w| w.get(field)), kind);
            }
        }
        offer("/schedule/every".to_owned(), self.draft.raw().pointer("/schedule/every"), "every");
        out
    }

    /// A new length for one that is there.
    pub(super) fn length(&mut self) -> bool {
        let tokens = self.parser.tokens();
        let found = duration::find(tokens, 0, tokens.len(), self.parser.lexicon);
        let acts = self.parser.verbs();
        let changing = self.said("change").is_some() || self.said("wait").is_some();
        if !changing && !acts.is_empty() {
            return false;
        }
        // "from ten to five": the last one is the new one
        let Some(new) = found.last() else { return self.bare_number() };
        if tokens.get(new.to).is_some_and(|t| t.is(&["before", "antes"])) {
            return false;
        }
        let old = (found.len() > 1).then(|| found[0].value);
        let said = Span { from: new.from, to: new.to };
        let value = new.value;
        self.put(value, old, said)
    }

    /// "Make it five": minutes stay minutes.
    fn bare_number(&mut self) -> bool {
        let tokens = self.parser.tokens();
        let numbers: Vec<usize> =
            (0..tokens.len()).filter(|i| tokens[*i].number.is_some() && !tokens[*i].money).collect();
        let clocked = !crate::planner::slots::clock::find(tokens, 0, tokens.len(), self.parser.lexicon).is_empty();
        let [at] = numbers.as_slice() else { return false };
        let Some(count) = tokens[*at].number.filter(|_| !clocked) else { return false };
        let slots = self.slots();
        let Some(slot) = slots.iter().find(|s| s.kind == "await").or(slots.first()) else { return false };
        let length = Length { count, unit: slot.length.unit };
        self.put(length, None, Span { from: *at, to: *at + 1 })
    }

    fn put(&mut self, new: Length, old: Option<Length>, said: Span) -> bool {
        let slots = self.slots();
        let tokens = self.parser.tokens();
        let has = |words: &[&str]| tokens.iter().any(|t| words.contains(&t.stem.as_str()));
        let score = |slot: &Slot| {
            let mut score = 0;
            score += if old.is_some_and(|o| o.iso() == slot.length.iso()) { 20 } else { 0 };
            score += if slot.length.unit == new.unit { 3 } else { 0 };
            score += match slot.kind {
                "await" => 2 + 8 * i32::from(has(&["reply", "answer", "respond", "response", "escalat", "ping"])),
                "wait" => 1 + 8 * i32::from(has(&["wait", "delay", "later", "esper"])),
                "due" => 8 * i32::from(has(&["due", "task", "deadlin", "tarea"])),
                "approval" => 8 * i32::from(has(&["approv", "approval"])),
                _ => 6 * i32::from(has(&["every", "cada", "hour"])),
            };
            score
        };
        let Some(slot) = slots.iter().rev().max_by_key(|s| score(s)) else { return false };
        let pointer = slot.pointer.clone();
        let before = slot.length;
        if before.iso() == new.iso() {
            return false;
        }
        self.set(&pointer, &json!(new.iso()));
        self.stated(&pointer, said);
        self.mention(before, new);
        true
    }

    /// Texts that name the old length name the new one.
    fn mention(&mut self, old: Length, new: Length) {
        let mut changes = Vec::new();
        for task in &self.tasks {
            let Some(with) = task.raw.get("with").and_then(Value::as_object) else { continue };
            for (field, value) in with {
                let Some(text) = value.as_str().filter(|t| !t.starts_with("${")) else { continue };
                let spoken = Text::read(text, self.parser.lexicon);
                let hits = duration::find(&spoken.tokens, 0, spoken.tokens.len(), self.parser.lexicon);
                let Some(hit) = hits.iter().find(|h| (h.value.minutes() - old.minutes()).abs() < 0.5) else { continue };
                let (start, end) = (spoken.tokens[hit.from].start, spoken.tokens[hit.to - 1].end);
                let language = if crate::planner::intent::language(&spoken, self.parser.lexicon, None) == "es" {
                    "es"
                } else {
                    "en"
                };
                let (Some(head), Some(tail)) = (text.get(..start), text.get(end..)) else { continue };
                changes
                    .push((format!("{}/with/{field}", task.pointer), format!("{head}{}{tail}", new.words(language))));
            }
        }
        for (pointer, text) in changes {
            self.set(&pointer, &json!(text));
        }
    }

    /// A bound in a search or in the trigger: "change that to 45 days", "over 20k instead".
    pub(super) fn threshold(&mut self) -> bool {
        let tokens = self.parser.tokens();
        if self.said("change").is_none() && self.said("only").is_none() {
            return false;
        }
        let found = compare::find(tokens, 0, tokens.len(), self.parser.lexicon);
        let clocks = crate::planner::slots::clock::find(tokens, 0, tokens.len(), self.parser.lexicon);
        let Some(new) = found.iter().find(|f| clocks.iter().all(|c| c.from >= f.to || c.to <= f.from)).cloned() else {
            return false;
        };
        let number = new.value.bound.largest();
        let said = Span { from: new.from, to: new.to };
        let mut hit = None;
        for task in self.tasks.iter().filter(|t| action_of(t) == Some("find_records")) {
            let filter = task.raw.get("with").and_then(|w| w.get("filter")).and_then(Value::as_object);
            for (field, condition) in filter.into_iter().flatten() {
                if !measures(field, new.value.unit, new.value.money) {
                    continue;
                }
                let key = condition.as_object().and_then(|o| o.keys().next());
                let path = match key {
                    Some(key) if condition[key].is_number() => format!("/{key}"),
                    None if condition.is_number() => String::new(),
                    _ => continue,
                };
                hit = Some(format!("{}/with/filter/{}{path}", task.pointer, crate::workflow::document::escape(field)));
            }
        }
        if let Some(pointer) = hit {
            self.set(&pointer, &json!(number as i64));
            self.stated(&pointer, said);
            return true;
        }
        let pointer = "/schedule/on/one/with/data";
        let Some(data) = self.draft.raw().pointer(pointer).and_then(Value::as_str) else { return false };
        let words: Vec<&str> = data.split(' ').collect();
        for (i, word) in words.iter().enumerate() {
            let field = word.trim_start_matches(['(', '.']);
            let compared = words.get(i + 1).is_some_and(|op| matches!(*op, ">" | "<" | ">=" | "<=" | "=="));
            let plain = new.value.unit.is_none()
                && !new.value.money
                && new.value.noun.as_deref().is_some_and(|n| field.contains(n));
            if !compared || !(measures(field, new.value.unit, new.value.money) || plain) {
                continue;
            }
            let old = words.get(i + 2).copied().unwrap_or_default();
            if old.trim_end_matches(')').parse::<f64>().is_err() {
                continue;
            }
            let mut changed: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            let tail = &old[old.trim_end_matches(')').len()..];
            changed[i + 2] = format!("{number}{tail}");
            self.set(pointer, &json!(changed.join(" ")));
            self.stated(pointer, said);
            return true;
        }
        false
    }

    /// "Also two hours before": the wait and the message once more.
    pub(super) fn another_moment(&mut self) -> bool {
        let tokens = self.parser.tokens();
        let found = duration::find(tokens, 0, tokens.len(), self.parser.lexicon);
        let Some(new) = found.iter().find(|f| tokens.get(f.to).is_some_and(|t| t.is(&["before", "antes", "prior"])))
        else {
            return false;
        };
        let waits: Vec<_> = self
            .tasks
            .iter()
            .filter(|t| t.raw.get("wait").and_then(Value::as_str).is_some_and(|w| w.contains("shift(\"-")))
            .collect();
        let Some(wait) = waits.last() else { return false };
        let text = wait.raw.get("wait").and_then(Value::as_str).unwrap_or_default();
        let Some((head, rest)) = text.split_once("shift(\"-") else { return false };
        let Some((_, tail)) = rest.split_once('"') else { return false };
        let moved = format!("{head}shift(\"-{}\"{tail}", new.value.iso());
        if self.said("add").is_none() {
            let pointer = format!("{}/wait", wait.pointer);
            self.set(&pointer, &json!(moved));
            self.stated(&pointer, Span { from: new.from, to: new.to });
            return true;
        }
        let list = list_of(wait).to_owned();
        let siblings: Vec<_> = self.tasks.iter().filter(|t| list_of(t) == list && t.index > wait.index).collect();
        let Some(message) = siblings.iter().find(|t| matches!(action_of(t), Some("send_sms" | "send_email"))) else {
            return false;
        };
        let last = siblings.last().map_or(message.name, |t| t.name).to_owned();
        let (wait_name, text_name) = (self.fresh("waitAgain"), self.fresh("remindAgain"));
        let body = json!(message.raw);
        let conditional = self.checked_if(message.name);
        self.edit.operations.push(
            json!({ "op": "add_task", "list": list, "after": last, "name": wait_name, "task": { "wait": moved } }),
        );
        let mut after = wait_name;
        let mut body = body;
        if let Some((check, kept)) = conditional {
            let name = self.fresh("checkAgain");
            self.edit
                .operations
                .push(json!({ "op": "add_task", "list": list, "after": after, "name": name, "task": check }));
            body["if"] = json!(format!("${{ $context.{kept}.count > 0 }}"));
            let ordered = body.as_object().map(|o| {
                let mut first = serde_json::Map::new();
                first.insert("if".to_owned(), o["if"].clone());
                first.extend(o.iter().filter(|(k, _)| *k != "if").map(|(k, v)| (k.clone(), v.clone())));
                Value::Object(first)
            });
            body = ordered.unwrap_or(body);
            after = name;
        }
        self.edit
            .operations
            .push(json!({ "op": "add_task", "list": list, "after": after, "name": text_name, "task": body }));
        true
    }

    /// A task name nobody has yet.
    pub(super) fn fresh(&self, wanted: &str) -> String {
        let taken = |name: &str| {
            self.tasks.iter().any(|t| t.name == name) || self.edit.operations.iter().any(|op| op["name"] == name)
        };
        let mut name = wanted.to_owned();
        let mut n = 2;
        while taken(&name) {
            name = format!("{wanted}{n}");
            n += 1;
        }
        name
    }
}

/// Whether a field is counted in this unit.
fn measures(field: &str, unit: Option<Unit>, money: bool) -> bool {
    match unit {
        Some(Unit::Minute) => field.contains("minutes"),
        Some(Unit::Hour) => field.contains("hours"),
        Some(Unit::Day) => field.contains("days"),
        Some(Unit::Year) => field.contains("_age"),
        Some(Unit::Week | Unit::Month) => false,
        None => money && ["amount", "price", "total", "value", "equity"].iter().any(|w| field.contains(w)),
    }
}
