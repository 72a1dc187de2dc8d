//! Clauses → steps: waits, answers, silence, checks, approvals and what is done, in the order in which they were said.

use super::acts::{self, Verb};
use super::clause::{Clause, Lead};
use super::moments::{self, Timed, Use};
use super::trigger::Started;
use super::{Act, Ask, Limit, Moment, Parser, Plan, Span, Step, Trigger};
use crate::planner::slots::duration::Length;
use crate::workflow::catalog::EventType;

pub struct Steps<'p, 'a> {
    pub(crate) parser: &'p Parser<'a>,
    pub(crate) clauses: &'p [Clause],
    pub(crate) verbs: Vec<Verb>,
    pub(crate) event: Option<&'a EventType>,
    pub(super) zone: Option<Span>,
    pub(super) at: usize,
    pub(super) elapsed: f64,
    pub(super) last: Vec<Act>,
    pub(super) unused: Vec<Span>,
    pub(super) asks: Vec<Ask>,
    pub(super) unchecked: Vec<Span>,
    pub(super) stop: Option<Vec<Step>>,
}

/// Builds the plan.
pub fn build(parser: &Parser<'_>, clauses: &[Clause], verbs: Vec<Verb>, started: Started) -> Plan {
    let Started { trigger, zone } = started;
    let (said, lasting, name) = match &trigger {
        Trigger::Event { said, lasting, name, .. } => (Some(*said), lasting.clone(), Some(name.clone())),
        Trigger::Time { said, .. } => (Some(*said), None, None),
        Trigger::Unknown => (None, None, None),
    };
    let verbs = verbs
        .into_iter()
        .map(|v| acts::about(parser, v, name.as_deref()))
        .filter(|v| {
            let special = !parser.lexicon.actions[v.frame].events.is_empty();
            special || said.is_none_or(|s| !s.overlaps(v.span) || s.to == 0)
        })
        .filter(|v| !super::answers::tells_outcome(parser, *v))
        .collect();
    let event = name.as_deref().and_then(|n| parser.catalog.event(n));
    let mut steps = Steps {
        parser,
        clauses,
        verbs,
        event,
        zone,
        at: 0,
        elapsed: 0.0,
        last: Vec::new(),
        unused: Vec::new(),
        asks: Vec::new(),
        unchecked: Vec::new(),
        stop: None,
    };
    let mut list = match lasting {
        Some(limit) => steps.lasting(limit),
        None => steps.block(0, None),
    };
    super::together::parallel(parser, &mut list);
    super::audience::place(parser, &trigger, &mut list, &mut steps.asks);
    super::together::brakes(parser, steps.event, &mut list, steps.stop.take());
    Plan { trigger, steps: list, asks: steps.asks, unused: steps.unused, unchecked: steps.unchecked }
}

impl Steps<'_, '_> {
    /// Steps up to the end of the message, or of a sentence (and what continues it with "then").
    pub(super) fn block(&mut self, depth: usize, sentence: Option<usize>) -> Vec<Step> {
        let mut list: Vec<Step> = Vec::new();
        while let Some(clause) = self.clauses.get(self.at).copied() {
            if sentence.is_some_and(|s| clause.sentence > s && clause.lead != Lead::Then) {
                break;
            }
            if depth > 0 && (clause.lead == Lead::Otherwise || self.answered(clause).is_some()) {
                break;
            }
            let before = self.at;
            if let Some(step) = self.waiting(clause, &mut list) {
                list.extend(step);
            } else {
                let steps = self.clause(list.len());
                self.settle(clause, steps, &mut list);
            }
            if self.at == before {
                self.at += 1;
            }
        }
        list
    }

