use serde_json::{Value, json};

use super::*;

fn sample() -> Definition {
    Definition::from_value(json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0", "title": "T",
            "metadata": {"stores": ["lakeside-main"]}},
        "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
        "do": [
            {"textCustomer": {"call": "send_sms", "with": {"customer_id": "${ .x }", "body": "Hi", "purpose": "informational"}}},
            {"awaitReply": {
                "try": [{"reply": {"listen": {"to": {"one": {"with": {"type": "customer.message.received"}}}}, "timeout": {"after": "PT10M"}}}],
                "catch": {"errors": {"with": {"type": "timeout"}}}
            }},
            {"route": {"switch": [{"yes": {"when": "${ true }", "then": "tell"}}, {"no": {"then": "end"}}]}},
            {"tell": {"call": "notify_user", "with": {"to": "record_owner", "message": "x"}, "then": "end"}}
        ]
    }))
    .unwrap()
}

fn edit(operations: Value) -> Result<Definition, EditError> {
    let operations: Vec<EditOperation> = serde_json::from_value(operations).unwrap();
    apply(&sample(), &operations)
}

fn refused(operations: Value) -> EditError {
    edit(operations).unwrap_err()
}

fn text(definition: &Definition) -> String {
    serde_json::to_string(definition.raw()).unwrap()
}

fn names(definition: &Definition) -> Vec<&str> {
    definition.all_tasks().iter().map(|task| task.name).collect()
}

#[test]
fn set_changes_one_value_and_not_a_byte_more() {
    let expected = text(&sample()).replace("PT10M", "PT5M");
    let by_pointer = json!([{"op": "set", "pointer": "/do/1/awaitReply/try/0/reply/timeout/after", "value": "PT5M"}]);
    assert_eq!(text(&edit(by_pointer).unwrap()), expected);
    let by_name = json!([{"op": "set", "pointer": "reply/timeout/after", "value": "PT5M"}]);
    assert_eq!(text(&edit(by_name).unwrap()), expected);
}

#[test]
fn remove_keeps_the_order_of_the_keys_that_stay() {
    let edited = edit(json!([{"op": "remove", "pointer": "textCustomer/with/customer_id"}])).unwrap();
    assert_eq!(text(&edited), text(&sample()).replace("\"customer_id\":\"${ .x }\",", ""));
}

#[test]
fn tasks_are_added_after_a_task_at_an_index_and_at_the_end() {
    let body = json!({"wait": "PT1M"});
    let edited = edit(json!([
        {"op": "add_task", "list": "/do", "after": "textCustomer", "name": "second", "task": body},
        {"op": "add_task", "at": 0, "name": "first", "task": body},
        {"op": "add_task", "name": "last", "task": body},
        {"op": "add_task", "list": "awaitReply/catch/do", "name": "onSilence", "task": body},
        {"op": "add_task", "after": "reply", "name": "afterReply", "task": {"afterReply": body}},
    ]))
    .unwrap();
    let expected =
        ["first", "textCustomer", "second", "awaitReply", "reply", "afterReply", "onSilence", "route", "tell", "last"];
    assert_eq!(names(&edited), expected);
    assert!(
        edited.task_named("afterReply").unwrap().raw.contains_key("wait"),
        "its own name around the body is unwrapped"
    );
}

#[test]
fn a_moved_task_takes_everything_inside_it_along() {
    let edited = edit(json!([{"op": "move_task", "task": "awaitReply", "at": 0}])).unwrap();
    assert_eq!(names(&edited), ["awaitReply", "reply", "textCustomer", "route", "tell"]);
    let edited =
        edit(json!([{"op": "move_task", "task": "textCustomer", "list": "/do/1/awaitReply/catch/do"}])).unwrap();
    assert_eq!(names(&edited), ["awaitReply", "reply", "textCustomer", "route", "tell"]);
    assert!(edited.raw().pointer("/do/0/awaitReply/catch/do/0/textCustomer").is_some());
    let error = refused(json!([{"op": "move_task", "task": "awaitReply", "list": "/do/1/awaitReply/try"}]));
    assert_eq!(error.code, "edit.bad_place");
}

