//! A schedule that writes to customers when nobody may is named; what has no time of its own, and what keeps no hours,
//! is not.

use auterity::workflow::Definition;
use serde_json::{Value, json};

use crate::check;

fn text() -> Value {
    let with = json!({"customer_id": "c1", "purpose": "transactional",
        "body": "{{store.name}}: good morning. Reply STOP to opt out."});
    json!({"call": "send_sms", "with": with})
}

/// What is said about hours, for tasks on a schedule.
fn said(schedule: &Value, tasks: &Value) -> Vec<(String, String)> {
    let raw = json!({
        "document": {"dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "n", "version": "1.0.0", "title": "T"},
        "schedule": schedule,
        "do": tasks,
    });
    let found = check(&Definition::from_value(raw).unwrap());
    let hours = found.into_iter().filter(|one| one.code == "policy.quiet_hours");
    hours.map(|one| (one.pointer, one.message)).collect()
}

fn pointers(schedule: Value, tasks: Value) -> Vec<String> {
    said(&schedule, &tasks).into_iter().map(|(pointer, _)| pointer).collect()
}

const A: &str = "/do/0/a";

#[test]
fn the_hour_of_a_cron_is_read_on_the_stores_clock() {
    for (cron, often) in [
        ("0 8 * * 1-5", Some("always")),
        ("0 20 * * *", Some("always")),
        ("59 19 * * *", None),
        ("0 9 * * 1-6", None),
        // Sundays from noon
        ("0 10 * * *", Some("14 %")),
        ("0 11 * * 0", Some("always")),
        ("0 12 * * 0", None),
        ("0 8,12 * * 1-5", Some("50 %")),
        ("0 * * * *", Some("%")),
        // both day fields must match: the first Monday, at an hour that is free
        ("0 10 1-7 * 1", None),
        ("not a cron", None),
    ] {
        let found = said(&json!({"cron": cron}), &json!([{"a": text()}]));
        match often {
            None => assert_eq!(found, [], "{cron}"),
            Some(often) => {
                assert_eq!(found.len(), 1, "{cron}");
                assert!(found[0].0 == A && found[0].1.contains(often), "{cron}: {found:?}");
            }
        }
    }
}

#[test]
fn intervals_of_less_than_a_day_come_at_night() {
    for schedule in [json!({"every": "PT1H"}), json!({"every": {"hours": 6}}), json!({"after": "PT30M"})] {
        assert_eq!(pointers(schedule.clone(), json!([{"a": text()}])), [A], "{schedule}");
    }
    for schedule in
        [json!({"every": "P1D"}), json!({"after": "P7D"}), json!({"on": {"one": {"with": {"type": "lead.created"}}}})]
    {
        assert_eq!(pointers(schedule.clone(), json!([{"a": text()}])), [""; 0], "{schedule}");
    }
}

#[test]
fn a_wait_moves_the_hour_and_an_unknown_one_takes_it_away() {
    let nine = || json!({"cron": "0 9 * * 1-5"});
    assert_eq!(pointers(nine(), json!([{"w": {"wait": "PT12H"}}, {"a": text()}])), ["/do/1/a"]);
    assert_eq!(pointers(nine(), json!([{"w": {"wait": "PT10H59M"}}, {"a": text()}])), [""; 0]);
    let six = || json!({"cron": "0 6 * * 1-5"});
    assert_eq!(pointers(six(), json!([{"w": {"wait": {"hours": 4}}}, {"a": text()}])), [""; 0]);
    let opening = json!({"wait": "${ duration_until(next_open(\"sales\")) }"});
    assert_eq!(pointers(six(), json!([{"w": opening}, {"a": text()}])), [""; 0]);
    // a text that had to wait moves what follows it
    assert_eq!(pointers(six(), json!([{"a": text()}, {"b": text()}])), [A]);
    // a guard on the time of day
    let mut guarded = text();
    guarded["if"] = json!("${ $workflow.input.scheduled_for | local | .hour >= 9 }");
    assert_eq!(pointers(json!({"every": "PT1H"}), json!([{"a": guarded}])), [""; 0]);
}

#[test]
fn only_texts_and_calls_keep_hours() {
    let six = || json!({"cron": "0 6 * * 1-5"});
    let mail = json!({"call": "send_email", "with": {"customer_id": "c1", "purpose": "marketing", "subject": "S", "body": "B"}});
    let notice = json!({"call": "notify_user", "with": {"to": "role:gm", "message": "m"}});
    assert_eq!(pointers(six(), json!([{"a": mail}, {"b": notice}])), [""; 0]);
    let call = json!({"call": "connect_call", "with": {"caller": "role:gm", "customer_id": "c1"}});
    assert_eq!(pointers(six(), json!([{"a": call}])), [A]);
    let review = |channel: &str| json!({"call": "request_review", "with": {"customer_id": "c1", "platform": "google", "channel": channel}});
    assert_eq!(pointers(six(), json!([{"a": review("sms")}])), [A]);
    assert_eq!(pointers(six(), json!([{"a": review("email")}])), [""; 0]);
    let inside = json!([{"f": {"fork": {"branches": [{"x": {"for": {"each": "i", "in": "${ [1] }"}, "do": [{"a": text()}]}}, {"y": notice_task()}]}}}]);
    assert_eq!(pointers(six(), inside), ["/do/0/f/fork/branches/0/x/do/0/a"]);
}

fn notice_task() -> Value {
    json!({"call": "notify_user", "with": {"to": "role:gm", "message": "m"}})
}
