//! Fuel for jaq. [`library_term`] and [`user_term`] rewrite a parsed program so that each step of an iteration or
//! recursion calls `!tick`, each value built passes `!meter`, and products go through `!mul`; these natives (their
//! names cannot be written by a user) take the fuel from the [`Scope`] of the evaluation.

use std::cell::Cell;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{Fun, bome, v};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{DataT, Error, Exn, Lut, Native};
use jaq_json::{Num, Val};

use super::Moment;

/// Steps, nodes and every 32 bytes of text.
const FUEL: u64 = 400_000;
/// Deepest value.
const MAX_DEPTH: usize = 128;
/// Longest text a product may make.
const MAX_TEXT: usize = 1 << 20;

/// Longest whole number a product may make.
const MAX_BITS: u64 = 4096;

/// The data kind of our programs.
pub(super) struct Metered;

/// What natives see beside their arguments.
#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    lut: &'a Lut<Metered>,
    pub(super) scope: &'a Scope<'a>,
}

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

impl<'a> jaq_core::data::HasLut<'a, Metered> for Data<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.lut
    }
}

/// One evaluation: its moment and what is left of its fuel.
pub(super) struct Scope<'a> {
    pub(super) moment: &'a Moment<'a>,
    fuel: Cell<u64>,
    spent: Cell<bool>,
}

impl<'a> Scope<'a> {
    pub(super) const fn new(moment: &'a Moment<'a>) -> Self {
        Self { moment, fuel: Cell::new(FUEL), spent: Cell::new(false) }
    }

    pub(super) const fn with_lut(&'a self, lut: &'a Lut<Metered>) -> Data<'a> {
        Data { lut, scope: self }
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.spent.get()
    }

    fn charge(&self, amount: u64) -> bool {
        let left = self.fuel.get().checked_sub(amount);
        self.fuel.set(left.unwrap_or(0));
        if left.is_none() {
            self.spent.set(true);
        }
        left.is_some()
    }

    /// Charges every node of a value; false when the fuel is spent or the value is too deep.
    pub(super) fn charge_value(&self, value: &Val) -> bool {
        let fits = self.charge_deep(value, 0);
        if !fits {
            self.spent.set(true);
        }
        fits
    }

    fn charge_deep(&self, value: &Val, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match value {
            Val::Null | Val::Bool(_) => self.charge(1),
            Val::Num(Num::BigInt(number)) => self.charge(1 + number.bits() / 256),
            Val::Num(_) => self.charge(1),
            Val::BStr(bytes) | Val::TStr(bytes) => self.charge(1 + bytes.len() as u64 / 32),
            Val::Arr(items) => self.charge(1) && items.iter().all(|item| self.charge_deep(item, depth + 1)),
            Val::Obj(map) => {
                self.charge(1)
                    && map
                        .iter()
                        .all(|(key, item)| self.charge_deep(key, depth + 1) && self.charge_deep(item, depth + 1))
            }
        }
    }
}

fn spent() -> Error<Val> {
    Error::str("too many steps")
}