#[test]
fn a_renamed_task_is_still_where_the_flow_goes() {
    let edited = edit(json!([{"op": "rename_task", "task": "tell", "name": "tellOwner"}])).unwrap();
    assert_eq!(text(&edited), text(&sample()).replace("\"tell\"", "\"tellOwner\""));
}

#[test]
fn trigger_and_header_have_their_own_operations() {
    let edited = edit(json!([
        {"op": "set_trigger", "schedule": {"every": "PT1H"}},
        {"op": "set_header", "field": "title", "value": "New"},
        {"op": "set_header", "field": "metadata.stores", "value": ["lakeside-coast"]},
        {"op": "set_header", "field": "tags.department", "value": "sales"},
    ]))
    .unwrap();
    assert_eq!(edited.title(), "New");
    assert_eq!(edited.stores(), ["lakeside-coast"]);
    assert_eq!(edited.department(), Some("sales"));
    assert_eq!(edited.raw().pointer("/schedule"), Some(&json!({"every": "PT1H"})));
}

#[test]
fn refusals_say_what_to_do_instead() {
    let cases = [
        (json!({"op": "remove_task", "task": "awaitRepli"}), "edit.unknown_task", "awaitReply"),
        (json!({"op": "set", "pointer": "repl/timeout/after", "value": "PT5M"}), "edit.unknown_task", "reply"),
        (json!({"op": "set", "pointer": "/do/0/textCustmer/if", "value": "x"}), "edit.bad_pointer", "textCustomer"),
        (json!({"op": "set", "pointer": "/do/0/other", "value": {}}), "edit.unknown_task", "textCustomer"),
        (json!({"op": "set", "pointer": "/do/9", "value": {}}), "edit.bad_pointer", "4 items"),
        (json!({"op": "remove", "pointer": "textCustomer/with/bodi"}), "edit.bad_pointer", "with/body"),
        (json!({"op": "remove", "pointer": "/do"}), "edit.bad_pointer", "single"),
        (json!({"op": "add_task", "name": "tell", "task": {"wait": "PT1M"}}), "edit.name_taken", "replace_task"),
        (json!({"op": "add_task", "name": "end", "task": {"wait": "PT1M"}}), "edit.bad_name", "lowerCamelCase"),
        (json!({"op": "add_task", "name": "a", "task": {"body": 1}}), "edit.bad_task", "call"),
        (
            json!({"op": "add_task", "list": "/schedule", "name": "a", "task": {"wait": "PT1M"}}),
            "edit.bad_list",
            "catch/do",
        ),
        (json!({"op": "add_task", "at": 9, "name": "a", "task": {"wait": "PT1M"}}), "edit.bad_place", "4 tasks"),
        (
            json!({"op": "replace_task", "task": "tell", "body": {"do": [{"reply": {"wait": "PT1M"}}]}}),
            "edit.name_taken",
            "no other task",
        ),
        (json!({"op": "set_trigger", "schedule": {"at": "9"}}), "edit.bad_trigger", "cron"),
        (json!({"op": "set_header", "field": "dsl", "value": "2"}), "edit.bad_header", "title"),
    ];
    for (operation, code, hint) in cases {
        let noop = json!({"op": "set_header", "field": "title", "value": "T"});
        let error = refused(json!([noop, operation]));
        assert_eq!((error.index, error.code), (1, code), "{operation}");
        assert!(error.hint.contains(hint), "{operation}: {}", error.hint);
    }
}

#[test]
fn lists_and_documents_are_bounded() {
    let operation = EditOperation::SetHeader { field: "title".into(), value: "x".into() };
    let error = apply(&sample(), &vec![operation; MAX_OPERATIONS + 1]).unwrap_err();
    assert_eq!((error.index, error.code), (MAX_OPERATIONS, "edit.too_many"));
    let huge = EditOperation::SetHeader { field: "summary".into(), value: "x".repeat(MAX_BYTES).into() };
    assert_eq!(apply(&sample(), &[huge]).unwrap_err().code, "edit.too_large");
    let deep = (0..MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
    let deep = EditOperation::SetHeader { field: "metadata.x".into(), value: deep };
    assert_eq!(apply(&sample(), &[deep]).unwrap_err().code, "edit.too_large");
    let nul = EditOperation::SetHeader { field: "title".into(), value: "\0".into() };
    assert_eq!(apply(&sample(), &[nul]).unwrap_err().code, "edit.bad_text");
}
