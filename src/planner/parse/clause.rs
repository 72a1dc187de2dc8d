//! Clauses: where one thought ends and the next begins.

use super::{Parser, Span};

/// How a clause begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// Nothing special.
    Plain,
    /// `when`, `whenever`, `every time`, `cuando`.
    When,
    /// `if`, `unless`, `si`.
    If,
    /// `then`, `after that`.
    Then,
    /// `otherwise`, `else`.
    Otherwise,
}

/// One clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause {
    /// Its tokens, the leading word included.
    pub span: Span,
    /// Number of its sentence.
    pub sentence: usize,
    /// How it begins.
    pub lead: Lead,
}

/// Splits the message.
pub fn split(parser: &Parser<'_>) -> Vec<Clause> {
    let tokens = parser.tokens();
    let mut clauses = Vec::new();
    let mut from = 0;
    let mut sentence = 0;
    for i in 0..=tokens.len() {
        let end = i == tokens.len();
        let mark = !end && (tokens[i].is_stop() || tokens[i].is(&[",", ":", "->", "-", "(", ")"]));
        let word = !end && i > from && begins(parser, i);
        if !(end || mark || word) {
            continue;
        }
        if i > from {
            clauses.push(Clause { span: Span { from, to: i }, sentence, lead: lead(parser, from) });
        }
        from = if mark { i + 1 } else { i };
        if mark && tokens[i].is_stop() {
            sentence += 1;
        }
    }
    clauses
}

/// Whether a new clause begins at this word.
fn begins(parser: &Parser<'_>, i: usize) -> bool {
    let tokens = parser.tokens();
    let previous = tokens[i - 1].text.as_str();
    let counted = tokens.get(i + 1).is_some_and(|t| t.is(&["a", "per", "each", "every", "again"]));
    match tokens[i].text.as_str() {
        "if" | "unless" | "whenever" | "when" | "cuando" | "si" => {
            !tokens.get(i + 2).is_some_and(|t| t.is(&["open", "close"]))
                && !matches!(
                    previous,
                    "and" | "y" | "but" | "then" | "only" | "even" | "pero" | "know" | "see" | "as" | "ask"
                )
        }
        "once" => !counted && !matches!(previous, "and" | "at"),
        "then" | "otherwise" | "else" | "but" | "luego" | "pero" | "plus" => {
            !matches!(previous, "and" | "y" | "or" | "if")
        }
        "and" | "y" | "e" | "or" => tokens.get(i + 1).is_some_and(|t| {
            t.is(&["if", "then", "when", "once", "unless", "otherwise", "si", "cuando", "luego", "also"])
        }),
        _ => false,
    }
}

fn lead(parser: &Parser<'_>, from: usize) -> Lead {
    let tokens = parser.tokens();
    let mut at = from;
    while tokens
        .get(at)
        .is_some_and(|t| t.is(&["and", "y", "but", "pero", "so", "ok", "hey", "hi", "please", "only", "e"]))
    {
        at += 1;
    }
    let Some(token) = tokens.get(at) else { return Lead::Plain };
    let next = tokens.get(at + 1);
    match token.text.as_str() {
        "when" | "whenever" | "cuando" => Lead::When,
        "once" if !next.is_some_and(|t| t.is(&["a", "per"])) => Lead::When,
        "every" | "each" | "cada" if next.is_some_and(|t| t.is(&["time", "vez"])) => Lead::When,
        "as" if next.is_some_and(|t| t.is(&["soon"])) => Lead::When,
        "after" | "despues" | "anytime" | "any" | "if" | "unless" | "si" => {
            if token.is(&["if", "unless", "si"]) {
                if next.is_some_and(|t| t.is(&["not"])) && tokens.get(at + 2).is_none_or(|t| t.is_mark()) {
                    Lead::Otherwise
                } else {
                    Lead::If
                }
            } else {
                Lead::When
            }
        }
        "then" | "luego" => Lead::Then,
        "otherwise" | "else" => Lead::Otherwise,
        _ => Lead::Plain,
    }
}
