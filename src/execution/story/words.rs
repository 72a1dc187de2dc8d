//! The sentences of a story, in English and Spanish.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::StoryStep;
use super::actions::{Said, blocked, found};
use super::teller::{Teller, upper_first};
use crate::model::ExecutionStatus;
use crate::model::pointer::unescape;
use crate::store::executions::Execution;
use crate::store::journal::JournalEntry;
use crate::workflow::catalog::Catalog;
use crate::workflow::describe;
use crate::workflow::text::{Language, moment};

/// How it stands with what a line of the journal waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// It is waited for now.
    Open,
    /// It came.
    Over,
    /// It did not come and need not come any more: a race is decided, a limit ran out, the execution is over.
    CalledOff,
}

impl Teller {
    /// `10:05 AM` today, `Wed Mar 11, 10:05 AM` on another day.
    fn clock(&self, at: &Value, now: DateTime<Utc>) -> String {
        let parsed: Option<DateTime<Utc>> = match at {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64().and_then(DateTime::from_timestamp_millis),
        };
        let Some(at) = parsed.map(|at| at.with_timezone(&self.zone).naive_local()) else {
            return self.say("later", "más tarde").to_owned();
        };
        let today = at.date() == now.with_timezone(&self.zone).date_naive();
        moment(&at, !today, self.language)
    }

    /// The same with the zone: for moments that a rule of the store or of the law has chosen.
    fn clock_with_zone(&self, at: &Value, now: DateTime<Utc>) -> String {
        let zone = at.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let zone = zone.map(|at| at.with_timezone(&self.zone).format(" %Z").to_string());
        format!("{}{}", self.clock(at, now), zone.unwrap_or_default())
    }

