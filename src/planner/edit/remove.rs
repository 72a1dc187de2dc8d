//! "Remove the task", "drop the email", "no more pinging the manager".

use serde_json::json;

use super::{Editor, action_of};
use crate::planner::slots::people::{self, CUSTOMER};

impl Editor<'_, '_> {
    /// Steps that go away.
    pub(super) fn remove(&mut self) -> bool {
        let Some(said) = self.said("remove") else { return false };
        let tokens = self.parser.tokens();
        if self.parser.names_times(said.from) {
            return false; // "don't text on Sundays" takes nothing away
        }
        let people = people::find(self.parser.text, said.from, tokens.len(), self.parser.lexicon);
        let person = people.iter().find(|p| p.value != CUSTOMER && p.value != "requester");
        let has = |words: &[&str]| tokens[said.from..].iter().any(|t| words.contains(&t.stem.as_str()));
        let wanted = |task: &crate::workflow::Task<'_>| -> i32 {
            let Some(action) = action_of(task) else {
                let awaited = task.raw.get("try").is_some();
                let waits = task.raw.get("wait").is_some();
                return if waits && has(&["wait", "delay", "espera"]) || awaited && has(&["escalation", "escalat"]) {
                    10
                } else {
                    0
                };
            };
            let mut score = match action {
                "send_sms" => 10 * i32::from(has(&["text", "message", "texto", "mensaje"])),
                "send_email" => 10 * i32::from(has(&["email", "correo"])),
                "create_task" => 10 * i32::from(has(&["task", "tarea", "todo", "call", "reminder"])),
                "notify_user" => {
                    10 * i32::from(has(&["ping", "notification", "notify", "alert", "tell", "aviso", "heads", "manag"]))
                }
                "request_approval" => 10 * i32::from(has(&["approval", "approv", "aprobacion"])),
                "send_survey" => 10 * i32::from(has(&["survey", "encuesta"])),
                "request_review" => 10 * i32::from(has(&["review", "resena"])),
                "assign_lead" => 10 * i32::from(has(&["assign", "assignment", "rout"])),
                "add_note" => 10 * i32::from(has(&["not", "note"])),
                "generate_report" => 10 * i32::from(has(&["report", "list"])),
                _ => {
                    10 * i32::from(
                        action.split('_').any(|part| has(&[crate::planner::language::stem_of(part).as_str()])),
                    )
                }
            };
            if let Some(person) = person {
                let to = ["to", "assignee", "approver"].iter().find_map(|k| task.raw.get("with")?.get(*k)?.as_str());
                score += if to == Some(person.value.as_str()) {
                    5
                } else if to.is_some() && score > 0 {
                    -6
                } else {
                    0
                };
            }
            score
        };
        let best = self.tasks.iter().map(&wanted).max().unwrap_or(0);
        if best < 4 {
            return false;
        }
        let last = tokens.iter().any(|t| t.is(&["last", "ultimo", "ultima", "second"]));
        let mut found: Vec<String> =
            self.tasks.iter().filter(|t| wanted(t) == best).map(|t| t.name.to_owned()).collect();
        let all = tokens.iter().any(|t| t.is(&["all", "every", "todos", "todas", "both"]));
        if !all && found.len() > 1 {
            found = if last { found.split_off(found.len() - 1) } else { vec![found.swap_remove(0)] };
        }
        for name in found {
            self.edit.operations.push(json!({ "op": "remove_task", "task": name }));
        }
        true
    }
}
