//! A turn that is stopped, by its user or with the server, leaves no connection to a provider behind.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use futures::StreamExt;
use serde_json::json;
use tower::ServiceExt;

use crate::support::TestApp;
use crate::upstream::{Act, Upstream, stream, text};

async fn app(upstream: &Upstream) -> TestApp {
    let base_url = upstream.base_url.clone();
    TestApp::demo_with(|config| {
        config.llm.base_url = base_url;
        config.llm.api_key = "test-key".to_owned().into();
    })
    .await
}

/// Begins a turn and listens until `until` was heard.
async fn begin(app: &TestApp, token: &str, until: &str) -> axum::body::BodyDataStream {
    let body = json!({"threadId": "t", "runId": "r", "messages": [{"id": "m", "role": "user", "content": "hello"}]});
    let request = Request::post("/v1/agent")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut frames = response.into_body().into_data_stream();
    let mut heard = String::new();
    while !heard.contains(until) {
        heard.push_str(std::str::from_utf8(&frames.next().await.unwrap().unwrap()).unwrap());
    }
    frames
}

async fn asked(upstream: &Upstream) {
    while upstream.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn stopping_a_turn_closes_the_connection_to_the_provider() {
    let in_the_middle = (stream(vec![text("Well, "), Act::Hang]), "Well, ");
    let before_an_answer = (vec![Act::Hang], "RUN_STARTED");
    for (reply, until) in [in_the_middle, before_an_answer] {
        let upstream = Upstream::new(vec![reply]).await;
        let app = app(&upstream).await;
        let token = app.token("maria@lakeside.example").await;
        let mut frames = begin(&app, &token, until).await;
        asked(&upstream).await;
        assert!(upstream.closed_within(Duration::from_millis(100)).await.is_none(), "it is being asked");
        let answer = app.send("POST", "/v1/runs/r/cancel", Some(&token), None).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        assert!(upstream.closed_within(Duration::from_secs(1)).await.is_some(), "{until}: still open");
        let mut rest = String::new();
        while let Some(Ok(bytes)) = frames.next().await {
            rest.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert!(rest.contains(r#""outcome":{"type":"cancelled"}"#), "{rest}");
    }
}

#[tokio::test]
async fn a_listener_that_leaves_does_not_stop_the_turn() {
    let upstream = Upstream::new(vec![stream(vec![text("Well, "), Act::Hang])]).await;
    let app = app(&upstream).await;
    let token = app.token("maria@lakeside.example").await;
    drop(begin(&app, &token, "Well, ").await);
    assert!(upstream.closed_within(Duration::from_millis(300)).await.is_none(), "the turn goes on");
}

#[tokio::test]
async fn stopping_the_server_closes_the_connection_to_the_provider() {
    let upstream = Upstream::new(vec![stream(vec![text("Well, "), Act::Hang])]).await;
    let app = app(&upstream).await;
    let token = app.token("maria@lakeside.example").await;
    let _frames = begin(&app, &token, "Well, ").await;
    app.app.state.shutdown.cancel();
    assert!(upstream.closed_within(Duration::from_secs(1)).await.is_some(), "still open");
}
