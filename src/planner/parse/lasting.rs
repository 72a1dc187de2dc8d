//! States that must last: "over two hours … over four hours".

use super::steps::Steps;
use super::{Await, Limit, Moment, Step};
use crate::planner::slots::duration::Length;

impl Steps<'_, '_> {
    /// "Over two hours … over four hours": each waits for the state to change, the next inside the one before.
    pub(super) fn lasting(&mut self, limit: Limit) -> Vec<Step> {
        let mut silent = Vec::new();
        let mut length = if let Moment::After(length) = limit.moment { length.minutes() } else { 0.0 };
        while self.at < self.clauses.len() {
            let clause = self.clauses[self.at];
            let later = self.moments(clause.span, false).into_iter().find_map(|t| match t.limit.moment {
                Moment::After(l) if l.minutes() > length && self.zone.is_none_or(|z| !z.overlaps(t.span)) => {
                    Some((l, t.span))
                }
                _ => None,
            });
            if let Some((longer, said)) = later
                && !silent.is_empty()
            {
                let rest = Length {
                    count: (longer.minutes() - length) / (longer.minutes() / longer.count),
                    unit: longer.unit,
                };
                length = longer.minutes();
                let inner = self.lasting_rest(Limit { moment: Moment::After(rest), said: Some(said) });
                silent.extend(inner);
                continue;
            }
            let before = self.at;
            silent.extend(self.clause(0));
            if self.at == before {
                self.at += 1;
            }
        }
        self.state_await(limit, silent)
    }

    fn lasting_rest(&mut self, limit: Limit) -> Vec<Step> {
        let clause = self.clauses[self.at];
        let mut silent = self.acts_in(clause.span);
        self.at += 1;
        silent.extend(self.block(1, Some(clause.sentence)));
        self.state_await(limit, silent)
    }

    fn state_await(&self, limit: Limit, silent: Vec<Step>) -> Vec<Step> {
        let event = self.event.map(|e| e.name.clone()).unwrap_or_default();
        let said = limit.said.unwrap_or_default();
        vec![Step::Await(Box::new(Await {
            event,
            filter: None,
            limit,
            silent,
            answered: Vec::new(),
            condition: None,
            ways: Vec::new(),
            said,
        }))]
    }
}
