//! No text makes the parser or the validator panic, and what parses survives a round trip.

use auterity::workflow::expression::Expression;
use auterity::workflow::text::MergeText;
use auterity::workflow::{Definition, ParseError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{check, examples};

fn value() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "do",
        "call",
        "with",
        "for",
        "each",
        "in",
        "try",
        "catch",
        "listen",
        "to",
        "one",
        "any",
        "switch",
        "when",
        "then",
        "wait",
        "PT5M",
        "end",
        "fork",
        "branches",
        "set",
        "document",
        "schedule",
        "on",
        "type",
        "data",
        "lead.created",
        "send_sms",
        "${ . }",
        "${ $context.a.b }",
        "{{event.x}}",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((words.clone(), inner), 0..5).prop_map(|entries| Value::Object(
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Definition::from_yaml(&text);
        let _ = Definition::from_json_text(&text);
        let _ = MergeText::parse(&text);
        let _ = Expression::compile_lenient(&text);
    }

    #[test]
    fn any_document_is_validated(tasks in value(), schedule in value()) {
        let raw = json!({"document": {"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1.0.0"}, "schedule": schedule, "do": tasks});
        if let Ok(definition) = Definition::from_value(raw) {
            let _ = check(&definition);
            let text = serde_json::to_string(definition.raw()).unwrap();
            prop_assert_eq!(Definition::from_json_text(&text).unwrap(), definition);
        }
    }

    #[test]
    fn a_damaged_example_never_panics(at in 0usize..13, cut in 0.0f64..1.0, put in "[\\[\\]{}:\\-'\" a-z&*!|>\n]{0,6}") {
        let (_, text) = &examples()[at];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let mut place = (text.len() as f64 * cut) as usize;
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        if let Ok(definition) = Definition::from_yaml(&format!("{}{put}{}", &text[..place], &text[place..])) {
            let _ = check(&definition);
        }
    }
}

#[test]
fn nested_loops_do_not_multiply() {
    let mut tasks = json!([{"wait": {"wait": "PT1M"}}]);
    for depth in 0..18 {
        tasks = json!([{format!("loop{depth}"): {"for": {"in": "${ [1, 2] }"}, "do": tasks}}]);
    }
    let raw = json!({"document": {"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1.0.0"}, "do": tasks});
    // would not come back if each loop doubled the walk
    let found = check(&Definition::from_value(raw).unwrap());
    assert!(found.iter().all(|one| one.code != "flow.path_unknown"));
}

#[test]
fn deserializing_checks_what_parsing_checks() {
    assert!(serde_json::from_str::<Definition>("[]").is_err());
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert!(serde_json::from_str::<Definition>(&deep).is_err());
}

#[test]
fn a_key_written_twice_is_refused() {
    let json = r#"{"document": {"name": "a"}, "do": [{"t": {"call": "notify_user", "with": {"to": "role:gm", "to": "role:it"}}}]}"#;
    let error = Definition::from_json_text(json).unwrap_err();
    assert!(
        matches!(&error, ParseError::Json(why) if why.to_string() == "/do/0/t/with/to stands twice in its object"),
        "{error:?}"
    );
    assert!(Definition::from_json_text(r#"{"do": [], "do": []}"#).is_err());
    for yaml in ["do: []\ndo: []\n", "do:\n  - t: { wait: PT1M, wait: PT2M }\n", "do: []\n\"do\": []\n"] {
        assert!(matches!(Definition::from_yaml(yaml), Err(ParseError::Yaml(_))), "{yaml}");
    }
    assert!(Definition::from_json_text(r#"{"a": {"x": 1.5e3, "y": [null, true, "é"]}, "b": {"x": -1}}"#).is_ok());
}

#[test]
fn size_and_depth_are_bounded() {
    assert!(matches!(Definition::from_json_text(&"x".repeat(300_000)), Err(ParseError::TooLarge(300_000))));
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert!(matches!(Definition::from_json_text(&deep), Err(ParseError::TooDeep)));
    assert!(Definition::from_json_text(&format!("{{\"a\":{}1{}}}", "[".repeat(4000), "]".repeat(4000))).is_err());
    assert!(Definition::from_yaml(&format!("a: {}1{}", "[".repeat(4000), "]".repeat(4000))).is_err());
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f, *f]\n";
    assert!(Definition::from_yaml(bomb).is_err(), "aliases do not multiply without end");
    let nul = r#"{"document": {"title": "\u0000"}}"#;
    assert!(matches!(Definition::from_json_text(nul), Err(ParseError::Json(_))));
    assert!(matches!(Definition::from_value(serde_json::from_str(nul).unwrap()), Err(ParseError::NulCharacter)));
    assert!(matches!(Definition::from_yaml("document: { title: \"\\0\" }"), Err(ParseError::NulCharacter)));
    for text in ["[]", "null", "\"x\"", "1"] {
        assert!(matches!(Definition::from_json_text(text), Err(ParseError::NotAnObject)), "{text}");
    }
    assert!(Definition::from_yaml("on: {a: 1}\nyes: no\n").unwrap().raw().get("on").is_some(), "YAML 1.2: on is a key");
    let texts = Definition::from_yaml("then: no\nlist: [n, y, on, off, yes]\nflag: true\n").unwrap();
    assert_eq!(*texts.raw(), json!({"then": "no", "list": ["n", "y", "on", "off", "yes"], "flag": true}));
}
