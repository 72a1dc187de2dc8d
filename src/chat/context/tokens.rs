//! Counting tokens: `o200k_base`, the vocabulary of the newer models. Other models cut words otherwise, by some percent;
//! the window leaves room for that.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use tiktoken_rs::CoreBPE;

/// Texts whose count is remembered at most.
const MOST_KEPT: usize = 1000;

static TOKENIZER: OnceLock<&'static CoreBPE> = OnceLock::new();
static KEPT: LazyLock<Mutex<HashMap<(u64, usize), usize>>> = LazyLock::new(Mutex::default);

/// Loads the tokenizer, which takes a second; called once, in the background, at start.
pub fn load_tokenizer() {
    TOKENIZER.get_or_init(tiktoken_rs::o200k_base_singleton);
}

/// Whether it is loaded.
#[must_use]
pub fn loaded() -> bool {
    TOKENIZER.get().is_some()
}

/// Tokens of a text; a careful estimate until the tokenizer is loaded.
#[must_use]
pub fn count(text: &str) -> usize {
    TOKENIZER.get().map_or_else(|| text.len().div_ceil(3), |bpe| bpe.encode_ordinary(text).len())
}

/// The same for a text that comes again and again, as instructions do: counted once.
#[must_use]
pub fn count_again(text: &str) -> usize {
    if TOKENIZER.get().is_none() {
        return count(text);
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let key = (hasher.finish(), text.len());
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept().get(&key) {
        return *known;
    }
    let tokens = count(text);
    let mut kept = kept();
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(key, tokens);
    tokens
}

/// The beginning of a text that is not above `most` tokens, and whether something was cut off.
#[must_use]
pub fn beginning(text: &str, most: usize) -> (&str, bool) {
    // a token is at least one byte
    if text.len() <= most || count(text) <= most {
        return (text, false);
    }
    // about four bytes a token; shortened until it fits
    let mut end = (most * 4).min(text.len());
    loop {
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let part = text.get(..end).unwrap_or_default();
        if part.is_empty() || count(part) <= most {
            return (part, true);
        }
        end = end * 4 / 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_fits_and_keeps_characters_whole() {
        load_tokenizer();
        let text = "Un mensaje al cliente después de la visita. ".repeat(100);
        let (part, cut) = beginning(&text, 50);
        assert!(cut && count(part) <= 50 && count(part) > 30, "{}", count(part));
        assert!(text.starts_with(part));
        assert_eq!(beginning("short", 50), ("short", false));
        let wide = "é".repeat(400);
        assert!(wide.starts_with(beginning(&wide, 10).0));
    }

    #[test]
    fn counting_again_counts_the_same() {
        load_tokenizer();
        let text = "When a lead arrives, text the customer.";
        assert_eq!([count_again(text), count_again(text)], [count(text); 2]);
    }
}
