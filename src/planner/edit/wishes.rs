//! Several wishes in one message.

use super::{Edit, one, only_adds};
use crate::planner::language::Text;
use crate::planner::parse::{Parser, Span};
use crate::workflow::Definition;
use crate::workflow::edit::{EditOperation, apply};

/// Words that may stand between two wishes.
const BETWEEN: [&str; 8] = ["and", "y", "e", "but", "pero", "plus", "then", "luego"];
/// Words by which a wish that forbids something begins.
const FORBIDS: [&str; 5] = ["no", "not", "never", "stop", "sin"];
/// Turns of phrase by which a wish begins.
const OPENINGS: [&str; 7] = ["change", "add", "remove", "swap", "rename", "wait", "only"];
/// Words from which on a part that changes nothing is worth telling.
const TAIL: usize = 3;
/// Words into a part in which its wish must begin.
const OPENING: usize = 3;

/// What the wishes of a message come to, one after the other.
pub(super) struct Parts {
    pub(super) edit: Edit,
    /// The first wish adds steps.
    pub(super) begins_with_addition: bool,
}

/// Works out each wish on the draft as the one before left it. `None`: the message is one wish, or none was understood
/// by itself.
pub(super) fn each(parser: &Parser<'_>, draft: &Definition, language: &str) -> Option<Parts> {
    let wishes = split(parser);
    let mut current = draft.clone();
    let mut parts = Parts { edit: Edit::default(), begins_with_addition: false };
    for (at, Wish { span, tail }) in wishes.iter().enumerate() {
        let read = |from: usize, to: usize| {
            let text = Text::read(parser.text.quote(from, to), parser.lexicon);
            one(&Parser { text: &text, ..*parser }, &current, language)
        };
        let quote = |from: usize, to: usize| parser.text.quote(from, to).trim().to_owned();
        let Some((edit, changed)) = read(span.from, span.to).and_then(|edit| done(edit, &current)) else {
            parts.edit.missed.push(quote(span.from, span.to));
            continue;
        };
        if let Some(tail) = *tail
            && read(span.from, tail).is_some_and(|without| without.operations == edit.operations)
        {
            parts.edit.missed.push(quote(tail + 1, span.to));
        }
        parts.begins_with_addition |= at == 0 && only_adds(Some(&edit));
        current = changed;
        parts.edit.operations.extend(edit.operations);
        parts.edit.provenance.extend(edit.provenance);
        parts.edit.asks.extend(edit.asks);
        for warning in edit.warnings {
            if parts.edit.warnings.iter().all(|known| known["code"] != warning["code"]) {
                parts.edit.warnings.push(warning);
            }
        }
    }
    let several = wishes.len() > 1 || !parts.edit.missed.is_empty();
    (several && !parts.edit.operations.is_empty()).then_some(parts)
}

/// The edit with the draft it leads to, when it changes anything.
fn done(edit: Edit, draft: &Definition) -> Option<(Edit, Definition)> {
    let operations: Vec<EditOperation> = edit
        .operations
        .iter()
        .map(|operation| serde_json::from_value(operation.clone()))
        .collect::<Result<_, _>>()
        .ok()?;
    let changed = apply(draft, &operations).ok()?;
    (changed != *draft).then_some((edit, changed))
}

/// One wish: its words, and where the last part begins that does not begin a wish of its own.
struct Wish {
    span: Span,
    tail: Option<usize>,
}

/// The wishes: parts between commas, stops and "and" that each begin with something to do or not to do. What does not
/// belongs to the part before it.
fn split(parser: &Parser<'_>) -> Vec<Wish> {
    let tokens = parser.tokens();
    let mut wishes: Vec<Wish> = Vec::new();
    let mut from = 0;
    for at in 0..=tokens.len() {
        let end = at == tokens.len();
        let mark = !end && (tokens[at].is_stop() || tokens[at].is(&[","]));
        if !end && !mark && !tokens[at].is(&BETWEEN) {
            continue;
        }
        if at > from {
            let part = Span { from, to: at };
            match wishes.last_mut() {
                Some(last) if exchanges(parser, last.span, part) => last.span.to = part.to,
                Some(last) if !opens(parser, part) => {
                    last.tail = (part.to - part.from >= TAIL).then_some(from - 1);
                    last.span.to = part.to;
                }
                Some(_) | None => wishes.push(Wish { span: part, tail: None }),
            }
        }
        from = at + 1;
    }
    wishes
}

fn opens(parser: &Parser<'_>, part: Span) -> bool {
    let tokens = parser.tokens();
    let near = part.to.min(part.from + OPENING);
    let forbids = tokens[part.from..near].iter().any(|t| t.is(&FORBIDS));
    let acts = parser.verbs().iter().any(|v| part.from <= v.span.from && v.span.from < near);
    let turns = || OPENINGS.iter().any(|name| parser.intent(name, part.from, part.to).is_some_and(|s| s.from < near));
    forbids || acts || turns()
}

/// "Don't text, email them": one wish in two parts.
fn exchanges(parser: &Parser<'_>, first: Span, second: Span) -> bool {
    let forbids = parser.tokens()[first.from..first.to].iter().any(|t| t.is(&FORBIDS));
    forbids
        && refused(parser, first).is_some()
        && parser.verbs().iter().any(|v| second.holds(v.span.from) && is_channel(parser, v.frame))
}

/// The channel a part forbids.
pub(super) fn refused<'a>(parser: &Parser<'a>, part: Span) -> Option<&'a str> {
    let tokens = parser.tokens();
    let frames = parser.lexicon.actions.iter().enumerate().filter(|(at, _)| is_channel(parser, *at));
    frames.into_iter().find_map(|(_, frame)| {
        let hits = parser.lexicon.all(&frame.compiled, tokens, part.from, part.to);
        let negated = |from: usize| (from.saturating_sub(2).max(part.from)..from).any(|i| tokens[i].is(&FORBIDS));
        hits.iter().any(|hit| negated(hit.from)).then_some(frame.frame.as_str())
    })
}

fn is_channel(parser: &Parser<'_>, frame: usize) -> bool {
    matches!(parser.lexicon.actions[frame].frame.as_str(), "text" | "email" | "call")
}
