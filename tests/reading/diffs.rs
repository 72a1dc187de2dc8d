//! Differences of edited examples, as they are shown to people.

use auterity::workflow::diff::{Change, diff};
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::{Definition, Language};
use serde_json::{Value, json};

use crate::example;

fn edited(definition: &Definition, operations: Value) -> Definition {
    let operations: Vec<EditOperation> = serde_json::from_value(operations).unwrap();
    apply(definition, &operations).unwrap()
}

fn written(changes: &[Change]) -> String {
    written_in(changes, Language::En)
}

fn written_in(changes: &[Change], language: Language) -> String {
    changes
        .iter()
        .map(|change| format!("{:?} {}\n  {}\n", change.kind, change.pointer, change.in_words(language)))
        .collect()
}

fn operations() -> Value {
    json!([
        {"op": "set", "pointer": "reply/timeout/after", "value": "PT5M"},
        {"op": "set", "pointer": "pingManager/with/to", "value": "role:gm"},
        {"op": "set", "pointer": "textCustomer/with/body", "value": "Hello {{customer.first_name}}"},
        {"op": "add_task", "after": "textCustomer", "name": "callTask", "task": {"call": "create_task", "with": {
            "assignee": "record_owner", "title": "Call {{customer.name}}", "due_in": "PT5M"}}},
        {"op": "add_task", "list": "awaitReply/catch/do", "at": 0, "name": "pauseShortly", "task": {"wait": "PT1M"}},
        {"op": "set", "pointer": "/schedule/on/one/with/data", "value": "${ .lead_type == \"phone\" }"},
        {"op": "set_header", "field": "title", "value": "New leads"},
        {"op": "remove", "pointer": "pingManager/with/urgency"},
    ])
}

#[test]
fn a_list_of_edits_reads_as_what_changed() {
    let old = example("12-main-story");
    let new = edited(&old, operations());
    insta::assert_snapshot!("main_story_edited.en", written(&diff(&old, &new)));
    insta::assert_snapshot!("main_story_edited.es", written_in(&diff(&old, &new), Language::Es));
}

#[test]
fn moved_renamed_removed_and_replaced_steps_are_told_apart() {
    let old = example("01-speed-to-lead");
    let new = edited(
        &old,
        json!([
            {"op": "move_task", "task": "callTask", "at": 0},
            {"op": "rename_task", "task": "tellOwner", "name": "tellSalesperson"},
            {"op": "remove_task", "task": "sendEmail"},
            {"op": "replace_task", "task": "checkText", "body": {"wait": "PT1M"}},
            {"op": "set_trigger", "schedule": {"cron": "0 9 * * 1"}},
        ]),
    );
    insta::assert_snapshot!("speed_to_lead_rebuilt.en", written(&diff(&old, &new)));
}

#[test]
fn the_header_is_compared_as_the_steps_are() {
    let before = example("12-main-story");
    let with = |pointer: &str, value: Value| {
        let mut raw = before.raw().clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        raw.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
        Definition::from_value(raw).unwrap()
    };
    for (pointer, value) in [
        ("/document/title", json!("Another title")),
        ("/document/summary", json!("Another summary")),
        ("/document/tags", json!({ "department": "parts" })),
        ("/timeout", json!({ "after": "P1D" })),
        ("/schedule", json!({ "every": "PT2H" })),
    ] {
        let changes = diff(&before, &with(pointer, value.clone()));
        let there = changes.iter().all(|change| change.pointer.starts_with(pointer) && change.task.is_none());
        assert!(there && !changes.is_empty(), "{pointer}: {changes:?}");
        assert!(changes.iter().all(|change| !change.words.is_empty()), "{pointer}");
        // beside a step that changed as well
        let mut both = with(pointer, value).into_raw();
        both["do"].as_array_mut().unwrap().push(json!({ "addedLast": { "set": { "x": 1 } } }));
        let pointers: Vec<String> =
            diff(&before, &Definition::from_value(both).unwrap()).into_iter().map(|change| change.pointer).collect();
        assert!(pointers.iter().any(|at| at.starts_with(pointer)), "{pointer}: {pointers:?}");
        assert!(pointers.iter().any(|at| at.ends_with("/addedLast")), "{pointer}: {pointers:?}");
    }
}

#[test]
fn every_way_to_a_renamed_step_leads_to_it_under_its_new_name() {
    let mut ways = 0;
    for (name, before) in crate::examples() {
        for task in before.all_tasks() {
            let text = before.raw().to_string();
            let after = edited(&before, json!([{"op": "rename_task", "task": task.name, "name": "renamedStep"}]));
            let led = text.matches(&format!("\"then\":\"{}\"", task.name)).count();
            let leads = after.raw().to_string().matches("\"then\":\"renamedStep\"").count();
            assert_eq!(leads, led, "{name}: {}", task.name);
            ways += led;
        }
    }
    assert!(ways >= 8, "the examples have {ways} jumps");
    // plain ones too, forward and out of a case
    let raw = json!({"document": {}, "do": [
        {"a": {"set": {"x": 1}, "then": "c"}}, {"b": {"switch": [{"one": {"when": "${ true }", "then": "c"}}]}}, {"c": {"wait": "PT1M"}},
    ]});
    let after = edited(&Definition::from_value(raw).unwrap(), json!([{"op": "rename_task", "task": "c", "name": "d"}]));
    assert_eq!(after.raw()["do"][0]["a"]["then"], "d");
    assert_eq!(after.raw()["do"][1]["b"]["switch"][0]["one"]["then"], "d");
}
