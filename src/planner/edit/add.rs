//! "Also tell the gm", "add a review ask at the end", "email first, then text two minutes later".

use serde_json::{Map, Value, json};

use super::{Editor, action_of, list_of};
use crate::planner::compose::Composer;
use crate::planner::parse::{Plan, Step};

impl Editor<'_, '_> {
    /// New steps.
    pub(super) fn addition(&mut self) -> bool {
        let plan = self.parser.addition(self.event().as_deref());
        if plan.steps.is_empty() {
            return false;
        }
        if self.beside_notice(&plan) {
            return true;
        }
        let trigger = self.trigger_view();
        let mut composer = Composer::new(self.parser, &trigger, self.language);
        composer.take_names(self.tasks.iter().map(|t| t.name.to_owned()));
        composer.take_results(self.draft.raw());
        let top: Vec<(usize, &str, Option<&str>)> =
            self.tasks.iter().filter(|t| list_of(t) == "/do").map(|t| (t.index, t.name, action_of(t))).collect();
        let anchor = self.anchor(&plan, &top);
        let (before, after): (&[Step], &[Step]) = match anchor {
            Some((at, _)) => (&plan.steps[..at], &plan.steps[at + 1..]),
            None => (&[], &plan.steps),
        };
        let place = anchor.map(|(_, place)| place);
        let begin = self.said("begin").is_some() && place.is_none();
        let mut operations = Vec::new();
        let mut at = place.unwrap_or(if begin { 0 } else { top.len() });
        for steps in [before, after] {
            for task in composer.list(steps, "/do", at) {
                operations.extend(put(&task, at));
                at += 1;
            }
            at += usize::from(place.is_some());
        }
        let provenance = composer.provenance().to_vec();
        if operations.is_empty() {
            return false;
        }
        self.edit.operations.extend(operations);
        self.edit.provenance.extend(provenance);
        self.edit.asks.extend(plan.asks.iter().map(|a| a.code));
        true
    }

    /// A step of the message that is in the draft already: what comes before it goes before it.
    fn anchor(&self, plan: &Plan, top: &[(usize, &str, Option<&str>)]) -> Option<(usize, usize)> {
        let ordered = self.said("begin").is_some() || self.said("change").is_some();
        if !ordered || plan.steps.len() < 2 {
            return None;
        }
        plan.steps.iter().enumerate().find_map(|(at, step)| match step {
            Step::Act(act) if act.to.is_none() => {
                let (place, ..) = top.iter().find(|(_, _, action)| *action == Some(act.action.as_str()))?;
                Some((at, *place))
            }
            _ => None,
        })
    }

    /// "Also tell X", "cc X": right after the notice that is there, with its words.
    fn beside_notice(&mut self, plan: &Plan) -> bool {
        let acts: Vec<_> = plan
            .steps
            .iter()
            .filter_map(|s| match s {
                Step::Act(act) if act.action == "notify_user" && act.to.is_some() => Some(act),
                _ => None,
            })
            .collect();
        if acts.len() != plan.steps.len() || acts.is_empty() || self.said("at_end").is_some() {
            return false;
        }
        let Some(notice) = self.tasks.iter().rev().find(|t| action_of(t) == Some("notify_user")) else { return false };
        let (list, mut after, body) = (list_of(notice).to_owned(), notice.name.to_owned(), json!(notice.raw));
        let index = notice.index;
        let mut operations = Vec::new();
        let mut stated = Vec::new();
        for (n, act) in acts.iter().enumerate() {
            let Some((to, said)) = act.to.clone() else { continue };
            let word = to.split_once(':').map_or(to.as_str(), |(_, n)| n).replace('_', " ");
            let name = self.fresh(&format!("tell{}", crate::planner::compose::title_words(&word)));
            let mut task = body.clone();
            task["with"]["to"] = json!(to);
            if let Some(key) = task.pointer("/with/once/key").and_then(Value::as_str) {
                task["with"]["once"]["key"] = json!(format!("{key}-{}", word.replace(' ', "-")));
            }
            if let Some(channel) = act.with.get("channel") {
                task["with"]["channel"] = channel.clone();
            }
            if let Some(span) = said {
                stated.push((format!("{list}/{}/{name}/with/to", index + 1 + n), span));
            }
            operations.push(json!({ "op": "add_task", "list": list, "after": after, "name": name, "task": task }));
            after = name;
        }
        self.edit.operations.extend(operations);
        for (pointer, span) in stated {
            self.stated(&pointer, span);
        }
        true
    }
}

fn put(task: &Value, at: usize) -> Option<Value> {
    let (name, body): (&String, &Value) = task.as_object()?.iter().next()?;
    let mut op = Map::new();
    op.insert("op".to_owned(), json!("add_task"));
    op.insert("list".to_owned(), json!("/do"));
    op.insert("at".to_owned(), json!(at));
    op.insert("name".to_owned(), json!(name));
    op.insert("task".to_owned(), body.clone());
    Some(Value::Object(op))
}
