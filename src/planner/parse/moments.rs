//! What a length or time of day in a clause is for: a wait, a due date, a limit.

use super::{Limit, Moment, Parser, Span};
use crate::planner::slots::clock::{self, Clock};
use crate::planner::slots::duration::{self, Length};
use crate::workflow::catalog::EventType;
use crate::workflow::fields::FieldType;

/// What a moment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The step waits.
    Wait,
    /// The task is due.
    Due,
    /// Only a length; whoever needs one takes it.
    Bare,
}

/// A moment of a clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// When.
    pub limit: Limit,
    /// For what.
    pub used: Use,
    /// Its words.
    pub span: Span,
}

/// Moments said in a clause. `task`: something with a due date is asked for in it.
pub fn find(parser: &Parser<'_>, span: Span, event: Option<&EventType>, task: bool) -> Vec<Timed> {
    let tokens = parser.tokens();
    let waits = told_to_wait(parser, span);
    let mut out = Vec::new();
    for found in duration::find(tokens, span.from, span.to, parser.lexicon) {
        let (from, to) = (found.from, found.to);
        let back = |n: usize| from.checked_sub(n).filter(|i| *i >= span.from).map_or("", |i| tokens[i].text.as_str());
        let next = |n: usize| tokens.get(to + n).filter(|_| to + n < span.to).map_or("", |t| t.text.as_str());
        if matches!(back(1), "every" | "each" | "cada") || matches!(next(0), "old" | "old-") {
            continue;
        }
        let due =
            (1..=3).any(|n| matches!(back(n), "due" | "deadline")) || back(1) == "within" || (back(1) == "by" && task);
        let day_words = tokens[from].is(&["next", "following", "tomorrow", "manana", "day", "siguiente"]);
        let before = matches!(next(0), "before" | "antes" | "prior");
        let said = Some(Span { from, to });
        let opening = matches!(next(0), "after" | "despues") && parser.intent("opening", to, span.to).is_some();
        let (moment, used) = if opening {
            (Moment::NextOpen(Some(found.value)), Use::Wait)
        } else if before {
            let name = date_field(parser, event, span);
            match name {
                Some(name) => (Moment::Field { name, before: Some(found.value), at: None }, Use::Wait),
                None => (Moment::After(found.value), Use::Bare),
            }
        } else if due && task {
            (Moment::After(found.value), Use::Due)
        } else if day_words && task && matches!(back(1), "for" | "para" | "by") {
            (due_tomorrow(parser, found.value, span), Use::Due)
        } else if next(0) == "out" || back(1) == "at" || back(1) == "day" {
            (Moment::Since(found.value), Use::Wait)
        } else if waits
            || day_words
            || matches!(next(0), "later" | "after" | "afterwards" | "despues" | "from" | "mas")
            || matches!(
                back(1),
                "after" | "in" | "en" | "wait" | "another" | "again" | "a" | "despues" | "dentro" | "de"
            )
        {
            (Moment::After(found.value), Use::Wait)
        } else {
            (Moment::After(found.value), Use::Bare)
        };
        out.push(Timed { limit: Limit { moment, said }, used, span: Span { from, to } });
    }
    if out.iter().all(|t| t.used == Use::Bare) {
        out.extend(clocked(parser, span, event, waits));
    }
    out
}

/// Whether to wait is asked for: "wait", not "waiting for approval".
pub fn told_to_wait(parser: &Parser<'_>, span: Span) -> bool {
    let said = parser.intent("wait", span.from, span.to);
    said.is_some_and(|said| !parser.tokens()[said.from].text.ends_with("ing"))
}

fn due_tomorrow(parser: &Parser<'_>, length: Length, span: Span) -> Moment {
    let morning = (span.from..span.to).any(|i| parser.tokens()[i].is(&["morning", "manana"]));
    if morning { Moment::NextTime(Clock { hour: 9, minute: 0 }) } else { Moment::After(length) }
}

/// Times of day and opening.
fn clocked(parser: &Parser<'_>, span: Span, event: Option<&EventType>, waits: bool) -> Option<Timed> {
    let tokens = parser.tokens();
    let clocks = clock::find(tokens, span.from, span.to, parser.lexicon);
    let named = named_field(parser, event, span);
    let end_of = (span.from..span.to).any(|i| tokens[i].is(&["end", "close", "closing"]));
    if let Some((name, said)) = named
        && (waits || end_of || !clocks.is_empty())
    {
        let at = clocks.first().map_or(Clock { hour: 17, minute: 0 }, |c| c.value);
        let said = Span { from: said.from.min(clocks.first().map_or(said.from, |c| c.from)), to: said.to };
        let limit = Limit { moment: Moment::Field { name, before: None, at: Some(at) }, said: Some(said) };
        return Some(Timed { limit, used: Use::Wait, span: said });
    }
    if let Some(found) = clocks.first() {
        let said = Span { from: found.from, to: found.to };
        let limit = Limit { moment: Moment::NextTime(found.value), said: Some(said) };
        return Some(Timed { limit, used: Use::Wait, span: said });
    }
    let opening = parser.intent("opening", span.from, span.to)?;
    let shift = duration::find(tokens, span.from, opening.from, parser.lexicon).into_iter().next().map(|d| d.value);
    let limit = Limit { moment: Moment::NextOpen(shift), said: Some(opening) };
    Some(Timed { limit, used: Use::Wait, span: opening })
}

/// A date of the payload by its own words: `last day`, `valid until`.
fn named_field(parser: &Parser<'_>, event: Option<&EventType>, span: Span) -> Option<(String, Span)> {
    let tokens = parser.tokens();
    for (name, field) in event?.data.iter() {
        if !matches!(field.ty, FieldType::Date | FieldType::DateTime) {
            continue;
        }
        let words: Vec<&str> = name.split('_').collect();
        for from in span.from..span.to {
            let here = words.iter().enumerate().all(|(n, word)| tokens.get(from + n).is_some_and(|t| t.text == *word));
            if here {
                return Some((name.to_owned(), Span { from, to: from + words.len() }));
            }
        }
    }
    None
}

/// The date "before" is counted from.
pub fn date_field(parser: &Parser<'_>, event: Option<&EventType>, span: Span) -> Option<String> {
    if let Some((name, _)) = named_field(parser, event, span) {
        return Some(name);
    }
    let event = event?;
    let usable = |(name, field): &(&str, &crate::workflow::fields::Field)| {
        matches!(field.ty, FieldType::Date | FieldType::DateTime) && !field.nullable && *name != "occurred_at"
    };
    let preferred = ["starts_at", "valid_until", "expires_on", "maturity_date", "last_day", "due_on"];
    preferred
        .iter()
        .find(|name| event.data.get(name).is_some_and(|f| usable(&(**name, f))))
        .map(|name| (*name).to_owned())
        .or_else(|| event.data.iter().find(usable).map(|(name, _)| name.to_owned()))
}
