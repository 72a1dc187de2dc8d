//! "Text instead of email", "send it to the gm instead".

use serde_json::{Map, Value, json};

use super::{Editor, action_of, wishes};
use crate::planner::compose::Composer;
use crate::planner::parse::{Act, Span, Trigger};
use crate::planner::slots::people::{self, CUSTOMER};

impl Editor<'_, '_> {
    /// Another channel or another person for a step that is there.
    pub(super) fn swap(&mut self) -> bool {
        let verbs = self.parser.verbs();
        let all = Span { from: 0, to: self.parser.tokens().len() };
        // "don't text, email them"
        let refused = wishes::refused(self.parser, all).filter(|refused| {
            let channel = |frame: usize| self.parser.lexicon.actions[frame].frame.as_str();
            verbs.iter().any(|v| matches!(channel(v.frame), "text" | "email" | "call") && channel(v.frame) != *refused)
        });
        let Some(said) = self.said("swap").or(refused.map(|_| Span::default())) else { return self.person() };
        let channels: Vec<(&str, Span)> = verbs
            .iter()
            .map(|v| (self.parser.lexicon.actions[v.frame].frame.as_str(), v.span))
            .filter(|(name, _)| matches!(*name, "text" | "email" | "call"))
            .collect();
        let tokens = self.parser.tokens();
        // "email instead of text": the first is wanted; "instead of a text, email": the last
        let of = tokens.get(said.to.wrapping_sub(1)).is_some_and(|t| t.is(&["of", "de"])) && said.from == 0;
        let wanted = if of { channels.last() } else { channels.first() };
        let Some((wanted, at)) = wanted.copied() else { return self.person() };
        let people = people::find(self.parser.text, 0, tokens.len(), self.parser.lexicon);
        if people.iter().any(|p| p.value != CUSTOMER && p.value != "requester" && !p.value.starts_with("user:"))
            && channels.len() < 2
        {
            return self.person();
        }
        let target = match wanted {
            "text" => "send_sms",
            "email" => "send_email",
            _ => "create_task",
        };
        let old = self
            .tasks
            .iter()
            .find(|t| matches!(action_of(t), Some("send_sms" | "send_email")) && action_of(t) != Some(target));
        if let Some(old) = old {
            let (name, pointer, with) =
                (old.name.to_owned(), old.pointer.clone(), old.raw.get("with").cloned().unwrap_or_default());
            let body = self.recast(target, &with, old.raw);
            self.edit.operations.push(json!({ "op": "replace_task", "task": name, "body": body }));
            self.stated(&format!("{pointer}/with/purpose"), at);
            return true;
        }
        let notice = self.tasks.iter().find(|t| action_of(t) == Some("notify_user")).map(|t| t.pointer.clone());
        if let (Some(pointer), "text" | "email") = (notice, wanted) {
            let pointer = format!("{pointer}/with/channel");
            self.set(&pointer, &json!(if wanted == "text" { "sms" } else { "email" }));
            self.stated(&pointer, at);
            return true;
        }
        false
    }

    /// The same message on another channel: customer, purpose and condition stay.
    fn recast(&self, action: &str, with: &Value, raw: &Map<String, Value>) -> Value {
        let trigger = self.trigger_view();
        let mut composer = Composer::new(self.parser, &trigger, self.language);
        let act = Act::plain(action);
        let mut call = composer.call(&act, "");
        if let (Some(Value::Object(new)), Some(old)) = (call.get_mut("with"), with.as_object()) {
            for (key, value) in old {
                let kept = matches!(key.as_str(), "customer_id" | "purpose" | "language" | "once")
                    && new.contains_key(key)
                    || key == "once";
                if kept {
                    new.insert(key.clone(), value.clone());
                }
            }
        }
        let mut body = Map::new();
        for (key, value) in raw.iter().filter(|(k, _)| !matches!(k.as_str(), "call" | "with")) {
            if key == "if" {
                body.insert(key.clone(), value.clone());
            }
        }
        body.extend(call);
        for (key, value) in raw.iter().filter(|(k, _)| !matches!(k.as_str(), "call" | "with" | "if")) {
            body.insert(key.clone(), value.clone());
        }
        Value::Object(body)
    }

    /// A plain trigger of the draft's event, for composing.
    pub(super) fn trigger_view(&self) -> Trigger {
        crate::planner::parse::given(self.event().as_deref())
    }

    /// Another person for a step.
    fn person(&mut self) -> bool {
        if self.said("change").is_none() && self.said("swap").is_none() || self.said("add_also").is_some() {
            return false;
        }
        let tokens = self.parser.tokens();
        let people = people::find(self.parser.text, 0, tokens.len(), self.parser.lexicon);
        let people: Vec<_> = people.into_iter().filter(|p| p.value != CUSTOMER && p.value != "manager_of").collect();
        let (new, old) = match people.as_slice() {
            [] => return false,
            [only] => (only.clone(), None),
            [first, .., last] => {
                let reversed = tokens[first.to..last.from].iter().any(|t| t.is(&["to", "with", "a", "por"]));
                if reversed { (last.clone(), Some(first.clone())) } else { (first.clone(), Some(last.clone())) }
            }
        };
        let verbs = self.parser.verbs();
        let task = verbs.iter().any(|v| matches!(self.parser.lexicon.actions[v.frame].frame.as_str(), "task" | "call"));
        let slot = |t: &crate::workflow::Task<'_>| -> Option<(String, String)> {
            let with = t.raw.get("with")?;
            ["to", "assignee", "approver"]
                .iter()
                .find_map(|k| Some((format!("{}/with/{k}", t.pointer), with.get(*k)?.as_str()?.to_owned())))
        };
        let slots: Vec<(String, String, bool)> = self
            .tasks
            .iter()
            .filter(|t| action_of(t) != Some("send_email"))
            .filter_map(|t| slot(t).map(|(p, v)| (p, v, action_of(t) == Some("create_task"))))
            .collect();
        let chosen = slots
            .iter()
            .filter(|(_, value, _)| *value != new.value)
            .max_by_key(|(_, value, is_task)| (old.as_ref().is_some_and(|o| o.value == *value), *is_task == task));
        let Some((pointer, ..)) = chosen else { return false };
        let pointer = pointer.clone();
        self.set(&pointer, &json!(new.value));
        self.stated(&pointer, Span { from: new.from, to: new.to });
        true
    }
}
