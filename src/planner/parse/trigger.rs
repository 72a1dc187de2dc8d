//! What starts the workflow: a calendar, or the event whose words are found, with its conditions.

use serde_json::Value;

use super::acts::{self, Verb};
use super::clause::{Clause, Lead};
use super::{Condition, Limit, Moment, Parser, Span, Trigger};
use crate::planner::language::EventWords;
use crate::planner::slots::compare::{self, Bound, Comparison};
use crate::planner::slots::duration::{self, Unit};
use crate::planner::slots::{Spanned, cadence};
use crate::workflow::catalog::EventType;
use crate::workflow::fields::FieldType;

/// The trigger and the words that were used up by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The trigger.
    pub trigger: Trigger,
    /// Its words.
    pub zone: Option<Span>,
}

/// The trigger of a draft that is there already.
pub fn given(event: Option<&str>) -> Started {
    let trigger = event.map_or(Trigger::Unknown, |name| {
        let words =
            crate::planner::language::Lexicon::embedded().events.iter().find(|(n, _)| n == name).map(|(_, w)| w);
        Trigger::Event {
            name: name.to_owned(),
            also: Vec::new(),
            conditions: Vec::new(),
            said: Span::default(),
            purpose: words.and_then(|w| w.purpose.clone()),
            channel: words.and_then(|w| w.channel.clone()),
            lasting: None,
        }
    });
    Started { trigger, zone: None }
}

/// Finds the trigger.
pub fn find(parser: &Parser<'_>, clauses: &[Clause], verbs: &[Verb]) -> Started {
    let event = best_event(parser, clauses, verbs);
    let calendar = calendar(parser, clauses);
    let bounded = parser.intent("limit", 0, parser.tokens().len()).is_some();
    if let Some(time) = calendar {
        let strong = event.as_ref().is_some_and(|e| e.led || bounded);
        if !strong {
            let said = Span { from: time.from, to: time.to };
            return Started { trigger: Trigger::Time { cadence: time.value, said }, zone: Some(said) };
        }
    }
    let Some(found) = event else { return Started { trigger: Trigger::Unknown, zone: None } };
    let Some(event) = parser.catalog.event(found.name) else {
        return Started { trigger: Trigger::Unknown, zone: None };
    };
    let zone = zone(clauses, verbs, found.span);
    let conditions = conditions(parser, event, found.words, zone);
    let also = siblings(parser, &found, zone);
    let lasting = lasting(parser, event, zone);
    let trigger = Trigger::Event {
        name: event.name.clone(),
        also,
        conditions,
        said: found.span,
        purpose: found.words.purpose.clone(),
        channel: found.words.channel.clone(),
        lasting,
    };
    Started { trigger, zone: Some(zone) }
}

fn calendar(parser: &Parser<'_>, clauses: &[Clause]) -> Option<Spanned<cadence::Cadence>> {
    let mut found = Vec::new();
    let last = clauses.last()?.sentence;
    for sentence in 0..=last {
        let of = |c: &&Clause| c.sentence == sentence;
        let (Some(from), Some(to)) =
            (clauses.iter().filter(of).map(|c| c.span.from).min(), clauses.iter().filter(of).map(|c| c.span.to).max())
        else {
            continue;
        };
        found.extend(cadence::find(parser.tokens(), from, to, parser.lexicon, false));
    }
    let corrected = parser.intent("correction", 0, parser.tokens().len()).is_some();
    if corrected { found.pop() } else { (!found.is_empty()).then(|| found.swap_remove(0)) }
}

struct Candidate<'a> {
    name: &'a str,
    words: &'a EventWords,
    span: Span,
    score: i64,
    led: bool,
}

