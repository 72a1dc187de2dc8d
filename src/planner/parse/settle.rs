//! Where the steps of a clause go: approvals around what they guard, times to what they delay.

use super::clause::{Clause, Lead};
use super::moments::Use;
use super::steps::Steps;
use super::{Limit, Step};
use crate::workflow::RiskClass;

impl Steps<'_, '_> {
    /// Puts a clause's steps into the list: approvals around what they guard, times that follow what they delay.
    pub(super) fn settle(&mut self, clause: Clause, mut steps: Vec<Step>, list: &mut Vec<Step>) {
        let ends = self.clauses.get(self.at).is_none_or(|next| next.sentence != clause.sentence);
        let only_wait = matches!(steps.as_slice(), [Step::Wait(_)]);
        let opens =
            self.at == 1 || self.clauses.get(self.at.wrapping_sub(2)).is_some_and(|c| c.sentence != clause.sentence);
        let waiting = self.parser.intent("wait", clause.span.from, clause.span.to).is_some();
        if only_wait && ends && !opens && !waiting && matches!(list.last(), Some(Step::Act(_))) {
            let act = list.pop();
            list.append(&mut steps);
            list.extend(act);
            return;
        }
        if steps.is_empty()
            && let Some(due) = self.due_of(clause)
        {
            let all = (clause.span.from..clause.span.to)
                .any(|i| self.parser.tokens()[i].is(&["each", "all", "both", "every", "todas", "todos", "cada"]));
            for step in list.iter_mut().rev().take(if all { usize::MAX } else { 1 }) {
                match step {
                    Step::Act(act) if act.action == "create_task" => act.due = Some(due.clone()),
                    _ => break,
                }
            }
            return;
        }
        if let Some(at) = steps.iter().position(|s| matches!(s, Step::Act(a) if a.name == "approve")) {
            let Step::Act(act) = steps.remove(at) else { return };
            let mut then = steps;
            if then.iter().all(|s| !matches!(s, Step::Act(_))) {
                let risky = list.iter().rposition(|s| self.risky(s));
                match risky {
                    Some(from) => then = list.split_off(from),
                    None => {
                        then.extend(self.block(1, None));
                    }
                }
            }
            let mut otherwise = Vec::new();
            if let Some(next) = self.clauses.get(self.at).copied()
                && next.lead == Lead::Otherwise
            {
                otherwise = self.clause(1);
                otherwise.extend(self.block(1, Some(next.sentence)));
            }
            let tokens = self.parser.tokens();
            let timed = self.moments(clause.span, false).into_iter();
            let limit = timed
                .filter(|t| {
                    t.span.from > 0 && tokens[t.span.from - 1].is(&["within", "in", "en", "has", "gets", "tiene"])
                })
                .map(|t| t.limit)
                .next();
            let above = self.above(clause);
            list.push(Step::Approve { act, then, otherwise, limit, above });
            return;
        }
        list.append(&mut steps);
    }

    pub(super) fn due_of(&self, clause: Clause) -> Option<Limit> {
        self.moments(clause.span, true).into_iter().find(|t| t.used == Use::Due).map(|t| t.limit)
    }

    fn risky(&self, step: &Step) -> bool {
        match step {
            Step::Act(act) => self.parser.catalog.action(&act.action).is_some_and(|a| {
                a.risk >= RiskClass::CustomerFacing || matches!(a.name.as_str(), "update_user_access" | "update_deal")
            }),
            Step::Each { .. } => true,
            Step::Reach { .. } => true,
            Step::Wait(_)
            | Step::Await(_)
            | Step::Approve { .. }
            | Step::Check { .. }
            | Step::Find(_)
            | Step::Parallel { .. }
            | Step::Timely { .. }
            | Step::Race { .. } => false,
        }
    }
}
