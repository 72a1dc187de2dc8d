//! Readbacks of the worked definitions, as a sales manager sees them.

use auterity::workflow::describe::{Readback, Step, describe};
use auterity::workflow::{Catalog, Definition, Language};
use serde_json::json;

use crate::{example, examples};

fn pointers(steps: &[Step], found: &mut Vec<String>) {
    for step in steps {
        found.push(step.pointer.clone());
        found.extend(step.covers.clone());
        for branch in &step.children {
            pointers(&branch.steps, found);
        }
    }
}

/// Every task of the definition has a line of its own or stands in one.
pub fn assert_complete(definition: &Definition, readback: &Readback) {
    let mut found = Vec::new();
    pointers(&readback.steps, &mut found);
    for task in definition.all_tasks() {
        assert!(found.contains(&task.pointer), "{} is left out", task.pointer);
    }
}

#[test]
fn examples_read_in_english() {
    for (name, definition) in examples() {
        let readback = describe(&definition, Catalog::embedded(), Language::En);
        assert_complete(&definition, &readback);
        insta::assert_snapshot!(format!("{name}.en"), readback.to_text());
    }
}

#[test]
fn examples_read_in_spanish() {
    for name in ["12-main-story", "04-appointment-reminders", "08-stuck-repair-orders"] {
        let readback = describe(&example(name), Catalog::embedded(), Language::Es);
        insta::assert_snapshot!(format!("{name}.es"), readback.to_text());
    }
}

#[test]
fn no_jargon_reaches_the_reader() {
    for (name, definition) in examples() {
        for language in [Language::En, Language::Es] {
            let text = describe(&definition, Catalog::embedded(), language).to_text();
            for jargon in ["{{", "$workflow", "$context.", "PT1", "customer.message", " == "] {
                assert!(!text.contains(jargon), "{name}: `{jargon}` in\n{text}");
            }
            let raw_recipient = |word: &&str| {
                ["role:", "team:", "user:"]
                    .iter()
                    .any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
            };
            assert_eq!(text.split_whitespace().find(raw_recipient), None, "{name}");
        }
    }
}

#[test]
fn odd_documents_are_read_without_a_panic() {
    let odd = [
        json!({}),
        json!({"do": 7, "schedule": "x", "document": []}),
        json!({"do": [1, {}, {"a": 1}, {"b": {}}, {"c": {"call": "send_sms"}}, {"d": {"switch": []}}]}),
        json!({"schedule": {"cron": "not a cron at all"}, "do": [{"a": {"wait": {"weeks": "x"}}}]}),
        json!({"schedule": {"on": {}}, "do": [{"a": {"for": {}}}, {"b": {"try": []}}, {"c": {"listen": {}}}]}),
        json!({"do": [{"a": {"if": format!("${{ {}1{} }}", "(".repeat(2000), ")".repeat(2000)), "wait": "PT1M"}}]}),
        json!({"do": [{"a": {"call": "send_sms", "with": {"body": "{{}} {{x | }} {{ unclosed", "customer_id": 1}}}]}),
        json!({"do": [{"ñandú": {"if": "${ .\"ñ\" == \"é\" }", "set": {"é": "ü"}}}]}),
    ];
    for raw in odd {
        let definition = Definition::from_value(raw).unwrap();
        for language in [Language::En, Language::Es] {
            let readback = describe(&definition, Catalog::embedded(), language);
            assert_complete(&definition, &readback);
            assert!(!readback.to_text().is_empty());
        }
    }
}

#[test]
fn what_is_not_understood_is_shown_as_written() {
    let definition = Definition::from_value(json!({"do": [
        {"a": {"if": "${ [.x[] | select(.y)] | any }", "call": "launch_rocket", "with": {"fuel": 3}}}
    ]}))
    .unwrap();
    let text = describe(&definition, Catalog::embedded(), Language::En).to_text();
    assert!(text.contains("[.x[] | select(.y)] | any"), "{text}");
    assert!(text.contains("launch_rocket") && text.contains("fuel: 3"), "{text}");
}

#[test]
fn times_of_day_and_dates_read_as_people_say_them() {
    let cases = [
        ("0 9 * * 1-5", "Every Monday to Friday at 9:00 AM"),
        ("30 17 * * *", "Every day at 5:30 PM"),
        ("0 10 1-7 * 1", "On the first Monday of the month at 10:00 AM"),
        ("0 8 1,15 * *", "On day 1 and 15 of the month at 8:00 AM"),
        ("*/15 * * * *", "Every day every 15 minutes"),
        ("0 8,14 * 12 0", "Every Sunday in December at 8:00 AM and 2:00 PM"),
        ("0 9 13 * 5", "On a schedule (0 9 13 * 5)"),
    ];
    for (cron, words) in cases {
        let definition = Definition::from_value(json!({"schedule": {"cron": cron}, "do": []})).unwrap();
        assert_eq!(describe(&definition, Catalog::embedded(), Language::En).trigger, words, "{cron}");
    }
}
