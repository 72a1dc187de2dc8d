//! Random definitions with every construct of the DSL, and random operations on them.

use auterity::workflow::Definition;
use auterity::workflow::edit::EditOperation;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};

/// How many cases a property is tried on; what fails is kept beside the test and tried first from then on.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        max_global_rejects: 20_000,
        ..ProptestConfig::with_cases(1000)
    }
}

fn expression() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("${ $workflow.input[0].data.lead_id }".to_owned()),
        Just("${ $context.found.items }".to_owned()),
        Just("${ .a == \"x\" and (.b > 3 or .c != null) }".to_owned()),
        Just("${ duration_until($workflow.input[0].data.occurred_at | shift(\"-P1D\")) }".to_owned()),
        Just("${ if .a then [.b[] | select(.c)] else {d: 1} end }".to_owned()),
        "[a-z.=$ |()\\[\\]\"0-9]{0,20}".prop_map(|text| format!("${{ {text} }}")),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["lead.created", "customer.message.received", "approval.decided", "made.up"]);
    (name, prop::option::of(expression()), any::<bool>()).prop_map(|(name, data, correlated)| {
        let mut filter = json!({"with": {"type": name}});
        if let Some(data) = data {
            filter["with"]["data"] = json!(data);
        }
        if correlated {
            filter["correlate"] =
                json!({"c": {"from": "${ .data.customer_id }", "expect": "${ $workflow.input[0].data.customer_id }"}});
        }
        filter
    })
}

fn strategy() -> impl Strategy<Value = Value> {
    let list = || prop::collection::vec(event(), 1..3);
    prop_oneof![
        event().prop_map(|one| json!({"one": one})),
        list().prop_map(|any| json!({"any": any})),
        list().prop_map(|all| json!({"all": all})),
        (list(), expression()).prop_map(|(any, until)| json!({"any": any, "until": until})),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1..90u32).prop_map(|n| json!({"wait": format!("PT{n}M")})),
        expression().prop_map(|until| json!({"wait": until})),
        Just(json!({"wait": {"hours": 2, "minutes": 5}})),
        (0..3usize, "[a-zé {}\"~/]{0,12}").prop_map(|(who, text)| {
            let to = ["record_owner", "role:gm", "team:bdc"][who];
            json!({"call": "notify_user", "with": {"to": to, "message": text}})
        }),
        expression().prop_map(|id| json!({"call": "send_sms", "with": {"customer_id": id, "purpose": "informational", "body": "Hi {{customer.first_name}}"}})),
        expression().prop_map(|value| json!({"call": "find_records", "with": {"entity": "lead", "filter": {"status": value, "created_at": {"gt": "-P3D"}}}, "export": {"as": "${ $context + { found: . } }"}})),
        Just(json!({"call": "http", "with": {"method": "get", "endpoint": "https://a.example"}})),
        (strategy(), any::<bool>()).prop_map(|(to, limited)| {
            let mut task = json!({"listen": {"to": to, "read": "envelope"}, "output": {"as": "${ .[0] }"}});
            if limited {
                task["timeout"] = json!({"after": "PT1H"});
            }
            task
        }),
        expression().prop_map(|text| json!({"if": text, "set": {"x": 1, "a/b": "~"}})),
        expression().prop_map(|when| json!({"switch": [{"one": {"when": when, "then": "end"}}, {"two": {"then": "continue"}}]})),
        Just(json!({"raise": {"error": "bad"}})),
        Just(json!({"raise": {"error": {"type": "https://a.example/e", "status": 400, "title": "No"}}})),
        Just(json!({"emit": {"event": {"with": {"source": "https://a.example", "type": "made.up"}}}})),
        Just(json!({"run": {"workflow": {"namespace": "a", "name": "b", "version": "1.0.0"}}})),
        Just(json!({"run": {"shell": {"command": "true"}}})),
        Just(json!({"odd": [1, null]})),
    ]
}

