//! Random definitions and random operations.

use std::collections::BTreeSet;

use auterity::workflow::describe::describe;
use auterity::workflow::diff::{ChangeKind, diff};
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::graph::{END, START, graph};
use auterity::workflow::provenance::{Provenance, slots, verify};
use auterity::workflow::{Catalog, Definition, Language};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::readbacks::assert_complete;

/// The shape of a task, without names.
fn shape() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (1..90u32).prop_map(|n| json!({"wait": format!("PT{n}M")})),
        (0..3usize, "[a-z {}]{0,12}").prop_map(|(who, text)| {
            let to = ["record_owner", "role:gm", "team:bdc"][who];
            json!({"call": "notify_user", "with": {"to": to, "message": text}})
        }),
        Just(
            json!({"call": "send_sms", "with": {"customer_id": "${ $workflow.input[0].data.customer_id }", "body": "x"}})
        ),
        Just(
            json!({"listen": {"to": {"one": {"with": {"type": "customer.message.received"}}}}, "timeout": {"after": "PT1H"}})
        ),
        "[a-z.=$ |()\\[\\]\"0-9]{0,20}".prop_map(|text| json!({"if": format!("${{ {text} }}"), "set": {"x": 1}})),
        Just(json!({"switch": [{"one": {"when": "${ .a > 1 }", "then": "end"}}, {"two": {"then": "continue"}}]})),
        Just(json!({"raise": {"error": "bad"}})),
        Just(json!({"odd": [1, null]})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner, 0..4);
        prop_oneof![
            list.clone().prop_map(|items| json!({"do": items})),
            list.clone()
                .prop_map(|items| json!({"for": {"each": "lead", "in": "${ $context.found.items }"}, "do": items})),
            (list.clone(), any::<bool>())
                .prop_map(|(items, compete)| json!({"fork": {"compete": compete, "branches": items}})),
            (list.clone(), list).prop_map(|(body, handler)| json!({"try": body, "catch": {"do": handler}})),
        ]
    })
}

/// Gives every task of a list its name: `t0`, `t1` …
fn named(items: &Value, next: &mut usize) -> Value {
    let list = items.as_array().unwrap().iter();
    Value::Array(
        list.map(|shape| {
            let name = format!("t{next}");
            *next += 1;
            let mut body = shape.clone();
            for pointer in ["/do", "/fork/branches", "/try", "/catch/do"] {
                if let Some(inner) = body.pointer_mut(pointer) {
                    *inner = named(inner, next);
                }
            }
            json!({name: body})
        })
        .collect(),
    )
}

fn definition() -> impl Strategy<Value = Definition> {
    prop::collection::vec(shape(), 0..6).prop_map(|items| {
        let tasks = named(&Value::Array(items), &mut 0);
        let raw = json!({
            "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0", "title": "T"},
            "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
            "do": tasks,
        });
        Definition::from_value(raw).unwrap()
    })
}

/// An operation on a document of which only the number of tasks is known.
fn operation() -> impl Strategy<Value = EditOperation> {
    let task = || (0..14usize).prop_map(|n| format!("t{n}"));
    let fresh = || (0..9usize).prop_map(|n| format!("new{n}"));
    let body = || Just(json!({"wait": "PT7M"}));
    prop_oneof![
        (task(), any::<u8>())
            .prop_map(|(task, n)| EditOperation::Set { pointer: format!("{task}/metadata"), value: json!({"n": n}) }),
        (task(), prop::option::of(0..4usize), fresh(), body()).prop_map(|(after, at, name, task)| {
            EditOperation::AddTask { list: None, after: Some(after).filter(|_| at.is_none()), at, name, task }
        }),
        (task(), body()).prop_map(|(task, body)| EditOperation::ReplaceTask { task, body }),
        task().prop_map(|task| EditOperation::RemoveTask { task }),
        (task(), task()).prop_map(|(task, after)| EditOperation::MoveTask {
            task,
            list: None,
            after: Some(after),
            at: None
        }),
        (task(), 0..3usize).prop_map(|(task, at)| EditOperation::MoveTask {
            task,
            list: Some("/do".into()),
            after: None,
            at: Some(at)
        }),
        (task(), fresh()).prop_map(|(task, name)| EditOperation::RenameTask { task, name }),
        Just(EditOperation::SetTrigger { schedule: json!({"every": "PT1H"}) }),
        "[a-z]{1,8}".prop_map(|title| EditOperation::SetHeader { field: "title".into(), value: title.into() }),
    ]
}

fn text(definition: &Definition) -> String {
    serde_json::to_string(definition.raw()).unwrap()
}

fn names(definition: &Definition) -> BTreeSet<&str> {
    definition.all_tasks().iter().map(|task| task.name).collect()
}

