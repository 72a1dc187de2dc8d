//! One thing broken at a time: each is found, under its own code, with a hint.

use auterity::workflow::{Definition, Severity};
use serde_json::{Value, json};

use crate::{check, examples};

enum Break {
    Set(&'static str, Value),
    Remove(&'static str),
}
use Break::{Remove, Set};

fn broken(base: &str, change: Break) -> Definition {
    let (_, text) = examples().into_iter().find(|(name, _)| name.starts_with(base)).unwrap();
    let mut raw = Definition::from_yaml(&text).unwrap().into_raw();
    match change {
        Set(pointer, value) => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let key = key.replace("~1", "/");
            match raw.pointer_mut(parent).unwrap() {
                Value::Object(map) => {
                    map.insert(key, value);
                }
                Value::Array(items) if key == "-" => items.push(value),
                Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
                other => panic!("{pointer}: {other}"),
            }
        }
        Remove(pointer) => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match raw.pointer_mut(parent).unwrap() {
                Value::Object(map) => assert!(map.shift_remove(key).is_some(), "{pointer}"),
                Value::Array(items) => drop(items.remove(key.parse().unwrap())),
                other => panic!("{pointer}: {other}"),
            }
        }
    }
    Definition::from_value(raw).unwrap()
}

fn assert_each(cases: Vec<(&'static str, &'static str, Break)>, severity: Severity) {
    for (number, (code, base, change)) in cases.into_iter().enumerate() {
        let found = check(&broken(base, change));
        let hit = found.iter().find(|one| one.code == code);
        let codes: Vec<_> = found.iter().map(|one| (one.code, one.pointer.as_str(), one.message.as_str())).collect();
        let hit = hit.unwrap_or_else(|| panic!("#{number} {code}: {codes:#?}"));
        assert_eq!(hit.severity, severity, "#{number} {code}");
        assert!(!hit.hint.is_empty() && !hit.message.is_empty(), "#{number} {code}");
    }
}

const TEXT: &str = "/do/0/textCustomer";

#[test]
fn shape() {
    assert_each(
        vec![
            ("structure.missing", "12", Remove("/document")),
            ("structure.missing", "12", Remove("/do")),
            ("structure.missing", "12", Remove("/document/version")),
            ("structure.form", "12", Set("/document/version", json!("one"))),
            ("structure.form", "12", Set("/document/name", json!("has spaces"))),
            ("structure.form", "12", Set("/document/dsl", json!("1.0"))),
            ("structure.dsl_version", "12", Set("/document/dsl", json!("0.8.0"))),
            ("structure.type", "12", Set("/do", json!({"a": 1}))),
            ("structure.type", "12", Set("/do/0/textCustomer", json!("send"))),
            ("structure.unknown_property", "12", Set("/document/owner", json!("me"))),
            ("structure.unknown_property", "12", Set("/on", json!({}))),
            ("structure.unknown_property", "12", Set("/do/0/textCustomer/args", json!({}))),
            ("structure.one_key", "12", Set("/do/0/second", json!({"wait": "PT1M"}))),
            ("structure.one_key", "12", Set("/do/0", json!({}))),
            ("structure.task_kind", "12", Set("/do/0/textCustomer", json!({"if": "${ true }"}))),
            ("structure.no_tasks", "12", Set("/do", json!([]))),
            (
                "structure.form",
                "03",
                Set("/do/0/cadenceOrStop/fork/branches/0/cadence/do/0/waitOneDay/wait", json!("1 day")),
            ),
            ("structure.empty", "05", Set("/do/0/onlyFirstMonday/switch", json!([]))),
            ("structure.missing", "05", Remove("/do/0/onlyFirstMonday/switch/0/otherDay/then")),
            ("structure.conflict", "12", Set("/schedule/on/any", json!([]))),
            ("structure.missing", "12", Remove("/do/1/awaitReply/catch")),
            ("structure.type", "03", Set("/do/0/cadenceOrStop/fork/compete", json!("yes"))),
        ],
        Severity::Error,
    );
}

