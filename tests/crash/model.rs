//! An OpenAI-compatible model that answers by what it is asked and remembers nothing, so that a turn told twice is
//! answered twice the same: first a lookup, then the draft or its edit, then some words.

use axum::Json;
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

/// Serves it as long as the tests run; its base URL.
pub async fn serve() -> String {
    let router = Router::new().route("/v1/chat/completions", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the model lives as long as its tests")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn answer(Json(request): Json<Value>) -> impl IntoResponse {
    let messages = request["messages"].as_array().unwrap();
    let asked = messages.iter().rposition(|message| message["role"] == "user").unwrap();
    let results = messages[asked..].iter().filter(|message| message["role"] == "tool").count();
    let edit = messages[asked]["content"].as_str().unwrap().contains("5 minutes");
    let body = match (results, edit) {
        (0, _) => call("find_actions", &json!({"query": "task"})),
        (1, false) => {
            call("write_workflow", &json!({"title": "Call new leads", "summary": "", "definition": definition()}))
        }
        (1, true) => {
            let set = json!({"op": "set", "pointer": "/do/0/callTask/with/due_in", "value": "PT5M"});
            call("edit_workflow", &json!({"base_revision": revision(messages), "operations": [set]}))
        }
        (_, _) => words(&["That ", "is ", "how ", "it ", "stands ", "now."]),
    };
    ([("content-type", "text/event-stream")], body)
}

/// The revision the model was shown.
fn revision(messages: &[Value]) -> i64 {
    let shown = messages.iter().filter(|message| message["role"] == "system").filter_map(|m| m["content"].as_str());
    let rest = shown.filter_map(|text| text.split_once("\", revision ")).next_back().unwrap().1;
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let body = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {body}\n\n")
}

fn end(reason: &str) -> String {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}});
    format!("{}data: {usage}\n\ndata: [DONE]\n\n", chunk(&json!({}), Some(reason)))
}

fn words(words: &[&str]) -> String {
    let pieces: String = words.iter().map(|word| chunk(&json!({"content": word}), None)).collect();
    pieces + &end("stop")
}

fn call(name: &str, arguments: &Value) -> String {
    let arguments = arguments.to_string();
    let (first, second) = arguments.split_at(arguments.len() / 2);
    let piece =
        |function: Value| chunk(&json!({"tool_calls": [{"index": 0, "id": "call_0", "function": function}]}), None);
    [
        piece(json!({"name": name, "arguments": ""})),
        piece(json!({"arguments": first})),
        piece(json!({"arguments": second})),
        end("tool_calls"),
    ]
    .concat()
}

fn definition() -> Value {
    json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "lead-task", "version": "0.1.0",
            "title": "Call new leads", "tags": {"department": "sales"}, "metadata": {"stores": ["lakeside-main"]},
        },
        "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
        "do": [{"callTask": {"call": "create_task", "with": {
            "assignee": "role:sales_manager", "title": "Call {{customer.name}}", "due_in": "PT10M",
        }}}],
    })
}