    /// "Waiting until", "Waited until", "Was waiting until".
    const fn waiting_until(&self, wait: Wait) -> &'static str {
        match wait {
            Wait::Open => self.say("Waiting until", "En espera hasta"),
            Wait::Over => self.say("Waited until", "Se esperó hasta"),
            Wait::CalledOff => self.say("Was waiting until", "Se esperaba hasta"),
        }
    }

    /// A run that a schedule started; late when the engine was not there, or its clock was moved.
    fn scheduled(&self, execution: &Execution) -> String {
        let moment = &execution.input["scheduled_for"];
        let due: Option<DateTime<Utc>> = moment.as_str().and_then(|text| text.parse().ok());
        if due.is_none_or(|due| execution.started_at - due < LATE) {
            let at = self.clock(moment, execution.started_at);
            return format!("{} {at}", self.say("Started by its schedule for", "Comenzó según su horario, para"));
        }
        let at = self.clock_with_zone(moment, execution.started_at);
        let late =
            self.say("Started late by its schedule: it was due at", "Comenzó tarde: según su horario debía ser a las");
        match execution.input["missed"].as_u64() {
            None | Some(0) => format!("{late} {at}"),
            Some(1) => {
                format!("{late} {at}; {}", self.say("1 earlier run was left out", "se omitió 1 ejecución anterior"))
            }
            Some(n) => format!(
                "{late} {at}; {n} {}",
                self.say("earlier runs were left out", "ejecuciones anteriores se omitieron")
            ),
        }
    }

    /// How the execution began.
    pub(super) fn start(&self, execution: &Execution) -> StoryStep {
        let event = &execution.input[0];
        let words = match event["type"].as_str() {
            Some(event_type) => {
                let short = self.happened(event_type);
                match event["data"]["customer_id"].as_str() {
                    Some(id) if self.names.contains_key(id) => format!("{short}: {}", self.names[id]),
                    _ => short,
                }
            }
            None if execution.trigger_source.starts_with("schedule/") => self.scheduled(execution),
            None => match execution.requested_by.as_ref().and_then(|user| self.names.get(user.as_str())) {
                Some(name) => format!("{} {name}", self.say("Started by", "Iniciada por")),
                None => self.say("Started by hand", "Iniciada a mano").to_owned(),
            },
        };
        plain(execution.started_at, "start", words)
    }

    /// What an event means.
    fn happened(&self, event_type: &str) -> String {
        match (self.language, describe::event_words(event_type, self.language)) {
            (Language::Es, Some(words)) => upper_first(words),
            (Language::En | Language::Es, _) => {
                let known = Catalog::embedded().event(event_type);
                let meaning = known.map_or(event_type, |known| known.meaning.as_str());
                meaning.split([';', '(']).next().unwrap_or(meaning).trim().trim_end_matches('.').to_owned()
            }
        }
    }

    /// How it ended, or why it rests.
    pub(super) fn end(&self, execution: &Execution) -> Option<StoryStep> {
        let at = execution.finished_at.unwrap_or(execution.started_at);
        let error = execution.error.clone();
        let reason = || {
            let error = error.clone().unwrap_or_default();
            let title = error["title"].as_str().unwrap_or(self.say("an error", "un error")).to_owned();
            match error["detail"].as_str() {
                Some(detail) => format!("{title}: {detail}"),
                None => title,
            }
        };
        let (words, state) = match execution.status {
            ExecutionStatus::Completed => (self.say("Finished", "Terminada").to_owned(), "done"),
            ExecutionStatus::Cancelled => (self.say("Cancelled", "Detenida").to_owned(), "done"),
            ExecutionStatus::Faulted => {
                (format!("{}: {}", self.say("Stopped by an error", "Detenida por un error"), reason()), "failed")
            }
            ExecutionStatus::Parked => (format!("{}: {}", self.say("Set aside", "Apartada"), reason()), "failed"),
            ExecutionStatus::Waiting if execution.progress["doing"] == "paused" => {
                (self.say("Held: the workflow is paused", "Retenida: el flujo está en pausa").to_owned(), "waiting")
            }
            ExecutionStatus::Waiting if execution.progress["doing"] == "late" => {
                let asked = self.say(
                    "Late because of a pause: somebody is asked whether to send it",
                    "Con retraso por una pausa: se pregunta a alguien si se envía",
                );
                (asked.to_owned(), "waiting")
            }
            ExecutionStatus::Ready | ExecutionStatus::Running | ExecutionStatus::Waiting => return None,
        };
        let mut step = plain(at, "end", words);
        step.state = state;
        step.outcome = error;
        Some(step)
    }

    /// The sentence of one line of the journal; `None` for lines that are bookkeeping.
    pub(super) fn step(&self, entry: &JournalEntry, wait: Wait) -> Option<StoryStep> {
        let (value, now) = (&entry.value, entry.recorded_at);
        let mut step = plain(now, "call", String::new());
        step.path = entry.path.split('#').next().unwrap_or_default().to_owned();
        step.task = task_name(&step.path);
        let until = || self.clock(&value["until"], now);
        let trying_again = match wait {
            Wait::Open => self.say("trying again at", "se reintenta a las"),
            Wait::Over => self.say("tried again at", "se reintentó a las"),
            Wait::CalledOff => self.say("was to be tried again at", "se iba a reintentar a las"),
        };
        match entry.kind.as_str() {
            "step" => self.call(value, entry.ok, &mut step),
            "again" => {
                let Said { thing, .. } = self.action(&value["facts"]);
                let reason = self.reason(value["reason"].as_str().unwrap_or_default());
                if value["why"] == "deferred" {
                    step.kind = "hold";
                    let until = self.clock_with_zone(&value["until"], now);
                    let (until_when, to) = (self.waiting_until(wait), self.say("to", "para"));
                    step.words = format!("{until_when} {until} {to} {} ({reason})", self.plan(&value["facts"]));
                } else {
                    step.kind = "retry";
                    let failed = self.say("Did not go through", "No se logró");
                    step.words = format!("{failed} ({reason}), {trying_again} {}: {thing}", until());
                }
            }
            "timer" => {
                step.kind = "wait";
                step.words = format!("{} {}", self.waiting_until(wait), until());
            }
            "retry" if value["until"].is_null() => return None, // its limits allow no more
            "retry" => {
                step.kind = "retry";
                step.words = format!("{} {}", upper_first(trying_again), until());
            }
            "listening" => {
                step.kind = "listen";
                let what = self.awaited(&value["for"]);
                step.words = format!("{} {what}", self.say("Waiting for", "Esperando"));
                if !value["until"].is_null() {
                    step.words.push_str(&format!(" {} {}", self.say("until", "hasta"), until()));
                }
            }
            "event" => {
                step.kind = "event";
                step.words = self.event(&value["envelope"]);
                step.outcome = Some(value["envelope"]["data"].clone());
            }
            "expired" => {
                step.kind = "timeout";
                step.words = format!("{} {}", self.say("Nothing came by", "No llegó nada hasta"), until());
            }
            "item" => {
                let fault = &value["fault"];
                let why = fault["detail"].as_str().or_else(|| fault["title"].as_str()).unwrap_or_default();
                let went_on = self.say("failed, and the others went on", "falló y los demás siguieron");
                step.kind = "error";
                step.state = "failed";
                step.words = format!("{} {} {went_on}: {why}", self.say("Item", "El elemento"), value["item"]);
                step.outcome = Some(fault.clone());
            }
            "released" => {
                step.kind = "hold";
                let (since, what) = (self.clock(&value["since"], now), self.action(&value["facts"]).thing);
                let became = if value["choice"] == "skip" {
                    self.say("and not sent any more", "y ya no se envía")
                } else {
                    self.say("going on", "continúa")
                };
                let held = self.say("Held by a pause since", "Retenida por una pausa desde");
                step.words = format!("{held} {since}, {became}: {what}");
            }
            "settled" => {
                step.kind = "race";
                let words = self.say(
                    "One way came first; the others were called off",
                    "Un camino llegó primero; los demás se cancelaron",
                );
                words.clone_into(&mut step.words);
            }
            _ => return None,
        }
        Some(step)
    }

    /// A call that is over.
    fn call(&self, value: &Value, ok: bool, step: &mut StoryStep) {
        let facts = &value["facts"];
        let said = self.action(facts);
        step.input = facts.get("input").cloned();
        if !ok {
            let fault = &value["fault"];
            let detail = fault["detail"].as_str().or_else(|| fault["title"].as_str());
            let detail = detail.unwrap_or(self.say("an error", "un error"));
            step.words = format!("{}: {} ({detail})", self.say("Failed", "Falló"), said.thing);
            step.state = "failed";
            step.outcome = Some(fault.clone());
            return;
        }
        let output = value["output"].get("result").unwrap_or(&value["output"]).clone();
        let reason = || self.reason(output["reason"].as_str().unwrap_or(self.say("not allowed", "no permitido")));
        step.words = if blocked(&output) {
            format!("{} ({}): {}", self.say("Not done", "No se hizo"), reason(), said.thing)
        } else if output["allowed"] == Value::Bool(false) {
            format!("{}: no ({})", said.done, reason())
        } else if let Some(count) = found(facts, &output) {
            format!("{}: {count} {}", said.done, self.say("found", "encontrados"))
        } else {
            said.done
        };
        step.outcome = Some(output);
    }

    fn event(&self, envelope: &Value) -> String {
        let data = &envelope["data"];
        let who = upper_first(self.name(&data["customer_id"]));
        match envelope["type"].as_str().unwrap_or_default() {
            "customer.message.received" => {
                let text = data["text"].as_str().unwrap_or_default();
                format!("{who} {}: “{text}”", self.say("replied", "respondió"))
            }
            "customer.opted_out" => format!("{who} {}", self.say("opted out", "pidió no ser contactado")),
            "approval.decided" => {
                let decision = data["decision"].as_str().unwrap_or(self.say("answered", "respondido"));
                format!("{}: {decision}", self.say("Decided", "Decisión"))
            }
            other => match (self.language, describe::event_words(other, self.language)) {
                (Language::Es, Some(words)) => upper_first(words),
                (Language::En | Language::Es, _) => {
                    let known = Catalog::embedded().event(other);
                    known.map_or_else(|| other.to_owned(), |known| known.meaning.trim_end_matches('.').to_owned())
                }
            },
        }
    }

    /// What a `listen` waits for.
    fn awaited(&self, types: &Value) -> String {
        let list = types.as_array().map_or(&[][..], Vec::as_slice);
        let words: Vec<&str> = list
            .iter()
            .filter_map(Value::as_str)
            .map(|event| match event {
                "customer.message.received" => self.say("a reply", "una respuesta"),
                "approval.decided" => self.say("a decision", "una decisión"),
                "appointment.cancelled" => self.say("a cancellation", "una cancelación"),
                "appointment.changed" => self.say("a change of the appointment", "un cambio de la cita"),
                "customer.opted_out" => self.say("an opt-out", "una baja"),
                other => other,
            })
            .collect();
        if words.is_empty() {
            return self.say("an event", "un evento").to_owned();
        }
        words.join(self.say(" or ", " o "))
    }
}

/// A run that starts this much after its moment is late.
const LATE: TimeDelta = TimeDelta::minutes(2);

fn plain(at: DateTime<Utc>, kind: &'static str, words: String) -> StoryStep {
    StoryStep { at, path: String::new(), task: String::new(), kind, words, state: "done", input: None, outcome: None }
}

/// The task a path ends in, without loop iterations.
fn task_name(path: &str) -> String {
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let last = parts
        .find(|part| !matches!(*part, "listen" | "all") && !part.starts_with("do[") && part.parse::<usize>().is_err());
    unescape(last.unwrap_or_default().split('[').next().unwrap_or_default())
}
