//! Searches, and what is done for each record found.

use serde_json::{Map, json};

use super::header::title_words;
use super::tasks::Tasks;
use super::{Composer, Loop};
use crate::planner::parse::{Source, Step};

impl Composer<'_, '_> {
    /// A search; gives back its tasks, the loop variable, the entity and the items expression.
    pub(super) fn find(&mut self, source: &Source, (list, at): (&str, usize)) -> (Tasks, String, String, String) {
        let Source::Find { entity, filter, name, exclude_opted_out, said } = source else {
            return (Vec::new(), String::new(), String::new(), String::new());
        };
        let task = self.name(&format!("find{}", title_words(name)));
        let kept = self.keep("found");
        let pointer = format!("{list}/{at}/{task}/with");
        self.stated(&format!("{pointer}/entity"), *said);
        self.stated(&format!("{pointer}/filter"), *said);
        let mut written = Map::new();
        for (field, value) in filter {
            if let Some(value) = self.fill(value) {
                written.insert(field.clone(), value);
            }
        }
        let mut with = json!({ "entity": entity, "filter": written });
        if *exclude_opted_out {
            with["exclude_opted_out"] = json!(true);
        }
        with["limit"] = json!(500);
        self.source(&format!("{pointer}/limit"), "default", "an upper bound");
        let tasks = vec![json!({ task: {
            "call": "find_records", "with": with,
            "export": { "as": format!("${{ $context + {{ {kept}: . }} }}") }
        } })];
        (tasks, loop_variable(entity).to_owned(), entity.clone(), format!("$context.{kept}.items"))
    }

    pub(super) fn each(
        &mut self,
        source: &Source,
        steps: &[Step],
        (list, at): (&str, usize),
        condition: Option<&str>,
    ) -> Tasks {
        match source {
            Source::Find { .. } => {
                let (mut out, each, entity, items) = self.find(source, (list, at));
                out.extend(self.looped(
                    Over { each: &each, entity: &entity, items: &items },
                    steps,
                    (list, at + 1),
                    condition,
                ));
                out
            }
            Source::List { field, each } => {
                let items = format!("$workflow.input[0].data.{field}");
                self.looped(Over { each, entity: "", items: &items }, steps, (list, at), condition)
            }
            Source::Times { count, said } => {
                let items = format!("[range(1; {})]", count + 1);
                let (last, body) = match steps {
                    [body @ .., last @ Step::Check { .. }] => (Some(last), body),
                    body => (None, body),
                };
                let mut out =
                    self.looped(Over { each: "attempt", entity: "", items: &items }, body, (list, at), condition);
                if let Some(Step::Check { check, said, .. }) = last
                    && let Some(task) = out.first_mut().and_then(|t| t.as_object_mut()?.values_mut().next())
                {
                    let inner = task["do"].as_array().map_or(0, Vec::len);
                    let checks = self.check(*check, &[], *said, (&format!("{list}/{at}/eachAttempt/do"), inner));
                    let kept = self.kept.iter().filter(|k| k.starts_with("checked")).max().cloned().unwrap_or_default();
                    if let Some(body) = task["do"].as_array_mut() {
                        body.extend(checks.into_iter().take(1));
                    }
                    task["while"] = json!(format!("${{ $context.{kept} == null or $context.{kept}.count > 0 }}"));
                }
                self.stated(&format!("{list}/{at}/eachAttempt/for/in"), *said);
                out
            }
        }
    }

    pub(super) fn looped(
        &mut self,
        over: Over<'_>,
        steps: &[Step],
        (list, at): (&str, usize),
        condition: Option<&str>,
    ) -> Tasks {
        let Over { each, entity, items } = over;
        let name = self.name(&format!("each{}", title_words(&each.replace('_', " "))));
        self.loops.push(Loop { each: each.to_owned(), entity: entity.to_owned() });
        let body = self.list(steps, &format!("{list}/{at}/{name}/do"), 0);
        self.loops.pop();
        let mut task = Map::new();
        if let Some(condition) = condition {
            task.insert("if".to_owned(), json!(condition));
        }
        task.insert("for".to_owned(), json!({ "each": each, "in": format!("${{ {items} }}") }));
        task.insert("do".to_owned(), json!(body));
        vec![json!({ name: task })]
    }
}

fn loop_variable(entity: &str) -> &'static str {
    match entity {
        "lead" => "lead",
        "vehicle" => "vehicle",
        "repair_order" => "ro",
        "appointment" => "appointment",
        "deal" => "deal",
        "task" => "task",
        "part_order" => "part",
        "employee" => "employee",
        "account" => "account",
        "review" => "review",
        "document" => "document",
        "customer" => "person",
        _ => "item",
    }
}

/// What a loop goes over: the name of an item, the entity it is of (empty for plain values), and the jq of the items.
#[derive(Clone, Copy)]
pub(super) struct Over<'a> {
    pub(super) each: &'a str,
    pub(super) entity: &'a str,
    pub(super) items: &'a str,
}