#[test]
fn names_and_targets() {
    assert_each(
        vec![
            ("reference.duplicate_name", "12", Set("/do/-", json!({"textCustomer": {"wait": "PT1M"}}))),
            ("reference.target_unknown", "12", Set("/do/0/textCustomer/then", json!("nowhere"))),
            ("reference.target_elsewhere", "12", Set("/do/0/textCustomer/then", json!("pingManager"))),
            ("reference.backward", "11", Set("/do/2/askMarketing/then", json!("findShoppers"))),
            ("reference.backward", "12", Set("/do/0/textCustomer/then", json!("textCustomer"))),
            ("reference.target_unknown", "11", Set("/do/1/bySize/switch/1/many/then", json!("askSomebody"))),
            ("reference.default_not_last", "11", Remove("/do/1/bySize/switch/0/nobody/when")),
            ("reference.loop_variable", "11", Set("/do/5/sendAll/for/each", json!("customer"))),
        ],
        Severity::Error,
    );
    assert_each(
        vec![
            ("reference.name_style", "12", Set("/do/-", json!({"Wait a bit": {"wait": "PT1M"}}))),
            ("reference.unreachable", "12", Set("/do/0/textCustomer/then", json!("end"))),
        ],
        Severity::Warning,
    );
}

#[test]
fn expressions() {
    let body = |code: &str| json!(code);
    assert_each(
        vec![
            ("expression.syntax", "12", Set("/do/0/textCustomer/if", body("${ 1 + }"))),
            ("expression.not_wrapped", "12", Set("/do/0/textCustomer/if", body("$context.a == 1"))),
            ("expression.not_whole", "12", Set("/do/0/textCustomer/with/customer_id", body("c-${ .a }"))),
            ("expression.refused", "12", Set("/do/0/textCustomer/if", body("${ now > 1 }"))),
            ("expression.refused", "12", Set("/do/0/textCustomer/if", body("${ env.HOME != null }"))),
            ("expression.refused", "12", Set("/do/0/textCustomer/if", body("${ def f: f; f }"))),
            ("expression.unknown_function", "12", Set("/do/0/textCustomer/if", body("${ 1 | IN(1, 2) }"))),
            ("expression.unknown_variable", "12", Set("/do/0/textCustomer/if", body("${ $lead.id == 1 }"))),
            ("expression.unknown_variable", "11", Set("/do/0/findShoppers/if", body("${ $lead.id == 1 }"))),
            ("expression.not_wrapped", "05", Set("/do/5/sendAll/for/in", body("$context.found.items"))),
            (
                "expression.too_long",
                "12",
                Set("/do/0/textCustomer/if", json!(format!("${{ {} }}", "1 + ".repeat(600) + "1"))),
            ),
        ],
        Severity::Error,
    );
}

