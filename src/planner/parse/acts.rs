//! What is to be done: verbs found, who they are for, what goes with them.

use serde_json::{Value, json};

use super::{Act, Parser, Span};
use crate::planner::slots::compare;
use crate::planner::slots::people::{self, CUSTOMER};
use crate::workflow::fields::FieldType;

/// A verb that was found, before it is known what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// Index of the frame.
    pub frame: usize,
    /// Its tokens.
    pub span: Span,
    weight: usize,
}

/// Verbs of the whole message, in order, none overlapping.
pub fn find(parser: &Parser<'_>) -> Vec<Verb> {
    let tokens = parser.tokens();
    let mut all = Vec::new();
    for (frame, words) in parser.lexicon.actions.iter().enumerate().filter(|(_, words)| words.events.is_empty()) {
        for hit in parser.lexicon.all(&words.compiled, tokens, 0, tokens.len()) {
            let negated =
                (hit.from.saturating_sub(2)..hit.from).any(|i| tokens[i].is(&["no", "not", "never", "sin", "without"]));
            let crosses = (hit.from..hit.to).any(|i| tokens[i].is(&["->", ":", ","]));
            if !negated && !crosses {
                all.push(Verb { frame, span: Span { from: hit.from, to: hit.to }, weight: hit.weight });
            }
        }
    }
    all.sort_by_key(|v| (std::cmp::Reverse(v.weight), v.span.to - v.span.from, v.span.from, v.frame));
    let mut kept: Vec<Verb> = Vec::new();
    for verb in all {
        if kept.iter().all(|k| !k.span.overlaps(verb.span)) {
            kept.push(verb);
        }
    }
    kept.sort_by_key(|v| v.span.from);
    merge(parser, kept)
}

/// The verb as it is meant about this event: to thank for a review is to answer it.
pub fn about(parser: &Parser<'_>, verb: Verb, event: Option<&str>) -> Verb {
    let special = parser.lexicon.actions.iter().position(|words| {
        event.is_some_and(|event| words.events.iter().any(|own| own == event))
            && !parser.lexicon.all(&words.compiled, parser.tokens(), verb.span.from, verb.span.to).is_empty()
    });
    Verb { frame: special.unwrap_or(verb.frame), ..verb }
}

/// "Thank you email", "remind them by text": one thing said with two verbs.
fn merge(parser: &Parser<'_>, verbs: Vec<Verb>) -> Vec<Verb> {
    let name = |v: &Verb| parser.lexicon.actions[v.frame].frame.as_str();
    let mut out: Vec<Verb> = Vec::new();
    for verb in verbs {
        let Some(last) = out.last_mut() else {
            out.push(verb);
            continue;
        };
        let between = &parser.tokens()[last.span.to..verb.span.from];
        let near = between.len() <= 5
            && between.iter().all(|t| !t.is_mark() && !t.is(&["and", "then", "y", "or", "if", "but"]));
        let span = Span { from: last.span.from, to: verb.span.to };
        match (name(last), name(&verb)) {
            ("tell", "text" | "email") | ("text" | "email", "tell") if near => {
                let channel = if name(last) == "tell" { verb.frame } else { last.frame };
                // "email offer … remind": keep the words that name the channel
                *last = Verb {
                    frame: channel,
                    span: if name(last) == "tell" { span } else { last.span },
                    weight: last.weight,
                };
            }
            ("task", "call") | ("call", "task") if near => {
                let call = if name(last) == "call" { last.frame } else { verb.frame };
                *last = Verb { frame: call, span, weight: last.weight };
            }
            ("text" | "email" | "tell", "task")
                if near && parser.tokens()[verb.span.from].is(&["reminder", "reminders", "recordatorio"]) => {}
            ("assign", "call" | "task" | "tell") if near => {}
            ("text" | "email", "document" | "survey" | "payment" | "review_ask") if near => {
                *last = Verb { frame: verb.frame, span, weight: verb.weight };
            }
            (a, b) if a == b && near => last.span = span,
            _ => out.push(verb),
        }
    }
    out
}

