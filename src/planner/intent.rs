//! What kind of message it is: a question, a wish, an undo. Deterministic: the tools that write depend on it.

use super::language::{Lexicon, Text};
use super::parse::{Clause, Parser};
use crate::workflow::Catalog;

/// Whether a message only asks something: then no tool that writes is offered.
#[must_use]
pub fn is_pure_question(text: &str, has_draft: bool) -> bool {
    let lexicon = Lexicon::embedded();
    let text = Text::read(text, lexicon);
    pure(&Parser { text: &text, lexicon, catalog: Catalog::embedded() }, has_draft)
}

/// See [`is_pure_question`].
pub fn pure(parser: &Parser<'_>, has_draft: bool) -> bool {
    let tokens = parser.tokens();
    let clauses = parser.clauses();
    let Some(last) = clauses.last() else { return false };
    if parser.intent("polite", 0, tokens.len()).is_some() {
        return false;
    }
    let asked: Vec<bool> = (0..=last.sentence).map(|s| asks(parser, &clauses, s, has_draft)).collect();
    if !asked.last().copied().unwrap_or(false) {
        return false;
    }
    // a sentence that tells what to do makes it a wish
    (0..=last.sentence).all(|s| asked[s] || !orders(parser, &clauses, s))
}

fn asks(parser: &Parser<'_>, clauses: &[Clause], sentence: usize, has_draft: bool) -> bool {
    let tokens = parser.tokens();
    let mine: Vec<&Clause> = clauses.iter().filter(|c| c.sentence == sentence).collect();
    let (Some(first), Some(last)) = (mine.first(), mine.last()) else { return false };
    let marked = tokens.get(last.span.to).is_some_and(|t| t.text == "?");
    let inside = parser.intent("question", first.span.from, last.span.to).is_some_and(|q| !conditional(parser, q.from));
    let opened = mine.iter().any(|c| {
        let patterns = parser.lexicon.intents.get("question_start").map_or(&[][..], Vec::as_slice);
        parser.lexicon.all(patterns, tokens, c.span.from, c.span.to).iter().any(|q| {
            // "don't text them" forbids and "do it now" orders; neither asks
            let next = |words: &[&str]| tokens.get(q.from + 1).is_some_and(|t| t.is(words));
            let orders = next(&["not"]) || tokens[q.from].is(&["do"]) && next(&["it", "that", "this", "so"]);
            q.from == c.span.from && (marked || !orders)
        })
    });
    let about_draft = has_draft && parser.intent("explain", first.span.from, last.span.to).is_some();
    opened
        || about_draft
        || inside && (marked || parser.intent("question_inside", first.span.from, last.span.to).is_some())
        || marked && mine.len() == 1 && sentence == clauses.last().map_or(0, |c| c.sentence)
}

fn conditional(parser: &Parser<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|b| parser.tokens()[b].is(&["if", "when", "si", "cuando"]))
}

fn orders(parser: &Parser<'_>, clauses: &[Clause], sentence: usize) -> bool {
    let verbs = parser.verbs();
    clauses.iter().filter(|c| c.sentence == sentence).any(|c| {
        verbs.iter().any(|v| v.span.from >= c.span.from && v.span.from <= c.span.from + 1 && v.span.from < c.span.to)
    })
}

/// `es` or `en`: the language of the message, else the one of the author's profile.
pub fn language(text: &Text, lexicon: &Lexicon, profile: Option<&str>) -> &'static str {
    let words = text.tokens.iter().filter(|t| !t.is_mark() && t.number.is_none());
    let (mut spanish, mut all) = (0_usize, 0_usize);
    for token in words {
        all += 1;
        spanish += usize::from(lexicon.speech.spanish.contains(&token.text));
    }
    let marked = text.raw.contains(['¿', '¡', 'ñ', 'á', 'é', 'í', 'ó', 'ú']);
    if all == 0 {
        return if profile == Some("es") { "es" } else { "en" };
    }
    let share = spanish * 10 / all;
    if share >= 4 && spanish >= 2 || marked && share >= 2 || all <= 3 && profile == Some("es") && spanish > 0 {
        "es"
    } else {
        "en"
    }
}
