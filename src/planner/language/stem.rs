//! A light stemmer, the same for patterns and messages: it need not be right, only the same on both sides.

/// The stem of a lower-case word without accents.
pub fn stem(word: &str) -> String {
    let mut word = word.trim_end_matches("'s").to_owned();
    if word.len() <= 3 || !word.is_ascii() {
        return word;
    }
    if word.ends_with("ies") && word.len() > 4 {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if ["sses", "xes", "ches", "shes", "zes"].iter().any(|end| word.ends_with(end)) {
        word.truncate(word.len() - 2);
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.truncate(word.len() - 1);
    }
    for ending in ["ing", "ed"] {
        let Some(base) = word.strip_suffix(ending) else { continue };
        if base.len() >= 3 && base.bytes().any(|b| b"aeiouy".contains(&b)) {
            let bytes = base.as_bytes();
            let (last, before) = (bytes[bytes.len() - 1], bytes[bytes.len() - 2]);
            let doubled = last == before && !b"lsz".contains(&last);
            word.truncate(word.len() - ending.len() - usize::from(doubled));
            break;
        }
    }
    if word.len() > 3 && word.ends_with('e') {
        word.truncate(word.len() - 1);
    }
    if word.len() > 3 && word.ends_with('i') {
        word.truncate(word.len() - 1);
        word.push('y');
    }
    word
}
