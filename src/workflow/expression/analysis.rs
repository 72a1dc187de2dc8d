//! What can be known about an expression without running it: its variables, its calls, and the paths it reads.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

use super::{ExpressionError, library};

/// Where a read starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// `.`
    Input,
    /// `$name`, without `$`.
    Variable(String),
}

/// One step of a read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.name`
    Key(String),
    /// `[3]`
    Index(i64),
    /// `[]`, or an element of unknown place.
    Each,
}

/// A path the expression reads: `$workflow.input[0].data.lead_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Read {
    /// Where it starts.
    pub source: Source,
    /// Where it goes.
    pub steps: Vec<Step>,
}

impl Read {
    /// The keys behind `prefix` when the read starts there; `$workflow.input[0].data` is `[Key, Index(0), Key]`.
    #[must_use]
    pub fn after(&self, variable: &str, prefix: &[Step]) -> Option<&[Step]> {
        match &self.source {
            Source::Variable(name) if name == variable => self.steps.strip_prefix(prefix),
            Source::Variable(_) | Source::Input => None,
        }
    }
}

impl std::fmt::Display for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            Source::Input if self.steps.is_empty() => f.write_str(".")?,
            Source::Input => {}
            Source::Variable(name) => write!(f, "${name}")?,
        }
        self.steps.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(at) => write!(f, "[{at}]"),
            Step::Each => f.write_str("[]"),
        })
    }
}

pub(super) struct Facts {
    /// Free variables, without `$`, in order of appearance.
    pub(super) variables: Vec<String>,
    pub(super) reads: Vec<Read>,
    pub(super) result: Option<Read>,
    pub(super) kept: Option<Vec<(String, Option<Read>)>>,
}

/// Walks a term; refuses what may not be used.
pub(super) fn facts(term: &Term<&str>) -> Result<Facts, ExpressionError> {
    let facts = Facts { variables: Vec::new(), reads: Vec::new(), result: None, kept: None };
    let mut walk = Walk { facts, bound: Vec::new() };
    let input = Some(Read { source: Source::Input, steps: Vec::new() });
    walk.facts.result = walk.term(term, &input)?;
    if let Term::BinOp(left, BinaryOp::Math(Math::Add), right) = term
        && let (Term::Var("$context"), Term::Obj(entries)) = (&**left, &**right)
    {
        let mut kept = Vec::new();
        for (key, value) in entries {
            if let (Some(name), Some(value)) = (literal(key), value) {
                kept.push((name.to_owned(), walk.term(value, &input)?));
            }
        }
        walk.facts.kept = Some(kept);
    }
    Ok(walk.facts)
}

