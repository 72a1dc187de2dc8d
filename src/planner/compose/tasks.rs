//! Steps → tasks.

use serde_json::{Map, Value, json};

use super::Composer;
use super::approve::Asked;
use super::header::title_words;
use super::listen::Sign;
use crate::planner::parse::{Act, Await, Limit, Moment, Plan, Source, Span, Step, Trigger};

pub(super) type Tasks = Vec<Value>;

impl Composer<'_, '_> {
    /// What a calendar must check again: the nth weekday of a month.
    pub fn guards(&mut self, plan: &Plan) -> Tasks {
        let Trigger::Time { cadence, .. } = &plan.trigger else { return Vec::new() };
        let Some((nth, weekday)) = cadence.nth else { return Vec::new() };
        let name = self.name("onlyThatDay");
        let (low, high) = if nth >= 5 { (25, 31) } else { (7 * nth - 6, 7 * nth) };
        let when = format!(
            "${{ $workflow.input.scheduled_for | local | .weekday != {weekday} or .day < {low} or .day > {high} }}"
        );
        vec![json!({ name: { "switch": [
            { "otherDay": { "when": when, "then": "end" } },
            { "thatDay": { "then": "continue" } }
        ] } })]
    }

    /// The tasks of a list of steps; `at` is the index of the first one in the list at `pointer`.
    pub fn list(&mut self, steps: &[Step], pointer: &str, at: usize) -> Tasks {
        let mut out = Vec::new();
        for (n, step) in steps.iter().enumerate() {
            let here = (pointer, at + out.len());
            if let (Some(before), Step::Check { check, then, said }) = (n.checked_sub(1).map(|b| &steps[b]), step)
                && let Some(kept) = self.looked_up(before, *check)
            {
                out.extend(self.guarded(
                    then,
                    &format!("${{ $context.{kept}.count > 0 }}"),
                    Some(*said),
                    "whenSo",
                    here,
                ));
                continue;
            }
            let tasks = match step {
                Step::Act(act) => self.act(act, here, None),
                Step::Wait(limit) => self.wait(limit, here),
                Step::Await(wait) => self.sign(wait, here),
                Step::Approve { act, then, otherwise, limit, above } => {
                    let asked = Asked { act, then, otherwise, limit: limit.as_ref(), above: *above };
                    self.approve(&asked, here)
                }
                Step::Reach { text, email, said } => self.reach(text, email, *said, here),
                Step::Parallel { steps, said } => self.parallel(steps, *said, here),
                Step::Timely { limit, steps } => self.timely(limit, steps, here),
                Step::Race { steps, signs, then } => self.race(steps, signs, then, here),
                Step::Check { check, then, said } => self.check(*check, then, *said, here),
                Step::Find(source) => self.find(source, here).0,
                Step::Each { source, steps } => self.each(source, steps, here, None),
            };
            out.extend(tasks);
        }
        out
    }

    pub(super) fn act(&mut self, act: &Act, (list, at): (&str, usize), condition: Option<&str>) -> Tasks {
        if act.action == "reply_review" && self.situation != "approved" {
            let approval = Act {
                action: "request_approval".to_owned(),
                name: "approve".to_owned(),
                to: Some(("role:gm".to_owned(), None)),
                with: Map::new(),
                said: Vec::new(),
                ..act.clone()
            };
            let then = [Step::Act(act.clone())];
            let asked = Asked { act: &approval, then: &then, otherwise: &[], limit: None, above: None };
            return self.approve(&asked, (list, at));
        }
        let wanted = self.task_name(act);
        let name = self.name(&wanted);
        let pointer = format!("{list}/{at}/{name}");
        let mut task = Map::new();
        if let Some(condition) = condition {
            task.insert("if".to_owned(), json!(condition));
        }
        task.extend(self.call(act, &pointer));
        if act.action == "reply_review"
            && let Some(with) = task.get_mut("with")
        {
            with["body"] = json!("${ $context.draft.text }");
        }
        if let Some(kept) = kept_result(&act.action) {
            let kept = self.keep(kept);
            task.insert("export".to_owned(), json!({ "as": format!("${{ $context + {{ {kept}: . }} }}") }));
        }
        vec![json!({ name: task })]
    }

