//! Which functions a term calls.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Part, Path};

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