/// The text of a key or string without interpolation.
fn literal<'s>(term: &Term<&'s str>) -> Option<&'s str> {
    match term {
        Term::Str(None, parts) => match parts.as_slice() {
            [StrPart::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// A value whose origin is known, or not.
type Origin = Option<Read>;

struct Walk<'s> {
    facts: Facts,
    bound: Vec<(&'s str, Origin)>,
}

fn refused(name: &str, why: &'static str) -> ExpressionError {
    ExpressionError::Refused { name: name.to_owned(), why }
}

impl<'s> Walk<'s> {
    fn term(&mut self, term: &Term<&'s str>, input: &Origin) -> Result<Origin, ExpressionError> {
        match term {
            Term::Id => {
                self.read(input);
                Ok(input.clone())
            }
            Term::Recurse | Term::Num(_) | Term::Break(_) => Ok(None),
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
                let each = self.term(over, input)?;
                let mark = self.bind(pattern, &each, input)?;
                for step in steps {
                    self.term(step, &None)?;
                }
                self.bound.truncate(mark);
                Ok(None)
            }
            Term::TryCatch(inner, catch) => {
                let origin = self.term(inner, input)?;
                if let Some(catch) = catch {
                    self.term(catch, &None)?;
                    return Ok(None);
                }
                Ok(origin)
            }
            Term::IfThenElse(cases, otherwise) => {
                for (when, then) in cases {
                    self.term(when, input)?;
                    self.term(then, input)?;
                }
                if let Some(otherwise) = otherwise {
                    self.term(otherwise, input)?;
                }
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
                self.term(right, &origin)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let origin = if matches!(left, Term::Id) { input.clone() } else { self.term(left, input)? };
                let mark = self.bind(pattern, &origin, input)?;
                let result = self.term(right, input);
                self.bound.truncate(mark);
                result
            }
            BinaryOp::Comma
            | BinaryOp::Alt
            | BinaryOp::Or
            | BinaryOp::And
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
        if !self.facts.variables.iter().any(|known| known == bare) {
            self.facts.variables.push(bare.to_owned());
        }
        let origin = Some(Read { source: Source::Variable(bare.to_owned()), steps: Vec::new() });
        self.read(&origin);
        origin
    }

    fn call(&mut self, name: &str, args: &[Term<&'s str>], input: &Origin) -> Result<Origin, ExpressionError> {
        if let Some(why) = library::refusal(name) {
            return Err(refused(name, why));
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
        for (part, _) in parts {
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
                Part::Range(None, None) => Some(Step::Each),
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
            && !self.facts.reads.contains(read)
        {
            self.facts.reads.push(read.clone());
        }
    }
}

fn step_into(origin: &Origin, step: Step) -> Origin {
    origin.as_ref().map(|read| {
        let mut read = read.clone();
        read.steps.push(step);
        read
    })
}

/// Every call in a term, with its number of arguments.
pub(super) fn visit_calls<'s>(term: &Term<&'s str>, visit: &mut impl FnMut(&'s str, usize)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(format, parts) => {
            if let Some(format) = format {
                visit(format, 0);
            }
            for part in parts {
                if let StrPart::Term(term) = part {
                    visit_calls(term, visit);
                }
            }
        }
        Term::Arr(None) => {}
        Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => visit_calls(inner, visit),
        Term::Obj(entries) => {
            for (key, value) in entries {
                visit_calls(key, visit);
                if let Some(value) = value {
                    visit_calls(value, visit);
                }
            }
        }
        Term::BinOp(left, op, right) => {
            visit_calls(left, visit);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                visit_pattern(pattern, visit);
            }
            visit_calls(right, visit);
        }
        Term::Fold(_, over, pattern, steps) => {
            visit_calls(over, visit);
            visit_pattern(pattern, visit);
            steps.iter().for_each(|step| visit_calls(step, visit));
        }
        Term::TryCatch(inner, catch) => {
            visit_calls(inner, visit);
            if let Some(catch) = catch {
                visit_calls(catch, visit);
            }
        }
        Term::IfThenElse(cases, otherwise) => {
            for (when, then) in cases {
                visit_calls(when, visit);
                visit_calls(then, visit);
            }
            if let Some(otherwise) = otherwise {
                visit_calls(otherwise, visit);
            }
        }
        Term::Def(defs, inner) => {
            for Def { body, .. } in defs {
                visit_calls(body, visit);
            }
            visit_calls(inner, visit);
        }
        Term::Call(name, args) => {
            visit(name, args.len());
            args.iter().for_each(|arg| visit_calls(arg, visit));
        }
        Term::Path(inner, Path(parts)) => {
            visit_calls(inner, visit);
            for (part, _) in parts {
                match part {
                    Part::Index(at) => visit_calls(at, visit),
                    Part::Range(from, to) => {
                        [from, to].into_iter().flatten().for_each(|bound| visit_calls(bound, visit));
                    }
                }
            }
        }
    }
}

fn visit_pattern<'s>(pattern: &Pattern<&'s str>, visit: &mut impl FnMut(&'s str, usize)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(parts) => parts.iter().for_each(|part| visit_pattern(part, visit)),
        Pattern::Obj(parts) => {
            for (key, part) in parts {
                visit_calls(key, visit);
                visit_pattern(part, visit);
            }
        }
    }
}
