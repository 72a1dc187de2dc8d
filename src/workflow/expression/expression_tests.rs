//! What expressions give, refuse and stop.

use chrono::{NaiveTime, TimeZone};
use serde_json::json;

use super::*;
use crate::model::tenant::OpenHours;

fn hours() -> StoreHours {
    let day = |opens, closes| {
        Some(OpenHours {
            opens: NaiveTime::from_hms_opt(opens, 0, 0).unwrap(),
            closes: NaiveTime::from_hms_opt(closes, 0, 0).unwrap(),
        })
    };
    let week = [None, day(9, 20), day(9, 20), day(9, 20), day(9, 20), day(9, 20), day(9, 18)];
    StoreHours { departments: [("sales".to_owned(), week)].into(), closed_on: Vec::new() }
}

fn run(code: &str, input: &Value, variables: &Variables) -> Result<Value, ExpressionError> {
    let hours = hours();
    // Friday 2026-03-06, 21:30 in Chicago; clocks go forward on Sunday the 8th
    let now = Utc.with_ymd_and_hms(2026, 3, 7, 3, 30, 0).unwrap();
    let moment = Moment { now, zone: chrono_tz::America::Chicago, hours: &hours, department: "sales" };
    Expression::compile(&format!("${{ {code} }}"))?.evaluate(input, variables, &moment)
}

fn value(code: &str) -> Value {
    run(code, &json!({"at": "2026-03-10T17:00:00Z", "day": "2026-03-08", "n": 3}), &Variables::default()).unwrap()
}