/// The document with one task taken out of its list.
fn without(definition: &Definition, name: &str) -> String {
    apply(definition, &[EditOperation::RemoveTask { task: name.to_owned() }]).map(|left| text(&left)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_task_is_described_and_drawn(definition in definition()) {
        for language in [Language::En, Language::Es] {
            let readback = describe(&definition, Catalog::embedded(), language);
            assert_complete(&definition, &readback);
            prop_assert!(!readback.to_text().is_empty());
        }
        let drawing = graph(&definition);
        let mut expected = vec![START.to_owned()];
        expected.extend(definition.all_tasks().into_iter().map(|task| task.pointer));
        expected.push(END.to_owned());
        let drawn: Vec<String> = drawing.nodes.iter().map(|node| node.id.clone()).collect();
        let (mut left, mut right) = (expected.clone(), drawn.clone());
        left.sort();
        right.sort();
        prop_assert_eq!(left, right);
        for edge in &drawing.edges {
            prop_assert!(drawn.contains(&edge.from) && drawn.contains(&edge.to), "{:?}", edge);
        }
        prop_assert_eq!(&drawing, &graph(&definition));
    }

    #[test]
    fn an_edit_changes_its_target_only(definition in definition(), operation in operation()) {
        let Ok(edited) = apply(&definition, std::slice::from_ref(&operation)) else { return Ok(()) };
        match &operation {
            EditOperation::AddTask { name, .. } => prop_assert_eq!(without(&edited, name), text(&definition)),
            EditOperation::RemoveTask { task } => {
                let gone: Vec<&str> = names(&definition).difference(&names(&edited)).copied().collect();
                prop_assert!(gone.contains(&task.as_str()));
            }
            EditOperation::MoveTask { task, .. } => {
                prop_assert_eq!(without(&edited, task), without(&definition, task));
                prop_assert_eq!(edited.task_named(task).map(|t| t.raw), definition.task_named(task).map(|t| t.raw));
            }
            EditOperation::Set { pointer, .. } => {
                let task = pointer.split('/').next().unwrap();
                prop_assert_eq!(without(&edited, task), without(&definition, task));
            }
            EditOperation::ReplaceTask { task, .. } => prop_assert_eq!(without(&edited, task), without(&definition, task)),
            EditOperation::RenameTask { task, name } => {
                prop_assert_eq!(text(&edited).replace(&format!("\"{name}\""), &format!("\"{task}\"")), text(&definition));
            }
            EditOperation::SetTrigger { .. } => prop_assert_eq!(&edited.raw()["do"], &definition.raw()["do"]),
            EditOperation::SetHeader { value, .. } => {
                prop_assert_eq!(edited.header("title"), value.as_str());
                prop_assert_eq!(&edited.raw()["do"], &definition.raw()["do"]);
            }
            EditOperation::Remove { .. } => {}
        }
    }

    #[test]
    fn the_difference_is_the_effect(definition in definition(), operations in prop::collection::vec(operation(), 1..4)) {
        let before = text(&definition);
        let Ok(edited) = apply(&definition, &operations) else {
            // a refused list leaves nothing behind
            prop_assert_eq!(text(&definition), before);
            return Ok(());
        };
        let changes = diff(&definition, &edited);
        prop_assert_eq!(changes.is_empty(), definition.raw() == edited.raw());
        prop_assert!(diff(&edited, &edited).is_empty());
        for change in &changes {
            prop_assert!(!change.words.is_empty());
            let place = if change.kind == ChangeKind::Removed { None } else { edited.raw().pointer(&change.pointer) };
            prop_assert!(change.kind == ChangeKind::Removed || place.is_some(), "{:?}", change);
            if change.kind == ChangeKind::Added {
                prop_assert_eq!(place, change.after.as_ref());
            }
        }
        // what the difference does not name is the same in both
        let named: BTreeSet<String> = changes.iter().filter_map(|change| change.task.clone()).collect();
        for task in definition.all_tasks() {
            let nobody_inside = task.kind().children().is_empty();
            if nobody_inside && !named.contains(task.name) && let Some(other) = edited.task_named(task.name) {
                prop_assert_eq!(other.raw, task.raw);
            }
        }
    }

    #[test]
    fn a_kept_document_is_an_exact_undo(definition in definition(), operations in prop::collection::vec(operation(), 0..4)) {
        let stored = text(&definition);
        let _ = apply(&definition, &operations);
        let restored = Definition::from_json_text(&stored).unwrap();
        prop_assert_eq!(text(&restored), stored);
        prop_assert!(diff(&definition, &restored).is_empty());
    }

    #[test]
    fn every_slot_has_a_source(definition in definition(), operations in prop::collection::vec(operation(), 0..3)) {
        let verified = verify(Provenance::default(), &definition, &[]);
        let places = slots(&definition);
        prop_assert_eq!(verified.0.len(), places.len());
        for place in &places {
            prop_assert_eq!(definition.raw().pointer(&place.pointer), Some(place.value));
        }
        if let Ok(edited) = apply(&definition, &operations) {
            for pointer in verified.carried(&definition, &edited).0.keys() {
                prop_assert!(edited.raw().pointer(pointer).is_some(), "{}", pointer);
            }
        }
    }
}