/// `!tick`, `!meter`, `!mul` and our own `range`.
pub(super) fn natives() -> Vec<Fun<Metered>> {
    let tick = Native::<Metered>::new(|cv| {
        let fits = cv.0.data().scope.charge(1);
        bome(if fits { Ok(cv.1) } else { Err(spent()) })
    })
    .with_paths(|cv| {
        let fits = cv.0.data().scope.charge(1);
        box_once(if fits { Ok(cv.1) } else { Err(Exn::from(spent())) })
    })
    .with_update(|cv, update| if cv.0.data().scope.charge(1) { update(cv.1) } else { bome(Err(spent())) });
    let meter = Native::<Metered>::new(|cv| {
        let fits = cv.0.data().scope.charge_value(&cv.1);
        bome(if fits { Ok(cv.1) } else { Err(spent()) })
    })
    .with_paths(|cv| {
        let fits = cv.0.data().scope.charge_value(&cv.1.0);
        box_once(if fits { Ok(cv.1) } else { Err(Exn::from(spent())) })
    })
    .with_update(
        |cv, update| {
            if cv.0.data().scope.charge_value(&cv.1) { update(cv.1) } else { bome(Err(spent())) }
        },
    );
    let mul = Native::<Metered>::new(|mut cv| {
        let right = cv.0.pop_var();
        let left = cv.0.pop_var();
        let product = if text_product(&left, &right) > MAX_TEXT
            || text_product(&right, &left) > MAX_TEXT
            || bits(&left) + bits(&right) > MAX_BITS
        {
            cv.0.data().scope.spent.set(true);
            Err(spent())
        } else {
            left * right
        };
        bome(product)
    });
    let range = Native::<Metered>::new(|mut cv| {
        let by = cv.0.pop_var();
        let to = cv.0.pop_var();
        let from = cv.0.pop_var();
        count(from, to, by, cv.0.data().scope)
    });
    vec![("!tick", v(0), tick), ("!meter", v(0), meter), ("!mul", v(2), mul), ("range", v(3), range)]
}

/// Length of a whole number beyond machine size.
fn bits(value: &Val) -> u64 {
    match value {
        Val::Num(Num::BigInt(number)) => number.bits(),
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::BStr(_) | Val::TStr(_) | Val::Arr(_) | Val::Obj(_) => 0,
    }
}

/// Bytes of `text * times`, 0 for other kinds of product.
fn text_product(text: &Val, times: &Val) -> usize {
    let (Val::BStr(bytes) | Val::TStr(bytes), Val::Num(number)) = (text, times) else { return 0 };
    let times = match number {
        Num::Int(times) => usize::try_from(*times).unwrap_or(0),
        Num::Float(times) if *times < 1e9 => times.abs().ceil().to_string().parse().unwrap_or(usize::MAX),
        Num::Float(_) | Num::BigInt(_) | Num::Dec(_) => usize::MAX,
    };
    bytes.len().saturating_mul(times)
}

fn count<'a>(from: Val, to: Val, by: Val, scope: &'a Scope<'a>) -> BoxIter<'a, jaq_core::ValX<'a, Val>> {
    let up = by > Val::from(0usize);
    let down = by < Val::from(0usize);
    let mut next = Some(Ok(from));
    Box::new(std::iter::from_fn(move || {
        let current = match next.take()? {
            Ok(current) => current,
            Err(error) => return Some(Err(Exn::from(error))),
        };
        let inside = if up {
            current < to
        } else if down {
            current > to
        } else {
            current != to
        };
        if !inside {
            return None;
        }
        if !scope.charge(1) {
            return Some(Err(Exn::from(spent())));
        }
        next = Some(current.clone() + by.clone());
        Some(Ok(current))
    }))
}

fn call(name: &str) -> Term<&str> {
    Term::Call(name, Vec::new())
}

fn then<'s>(left: Term<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), BinaryOp::Pipe(None), Box::new(right))
}