    /// What a plain clause asks for; moves on.
    pub(super) fn clause(&mut self, placed: usize) -> Vec<Step> {
        let clause = self.clauses[self.at];
        self.at += 1;
        let covered = self.zone.is_some_and(|z| z.from <= clause.span.from && clause.span.to <= z.to);
        let idle = self.verbs_in(clause.span).is_empty();
        if covered && idle && self.moments(clause.span, false).is_empty() {
            return Vec::new();
        }
        let verbs = self.verbs_in(clause.span);
        let task = verbs.iter().any(|v| matches!(self.frame(*v), "task" | "call"));
        let timed = self.moments(clause.span, task || self.last.last().is_some_and(|a| a.action == "create_task"));
        let mut out = Vec::new();
        let within = |t: &&Timed| {
            let between =
                verbs.iter().any(|v| v.span.to <= t.span.from) && verbs.iter().any(|v| t.span.to <= v.span.from);
            between && t.used == Use::Wait && self.follows(t.span)
        };
        let between: Vec<Timed> = timed.iter().filter(within).cloned().collect();
        let waits: Vec<&Timed> = timed.iter().filter(|t| t.used == Use::Wait && !between.contains(t)).collect();
        let only_time = verbs.is_empty() && timed.len() == 1 && clause.span.to - clause.span.from <= 5;
        for wait in &waits {
            out.extend(self.wait(wait.limit.clone()));
        }
        if waits.is_empty() && only_time && timed[0].used == Use::Bare {
            out.extend(self.wait(timed[0].limit.clone()));
        }
        if verbs.is_empty() {
            if self.parser.intent("again", clause.span.from, clause.span.to).is_some() && !waits.is_empty() {
                out.extend(self.last.iter().cloned().map(Step::Act));
            } else if out.is_empty()
                && self.due_of(clause).is_none()
                && clause.span.to > clause.span.from + 1
                && self.parser.intent("approved", clause.span.from, clause.span.to).is_none()
                && self.parser.intent("parallel", clause.span.from, clause.span.to).is_none()
                && self.parser.intent("limit", clause.span.from, clause.span.to).is_none()
            {
                let zone = self.zone.is_some_and(|z| z.overlaps(clause.span));
                if clause.lead == Lead::If && (!zone || placed > 0) {
                    self.unchecked.push(clause.span);
                } else if !zone || placed > 0 {
                    self.unused.push(clause.span);
                }
            }
            return out;
        }
        if clause.lead == Lead::If
            && let Some(first) = verbs.first()
            && first.span.from > clause.span.from + 2
            && self.zone.is_none_or(|z| !z.overlaps(clause.span))
            && self.parser.intent("approved", clause.span.from, clause.span.to).is_none()
            && self.above(clause).is_none()
        {
            self.unchecked.push(Span { from: clause.span.from, to: first.span.from });
        }
        let mut acts = self.acts_in(clause.span);
        for act in &mut acts {
            if let Step::Act(act) = act
                && act.action == "create_task"
            {
                act.due =
                    timed.iter().find(|t| t.used == Use::Due && act.span.holds(t.span.from)).map(|t| t.limit.clone());
                if act.due.is_none() {
                    act.due = self.bare_minutes(act.span);
                }
            }
        }
        for act in acts {
            let last =
                out.iter().rev().find_map(|step| if let Step::Act(last) = step { Some(last.verb.to) } else { None });
            let here = |w: &&Timed| {
                last.is_some_and(|to| to <= w.span.from) && matches!(&act, Step::Act(a) if w.span.to <= a.verb.from)
            };
            if let Some(wait) = between.iter().find(here) {
                out.extend(self.wait(wait.limit.clone()));
            }
            out.push(act);
        }
        out
    }

    /// "… and three days later …": a wait between what was said before it and what comes.
    fn follows(&self, span: Span) -> bool {
        let tokens = self.parser.tokens();
        let joined = span.from > 0 && tokens[span.from - 1].is(&["and", "y", "then", "luego", "wait", "espera"]);
        joined && tokens.get(span.to).is_some_and(|t| t.is(&["later", "after", "afterwards", "despues", "and", "y"]))
    }

    /// "Call back within 10": minutes, when no unit is said.
    fn bare_minutes(&self, span: Span) -> Option<Limit> {
        let tokens = self.parser.tokens();
        let at = (span.from..span.to).find(|i| tokens[*i].is(&["within"]))? + 1;
        let count = tokens.get(at).filter(|_| at < span.to)?.number?;
        let length = Length { count, unit: crate::planner::slots::duration::Unit::Minute };
        let said = Some(Span { from: at, to: at + 1 });
        Some(Limit { moment: Moment::After(length), said })
    }

    /// Silence, answers, checks, loops: clauses that decide what follows.
    fn waiting(&mut self, clause: Clause, list: &mut Vec<Step>) -> Option<Vec<Step>> {
        let span = clause.span;
        if self.zone.is_some_and(|z| z.overlaps(span) && !self.beyond(z, span)) {
            return None;
        }
        if let Some((each, rest)) = super::audience::repeated(self, clause) {
            self.at += 1;
            let mut steps = each;
            steps.extend(rest);
            return Some(steps);
        }
        if let Some(steps) = self.stopping(clause).or_else(|| self.reach(clause, list)).or_else(|| self.late(clause)) {
            return Some(steps);
        }
        if let Some((event, said)) = self.silence(span) {
            return Some(self.silent(clause, event, said, list));
        }
        if let Some((condition, said)) = self.answered(clause) {
            return Some(self.on_answer(clause, condition, said));
        }
        if let Some((check, said)) = self.check(clause) {
            self.at += 1;
            let mut then = self.acts_in(Span { from: said.to, to: span.to });
            let before = self.acts_in(Span { from: span.from, to: said.from });
            let waits: Vec<Limit> =
                self.moments(span, false).into_iter().filter(|t| t.used == Use::Wait).map(|t| t.limit).collect();
            let mut out: Vec<Step> = waits.into_iter().flat_map(|w| self.wait(w)).collect();
            then.extend(before);
            if self.parser.intent("again", span.from, span.to).is_some() && then.is_empty() {
                then.extend(self.last.iter().cloned().map(Step::Act));
            }
            if clause.lead == Lead::If || then.is_empty() {
                then.extend(self.block(1, Some(clause.sentence)));
            }
            if then.is_empty()
                && let Some(Step::Act(_)) = list.last()
            {
                then.extend(list.pop());
            }
            out.push(Step::Check { check, then, said });
            return Some(out);
        }
        None
    }

