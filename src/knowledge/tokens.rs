//! Counting tokens of passages: `o200k_base`, the vocabulary of the newer models.

/// Tokens of a text. The first call loads the vocabulary, which takes a moment.
#[must_use]
pub fn count(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}

/// Whether a text has at most so many tokens.
#[must_use]
pub fn fits(text: &str, most: usize) -> bool {
    // a token has a byte at least, and in no language more than some ten on the average
    text.len() <= most || (text.len() <= most * 20 && count(text) <= most)
}
