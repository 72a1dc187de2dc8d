//! The words of the trade in both languages; they are data, in `knowledge/words.yaml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::workflow::text::Language;

/// Words by the name they stand for.
type Table = HashMap<String, Wording>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    en: String,
    es: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    events: Table,
    awaited: Table,
    roles: Table,
    teams: Table,
    entities: Table,
    entities_plural: Table,
    fields: Table,
    values: Table,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the binary; every readback of a test loads it")]
    serde_saphyr::from_str(include_str!("../../../knowledge/words.yaml")).expect("the words load")
});

/// One of two wordings.
pub(in crate::workflow) const fn pick<'a>(language: Language, en: &'a str, es: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Es => es,
    }
}

/// A word of a table.
fn look_up(table: &'static Table, name: &str, language: Language) -> Option<&'static str> {
    table.get(name).map(|wording| pick(language, &wording.en, &wording.es))
}

/// What happened, as a clause: "a lead arrives".
pub(in crate::workflow) fn event(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.events, name, language)
}

/// What is waited for, after "Wait up to 10 minutes": "for the customer to write back".
pub(in crate::workflow) fn awaited(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.awaited, name, language)
}

/// A job role in the singular, without article.
pub(in crate::workflow) fn role(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.roles, name, language)
}

/// A team.
pub(in crate::workflow) fn team(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.teams, name, language)
}

/// An entity in the singular, with its article.
pub(in crate::workflow) fn entity(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.entities, name, language)
}

/// An entity in the plural, without article.
pub(in crate::workflow) fn entities(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.entities_plural, name, language)
}

/// A field of a record or an input of an action.
pub(in crate::workflow) fn field(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.fields, name, language)
}

/// A value of an enum.
pub(in crate::workflow) fn value(name: &str, language: Language) -> Option<&'static str> {
    look_up(&WORDS.values, name, language)
}

/// A snake, kebab or camel case name as plain words: `third_party` → "third party", `awaitReply` → "await reply".
pub(in crate::workflow) fn plain(name: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let upper_after_lower = c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if matches!(c, '_' | '-' | '.' | ' ') {
            words.push(String::new());
        } else {
            if upper_after_lower {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    let spelled = words.iter().filter(|word| !word.is_empty()).map(|word| match word.as_str() {
        "bdc" | "crm" | "dms" | "gm" | "hr" | "it" | "oem" | "ro" | "vin" | "id" | "sms" | "suv" | "cpo" => {
            word.to_uppercase()
        }
        "fi" => "F&I".to_owned(),
        word => word.to_owned(),
    });
    spelled.collect::<Vec<_>>().join(" ")
}

/// The first letter in upper case.
pub(in crate::workflow) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The first letter in lower case, unless the first word is an abbreviation.
pub(in crate::workflow) fn uncapital(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    if chars.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_lowercase().chain(chars).collect()
}
