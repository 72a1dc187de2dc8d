//! What sort of value an expression gives, as far as its outermost operation tells.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;

/// A sort of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A moment, as text.
    Moment,
    /// A duration, as text.
    Duration,
    /// A list.
    List,
    /// An object.
    Object,
}

pub(super) fn of(term: &Term<&str>) -> Option<Kind> {
    match term {
        Term::Num(_) | Term::Neg(_) => Some(Kind::Number),
        Term::Str(..) => Some(Kind::Text),
        Term::Arr(_) => Some(Kind::List),
        Term::Obj(_) => Some(Kind::Object),
        Term::Call(name, _) => of_call(name),
        Term::BinOp(left, op, right) => of_operation(left, op, right),
        Term::IfThenElse(cases, otherwise) => {
            let mut kinds = cases.iter().map(|(_, then)| of(then)).chain(otherwise.iter().map(|term| of(term)));
            let first = kinds.next()??;
            (otherwise.is_some() && kinds.all(|kind| kind == Some(first))).then_some(first)
        }
        Term::Id
        | Term::Recurse
        | Term::Label(..)
        | Term::Break(_)
        | Term::Fold(..)
        | Term::TryCatch(..)
        | Term::Def(..)
        | Term::Var(_)
        | Term::Path(..) => None,
    }
}

fn of_operation(left: &Term<&str>, op: &BinaryOp<&str>, right: &Term<&str>) -> Option<Kind> {
    match op {
        BinaryOp::Pipe(_) => of(right),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => Some(Kind::Boolean),
        BinaryOp::Alt => of(left).filter(|kind| of(right) == Some(*kind)),
        BinaryOp::Math(Math::Add) => match (of(left), of(right)) {
            // nothing can be added to a text but a text
            (Some(Kind::Text), _) | (_, Some(Kind::Text)) => Some(Kind::Text),
            (left, right) => left.filter(|kind| right == Some(*kind)),
        },
        BinaryOp::Math(Math::Sub | Math::Rem) => of(left).filter(|kind| of(right) == Some(*kind)),
        BinaryOp::Math(Math::Mul | Math::Div)
        | BinaryOp::Comma
        | BinaryOp::Assign
        | BinaryOp::Update
        | BinaryOp::UpdateMath(_)
        | BinaryOp::UpdateAlt => None,
    }
}

fn of_call(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "true" | "false" | "not" | "any" | "all" | "is_future" | "test" | "has" | "startswith" | "endswith"
        | "contains" | "inside" => Kind::Boolean,
        "length" | "tonumber" | "floor" | "ceil" | "round" | "abs" => Kind::Number,
        "tostring" | "tojson" | "join" | "ascii_downcase" | "ascii_upcase" | "ltrimstr" | "rtrimstr" | "sub"
        | "gsub" | "type" | "trim" => Kind::Text,
        "shift" | "at_time" | "next_open" | "next_time" => Kind::Moment,
        "duration_until" => Kind::Duration,
        "map" | "keys" | "sort" | "sort_by" | "unique" | "unique_by" | "group_by" | "reverse" | "split"
        | "to_entries" | "explode" => Kind::List,
        "local" | "from_entries" | "with_entries" => Kind::Object,
        _ => return None,
    })
}
