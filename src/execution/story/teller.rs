//! Who tells a story: what both its sentences and its calls are worded with.

use std::collections::HashMap;

use chrono_tz::Tz;
use serde_json::Value;

use crate::workflow::text::Language;

/// Knows names, the zone and the language.
pub(super) struct Teller {
    pub(super) zone: Tz,
    pub(super) language: Language,
    pub(super) names: HashMap<String, String>,
}

impl Teller {
    /// One of two wordings.
    pub(super) const fn say<'a>(&self, en: &'a str, es: &'a str) -> &'a str {
        match self.language {
            Language::En => en,
            Language::Es => es,
        }
    }

    pub(super) fn name<'a>(&'a self, id: &'a Value) -> &'a str {
        let id = id.as_str().unwrap_or_default();
        self.names.get(id).map_or(self.say("the customer", "el cliente"), String::as_str)
    }
}

pub(super) fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