    fn task_name(&self, act: &Act) -> String {
        let verb = |word: &str| self.parser.tokens().get(act.verb.from).is_some_and(|t| t.stem == word);
        let to = act.to.as_ref().map(|(to, _)| short_person(to)).unwrap_or_default();
        match act.action.as_str() {
            "send_sms" => "textCustomer".to_owned(),
            "send_email" => "emailCustomer".to_owned(),
            "notify_user" if verb("ping") => format!("ping{to}"),
            "notify_user" => format!("tell{to}"),
            "create_task" if act.name == "call" => "callTask".to_owned(),
            "create_task" => format!("task{to}"),
            "request_approval" => format!("ask{}", if to.is_empty() { "Approval".to_owned() } else { to }),
            other => camel(other),
        }
    }

    fn wait(&mut self, limit: &Limit, (list, at): (&str, usize)) -> Tasks {
        let wanted = match &limit.moment {
            Moment::After(length) | Moment::Since(length) => format!("wait{}", title_words(&length.words("en"))),
            Moment::Field { .. } => "waitForMoment".to_owned(),
            Moment::NextTime(_) => "waitForTime".to_owned(),
            Moment::NextOpen(_) => "waitForOpening".to_owned(),
        };
        let name = self.name(&wanted);
        let value = self.moment(limit);
        self.said_or_default(&format!("{list}/{at}/{name}/wait"), limit.said, "");
        vec![json!({ name: { "wait": value } })]
    }

    fn sign(&mut self, wait: &Await, (list, at): (&str, usize)) -> Tasks {
        let (block, listen, kept) = match wait.event.as_str() {
            "appointment.booked" => ("awaitBooking", "booking", "booking"),
            "survey.completed" => ("awaitSurvey", "surveyAnswer", "answer"),
            "customer.message.received" if wait.condition.is_some() || !wait.answered.is_empty() => {
                ("awaitAnswer", "answer", "answer")
            }
            "customer.message.received" => ("awaitReply", "reply", "reply"),
            "task.overdue" => ("awaitTrouble", "overdue", "overdue"),
            _ => ("awaitChange", "change", "change"),
        };
        let (name, inner, kept) = (self.name(block), self.name(listen), self.keep(kept));
        let pointer = format!("{list}/{at}/{name}");
        let customer = self.path("customer_id");
        let related;
        let correlate = match (&customer, wait.event.as_str()) {
            (Some(path), "customer.message.received" | "appointment.booked" | "survey.completed") => {
                ("customer", ".data.customer_id".to_owned(), path.clone())
            }
            (_, "task.overdue") => match self.main_record() {
                Some((entity, id)) => {
                    let path = id.trim_start_matches("${ ").trim_end_matches(" }").to_owned();
                    related = entity;
                    (related.as_str(), ".data.related.id".to_owned(), path)
                }
                None => self.own_record(),
            },
            _ => self.own_record(),
        };
        let sign =
            Sign { event: &wait.event, filter: wait.filter.as_deref(), correlate, kept: &kept, limit: &wait.limit };
        let mut task = self.await_block(&sign, &inner, &pointer);
        if !wait.silent.is_empty() {
            let before = self.situation;
            let words = std::mem::take(&mut self.limit_words);
            self.situation = if block == "awaitBooking" { "no_booking" } else { "silence" };
            self.limit_words = match &wait.limit.moment {
                Moment::After(length) | Moment::Since(length) => length.words(&self.language),
                Moment::Field { .. } | Moment::NextTime(_) | Moment::NextOpen(_) => {
                    self.parser.lexicon.phrase("the_time_given", &self.language).to_owned()
                }
            };
            let silent = self.list(&wait.silent, &format!("{pointer}/catch/do"), 0);
            if let Some(catch) = task.get_mut("catch") {
                catch["do"] = json!(silent);
            }
            self.situation = before;
            self.limit_words = words;
        }
        let mut out = vec![json!({ name: task })];
        out.extend(self.answers(wait, &kept, (list, at + 1)));
        out
    }

