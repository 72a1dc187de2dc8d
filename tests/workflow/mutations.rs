//! 200 mutations of other people's documents (`CONFORMANCE_DIR`), made from a seed: our verdict on the shape is the
//! official schema's. Where a draft of ours must be more than valid DSL, the rule is named in [`STRICTER`].

use auterity::workflow::Definition;
use auterity::workflow::validate::conformance;
use serde_json::{Value, json};

use crate::conformance::{folder, official, specification_examples, test_kit};
use crate::{check, errors};

const SEED: u64 = 20_261_121;
const MUTATIONS: usize = 200;

/// `SplitMix64`: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inside = |key: &str, value: &Value| pointers(value, &format!("{at}/{key}"), found);
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| inside(&key.replace('~', "~0").replace('/', "~1"), value));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(n, value)| inside(&n.to_string(), value)),
        _ => {}
    }
    found.push(at.to_owned());
}

/// One change at a random place: what it was, and where.
fn mutate(document: &mut Value, donors: &[Value], random: &mut Random) -> String {
    let mut places = Vec::new();
    pointers(document, "", &mut places);
    let place = random.of(&places).clone();
    let donor = random.of(donors);
    let mut parts = Vec::new();
    pointers(donor, "", &mut parts);
    let chosen: &String = random.of(&parts);
    let part = donor.pointer(chosen).unwrap().clone();
    let key = (*random.of(&["with", "do", "for", "then", "timeout", "to", "until", "catch", "as", "x"])).to_owned();
    let odd = random
        .of(&[
            json!(-1),
            json!(1.5),
            json!(""),
            json!(true),
            json!([[]]),
            json!("PT"),
            json!("${ . }"),
            json!({ "a": null }),
        ])
        .clone();
    let node = document.pointer_mut(&place).unwrap();
    let how = match (random.below(7), &mut *node) {
        (0, Value::Object(map)) if !map.is_empty() => {
            let name = map.keys().nth(random.below(map.len())).unwrap().clone();
            map.shift_remove(&name);
            format!("without {name}")
        }
        (1, Value::Object(map)) if !map.is_empty() => {
            let name = map.keys().nth(random.below(map.len())).unwrap().clone();
            let value = map.shift_remove(&name).unwrap();
            map.insert(key.clone(), value);
            format!("{name} renamed to {key}")
        }
        (2, Value::Object(map)) => {
            map.insert(key.clone(), part);
            format!("{key} added")
        }
        (3, Value::Array(items)) => {
            items.push(part);
            "an item added".to_owned()
        }
        (4, node) => {
            *node = json!([node.take()]);
            "wrapped in a list".to_owned()
        }
        (5, node) => {
            *node = odd;
            "an odd value".to_owned()
        }
        (_, node) => {
            *node = part;
            "a part of another document".to_owned()
        }
    };
    format!("{place}: {how}")
}

#[test]
fn two_hundred_mutations_get_the_verdict_of_the_official_schema() {
    let Some(folder) = folder() else { return };
    let validator = official(&folder);
    let mut documents = specification_examples(&folder);
    documents.extend(test_kit(&folder));
    assert_eq!(documents.len(), 66 + 21);
    let raw: Vec<Value> = documents.iter().map(|(_, text)| Definition::from_yaml(text).unwrap().into_raw()).collect();
    let mut random = Random(SEED);
    let (mut valid, mut compared) = (0, 0);
    while compared < MUTATIONS {
        let at = random.below(raw.len());
        let mut mutant = raw[at].clone();
        let how: Vec<String> = (0..=random.below(2)).map(|_| mutate(&mut mutant, &raw, &mut random)).collect();
        let theirs = validator.is_valid(&mutant);
        // What is no object cannot become a definition at all.
        let found = Definition::from_value(mutant).map(|definition| conformance(&definition));
        let ours = found.as_ref().is_ok_and(Vec::is_empty);
        assert_eq!(ours, theirs, "{} {how:?}: {found:#?}", documents[at].0);
        compared += 1;
        valid += usize::from(theirs);
    }
    assert!((20..180).contains(&valid), "{valid} of {compared} are valid: the mutations say too little");
}

/// A rule, why it is ours, the document that breaks nothing else, with `BREAK` for the place.
const STRICTER: [(&str, &str, &str); 14] = [
    ("action.unknown", "a call names an action of the catalog", "- a: { call: launchRocket }"),
    ("action.input_missing", "its inputs have a schema", "- a: { call: notify_user, with: { to: requester } }"),
    (
        "policy.protocol_call",
        "no calls of foreign hosts",
        "- a: { call: http, with: { method: get, endpoint: 'https://example.com' } }",
    ),
    ("policy.protocol_call", "no containers, scripts or commands", "- a: { run: { shell: { command: ls } } }"),
    (
        "reference.duplicate_name",
        "names are unique in the document",
        "- a: { wait: PT1M }\n- b: { do: [ { a: { wait: PT1M } } ] }",
    ),
    ("reference.target_unknown", "`then` leads to a task", "- a: { wait: PT1M, then: nowhere }"),
    ("reference.backward", "flows go forward", "- a: { wait: PT1M }\n- b: { wait: PT1M, then: a }"),
    ("reference.use_unknown", "a reusable part exists", "- a: { wait: PT1M, timeout: nowhere }"),
    ("expression.syntax", "expressions are jq", "- a: { set: { b: '${ .a | | }' } }"),
    ("expression.refused", "expressions do not read the clock", "- a: { set: { b: '${ now }' } }"),
    ("expression.unknown_variable", "variables are set by somebody", "- a: { set: { b: '${ $nobody }' } }"),
    (
        "policy.correlation_missing",
        "a wait says which execution an event is meant for",
        "- a: { listen: { to: { one: { with: { type: lead.created } } } }, timeout: { after: PT1H } }",
    ),
    (
        "engine.unsupported",
        "the engine listens to named events",
        "- a: { listen: { to: { any: [] } }, timeout: { after: PT1H } }",
    ),
    (
        "event.unknown",
        "events are those of the catalog",
        "- a: { listen: { to: { one: { with: { type: moon.landed }, correlate: { c: { from: '${ .id }', expect: '${ \"x\" }' } } } } }, timeout: { after: PT1H } }",
    ),
];

#[test]
fn where_a_draft_must_be_more_than_valid_the_rule_is_named() {
    for (rule, why, tasks) in STRICTER {
        let head = "document: { dsl: '1.0.3', namespace: lakeside-toyota, name: test, version: 0.1.0 }\ndo:\n";
        let tasks: String = tasks.lines().map(|line| format!("  {line}\n")).collect();
        let definition = Definition::from_yaml(&format!("{head}{tasks}")).unwrap();
        assert!(conformance(&definition).is_empty(), "{rule}: the shape is that of the DSL");
        let found = check(&definition);
        let codes: Vec<&str> = errors(&found).iter().map(|one| one.code).collect();
        assert!(codes.contains(&rule), "{why}: {rule} is not among {codes:?}");
        if let Some(folder) = folder() {
            assert!(official(&folder).is_valid(definition.raw()), "{rule}: the official schema takes it");
        }
    }
}