#[test]
fn plain_jq_works() {
    for (code, expected) in [
        ("1 + 2", json!(3)),
        ("10 / 4", json!(2.5)),
        ("10 / 2", json!(5)),
        (r#""a" + "b""#, json!("ab")),
        (r#""n is \(.n)""#, json!("n is 3")),
        ("[range(1; 6)]", json!([1, 2, 3, 4, 5])),
        ("{a: 1} + {b: 2}", json!({"a": 1, "b": 2})),
        ("null + {reply: .n}", json!({"reply": 3})),
        ("[1, 2, 3] | map(. * 2) | add", json!(12)),
        ("[{a: 2}, {a: 1}] | sort_by(.a) | .[0].a", json!(1)),
        ("[.[] | strings] | length", json!(2)),
        ("if .n > 2 then \"many\" else \"few\" end", json!("many")),
        (".missing // \"none\"", json!("none")),
        ("[recurse(if . == 3 then empty else 3 end)] | length", json!(2)),
        ("[limit(3; repeat(1))]", json!([1, 1, 1])),
        ("first(range(10; 20))", json!(10)),
        ("reduce (1, 2, 3) as $x (0; . + $x)", json!(6)),
        ("{a: {b: 1}} | .a.b |= . + 1", json!({"a": {"b": 2}})),
        ("\"a,b\" | split(\",\")", json!(["a", "b"])),
        ("\"ab\" | test(\"^a\")", json!(true)),
        ("[.n, 1] | @json", json!("[3,1]")),
        ("empty", json!(null)),
        ("\"ab\" * 2", json!("abab")),
        ("try error(\"x\") catch .", json!("x")),
    ] {
        assert_eq!(value(code), expected, "{code}");
    }
}

#[test]
fn moments_are_local_to_the_store() {
    for (code, expected) in [
        // the day before in local time, over the change to summer time: 12:00 CDT, 12:00 CST
        (r#".at | shift("-P3D")"#, json!("2026-03-07T18:00:00Z")),
        (r#".at | shift("PT5M")"#, json!("2026-03-10T17:05:00Z")),
        (r#".day | at_time("17:00")"#, json!("2026-03-08T22:00:00Z")),
        (r#"next_time("09:00")"#, json!("2026-03-07T15:00:00Z")),
        // 02:30 does not exist on the 8th: the first moment after the gap
        (r#".day | at_time("02:30")"#, json!("2026-03-08T08:00:00Z")),
        ("next_open(\"sales\")", json!("2026-03-07T15:00:00Z")),
        ("next_open | shift(\"PT5M\") | duration_until(.)", json!("PT11H35M")),
        (r#"duration_until("2026-03-07T03:30:00.250Z")"#, json!("PT0.250S")),
        (r#"duration_until("2020-01-01T00:00:00Z")"#, json!("PT0S")),
        (".at | is_future", json!(true)),
        (r#""2020-01-01" | is_future"#, json!(false)),
        (".at | local", json!({"year": 2026, "month": 3, "day": 10, "weekday": 2, "hour": 12, "minute": 0})),
        (r#""2026-03-07T03:30:00Z" | local | .weekday != 1 or .day > 7"#, json!(true)),
    ] {
        assert_eq!(value(code), expected, "{code}");
    }
}

#[test]
fn what_is_not_ours_is_refused() {
    for code in [
        "now",
        "env",
        "$ENV",
        "input",
        "[inputs]",
        "localtime",
        "gmtime",
        "strflocaltime(\"%H\")",
        "halt",
        "debug",
        "def f: f; f",
        "def f: 1; 2",
        "path(.a)",
        "setpath([\"a\"]; 1)",
        "$__loc__",
        "input_filename",
        "nothing_like_it",
        "auterity_main",
        "import \"a\" as a; 1",
        "1 +",
        "(",
        "",
        ")",
        ".[",
        "\"",
        "$workflow.input[0",
        "IN(1)",
    ] {
        let outcome = run(code, &json!({}), &Variables::default());
        assert!(outcome.is_err(), "{code} gave {outcome:?}");
    }
    assert_eq!(Expression::compile("now").unwrap_err(), ExpressionError::NotWrapped);
}

#[test]
fn nothing_runs_forever_or_fills_the_memory() {
    for code in [
        "[range(1e12)]",
        "[repeat(1)]",
        "last(repeat(1))",
        "until(false; .)",
        "[recurse(.)]",
        "[recurse([.])]",
        "[while(true; .)]",
        "reduce range(1e12) as $x (0; $x)",
        "[range(3000)] | . as $a | [$a[] | $a[] | $a[]] | length",
        "[range(3000)] | map([range(3000)] | map([range(3000)] | length)) | length",
        "\"x\" * 1000000000",
        "\"xxxxxxxxxxxxxxxxxxxx\" | reduce range(100) as $i (.; . + .) | length",
        "reduce range(100) as $i (1; [., .]) | tojson | length",
        "reduce range(100000) as $i (null; [.])",
        "reduce range(100) as $i (\"\\\"\"; tojson)",
        "reduce range(64) as $i (9999999999999999999; . * .)",
        "reduce range(100) as $i ({a: 1}; .a = . | .b = .)",
        "any(repeat(false); .)",
        "[limit(1e12; repeat(1))]",
        "[splits(\"a\")] | [combinations(100)]",
        "[[range(100)], [range(100)], [range(100)], [range(100)]] | [combinations]",
        "try last(repeat(1)) catch 1",
        "[.[]?, repeat(1)?]",
        "[] | .[1000000000] = 1",
        "label $out | foreach repeat(1) as $x (0; . + $x; if . < 0 then break $out else empty end)",
    ] {
        let outcome = run(code, &json!("aaaa"), &Variables::default());
        assert!(outcome.is_err(), "{code} gave a value");
    }
    for code in [
        ".".to_owned() + &"|.".repeat(900),
        "-".repeat(1900) + "1",
        "(".repeat(900),
        "[".repeat(24) + "1" + &"]".repeat(24),
        ".".to_owned() + &"|.".repeat(290),
    ] {
        let _ = run(&code, &json!({}), &Variables::default());
    }
}

#[test]
fn variables_are_given_or_named_in_the_error() {
    let variables = Variables {
        workflow: json!({"input": [{"data": {"lead_id": "l1"}}]}),
        context: json!({"open": null}),
        locals: json!({"lead": {"id": "x"}}).as_object().unwrap().clone(),
        ..Variables::default()
    };
    assert_eq!(run("$workflow.input[0].data.lead_id", &Value::Null, &variables).unwrap(), json!("l1"));
    assert_eq!(run("$lead.id", &Value::Null, &variables).unwrap(), json!("x"));
    assert_eq!(run("$context + {a: 1}", &Value::Null, &variables).unwrap(), json!({"open": null, "a": 1}));
    let error = run("$deal.id", &Value::Null, &variables).unwrap_err().to_string();
    assert_eq!(error, "variable $deal is not known here; known are $workflow, $context, $task, $runtime, $lead");
    assert_eq!(run("1, 2", &Value::Null, &variables).unwrap_err(), ExpressionError::SeveralValues);
}

#[test]
fn values_are_resolved_deep_inside() {
    let hours = hours();
    let moment =
        Moment { now: Utc.timestamp_opt(0, 0).unwrap(), zone: chrono_tz::UTC, hours: &hours, department: "sales" };
    let value = json!({"a": ["${ .x }", "plain ${ .x }"], "b": {"c": " ${ .x + 1 } "}, "d": 7});
    let resolved = resolve(&value, &json!({"x": 1}), &Variables::default(), &moment).unwrap();
    assert_eq!(resolved, json!({"a": [1, "plain ${ .x }"], "b": {"c": 2}, "d": 7}));
    for (code, expected) in [("${ .x }", true), (".x == 1", true), ("${ .y }", false), (".x > 1", false)] {
        assert_eq!(condition(code, &json!({"x": 1}), &Variables::default(), &moment).unwrap(), expected, "{code}");
    }
}

#[test]
fn reads_are_known_without_running() {
    let reads = |code: &str| -> Vec<String> {
        let compiled = Expression::compile(&format!("${{ {code} }}")).unwrap();
        compiled.reads().iter().map(ToString::to_string).collect()
    };
    for (code, expected) in [
        (".a.b", "..a.b"),
        ("$workflow.input[0].data.vehicle.model", "$workflow.input[0].data.vehicle.model"),
        ("duration_until($workflow.input[0].data.starts_at | shift(\"-P1D\"))", "$workflow.input[0].data.starts_at"),
        ("$context | .reply.text", "$context.reply.text"),
        ("$context.found.items | map(select(.status == \"new\"))", "$context.found.items[].status"),
        ("[$workflow.input[0].data.lines[].op]", "$workflow.input[0].data.lines[].op"),
        ("$context.a as $x | $x.b", "$context.a.b"),
        ("$context.items | sort_by(.at) | .[0].id", "$context.items[0].id"),
        ("{a: $lead.id, $task}", "$lead.id"),
    ] {
        let expected = expected.trim_start_matches('.');
        let all = reads(code);
        assert!(all.iter().any(|read| read.trim_start_matches('.') == expected), "{code}: {all:?}");
    }
    assert!(reads("1 | .a").is_empty());
}
