//! A turn at one server, seen and stopped at another.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Frame, Person};
use crate::model;
use crate::servers::{Installation, Redis};

const SAM: &str = "sam@lakeside.example";
const QUESTION: &str = "What is the rule for texting on a Sunday?";

/// What the assistant said in these frames.
fn said(frames: &[Frame]) -> String {
    let text = frames.iter().filter(|frame| frame.kind() == "TEXT_MESSAGE_CONTENT");
    text.map(|frame| frame.event["delta"].as_str().unwrap()).collect()
}

async fn with_model(redis: Option<&Redis>) -> Option<Installation> {
    let mut settings = model::settings(Duration::from_millis(100)).await;
    settings.extend(redis.map(|redis| ("REDIS_URL", redis.url())));
    Installation::new(settings).await
}

/// Starts at one server, follows at the other while it goes on; both hear the same, to the end.
async fn follow_from_the_other(redis: Option<&Redis>) {
    let Some(shared) = with_model(redis).await else { return };
    let (one, two) = (shared.serve(), shared.serve());
    let sam = Person::at(&one, SAM).await;
    let mut here = sam.say(&one, "r", QUESTION).await;
    let mut heard = here.until("TEXT_MESSAGE_START").await;
    let mut there = sam.follow(&two, "r").await;
    let early = there.until("TEXT_MESSAGE_CONTENT").await;
    let open = sam.get(&two, "/v1/conversations/t").await.json::<Value>().await.unwrap();
    assert_eq!(open["active_run"]["status"], "running", "seen elsewhere before the turn was over");
    heard.extend(here.rest().await);
    let followed = [early, there.rest().await].concat();
    assert_eq!(followed, heard, "the same frames in the same order");
    assert_eq!(said(&heard), model::sentence());
    assert_eq!(heard.last().unwrap().kind(), "RUN_FINISHED");
}

#[tokio::test]
async fn a_stream_can_be_followed_at_the_other_server_through_redis() {
    follow_from_the_other(Some(&Redis::start())).await;
}

#[tokio::test]
async fn a_stream_can_be_followed_at_the_other_server_through_the_store() {
    follow_from_the_other(None).await;
}

#[tokio::test]
async fn a_redis_that_dies_in_the_middle_of_a_stream_costs_no_frame() {
    let mut redis = Redis::start();
    let Some(shared) = with_model(Some(&redis)).await else { return };
    let (one, two) = (shared.serve(), shared.serve());
    let sam = Person::at(&one, SAM).await;
    let here = sam.say(&one, "r", QUESTION).await;
    let mut there = sam.follow(&two, "r").await;
    let mut followed = there.until("TEXT_MESSAGE_CONTENT").await;
    redis.kill();
    followed.extend(there.until("TEXT_MESSAGE_CONTENT").await);
    redis.restart();
    followed.extend(there.rest().await);
    assert_eq!(followed, here.rest().await);
    assert_eq!(said(&followed), model::sentence());
}

async fn stop_from_the_other(redis: Option<&Redis>) {
    let Some(shared) = with_model(redis).await else { return };
    let (one, two) = (shared.serve(), shared.serve());
    let sam = Person::at(&one, SAM).await;
    let mut here = sam.say(&one, "r", QUESTION).await;
    here.until("TEXT_MESSAGE_CONTENT").await;
    let stopped = sam.post(&two, "/v1/runs/r/cancel", &json!({})).await;
    assert_eq!(stopped.status(), 202);
    let rest = here.rest().await;
    assert_eq!(rest.last().unwrap().event["outcome"], json!({ "type": "cancelled" }));
    assert!(said(&rest).split_whitespace().count() < model::WORDS - 1, "stopped, not finished");
}

#[tokio::test]
async fn a_turn_can_be_stopped_at_the_other_server_through_redis() {
    stop_from_the_other(Some(&Redis::start())).await;
}

#[tokio::test]
async fn a_turn_can_be_stopped_at_the_other_server_through_the_store() {
    stop_from_the_other(None).await;
}

#[tokio::test]
async fn a_turn_of_a_killed_server_ends_as_interrupted_at_the_other() {
    let Some(shared) = with_model(None).await else { return };
    let (mut one, two) = (shared.serve(), shared.serve());
    let sam = Person::at(&one, SAM).await;
    let mut here = sam.say(&one, "r", QUESTION).await;
    let mut seen = here.until("TEXT_MESSAGE_CONTENT").await;
    let there = sam.follow(&two, "r").await;
    one.kill();
    seen.extend(here.rest().await);
    let followed = there.rest().await;
    let tail: Vec<&str> = followed.iter().rev().take(2).map(Frame::kind).collect();
    assert_eq!(tail, ["RUN_ERROR", "MESSAGES_SNAPSHOT"], "{followed:?}");
    assert_eq!(followed.last().unwrap().event["code"], "interrupted");
    let asked = followed[followed.len() - 2].event["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&asked["role"], &asked["content"]), (&json!("user"), &json!(QUESTION)), "the message is kept");
    let next = sam.say(&two, "r2", QUESTION).await.rest().await;
    assert_eq!(next.last().unwrap().kind(), "RUN_FINISHED", "the conversation goes on at the other server");
}
