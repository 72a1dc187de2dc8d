//! An OpenAI-compatible model that says what a test wrote down, and checks what it is asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures::StreamExt;
use serde_json::{Value, json};

/// One thing a scripted answer does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends these bytes.
    Send(String),
    /// Waits.
    Pause(Duration),
    /// Breaks the connection.
    Reset,
    /// Says nothing more, and does not hang up.
    Hang,
}

/// One answer of the model.
#[derive(Debug, Clone)]
pub enum Reply {
    Stream(Vec<Act>),
    Refuse(u16, Vec<(&'static str, &'static str)>, &'static str),
}

#[derive(Default)]
struct Played {
    replies: VecDeque<Reply>,
    requests: Vec<Value>,
    complaints: Vec<String>,
}

/// The scripted model.
pub struct Script {
    pub base_url: String,
    played: Arc<Mutex<Played>>,
}

impl Script {
    pub async fn new(replies: Vec<Reply>) -> Self {
        let played = Arc::new(Mutex::new(Played { replies: replies.into(), ..Played::default() }));
        let router = Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&played));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "the scripted server lives as long as its test")]
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base_url, played }
    }

    /// What the model was asked, in order.
    pub fn requests(&self) -> Vec<Value> {
        self.played.lock().unwrap().requests.clone()
    }

    /// Nothing was wrong with any request, and every answer was used.
    pub fn assert_content(&self) {
        let played = self.played.lock().unwrap();
        assert!(played.complaints.is_empty(), "{:#?}", played.complaints);
        assert!(played.replies.is_empty(), "{} answers were not asked for", played.replies.len());
    }
}

async fn answer(State(played): State<Arc<Mutex<Played>>>, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).unwrap();
    let reply = {
        let mut played = played.lock().unwrap();
        let complaints = complaints(&request);
        played.complaints.extend(complaints);
        played.requests.push(request);
        played.replies.pop_front()
    };
    match reply {
        Some(Reply::Stream(acts)) => {
            let parts = futures::stream::iter(acts).then(|act| async move {
                match act {
                    Act::Send(text) => Ok(text),
                    Act::Pause(time) => {
                        tokio::time::sleep(time).await;
                        Ok(String::new())
                    }
                    Act::Reset => Err(std::io::Error::other("reset by the script")),
                    Act::Hang => std::future::pending().await,
                }
            });
            ([("content-type", "text/event-stream")], Body::from_stream(parts)).into_response()
        }
        Some(Reply::Refuse(status, headers, body)) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        None => (StatusCode::IM_A_TEAPOT, "the script is over").into_response(),
    }
}

/// What is wrong with a request: every call has exactly one answer right after it, and no answer is without a call.
fn complaints(request: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let messages = request["messages"].as_array().unwrap();
    if request["stream"] != true || messages.first().is_none_or(|first| first["role"] != "system") {
        found.push("not a streaming request that begins with instructions".to_owned());
    }
    let mut open: Vec<String> = Vec::new();
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            match open.iter().position(|call| call == id) {
                Some(at) => drop(open.remove(at)),
                None => found.push(format!("an answer to no call: {id}")),
            }
            continue;
        }
        found.extend(open.drain(..).map(|call| format!("a call without an answer: {call}")));
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let id = call["id"].as_str().unwrap_or_default().to_owned();
            if id.is_empty() || id.len() > 40 || open.contains(&id) {
                found.push(format!("a bad call id: {id:?}"));
            }
            open.push(id);
        }
    }
    found.extend(open.drain(..).map(|call| format!("a call without an answer: {call}")));
    for tool in request["tools"].as_array().into_iter().flatten() {
        if tool["function"]["parameters"]["type"] != "object" {
            found.push(format!("a tool without a schema: {}", tool["function"]["name"]));
        }
    }
    found
}

pub fn chunk(delta: &Value, finish: Option<&str>) -> Act {
    let body = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "system_fingerprint": null,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    Act::Send(format!("data: {body}\n\n"))
}

pub fn done() -> Vec<Act> {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}});
    vec![Act::Send(format!("data: {usage}\n\n")), Act::Send("data: [DONE]\n\n".into())]
}

/// Says a text, word by word.
pub fn text(text: &str) -> Reply {
    let mut acts =
        vec![Act::Send(": keep-alive\n\n".into()), chunk(&json!({"role": "assistant", "content": ""}), None)];
    acts.extend(text.split_inclusive(' ').map(|word| chunk(&json!({"content": word}), None)));
    acts.push(chunk(&json!({}), Some("stop")));
    acts.extend(done());
    Reply::Stream(acts)
}

/// Calls tools, with names and arguments cut into pieces of `size` characters.
pub fn calls(calls: &[(&str, Value)], size: usize) -> Reply {
    let mut acts = Vec::new();
    for (index, (name, arguments)) in calls.iter().enumerate() {
        let id = format!("call_{index}");
        let open = json!({"index": index, "id": id, "type": "function", "function": {"name": "", "arguments": ""}});
        acts.push(chunk(&json!({"tool_calls": [open]}), None));
        for piece in pieces(name, size) {
            acts.push(chunk(&json!({"tool_calls": [{"index": index, "function": {"name": piece}}]}), None));
        }
        for piece in pieces(&arguments.to_string(), size) {
            acts.push(chunk(&json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}), None));
        }
    }
    acts.push(chunk(&json!({}), Some("tool_calls")));
    acts.extend(done());
    Reply::Stream(acts)
}

pub fn call(name: &str, arguments: Value) -> Reply {
    calls(&[(name, arguments)], 40)
}

fn pieces(text: &str, size: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// A small valid definition.
pub fn definition() -> Value {
    json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "lead-task", "version": "0.1.0",
            "title": "Call new leads", "summary": "When a lead arrives: create a task for the sales manager on shift.",
            "tags": {"department": "sales"}, "metadata": {"stores": ["lakeside-main"]},
        },
        "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
        "do": [{"callTask": {"call": "create_task", "with": {
            "assignee": "role:sales_manager", "title": "Call {{customer.name}}", "due_in": "PT10M",
        }}}],
    })
}

pub fn write() -> Reply {
    call("write_workflow", write_arguments())
}

/// The summary the model gives is not kept: the server writes what the definition does.
pub fn write_arguments() -> Value {
    let mut given = definition();
    given["document"]["summary"] = json!("Makes a task for every new lead.");
    json!({
        "title": "Call new leads", "summary": "Makes a task for every new lead.", "definition": given,
        "provenance": [
            {"pointer": "/do/0/callTask/with/due_in", "source": "stated", "quote": "within ten minutes"},
            {"pointer": "/do/0/callTask/with/assignee", "source": "stated", "quote": "words nobody said"},
        ],
        "warnings": [],
    })
}
