//! Records and outbox over HTTP.

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
