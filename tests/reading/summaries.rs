//! The sentence that says what a definition does.

use auterity::workflow::describe::summary;
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::{Catalog, Definition, Language};
use serde_json::json;

use crate::{example, examples};

#[test]
fn examples_in_one_sentence() {
    let mut said = String::new();
    for (name, definition) in examples() {
        for language in [Language::En, Language::Es] {
            let sentence = summary(&definition, Catalog::embedded(), language);
            assert!(!sentence.contains(['“', '{', '$']), "{name}: no texts, no expressions: {sentence}");
            said.push_str(&format!("{name} {}: {sentence}\n", language.as_str()));
        }
    }
    insta::assert_snapshot!("sentences", said);
}

#[test]
fn an_edit_changes_the_sentence() {
    let before = example("12-main-story");
    let shorter = [EditOperation::Set { pointer: "reply/timeout/after".into(), value: json!("PT5M") }];
    let after = apply(&before, &shorter).unwrap();
    let said = |definition: &Definition| summary(definition, Catalog::embedded(), Language::En);
    assert!(said(&before).contains("10 minutes"));
    assert_eq!(said(&after), said(&before).replace("10 minutes", "5 minutes"));
}

#[test]
fn nothing_to_do_is_nothing_to_say() {
    let empty = Definition::from_value(json!({"do": []})).unwrap();
    assert_eq!(summary(&empty, Catalog::embedded(), Language::En), "");
}
