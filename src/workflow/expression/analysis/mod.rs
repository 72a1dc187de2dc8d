//! What can be known about an expression without running it: its variables and calls, the paths it reads, what it gives,
//! which of its values must not be null, and what is certain once it is true or false.

mod kind;
mod presence;
mod read;
mod truth;
mod walk;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;
use serde_json::Value;

use super::ExpressionError;
pub use kind::Kind;
pub use read::{Read, Source, Step};
use walk::Walk;

/// A value whose origin is known, or not.
type Origin = Option<Read>;

/// What an expression tells before it runs.
pub(super) struct Facts {
    /// Free variables, without `$`, in order of appearance.
    pub(super) variables: Vec<String>,
    pub(super) reads: Vec<Read>,
    pub(super) result: Option<Read>,
    pub(super) kind: Option<Kind>,
    pub(super) kept: Option<Vec<(String, Option<Read>)>>,
    /// Paths whose value must not be null where they are used.
    pub(super) demands: Vec<Read>,
    /// Paths compared with a text (`==`, `!=`).
    pub(super) compared: Vec<(Read, String)>,
    /// Paths that are not null when the value is true, and when it is false.
    pub(super) present: [Vec<Read>; 2],
    /// Whether it iterates or calls something, and so may fail or take long.
    pub(super) computes: bool,
}

/// Walks a term; refuses what may not be used.
pub(super) fn facts(term: &Term<&str>) -> Result<Facts, ExpressionError> {
    let mut walk = Walk::default();
    let input = Some(Read { source: Source::Input, steps: Vec::new() });
    let result = walk.term(term, &input)?;
    let mut kept = None;
    if let Term::BinOp(left, BinaryOp::Math(Math::Add), right) = term
        && let (Term::Var("$context"), Term::Obj(entries)) = (&**left, &**right)
    {
        let mut entries_kept = Vec::new();
        for (key, value) in entries {
            if let (Some(name), Some(value)) = (literal(key), value) {
                entries_kept.push((name.to_owned(), walk.term(value, &input)?));
            }
        }
        kept = Some(entries_kept);
    }
    Ok(Facts {
        variables: walk.variables,
        reads: walk.reads,
        result,
        kind: kind::of(term),
        kept,
        demands: walk.demands,
        compared: walk.compared,
        present: [false, true].map(|truth| presence::present(term, &input, truth)),
        computes: walk.computes,
    })
}

/// The truth of a term when only some of what it reads is known; `None` when it may turn out either way.
pub(super) fn truth(term: &Term<&str>, known: &dyn Fn(&Read) -> Option<Value>) -> Option<bool> {
    truth::of(term, known)
}

/// The text of a key or string without interpolation.
fn literal<'s>(term: &Term<&'s str>) -> Option<&'s str> {
    match term {
        Term::Str(None, parts) => match parts.as_slice() {
            [] => Some(""),
            [StrPart::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn step_into(origin: &Origin, step: Step) -> Origin {
    origin.as_ref().map(|read| {
        let mut read = read.clone();
        read.steps.push(step);
        read
    })
}