/// The body of a task; tasks inside it have no names yet.
fn body() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 10, 3, |inner| {
        let jumping = (inner, prop::option::of(0..2u64)).prop_map(|(mut body, over)| {
            if let Some(over) = over {
                body["jump"] = json!(over);
            }
            body
        });
        let list = prop::collection::vec(jumping, 0..3);
        prop_oneof![
            list.clone().prop_map(|items| json!({"do": items})),
            (list.clone(), expression())
                .prop_map(|(items, when)| json!({"if": when, "do": items, "metadata": {"m": [1]}})),
            (list.clone(), expression(), prop::option::of(expression())).prop_map(|(items, each, until)| {
                let mut task = json!({"for": {"each": "lead", "in": each}, "do": items});
                if let Some(until) = until {
                    task["while"] = json!(until);
                }
                task
            }),
            (list.clone(), any::<bool>())
                .prop_map(|(items, compete)| json!({"fork": {"compete": compete, "branches": items}})),
            (list.clone(), strategy())
                .prop_map(|(items, to)| json!({"listen": {"to": to}, "foreach": {"item": "one", "do": items}})),
            (list.clone(), list, any::<bool>()).prop_map(|(body, handler, retries)| {
                let mut task = json!({"try": body, "catch": {"errors": {"with": {"status": 503}}, "do": handler}});
                if retries {
                    task["catch"]["retry"] =
                        json!({"delay": "PT5S", "backoff": {"exponential": {}}, "limit": {"attempt": {"count": 3}}});
                }
                task
            }),
        ]
    })
}

/// Gives every task of a list its name, `t0`, `t1` …, and some of them a `then` to a later one.
fn named(items: &Value, next: &mut usize) -> Value {
    let list = items.as_array().unwrap().iter();
    let mut tasks: Vec<(String, Value)> = list
        .map(|body| {
            let name = format!("t{next}");
            *next += 1;
            let mut body = body.clone();
            for pointer in ["/do", "/fork/branches", "/try", "/catch/do", "/foreach/do"] {
                if let Some(inner) = body.pointer_mut(pointer) {
                    *inner = named(inner, next);
                }
            }
            (name, body)
        })
        .collect();
    let names: Vec<String> = tasks.iter().map(|(name, _)| name.clone()).collect();
    for (at, (_, body)) in tasks.iter_mut().enumerate() {
        let body = body.as_object_mut().unwrap();
        if let Some(over) = body.shift_remove("jump").and_then(|over| over.as_u64())
            && let Some(target) = names.get(at + 1 + over as usize)
        {
            body.insert("then".to_owned(), json!(target));
        }
    }
    Value::Array(tasks.into_iter().map(|(name, body)| json!({name: body})).collect())
}

pub fn definition() -> impl Strategy<Value = Definition> {
    let schedule = prop_oneof![
        strategy().prop_map(|on| json!({"on": on})),
        Just(json!({"cron": "0 9 * * 1-5"})),
        Just(json!({"every": "PT1H"})),
        Just(Value::Null),
    ];
    (prop::collection::vec((body(), prop::option::of(0..2u64)), 0..4), schedule, "[A-Za-z ñ]{0,9}").prop_map(|(items, schedule, title)| {
        let items: Vec<Value> = items
            .into_iter()
            .map(|(mut body, over)| {
                if let Some(over) = over {
                    body["jump"] = json!(over);
                }
                body
            })
            .collect();
        let mut raw = json!({
            "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0", "title": title, "metadata": {"stores": ["a"]}},
        });
        if !schedule.is_null() {
            raw["schedule"] = schedule;
        }
        raw["do"] = named(&Value::Array(items), &mut 0);
        Definition::from_value(raw).unwrap()
    })
}

/// An operation on a document of which only the number of tasks is known.
pub fn operation() -> impl Strategy<Value = EditOperation> {
    let task = || (0..14usize).prop_map(|n| format!("t{n}"));
    let fresh = || (0..9usize).prop_map(|n| format!("new{n}"));
    let plain = || Just(json!({"wait": "PT7M"}));
    prop_oneof![
        (task(), any::<u8>())
            .prop_map(|(task, n)| EditOperation::Set { pointer: format!("{task}/metadata"), value: json!({"n": n}) }),
        (task(), prop::sample::select(vec!["if", "wait", "call", "with/message", "timeout/after", "catch/retry"]))
            .prop_map(|(task, field)| EditOperation::Set { pointer: format!("{task}/{field}"), value: json!("PT3M") }),
        (task(), prop::sample::select(vec!["if", "metadata", "timeout", "export"]))
            .prop_map(|(task, field)| EditOperation::Remove { pointer: format!("{task}/{field}") }),
        (task(), prop::option::of(0..4usize), fresh(), plain()).prop_map(|(after, at, name, task)| {
            EditOperation::AddTask { list: None, after: Some(after).filter(|_| at.is_none()), at, name, task }
        }),
        (task(), plain()).prop_map(|(task, body)| EditOperation::ReplaceTask { task, body }),
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
        Just(EditOperation::SetTrigger { schedule: json!({"every": "PT2H"}) }),
        "[a-z]{1,8}".prop_map(|title| EditOperation::SetHeader { field: "title".into(), value: title.into() }),
    ]
}
