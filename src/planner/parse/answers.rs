//! Clauses that wait for something: silence, answers of each kind, late tasks; and what ends a wait.

use super::acts::{self, Verb};
use super::clause::{Clause, Lead};
use super::moments::Use;
use super::steps::Steps;
use super::{Act, Await, Limit, Moment, Parser, Span, Step};
use crate::planner::slots::compare;
use crate::planner::slots::duration::Length;

impl Steps<'_, '_> {
    pub(crate) fn silence(&self, span: Span) -> Option<(String, Span)> {
        if let Some(said) = self.parser.intent("no_booking", span.from, span.to) {
            return Some(("appointment.booked".to_owned(), said));
        }
        let said = self.parser.intent("silence", span.from, span.to)?;
        Some(("customer.message.received".to_owned(), said))
    }

    pub(super) fn silent(&mut self, clause: Clause, event: String, said: Span, list: &mut Vec<Step>) -> Vec<Step> {
        let span = clause.span;
        self.at += 1;
        let mut timed = self.moments(span, false);
        if timed.is_empty()
            && let Some(next) = self.clauses.get(self.at).copied()
            && next.sentence == clause.sentence
            && self.verbs_in(next.span).is_empty()
        {
            timed = self.moments(next.span, false);
            self.at += usize::from(!timed.is_empty());
        }
        let limit = timed.first().map(|t| t.limit.clone());
        let limit = limit.unwrap_or(Limit { moment: Moment::After(Length::days(1.0)), said: None });
        if let Moment::After(length) = limit.moment {
            self.elapsed += length.minutes();
        }
        let verbs = self.verbs_in(span);
        let mut silent = Vec::new();
        if verbs.iter().any(|v| v.span.from >= said.to || !v.span.overlaps(said)) {
            silent = self.acts_in(Span { from: said.to.min(span.to), to: span.to });
            if silent.is_empty() {
                silent = self.acts_in(Span { from: span.from, to: said.from });
            }
        }
        silent.extend(self.block(1, Some(clause.sentence)));
        let mut out = Vec::new();
        if silent.is_empty() && list.len() > 1 && matches!(list.last(), Some(Step::Act(_))) {
            silent.extend(list.pop());
            if let Some(Step::Wait(wait)) = list.last()
                && limit.said.is_none()
            {
                let limit = wait.clone();
                list.pop();
                out.push(self.await_step(event, limit, silent, said));
                return out;
            }
            if limit.said.is_none()
                && let Some(Step::Act(Act { due: Some(due), .. })) = silent.first()
            {
                let limit = due.clone();
                out.push(self.await_step(event, limit, silent, said));
                return out;
            }
        }
        out.push(self.await_step(event, limit, silent, said));
        if let (Some(next), Some(Step::Await(wait))) = (self.clauses.get(self.at).copied(), out.last_mut())
            && next.lead == Lead::Otherwise
        {
            let sentence = next.sentence;
            self.at += 1;
            wait.answered = self.acts_in(next.span);
            let rest = self.block(1, Some(sentence));
            wait.answered.extend(rest);
        }
        out
    }

    fn await_step(&self, event: String, limit: Limit, silent: Vec<Step>, said: Span) -> Step {
        Step::Await(Box::new(Await {
            event,
            filter: None,
            limit,
            silent,
            answered: Vec::new(),
            condition: None,
            ways: Vec::new(),
            said,
        }))
    }

    /// "If they say cancel", "when they pick one", "anything under 7".
    pub(super) fn answered(&self, clause: Clause) -> Option<(Option<(String, Span)>, Span)> {
        let span = clause.span;
        let surveyed = self.last.iter().any(|a| a.action == "send_survey");
        if surveyed && let Some(said) = self.parser.intent("survey_bound", span.from, span.to) {
            let bound =
                compare::find(self.parser.tokens(), span.from, span.to, self.parser.lexicon).into_iter().next()?;
            let jq = bound.value.bound.jq("$context.answer.score");
            return Some((Some((jq, Span { from: bound.from, to: bound.to })), said));
        }
        if self.last.is_empty() || !matches!(clause.lead, Lead::If | Lead::When) || self.silence(span).is_some() {
            return None;
        }
        let said = self.parser.intent("answered", span.from, span.to)?;
        let condition = acts::values_of(self.parser, "intent", &[], span).map(|(value, at)| {
            let jq = super::trigger::equals("intent", &value).replace(".intent", "$context.answer.intent");
            (jq, at)
        });
        Some((condition, said))
    }

