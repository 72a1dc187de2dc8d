//! The catalogue of codes: complete, true, and the page follows it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use auterity::workflow::validate::{Example, catalogue, catalogue_page};
use auterity::workflow::{Catalog, Definition, Diagnostic, ValidationContext, validate};
use regex::Regex;
use serde_json::Value;

use crate::examples;

fn worked(name: &str) -> Definition {
    let (_, text) = examples().into_iter().find(|(file, _)| file.trim_end_matches(".yaml") == name).unwrap();
    Definition::from_yaml(&text).unwrap()
}

fn broken(example: &Example) -> Definition {
    let mut raw = worked(&example.of).into_raw();
    for pointer in &example.remove {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match raw.pointer_mut(parent).unwrap() {
            Value::Object(map) => assert!(map.shift_remove(key).is_some(), "{pointer}"),
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            other => panic!("{pointer}: {other}"),
        }
    }
    for (pointer, value) in &example.set {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        raw.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value.clone());
    }
    for (pointer, item) in &example.append {
        raw.pointer_mut(pointer).unwrap().as_array_mut().unwrap().push(item.clone());
    }
    Definition::from_value(raw).unwrap()
}

/// A dealership where nobody collects and no photo vendor works.
fn diagnose(example: &Example) -> Vec<Diagnostic> {
    let catalog = Catalog::embedded();
    let roles: Vec<&str> = catalog.roles().iter().map(String::as_str).filter(|role| *role != "collector").collect();
    let teams: Vec<&str> = catalog.teams().iter().map(String::as_str).filter(|team| *team != "photo_vendor").collect();
    let running: Vec<Definition> = example.running.iter().map(|name| worked(name)).collect();
    let mut context = ValidationContext::new(catalog).with_stores(&["lakeside-main", "lakeside-coast"]);
    context.namespace = "lakeside-toyota";
    context.users = &["ana"];
    let places = crate::places();
    context.places = &places;
    context.roles = &roles;
    context.teams = &teams;
    context.running = &running;
    validate(&broken(example), &context)
}

/// Another sentence with the same names and values in it.
fn in_spanish(english: &str, spanish: &str) -> bool {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`[^`]+`|\{\{[^}]*\}\}|\d+").unwrap());
    let names = |text: &str| NAMES.find_iter(text).map(|name| name.as_str().to_owned()).collect::<BTreeSet<_>>();
    english != spanish && names(english) == names(spanish)
}

#[test]
fn the_catalogue_says_everything_in_both_languages() {
    for family in catalogue() {
        assert_ne!(family.about, family.about_es);
        for code in &family.codes {
            assert!(in_spanish(&code.means, &code.means_es) && in_spanish(&code.fix, &code.fix_es), "{code:#?}");
        }
    }
}

#[test]
fn every_example_gets_its_code_and_no_other() {
    let mut wrong = Vec::new();
    for code in catalogue().iter().flat_map(|family| &family.codes) {
        let found = diagnose(&code.example);
        let said: BTreeSet<&str> = found.iter().map(|one| one.code).collect();
        let expected: BTreeSet<&str> =
            code.example.also.iter().map(String::as_str).chain([code.code.as_str()]).collect();
        let severity = found.iter().find(|one| one.code == code.code).map(|one| one.severity);
        if said != expected || severity != Some(code.severity) {
            let detail: Vec<String> =
                found.iter().map(|one| format!("{} {} {}", one.code, one.pointer, one.message)).collect();
            wrong.push(format!("{}: {expected:?} became {detail:#?}", code.code));
        }
        for one in &found {
            assert!(!one.message.is_empty() && !one.hint.is_empty(), "{}", one.code);
            assert!(in_spanish(&one.message, &one.message_es) && in_spanish(&one.hint, &one.hint_es), "{one:#?}");
            let stands = one.pointer.is_empty() || broken(&code.example).raw().pointer(&one.pointer).is_some();
            assert!(stands || one.code.starts_with("structure."), "{}: {} leads nowhere", one.code, one.pointer);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_has_every_code_of_the_rules_and_no_other() {
    static CODE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#""((?:structure|reference|expression|action|event|flow|text|policy|engine)\.[a-z_]+)""#).unwrap()
    });
    let mut written = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/workflow/validate")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            written.extend(CODE.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
    let listed: BTreeSet<String> =
        catalogue().iter().flat_map(|family| &family.codes).map(|code| code.code.clone()).collect();
    assert_eq!(listed, written);
    for family in catalogue() {
        let own = |code: &str| code.split('.').next() == Some(family.family.as_str());
        assert!(family.codes.iter().all(|code| own(&code.code)), "{}", family.family);
    }
}

#[test]
fn the_page_is_what_the_catalogue_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/diagnostics.md");
    let page = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        page.trim_end() == catalogue_page().trim_end(),
        "knowledge/diagnostics.md is not up to date: make generate"
    );
}
