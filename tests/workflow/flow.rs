//! What is known at a place depends on the ways that lead to it: guards, jumps, branches, loops and caught errors.

use auterity::workflow::{Definition, Severity};
use serde_json::{Value, json};

use crate::check;

/// Errors and warnings of the flow, for tasks started by a missing document, whose `deal_id` may be null.
fn found(filter: Option<&str>, tasks: &Value) -> Vec<(&'static str, String)> {
    let mut event = json!({"type": "document.missing"});
    if let Some(filter) = filter {
        event["data"] = json!(filter);
    }
    let raw = json!({
        "document": {"dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "n", "version": "1.0.0", "title": "T"},
        "schedule": {"on": {"one": {"with": event}}},
        "do": tasks,
    });
    let found = check(&Definition::from_value(raw).unwrap());
    let flow = |code: &str| code.starts_with("flow.") || code.starts_with("text.") || code == "reference.unreachable";
    found.into_iter().filter(|one| flow(one.code)).map(|one| (one.code, one.pointer)).collect()
}

const DEAL: &str = "${ $workflow.input[0].data.deal_id }";

/// A task that needs the deal.
fn needs() -> Value {
    json!({"call": "update_deal", "with": {"deal_id": DEAL, "status": "working"}})
}

fn with(mut task: Value, more: Value) -> Value {
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

#[test]
fn a_value_that_may_be_null_needs_a_guard() {
    let plain = json!([{"a": needs()}]);
    assert_eq!(found(None, &plain), [("flow.may_be_null", "/do/0/a/with/deal_id".to_owned())]);
    for filter in [
        "${ .deal_id != null }",
        "${ .deal_id }",
        "${ .deal_id == \"d1\" and .document_type == \"title\" }",
        "${ (.deal_id == null) | not }",
        "${ .deal_id != null and (.deal_id | startswith(\"d\")) }",
    ] {
        assert_eq!(found(Some(filter), &plain), [], "{filter}");
    }
    for filter in
        ["${ .deal_id == null }", "${ .deal_id != null or .document_type == \"title\" }", "${ .deal_id != \"d1\" }"]
    {
        assert_eq!(found(Some(filter), &plain).len(), 1, "{filter}");
    }
}

#[test]
fn an_if_guards_its_task_and_what_is_inside_it() {
    let there = json!({"if": "${ $workflow.input[0].data.deal_id != null }"});
    assert_eq!(found(None, &json!([{"a": with(needs(), there.clone())}])), []);
    assert_eq!(found(None, &json!([{"block": with(json!({"do": [{"a": needs()}]}), there.clone())}])), []);
    // and not what comes after it
    let after = json!([{"a": with(needs(), there)}, {"b": needs()}]);
    assert_eq!(found(None, &after), [("flow.may_be_null", "/do/1/b/with/deal_id".to_owned())]);
    // unless the others left
    let gone = json!({"if": "${ $workflow.input[0].data.deal_id == null }", "set": {"x": 1}, "then": "end"});
    assert_eq!(found(None, &json!([{"leave": gone}, {"b": needs()}])), []);
}

#[test]
fn a_case_guards_the_task_it_leads_to() {
    let choose = |first: &str, second: &str| {
        json!([
            {"choose": {"switch": [
                {"none": {"when": "${ $workflow.input[0].data.deal_id == null }", "then": first}},
                {"some": {"then": second}},
            ]}},
            {"a": with(needs(), json!({"then": "end"}))},
            {"b": {"set": {"x": 1}}},
        ])
    };
    assert_eq!(found(None, &choose("b", "a")), []);
    assert_eq!(found(None, &choose("a", "b")), [("flow.may_be_null", "/do/1/a/with/deal_id".to_owned())]);
}

/// Waits for an answer and keeps it; silence is caught.
fn await_reply(on_silence: Value) -> Value {
    json!({
        "try": [{"reply": {
            "listen": {"to": {"one": {"with": {"type": "customer.message.received"}, "correlate": {"c": {
                "from": "${ .data.text }", "expect": "${ $workflow.input[0].data.document_type }"}}}}},
            "timeout": {"after": "PT1H"},
            "output": {"as": "${ .[0] }"},
            "export": {"as": "${ $context + { reply: . } }"},
        }}],
        "catch": {"errors": {"with": {"type": "https://serverlessworkflow.io/spec/1.0.0/errors/timeout"}}, "do": on_silence},
    })
}

#[test]
fn a_result_is_there_only_on_the_ways_that_kept_it() {
    let tell =
        json!({"call": "notify_user", "with": {"to": "role:gm", "message": "They wrote {{context.reply.text}}"}});
    let may_be_empty = ("text.may_be_empty", "/do/1/tell/with/message".to_owned());
    assert_eq!(
        found(None, &json!([{"wait": await_reply(json!([]))}, {"tell": tell}])),
        std::slice::from_ref(&may_be_empty)
    );
    let guarded = with(tell.clone(), json!({"if": "${ $context.reply != null }"}));
    assert_eq!(found(None, &json!([{"wait": await_reply(json!([]))}, {"tell": guarded}])), []);
    let leaves = json!([{"stop": {"set": {"x": 1}, "then": "end"}}]);
    assert_eq!(found(None, &json!([{"wait": await_reply(leaves)}, {"tell": tell}])), [], "silence does not come here");
    let raises = json!([{"stop": {"raise": {"error": {"type": "https://a.example/e", "status": 400}}}}]);
    assert_eq!(found(None, &json!([{"wait": await_reply(raises)}, {"tell": tell}])), []);
    let early = json!([{"tell": tell}, {"wait": await_reply(json!([]))}]);
    assert_eq!(found(None, &early), [("text.unknown_field", "/do/0/tell/with/message".to_owned())]);
}

#[test]
fn a_race_keeps_what_the_winner_kept_and_a_fork_what_all_kept() {
    let fork = |compete: bool| {
        let find = |name: &str| {
            json!({"call": "find_records", "with": {"entity": "deal", "filter": {"status": "working"}, "limit": 5},
            "export": {"as": format!("${{ $context + {{ {name}: . }} }}")}})
        };
        json!([
            {"both": {"fork": {"compete": compete, "branches": [{"one": find("a")}, {"two": find("b")}]}}},
            {"tell": {"call": "notify_user", "with": {"to": "role:gm", "message": "{{context.a.count}} and {{context.b.count}}"}}},
        ])
    };
    assert_eq!(found(None, &fork(false)), []);
    assert_eq!(found(None, &fork(true)).len(), 2, "either may be missing");
}

#[test]
fn a_loop_knows_its_own_results_only_from_the_second_round() {
    let tell = |field: &str| json!({"call": "notify_user", "with": {"to": "role:gm", "message": format!("{{{{context.seen.{field}}}}}")}});
    let find = json!({"call": "find_records", "with": {"entity": "deal", "filter": {"status": "working"}, "limit": 5},
        "export": {"as": "${ $context + { seen: . } }"}});
    let rounds = |first: Value, second: Value| json!([{"rounds": {"for": {"each": "n", "in": "${ [1, 2] }"}, "do": [{"a": first}, {"b": second}]}}]);
    assert_eq!(found(None, &rounds(find.clone(), tell("count"))), []);
    let place = "/do/0/rounds/do/0/a/with/message".to_owned();
    assert_eq!(found(None, &rounds(tell("count"), find.clone())), [("text.may_be_empty", place.clone())]);
    assert_eq!(found(None, &rounds(tell("total"), find)), [("text.unknown_field", place)]);
}

#[test]
fn a_task_nobody_reaches_is_named_wherever_it_stands() {
    let end = json!({"set": {"x": 1}, "then": "end"});
    let wait = json!({"wait": "PT1M"});
    let unreachable = |tasks: &Value| -> Vec<String> {
        found(None, tasks).into_iter().map(|(code, pointer)| format!("{code} {pointer}")).collect()
    };
    assert_eq!(unreachable(&json!([{"a": end}, {"b": wait}])), ["reference.unreachable /do/1/b"]);
    assert_eq!(
        unreachable(&json!([{"a": {"do": [{"b": end}]}}, {"c": wait}])),
        ["reference.unreachable /do/1/c"],
        "a block that ends"
    );
    let both = json!({"switch": [{"one": {"when": "${ $workflow.input[0].data.deal_id == null }", "then": "c"}}, {"two": {"then": "end"}}]});
    assert_eq!(
        unreachable(&json!([{"a": both}, {"b": wait}, {"c": wait}])),
        ["reference.unreachable /do/1/b"],
        "jumped over"
    );
    let tried = json!({"try": [{"b": end}], "catch": {"do": [{"c": end}]}});
    assert_eq!(unreachable(&json!([{"a": tried}, {"d": wait}])), ["reference.unreachable /do/1/d"], "both ways end");
    let sometimes = with(end, json!({"if": "${ $workflow.input[0].data.deal_id == null }"}));
    assert_eq!(unreachable(&json!([{"a": sometimes}, {"b": wait}])), Vec::<String>::new());
    assert_eq!(
        unreachable(&json!([{"a": {"do": [{"b": {"wait": "PT1M", "then": "exit"}}, {"c": wait}]}}, {"d": wait}])),
        ["reference.unreachable /do/0/a/do/1/c"]
    );
}

#[test]
fn values_fit_the_inputs_they_go_into() {
    let call = |value: &str| json!([{"a": {"call": "update_deal", "with": {"deal_id": value, "status": "working"}}}]);
    for (value, code) in [
        ("${ 5 }", "flow.type_mismatch"),
        ("${ null }", "flow.type_mismatch"),
        ("${ [\"d1\"] }", "flow.type_mismatch"),
        ("${ $workflow.input[0].data.document_type == \"x\" }", "flow.type_mismatch"),
        ("${ $workflow.input[0].data.owner_id }", "flow.wrong_record"),
    ] {
        let codes: Vec<&str> = found(None, &call(value)).into_iter().map(|(code, _)| code).collect();
        assert!(codes.contains(&code), "{value}: {codes:?}");
    }
    for value in [
        "${ \"d1\" }",
        "${ \"d-\" + $workflow.input[0].data.document_type }",
        "${ $workflow.input[0].data.deal_id // \"none\" }",
    ] {
        assert_eq!(found(None, &call(value)), [], "{value}");
    }
    let wait = |value: &str| found(None, &json!([{"a": {"wait": value}}]));
    assert_eq!(wait("${ duration_until($workflow.input[0].data.occurred_at | shift(\"P1D\")) }"), []);
    assert_eq!(wait("${ $workflow.input[0].data.occurred_at }").len(), 1, "a moment is not a duration");
    let person =
        |value: &str| found(None, &json!([{"a": {"call": "notify_user", "with": {"to": value, "message": "Hi"}}}]));
    assert_eq!(person("${ \"user:\" + $workflow.input[0].data.owner_id }"), []);
    assert_eq!(person("${ \"user:\" + $workflow.input[0].data.deal_id }").len(), 1, "user: and nobody");
    assert_eq!(person("${ $workflow.input[0].data.owner_id }").len(), 1, "an id is not a recipient");
}

#[test]
fn nothing_of_it_is_only_a_hint() {
    let found = check(
        &Definition::from_value(json!({
            "document": {"dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "n", "version": "1.0.0", "title": "T"},
            "schedule": {"on": {"one": {"with": {"type": "document.missing"}}}},
            "do": [{"a": needs()}],
        }))
        .unwrap(),
    );
    let one = found.iter().find(|one| one.code == "flow.may_be_null").unwrap();
    assert_eq!(one.severity, Severity::Error);
    assert!(one.hint.contains("if") && one.message.contains("deal_id"));
}

#[test]
fn what_foreach_keeps_is_known_after_it_and_may_be_missing() {
    const SOMEBODY: Option<&str> = Some("${ .customer_id != null }");
    let reply = json!({"with": {"type": "customer.message.received"},
        "correlate": {"customer": {"from": "${ .data.customer_id }", "expect": "${ $workflow.input[0].data.customer_id }"}}});
    let hear = |foreach: Value| {
        let to = json!({"any": [reply], "until": "${ length > 2 }"});
        json!({"listen": {"to": to}, "foreach": foreach, "timeout": {"after": "PT1H"}})
    };
    let tell = |message: &str| json!({"call": "notify_user", "with": {"to": "role:gm", "message": message}});
    let keep = with(tell("${ $reply.text }"), json!({"export": {"as": "${ $context + { last: . } }"}}));
    let last = "${ $context.last.notification_id }";
    let hears = hear(json!({"item": "reply", "do": [{"keep": keep}]}));
    // there may have been no event
    let read = json!([{"hear": hears}, {"tell": tell(last)}]);
    assert_eq!(found(SOMEBODY, &read), [("flow.may_be_null", "/do/1/tell/with/message".to_owned())]);
    let guarded = with(tell(last), json!({"if": "${ $context.last != null }"}));
    assert_eq!(found(SOMEBODY, &json!([{"hear": hears}, {"tell": guarded}])), []);
    // a later event sees what an earlier one kept
    let again = with(tell("m"), json!({"if": "${ $context.last.notification_id == \"x\" }"}));
    let later = hear(json!({"item": "reply", "do": [{"again": again}, {"keep": keep}]}));
    assert_eq!(found(SOMEBODY, &json!([{"hear": later}])), []);
    // the export of `foreach` itself, read and known as well
    let export = |text: &str| hear(json!({"item": "reply", "do": [{"x": {"set": {"a": 1}}}], "export": {"as": text}}));
    let whole = export("${ $context + { whole: . } }");
    assert_eq!(found(SOMEBODY, &json!([{"hear": whole}, {"tell": tell("${ $context.whole.a }")}])), []);
    assert_eq!(found(SOMEBODY, &json!([{"hear": whole}, {"tell": tell("${ $context.other.a }")}])).len(), 1);
    assert_eq!(found(SOMEBODY, &json!([{"hear": export("${ $context + { n: $reply.txet } }")}])).len(), 1);
}
