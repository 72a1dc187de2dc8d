//! Fields that grow with time, and turns.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::harness::Bench;

#[tokio::test]
async fn ages_grow_with_the_clock() {
    let bench = Bench::new().await;
    let look = async |entity: &str, id: &str, days: i64| -> Value {
        let mut call = bench.call("find_records", json!({"entity": entity, "filter": {"id": id}}));
        call.now += TimeDelta::days(days);
        call.idempotency_key.push_str(&format!("#{days}"));
        bench.done(&call).await["items"][0].clone()
    };
    let number = |value: &Value, field: &str| value[field].as_i64().unwrap();
    let vehicle = look("vehicle", "veh-n4400", 0).await;
    assert_eq!((number(&vehicle, "days_in_stock"), number(&vehicle, "days_in_status")), (33, 8));
    let later = look("vehicle", "veh-n4400", 12).await;
    assert_eq!((number(&later, "days_in_stock"), number(&later, "days_in_status")), (45, 20));
    let ro = look("repair_order", "ro-20400", 0).await;
    assert_eq!(
        number(&look("repair_order", "ro-20400", 1).await, "minutes_in_status"),
        number(&ro, "minutes_in_status") + 1440
    );

    let overdue = bench.call("find_records", json!({"entity": "task", "filter": {"hours_overdue": {"gte": 24}}}));
    assert_eq!(bench.done(&overdue).await["count"], 0);
    let mut tomorrow = overdue.clone();
    tomorrow.now += TimeDelta::days(1);
    tomorrow.idempotency_key.push_str("#1");
    assert!(bench.done(&tomorrow).await["count"].as_i64().unwrap() > 0, "a filter sees the live value");
}

#[tokio::test]
async fn a_new_status_starts_its_own_clock() {
    let bench = Bench::new().await;
    let mut call = bench.call("update_repair_order", json!({"ro_id": "ro-20400", "status": "dispatched"}));
    call.now += TimeDelta::minutes(5);
    bench.done(&call).await;
    let (_, data) = bench.events().await.pop().unwrap();
    assert_eq!(data["minutes_in_old_status"], 60);
    let mut look = bench.call("find_records", json!({"entity": "repair_order", "filter": {"id": "ro-20400"}}));
    look.now += TimeDelta::minutes(12);
    assert_eq!(bench.done(&look).await["items"][0]["minutes_in_status"], 7);
}

#[tokio::test]
async fn each_list_goes_round_by_itself() {
    let bench = Bench::new().await;
    let assign = async |lead: &str, pool: &str| {
        let input = json!({"lead_id": lead, "strategy": "round_robin", "pool": pool});
        bench.act("assign_lead", input).await["assignee_id"].as_str().unwrap().to_owned()
    };
    let first = assign("lead-1002", "internet_sales").await;
    assign("lead-1003", "bdc").await;
    assign("lead-1004", "bdc").await;
    let second = assign("lead-1005", "internet_sales").await;
    let mut members: Vec<String> = bench
        .records("employee")
        .await
        .into_iter()
        .filter(|e| {
            e.store_id == "lakeside-main" && e.data["teams"].as_array().unwrap().contains(&json!("internet_sales"))
        })
        .map(|e| e.id)
        .collect();
    members.sort();
    assert_eq!((first, second), (members[0].clone(), members[1].clone()), "the other list's turns do not count");
}
