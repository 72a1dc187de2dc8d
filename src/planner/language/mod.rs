//! Language as data: words, patterns and the lexicon they come from.

pub mod lexicon;
pub mod normalise;
pub mod pattern;
mod spelling;
mod stem;

pub use lexicon::{ActionWords, AudienceWords, CheckWords, EventWords, Lexicon, Policy, PolicyKind, Wording};
pub use normalise::{Text, Token};
pub use pattern::{Found, Pattern};

/// The stem of a word, for comparing field names with what was said.
#[must_use]
pub fn stem_of(word: &str) -> String {
    stem::stem(word)
}
