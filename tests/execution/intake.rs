//! Events and leads from outside, through the router.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::lab::{Lab, Script, message};

const MARIA: &str = "maria@lakeside.example";

#[tokio::test]
async fn an_event_is_stored_once_and_a_repetition_is_accepted() {
    let lab = Lab::new(Script::new()).await;
    let token = lab.app.token(MARIA).await;
    let event = message("evt-1", "cust-dana-whitfield", "Hello");
    let first = lab.app.send("POST", "/v1/events", Some(&token), Some(event.clone())).await;
    assert_eq!((first.status.as_u16(), first.json()["duplicate"].as_bool()), (202, Some(false)), "{}", first.text);
    let second = lab.app.send("POST", "/v1/events", Some(&token), Some(event)).await;
    assert_eq!((second.status.as_u16(), second.json()["duplicate"].as_bool()), (202, Some(true)));
    let stored = lab.app.app.state.db.list_events_after(&lab.tenant, "customer.message.received", 0, 10).await.unwrap();
    assert_eq!(stored.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_event_is_named_by_pointer() {
    let lab = Lab::new(Script::new()).await;
    let token = lab.app.token(MARIA).await;
    let cases: [(&str, Value, &str); 9] = [
        ("/specversion", json!("0.3"), "/specversion"),
        ("/id", json!(""), "/id"),
        ("/source", json!(7), "/source"),
        ("/type", json!("customer.sneezed"), "/type"),
        ("/time", json!("yesterday"), "/time"),
        ("/data/channel", json!("pigeon"), "/data/channel"),
        ("/data/media_count", json!("many"), "/data/media_count"),
        ("/data/store_id", json!("lakeside-moon"), "/data/store_id"),
        ("/data/dealer_id", json!("rival-motors"), "/data/dealer_id"),
    ];
    for (pointer, value, at_fault) in cases {
        let mut event = message("evt-2", "cust-dana-whitfield", "Hello");
        *event.pointer_mut(pointer).unwrap() = value;
        let answer = lab.app.send("POST", "/v1/events", Some(&token), Some(event)).await;
        assert_eq!(answer.status, 422, "{pointer}: {}", answer.text);
        let errors = answer.json()["errors"].clone();
        assert!(errors.as_array().unwrap().iter().any(|e| e["pointer"] == at_fault), "{pointer}: {errors}");
    }
    let sam = lab.app.token("sam@lakeside.example").await;
    let refused = lab.app.send("POST", "/v1/events", Some(&sam), Some(message("e", "c", "x"))).await;
    assert_eq!(refused.status, 403);
}

async fn adf(lab: &Lab, body: &str) -> crate::support::Answer {
    let token = lab.app.token(MARIA).await;
    let request = Request::builder()
        .method("POST")
        .uri("/v1/leads/adf?store_id=lakeside-main")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-adf+xml");
    lab.app.raw(request.body(Body::from(body.to_owned())).unwrap()).await
}

const LEAD: &str = r#"<?ADF VERSION "1.0"?><adf><prospect><id source=AutoSite>A-1</id>
<vehicle interest="buy" status="used"><year>2021</year><make>Toyota</make><model>RAV4</model></vehicle>
<customer><contact><name part="full">Ines Park</name><phone type=cellphone>312-555-0143</phone>
<email>ines.park@example.com</email></contact><comments>Bed & floor mats?</comments></customer>
<provider><name>Auto Site</name></provider></prospect></adf>"#;

#[tokio::test]
async fn an_adf_lead_becomes_records_and_one_event_that_fits_the_catalog() {
    let lab = Lab::new(Script::new()).await;
    let first = adf(&lab, LEAD).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let again = adf(&lab, LEAD).await.json();
    assert_eq!(again[0]["duplicate"], true);
    assert_eq!(again[0]["lead_id"], first.json()[0]["lead_id"]);
    let db = &lab.app.app.state.db;
    let events = db.list_events_after(&lab.tenant, "lead.created", 0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    let data = events[0].data();
    assert_eq!(
        (data["lead_type"].as_str(), data["comments"].as_str()),
        (Some("third_party"), Some("Bed & floor mats?"))
    );
    let event = auterity::workflow::catalog::Catalog::embedded().event("lead.created").unwrap();
    let validator = jsonschema::draft202012::new(&event.schema()).unwrap();
    let wrong: Vec<String> = validator.iter_errors(data).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    for (entity, field) in [("customer", "customer_id"), ("lead", "lead_id")] {
        let id = data[field].as_str().unwrap();
        let record = db.find_record(&lab.tenant, entity, id).await.unwrap().unwrap();
        let schema = auterity::workflow::catalog::Catalog::embedded().entity(entity).unwrap().schema();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&record.data).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{entity}: {wrong:?}");
    }
    let customer = data["customer_id"].as_str().unwrap();
    let lookup = (auterity::store::records::Lookup::Customer, customer);
    let consents = db.list_records_by(&lab.tenant, "consent", lookup, 10).await.unwrap();
    assert!(consents.iter().all(|c| c.text("purpose") != "marketing"), "an inquiry is no consent to marketing");
}

#[tokio::test]
async fn what_is_no_lead_is_refused() {
    let lab = Lab::new(Script::new()).await;
    for body in ["", "hello", "<adf></adf>", "<adf><prospect><customer/></prospect></adf>"] {
        assert_eq!(adf(&lab, body).await.status, 422, "{body}");
    }
}

#[tokio::test]
async fn only_the_demonstration_moves_the_clock() {
    let lab = Lab::new(Script::new()).await;
    let token = lab.app.token(MARIA).await;
    let skip =
        async |by: &str| lab.app.send("POST", "/v1/engine/clock/skip", Some(&token), Some(json!({ "by": by }))).await;
    let moved = skip("PT10M").await;
    assert_eq!((moved.status.as_u16(), moved.json()["ahead_s"].as_i64()), (200, Some(600)), "{}", moved.text);
    for by in ["-PT10M", "PT0S", "P400D", "soon"] {
        assert_eq!(skip(by).await.status, 422, "{by}");
    }
    let clock = lab.app.send("GET", "/v1/engine/clock", Some(&token), None).await;
    assert_eq!(clock.json()["ahead_s"], 600);
}
