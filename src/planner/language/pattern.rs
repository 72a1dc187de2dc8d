//! Patterns over words: the one way in which the lexicon says what a phrase looks like.
//!
//! `a|b` either word · `come_in` one alternative of several words · `@class` any word of a class of `classes.yaml` ·
//! `~` up to five other words · `#` a number · `^` first word of a clause. Between two elements up to two fillers
//! (`the`, `our` …) may stand. A gap never crosses the end of a sentence.

use std::collections::BTreeMap;

use super::entries::Speech;
use super::normalise::Token;
use super::stem::stem;

const GAP: usize = 5;
const FILLERS: usize = 2;

#[derive(Debug, Clone, PartialEq)]
enum Element {
    Words(Vec<Vec<String>>),
    Number,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    elements: Vec<(bool, Element)>,
    anchored: bool,
}

/// Where a pattern was found: tokens `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Found {
    /// First token.
    pub from: usize,
    /// After the last token.
    pub to: usize,
    /// How much of the pattern is words: more is more specific.
    pub weight: usize,
}

impl Pattern {
    /// Compiles a pattern; classes are written without their `@`.
    #[must_use]
    pub fn compile(text: &str, classes: &BTreeMap<String, Vec<String>>, speech: &Speech) -> Self {
        let mut elements = Vec::new();
        let mut gap = false;
        let mut anchored = false;
        for part in text.split_whitespace() {
            match part {
                "~" => gap = true,
                "^" => anchored = true,
                "#" => {
                    elements.push((gap, Element::Number));
                    gap = false;
                }
                _ => {
                    let mut alternatives = Vec::new();
                    for word in part.split('|') {
                        match word.strip_prefix('@') {
                            Some(class) => {
                                for word in classes.get(class).into_iter().flatten() {
                                    alternatives.push(stems(word, speech));
                                }
                            }
                            None => alternatives.push(stems(word, speech)),
                        }
                    }
                    elements.push((gap, Element::Words(alternatives)));
                    gap = false;
                }
            }
        }
        Self { elements, anchored }
    }

    /// Words the pattern knows, as written.
    pub fn words_of(text: &str) -> impl Iterator<Item = &str> {
        text.split([' ', '|', '_']).filter(|w| w.chars().all(char::is_alphabetic) && !w.is_empty())
    }

    /// Everywhere it is found in `from..to`, each start once, shortest gaps first.
    #[must_use]
    pub fn find_all(&self, tokens: &[Token], from: usize, to: usize, fillers: &dyn Fn(&str) -> bool) -> Vec<Found> {
        let mut found = Vec::new();
        let to = to.min(tokens.len());
        let mut start = from;
        while start < to {
            if self.anchored && start > from && !tokens[start - 1].is_mark() {
                start += 1;
                continue;
            }
            if let Some(end) = self.match_at(0, start, to, tokens, fillers) {
                found.push(Found { from: start, to: end, weight: self.weight() });
            }
            start += 1;
        }
        found
    }

    /// Whether it is found in `from..to`.
    #[must_use]
    pub fn find(&self, tokens: &[Token], from: usize, to: usize, fillers: &dyn Fn(&str) -> bool) -> Option<Found> {
        self.find_all(tokens, from, to, fillers).into_iter().next()
    }

    fn weight(&self) -> usize {
        self.elements.len()
    }

    fn match_at(
        &self,
        element: usize,
        at: usize,
        to: usize,
        tokens: &[Token],
        fillers: &dyn Fn(&str) -> bool,
    ) -> Option<usize> {
        let Some((gap, wanted)) = self.elements.get(element) else { return Some(at) };
        let mut position = at;
        let mut skipped = 0;
        loop {
            if position >= to {
                return None;
            }
            for width in wanted.widths(tokens, position, to) {
                if let Some(end) = self.match_at(element + 1, position + width, to, tokens, fillers) {
                    return Some(end);
                }
            }
            if element == 0 {
                return None;
            }
            let token = &tokens[position];
            let may_skip = if *gap {
                skipped < GAP && !token.is_stop() && token.text != "->"
            } else {
                skipped < FILLERS && fillers(&token.text)
            };
            if !may_skip {
                return None;
            }
            skipped += 1;
            position += 1;
        }
    }
}

impl Element {
    fn widths(&self, tokens: &[Token], at: usize, to: usize) -> Vec<usize> {
        match self {
            Self::Number => {
                if tokens[at].number.is_some() {
                    vec![1]
                } else {
                    Vec::new()
                }
            }
            Self::Words(alternatives) => alternatives
                .iter()
                .filter(|words| {
                    at + words.len() <= to && words.iter().zip(&tokens[at..]).all(|(word, token)| *word == token.stem)
                })
                .map(Vec::len)
                .collect(),
        }
    }
}

/// The words of an alternative as a message would be read: slang written out, number words as numbers.
fn stems(word: &str, speech: &Speech) -> Vec<String> {
    let mut out = Vec::new();
    for part in word.split('_') {
        match (speech.expand.get(part), speech.numbers.get(part)) {
            (Some(written), _) => out.extend(written.split(' ').map(stem)),
            (None, Some(number)) => out.push(number.to_string()),
            (None, None) => out.push(stem(part)),
        }
    }
    out
}
