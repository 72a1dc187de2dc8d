//! A model server that says what its question asks for: `[[n50 d20 i200]]` in the last message is 50 pieces, one every
//! 20 ms, the first after 200 ms. Pieces keep to an absolute schedule, so that delays do not add up. `[[draft]]` is a
//! model that looks an action up, writes a draft, and says so: three answers, each at once.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Serves for ever, on a port of its own that the first line of output names.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}/v1", listener.local_addr().unwrap());
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        tokio::spawn(async move { connection(socket).await });
    }
}

/// What `[[draft]]` writes.
const DRAFT: &str = include_str!("draft.json");

#[derive(Clone, Copy)]
struct Shape {
    pieces: u32,
    pace: Duration,
    first: Duration,
}

/// The last shape that a request asks for.
fn shape(body: &str) -> Shape {
    let from = body.rfind("[[").map_or(0, |at| at + 2);
    let words = body[from..].split("]]").next().unwrap_or_default().split(' ');
    let mut shape = Shape { pieces: 50, pace: Duration::ZERO, first: Duration::ZERO };
    for word in words {
        let Ok(number) = word[1.min(word.len())..].parse() else { continue };
        match word.as_bytes()[0] {
            b'n' => shape.pieces = number,
            b'd' => shape.pace = Duration::from_millis(u64::from(number)),
            b'i' => shape.first = Duration::from_millis(u64::from(number)),
            _ => {}
        }
    }
    shape
}

async fn connection(mut socket: TcpStream) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let arrived = Instant::now();
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse::<usize>().ok()?;
        while bytes.len() < end + length {
            if socket.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        let body = String::from_utf8_lossy(&bytes[end..end + length]);
        let shape = shape(&body);
        // which answer of the turn this is
        let call = body.contains("[[draft]]").then(|| body.matches(r#""role":"tool""#).count());
        match call {
            Some(0) => call_tool(&mut socket, "find_actions", r#"{"query":"create a task"}"#).await.ok()?,
            Some(1) => call_tool(&mut socket, "write_workflow", DRAFT.trim()).await.ok()?,
            Some(_) | None => answer(&mut socket, shape, arrived).await.ok()?,
        }
        bytes.clear();
    }
}

/// One call, its arguments in pieces as models send them.
async fn call_tool(socket: &mut TcpStream, name: &str, arguments: &str) -> std::io::Result<()> {
    head(socket).await?;
    let piece = |function: serde_json::Value, id: Option<&str>| {
        let call = json!({"index": 0, "id": id, "type": "function", "function": function});
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": null}]}).to_string()
    };
    send(socket, &piece(json!({"name": name, "arguments": ""}), Some("call_1"))).await?;
    let letters: Vec<char> = arguments.chars().collect();
    for part in letters.chunks(40) {
        send(socket, &piece(json!({"arguments": part.iter().collect::<String>()}), None)).await?;
    }
    send(socket, r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#).await?;
    end(socket).await
}

async fn answer(socket: &mut TcpStream, shape: Shape, arrived: Instant) -> std::io::Result<()> {
    head(socket).await?;
    for number in 0..shape.pieces {
        let due = shape.first + shape.pace * number;
        if !due.is_zero() {
            tokio::time::sleep_until(arrived + due).await;
        }
        let choice = r#""choices":[{"index":0,"delta":{"content":"word "},"logprobs":null,"finish_reason":null}]"#;
        send(
            socket,
            &format!(r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",{choice}}}"#),
        )
        .await?;
    }
    send(socket, r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#).await?;
    end(socket).await
}

async fn head(socket: &mut TcpStream) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await
}

async fn end(socket: &mut TcpStream) -> std::io::Result<()> {
    let usage = r#"{"prompt_tokens":900,"completion_tokens":50,"total_tokens":950}"#;
    send(socket, &format!(r#"{{"id":"chatcmpl-1","choices":[],"usage":{usage}}}"#)).await?;
    send(socket, "[DONE]").await?;
    socket.write_all(b"0\r\n\r\n").await
}

async fn send(socket: &mut TcpStream, data: &str) -> std::io::Result<()> {
    let event = format!("data: {data}\n\n");
    socket.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await
}
