//! What was understood of a request.

use serde_json::{Map, Value};

use crate::planner::slots::cadence::Cadence;
use crate::planner::slots::clock::Clock;
use crate::planner::slots::duration::Length;

/// Tokens `from..to` of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First token.
    pub from: usize,
    /// After the last token.
    pub to: usize,
}

impl Span {
    /// Whether both share a token.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether it holds this token.
    #[must_use]
    pub const fn holds(self, at: usize) -> bool {
        self.from <= at && at < self.to
    }
}

/// A condition on the trigger's payload.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The field it is about.
    pub field: String,
    /// jq over `.`.
    pub jq: String,
    /// Said where; `None`: inferred from the kind of event.
    pub said: Option<Span>,
}

/// What starts the workflow.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// An event.
    Event {
        /// Its name.
        name: String,
        /// Other events of its family that start it as well.
        also: Vec<String>,
        /// On these conditions, all of them.
        conditions: Vec<Condition>,
        /// Said where.
        said: Span,
        /// Purpose of messages about it.
        purpose: Option<String>,
        /// Channel of messages when none is named.
        channel: Option<String>,
        /// The state must have lasted so long.
        lasting: Option<Limit>,
    },
    /// A calendar.
    Time {
        /// The calendar.
        cadence: Cadence,
        /// Said where.
        said: Span,
    },
    /// Not found.
    Unknown,
}

/// A point in time a step waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// So long from now.
    After(Length),
    /// So long from the trigger.
    Since(Length),
    /// A date of the payload, moved by a length (negative: before).
    Field { name: String, before: Option<Length>, at: Option<Clock> },
    /// The next such time of day.
    NextTime(Clock),
    /// When the store opens, moved by a length.
    NextOpen(Option<Length>),
}

/// A point in time and where it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// When.
    pub moment: Moment,
    /// Said where; `None`: a default.
    pub said: Option<Span>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Index of its frame in the lexicon.
    pub frame: usize,
    /// The frame's name.
    pub name: String,
    /// The action of the catalog.
    pub action: String,
    /// Staff it is for, with where that was said.
    pub to: Option<(String, Option<Span>)>,
    /// Inputs read from the words, with where.
    pub with: Map<String, Value>,
    /// Where inputs were said.
    pub said: Vec<(String, Span)>,
    /// Due when.
    pub due: Option<Limit>,
    /// At once, loudly.
    pub urgent: bool,
    /// The verb's tokens.
    pub verb: Span,
    /// The words that belong to it.
    pub span: Span,
    /// Written in Spanish by wish.
    pub spanish: bool,
}

impl Act {
    /// An act with nothing said about it.
    #[must_use]
    pub fn plain(action: &str) -> Self {
        Self {
            frame: 0,
            name: action.to_owned(),
            action: action.to_owned(),
            to: None,
            with: Map::new(),
            said: Vec::new(),
            due: None,
            urgent: false,
            verb: Span::default(),
            span: Span::default(),
            spanish: false,
        }
    }
}

/// Waiting for a sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Await {
    /// The event.
    pub event: String,
    /// Condition on its payload.
    pub filter: Option<String>,
    /// How long.
    pub limit: Limit,
    /// What is done when it does not come.
    pub silent: Vec<Step>,
    /// What is done when it comes.
    pub answered: Vec<Step>,
    /// Condition on the answer for `answered` (jq over the answer).
    pub condition: Option<(String, Span)>,
    /// Further kinds of answers and what is done on each; without a condition: on any other answer.
    pub ways: Vec<Way>,
    /// Said where.
    pub said: Span,
}

/// A kind of answer (jq over the answer, and where it was said) and what is done on it.
pub type Way = (Option<(String, Span)>, Vec<Step>);

/// Where the items of a loop come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A search.
    Find { entity: String, filter: Map<String, Value>, name: String, exclude_opted_out: bool, said: Span },
    /// A list in the payload.
    List { field: String, each: String },
    /// So many times.
    Times { count: u32, said: Span },
}

/// A group of records and what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Index of the entry in the lexicon.
    pub audience: usize,
    /// The entity searched.
    pub entity: String,
    /// The filter.
    pub filter: Map<String, Value>,
    /// Said where.
    pub said: Span,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Does something.
    Act(Act),
    /// Waits.
    Wait(Limit),
    /// Waits for a sign.
    Await(Box<Await>),
    /// Asks a person first.
    Approve {
        /// The question.
        act: Act,
        /// When it is approved.
        then: Vec<Step>,
        /// When it is not, or nobody answers.
        otherwise: Vec<Step>,
        /// How long the answer may take.
        limit: Option<Limit>,
        /// Only for more people than this.
        above: Option<(u32, Span)>,
    },
    /// A text where texting is allowed, else an e-mail.
    Reach { text: Act, email: Act, said: Span },
    /// All at once.
    Parallel { steps: Vec<Step>, said: Span },
    /// Done up to a moment; skipped when it is past.
    Timely { limit: Limit, steps: Vec<Step> },
    /// Given up as soon as a sign makes it pointless.
    Race { steps: Vec<Step>, signs: Vec<&'static str>, then: Vec<Step> },
    /// Looks something up first.
    Check { check: usize, then: Vec<Step>, said: Span },
    /// Looks records up without doing something for each.
    Find(Source),
    /// Does it for each.
    Each { source: Source, steps: Vec<Step> },
}

/// Something that must be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// A code of the domain paper.
    pub code: &'static str,
}

/// A request, understood as far as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What starts it.
    pub trigger: Trigger,
    /// What is done.
    pub steps: Vec<Step>,
    /// What must be asked.
    pub asks: Vec<Ask>,
    /// Words nothing was made of.
    pub unused: Vec<Span>,
    /// Conditions that cannot be checked.
    pub unchecked: Vec<Span>,
}

impl Plan {
    /// The name of the trigger event.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        match &self.trigger {
            Trigger::Event { name, .. } => Some(name),
            Trigger::Time { .. } | Trigger::Unknown => None,
        }
    }
}
