//! A language model that says the same slow sentence to everybody.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures::StreamExt;
use serde_json::json;

/// Words it says.
pub const WORDS: usize = 40;

/// What it says.
pub fn sentence() -> String {
    (0..WORDS).map(|n| format!("word{n} ")).collect()
}

/// Starts it; its settings for a server. `pause` lies between two words.
pub async fn settings(pause: Duration) -> Vec<(&'static str, String)> {
    let router = Router::new().route("/v1/chat/completions", post(move || async move { speak(pause) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the model lives as long as its test")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    vec![("OPENAI_API_KEY", "test".to_owned()), ("OPENAI_BASE_URL", base)]
}

fn speak(pause: Duration) -> Response {
    let words = (0..WORDS).map(|n| chunk(&json!({ "content": format!("word{n} ") }), None));
    let end = [chunk(&json!({}), Some("stop")), "data: [DONE]\n\n".to_owned()];
    let parts = futures::stream::iter(words.chain(end)).then(move |part| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, std::io::Error>(part)
    });
    ([("content-type", "text/event-stream")], Body::from_stream(parts)).into_response()
}

fn chunk(delta: &serde_json::Value, finish: Option<&str>) -> String {
    let body = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "system_fingerprint": null,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    });
    format!("data: {body}\n\n")
}