    fn beyond(&self, zone: Span, span: Span) -> bool {
        self.verbs_in(span).iter().any(|v| v.span.from >= zone.to)
    }

    pub(crate) fn check(&self, clause: Clause) -> Option<(usize, Span)> {
        let span = clause.span;
        self.parser
            .lexicon
            .checks
            .iter()
            .enumerate()
            .filter(|(_, check)| self.can_check(&check.filter))
            .filter_map(|(at, check)| {
                let hit = self.parser.lexicon.best(&check.compiled, self.parser.tokens(), span.from, span.to)?;
                Some((hit.weight, at, Span { from: hit.from, to: hit.to }))
            })
            .max_by_key(|(weight, at, _)| (*weight, std::cmp::Reverse(*at)))
            .map(|(_, at, said)| (at, said))
    }

    /// Whether the trigger has every value the filter takes from it.
    fn can_check(&self, filter: &serde_json::Map<String, serde_json::Value>) -> bool {
        let Some(event) = self.event else { return false };
        filter
            .values()
            .filter_map(|v| v.as_str())
            .filter_map(|v| v.strip_prefix('{')?.strip_suffix('}'))
            .all(|name| name == "id" || event.data.get(name).is_some())
    }

    pub(crate) fn wait(&mut self, limit: Limit) -> Vec<Step> {
        let said = limit.said;
        let moment = match limit.moment {
            Moment::Since(length) => {
                let rest = length.minutes() - self.elapsed;
                self.elapsed = self.elapsed.max(length.minutes());
                if rest < 1.0 {
                    return Vec::new();
                }
                Moment::After(Length { count: rest / (length.minutes() / length.count), unit: length.unit })
            }
            Moment::After(length) => {
                self.elapsed += length.minutes();
                Moment::After(length)
            }
            other => other,
        };
        vec![Step::Wait(Limit { moment, said })]
    }

    pub(crate) fn moments(&self, span: Span, task: bool) -> Vec<Timed> {
        // "the day before their appointment" names the trigger and the moment at once
        let before = |t: &Timed| matches!(t.limit.moment, Moment::Field { before: Some(_), .. });
        moments::find(self.parser, span, self.event, task)
            .into_iter()
            .filter(|t| {
                before(t) || self.zone.is_none_or(|z| !z.overlaps(t.span)) || self.first_wait(t) || self.follows(t.span)
            })
            .collect()
    }

    /// "Three days after delivery", "after the RO closes wait a day": a wait that stands among the trigger's words.
    fn first_wait(&self, timed: &Timed) -> bool {
        let tokens = self.parser.tokens();
        let Timed { limit, used, span } = timed;
        let follows = tokens.get(span.to).is_some_and(|t| t.is(&["after", "following", "despues"]));
        let told = moments::told_to_wait(self.parser, Span { from: span.from.saturating_sub(3), to: span.from });
        *used == Use::Wait && matches!(limit.moment, Moment::After(_)) && (follows || told)
    }

    pub(crate) fn verbs_in(&self, span: Span) -> Vec<Verb> {
        self.verbs.iter().copied().filter(|v| span.holds(v.span.from)).collect()
    }

    pub(crate) fn frame(&self, verb: Verb) -> &str {
        &self.parser.lexicon.actions[verb.frame].frame
    }

    /// What the verbs of a span ask for.
    pub(crate) fn acts_in(&mut self, span: Span) -> Vec<Step> {
        let verbs = self.verbs_in(span);
        let mut out = Vec::new();
        let mut from = span.from;
        if let Some(zone) = self.zone.filter(|z| z.holds(from)) {
            from = zone.to;
        }
        for (i, verb) in verbs.iter().enumerate() {
            let to = verbs.get(i + 1).map_or(span.to, |next| next.span.from);
            let own = Span { from: from.min(verb.span.from), to };
            let mut acts = acts::resolve(self.parser, *verb, own);
            if acts.iter().any(|a| a.action == "create_task") {
                let due = self.moments(own, true).into_iter().find(|t| t.used == Use::Due).map(|t| t.limit);
                acts.iter_mut().filter(|a| a.action == "create_task").for_each(|a| a.due.clone_from(&due));
            }
            self.last.clone_from(&acts);
            out.extend(acts.into_iter().map(Step::Act));
            from = verb.span.to;
        }
        out
    }

    pub(crate) fn limit_count(&self) -> Option<(u32, Span)> {
        let tokens = self.parser.tokens();
        let said = self.parser.intent("limit", 0, tokens.len())?;
        let count = (said.from..said.to).find_map(|i| tokens[i].number)?;
        Some((format!("{count:.0}").parse().ok()?, said))
    }
}
