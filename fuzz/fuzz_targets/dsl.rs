//! A definition as text, JSON or YAML: parse, validate, describe, digest. What can be parsed can be read back in words,
//! and its canonical form is a fixed point.
#![no_main]

use auterity::workflow::{Catalog, Definition, Language, ValidationContext, describe, graph, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read =
        if text.trim_start().starts_with('{') { Definition::from_json_text(text) } else { Definition::from_yaml(text) };
    let Ok(definition) = read else { return };
    let _ = validate(&definition, &ValidationContext::new(Catalog::embedded()));
    let _ = graph::graph(&definition);
    for language in [Language::En, Language::Es] {
        let _ = describe::describe(&definition, Catalog::embedded(), language).to_text();
    }
    if let Ok(canonical) = definition.canonical_json() {
        let again = Definition::from_json_text(&canonical).expect("canonical JSON is a document");
        assert_eq!(again.canonical_json().ok(), Some(canonical));
    }
});
