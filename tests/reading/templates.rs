//! The shipped templates.

use std::collections::BTreeSet;

use auterity::workflow::describe::describe;
use auterity::workflow::template::{InstantiateError, embedded, load};
use auterity::workflow::{Catalog, Definition, Language, TaskKind};
use serde_json::{Map, Value, json};

use crate::readbacks::assert_complete;

#[test]
fn sixty_templates_load_and_can_be_found() {
    let templates = load().unwrap();
    assert_eq!(templates, embedded());
    let ids: Vec<String> = templates.iter().map(|template| template.id.clone()).collect();
    assert_eq!(ids, (1..=60).map(|number| format!("T{number:02}")).collect::<Vec<_>>());
    let (mut names, mut phrases) = (BTreeSet::new(), BTreeSet::new());
    for template in &templates {
        assert!((5..=7).contains(&template.search_en.len()), "{}", template.id);
        assert!((3..=4).contains(&template.search_es.len()), "{}", template.id);
        for phrase in template.search_en.iter().chain(&template.search_es) {
            assert!(phrases.insert(phrase.to_lowercase()), "{}: “{phrase}” is another template's as well", template.id);
        }
        let header = |field: &str| template.definition.header(field);
        assert_eq!(header("namespace"), Some("templates"));
        assert_eq!(header("title"), Some(template.name.as_str()));
        assert!(template.description.starts_with(header("summary").unwrap()), "{}", template.id);
        assert!(names.insert(header("name").unwrap()), "{}", template.id);
        assert_eq!(template.definition.department(), Some(template.department.as_str()));
        let metadata = template.definition.raw().pointer("/document/metadata/template");
        assert_eq!(metadata, Some(&Value::from(template.id.clone())));
    }
    let departments: BTreeSet<&str> = templates.iter().map(|template| template.department.as_str()).collect();
    let known = ["bdc", "compliance", "fi", "hr", "inventory", "marketing", "parts", "sales", "service"];
    assert_eq!(departments, BTreeSet::from(known));
}

/// Who gets a message knows which store it is from, and may answer a text with STOP.
#[test]
fn what_templates_write_to_customers_says_who_writes() {
    let mut texts = 0;
    for template in embedded() {
        let mut named = false;
        for task in template.definition.all_tasks() {
            let TaskKind::Call { action, with: Some(with) } = task.kind() else { continue };
            let Some(body) = with.get("body").and_then(Value::as_str).filter(|_| action != "reply_review") else {
                continue;
            };
            texts += 1;
            let subject = with.get("subject").and_then(Value::as_str).unwrap_or_default();
            named |= body.contains("{{store.name}}") || subject.contains("{{store.name}}");
            assert!(named, "{} {}: {body}", template.id, task.name);
            let marketing = with["purpose"] == "marketing" && action == "send_sms";
            assert!(!marketing || body.contains("STOP"), "{} {}: {body}", template.id, task.name);
            let characters = body.chars().count();
            assert!(action != "send_sms" || characters <= 320, "{} {}: {characters}", template.id, task.name);
        }
    }
    assert!(texts >= 35, "{texts}");
}

#[test]
fn every_construct_is_shown_by_a_template() {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    found.insert(key.clone());
                    collect(inner, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::String(text) => {
                found.insert(text.clone());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for template in embedded() {
        collect(template.definition.raw(), &mut found);
    }
    let wanted = [
        "on",
        "cron",
        "every",
        "wait",
        "listen",
        "switch",
        "for",
        "while",
        "fork",
        "compete",
        "try",
        "set",
        "if",
        "then",
        "do",
        "once",
        "check_consent",
        "request_approval",
        "draft_text",
        "find_records",
    ];
    for construct in wanted {
        assert!(found.contains(construct), "no template shows `{construct}`");
    }
    let plain_fork = embedded()
        .iter()
        .flat_map(|template| template.definition.all_tasks())
        .any(|task| task.raw.get("fork").is_some_and(|fork| fork.get("compete").is_none()));
    assert!(plain_fork, "no template shows a fork whose branches all run");
}

#[test]
fn instantiating_writes_the_values_and_drops_the_list() {
    for template in embedded() {
        for parameter in &template.parameters {
            for at in &parameter.at {
                let written = template.definition.raw().pointer(at);
                assert_eq!(written, Some(&parameter.default), "{} {at}", template.id);
            }
        }
        let plain = template.instantiate(&Map::new()).unwrap();
        assert!(plain.raw().pointer("/document/metadata/parameters").is_none());
        for parameter in &template.parameters {
            for at in &parameter.at {
                assert_eq!(plain.raw().pointer(at), Some(&parameter.default), "{} {at}", template.id);
            }
        }
        let text = serde_json::to_string(plain.raw()).unwrap();
        assert_eq!(Definition::from_json_text(&text).unwrap(), plain, "{}", template.id);
    }
    let speed = embedded().iter().find(|template| template.id == "T01").unwrap();
    let values = json!({"reply_time": "PT5M", "manager": "role:gm"});
    let chosen = speed.instantiate(values.as_object().unwrap()).unwrap();
    assert_eq!(chosen.task_named("reply").unwrap().timeout_after(), Some(&json!("PT5M")));
    assert_eq!(chosen.task_named("escalate").unwrap().raw["with"]["to"], json!("role:gm"));
    let wrong = json!({"reply_time": "soon"});
    let error = speed.instantiate(wrong.as_object().unwrap()).unwrap_err();
    assert!(matches!(error, InstantiateError::WrongType { ref name, .. } if name == "reply_time"));
    let unknown = json!({"reply": "PT5M"});
    let error = speed.instantiate(unknown.as_object().unwrap()).unwrap_err();
    assert!(matches!(error, InstantiateError::UnknownParameter { .. }));
}

#[test]
fn templates_read_completely_in_both_languages() {
    for template in embedded() {
        for language in [Language::En, Language::Es] {
            let readback = describe(&template.definition, Catalog::embedded(), language);
            assert_complete(&template.definition, &readback);
            let text = readback.to_text();
            for jargon in ["{{", "$workflow", "$context.", " == "] {
                assert!(!text.contains(jargon), "{}: `{jargon}` in\n{text}", template.id);
            }
        }
    }
}
