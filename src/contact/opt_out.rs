//! Hearing that somebody wants no more, in English and Spanish.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// Words by language.
type Words = BTreeMap<String, Vec<String>>;

/// How much somebody wants to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Offers.
    Marketing,
    /// Everything.
    All,
}

/// What a message says about being contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// No more of it.
    OptOut(Scope),
    /// Contact is welcome again.
    Resubscribe,
}

/// `opt_out.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptOutRules {
    /// What it is.
    pub title: String,
    /// The day it was last compared with its sources.
    pub reviewed: NaiveDate,
    /// Where it comes from.
    pub sources: Vec<String>,
    words: Words,
    phrases: Words,
    marketing_phrases: Words,
    resubscribe: Words,
    courtesy: Vec<String>,
    confirmation: BTreeMap<String, String>,
}

impl OptOutRules {
    /// What `text` says, if it says anything about being contacted.
    #[must_use]
    pub fn hear(&self, text: &str) -> Option<Heard> {
        let plain = plain(text);
        let padded = format!(" {plain} ");
        let whole = self.without_courtesy(&plain);
        let is_one_of = |words: &Words| words.values().flatten().any(|word| *word == whole);
        let says = |words: &Words| words.values().flatten().any(|phrase| padded.contains(&format!(" {phrase} ")));
        if says(&self.marketing_phrases) {
            Some(Heard::OptOut(Scope::Marketing))
        } else if is_one_of(&self.words) || says(&self.phrases) {
            Some(Heard::OptOut(Scope::All))
        } else if is_one_of(&self.resubscribe) {
            Some(Heard::Resubscribe)
        } else {
            None
        }
    }

    /// The one text that confirms an opt-out.
    #[must_use]
    pub fn confirmation(&self, language: &str, store: &str) -> String {
        let key = if language.starts_with("es") { "es" } else { "en" };
        self.confirmation.get(key).map(|text| text.replace("{store}", store)).unwrap_or_default()
    }

    fn without_courtesy(&self, plain: &str) -> String {
        let mut rest = plain;
        loop {
            let shorter = self.courtesy.iter().find_map(|word| {
                let cut = rest.strip_suffix(word.as_str()).or_else(|| rest.strip_prefix(word.as_str()))?;
                let cut_at_word = cut.is_empty() || cut.starts_with(' ') || cut.ends_with(' ');
                cut_at_word.then(|| cut.trim())
            });
            match shorter {
                Some(shorter) if !shorter.is_empty() => rest = shorter,
                Some(_) | None => return rest.to_owned(),
            }
        }
    }
}

/// Lower case, without accents, apostrophes and punctuation, single spaces.
fn plain(text: &str) -> String {
    let folded = text.nfd().filter(|c| !matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}'));
    let words: String =
        folded.flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
