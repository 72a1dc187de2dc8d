//! The sentences of a story.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::StoryStep;
use crate::model::ExecutionStatus;
use crate::store::executions::Execution;
use crate::store::journal::JournalEntry;
use crate::workflow::catalog::Catalog;

/// Knows names and the zone.
pub(super) struct Teller {
    pub(super) zone: Tz,
    pub(super) names: HashMap<String, String>,
}

impl Teller {
    fn name<'a>(&'a self, id: &'a Value) -> &'a str {
        let id = id.as_str().unwrap_or_default();
        self.names.get(id).map_or("the customer", String::as_str)
    }

    /// `10:05` today, `Wed 11 Mar 10:05` on another day.
    fn clock(&self, moment: &Value, now: DateTime<Utc>) -> String {
        let parsed: Option<DateTime<Utc>> = match moment {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64().and_then(DateTime::from_timestamp_millis),
        };
        let Some(at) = parsed.map(|at| at.with_timezone(&self.zone)) else { return "later".to_owned() };
        let today = at.date_naive() == now.with_timezone(&self.zone).date_naive();
        at.format(if today { "%-I:%M %p" } else { "%a %b %-d, %-I:%M %p" }).to_string()
    }

    /// How the execution began.
    pub(super) fn start(&self, execution: &Execution) -> StoryStep {
        let event = &execution.input[0];
        let words = match event["type"].as_str() {
            Some(event_type) => {
                let meaning = Catalog::embedded().event(event_type).map_or(event_type, |known| known.meaning.as_str());
                let short = meaning.split([';', '(']).next().unwrap_or(meaning).trim().trim_end_matches('.');
                match event["data"]["customer_id"].as_str() {
                    Some(id) if self.names.contains_key(id) => format!("{short}: {}", self.names[id]),
                    _ => short.to_owned(),
                }
            }
            None if execution.trigger_source.starts_with("schedule/") => {
                let moment = &execution.input["scheduled_for"];
                format!("Started by its schedule for {}", self.clock(moment, execution.started_at))
            }
            None => "Started by hand".to_owned(),
        };
        plain(execution.started_at, "start", words)
    }

    /// How it ended, or why it rests.
    pub(super) fn end(&self, execution: &Execution) -> Option<StoryStep> {
        let at = execution.finished_at.unwrap_or(execution.started_at);
        let error = execution.error.clone();
        let reason = || {
            let error = error.clone().unwrap_or_default();
            let title = error["title"].as_str().unwrap_or("an error").to_owned();
            match error["detail"].as_str() {
                Some(detail) => format!("{title}: {detail}"),
                None => title,
            }
        };
        let (words, state) = match execution.status {
            ExecutionStatus::Completed => ("Finished".to_owned(), "done"),
            ExecutionStatus::Cancelled => ("Cancelled".to_owned(), "done"),
            ExecutionStatus::Faulted => (format!("Stopped by an error: {}", reason()), "failed"),
            ExecutionStatus::Parked => (format!("Set aside: {}", reason()), "failed"),
            ExecutionStatus::Waiting if execution.progress["doing"] == "paused" => {
                ("Held: the workflow is paused".to_owned(), "waiting")
            }
            ExecutionStatus::Ready | ExecutionStatus::Running | ExecutionStatus::Waiting => return None,
        };
        let mut step = plain(at, "end", words);
        step.state = state;
        step.outcome = error;
        Some(step)
    }

    /// The sentence of one line of the journal; `None` for lines that are bookkeeping.
    pub(super) fn step(&self, entry: &JournalEntry) -> Option<StoryStep> {
        let (value, now) = (&entry.value, entry.recorded_at);
        let mut step = plain(now, "call", String::new());
        step.path = entry.path.split('#').next().unwrap_or_default().to_owned();
        step.task = task_name(&step.path);
        match entry.kind.as_str() {
            "step" => {
                let facts = &value["facts"];
                let what = self.action(facts);
                step.input = facts.get("input").cloned();
                if entry.ok {
                    let output = value["output"].get("result").unwrap_or(&value["output"]).clone();
                    step.words = outcome_words(&what, &output);
                    step.outcome = Some(output);
                } else {
                    let fault = &value["fault"];
                    let detail = fault["detail"].as_str().or_else(|| fault["title"].as_str()).unwrap_or("an error");
                    step.words = format!("Failed: {} ({detail})", lower_first(&what));
                    step.state = "failed";
                    step.outcome = Some(fault.clone());
                }
            }
            "again" => {
                let what = lower_first(&self.action(&value["facts"]));
                let until = self.clock(&value["until"], now);
                let reason = value["reason"].as_str().unwrap_or_default().replace('_', " ");
                if value["why"] == "deferred" {
                    step.kind = "hold";
                    step.words = format!("Held until {until} ({reason}): {what}");
                } else {
                    step.kind = "retry";
                    step.words = format!("Did not go through ({reason}), trying again at {until}: {what}");
                }
            }
            "timer" => {
                step.kind = "wait";
                step.words = format!("Waiting until {}", self.clock(&value["until"], now));
            }
            "retry" => {
                step.kind = "retry";
                step.words = format!("Trying again at {}", self.clock(&value["until"], now));
            }
            "listening" => {
                step.kind = "listen";
                let what = awaited(&value["for"]);
                step.words = if value["until"].is_null() {
                    format!("Waiting for {what}")
                } else {
                    format!("Waiting for {what} until {}", self.clock(&value["until"], now))
                };
            }
            "event" => {
                step.kind = "event";
                step.words = self.event(&value["envelope"]);
                step.outcome = Some(value["envelope"]["data"].clone());
            }
            "expired" => {
                step.kind = "timeout";
                step.words = format!("Nothing came by {}", self.clock(&value["until"], now));
            }
            "settled" => {
                step.kind = "race";
                step.words = "One way came first; the others were called off".to_owned();
            }
            _ => return None,
        }
        Some(step)
    }