    /// Correlation by the trigger's own record.
    fn own_record(&self) -> (&'static str, String, String) {
        for (name, field) in [
            ("order", "ro_id"),
            ("deal", "deal_id"),
            ("lead", "lead_id"),
            ("appointment", "appointment_id"),
            ("vehicle", "stock"),
            ("task", "task_id"),
            ("customer", "customer_id"),
        ] {
            if let Some(path) = self.path(field) {
                return (name, format!(".data.{field}"), path);
            }
        }
        ("store", ".data.store_id".to_owned(), "$workflow.input[0].data.store_id".to_owned())
    }

    /// Steps under a condition: one step takes it as `if`, several go into a named block.
    pub(super) fn guarded(
        &mut self,
        steps: &[Step],
        condition: &str,
        said: Option<Span>,
        wanted: &str,
        (list, at): (&str, usize),
    ) -> Tasks {
        let noted = |this: &mut Self, pointer: String| match said {
            Some(span) => this.stated(&pointer, span),
            None => this.source(&pointer, "inferred", "follows from the step before"),
        };
        match steps {
            [Step::Act(act)] if act.action != "reply_review" || self.situation == "approved" => {
                let tasks = self.act(act, (list, at), Some(condition));
                if let Some(name) = tasks.first().and_then(|t| t.as_object()?.keys().next().cloned()) {
                    noted(self, format!("{list}/{at}/{name}/if"));
                }
                tasks
            }
            [Step::Each { source: source @ (Source::List { .. } | Source::Times { .. }), steps }] => {
                self.each(source, steps, (list, at), Some(condition))
            }
            _ => {
                let name = self.name(wanted);
                noted(self, format!("{list}/{at}/{name}/if"));
                let inner = self.list(steps, &format!("{list}/{at}/{name}/do"), 0);
                vec![json!({ name: { "if": condition, "do": inner } })]
            }
        }
    }

    pub(super) fn check(&mut self, check: usize, then: &[Step], said: Span, (list, at): (&str, usize)) -> Tasks {
        let words = &self.parser.lexicon.checks[check];
        let mut filter = Map::new();
        for (field, value) in &words.filter {
            if let Some(value) = self.fill(value) {
                filter.insert(field.clone(), value);
            }
        }
        let name = self.name(&format!("check{}", title_words(&words.entity.replace('_', " "))));
        let kept = self.keep("checked");
        let pointer = format!("{list}/{at}/{name}/with");
        self.stated(&format!("{pointer}/entity"), said);
        self.stated(&format!("{pointer}/filter"), said);
        let mut out = vec![json!({ name: {
            "call": "find_records",
            "with": { "entity": words.entity, "filter": filter, "limit": 1 },
            "export": { "as": format!("${{ $context + {{ {kept}: . }} }}") }
        } })];
        let condition = format!("${{ $context.{kept}.count {} 0 }}", if words.found { ">" } else { "==" });
        out.extend(self.guarded(then, &condition, Some(said), "whenSo", (list, at + 1)));
        out
    }

    /// The result of the look-up a bounded loop ends with, when the next step asks the same again.
    fn looked_up(&self, before: &Step, check: usize) -> Option<String> {
        let Step::Each { source: Source::Times { .. }, steps } = before else { return None };
        let Some(Step::Check { check: asked, .. }) = steps.last() else { return None };
        let words = &self.parser.lexicon.checks;
        if words[*asked].entity != words[check].entity || !words[check].found {
            return None;
        }
        self.kept.iter().filter(|k| k.starts_with("checked")).max().cloned()
    }
}

fn kept_result(action: &str) -> Option<&'static str> {
    Some(match action {
        "request_approval" => "approval",
        "find_open_slots" => "slots",
        "generate_report" => "report",
        "get_vehicle_value" => "value",
        "check_recalls" => "recalls",
        "classify_text" => "label",
        "draft_text" => "draft",
        _ => return None,
    })
}

fn short_person(recipient: &str) -> String {
    if recipient.starts_with("role:") && recipient.ends_with("_manager") {
        return "Manager".to_owned();
    }
    match recipient {
        "record_owner" => "Owner".to_owned(),
        "requester" => "Me".to_owned(),
        "manager_of" => "TheirManager".to_owned(),
        other => title_words(&other.split_once(':').map_or(other, |(_, n)| n).replace('_', " ")),
    }
}

fn camel(text: &str) -> String {
    let words = title_words(&text.replace('_', " "));
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
