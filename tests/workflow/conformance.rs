//! Other people's documents (`CONFORMANCE_DIR`): we read them, lose nothing, and agree with the official schema, on
//! good documents and on broken ones.

use std::path::{Path, PathBuf};

use auterity::workflow::Definition;
use auterity::workflow::validate::conformance;
use jsonschema::Validator;
use serde_json::Value;

use crate::{assert_shape, examples, yaml_files};

pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CONFORMANCE_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: CONFORMANCE_DIR is not set");
    }
    folder
}

pub fn official(folder: &Path) -> Validator {
    let text = std::fs::read_to_string(folder.join("swf/schema/workflow.yaml")).unwrap();
    let schema: Value = serde_saphyr::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

pub fn specification_examples(folder: &Path) -> Vec<(String, String)> {
    let found = yaml_files(&folder.join("swf/examples"));
    assert_eq!(found.len(), 66);
    found
}

/// The workflow documents in the docstrings of the Conformance Test Kit.
pub fn test_kit(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("swf/ctk")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, docstring) in text.split("\"\"\"").skip(1).step_by(2).enumerate() {
            let body = docstring.trim_start_matches("yaml").trim_start_matches(['\r', '\n']);
            if body.contains("dsl:") {
                found.push((format!("{}#{at}", path.display()), dedent(body)));
            }
        }
    }
    assert_eq!(found.len(), 21);
    found
}

fn dedent(text: &str) -> String {
    let indent =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    text.lines().map(|line| line.get(indent.unwrap_or(0)..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn agrees(validator: &Validator, name: &str, text: &str) {
    let definition = Definition::from_yaml(text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let json = serde_json::to_string(definition.raw()).unwrap();
    let again = Definition::from_json_text(&json).unwrap();
    assert_eq!(serde_json::to_string(again.raw()).unwrap(), json, "{name}");
    let official: Vec<String> = validator.iter_errors(definition.raw()).map(|e| e.to_string()).collect();
    assert!(official.is_empty(), "{name}: {official:#?}");
    assert_shape(name, &definition);
}

#[test]
fn the_specifications_examples_pass() {
    let Some(folder) = folder() else { return };
    let validator = official(&folder);
    for (name, text) in specification_examples(&folder) {
        agrees(&validator, &name, &text);
    }
}

#[test]
fn the_test_kits_documents_pass() {
    let Some(folder) = folder() else { return };
    let validator = official(&folder);
    for (name, text) in test_kit(&folder) {
        agrees(&validator, &name, &text);
    }
}

#[test]
fn our_examples_and_templates_pass_the_official_schema() {
    let Some(folder) = folder() else { return };
    let validator = official(&folder);
    for (name, text) in examples() {
        agrees(&validator, &name, &text);
    }
    let templates = yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/templates"));
    assert_eq!(templates.len(), 60);
    for (name, text) in templates {
        let raw: Value = serde_saphyr::from_str(&text).unwrap();
        let definition = raw.get("definition").cloned().unwrap_or(raw);
        agrees(&validator, &name, &definition.to_string());
    }
}

/// Each document broken in every place: a value of another type, a key removed, a key added. The verdicts agree.
#[test]
fn broken_documents_get_the_same_verdict() {
    let Some(folder) = folder() else { return };
    let validator = official(&folder);
    let mut documents = specification_examples(&folder);
    documents.extend(test_kit(&folder));
    let (mut broken, mut disagreements) = (0, Vec::new());
    for (name, text) in documents {
        let definition = Definition::from_yaml(&text).unwrap();
        let mut pointers = Vec::new();
        collect(definition.raw(), String::new(), &mut pointers);
        for pointer in pointers {
            for (how, raw) in mutations(definition.raw(), &pointer) {
                let Ok(mutant) = Definition::from_value(raw) else { continue };
                let (ours, theirs) = (conformance(&mutant).is_empty(), validator.is_valid(mutant.raw()));
                broken += 1;
                if ours != theirs {
                    disagreements.push(format!("{name} {pointer} {how}: we say {ours}, the schema {theirs}"));
                }
            }
        }
    }
    assert!(broken > 5_000, "{broken}");
    assert!(
        disagreements.is_empty(),
        "{} of {broken}: {:#?}",
        disagreements.len(),
        &disagreements[..disagreements.len().min(25)]
    );
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), pointers);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(at);
}

fn mutations(document: &Value, pointer: &str) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    for (how, value) in [
        ("null", Value::Null),
        ("number", 7.into()),
        ("text", "x".into()),
        ("list", Value::Array(Vec::new())),
        ("object", serde_json::json!({})),
    ] {
        let mut raw = document.clone();
        *raw.pointer_mut(pointer).unwrap() = value;
        found.push((how, raw));
    }
    let mut raw = document.clone();
    if let Some(map) = raw.pointer_mut(pointer).and_then(Value::as_object_mut) {
        map.insert("unheardOf".to_owned(), 1.into());
        found.push(("key added", raw.clone()));
    }
    if let Some((parent, key)) = pointer.rsplit_once('/') {
        let mut raw = document.clone();
        if let Some(map) = raw.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
            found.push(("key removed", raw));
        }
    }
    found
}
