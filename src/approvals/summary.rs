//! The summary of a draft says what the definition does, and nothing else: it is derived whenever the content changes.

use serde_json::Value;

use crate::workflow::describe::summary;
use crate::workflow::{Catalog, Definition, Language};

/// The definition with the summary of its content, in `language`.
#[must_use]
pub fn summarised(definition: &Definition, language: Language) -> Definition {
    let mut raw = definition.raw().clone();
    let text = summary(definition, Catalog::embedded(), language);
    if let Some(document) = raw.get_mut("document").and_then(Value::as_object_mut) {
        if text.is_empty() {
            document.shift_remove("summary");
        } else {
            document.insert("summary".to_owned(), Value::from(text));
        }
    }
    Definition::from_value(raw).unwrap_or_else(|_| definition.clone())
}

/// The new content after an edit: where the old one had a summary, it follows, in the language it was in.
#[must_use]
pub fn followed(old: &Definition, new: &Definition) -> Definition {
    let Some(said) = old.raw().pointer("/document/summary") else { return new.clone() };
    let spanish = *said == summary(old, Catalog::embedded(), Language::Es);
    summarised(new, if spanish { Language::Es } else { Language::En })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(minutes: u32, summary: &str) -> Definition {
        let text = format!(
            "document: {{ dsl: '1.0.3', namespace: n, name: w, version: 0.1.0, title: T, summary: '{summary}' }}\n\
             do:\n  - rest: {{ wait: PT{minutes}M }}\n"
        );
        Definition::from_yaml(&text).unwrap()
    }

    fn said(definition: &Definition) -> &str {
        definition.raw()["document"]["summary"].as_str().unwrap()
    }

    #[test]
    fn a_summary_follows_the_content_in_its_language() {
        let old = summarised(&definition(5, "whatever was asked"), Language::Es);
        let mut raw = definition(9, "").into_raw();
        raw["document"]["summary"] = old.raw()["document"]["summary"].clone();
        let new = followed(&old, &Definition::from_value(raw).unwrap());
        assert!(said(&old).contains('5') && said(&new).contains('9'), "{} {}", said(&old), said(&new));
        assert_eq!(said(&new), said(&summarised(&new, Language::Es)));
        assert_ne!(said(&new), said(&summarised(&new, Language::En)));
    }
}