fn best_event<'a>(parser: &Parser<'a>, clauses: &[Clause], verbs: &[Verb]) -> Option<Candidate<'a>> {
    let tokens = parser.tokens();
    let count = tokens.len();
    let waited: Vec<Span> = ["silence", "no_booking"]
        .iter()
        .filter_map(|name| parser.lexicon.intents.get(*name))
        .flat_map(|patterns| parser.lexicon.all(patterns, tokens, 0, count))
        .map(|f| Span { from: f.from, to: f.to })
        .collect();
    let mut best: Option<Candidate<'a>> = None;
    for (name, words) in &parser.lexicon.events {
        for hit in parser.lexicon.all(&words.compiled, tokens, 0, count) {
            let span = Span { from: hit.from, to: hit.to };
            let Some(at) = clauses.iter().position(|c| c.span.holds(span.from)) else { continue };
            let clause = clauses[at];
            let opens = at == 0 || clauses[at - 1].sentence != clause.sentence;
            let led = clause.lead == Lead::When || clause.lead == Lead::If && (at == 0 || opens);
            if at > 0 && waited.iter().any(|w| w.overlaps(span)) {
                continue;
            }
            let acted = verbs.iter().any(|v| v.span.to <= span.from && !v.span.overlaps(span));
            let weight = i64::try_from(hit.weight).unwrap_or(1);
            if weight == 1 && acted && !led {
                continue;
            }
            let sentence = i64::try_from(clause.sentence).unwrap_or(9);
            let mut score = weight * 4 - sentence * 2 + i64::from(!words.filter.is_empty());
            score += if led { 6 } else { 0 };
            score += if at == 0 { 3 } else { 0 };
            score -= if acted && !led { 3 } else { 0 };
            if best.as_ref().is_none_or(|b| score > b.score) {
                best = Some(Candidate { name, words, span, score, led });
            }
        }
    }
    best
}

/// The words that tell when: from the clause's begin (or the verb before) to the next verb or the clause's end.
fn zone(clauses: &[Clause], verbs: &[Verb], said: Span) -> Span {
    let clause = clauses.iter().find(|c| c.span.holds(said.from)).map_or(said, |c| c.span);
    let end = clauses.iter().find(|c| c.span.holds(said.to - 1)).map_or(said.to, |c| c.span.to);
    let outside = || verbs.iter().filter(|v| !v.span.overlaps(said));
    let from =
        outside().map(|v| v.span.to).filter(|to| *to <= said.from && *to > clause.from).max().unwrap_or(clause.from);
    let to = outside().map(|v| v.span.from).filter(|from| *from >= said.to && *from < end).min().unwrap_or(end);
    Span { from, to }
}

fn conditions(parser: &Parser<'_>, event: &EventType, words: &EventWords, zone: Span) -> Vec<Condition> {
    let mut out: Vec<Condition> = Vec::new();
    for (field, value) in &words.filter {
        let jq = if field == "jq" { value.as_str().unwrap_or_default().to_owned() } else { equals(field, value) };
        out.push(Condition { field: field.clone(), jq, said: Some(zone) });
    }
    for (name, field) in event.data.iter() {
        let spoken = parser.lexicon.values.iter().any(|v| v.field == name);
        let plain = matches!(field.ty, FieldType::Enum | FieldType::Boolean) || spoken;
        if !plain || matches!(name, "old_status" | "threshold_days" | "body") || out.iter().any(|c| c.field == name) {
            continue;
        }
        let Some((value, said)) = acts::values_of(parser, name, &field.values, zone) else { continue };
        let negated = (said.from.saturating_sub(2).max(zone.from)..said.from)
            .any(|i| parser.tokens()[i].is(&["not", "non", "except", "no", "menos"]));
        let jq = if field.ty == FieldType::Array {
            format!("any(.{name}[]; . == {value})")
        } else if negated {
            format!(".{name} != {value}")
        } else {
            equals(name, &value)
        };
        out.push(Condition { field: name.to_owned(), jq, said: Some(said) });
    }
    if event.data.get("duplicate_of").is_some()
        && let Some(said) = parser.intent("no_duplicate", zone.from, parser.tokens().len())
    {
        out.push(Condition {
            field: "duplicate_of".to_owned(),
            jq: ".duplicate_of == null".to_owned(),
            said: Some(said),
        });
    }
    for found in compare::find(parser.tokens(), zone.from, zone.to, parser.lexicon) {
        let Some((field, jq)) = numeric(event, &found.value) else { continue };
        if out.iter().all(|c| c.field != field) {
            out.push(Condition { field, jq, said: Some(Span { from: found.from, to: found.to }) });
        }
    }
    out
}