    fn event(&self, envelope: &Value) -> String {
        let data = &envelope["data"];
        let who = self.name(&data["customer_id"]);
        match envelope["type"].as_str().unwrap_or_default() {
            "customer.message.received" => {
                format!("{} replied: “{}”", upper_first(who), data["text"].as_str().unwrap_or_default())
            }
            "customer.opted_out" => format!("{} opted out", upper_first(who)),
            "approval.decided" => format!("Decided: {}", data["decision"].as_str().unwrap_or("answered")),
            other => {
                let known = Catalog::embedded().event(other);
                known.map_or_else(|| other.to_owned(), |known| known.meaning.trim_end_matches('.').to_owned())
            }
        }
    }

    /// What a call did, as if it went well.
    fn action(&self, facts: &Value) -> String {
        let input = &facts["input"];
        let customer = || self.name(&input["customer_id"]);
        let text = |field: &str| input[field].as_str().unwrap_or_default().to_owned();
        match facts["action"].as_str().unwrap_or_default() {
            "send_sms" => format!("Texted {}", customer()),
            "send_email" => format!("E-mailed {}", customer()),
            "connect_call" => format!("Called {}", customer()),
            "notify_user" => format!("Told {}", self.recipient(&text("to"))),
            "create_task" => format!("Opened a task for {}: {}", self.recipient(&text("assignee")), text("title")),
            "request_approval" => format!("Asked {}: {}", self.recipient(&text("approver")), text("subject")),
            "check_consent" => format!("Checked whether {} may be contacted", customer()),
            "find_records" => format!("Looked up {} records", text("entity").replace('_', " ")),
            "assign_lead" => "Assigned the lead".to_owned(),
            "" => match facts["emit"].as_str() {
                Some(event) => format!("Announced {event}"),
                None => "Did a step".to_owned(),
            },
            other => upper_first(&other.replace('_', " ")),
        }
    }

    fn recipient(&self, to: &str) -> String {
        if let Some(name) = self.names.get(to) {
            return name.clone();
        }
        match to.split_once(':') {
            Some(("role" | "team", name)) => format!("the {}", name.replace('_', " ")),
            Some(("user", id)) => self.names.get(id).cloned().unwrap_or_else(|| "a colleague".to_owned()),
            Some(("manager_of", _)) => "the manager".to_owned(),
            _ if to == "record_owner" => "the owner".to_owned(),
            _ if to == "requester" => "who asked for it".to_owned(),
            _ => "a colleague".to_owned(),
        }
    }
}

fn plain(at: DateTime<Utc>, kind: &'static str, words: String) -> StoryStep {
    StoryStep { at, path: String::new(), task: String::new(), kind, words, state: "done", input: None, outcome: None }
}

fn outcome_words(what: &str, output: &Value) -> String {
    let reason = output["reason"].as_str().unwrap_or("not allowed").replace('_', " ");
    match output["status"].as_str() {
        Some("blocked") => format!("Not done ({reason}): {}", lower_first(what)),
        _ if output["allowed"] == Value::Bool(false) => format!("{what}: no ({reason})"),
        _ => match (what.starts_with("Looked up"), output["count"].as_i64()) {
            (true, Some(count)) => format!("{what}: {count} found"),
            _ => what.to_owned(),
        },
    }
}

/// What a `listen` waits for.
fn awaited(types: &Value) -> String {
    let list = types.as_array().map_or(&[][..], Vec::as_slice);
    let words: Vec<&str> = list
        .iter()
        .filter_map(Value::as_str)
        .map(|event| match event {
            "customer.message.received" => "a reply",
            "approval.decided" => "a decision",
            "appointment.cancelled" => "a cancellation",
            "appointment.changed" => "a change of the appointment",
            "customer.opted_out" => "an opt-out",
            other => other,
        })
        .collect();
    if words.is_empty() { "an event".to_owned() } else { words.join(" or ") }
}

/// The task a path ends in, without loop iterations.
fn task_name(path: &str) -> String {
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let last = parts.find(|part| !matches!(*part, "listen" | "all") && part.parse::<usize>().is_err());
    last.unwrap_or_default().split('[').next().unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
