use serde_json::json;

use super::*;
use crate::workflow::edit::{EditOperation, apply};

fn sample() -> Definition {
    Definition::from_value(json!({
        "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
        "schedule": {"on": {"one": {"with": {"type": "lead.created", "data": "${ .lead_type == \"internet\" }"}}}},
        "do": [
            {"textCustomer": {"if": "${ true }", "call": "send_sms",
                "with": {"customer_id": "${ .x }", "body": "Hi", "purpose": "informational", "related_to": {"entity": "lead"}}}},
            {"route": {"switch": [{"yes": {"when": "${ true }", "then": "pause"}}, {"no": {"then": "end"}}]}},
            {"pause": {"wait": "PT10M"}}
        ]
    }))
    .unwrap()
}

fn stated(quote: &str) -> Slot {
    Slot { quote: Some(quote.to_owned()), ..Slot::plain(Source::Stated) }
}

#[test]
fn slots_are_what_decides_and_not_prose() {
    let definition = sample();
    let pointers: Vec<String> = slots(&definition).into_iter().map(|slot| slot.pointer).collect();
    let expected = [
        "/schedule/on/one/with/type",
        "/schedule/on/one/with/data",
        "/do/0/textCustomer/if",
        "/do/0/textCustomer/with/customer_id",
        "/do/0/textCustomer/with/purpose",
        "/do/0/textCustomer/with/related_to/entity",
        "/do/1/route/switch/0/yes/when",
        "/do/2/pause/wait",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn only_words_the_author_wrote_count_as_stated() {
    let claimed = Provenance(BTreeMap::from([
        ("/do/2/pause/wait".to_owned(), stated("wait “TEN  minutes”!")),
        ("/do/0/textCustomer/if".to_owned(), stated("whenever I like")),
        ("/schedule/on".to_owned(), stated("new lead")),
        ("/do/0/textCustomer/with/purpose".to_owned(), Slot::plain(Source::Stated)),
        ("/do/7/gone".to_owned(), stated("new lead")),
        ("/do/0/textCustomer/with/from_team".to_owned(), Slot::plain(Source::Missing)),
    ]));
    let evidence = Evidence::words(&["on a New Lead, don't call:", "wait ten minutes, then text"]);
    let verified = verify(claimed, &sample(), &evidence);
    let source = |pointer: &str| verified.0.get(pointer).map(|slot| slot.source);
    assert_eq!(source("/do/2/pause/wait"), Some(Source::Stated));
    assert_eq!(source("/do/0/textCustomer/if"), Some(Source::Inferred));
    assert_eq!(source("/schedule/on/one/with/type"), Some(Source::Stated), "an entry counts for what is inside it");
    assert_eq!(source("/do/0/textCustomer/with/purpose"), Some(Source::Inferred), "no quote, not stated");
    assert_eq!(source("/do/0/textCustomer/with/customer_id"), Some(Source::Inferred), "no entry");
    assert_eq!(source("/do/7/gone"), None);
    assert_eq!(verified.missing(), ["/do/0/textCustomer/with/from_team"]);
    assert_eq!(verified.coverage(), Coverage { stated: 3, inferred: 5, default: 0, missing: 1 });
}

#[test]
fn sources_follow_their_tasks_and_fall_with_their_values() {
    let old = sample();
    let provenance = verify(
        Provenance(BTreeMap::from([("/do/2/pause/wait".to_owned(), stated("ten minutes"))])),
        &old,
        &Evidence::words(&["ten minutes"]),
    );
    let add = EditOperation::AddTask {
        list: None,
        after: None,
        at: Some(0),
        name: "first".into(),
        task: json!({"wait": "PT1M"}),
    };
    let rename = EditOperation::RenameTask { task: "pause".into(), name: "rest".into() };
    let new = apply(&old, &[add, rename.clone()]).unwrap();
    let carried = provenance.carried(&old, &new);
    assert_eq!(carried.0.get("/do/3/rest/wait").map(|slot| slot.source), Some(Source::Stated));
    assert_eq!(carried.0.len(), provenance.0.len());
    let set = EditOperation::Set { pointer: "pause/wait".into(), value: json!("PT5M") };
    let new = apply(&old, &[set]).unwrap();
    assert_eq!(provenance.carried(&old, &new).0.get("/do/2/pause/wait"), None);
}