/// "Booked or changed": other events of the same family, joined by "or".
fn siblings(parser: &Parser<'_>, found: &Candidate<'_>, zone: Span) -> Vec<String> {
    let tokens = parser.tokens();
    let Some((family, _)) = found.name.rsplit_once('.') else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    for (name, words) in &parser.lexicon.events {
        let kin = name != found.name && name.rsplit_once('.').is_some_and(|(f, _)| f == family);
        if !kin || !words.filter.is_empty() || !found.words.filter.is_empty() || out.contains(name) {
            continue;
        }
        let joined = parser.lexicon.all(&words.compiled, tokens, zone.from, zone.to).iter().any(|hit| {
            let (from, to) = (hit.from.min(found.span.from), hit.to.max(found.span.to));
            let adds = hit.to != found.span.to || hit.from != found.span.from;
            adds && hit.weight > 1 && tokens[from..to].iter().any(|t| t.is(&["or", "o"]))
        });
        if joined {
            out.push(name.clone());
        }
    }
    out
}

/// `.field == value`, a list meaning any of its values.
#[must_use]
pub fn equals(field: &str, value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let each: Vec<String> = values.iter().map(|v| format!(".{field} == {v}")).collect();
            format!("({})", each.join(" or "))
        }
        Value::Bool(true) => format!(".{field}"),
        Value::Bool(false) => format!("(.{field} | not)"),
        other => format!(".{field} == {other}"),
    }
}

/// The field a number is about, and the condition.
#[must_use]
pub fn numeric(event: &EventType, comparison: &Comparison) -> Option<(String, String)> {
    let noun = comparison.noun.as_deref().unwrap_or_default();
    let mut factor = 1.0;
    let named = |needle: &str| {
        event
            .data
            .iter()
            .map(|(n, _)| n)
            .find(|n| n.contains(needle) && *n != "minutes_in_old_status" && *n != "threshold_minutes")
    };
    let field = match comparison.unit {
        Some(Unit::Minute) => named("minutes"),
        Some(Unit::Hour) => named("hours").or_else(|| {
            factor = 60.0;
            named("minutes")
        }),
        Some(Unit::Day) => named("days"),
        Some(Unit::Week) => {
            factor = 7.0;
            named("days")
        }
        Some(Unit::Month) => {
            factor = 30.0;
            named("days")
        }
        Some(Unit::Year) => named("_age"),
        None if noun == "star" => named("rating"),
        None if comparison.money || comparison.bound.largest() >= 1000.0 => {
            ["related_total_12m", "amount", "price", "value", "equity", "total", "deposit"].into_iter().find_map(named)
        }
        None if noun == "car" || noun == "vehicl" || noun == "unit" => named("vehicles_viewed"),
        None => event
            .data
            .iter()
            .map(|(n, _)| n)
            .find(|n| noun.len() > 2 && n.split('_').any(|part| crate::planner::language::stem_of(part) == noun)),
    }?;
    let list = event.data.get(field).is_some_and(|f| f.ty == FieldType::Array);
    let path = if list { format!("(.{field} | length)") } else { format!(".{field}") };
    let bound = match comparison.bound.map(|n| n * factor) {
        Bound::Equal(n) if !comparison.stated && !matches!(field, "days_left" | "rating" | "score" | "days_until") => {
            Bound::AtLeast(n)
        }
        bound => bound,
    };
    Some((field.to_owned(), bound.jq(&path)))
}

/// "Waiting over two hours": the state must last, which only waiting can tell.
fn lasting(parser: &Parser<'_>, event: &EventType, zone: Span) -> Option<Limit> {
    if !event.name.ends_with("status_changed") {
        return None;
    }
    let found = duration::find(parser.tokens(), zone.from, zone.to, parser.lexicon).into_iter().next()?;
    Some(Limit { moment: Moment::After(found.value), said: Some(Span { from: found.from, to: found.to }) })
}
