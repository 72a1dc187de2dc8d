use serde_json::json;

use super::*;

/// 22:00 on the ninth in Chicago is 03:00 on the tenth in UTC.
fn moment() -> FilterMoment {
    FilterMoment { now: "2026-03-10T03:00:00Z".parse().unwrap(), zone: chrono_tz::America::Chicago }
}

fn passes(filter: &Value) -> bool {
    let record = json!({
        "id": "lead-1", "status": "new", "score": 4, "closed_at": null, "open": false, "tags": ["loyal", "fleet"],
        "vehicle": {"stock": "U4471", "price": 27995.0}, "created_at": "2026-03-10T02:00:00Z", "due_on": "2026-03-10",
        "lines": [{"op": "oil", "amount": 79.0}, {"op": "brake", "amount": 389.0}], "comments": "Is it Still there?",
    });
    Filter::read(filter, &moment()).unwrap().lets_through(&record)
}

#[test]
fn each_operator() {
    for (filter, expected) in [
        (json!({}), true),
        (json!({"status": "new", "score": 4}), true),
        (json!({"status": "new", "score": 5}), false),
        (json!({"status": {"in": ["new", "lost"]}}), true),
        (json!({"status": {"not": "new"}}), false),
        (json!({"status": {"not": ["lost", "dead"]}}), true),
        (json!({"score": {"gt": 3, "lte": 4}}), true),
        (json!({"score": {"between": [1, 3]}}), false),
        (json!({"tags": {"contains": "loyal"}}), true),
        (json!({"tags": "fleet"}), true),
        (json!({"comments": {"contains": "still"}}), true),
        (json!({"closed_at": {"exists": false}}), true),
        (json!({"closed_at": null}), true),
        (json!({"nothing": {"exists": true}}), false),
        (json!({"open": false}), true),
        (json!({"vehicle.stock": "U4471"}), true),
        (json!({"lines.op": "brake"}), true),
        (json!({"lines.amount": {"gt": 400}}), false),
    ] {
        assert_eq!(passes(&filter), expected, "{filter}");
    }
}

#[test]
fn dates_are_read_in_the_stores_zone() {
    for (filter, expected) in [
        (json!({"created_at": "today"}), true),
        (json!({"created_at": {"gte": "tomorrow"}}), false),
        (json!({"due_on": "tomorrow"}), true),
        (json!({"due_on": "today"}), false),
        (json!({"created_at": {"gt": "-PT2H"}}), true),
        (json!({"created_at": {"between": ["-P1D", "-PT2H"]}}), false),
        (json!({"due_on": {"lt": "P14D"}}), true),
        (json!({"created_at": {"lt": "2026-03-10T02:00:01Z"}}), true),
        (json!({"due_on": {"lt": "2026-03-10"}}), false),
    ] {
        assert_eq!(passes(&filter), expected, "{filter}");
    }
}

#[test]
fn what_cannot_be_read_names_its_field() {
    for filter in [json!([]), json!({"a": [1]}), json!({"a": {"like": "x"}}), json!({"a": {"between": [1]}})] {
        assert!(Filter::read(&filter, &moment()).is_err(), "{filter}");
    }
}

#[test]
fn sorting_puts_nulls_last() {
    let mut rows = vec![json!({"n": 2}), json!({"n": null}), json!({"n": 10}), json!({"n": 1})];
    sort(&mut rows, "n");
    assert_eq!(rows, vec![json!({"n": 1}), json!({"n": 2}), json!({"n": 10}), json!({"n": null})]);
    sort(&mut rows, "n desc");
    assert_eq!(rows[1], json!({"n": 10}));
}
