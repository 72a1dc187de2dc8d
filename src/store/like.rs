//! Searching in texts.

/// The pattern of a `like … escape '!'` for text that contains `words`.
pub(super) fn containing(words: &str) -> String {
    let literal = words.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{literal}%")
}