/// A definition of the library, metered.
pub(super) fn library_def(def: Def<&'static str>) -> Def<&'static str> {
    Def { name: def.name, args: def.args, body: Rewrite { user: false }.term(def.body) }
}

/// The term of a user, metered.
pub(super) fn user_term(term: Term<&str>) -> Term<&str> {
    Rewrite { user: true }.term(term)
}

struct Rewrite {
    /// A user's term can combine anything with anything, so each value it builds is charged in full; the library is
    /// known, so only its steps and sums are.
    user: bool,
}

impl Rewrite {
    fn boxed<'s>(&self, term: Term<&'s str>) -> Box<Term<&'s str>> {
        Box::new(self.term(term))
    }

    fn list<'s>(&self, terms: Vec<Term<&'s str>>) -> Vec<Term<&'s str>> {
        terms.into_iter().map(|term| self.term(term)).collect()
    }

    fn built<'s>(&self, term: Term<&'s str>) -> Term<&'s str> {
        if self.user { then(term, call("!meter")) } else { term }
    }

    fn term<'s>(&self, term: Term<&'s str>) -> Term<&'s str> {
        match term {
            Term::Id | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
            Term::Recurse => then(Term::Recurse, call("!tick")),
            Term::Str(format, parts) => {
                let plain = format.is_none() && !parts.iter().any(|part| matches!(part, StrPart::Term(_)));
                let parts = parts
                    .into_iter()
                    .map(|part| match part {
                        StrPart::Term(term) => StrPart::Term(self.term(term)),
                        StrPart::Str(_) | StrPart::Char(_) => part,
                    })
                    .collect();
                let text = Term::Str(format, parts);
                if plain { text } else { self.built(text) }
            }
            Term::Arr(items) => self.built(Term::Arr(items.map(|items| self.boxed(*items)))),
            Term::Obj(entries) => self.built(Term::Obj(
                entries.into_iter().map(|(key, value)| (self.term(key), value.map(|value| self.term(value)))).collect(),
            )),
            Term::Neg(inner) => Term::Neg(self.boxed(*inner)),
            Term::BinOp(left, op, right) => self.operation(*left, op, *right),
            Term::Label(name, inner) => Term::Label(name, self.boxed(*inner)),
            Term::Fold(name, over, pattern, steps) => {
                Term::Fold(name, self.boxed(*over), self.pattern(pattern), self.list(steps))
            }
            Term::TryCatch(inner, catch) => Term::TryCatch(self.boxed(*inner), catch.map(|catch| self.boxed(*catch))),
            Term::IfThenElse(cases, otherwise) => Term::IfThenElse(
                cases.into_iter().map(|(when, then)| (self.term(when), self.term(then))).collect(),
                otherwise.map(|otherwise| self.boxed(*otherwise)),
            ),
            Term::Def(defs, inner) => {
                let defs = defs
                    .into_iter()
                    .map(|def| Def { name: def.name, args: def.args, body: then(call("!tick"), self.term(def.body)) })
                    .collect();
                Term::Def(defs, self.boxed(*inner))
            }
            Term::Call(name, args) => self.built(Term::Call(name, self.list(args))),
            Term::Path(inner, Path(parts)) => {
                let steps = parts.iter().any(|(part, _)| matches!(part, Part::Range(None, None)));
                let parts = parts.into_iter().map(|(part, opt)| (self.part(part), opt)).collect();
                let path = Term::Path(self.boxed(*inner), Path(parts));
                if steps { then(path, call("!tick")) } else { path }
            }
        }
    }

    fn operation<'s>(&self, left: Term<&'s str>, op: BinaryOp<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
        let (left, right) = (Box::new(self.term(left)), Box::new(self.term(right)));
        match op {
            BinaryOp::Math(Math::Mul) => then(Term::Call("!mul", vec![*left, *right]), call("!meter")),
            BinaryOp::Math(_) => then(Term::BinOp(left, op, right), call("!meter")),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                self.built(Term::BinOp(left, op, right))
            }
            BinaryOp::Pipe(Some(pattern)) => Term::BinOp(left, BinaryOp::Pipe(Some(self.pattern(pattern))), right),
            BinaryOp::Pipe(None)
            | BinaryOp::Comma
            | BinaryOp::Alt
            | BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Cmp(_) => Term::BinOp(left, op, right),
        }
    }

    fn part<'s>(&self, part: Part<Term<&'s str>>) -> Part<Term<&'s str>> {
        match part {
            Part::Index(at) => Part::Index(self.term(at)),
            Part::Range(from, to) => Part::Range(from.map(|from| self.term(from)), to.map(|to| self.term(to))),
        }
    }

    fn pattern<'s>(&self, pattern: Pattern<&'s str>) -> Pattern<&'s str> {
        match pattern {
            Pattern::Var(_) => pattern,
            Pattern::Arr(parts) => Pattern::Arr(parts.into_iter().map(|part| self.pattern(part)).collect()),
            Pattern::Obj(parts) => {
                Pattern::Obj(parts.into_iter().map(|(key, part)| (self.term(key), self.pattern(part))).collect())
            }
        }
    }
}
