//! What the outside texts of a conversation may ask for.

use super::trusted;
use crate::model::span::Span;
use crate::planner::Mentions;
use crate::planner::language::Lexicon;
use crate::workflow::Catalog;
use crate::workflow::catalog::RiskClass;
use crate::workflow::powers::{Power, PowerKind, is_hidden};

/// Texts that are read, the newest first; with more of them nothing is ruled out.
const READ: usize = 64;
/// Bytes of a text that are read; what a longer one says is not ruled out.
const READ_BYTES: usize = 4000;

/// The outside texts, read.
#[derive(Debug)]
pub(super) struct Suspects<'a> {
    read: Vec<(&'a Span, Mentions)>,
    opaque: bool,
}

impl<'a> Suspects<'a> {
    pub(super) fn of(spans: &'a [Span]) -> Self {
        let newest = spans.iter().rev().take(READ);
        let read = newest.map(|span| (span, Mentions::of(beginning(&span.text)))).collect();
        let hidden = |span: &Span| span.text.len() > READ_BYTES || span.text.chars().any(is_hidden);
        Self { read, opaque: spans.len() > READ || spans.iter().any(hidden) }
    }

    /// Whether one of them asks for this power, or may do so where it cannot be read.
    pub(super) fn may_ask_for(&self, power: &Power) -> bool {
        self.opaque || self.naming(power).is_some()
    }

    /// The newest of the texts that names this power.
    pub(super) fn naming(&self, power: &Power) -> Option<&'a Span> {
        self.read.iter().find(|(span, words)| trusted::names(words, &span.text, power)).map(|(span, _)| *span)
    }
}

/// Whether a power needs the author's word as soon as there is any outside text: whom a draft reaches, where it points,
/// whose records it goes through, what moves money or access, and what the catalog does not know.
pub(super) fn weighs(power: &Power) -> bool {
    match power.kind {
        PowerKind::Recipient | PowerKind::Host | PowerKind::Audience => true,
        PowerKind::Trigger => false,
        PowerKind::Step => {
            let action = Catalog::embedded().action(&power.value);
            action.is_none_or(|action| action.risk >= RiskClass::Money)
                || Lexicon::embedded().powers.weighty.contains(&power.value)
        }
    }
}

fn beginning(text: &str) -> &str {
    let end = (0..=READ_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}
