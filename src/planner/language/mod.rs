//! Language as data: words, patterns and the lexicon they come from.

pub mod entries;
pub mod lexicon;
pub mod normalise;
pub mod pattern;
mod spelling;
mod stem;

pub use entries::{ActionWords, AudienceWords, CheckWords, EventWords, Policy, PolicyKind, PowerWords, Wording};
pub use lexicon::Lexicon;
pub use normalise::{Text, Token};
pub use pattern::{Found, Pattern};

/// The stem of a word, for comparing field names with what was said.
#[must_use]
pub fn stem_of(word: &str) -> String {
    stem::stem(word)
}
