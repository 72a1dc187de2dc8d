//! Edits by reference touch only what is named.

use serde_json::{Value, json};

use crate::support::{STORY, drafted, say};

fn story() -> Value {
    drafted(STORY).definition.unwrap()
}

#[test]
fn a_new_length_changes_the_limit_and_the_number_in_the_ping() {
    let out = say("make it 5 minutes instead", Some(&story()));
    assert_eq!(
        out.operations,
        [
            json!({ "op": "set", "pointer": "/do/1/awaitReply/try/0/reply/timeout/after", "value": "PT5M" }),
            json!({ "op": "set", "pointer": "/do/1/awaitReply/catch/do/0/pingManager/with/message", "value": "No answer from {{customer.name}} after 5 minutes" }),
        ]
    );
}

#[test]
fn another_channel_replaces_that_one_step() {
    let out = say("email instead of text", Some(&story()));
    assert_eq!(out.operations.len(), 1, "{out:?}");
    assert_eq!(out.operations[0]["op"], "replace_task");
    assert_eq!(out.operations[0]["task"], "textCustomer");
    assert_eq!(out.operations[0]["body"]["call"], "send_email");
}

#[test]
fn one_more_person_is_told_beside_the_first() {
    let out = say("also tell the gm", Some(&story()));
    assert_eq!(out.operations.len(), 1, "{out:?}");
    let op = &out.operations[0];
    assert_eq!(
        (op["op"].as_str(), op["list"].as_str(), op["after"].as_str()),
        (Some("add_task"), Some("/do/1/awaitReply/catch/do"), Some("pingManager"))
    );
    assert_eq!(op["task"]["with"]["to"], "role:gm");
}

#[test]
fn a_step_is_removed_by_what_it_does() {
    let base =
        drafted("when a part arrives text the customer and make a task for the parts manager").definition.unwrap();
    let out = say("remove the task", Some(&base));
    assert_eq!(out.operations.len(), 1, "{out:?}");
    assert_eq!(out.operations[0]["op"], "remove_task");
    let name = out.operations[0]["task"].as_str().unwrap();
    assert!(name.starts_with("task"), "{name}");
}

#[test]
fn it_takes_a_name() {
    let out = say("call it Fast first answer", Some(&story()));
    assert_eq!(out.operations, [json!({ "op": "set_header", "field": "title", "value": "Fast first answer" })]);
}

#[test]
fn a_condition_is_added_to_the_trigger_alone() {
    let out = say("skip duplicates", Some(&story()));
    assert_eq!(
        out.operations,
        [
            json!({ "op": "set", "pointer": "/schedule/on/one/with/data", "value": "${ .lead_type == \"internet\" and .duplicate_of == null }" })
        ]
    );
}

#[test]
fn a_question_about_the_draft_never_writes() {
    for text in ["what does it do?", "who gets the ping?", "how long does it wait?"] {
        let out = say(text, Some(&story()));
        assert_eq!(out.kind, "question", "{text:?} → {out:?}");
        assert!(out.operations.is_empty() && !out.text.is_empty());
    }
}

#[test]
fn undo_is_undo() {
    assert!(say("undo that", Some(&story())).called.contains(&"undo_edit".to_owned()));
}

#[test]
fn what_is_not_understood_is_asked_and_nothing_changes() {
    let out = say("hmm purple", Some(&story()));
    assert!(out.operations.is_empty(), "{out:?}");
}

#[test]
fn a_question_about_the_draft_is_answered_by_its_readback_in_the_language_of_the_question() {
    let base = story();
    let draft = auterity::workflow::Definition::from_value(base.clone()).unwrap();
    let read = |language| {
        let catalog = auterity::workflow::Catalog::embedded();
        auterity::workflow::describe::describe(&draft, catalog, language).to_text()
    };
    for (text, language) in [
        ("what does this workflow do?", auterity::workflow::Language::En),
        ("¿qué hace este flujo?", auterity::workflow::Language::Es),
    ] {
        assert_eq!(say(text, Some(&base)).text, read(language).trim(), "{text:?}");
    }
}

#[test]
fn two_wishes_are_both_done() {
    let out = say("make it 20 minutes and ping the bdc manager instead of the sales manager", Some(&story()));
    let values: Vec<&Value> = out.operations.iter().map(|op| &op["value"]).collect();
    assert!(values.contains(&&json!("PT20M")) && values.contains(&&json!("role:bdc_manager")), "{out:?}");
    let out = say("change it to 20 minutes, and only for used cars", Some(&story()));
    let values: Vec<&Value> = out.operations.iter().map(|op| &op["value"]).collect();
    assert!(values.contains(&&json!("PT20M")), "{out:?}");
    assert!(values.iter().any(|v| v.as_str().is_some_and(|v| v.contains(".vehicle_status == \"used\""))), "{out:?}");
    let out = say("hazlo de 15 minutos y avisa también al gerente general", Some(&story()));
    assert_eq!(out.operations.len(), 3, "{out:?}");
}

#[test]
fn a_wish_that_is_not_understood_is_named() {
    let out = say("make it 20 minutes and use a purple font", Some(&story()));
    assert_eq!(out.operations.len(), 2, "{out:?}");
    assert!(out.said.contains("use a purple font"), "{out:?}");
    let understood = say("make it 20 minutes", Some(&story()));
    assert_eq!(understood.operations, out.operations);
    assert!(!understood.said.contains("understand"), "{understood:?}");
}

#[test]
fn a_moment_is_moved_and_a_day_left_out_takes_no_step_away() {
    let base = drafted("a day before the appointment text a reminder").definition.unwrap();
    let out = say("make that two days before, and dont text sundays", Some(&base));
    assert_eq!(out.operations.len(), 1, "{out:?}");
    assert_eq!(out.operations[0]["op"], "set");
    assert!(out.operations[0]["value"].as_str().unwrap().contains("-P2D"), "{out:?}");
    assert!(out.said.contains("dont text sundays"), "{out:?}");
}

#[test]
fn a_channel_that_is_forbidden_beside_one_that_is_asked_for_is_an_exchange() {
    for words in ["don't text, email them", "dont text them, send an email", "no mandes texto, mejor un correo"] {
        let out = say(words, Some(&story()));
        assert_eq!(out.kind, "edit", "{words}: {out:?}");
        assert_eq!(out.operations.len(), 1, "{words}: {out:?}");
        assert_eq!(
            (out.operations[0]["op"].as_str(), out.operations[0]["task"].as_str()),
            (Some("replace_task"), Some("textCustomer"))
        );
        assert_eq!(out.operations[0]["body"]["call"], "send_email", "{words}");
    }
}
