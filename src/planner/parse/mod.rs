//! A message → a [`Plan`]: what starts it and what is then done, each with the words it was read from.

pub mod acts;
mod answers;
mod audience;
mod clause;
mod lasting;
mod moments;
mod plan;
mod settle;
mod steps;
mod together;
mod trigger;

pub use clause::Clause;
pub use plan::{Act, Ask, Await, Condition, Group, Limit, Moment, Plan, Source, Span, Step, Trigger};

use crate::planner::language::{Lexicon, Text};
use crate::workflow::Catalog;

/// What a parser works with.
#[derive(Clone, Copy)]
pub struct Parser<'a> {
    /// The message.
    pub text: &'a Text,
    /// The trade's words.
    pub lexicon: &'a Lexicon,
    /// What a workflow can be made of.
    pub catalog: &'a Catalog,
}

impl<'a> Parser<'a> {
    /// Reads a whole request.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let clauses = clause::split(self);
        let acts = acts::find(self);
        let trigger = trigger::find(self, &clauses, &acts);
        steps::build(self, &clauses, acts, trigger)
    }

    /// Reads a request that adds to a draft started by `event`.
    #[must_use]
    pub fn addition(&self, event: Option<&str>) -> Plan {
        let clauses = clause::split(self);
        let acts = acts::find(self);
        steps::build(self, &clauses, acts, trigger::given(event))
    }

    pub(crate) fn intent(&self, name: &str, from: usize, to: usize) -> Option<Span> {
        self.lexicon.intent(name, &self.text.tokens, from, to).map(|found| Span { from: found.from, to: found.to })
    }

    /// Whether a day of the week or a time of day is named from this word on.
    pub(crate) fn names_times(&self, from: usize) -> bool {
        let tokens = self.tokens();
        let day = |t: &crate::planner::language::Token| {
            self.lexicon.speech.weekdays.contains_key(&t.text) || t.is(&["weekend", "weekends"])
        };
        tokens[from..].iter().any(day)
            || !crate::planner::slots::clock::find(tokens, from, tokens.len(), self.lexicon).is_empty()
    }

    /// The clauses of the message.
    #[must_use]
    pub fn clauses(&self) -> Vec<Clause> {
        clause::split(self)
    }

    /// The verbs of the message.
    #[must_use]
    pub fn verbs(&self) -> Vec<acts::Verb> {
        acts::find(self)
    }

    pub(crate) fn tokens(&self) -> &'a [crate::planner::language::Token] {
        &self.text.tokens
    }
}

/// The trigger of a draft that is there already.
#[must_use]
pub fn given(event: Option<&str>) -> Trigger {
    trigger::given(event).trigger
}
