//! An AG-UI client as small as the tests need it.

use auterity::config::Config;
use axum::body::Body;
use axum::http::{Request, header};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::script::Script;
use crate::support::{Answer, TestApp};

/// One frame as it came: its id and its event.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub id: String,
    pub event: Value,
}

impl Frame {
    pub fn kind(&self) -> &str {
        self.event["type"].as_str().unwrap()
    }
}

/// Reads a recorded stream.
pub fn frames(text: &str) -> Vec<Frame> {
    assert!(!text.contains('\r'), "frames are separated by line feeds alone");
    assert!(text.is_empty() || text.ends_with("\n\n"), "the stream ends within a frame");
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with(':'));
    blocks
        .map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let event = serde_json::from_str(field("data:").unwrap()).unwrap();
            Frame { id: field("id:").unwrap().to_owned(), event }
        })
        .collect()
}

pub fn kinds(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(Frame::kind).collect()
}

/// All text of the assistant.
pub fn said(frames: &[Frame]) -> String {
    let deltas = frames.iter().filter(|frame| frame.kind() == "TEXT_MESSAGE_CONTENT");
    deltas.map(|frame| frame.event["delta"].as_str().unwrap()).collect()
}

/// Names of the tools called, in order.
pub fn called(frames: &[Frame]) -> Vec<&str> {
    let starts = frames.iter().filter(|frame| frame.kind() == "TOOL_CALL_START");
    starts.map(|frame| frame.event["toolCallName"].as_str().unwrap()).collect()
}

/// The state after the last frame, by the rules of the protocol.
pub fn state(frames: &[Frame]) -> Value {
    let mut state = Value::Null;
    for frame in frames {
        match frame.kind() {
            "STATE_SNAPSHOT" => state = frame.event["snapshot"].clone(),
            "STATE_DELTA" => {
                let patch: json_patch::Patch = serde_json::from_value(frame.event["delta"].clone()).unwrap();
                json_patch::patch(&mut state, &patch).expect("a delta applies to the state before it");
            }
            _ => {}
        }
    }
    state
}

/// Keeps a stream in `target/agui`, where `golden.mjs` reads it with the reference client.
pub fn record(name: &str, stream: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("agui");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.sse")), stream).unwrap();
}

/// Somebody signed in, talking to the server.
pub struct Client<'a> {
    pub app: &'a TestApp,
    pub token: String,
}

impl<'a> Client<'a> {
    pub async fn of(app: &'a TestApp, email: &str) -> Self {
        Self { app, token: app.token(email).await }
    }

    pub fn request(&self, thread: &str, run: &str, text: &str) -> Request<Body> {
        let body = json!({
            "threadId": thread, "runId": run, "protocolVersion": "1.0", "state": {"draft": "nonsense"}, "tools": [],
            "context": [], "forwardedProps": {"x": 1}, "unknown": true,
            "messages": [{"id": format!("m-{run}"), "role": "user", "content": text}],
        });
        Request::builder()
            .method("POST")
            .uri("/v1/agent")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    pub async fn post(&self, thread: &str, run: &str, text: &str) -> Answer {
        self.app.raw(self.request(thread, run, text)).await
    }

    /// Says something and listens to the end.
    pub async fn say(&self, thread: &str, run: &str, text: &str) -> Vec<Frame> {
        let answer = self.post(thread, run, text).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
        frames(&answer.text)
    }

    /// Says something and hangs up after `count` frames.
    pub async fn say_and_hang_up(&self, thread: &str, run: &str, text: &str, count: usize) -> Vec<Frame> {
        use tower::ServiceExt;
        let response = self.app.router.clone().oneshot(self.request(thread, run, text)).await.unwrap();
        assert_eq!(response.status(), 200);
        let mut body = response.into_body().into_data_stream();
        let mut text = String::new();
        while text.matches("\n\n").count() < count {
            text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        }
        frames(&text)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.app.send("GET", path, Some(&self.token), None).await
    }

    /// The frames of a run after number `after`.
    pub async fn replay(&self, run: &str, after: usize) -> Vec<Frame> {
        let answer = self.get(&format!("/v1/runs/{run}/events?after={after}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        frames(&answer.text)
    }
}

/// The application with a scripted model behind it.
pub async fn with_model(script: &Script) -> TestApp {
    with_model_and(script, |_| ()).await
}

pub async fn with_model_and(script: &Script, change: impl FnOnce(&mut Config)) -> TestApp {
    let base_url = script.base_url.clone();
    TestApp::demo_with(|config| {
        config.llm.api_key = "test-key".to_owned().into();
        config.llm.base_url = base_url;
        config.llm.attempts = 1;
        change(config);
    })
    .await
}
