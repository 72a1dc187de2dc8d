//! The walk over a term.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Part, Path};

use super::presence::{fails_on_null, present};
use super::{Origin, Read, Source, Step, literal, step_into};
use crate::workflow::expression::{ExpressionError, library};

/// One walk over a term, in the order of evaluation.
#[derive(Default)]
pub(super) struct Walk<'s> {
    pub(super) variables: Vec<String>,
    pub(super) reads: Vec<Read>,
    pub(super) demands: Vec<Read>,
    pub(super) compared: Vec<(Read, String)>,
    pub(super) computes: bool,
    /// Variables of `as $x`.
    bound: Vec<(&'s str, Origin)>,
    /// What is not null here, because a condition around it said so.
    assumed: Vec<Read>,
    /// Inside `//`, `?` or `try` a failure does no harm.
    tolerant: bool,
}

fn refused(name: &str, why: &'static str) -> ExpressionError {
    ExpressionError::Refused { name: name.to_owned(), why }
}

impl<'s> Walk<'s> {
    /// Walks a term; gives where its value comes from.
    pub(super) fn term(&mut self, term: &Term<&'s str>, input: &Origin) -> Result<Origin, ExpressionError> {
        match term {
            Term::Id => {
                self.read(input);
                Ok(input.clone())
            }
            Term::Num(_) | Term::Break(_) => Ok(None),
            Term::Recurse => {
                self.computes = true;
                Ok(None)
            }
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term, input)?;
                    }
                }
                Ok(None)
            }
            Term::Arr(items) => {
                if let Some(items) = items {
                    self.term(items, input)?;
                }
                Ok(None)
            }
            Term::Obj(entries) => {
                for (key, value) in entries {
                    match value {
                        Some(value) => {
                            self.term(key, input)?;
                            self.term(value, input)?;
                        }
                        None => self.shorthand(key, input)?,
                    }
                }
                Ok(None)
            }
            Term::Neg(inner) | Term::Label(_, inner) => {
                self.term(inner, input)?;
                Ok(None)
            }
            Term::BinOp(left, op, right) => self.operation(left, op, right, input),
            Term::Fold(_, over, pattern, steps) => {
                self.computes = true;
                let each = self.term(over, input)?;
                let mark = self.bind(pattern, &each, input)?;
                for step in steps {
                    self.term(step, &None)?;
                }
                self.bound.truncate(mark);
                Ok(None)
            }
            Term::TryCatch(inner, catch) => {
                let origin = self.tolerantly(inner, input)?;
                if let Some(catch) = catch {
                    self.term(catch, &None)?;
                    return Ok(None);
                }
                Ok(origin)
            }
            Term::IfThenElse(cases, otherwise) => {
                let mark = self.assumed.len();
                for (when, then) in cases {
                    self.term(when, input)?;
                    self.given(present(when, input, true), then, input)?;
                    self.assumed.extend(present(when, input, false));
                }
                if let Some(otherwise) = otherwise {
                    self.term(otherwise, input)?;
                }
                self.assumed.truncate(mark);
                Ok(None)
            }
            Term::Def(..) => Err(refused("def", "expressions define no functions; write the steps out")),
            Term::Call(name, args) => self.call(name, args, input),
            Term::Var(name) => Ok(self.variable(name)),
            Term::Path(inner, Path(parts)) => self.path(inner, parts, input),
        }
    }

    fn shorthand(&mut self, key: &Term<&'s str>, input: &Origin) -> Result<(), ExpressionError> {
        let origin = match key {
            Term::Var(name) => self.variable(name),
            Term::Str(None, parts) => match parts.as_slice() {
                [StrPart::Str(name)] => step_into(input, Step::Key((*name).to_owned())),
                _ => None,
            },
            other => self.term(other, input)?,
        };
        self.read(&origin);
        Ok(())
    }

    fn operation(
        &mut self,
        left: &Term<&'s str>,
        op: &BinaryOp<&'s str>,
        right: &Term<&'s str>,
        input: &Origin,
    ) -> Result<Origin, ExpressionError> {
        match op {
            BinaryOp::Pipe(None) => {
                let origin = if matches!(left, Term::Id) { input.clone() } else { self.term(left, input)? };
                let selected = match left {
                    Term::Call("select", args) => args.first().map(|condition| present(condition, input, true)),
                    _ => None,
                };
                self.given(selected.unwrap_or_default(), right, &origin)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let origin = if matches!(left, Term::Id) { input.clone() } else { self.term(left, input)? };
                let mark = self.bind(pattern, &origin, input)?;
                let result = self.term(right, input);
                self.bound.truncate(mark);
                result
            }
            BinaryOp::Or | BinaryOp::And => {
                self.term(left, input)?;
                self.given(present(left, input, matches!(op, BinaryOp::And)), right, input)?;
                Ok(None)
            }
            BinaryOp::Alt => {
                self.tolerantly(left, input)?;
                self.term(right, input)?;
                Ok(None)
            }
            BinaryOp::Cmp(Cmp::Eq | Cmp::Ne) => {
                let (from, to) = (self.term(left, input)?, self.term(right, input)?);
                for (read, text) in [(from, literal(right)), (to, literal(left))] {
                    if let (Some(read), Some(text)) = (read, text) {
                        self.compared.push((read, text.to_owned()));
                    }
                }
                Ok(None)
            }
            BinaryOp::Math(Math::Add) => {
                let (from, to) = (self.term(left, input)?, self.term(right, input)?);
                // null added to a text leaves the text: "user:" of nobody
                if matches!(left, Term::Str(..)) {
                    self.demand(&to);
                }
                if matches!(right, Term::Str(..)) {
                    self.demand(&from);
                }
                Ok(None)
            }
            BinaryOp::Comma
            | BinaryOp::Math(_)
            | BinaryOp::Cmp(_)
            | BinaryOp::Assign
            | BinaryOp::Update
            | BinaryOp::UpdateMath(_)
            | BinaryOp::UpdateAlt => {
                self.term(left, input)?;
                let inner = if matches!(op, BinaryOp::Update) { &None } else { input };
                self.term(right, inner)?;
                Ok(None)
            }
        }
    }

    /// Walks a term under what is known not to be null.
    fn given(&mut self, known: Vec<Read>, term: &Term<&'s str>, input: &Origin) -> Result<Origin, ExpressionError> {
        let mark = self.assumed.len();
        self.assumed.extend(known);
        let origin = self.term(term, input);
        self.assumed.truncate(mark);
        origin
    }

    /// Walks a term whose failure does no harm.
    fn tolerantly(&mut self, term: &Term<&'s str>, input: &Origin) -> Result<Origin, ExpressionError> {
        let before = std::mem::replace(&mut self.tolerant, true);
        let origin = self.term(term, input);
        self.tolerant = before;
        origin
    }

    /// The value must not be null here.
    fn demand(&mut self, origin: &Origin) {
        let Some(read) = origin.as_ref().filter(|_| !self.tolerant) else { return };
        let certain = |known: &Read| known.source == read.source && known.steps.starts_with(&read.steps);
        if !self.assumed.iter().any(certain) && !self.demands.contains(read) {
            self.demands.push(read.clone());
        }
    }

    /// Binds the variables of a pattern; gives the mark to truncate to.
    fn bind(&mut self, pattern: &Pattern<&'s str>, origin: &Origin, input: &Origin) -> Result<usize, ExpressionError> {
        let mark = self.bound.len();
        match pattern {
            Pattern::Var(name) => self.bound.push((name, origin.clone())),
            Pattern::Arr(parts) => {
                for part in parts {
                    self.bind(part, &step_into(origin, Step::Each), input)?;
                }
            }
            Pattern::Obj(parts) => {
                for (key, part) in parts {
                    if let Term::Var(name) = key {
                        self.bound.push((name, None));
                    } else {
                        self.term(key, input)?;
                    }
                    self.bind(part, &None, input)?;
                }
            }
        }
        Ok(mark)
    }

    fn variable(&mut self, name: &'s str) -> Origin {
        if let Some((_, origin)) = self.bound.iter().rev().find(|(bound, _)| *bound == name) {
            return origin.clone();
        }
        let bare = name.trim_start_matches('$');
        if !self.variables.iter().any(|known| known == bare) {
            self.variables.push(bare.to_owned());
        }
        let origin = Some(Read { source: Source::Variable(bare.to_owned()), steps: Vec::new() });
        self.read(&origin);
        origin
    }

    fn call(&mut self, name: &str, args: &[Term<&'s str>], input: &Origin) -> Result<Origin, ExpressionError> {
        if let Some(why) = library::refusal(name) {
            return Err(refused(name, why));
        }
        self.computes = true;
        if fails_on_null(name) {
            self.demand(input);
        }
        let each = || step_into(input, Step::Each);
        let inner = match name {
            "map" | "any" | "all" | "sort_by" | "group_by" | "min_by" | "max_by" | "unique_by" if args.len() == 1 => {
                each()
            }
            "with_entries" | "walk" | "recurse" | "repeat" | "while" | "until" | "map_values" | "sub" | "gsub"
            | "del" | "to_entries" => None,
            _ => input.clone(),
        };
        let mut last = None;
        for arg in args {
            last = self.term(arg, &inner)?;
        }
        if name == "duration_until" {
            self.demand(if args.is_empty() { input } else { &last });
        }
        Ok(match (name, args.len()) {
            ("select", 1) | ("sort" | "reverse" | "unique" | "values", 0) | ("sort_by" | "unique_by", 1) => {
                input.clone()
            }
            ("first" | "last" | "min" | "max", 0) | ("min_by" | "max_by", 1) => each(),
            ("first" | "last", 1) | ("limit", 2) => last,
            _ => None,
        })
    }

    fn path(
        &mut self,
        inner: &Term<&'s str>,
        parts: &[(Part<Term<&'s str>>, jaq_core::path::Opt)],
        input: &Origin,
    ) -> Result<Origin, ExpressionError> {
        let mut origin = match inner {
            Term::Id => input.clone(),
            Term::Var(name) => self.variable(name),
            other => self.term(other, input)?,
        };
        for (part, opt) in parts {
            let step = match part {
                Part::Index(Term::Str(None, text)) => match text.as_slice() {
                    [StrPart::Str(key)] => Some(Step::Key((*key).to_owned())),
                    _ => None,
                },
                Part::Index(Term::Num(number)) => number.parse().ok().map(Step::Index),
                Part::Index(other) => {
                    self.term(other, input)?;
                    None
                }
                Part::Range(None, None) => {
                    self.computes = true;
                    if matches!(opt, jaq_core::path::Opt::Essential) {
                        self.demand(&origin);
                    }
                    Some(Step::Each)
                }
                Part::Range(from, to) => {
                    for bound in [from, to].into_iter().flatten() {
                        self.term(bound, input)?;
                    }
                    continue;
                }
            };
            self.read(&origin);
            origin = step.and_then(|step| step_into(&origin, step));
        }
        self.read(&origin);
        Ok(origin)
    }

    fn read(&mut self, origin: &Origin) {
        if let Some(read) = origin
            && !self.reads.contains(read)
        {
            self.reads.push(read.clone());
        }
    }
}