#[test]
fn actions() {
    let with = "/do/0/textCustomer/with";
    assert!(with.starts_with(TEXT));
    assert_each(
        vec![
            ("action.unknown", "12", Set("/do/0/textCustomer/call", json!("send_text"))),
            ("action.input_missing", "12", Remove("/do/0/textCustomer/with/purpose")),
            ("action.input_missing", "12", Remove("/do/0/textCustomer/with")),
            ("action.input_unknown", "12", Set("/do/0/textCustomer/with/message", json!("Hi"))),
            ("action.input_value", "12", Set("/do/0/textCustomer/with/purpose", json!("sales"))),
            ("action.input_type", "12", Set("/do/0/textCustomer/with/body", json!(5))),
            ("action.input_empty", "12", Set("/do/0/textCustomer/with/body", json!(" "))),
            ("action.input_length", "12", Set("/do/0/textCustomer/with/body", json!("x".repeat(1601)))),
            ("action.input_type", "01", Set("/do/4/callTask/with/due_in", json!("five minutes"))),
            ("action.input_missing", "01", Remove("/do/4/callTask/with/related_to/id")),
            ("action.one_of", "01", Remove("/do/0/assignOwner/with/strategy")),
            ("action.one_of", "01", Set("/do/3/sendEmail/with/to", json!("a@b.example"))),
            ("action.recipient", "01", Set("/do/4/callTask/with/assignee", json!("the manager"))),
            ("action.role_unknown", "01", Set("/do/4/callTask/with/assignee", json!("role:boss"))),
            (
                "action.team_unknown",
                "13",
                Set("/do/0/openTasks/fork/branches/0/detail/with/assignee", json!("team:cleaners")),
            ),
            ("action.user_unknown", "01", Set("/do/4/callTask/with/assignee", json!("user:zorro"))),
            ("action.input_bounds", "11", Set("/do/0/findShoppers/with/limit", json!(5000))),
            ("action.input_value", "11", Set("/do/0/findShoppers/with/entity", json!("shopper"))),
            ("action.filter_field", "11", Set("/do/0/findShoppers/with/filter/colour", json!("red"))),
            ("action.filter_operator", "11", Set("/do/0/findShoppers/with/filter/status", json!({"like": "new"}))),
            ("action.input_value", "11", Set("/do/0/findShoppers/with/filter/status", json!({"in": ["sleeping"]}))),
            ("action.input_type", "05", Set("/do/1/findLeads/with/filter/closed_at", json!({"gt": "long ago"}))),
            ("action.sort", "08", Set("/do/0/findStuck/with/sort", json!("oldest first"))),
            ("action.once_missing", "05", Remove("/do/5/sendAll/do/0/reviveEmail/with/once")),
            ("action.input_missing", "05", Remove("/do/5/sendAll/do/0/reviveEmail/with/once/within")),
            ("text.not_here", "12", Set("/do/0/textCustomer/with/customer_id", json!("{{customer.id}}"))),
        ],
        Severity::Error,
    );
    assert_each(vec![("action.once_advised", "08", Remove("/do/2/digest/with/once"))], Severity::Warning);
}

#[test]
fn data_flow() {
    assert_each(
        vec![
            (
                "flow.path_unknown",
                "12",
                Set("/do/0/textCustomer/with/customer_id", json!("${ $workflow.input[0].data.customer }")),
            ),
            (
                "flow.path_unknown",
                "12",
                Set("/do/0/textCustomer/with/customer_id", json!("${ $workflow.input.data.customer_id }")),
            ),
            ("flow.path_unknown", "12", Set("/schedule/on/one/with/data", json!("${ .kind == \"internet\" }"))),
            (
                "flow.path_unknown",
                "12",
                Set("/do/1/awaitReply/try/0/reply/listen/to/one/correlate/customer/from", json!("${ .customer_id }")),
            ),
            (
                "flow.path_unknown",
                "05",
                Set("/do/5/sendAll/do/0/reviveEmail/with/customer_id", json!("${ $lead.customer }")),
            ),
            (
                "flow.path_unknown",
                "05",
                Set("/do/0/onlyFirstMonday/if", json!("${ $workflow.input[0].data.lead_id != null }")),
            ),
            ("flow.path_unknown", "05", Set("/do/2/nobody/if", json!("${ $context.found.total == 0 }"))),
            ("flow.context_unknown", "05", Set("/do/1/findLeads/if", json!("${ $context.found.count == 0 }"))),
            ("flow.context_unknown", "01", Remove("/do/1/checkText/export")),
            ("text.unknown_field", "12", Set("/do/0/textCustomer/with/body", json!("Hi {{customer.nickname}}"))),
            ("text.unknown_field", "12", Set("/do/0/textCustomer/with/body", json!("Hi {{event.car}}"))),
            ("text.unknown_field", "05", Set("/do/3/askManager/with/subject", json!("{{context.fund.count}} leads"))),
            ("text.unknown_root", "12", Set("/do/0/textCustomer/with/body", json!("Hi {{lead.id}}"))),
            ("text.unknown_root", "05", Set("/do/3/askManager/with/subject", json!("{{event.lead_id}}"))),
            ("text.malformed", "12", Set("/do/0/textCustomer/with/body", json!("Hi {{customer.first_name | upper}}"))),
            ("text.malformed", "12", Set("/do/0/textCustomer/with/body", json!("Hi {{customer.first_name"))),
            ("text.filter", "12", Set("/do/0/textCustomer/with/body", json!("{{event.source | money}}"))),
        ],
        Severity::Error,
    );
    assert_each(
        vec![
            ("flow.not_in_every_event", "04", Set("/do/0/confirm/with/body", json!("{{event.source}}"))),
            (
                "text.may_be_empty",
                "12",
                Set("/do/0/textCustomer/with/body", json!("{{event.provider}} {{store.name}} STOP")),
            ),
            ("flow.export_replaces", "01", Set("/do/1/checkText/export/as", json!("${ . }"))),
        ],
        Severity::Warning,
    );
}

