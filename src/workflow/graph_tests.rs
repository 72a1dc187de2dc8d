use serde_json::{Value, json};

use super::*;

fn edges(tasks: &Value) -> Vec<String> {
    let definition = Definition::from_value(json!({"do": tasks})).unwrap();
    let short = |id: &str| id.rsplit('/').next().unwrap().to_owned();
    let drawing = graph(&definition);
    drawing.edges.iter().map(|edge| format!("{} -{}> {}", short(&edge.from), edge.label, short(&edge.to))).collect()
}

#[test]
fn a_switch_leads_where_its_cases_say() {
    let found = edges(&json!([
        {"route": {"switch": [{"big": {"when": "${ .a }", "then": "ask"}}, {"none": {"when": "${ .b }", "then": "end"}}]}},
        {"skip": {"wait": "PT1M", "then": "end"}},
        {"ask": {"wait": "PT1M"}}
    ]));
    assert_eq!(
        found,
        [
            "schedule -> route",
            "route -big> ask",
            "route -none> end",
            "route -otherwise> skip",
            "skip -> end",
            "ask -> end"
        ]
    );
}

#[test]
fn branches_meet_again_and_a_timeout_has_its_own_way() {
    let found = edges(&json!([
        {"both": {"fork": {"compete": true, "branches": [{"a": {"wait": "PT1M"}}, {"b": {"wait": "PT2M"}}]}}},
        {"await": {
            "try": [{"reply": {"listen": {"to": {"any": []}}}}],
            "catch": {"errors": {"with": {"type": super::super::document::TIMEOUT_ERROR}},
                "do": [{"tell": {"wait": "PT1M", "then": "exit"}}]}
        }},
        {"last": {"wait": "PT1M"}}
    ]));
    assert_eq!(
        found,
        [
            "schedule -> both",
            "both -> a",
            "both -> b",
            "a -first> await",
            "b -first> await",
            "await -> reply",
            "await -on timeout> tell",
            "reply -> last",
            "tell -> last",
            "last -> end"
        ]
    );
}

#[test]
fn loops_come_back_and_skipped_blocks_are_ways_too() {
    let found = edges(&json!([
        {"each": {"for": {"each": "lead", "in": "${ [] }"}, "do": [{"tell": {"wait": "PT1M"}}]}},
        {"block": {"if": "${ .x }", "do": [{"inner": {"raise": {"error": "x"}}}]}}
    ]));
    assert_eq!(
        found,
        [
            "schedule -> each",
            "each -each lead> tell",
            "tell -next> each",
            "each -done> block",
            "block -> inner",
            "inner -error> end",
            "block -otherwise> end"
        ]
    );
}

#[test]
fn a_program_reads_why_a_way_is_taken() {
    let definition = Definition::from_value(json!({"do": [
        {"route": {"switch": [{"a": {"when": "${ .a }", "then": "end"}}, {"b": {"when": "${ .b }", "then": "each"}}]}},
        {"each": {"for": {"each": "lead", "in": "${ [] }"}, "do": [{"tell": {"wait": "PT1M"}}]}}
    ]}));
    let drawing = graph(&definition.unwrap());
    let kinds: Vec<_> = drawing.edges.iter().map(|edge| (edge.kind, edge.case)).collect();
    assert_eq!(
        kinds,
        [
            (EdgeKind::Always, None),
            (EdgeKind::Case, Some(0)),
            (EdgeKind::Case, Some(1)),
            (EdgeKind::Otherwise, None),
            (EdgeKind::Each, None),
            (EdgeKind::Next, None),
            (EdgeKind::Done, None),
        ]
    );
}
