//! What is known at one point of the flow: the event that started it, what was kept, the variables of loops. Conditions
//! narrow it, and where two ways meet only what both know is left.

use super::kept::Kept;
use super::known::{Found, Known, Miss};
use crate::workflow::document::Definition;
use crate::workflow::expression::{Expression, Read, Source, Step};
use crate::workflow::fields::{Field, FieldType};

static ID: Field = Field::plain(FieldType::Id);
static TEXT: Field = Field::plain(FieldType::String);
static MOMENT: Field = Field::plain(FieldType::DateTime);
/// The index of a loop.
pub(super) static NUMBER: Field = Field::plain(FieldType::Int);

#[derive(Clone, Debug)]
pub(super) struct State<'a> {
    /// The payload of the event that started it; `None` when no event did.
    pub(super) event: Option<Known<'a>>,
    /// `$workflow.input` when no event did.
    given: Known<'a>,
    /// Results kept with `export`, by name; null on the ways that did not keep them.
    kept: Kept<'a>,
    /// The context was replaced by something unknown.
    open: bool,
    pub(super) locals: Vec<(String, Known<'a>)>,
}

impl<'a> State<'a> {
    pub(super) fn new(event: Option<Known<'a>>, given: Known<'a>) -> Self {
        Self { event, given, kept: Kept::default(), open: false, locals: Vec::new() }
    }

    /// What a schedule gives.
    pub(super) fn given_by_schedule() -> Known<'a> {
        let entry = |name: &str, field| (name.to_owned(), Known::Field(field));
        Known::object(vec![entry("scheduled_for", &MOMENT), entry("store_id", &ID), entry("missed", &NUMBER)])
    }

    /// What a person gives, by the form of the input schema.
    pub(super) fn given_by_hand(definition: &Definition) -> Known<'a> {
        let fields = definition.input_schema().and_then(|schema| schema.get("properties")?.as_object());
        let known = |name: &String| (name.clone(), Known::Any);
        fields.map_or(Known::Any, |fields| Known::object(fields.keys().map(known).collect()))
    }

    pub(super) fn keep(&mut self, name: &str, known: Known<'a>) {
        self.kept.insert(name, known);
    }

    /// The context is replaced by something unknown.
    pub(super) const fn forget(&mut self) {
        self.open = true;
    }

    /// `$context`.
    fn exported(&self) -> Known<'a> {
        let entries = self.kept.iter().map(|(name, known)| (name.to_string(), known.clone())).collect();
        Known::Object(std::rc::Rc::new(entries), self.open)
    }

    /// Whether an expression may use a variable here.
    pub(super) fn knows(&self, name: &str) -> bool {
        let is_local = || self.locals.iter().any(|(local, _)| local == name);
        matches!(name, "context" | "workflow" | "task" | "runtime" | "input" | "output") || is_local()
    }

    /// Where steps from a variable of an expression lead; `None` when there is no such variable.
    pub(super) fn follow(&self, name: &str, steps: &[Step]) -> Option<Result<Found<'a>, Miss>> {
        if let Some((known, rest)) = self.kept_at(name, steps) {
            return Some(known.follow(rest));
        }
        Some(self.variable(name)?.follow(steps))
    }

    /// The same from a root of merge fields.
    pub(super) fn follow_merge(&self, name: &str, steps: &[Step]) -> Option<Result<Found<'a>, Miss>> {
        if let Some((known, rest)) = self.kept_at(name, steps) {
            return Some(known.follow(rest));
        }
        Some(self.merge_root(name)?.follow(steps))
    }

    /// The short way to a result: the whole context is not put together for one name of it.
    fn kept_at<'s>(&self, name: &str, steps: &'s [Step]) -> Option<(&Known<'a>, &'s [Step])> {
        let [Step::Key(key), rest @ ..] = steps else { return None };
        let is_context = name == "context" && !self.locals.iter().any(|(local, _)| local == name);
        is_context.then(|| self.kept.get(key)).flatten().map(|known| (known, rest))
    }

    /// What a variable of an expression holds.
    pub(super) fn variable(&self, name: &str) -> Option<Known<'a>> {
        if let Some((_, known)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Some(known.clone());
        }
        match name {
            "context" => Some(self.exported()),
            "workflow" => {
                let input = match &self.event {
                    Some(data) => Known::list(envelope(data.clone())),
                    None => self.given.clone(),
                };
                Some(Known::Object(vec![("input".to_owned(), input)].into(), true))
            }
            "task" | "runtime" | "input" | "output" => Some(Known::Any),
            _ => None,
        }
    }

    /// What a root of merge fields holds, when the flow sets it.
    fn merge_root(&self, name: &str) -> Option<Known<'a>> {
        let local = self.locals.iter().rev().find(|(local, _)| local == name).map(|(_, known)| known.clone());
        local.or_else(|| match name {
            "event" => self.event.clone(),
            "context" => Some(self.exported()),
            _ => None,
        })
    }

    /// From here on the condition is true, or false.
    pub(super) fn assume(&mut self, condition: &str, truth: bool) {
        let Ok(compiled) = Expression::compile(condition) else { return };
        compiled.present_when(truth).iter().for_each(|read| self.narrow(read));
    }

    fn narrow(&mut self, read: &Read) {
        let Source::Variable(name) = &read.source else { return };
        if let Some((_, known)) = self.locals.iter_mut().rev().find(|(local, _)| local == name) {
            *known = known.narrowed(&read.steps);
            return;
        }
        match (name.as_str(), read.steps.as_slice()) {
            ("context", [Step::Key(kept), rest @ ..]) => self.kept.change(kept, |known| known.narrowed(rest)),
            ("workflow", [Step::Key(input), Step::Index(_), Step::Key(data), rest @ ..])
                if input == "input" && data == "data" =>
            {
                self.event = self.event.take().map(|event| event.narrowed(rest));
            }
            _ => {}
        }
    }

    /// Where two ways meet.
    #[must_use]
    pub(super) fn joined(mut self, other: Self) -> Self {
        self.kept = self.kept.joined(&other.kept);
        self.open |= other.open;
        self.event = match (self.event, other.event) {
            (Some(ours), Some(theirs)) => Some(ours.joined(&theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        for ((_, ours), (_, theirs)) in self.locals.iter_mut().zip(&other.locals) {
            *ours = ours.joined(theirs);
        }
        self
    }

    /// Side by side: what each branch kept.
    #[must_use]
    pub(super) fn merged(mut self, other: &Self) -> Self {
        self.kept.extend(&other.kept);
        self.open |= other.open;
        self
    }
}

/// Where ways meet; no way, no state.
pub(super) fn join<'a>(one: Option<State<'a>>, other: Option<State<'a>>) -> Option<State<'a>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.joined(other)),
        (one, other) => one.or(other),
    }
}

/// The CloudEvent around a payload.
pub(super) fn envelope(data: Known<'_>) -> Known<'_> {
    let entry = |name: &str, known| (name.to_owned(), known);
    Known::object(vec![
        entry("id", Known::Field(&ID)),
        entry("source", Known::Field(&TEXT)),
        entry("specversion", Known::Field(&TEXT)),
        entry("type", Known::Field(&TEXT)),
        entry("subject", Known::Field(&TEXT)),
        entry("time", Known::Field(&MOMENT)),
        entry("datacontenttype", Known::Field(&TEXT)),
        entry("data", data),
    ])
}