    pub(super) fn on_answer(&mut self, clause: Clause, condition: Option<(String, Span)>, said: Span) -> Vec<Step> {
        self.at += 1;
        let survey = condition.as_ref().is_some_and(|(jq, _)| jq.contains("score"));
        let event = if survey { "survey.completed" } else { "customer.message.received" };
        let tasks = self.verbs_in(clause.span).iter().any(|v| matches!(self.frame(*v), "task" | "call"));
        let mut timed = self.moments(clause.span, tasks);
        timed.retain(|t| t.used != Use::Due);
        let starts = self.event.is_some_and(|e| e.data.get("starts_at").is_some());
        let default = if survey {
            Moment::After(Length::days(7.0))
        } else if starts {
            Moment::Field { name: "starts_at".to_owned(), before: None, at: None }
        } else {
            Moment::After(Length::days(1.0))
        };
        let limit = timed.first().map_or(Limit { moment: default, said: None }, |t| t.limit.clone());
        let edge = condition.as_ref().map_or(said.to, |(_, s)| s.to).max(said.to);
        let acts = self.acts_in(Span { from: edge.min(clause.span.to), to: clause.span.to });
        let answered = self.way(clause, acts);
        let mut ways = Vec::new();
        let mut silent = Vec::new();
        while let Some(next) = self.clauses.get(self.at).copied() {
            if let Some((Some(other), said)) = self.answered(next)
                && condition.is_some()
                && self.silence(next.span).is_none()
            {
                self.at += 1;
                let edge = other.1.to.max(said.to).min(next.span.to);
                let acts = self.acts_in(Span { from: edge, to: next.span.to });
                let steps = self.way(next, acts);
                ways.push((Some(other), steps));
            } else if next.lead == Lead::Otherwise {
                self.at += 1;
                let acts = self.acts_in(next.span);
                let steps = self.way(next, acts);
                if ways.is_empty() {
                    silent = steps;
                } else {
                    ways.push((None, steps));
                }
                break;
            } else {
                break;
            }
        }
        vec![Step::Await(Box::new(Await {
            event: event.to_owned(),
            filter: None,
            limit,
            silent,
            answered,
            condition,
            ways,
            said,
        }))]
    }

    /// What is done on one kind of answer: the clause's acts and the rest of its sentence.
    fn way(&mut self, clause: Clause, acts: Vec<Step>) -> Vec<Step> {
        let mut out = Vec::new();
        self.settle(clause, acts, &mut out);
        out.extend(self.block(1, Some(clause.sentence)));
        out
    }

    /// "If one of them is late": waits for an overdue task of the record.
    pub(super) fn late(&mut self, clause: Clause) -> Option<Vec<Step>> {
        let span = clause.span;
        let said = self.parser.intent("task_late", span.from, span.to)?;
        if !self.last.iter().any(|a| a.action == "create_task") {
            return None;
        }
        self.at += 1;
        let limit = self.moments(span, false).into_iter().map(|t| t.limit).next();
        let limit = limit.unwrap_or(Limit { moment: Moment::After(Length::days(1.0)), said: None });
        let mut answered = self.acts_in(Span { from: said.to, to: span.to });
        answered.extend(self.block(1, Some(clause.sentence)));
        let Step::Await(mut wait) = self.await_step("task.overdue".to_owned(), limit, Vec::new(), said) else {
            return None;
        };
        wait.answered = answered;
        Some(vec![Step::Await(wait)])
    }

