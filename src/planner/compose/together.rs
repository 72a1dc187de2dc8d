//! Branches: all at once, or racing against a sign; and a text that falls back to e-mail.

use serde_json::{Map, Value, json};

use super::Composer;
use super::tasks::Tasks;
use crate::planner::parse::{Act, Limit, Moment, Span, Step};
use crate::workflow::document::TIMEOUT_ERROR;

impl Composer<'_, '_> {
    /// A text where texting is allowed, else an e-mail.
    pub(super) fn reach(&mut self, text: &Act, email: &Act, said: Span, (list, at): (&str, usize)) -> Tasks {
        let (name, kept) = (self.name("checkText"), self.keep("text"));
        let with = format!("{list}/{at}/{name}/with");
        let purpose = self.purpose(text, &format!("{with}/purpose"));
        self.stated(&format!("{with}/channel"), said);
        self.source(&format!("{with}/customer_id"), "inferred", "from the trigger");
        let mut out = vec![json!({ name: {
            "call": "check_consent",
            "with": { "customer_id": self.expression("customer_id"), "channel": "sms", "purpose": purpose },
            "export": { "as": format!("${{ $context + {{ {kept}: . }} }}") }
        } })];
        for (act, condition) in [(text, "allowed"), (email, "allowed | not")] {
            let condition = format!("${{ $context.{kept}.{condition} }}");
            out.extend(self.guarded(
                &[Step::Act(act.clone())],
                &condition,
                Some(said),
                "reach",
                (list, at + out.len()),
            ));
        }
        out
    }

    /// All branches run.
    pub(super) fn parallel(&mut self, steps: &[Step], said: Span, (list, at): (&str, usize)) -> Tasks {
        let name = self.name("allAtOnce");
        let pointer = format!("{list}/{at}/{name}/fork");
        let branches = self.list(steps, &format!("{pointer}/branches"), 0);
        self.stated(&format!("{pointer}/branches"), said);
        vec![json!({ name: { "fork": { "branches": branches } } })]
    }

    /// Waits for a moment and does what belongs to it, unless the moment is past.
    pub(super) fn timely(&mut self, limit: &Limit, steps: &[Step], (list, at): (&str, usize)) -> Tasks {
        let name = self.name("inTime");
        let pointer = format!("{list}/{at}/{name}");
        let mut inner = vec![Step::Wait(limit.clone())];
        inner.extend(steps.iter().cloned());
        let tasks = self.list(&inner, &format!("{pointer}/do"), 0);
        let Some(instant) = self.instant(&limit.moment) else { return vec![json!({ name: { "do": tasks } })] };
        self.said_or_default(&format!("{pointer}/if"), limit.said, "a moment that is past is skipped");
        vec![json!({ name: { "if": format!("${{ {instant} | is_future }}"), "do": tasks } })]
    }

    /// The first branch to finish ends the other: the steps, or a sign that makes them pointless.
    pub(super) fn race(&mut self, steps: &[Step], signs: &[&str], then: &[Step], (list, at): (&str, usize)) -> Tasks {
        if let Some(tasks) = self.unless_sign(steps, signs, then, (list, at)) {
            return tasks;
        }
        let (name, carry, stop, sign) =
            (self.name("goOnOrStop"), self.name("goOn"), self.name("stop"), self.name("anySign"));
        let branches = format!("{list}/{at}/{name}/fork/branches");
        let tasks = self.list(steps, &format!("{branches}/0/{carry}/do"), 0);
        let to = self.any_of(signs);
        let mut stopping = vec![json!({ sign: { "listen": { "to": to } } })];
        let before = self.situation;
        self.situation = "stopped";
        stopping.extend(self.list(then, &format!("{branches}/1/{stop}/do"), 1));
        self.situation = before;
        self.source(&format!("{branches}/1/{stop}/do/0"), "default", "what makes the next message pointless");
        vec![json!({ name: { "fork": {
            "compete": true,
            "branches": [{ carry: { "do": tasks } }, { stop: { "do": stopping } }]
        } } })]
    }

    /// A single wait is an await of the signs that make what follows pointless.
    fn unless_sign(
        &mut self,
        steps: &[Step],
        signs: &[&str],
        then: &[Step],
        (list, at): (&str, usize),
    ) -> Option<Tasks> {
        let [Step::Wait(limit), rest @ ..] = steps else { return None };
        let plain = matches!(limit.moment, Moment::After(_) | Moment::Since(_));
        let acts = !rest.is_empty() && rest.iter().all(|step| matches!(step, Step::Act(_)));
        if !plain || !acts || !then.is_empty() {
            return None;
        }
        let (name, sign) = (self.name("unlessPointless"), self.name("anySign"));
        let pointer = format!("{list}/{at}/{name}");
        let (to, after) = (self.any_of(signs), self.moment(limit));
        self.said_or_default(&format!("{pointer}/try/0/{sign}/timeout/after"), limit.said, "");
        self.source(&format!("{pointer}/try/0/{sign}"), "default", "what makes the next message pointless");
        let tasks = self.list(rest, &format!("{pointer}/catch/do"), 0);
        Some(vec![json!({ name: {
            "try": [{ sign: { "listen": { "to": to }, "timeout": { "after": after } } }],
            "catch": { "errors": { "with": { "type": TIMEOUT_ERROR } }, "do": tasks }
        } })])
    }

    fn any_of(&self, signs: &[&str]) -> Value {
        let filters: Vec<Value> = signs.iter().filter_map(|sign| self.filter_of(sign)).collect();
        match filters.as_slice() {
            [only] => json!({ "one": only }),
            _ => json!({ "any": filters }),
        }
    }

    fn filter_of(&self, sign: &str) -> Option<Value> {
        let (event, data, key, field) = match sign {
            "reply" => ("customer.message.received", None, "customer", "customer_id"),
            "opt_out" => ("customer.opted_out", None, "customer", "customer_id"),
            "booking" => ("appointment.booked", None, "customer", "customer_id"),
            "purchase" => (
                "deal.status_changed",
                Some("(.new_status == \"contracted\" or .new_status == \"delivered\")"),
                "customer",
                "customer_id",
            ),
            "closed" => (
                "lead.status_changed",
                Some("(.new_status == \"sold\" or .new_status == \"lost\" or .new_status == \"dead\")"),
                "lead",
                "lead_id",
            ),
            "cancelled" => ("appointment.cancelled", None, "appointment", "appointment_id"),
            "moved" => ("appointment.changed", None, "appointment", "appointment_id"),
            _ => return None,
        };
        let expect = self.expression(field)?;
        let mut with = Map::new();
        with.insert("type".to_owned(), json!(event));
        if let Some(data) = data {
            with.insert("data".to_owned(), json!(format!("${{ {data} }}")));
        }
        Some(json!({
            "with": with,
            "correlate": { key: { "from": format!("${{ .data.{field} }}"), "expect": expect } }
        }))
    }
}