#[test]
fn policy() {
    assert_each(
        vec![
            (
                "policy.protocol_call",
                "12",
                Set(TEXT, json!({"call": "http", "with": {"method": "post", "endpoint": "https://x.example"}})),
            ),
            ("policy.protocol_call", "12", Set(TEXT, json!({"run": {"shell": {"command": "rm -rf /"}}}))),
            ("policy.correlation_missing", "12", Remove("/do/1/awaitReply/try/0/reply/listen/to/one/correlate")),
            (
                "policy.correlation_missing",
                "12",
                Remove("/do/1/awaitReply/try/0/reply/listen/to/one/correlate/customer/expect"),
            ),
            ("policy.namespace", "12", Set("/document/namespace", json!("other-dealer"))),
            ("policy.store_unknown", "12", Set("/document/metadata/stores", json!(["lakeside-north"]))),
            ("policy.several_triggers", "12", Set("/schedule/cron", json!("0 9 * * *"))),
            ("policy.cron", "05", Set("/schedule/cron", json!("every monday"))),
            ("policy.cron", "05", Set("/schedule/cron", json!("0 0 9 * * 1"))),
            ("policy.interval", "08", Set("/schedule/every", json!("PT5S"))),
            ("event.unknown", "12", Set("/schedule/on/one/with/type", json!("lead.arrived"))),
            (
                "event.unknown",
                "12",
                Set("/do/1/awaitReply/try/0/reply/listen/to/one/with/type", json!("customer.replied")),
            ),
            ("event.no_type", "12", Set("/schedule/on/one/with", json!({"source": "https://a.example"}))),
        ],
        Severity::Error,
    );
    assert_each(
        vec![
            ("policy.no_trigger", "12", Remove("/schedule")),
            ("policy.no_brake", "03", Set("/do/0/cadenceOrStop/fork/compete", json!(false))),
            ("policy.endless_wait", "12", Remove("/do/1/awaitReply/try/0/reply/timeout")),
            ("policy.approval_not_awaited", "05", Remove("/do/4")),
            ("policy.stop_wording", "12", Set("/do/0/textCustomer/with/body", json!("{{store.name}}: hi"))),
            ("policy.store_not_named", "12", Set("/do/0/textCustomer/with/body", json!("Hi. Reply STOP to opt out."))),
            (
                "policy.money_without_approval",
                "12",
                Set(
                    TEXT,
                    json!({"call": "issue_credit", "with": {"customer_id": "c", "kind": "refund", "amount": 5, "reason": "r"}}),
                ),
            ),
        ],
        Severity::Warning,
    );
}

#[test]
fn an_allowed_host_may_be_called() {
    use auterity::workflow::{Catalog, ValidationContext, validate};
    let call = |endpoint: &str| {
        let task = json!({"call": "http", "with": {"method": "get", "endpoint": endpoint}});
        let definition = broken("12", Set(TEXT, task));
        let mut context = ValidationContext::new(Catalog::embedded());
        context.allowed_hosts = &["api.partner.example"];
        validate(&definition, &context).iter().any(|one| one.code == "policy.protocol_call")
    };
    assert!(!call("https://api.partner.example/v1/cars"));
    for endpoint in [
        "http://api.partner.example/",
        "https://api.partner.example.evil.example/",
        "https://api.partner.example@evil.example/",
        "https://{host}/",
        "${ \"https://api.partner.example/\" }",
    ] {
        assert!(call(endpoint), "{endpoint}");
    }
}
