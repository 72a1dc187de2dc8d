//! What is certain once a condition is true, or false: `a.b != null and a.c == "x"` being true, `a.b` and `a.c` are
//! there. jq orders null below everything but null, so `a > 3` says so too.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Cmp;
use jaq_core::path::{Part, Path};

use super::{Origin, Read, Source, Step, literal, step_into};

/// Functions that fail on null, so that after them their input is known to be there.
const INTOLERANT: [&str; 24] = [
    "is_future",
    "local",
    "shift",
    "at_time",
    "test",
    "match",
    "capture",
    "scan",
    "split",
    "startswith",
    "endswith",
    "ascii_downcase",
    "ascii_upcase",
    "tonumber",
    "sub",
    "gsub",
    "map",
    "keys",
    "has",
    "to_entries",
    "with_entries",
    "fromjson",
    "trim",
    "explode",
];

/// Whether the function fails when its input is null.
pub(super) fn fails_on_null(function: &str) -> bool {
    INTOLERANT.contains(&function)
}

/// The paths that are not null when `term` is true (or false, as `truth` says).
pub(super) fn present(term: &Term<&str>, input: &Origin, truth: bool) -> Vec<Read> {
    match term {
        Term::BinOp(left, BinaryOp::And, right) => both(left, right, input, truth, true),
        Term::BinOp(left, BinaryOp::Or, right) => both(left, right, input, truth, false),
        Term::BinOp(left, BinaryOp::Pipe(None), right) => match &**right {
            Term::Call("not", args) if args.is_empty() => present(left, input, !truth),
            right => present(right, &origin(left, input), truth),
        },
        Term::BinOp(left, BinaryOp::Cmp(op), right) => compared(left, *op, right, input, truth),
        Term::Call(name, _) if fails_on_null(name) => input.iter().cloned().collect(),
        Term::Id | Term::Var(_) | Term::Path(..) if truth => origin(term, input).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// `left and right` (`all`) or `left or right`: true `and` and false `or` mean that both sides hold.
fn both(left: &Term<&str>, right: &Term<&str>, input: &Origin, truth: bool, all: bool) -> Vec<Read> {
    let (mut left, right) = (present(left, input, truth), present(right, input, truth));
    if truth == all {
        left.extend(right);
    } else {
        left.retain(|read| right.contains(read));
    }
    left
}

fn compared(left: &Term<&str>, op: Cmp, right: &Term<&str>, input: &Origin, truth: bool) -> Vec<Read> {
    let (path, op, fixed) = if is_fixed(left) { (right, mirrored(op), left) } else { (left, op, right) };
    if !is_fixed(fixed) {
        return Vec::new();
    }
    let null = matches!(fixed, Term::Call("null", _));
    let says = match (op, truth) {
        (Cmp::Eq, true) | (Cmp::Ne, false) => !null,
        (Cmp::Eq, false) | (Cmp::Ne, true) => null,
        (Cmp::Gt, true) | (Cmp::Le, false) => true,
        (Cmp::Ge, true) | (Cmp::Lt, false) => !null,
        (Cmp::Gt | Cmp::Ge, false) | (Cmp::Lt | Cmp::Le, true) => false,
    };
    // the length of nothing is 0, so that `length > 0` says that there is something
    let path = match path {
        Term::BinOp(inner, BinaryOp::Pipe(None), call) if matches!(&**call, Term::Call("length", _)) => {
            if op != Cmp::Gt {
                return Vec::new();
            }
            inner
        }
        other => other,
    };
    if says { origin(path, input).into_iter().collect() } else { Vec::new() }
}

/// A number, a plain text, `true`, `false` or `null`.
fn is_fixed(term: &Term<&str>) -> bool {
    matches!(term, Term::Num(_) | Term::Call("true" | "false" | "null", _)) || literal(term).is_some()
}

const fn mirrored(op: Cmp) -> Cmp {
    match op {
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
        Cmp::Eq | Cmp::Ne => op,
    }
}

/// The path a term is, when it is nothing more.
pub(super) fn origin(term: &Term<&str>, input: &Origin) -> Origin {
    match term {
        Term::Id => input.clone(),
        Term::Var(name) => {
            Some(Read { source: Source::Variable(name.trim_start_matches('$').to_owned()), steps: Vec::new() })
        }
        Term::Path(inner, Path(parts)) => parts.iter().fold(origin(inner, input), |origin, (part, _)| match part {
            Part::Index(Term::Str(None, text)) => match text.as_slice() {
                [StrPart::Str(key)] => step_into(&origin, Step::Key((*key).to_owned())),
                _ => None,
            },
            Part::Index(Term::Num(number)) => step_into(&origin, Step::Index(number.parse().ok()?)),
            Part::Index(_) | Part::Range(..) => None,
        }),
        Term::BinOp(left, BinaryOp::Pipe(None), right) => origin(right, &origin(left, input)),
        _ => None,
    }
}
