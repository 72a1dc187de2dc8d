//! Parsing and compiling: which functions there are, which are refused, and only those definitions a text really needs.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use jaq_core::Compiler;
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{Arena, File, Lexer, Loader, Parser};
use jaq_core::native::Fun;

use super::calls::visit_calls;
use super::meter::{self, Metered};
use super::{ExpressionError, MAX_CHARS, moments};

/// The name of the whole program among the definitions.
const MAIN: &str = "auterity_main";
/// Brackets inside brackets.
const MAX_NESTING: usize = 24;
/// Words and signs.
const MAX_TOKENS: usize = 250;

const CLOCK: &str =
    "expressions do not read the clock; use duration_until, shift, at_time, next_open, next_time, is_future or local";
const OUTSIDE: &str = "expressions see only their input and variables";
const PATHS: &str = "write the path out, as in .a.b";
const LOG: &str = "expressions have no side effects";

/// Functions that exist in jq and may not be used here.
const REFUSED: [(&str, &str); 26] = [
    ("now", CLOCK),
    ("localtime", CLOCK),
    ("strflocaltime", CLOCK),
    ("gmtime", CLOCK),
    ("mktime", CLOCK),
    ("env", OUTSIDE),
    ("input", OUTSIDE),
    ("inputs", OUTSIDE),
    ("input_filename", OUTSIDE),
    ("input_line_number", OUTSIDE),
    ("get_search_list", OUTSIDE),
    ("halt", OUTSIDE),
    ("halt_error", OUTSIDE),
    ("debug", LOG),
    ("stderr", LOG),
    ("debug_empty", LOG),
    ("stderr_empty", LOG),
    ("path", PATHS),
    ("paths", PATHS),
    ("path_value", PATHS),
    ("getpath", PATHS),
    ("setpath", PATHS),
    ("delpaths", PATHS),
    ("pick", PATHS),
    ("tojson_stream", OUTSIDE),
    (MAIN, OUTSIDE),
];

/// Why this function is refused, if it is.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    REFUSED.iter().find_map(|(refused, why)| (*refused == name).then_some(*why))
}

type Signature = (&'static str, usize);

struct Library {
    defs: Vec<Def<&'static str>>,
    /// The places of a name in `defs`, in order.
    places: HashMap<Signature, Vec<usize>>,
    /// What each definition calls.
    needs: Vec<Vec<Signature>>,
    natives: HashSet<Signature>,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let defs: Vec<Def<&'static str>> = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| refusal(def.name).is_none_or(|why| why == PATHS))
        .map(meter::library_def)
        .collect();
    let mut places: HashMap<Signature, Vec<usize>> = HashMap::new();
    let mut needs = Vec::new();
    for (at, def) in defs.iter().enumerate() {
        places.entry((def.name, def.args.len())).or_default().push(at);
        let mut calls = Vec::new();
        visit_calls(&def.body, &mut |name, arity| calls.push((name, arity)));
        needs.push(calls);
    }
    let natives = natives().iter().map(|(name, args, _)| (*name, args.len())).collect();
    Library { defs, places, needs, natives }
});

fn natives() -> Vec<Fun<Metered>> {
    let ours = meter::natives().into_iter().chain(moments::natives());
    let theirs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).filter(|(name, args, _)| {
        let replaced = *name == "range" && args.len() == 3;
        !replaced && refusal(name).is_none_or(|why| why == PATHS)
    });
    ours.chain(theirs).collect()
}

/// The parsed text; refuses what the parser should not even see.
pub(super) fn parse(code: &str) -> Result<Term<&str>, ExpressionError> {
    if code.chars().count() > MAX_CHARS || is_too_complex(code) {
        return Err(ExpressionError::TooLong);
    }
    let syntax = |found: &str, expected: &str| {
        let found: String = found.chars().take(40).collect();
        let place = if found.is_empty() { "at the end".to_owned() } else { format!("at `{found}`") };
        ExpressionError::Syntax(format!("expected {expected} {place}"))
    };
    let tokens = Lexer::new(code).lex().map_err(|errors| {
        errors.first().map_or_else(|| syntax("", "a term"), |(expected, found)| syntax(found, expected.as_str()))
    })?;
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| {
        errors.into_iter().next().map_or_else(
            || syntax("", "a term"),
            |(expected, found)| syntax(found.map_or("", |token| token.as_str()), expected.as_str()),
        )
    })
}

/// Bounds the recursion of lexer, parser and compiler.
fn is_too_complex(code: &str) -> bool {
    // prefixes nest without brackets: `- - - 1`, `try try 1`
    let mut tokens = 8 * (code.matches("--").count() + code.matches("- -").count()) + 4 * code.matches("try").count();
    let (mut depth, mut in_word) = (0usize, false);
    for c in code.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let word = c.is_alphanumeric() || c == '_';
        tokens += usize::from(!(c.is_whitespace() || word && in_word));
        in_word = word;
        if depth > MAX_NESTING || tokens > MAX_TOKENS {
            return true;
        }
    }
    false
}

/// Compiles a term whose calls and variables have been checked.
pub(super) fn compile(term: Term<&str>, variables: &[String]) -> Result<jaq_core::Filter<Metered>, ExpressionError> {
    let library = &*LIBRARY;
    let mut needed = vec![false; library.defs.len()];
    let mut open = Vec::new();
    let mut unknown = None;
    visit_calls(&term, &mut |name, arity| {
        let place = library.places.get_key_value(&(name, arity)).map(|(known, _)| *known);
        let native = || library.natives.contains(&(name, arity)) && !name.starts_with('!');
        match place {
            Some(known) => open.push(known),
            None if native() => {}
            None => {
                unknown.get_or_insert_with(|| format!("{name}/{arity}"));
            }
        }
    });
    if let Some(name) = unknown {
        return Err(ExpressionError::UnknownFunction(name));
    }
    while let Some(signature) = open.pop() {
        for at in library.places.get(&signature).into_iter().flatten() {
            if !std::mem::replace(&mut needed[*at], true) {
                open.extend(&library.needs[*at]);
            }
        }
    }
    let names: Vec<String> = variables.iter().map(|name| format!("${name}")).collect();
    let program = if names.is_empty() { MAIN.to_owned() } else { format!("{MAIN}({})", names.join("; ")) };
    let args = names.iter().map(String::as_str).collect();
    let main = Def { name: MAIN, args, body: meter::user_term(term) };
    let defs = library.defs.iter().zip(&needed).filter(|(_, needed)| **needed).map(|(def, _)| def.clone());
    let arena = Arena::default();
    let modules = Loader::new(defs.chain([main]))
        .load(&arena, File { code: program.as_str(), path: () })
        .map_err(|_| ExpressionError::Syntax("the expression cannot be read".to_owned()))?;
    Compiler::default()
        .with_funs(natives())
        .with_global_vars(names.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| {
            let first = errors.iter().flat_map(|(_, errors)| errors).next();
            ExpressionError::Syntax(
                first.map_or_else(String::new, |(name, kind)| format!("{} {name} is not known", kind.as_str())),
            )
        })
}