    /// "Text them, or e-mail when texting is not allowed".
    pub(super) fn reach(&mut self, clause: Clause, list: &mut Vec<Step>) -> Option<Vec<Step>> {
        let span = clause.span;
        let said = self.parser.intent("may_text", span.from, span.to)?;
        let start = self.at;
        let mut acts: Vec<Act> = Vec::new();
        let mut collect = |steps: Vec<Step>| {
            for step in steps {
                if let Step::Act(act) = step {
                    acts.push(act);
                }
            }
            let has = |name: &str| acts.iter().any(|a| a.action == name);
            has("send_sms") && has("send_email")
        };
        if matches!(list.last(), Some(Step::Act(act)) if act.action == "send_sms") {
            collect(list.last().cloned().into_iter().collect());
        }
        let before = self.acts_in(Span { from: span.from, to: said.from });
        let after = self.acts_in(Span { from: said.to, to: span.to });
        let mut done = collect(before) || collect(after);
        self.at += 1;
        while let Some(next) = self.clauses.get(self.at).copied().filter(|c| !done && c.sentence == clause.sentence) {
            let more = self.acts_in(next.span);
            if more.iter().any(|s| !matches!(s, Step::Act(a) if matches!(a.action.as_str(), "send_sms" | "send_email")))
            {
                break;
            }
            self.at += 1;
            done = collect(more);
        }
        let pick = |name: &str| acts.iter().find(|a| a.action == name).cloned();
        let (Some(text), Some(email)) = (pick("send_sms"), pick("send_email")) else {
            self.at = start;
            return None;
        };
        if matches!(list.last(), Some(Step::Act(act)) if act.verb == text.verb) {
            list.pop();
        }
        let mut out = vec![Step::Reach { text: text.clone(), email: email.clone(), said }];
        out.extend(acts.into_iter().filter(|a| a.verb != text.verb && a.verb != email.verb).map(Step::Act));
        Some(out)
    }

    /// "Stop as soon as they answer or buy, and tell the owner": ends what waits; the rest of the sentence is what is
    /// done then.
    pub(super) fn stopping(&mut self, clause: Clause) -> Option<Vec<Step>> {
        let said = self.parser.intent("stop_when", clause.span.from, clause.span.to)?;
        let mut then = Vec::new();
        let mut from = said.to;
        while let Some(next) = self.clauses.get(self.at).copied().filter(|c| c.sentence == clause.sentence) {
            self.at += 1;
            then.extend(self.acts_in(Span { from: from.max(next.span.from), to: next.span.to }));
            from = 0;
        }
        then.retain(
            |s| matches!(s, Step::Act(a) if a.action == "notify_user" || a.action == "create_task" && a.to.is_some()),
        );
        self.stop = Some(then);
        Some(Vec::new())
    }

    /// "More than 50 people": an approval only from there on.
    pub(super) fn above(&self, clause: Clause) -> Option<(u32, Span)> {
        let tokens = self.parser.tokens();
        if !(clause.span.from..clause.span.to).any(|i| tokens[i].is(&["if", "when", "only", "si", "cuando", "solo"])) {
            return None;
        }
        let found = compare::find(tokens, clause.span.from, clause.span.to, self.parser.lexicon)
            .into_iter()
            .find(|c| c.value.unit.is_none() && !c.value.money)?;
        let count = match found.value.bound {
            compare::Bound::Over(n) => n,
            compare::Bound::AtLeast(n) => n - 1.0,
            _ => return None,
        };
        Some((format!("{count:.0}").parse().ok()?, Span { from: found.from, to: found.to }))
    }
}

/// "If they approve", "once it is approved": a word of the outcome, not something to do.
pub(super) fn tells_outcome(parser: &Parser<'_>, verb: Verb) -> bool {
    let frame = parser.lexicon.actions[verb.frame].frame.as_str();
    let patterns = parser.lexicon.intents.get("approved").map_or(&[][..], Vec::as_slice);
    matches!(frame, "approve" | "cancel_appointment" | "confirm_appointment")
        && parser
            .lexicon
            .all(patterns, parser.tokens(), 0, parser.tokens().len())
            .iter()
            .any(|hit| Span { from: hit.from, to: hit.to }.overlaps(verb.span))
}
