//! Labels and draft texts without a model: shipped words and shipped texts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::act::Act;
use super::refused;
use crate::execution::connectors::CallError;

/// Below this a person decides.
const SURE: f64 = 0.7;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    words: Vec<String>,
    en: String,
    es: String,
}

static INTENTS: LazyLock<Result<BTreeMap<String, Vec<String>>, String>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../../knowledge/sandbox/intents.yaml")).map_err(|e| e.to_string())
});
static DRAFTS: LazyLock<Result<Vec<Shipped>, String>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../../../knowledge/sandbox/drafts.yaml")).map_err(|e| e.to_string())
});

pub(super) fn classify_text(act: &mut Act<'_>) -> Result<Value, CallError> {
    let labels = act.list("labels");
    let (label, confidence) = classify(act.required("text")?, &labels)?;
    Ok(json!({ "label": label, "confidence": confidence }))
}

/// The label whose words occur most; `other` when that is not sure enough.
fn classify(text: &str, labels: &[&str]) -> Result<(String, f64), CallError> {
    let intents = INTENTS.as_ref().map_err(|error| refused(500, "Shipped words", error.clone()))?;
    let text = format!(" {} ", plain(text));
    let hits = |label: &str| -> f64 {
        let own = plain(label);
        let listed = intents.get(label).into_iter().flatten().map(|word| plain(word));
        // longer phrases say more
        let words = listed.chain([own]).filter(|word| text.contains(&format!(" {word} ")));
        words.map(|word| if word.contains(' ') { 2.0 } else { 1.0 }).sum()
    };
    let scores: Vec<f64> = labels.iter().map(|label| hits(label)).collect();
    let total: f64 = scores.iter().sum();
    let best = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    Ok(match best {
        Some((place, score)) if score > 0.0 => {
            // one word is a hint, two are a statement; words of other labels speak against it
            let confidence = (score / total) * (0.6 + 0.2 * score).min(0.95);
            let confidence = (confidence * 100.0).round() / 100.0;
            let label = if confidence >= SURE { labels[place] } else { "other" };
            (label.to_owned(), confidence)
        }
        Some(_) | None => ("other".to_owned(), 0.0),
    })
}

pub(super) fn draft_text(act: &mut Act<'_>) -> Result<Value, CallError> {
    let drafts = DRAFTS.as_ref().map_err(|error| refused(500, "Shipped texts", error.clone()))?;
    let instruction = plain(act.required("instruction")?);
    let fits = |draft: &&Shipped| draft.words.is_empty() || draft.words.iter().any(|word| instruction.contains(word));
    let found = drafts.iter().find(fits).ok_or_else(|| refused(500, "Shipped texts", "no general text"))?;
    let spanish = act.text("language").is_some_and(|tag| tag.starts_with("es"));
    let text = if spanish { &found.es } else { &found.en };
    let most = act.input("max_chars").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    Ok(json!({ "text": shortened(text, most.unwrap_or(usize::MAX)) }))
}

/// Whole sentences as long as they fit, else whole words.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for sentence in text.split_inclusive(". ") {
        if short.chars().count() + sentence.trim_end().chars().count() > most {
            break;
        }
        short.push_str(sentence);
    }
    if short.is_empty() {
        for word in text.split_whitespace() {
            if short.chars().count() + word.chars().count() + 1 > most {
                break;
            }
            if !short.is_empty() {
                short.push(' ');
            }
            short.push_str(word);
        }
    }
    short.trim_end().to_owned()
}

/// Lower case, without accents and punctuation.
fn plain(text: &str) -> String {
    let folded = text.nfd().filter(|c| !matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}'));
    let words: String =
        folded.flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_texts_get_their_label_and_unclear_ones_go_to_a_person() {
        let labels = ["book", "cancel", "price", "complaint"];
        let label = |text| classify(text, &labels).unwrap().0;
        assert_eq!(label("Can I schedule an appointment for a test drive?"), "book");
        assert_eq!(label("¿Cuánto cuesta? Necesito el precio"), "price");
        assert_eq!(label("hmm"), "other");
        assert_eq!(label("cancel or book, what is the price"), "other");
    }

    #[test]
    fn texts_are_cut_at_sentences() {
        assert_eq!(shortened("One two. Three four. Five.", 12), "One two.");
        assert_eq!(shortened("One two three", 8), "One two");
    }
}