/// What one verb asks for; several when several people are named. `span`: the words that belong to it.
pub fn resolve(parser: &Parser<'_>, verb: Verb, span: Span) -> Vec<Act> {
    let frame = &parser.lexicon.actions[verb.frame];
    let named = people::find(parser.text, span.from, span.to, parser.lexicon);
    let after: Vec<_> = named.iter().filter(|p| p.to > verb.span.from).collect();
    let before: Vec<_> = named.iter().filter(|p| p.to <= verb.span.from && p.value != CUSTOMER).collect();
    let staff_only: Vec<_> = after.iter().copied().filter(|p| p.value != CUSTOMER).collect();
    let first_after = after.first().map(|p| p.value.as_str());
    let mut base = Act {
        frame: verb.frame,
        name: frame.frame.clone(),
        action: frame.customer.clone().unwrap_or_default(),
        to: None,
        with: frame.with.clone(),
        said: Vec::new(),
        due: None,
        urgent: parser.intent("urgent", span.from, span.to).is_some(),
        verb: verb.span,
        span,
        spanish: parser.intent("language_es", span.from, span.to).is_some(),
    };
    let staff: Vec<(String, Option<Span>)> = match frame.frame.as_str() {
        "tell" | "text" | "email" | "send_list" => {
            let chosen: Vec<_> = if first_after == Some(CUSTOMER) {
                Vec::new()
            } else if staff_only.is_empty() && first_after.is_none() && frame.frame != "text" && frame.frame != "email"
            {
                before.clone()
            } else {
                together(parser, &staff_only)
            };
            chosen.iter().map(|p| (p.value.clone(), Some(Span { from: p.from, to: p.to }))).collect()
        }
        "call" | "task" | "approve" | "assign" => {
            let not_me: Vec<_> = before.iter().copied().filter(|p| p.value != "requester").collect();
            let chosen = if frame.frame == "approve" {
                staff_only.first().or(before.last()).copied()
            } else {
                not_me.last().or(staff_only.first()).copied()
            };
            chosen.iter().map(|p| (p.value.clone(), Some(Span { from: p.from, to: p.to }))).collect()
        }
        _ => Vec::new(),
    };
    values(parser, &mut base);
    if staff.is_empty() {
        if base.action == "notify_user" {
            base.to = Some(("requester".to_owned(), None));
        }
        return vec![base];
    }
    base.action = frame.staff.clone().unwrap_or(base.action);
    if base.action == "notify_user" {
        let channel = match frame.frame.as_str() {
            "text" => Some("sms"),
            "email" => Some("email"),
            _ if parser.tokens()[span.from..span.to].iter().any(|t| t.is(&["email", "correo"])) => Some("email"),
            _ if parser.tokens()[span.from..span.to].iter().any(|t| t.is(&["text", "phone", "cell"])) => Some("sms"),
            _ => None,
        };
        if let Some(channel) = channel {
            base.with.insert("channel".to_owned(), json!(channel));
            base.said.push(("channel".to_owned(), span));
        }
    }
    staff.into_iter().map(|to| Act { to: Some(to), ..base.clone() }).collect()
}

type Person = crate::planner::slots::Spanned<String>;

