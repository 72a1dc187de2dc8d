//! A person at one of the servers.

use std::time::Duration;

use futures::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::servers::Server;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A frame of a run.
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

/// A signed-in person; their token is good at every server.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    token: String,
}

pub fn http() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

pub async fn sign_in(server: &Server, email: &str, password: &str) -> reqwest::Response {
    let body = json!({ "email": email, "password": password });
    http().post(format!("{}/v1/auth/login", server.base)).json(&body).send().await.unwrap()
}

impl Person {
    pub async fn at(server: &Server, email: &str) -> Self {
        let answer = sign_in(server, email, "demo").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let token = answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
        Self { http: http(), token }
    }

    pub async fn get(&self, server: &Server, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", server.base)).bearer_auth(&self.token).send().await.unwrap()
    }

    pub async fn post(&self, server: &Server, path: &str, body: &Value) -> reqwest::Response {
        self.http.post(format!("{}{path}", server.base)).bearer_auth(&self.token).json(body).send().await.unwrap()
    }

    /// Sends a message; the stream that answers.
    pub async fn say(&self, server: &Server, run: &str, text: &str) -> Stream {
        let body = json!({
            "threadId": "t", "runId": run, "state": {}, "tools": [], "context": [], "forwardedProps": {},
            "messages": [{ "id": format!("m-{run}"), "role": "user", "content": text }],
        });
        Stream::of(self.post(server, "/v1/agent", &body).await)
    }

    /// Follows a run, wherever it was started.
    pub async fn follow(&self, server: &Server, run: &str) -> Stream {
        Stream::of(self.get(server, &format!("/v1/runs/{run}/events")).await)
    }
}

/// Frames as they come.
pub struct Stream {
    bytes: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: String,
}

impl Stream {
    fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        Self { bytes: response.bytes_stream().boxed(), buffer: String::new() }
    }

    /// The next frame; `None` at the end, however it came.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let frame = field("id: ").zip(field("data: "));
                self.buffer = rest.to_owned();
                match frame {
                    Some((id, data)) => return Some(Frame { id, event: serde_json::from_str(&data).unwrap() }),
                    None => continue,
                }
            }
            let bytes = tokio::time::timeout(PATIENCE, self.bytes.next()).await.expect("the stream goes on")?.ok()?;
            self.buffer.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// Every frame to the end.
    pub async fn rest(mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    /// Frames up to the first of this kind.
    pub async fn until(&mut self, kind: &str) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            let found = frame.kind() == kind;
            frames.push(frame);
            if found {
                return frames;
            }
        }
        panic!("no {kind} in {frames:?}");
    }
}
