//! Random definitions and random operations.

use std::collections::BTreeSet;

use auterity::workflow::describe::describe;
use auterity::workflow::diff::{ChangeKind, diff};
use auterity::workflow::edit::{EditOperation, apply};
use auterity::workflow::graph::{END, START, graph};
use auterity::workflow::provenance::{Evidence, PROSE_FIELDS, Provenance, Slot, Source, slots, verify};
use auterity::workflow::validate::catalogue;
use auterity::workflow::{Catalog, Definition, Language, ValidationContext, validate};
use proptest::prelude::*;
use serde_json::Value;

use crate::generate::{config, definition, operation};
use crate::readbacks::assert_complete;

fn text(definition: &Definition) -> String {
    serde_json::to_string(definition.raw()).unwrap()
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

fn names(definition: &Definition) -> BTreeSet<&str> {
    definition.all_tasks().iter().map(|task| task.name).collect()
}

/// The document with one task taken out of its list.
fn without(definition: &Definition, name: &str) -> String {
    apply(definition, &[EditOperation::RemoveTask { task: name.to_owned() }]).map(|left| text(&left)).unwrap()
}

/// Kinds of task that an object is at once; the `do` of a loop is no other.
fn kinds(map: &serde_json::Map<String, Value>) -> usize {
    const KINDS: [&str; 11] = ["call", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait"];
    let block = map.contains_key("do") && !map.contains_key("for");
    KINDS.iter().filter(|kind| map.contains_key(**kind)).count() + usize::from(block)
}

/// Every scalar that decides something, found by the words of the document alone: in inputs, waits, time limits, the
/// schedule and conditions, but not in the prose of messages.
fn deciding(value: &Value, pointer: &str, decides: bool, found: &mut BTreeSet<String>) {
    const DECIDING: [&str; 10] =
        ["with", "wait", "timeout", "schedule", "if", "when", "exceptWhen", "while", "until", "in"];
    const ASIDE: [&str; 8] = ["correlate", "errors", "set", "export", "output", "input", "document", "use"];
    match value {
        // two kinds of task in one are none, and the validator says so
        Value::Object(map) if !decides && kinds(map) > 1 => {}
        Value::Object(map) => {
            for (key, inner) in map {
                // inside inputs every key is data
                let aside = !decides && ASIDE.contains(&key.as_str()) || key == "correlate";
                let prose = decides
                    && inner.is_string()
                    && PROSE_FIELDS.contains(&key.as_str())
                    && pointer.starts_with("/do")
                    && !pointer.contains("/with/filter");
                if !aside && !prose {
                    let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    deciding(inner, &at, decides || DECIDING.contains(&key.as_str()), found);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                deciding(inner, &format!("{pointer}/{index}"), decides, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            if decides {
                found.insert(pointer.to_owned());
            }
        }
    }
}

fn assert_all_have_sources(definition: &Definition) {
    let mut expected = BTreeSet::new();
    deciding(definition.raw(), "", false, &mut expected);
    let known: BTreeSet<String> =
        verify(Provenance::default(), definition, &Evidence::default()).0.into_keys().collect();
    let unknown: Vec<&String> = expected.difference(&known).collect();
    assert!(unknown.is_empty(), "nobody knows where these come from: {unknown:?}");
}

#[test]
fn every_value_of_the_examples_and_templates_has_a_source() {
    let mut count = 0;
    for (_, definition) in crate::examples() {
        assert_all_have_sources(&definition);
        count += 1;
    }
    for template in auterity::workflow::template::embedded() {
        assert_all_have_sources(&template.definition);
        count += 1;
    }
    assert!(count >= 73, "{count}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_value_that_decides_has_a_source(definition in definition(), operations in prop::collection::vec(operation(), 0..4)) {
        assert_all_have_sources(&definition);
        if let Ok(edited) = apply(&definition, &operations) {
            assert_all_have_sources(&edited);
        }
    }

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
                prop_assert!(!text(&edited).contains(&format!("\"{task}\"")), "a `then` still names {task}");
                prop_assert_eq!(text(&edited).replace(&format!("\"{name}\""), &format!("\"{task}\"")), text(&definition));
            }
            EditOperation::SetTrigger { .. } => prop_assert_eq!(&edited.raw()["do"], &definition.raw()["do"]),
            EditOperation::SetHeader { value, .. } => {
                prop_assert_eq!(edited.header("title"), value.as_str());
                prop_assert_eq!(&edited.raw()["do"], &definition.raw()["do"]);
            }
            EditOperation::Remove { pointer } => {
                let task = pointer.split('/').next().unwrap();
                prop_assert_eq!(without(&edited, task), without(&definition, task));
            }
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
    fn one_operation_is_one_difference_at_its_target(definition in definition(), operation in operation()) {
        let Ok(edited) = apply(&definition, std::slice::from_ref(&operation)) else { return Ok(()) };
        let changes = diff(&definition, &edited);
        if edited.raw() == definition.raw() {
            prop_assert!(changes.is_empty());
            return Ok(());
        }
        let of = |definition: &Definition, task: &str| definition.task_named(task).map(|task| task.pointer);
        let only = |kind: ChangeKind, pointer: Option<String>| {
            let found: Vec<_> = changes.iter().map(|change| (change.kind, Some(change.pointer.clone()))).collect();
            prop_assert_eq!(found, vec![(kind, pointer)]);
            Ok(())
        };
        // what a change names lies at or below the target, or holds it
        let all_at = |target: &str| {
            for change in &changes {
                let (place, target) = (format!("{}/", change.pointer), format!("{target}/"));
                prop_assert!(place.starts_with(&target) || target.starts_with(&place), "{change:?} is not at {target}");
            }
            Ok(())
        };
        match &operation {
            EditOperation::AddTask { name, .. } => only(ChangeKind::Added, of(&edited, name))?,
            EditOperation::RemoveTask { task } => only(ChangeKind::Removed, of(&definition, task))?,
            EditOperation::MoveTask { .. } => {
                prop_assert!(changes.iter().all(|change| change.kind == ChangeKind::Moved), "{:?}", changes);
            }
            EditOperation::RenameTask { task, name } => {
                let (old, new) = (of(&definition, task).unwrap(), of(&edited, name).unwrap());
                prop_assert!(changes.iter().any(|change| change.pointer == new || change.pointer == old), "{:?}", changes);
            }
            EditOperation::Set { pointer, .. } | EditOperation::Remove { pointer } => {
                let (task, field) = pointer.split_once('/').unwrap();
                let task = of(&definition, task).unwrap();
                // a word such as `wait` can make another kind of task of it, and then it is all about the task
                all_at(&if matches!(field, "wait" | "call") { task } else { format!("{task}/{field}") })?;
            }
            EditOperation::ReplaceTask { task, .. } => all_at(&of(&edited, task).unwrap())?,
            EditOperation::SetTrigger { .. } => all_at("/schedule")?,
            EditOperation::SetHeader { .. } => only(ChangeKind::Changed, Some("/document/title".to_owned()))?,
        }
    }

    #[test]
    fn the_opposite_operation_brings_back_every_byte(definition in definition(), operation in operation()) {
        let Ok(edited) = apply(&definition, std::slice::from_ref(&operation)) else { return Ok(()) };
        let place = |definition: &Definition, task: &str| {
            let pointer = definition.task_named(task).unwrap().pointer;
            let (item, _) = pointer.rsplit_once('/').unwrap();
            let (list, at) = item.rsplit_once('/').unwrap();
            (list.to_owned(), at.parse::<usize>().unwrap())
        };
        let back = match &operation {
            EditOperation::AddTask { name, .. } => EditOperation::RemoveTask { task: name.clone() },
            EditOperation::RemoveTask { task } => {
                let (list, at) = place(&definition, task);
                let body = Value::Object(definition.task_named(task).unwrap().raw.clone());
                if body.get("odd").is_some() {
                    // nothing to do is not a task one can add
                    return Ok(());
                }
                EditOperation::AddTask { list: Some(list), after: None, at: Some(at), name: task.clone(), task: body }
            }
            EditOperation::ReplaceTask { task, .. } => {
                let body = Value::Object(definition.task_named(task).unwrap().raw.clone());
                if body.get("odd").is_some() {
                    return Ok(());
                }
                EditOperation::ReplaceTask { task: task.clone(), body }
            }
            EditOperation::RenameTask { task, name } => EditOperation::RenameTask { task: name.clone(), name: task.clone() },
            EditOperation::SetHeader { field, .. } => {
                EditOperation::SetHeader { field: field.clone(), value: definition.header(field).unwrap().into() }
            }
            EditOperation::SetTrigger { .. } => match definition.raw().get("schedule") {
                Some(schedule) => EditOperation::SetTrigger { schedule: schedule.clone() },
                None => EditOperation::Remove { pointer: "/schedule".into() },
            },
            EditOperation::Set { pointer, .. } => {
                let (task, field) = pointer.split_once('/').unwrap();
                let target = format!("{}/{field}", definition.task_named(task).unwrap().pointer);
                match definition.raw().pointer(&target) {
                    Some(value) => EditOperation::Set { pointer: pointer.clone(), value: value.clone() },
                    None => EditOperation::Remove { pointer: pointer.clone() },
                }
            }
            // where a key stood among its neighbours, and which list a task came from, only the revision remembers
            EditOperation::Remove { .. } | EditOperation::MoveTask { .. } => return Ok(()),
        };
        let restored = apply(&edited, std::slice::from_ref(&back)).unwrap();
        prop_assert_eq!(text(&restored), text(&definition));
    }

    #[test]
    fn the_digest_is_of_the_content_and_nothing_is_lost_in_text(definition in definition()) {
        let again = Definition::from_json_text(&text(&definition)).unwrap();
        prop_assert_eq!(text(&again), text(&definition));
        let yaml = Definition::from_yaml(&text(&definition)).unwrap();
        prop_assert_eq!(text(&yaml), text(&definition));
        let turned = Definition::from_value(reversed(definition.raw())).unwrap();
        prop_assert_eq!(turned.digest().unwrap(), definition.digest().unwrap());
        prop_assert_eq!(turned.canonical_json().unwrap(), definition.canonical_json().unwrap());
    }

    #[test]
    fn no_code_reaches_the_reader(definition in definition()) {
        for language in [Language::En, Language::Es] {
            let text = describe(&definition, Catalog::embedded(), language).to_text();
            prop_assert!(!text.contains("${"), "{}", text);
        }
    }

    #[test]
    fn every_diagnostic_is_in_the_catalogue_and_stands_somewhere(definition in definition()) {
        let codes: BTreeSet<&str> =
            catalogue().iter().flat_map(|family| &family.codes).map(|code| code.code.as_str()).collect();
        for found in validate(&definition, &ValidationContext::new(Catalog::embedded())) {
            prop_assert!(codes.contains(found.code), "{}", found.code);
            prop_assert!(!found.message.is_empty() && !found.hint.is_empty(), "{}", found.code);
            prop_assert!(definition.raw().pointer(&found.pointer).is_some() || found.code.starts_with("structure."), "{:?}", found);
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
        let verified = verify(Provenance::default(), &definition, &Evidence::default());
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

    #[test]
    fn sources_of_what_an_edit_does_not_name_stay(definition in definition(), operations in prop::collection::vec(operation(), 1..4)) {
        let Ok(edited) = apply(&definition, &operations) else { return Ok(()) };
        let marked = |pointer: &str| Slot { note: Some(pointer.to_owned()), ..Slot::plain(Source::Stated) };
        let before = Provenance(slots(&definition).iter().map(|slot| (slot.pointer.clone(), marked(&slot.pointer))).collect());
        let after = verify(Provenance::default(), &edited, &Evidence::default()).over(before.carried(&definition, &edited));
        prop_assert_eq!(after.0.len(), slots(&edited).len(), "every slot has one source, and no source is left without a slot");
        for task in definition.all_tasks() {
            let Some(same) = edited.task_named(task.name).filter(|other| other.raw == task.raw) else { continue };
            for slot in slots(&definition).iter().filter(|slot| slot.task == Some(task.name)) {
                let Some(rest) = slot.pointer.strip_prefix(&task.pointer) else { continue };
                let found = after.0.get(&format!("{}{rest}", same.pointer));
                prop_assert_eq!(found, Some(&marked(&slot.pointer)), "{} moved to {}", &slot.pointer, &same.pointer);
            }
        }
        for slot in slots(&edited) {
            if let Some(from) = after.0[&slot.pointer].note.as_deref() {
                prop_assert_eq!(definition.raw().pointer(from), Some(slot.value), "a source stands beside another value");
            }
        }
    }
}