/// People joined by `and` or a comma directly after each other; else only the first.
fn together<'p>(parser: &Parser<'_>, people: &[&'p Person]) -> Vec<&'p Person> {
    let mut out: Vec<&Person> = Vec::new();
    for person in people {
        let joined = out.last().is_none_or(|last| {
            let between = &parser.tokens()[last.to.min(person.from)..person.from];
            between.len() <= 3 && between.iter().any(|t| t.is(&["and", "y", ",", "plus"]))
        });
        if !joined {
            break;
        }
        if out.iter().all(|p| p.value != person.value) {
            out.push(person);
        }
    }
    out
}

/// Enum inputs and amounts of the action, from the words that belong to it.
fn values(parser: &Parser<'_>, act: &mut Act) {
    let Some(action) = parser.catalog.action(&act.action) else { return };
    for (name, field) in action.inputs.iter() {
        if matches!(name, "purpose" | "channel" | "kind" | "entity" | "period" | "status")
            && act.action != "find_open_slots"
        {
            continue;
        }
        if field.ty == FieldType::Enum
            && let Some((value, said)) = value_of(parser, name, &field.values, act.span)
        {
            act.with.insert(name.to_owned(), value);
            act.said.push((name.to_owned(), said));
        }
    }
    let amount =
        compare::find(parser.tokens(), act.span.from, act.span.to, parser.lexicon).into_iter().find(|c| c.value.money);
    if let Some(amount) = amount
        && action.inputs.get("amount").is_some()
        && let compare::Bound::Equal(value) = amount.value.bound
    {
        act.with.insert("amount".to_owned(), json!(value));
        act.said.push(("amount".to_owned(), Span { from: amount.from, to: amount.to }));
    }
}

/// The value of an enum field said in `span`: by the lexicon, else by the value's own name.
pub fn value_of(parser: &Parser<'_>, field: &str, allowed: &[Value], span: Span) -> Option<(Value, Span)> {
    let tokens = parser.tokens();
    let mut best: Option<(usize, usize, Value, Span)> = None;
    let mut offer = |weight: usize, value: &Value, from: usize, to: usize| {
        let better = best.as_ref().is_none_or(|(w, width, ..)| (weight, to - from) > (*w, *width));
        if better {
            best = Some((weight, to - from, value.clone(), Span { from, to }));
        }
    };
    for words in parser.lexicon.values.iter().filter(|v| v.field == field && fits(&v.value, allowed)) {
        if let Some(hit) = parser.lexicon.best(&words.compiled, tokens, span.from, span.to) {
            offer(hit.weight + 1, &words.value, hit.from, hit.to);
        }
    }
    for value in allowed {
        let Some(name) = value.as_str() else { continue };
        let parts: Vec<&str> = name.split(['_', '-']).collect();
        for from in span.from..span.to {
            let here = parts
                .iter()
                .enumerate()
                .all(|(n, part)| tokens.get(from + n).filter(|_| from + n < span.to).is_some_and(|t| t.text == *part));
            if here && !matches!(name, "new" | "other" | "open" | "all" | "any" | "phone" | "chat") {
                offer(1, value, from, from + parts.len());
            }
        }
    }
    best.map(|(_, _, value, span)| (value, span))
}

/// All values of an enum field said in `span` and joined by "or"; a list when there are several.
pub fn values_of(parser: &Parser<'_>, field: &str, allowed: &[Value], span: Span) -> Option<(Value, Span)> {
    let tokens = parser.tokens();
    let (first, mut said) = value_of(parser, field, allowed, span)?;
    let mut values = match first {
        Value::Array(list) => list,
        one => vec![one],
    };
    loop {
        let right = Span { from: said.to, to: span.to.min(said.to + 6) };
        let left = Span { from: span.from.max(said.from.saturating_sub(6)), to: said.from };
        let next = [right, left].into_iter().find_map(|side| {
            let (value, at) = value_of(parser, field, allowed, side)?;
            let gap = if at.from >= said.to { said.to..at.from } else { at.to..said.from };
            let joined = gap.len() <= 4 && tokens[gap].iter().any(|t| t.is(&["or", "o", "/"]));
            (joined && !values.contains(&value)).then_some((value, at))
        });
        let Some((value, at)) = next else { break };
        let more = match value {
            Value::Array(list) => list,
            one => vec![one],
        };
        values.extend(more.into_iter().filter(|v| !values.contains(v)).collect::<Vec<_>>());
        said = Span { from: said.from.min(at.from), to: said.to.max(at.to) };
    }
    let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    Some((value, said))
}

/// Whether a value (or each of a list of values) is allowed; no list allows everything.
fn fits(value: &Value, allowed: &[Value]) -> bool {
    let one = |v: &Value| allowed.is_empty() || allowed.contains(v);
    value.as_array().map_or_else(|| one(value), |list| list.iter().all(one))
}
