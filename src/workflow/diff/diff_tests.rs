use serde_json::{Value, json};

use super::*;
use crate::workflow::edit::{EditOperation, apply};

fn sample() -> Definition {
    Definition::from_value(json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0", "title": "T"},
        "schedule": {"every": "PT1H"},
        "do": [
            {"a": {"wait": "PT10M"}},
            {"b": {"do": [{"c": {"wait": "PT1M"}}, {"d": {"wait": "PT2M"}}]}},
            {"e": {"call": "notify_user", "with": {"to": "record_owner", "message": "x"}}}
        ]
    }))
    .unwrap()
}

fn changes(operations: Value) -> Vec<(ChangeKind, String)> {
    let operations: Vec<EditOperation> = serde_json::from_value(operations).unwrap();
    let old = sample();
    diff(&old, &apply(&old, &operations).unwrap()).into_iter().map(|change| (change.kind, change.pointer)).collect()
}

#[test]
fn nothing_is_different_from_itself() {
    assert!(diff(&sample(), &sample()).is_empty());
}

#[test]
fn each_operation_shows_as_itself_and_nothing_else() {
    use ChangeKind::{Added, Changed, Moved, Removed};
    let cases = [
        (json!({"op": "set", "pointer": "a/wait", "value": "PT5M"}), vec![(Changed, "/do/0/a/wait")]),
        (json!({"op": "add_task", "at": 0, "name": "z", "task": {"wait": "PT1M"}}), vec![(Added, "/do/0/z")]),
        (json!({"op": "remove_task", "task": "b"}), vec![(Removed, "/do/1/b")]),
        (json!({"op": "move_task", "task": "e", "at": 0}), vec![(Moved, "/do/0/e")]),
        (json!({"op": "move_task", "task": "c", "list": "/do", "at": 0}), vec![(Moved, "/do/0/c")]),
        (json!({"op": "rename_task", "task": "b", "name": "bb"}), vec![(Changed, "/do/1/bb")]),
        (json!({"op": "replace_task", "task": "a", "body": {"set": {"x": 1}}}), vec![(Changed, "/do/0/a")]),
        (json!({"op": "remove", "pointer": "e/with/message"}), vec![(Removed, "/do/2/e/with/message")]),
        (json!({"op": "set_header", "field": "summary", "value": "s"}), vec![(Added, "/document/summary")]),
        (json!({"op": "set_trigger", "schedule": {"every": "PT2H"}}), vec![(Changed, "/schedule/every")]),
    ];
    for (operation, expected) in cases {
        let expected: Vec<(ChangeKind, String)> =
            expected.into_iter().map(|(kind, at)| (kind, at.to_owned())).collect();
        assert_eq!(changes(json!([operation])), expected, "{operation}");
    }
}

#[test]
fn garbage_in_a_list_of_tasks_is_a_change_too() {
    let with = |garbage: Value| Definition::from_value(json!({"do": [garbage]})).unwrap();
    assert_eq!(diff(&with(json!(1)), &with(json!(2))).len(), 1);
    assert_eq!(diff(&with(json!({})), &with(json!([]))).len(), 1);
}
