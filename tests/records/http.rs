//! Records and outbox over HTTP.

use auterity::model::Clock;
use axum::http::StatusCode;

use crate::harness::{Bench, text_to};

#[tokio::test]
async fn records_are_filtered_and_paged() {
    let bench = Bench::new().await;
    let token = bench.app.token("grace@lakeside.example").await;
    let get = async |path: &str| bench.app.send("GET", path, Some(&token), None).await;
    let first = get("/v1/records/customer?limit=20").await.json();
    assert_eq!(first["items"].as_array().unwrap().len(), 20);
    let next = first["next"].as_str().unwrap();
    let second = get(&format!("/v1/records/customer?limit=20&after={next}")).await.json();
    assert!(second["items"][0]["id"].as_str().unwrap() > next);
    let spanish = get("/v1/records/customer?limit=200&filter=%7B%22language%22%3A%22es%22%7D").await.json();
    let spanish = spanish["items"].as_array().unwrap().clone();
    assert!(!spanish.is_empty() && spanish.iter().all(|c| c["data"]["language"] == "es"));
    assert_eq!(get("/v1/records/customer?filter=nonsense").await.code(), "invalid_filter");
    assert_eq!(get("/v1/records/unicorn").await.status, StatusCode::NOT_FOUND);
    let ids = async |path: &str| {
        let found = get(path).await.json()["items"].as_array().unwrap().clone();
        found.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/v1/records/customer?q=DANA+whit").await, ["cust-dana-whitfield"]);
    assert_eq!(ids("/v1/records/customer?q=dana+nobody").await, Vec::<String>::new());
    assert_eq!(get("/v1/records/customer?q=").await.status, StatusCode::BAD_REQUEST);
    let dana = get("/v1/records/customer/cust-dana-whitfield").await.json();
    assert_eq!(dana["data"]["first_name"], "Dana");
}

#[tokio::test]
async fn what_is_looked_up_by_a_field_has_pages_like_the_rest() {
    let bench = Bench::new().await;
    let token = bench.app.token("grace@lakeside.example").await;
    let ids = async |query: &str| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/records/lead?{query}{after}");
            let page = bench.app.send("GET", &path, Some(&token), None).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            let page = page.json();
            found.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return found,
            }
        }
    };
    let some = bench.db().list_records(&bench.tenant.id, "lead", None, "", 1).await.unwrap().remove(0);
    for n in 0..5 {
        let mut lead = some.clone();
        lead.id = format!("lead-twin-{n}");
        lead.data["id"] = serde_json::json!(lead.id);
        lead.data["customer_id"] = serde_json::json!("cust-of-twins");
        if n == 4 {
            lead.store_id = "lakeside-north".to_owned();
        }
        bench.db().insert_record(&bench.tenant.id, &lead, bench.app.clock.now()).await.unwrap();
    }
    let filter = |map: &str| {
        format!("filter={}", map.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace('\\', "%5C"))
    };
    let twins = filter(r#"{"customer_id":"cust-of-twins"}"#);
    let all = ["lead-twin-0", "lead-twin-1", "lead-twin-2", "lead-twin-3", "lead-twin-4"];
    assert_eq!(ids(&twins).await, all);
    assert_eq!(ids(&format!("{twins}&limit=2")).await, all);
    assert_eq!(ids(&format!("{twins}&store={}&limit=2", some.store_id)).await, all[..4]);
    assert_eq!(ids(&format!("{twins}&store=lakeside-north")).await, all[4..]);
    assert_eq!(ids(&filter(r#"{"customer_id":"cust-of-twins","id":"lead-twin-3"}"#)).await, all[3..4]);
    assert_eq!(ids(&filter(r#"{"id":"lead-twin-3","customer_id":"cust-of-nobody"}"#)).await, Vec::<String>::new());
    assert_eq!(ids(&filter(r#"{"id":"lead-twin-3"}"#)).await, all[3..4]);
    assert_eq!(ids(&format!("{}&store=lakeside-north", filter(r#"{"id":"lead-twin-3"}"#))).await, Vec::<String>::new());
    // no database holds such text
    assert_eq!(ids(&filter(r#"{"customer_id":"cust\u0000"}"#)).await, Vec::<String>::new());
}

#[tokio::test]
async fn another_dealership_sees_nothing() {
    let bench = Bench::new().await;
    bench.act("send_sms", text_to("cust-dana-whitfield", "informational")).await;
    let rita = bench.app.token("rita@rival.example").await;
    let get = async |path: &str| bench.app.send("GET", path, Some(&rita), None).await;
    assert_eq!(get("/v1/records/customer/cust-dana-whitfield").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/v1/records/customer").await.json()["items"], serde_json::json!([]));
    assert_eq!(get("/v1/outbox").await.json()["items"], serde_json::json!([]));
    let nobody = bench.app.send("GET", "/v1/outbox", None, None).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_outbox_is_newest_first_and_by_execution() {
    let bench = Bench::new().await;
    bench.act("send_sms", text_to("cust-dana-whitfield", "informational")).await;
    bench.act("send_sms", text_to("cust-omar-farouk", "informational")).await;
    let token = bench.app.token("sam@lakeside.example").await;
    let get = async |path: &str| bench.app.send("GET", path, Some(&token), None).await;
    let page = get("/v1/outbox?limit=1").await.json();
    assert_eq!(page["items"][0]["reason"], "opted_out");
    let next = page["next"].as_str().unwrap();
    assert_eq!(get(&format!("/v1/outbox?limit=1&after={next}")).await.json()["items"][0]["status"], "sent");
    let execution = page["items"][0]["execution_id"].as_str().unwrap();
    let of_one = get(&format!("/v1/outbox?execution={execution}")).await.json();
    assert_eq!(of_one["items"].as_array().unwrap().len(), 2);
    assert_eq!(get("/v1/outbox?execution=nonsense").await.status, StatusCode::BAD_REQUEST);
    let nothing = "workflow=wf_00000000000000000000000000000000";
    let filters = [
        ("status=sent", 1),
        ("status=blocked", 1),
        ("channel=sms", 2),
        ("channel=email", 0),
        ("store=lakeside-main", 2),
        ("store=lakeside-coast", 0),
        (nothing, 0),
    ];
    for (filter, hits) in filters {
        let list = get(&format!("/v1/outbox?{filter}")).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), hits, "{filter}: {list}");
    }
}
