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
