//! What a condition comes to when only some of what it reads is known: true, false, or either.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Cmp;
use serde_json::Value;

use super::presence::origin;
use super::{Origin, Read, Source, literal};
use crate::workflow::expression::is_true;

/// What a path holds, when that is known.
type Known<'k> = dyn Fn(&Read) -> Option<Value> + 'k;

/// The truth of `term`; `None` when it may turn out either way. What the other side of a decided `and` or `or` does is
/// not looked at: when it fails, nothing goes on at all.
pub(super) fn of(term: &Term<&str>, known: &Known<'_>) -> Option<bool> {
    match term {
        Term::BinOp(left, BinaryOp::And, right) => match (of(left, known), of(right, known)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (left, right) => left.and(right),
        },
        Term::BinOp(left, BinaryOp::Or, right) => match (of(left, known), of(right, known)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (left, right) => left.and(right),
        },
        Term::BinOp(left, BinaryOp::Pipe(None), right) if matches!(**right, Term::Call("not", _)) => {
            of(left, known).map(|truth| !truth)
        }
        Term::BinOp(left, BinaryOp::Cmp(op @ (Cmp::Eq | Cmp::Ne)), right) => {
            let same = value(left, known)? == value(right, known)?;
            Some(same == matches!(op, Cmp::Eq))
        }
        other => value(other, known).map(|value| is_true(&value)),
    }
}

/// The value of a path, of a text, of `true`, `false` and `null`, and of one of them `//` another.
fn value(term: &Term<&str>, known: &Known<'_>) -> Option<Value> {
    if let Some(text) = literal(term) {
        return Some(Value::from(text));
    }
    match term {
        Term::Call("true", _) => Some(Value::Bool(true)),
        Term::Call("false", _) => Some(Value::Bool(false)),
        Term::Call("null", _) => Some(Value::Null),
        Term::BinOp(left, BinaryOp::Alt, right) => {
            let first = value(left, known)?;
            if is_true(&first) { Some(first) } else { value(right, known) }
        }
        other => {
            let input: Origin = Some(Read { source: Source::Input, steps: Vec::new() });
            known(&origin(other, &input)?)
        }
    }
}
