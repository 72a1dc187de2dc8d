//! A jq expression: compiled and evaluated, it ends soon with a value or an error.
#![no_main]

use std::sync::LazyLock;

use auterity::model::tenant::StoreHours;
use auterity::workflow::expression::{Expression, Moment, Variables};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static INPUT: LazyLock<Value> = LazyLock::new(|| {
    json!({"lead_type": "internet", "customer": {"first_name": "Dana", "age": 41}, "tags": ["a", "b", null, 3.5, true],
        "at": "2026-03-10T15:00:00Z", "nested": {"list": [{"x": 1}, {"x": 2}]}})
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(expression) = Expression::compile_lenient(text) else { return };
    let variables =
        Variables { context: INPUT.clone(), workflow: json!({"input": [{"data": &*INPUT}]}), ..Variables::default() };
    let hours = StoreHours { departments: Default::default(), closed_on: Vec::new() };
    let now = chrono::DateTime::from_timestamp(1_773_154_800, 0).expect("a moment");
    let moment = Moment { now, zone: chrono_tz::America::Chicago, hours: &hours, department: "sales" };
    let began = std::time::Instant::now();
    if let Ok(value) = expression.evaluate(&INPUT, &variables, &moment) {
        assert!(value.to_string().len() < 64 * 1024 * 1024, "a value without bounds");
    }
    assert!(began.elapsed().as_secs() < 5, "an evaluation without bounds");
});
