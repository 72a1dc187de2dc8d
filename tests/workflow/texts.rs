//! Merge texts: what they say, and when they refuse to.

use auterity::workflow::Language;
use auterity::workflow::text::{MergeError, MergeReason, MergeRoots, MergeText, MergeTextError};
use serde_json::json;

fn roots() -> MergeRoots {
    let roots = json!({
        "customer": {"first_name": "Ana", "last_name": null, "email": " "},
        "event": {"starts_at": "2026-03-15T22:05:00Z", "on": "2026-03-05", "new_price": 27995, "cut": 1234.5, "names": ["red", "green", "blue"],
                  "lines": [{"description": "brakes"}, {"description": "oil"}], "vehicle": {"year": 2021, "description": "2021 RAV4"}},
        "context": {"free": {"slots": [{"starts_at": "2026-03-16T14:00:00Z"}]}, "none": []},
        "attempt": 3
    });
    MergeRoots(roots.as_object().unwrap().clone())
}

fn render(text: &str, language: Language) -> Result<String, MergeError> {
    MergeText::parse(text).unwrap().render(&roots(), language, chrono_tz::America::Chicago)
}

#[test]
fn fields_and_filters() {
    for (text, english, spanish) in [
        ("Hi {{customer.first_name}}!", "Hi Ana!", "Hi Ana!"),
        ("{{ event.starts_at|datetime }}", "Sunday, March 15 at 5:05 PM", "domingo 15 de marzo a las 5:05 PM"),
        ("{{event.starts_at | time}}", "5:05 PM", "5:05 PM"),
        ("{{event.on | date}}", "March 5, 2026", "5 de marzo de 2026"),
        ("{{event.new_price | money}}, {{event.cut | money}}", "$27,995, $1,234.50", "$27,995, $1,234.50"),
        ("{{event.names | list}}", "red, green and blue", "red, green y blue"),
        ("{{event.lines | list}}", "brakes and oil", "brakes y oil"),
        ("{{event.vehicle}} ({{event.vehicle.year}})", "2021 RAV4 (2021)", "2021 RAV4 (2021)"),
        ("{{context.free.slots.0.starts_at | time}}", "9:00 AM", "9:00 AM"),
        ("reminder {{attempt}} of 5 } {", "reminder 3 of 5 } {", "reminder 3 of 5 } {"),
        ("plain", "plain", "plain"),
    ] {
        assert_eq!(render(text, Language::En).unwrap(), english);
        assert_eq!(render(text, Language::Es).unwrap(), spanish);
    }
}

#[test]
fn nothing_goes_out_with_a_hole() {
    for (text, field, reason) in [
        ("Hi {{customer.last_name}}", "customer.last_name", MergeReason::Empty),
        ("{{customer.email}}", "customer.email", MergeReason::Empty),
        ("{{context.none | list}}", "context.none", MergeReason::Empty),
        ("{{context.free.slots.4.starts_at}}", "context.free.slots.4.starts_at", MergeReason::Empty),
        ("{{customer.nickname}}", "customer.nickname", MergeReason::Unknown),
        ("{{lead.id}}", "lead.id", MergeReason::Unknown),
        ("{{customer.first_name | money}}", "customer.first_name", MergeReason::Unwritable),
        ("{{context.free}}", "context.free", MergeReason::Unwritable),
    ] {
        assert_eq!(render(text, Language::En).unwrap_err(), MergeError { field: field.to_owned(), reason }, "{text}");
    }
}

#[test]
fn malformed_texts_are_named() {
    assert_eq!(MergeText::parse("Hi {{customer.first_name").unwrap_err(), MergeTextError::Unclosed);
    assert!(
        matches!(MergeText::parse("{{a.b | upper}}").unwrap_err(), MergeTextError::UnknownFilter(name) if name == "upper")
    );
    for text in ["{{}}", "{{ . }}", "{{1.a}}", "{{a..b}}", "{{a b}}", "{{a-b}}", "{{if x}}", "{{a[0]}}"] {
        assert!(matches!(MergeText::parse(text).unwrap_err(), MergeTextError::Malformed(_)), "{text}");
    }
}
