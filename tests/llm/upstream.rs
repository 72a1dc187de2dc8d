//! A model provider as bad as a test wants it: plain sockets, so that every byte and every broken connection is the
//! test's own; and it says when the other side hung up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// One thing a provider does with a connection.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends these bytes as they are.
    Raw(Vec<u8>),
    /// Sends a piece of the body.
    Piece(Vec<u8>),
    /// Waits.
    Pause(Duration),
    /// Ends the body as the protocol wants.
    End,
    /// Hangs up, whatever was promised.
    HangUp,
    /// Breaks the connection: the other side gets a reset.
    Reset,
    /// Says nothing more and stays.
    Hang,
}

/// A request as it came, and what became of its connection.
#[derive(Debug, Clone)]
pub struct Seen {
    pub head: String,
    pub body: Value,
    /// Which connection it came over, from 0.
    pub connection: usize,
    pub at: Instant,
}

struct Inner {
    replies: Mutex<VecDeque<Vec<Act>>>,
    seen: Mutex<Vec<Seen>>,
    /// Connections that are open, by the other side's will.
    open: watch::Sender<usize>,
    accepted: Mutex<usize>,
}

/// The provider.
pub struct Upstream {
    pub base_url: String,
    inner: Arc<Inner>,
}

impl Upstream {
    /// Answers each request with the next reply, and with 418 after the last one.
    pub async fn new(replies: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            replies: Mutex::new(replies.into()),
            seen: Mutex::default(),
            open: watch::channel(0).0,
            accepted: Mutex::new(0),
        });
        let server = Arc::clone(&inner);
        #[expect(clippy::disallowed_methods, reason = "the provider lives as long as its test")]
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let inner = Arc::clone(&server);
                let number = {
                    let mut accepted = inner.accepted.lock().unwrap();
                    *accepted += 1;
                    *accepted - 1
                };
                inner.open.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    inner.connection(socket, number).await;
                    inner.open.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { base_url, inner }
    }

    /// What was asked, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// Replies that nobody asked for.
    pub fn left(&self) -> usize {
        self.inner.replies.lock().unwrap().len()
    }

    /// Waits until no connection is open; how long it took, `None` when one still is after `longest`.
    pub async fn closed_within(&self, longest: Duration) -> Option<Duration> {
        let begun = Instant::now();
        let mut open = self.inner.open.subscribe();
        let closed = tokio::time::timeout(longest, open.wait_for(|open| *open == 0)).await;
        closed.is_ok().then(|| begun.elapsed())
    }
}

impl Inner {
    async fn connection(&self, mut socket: TcpStream, number: usize) {
        while let Some(seen) = request(&mut socket, number).await {
            self.seen.lock().unwrap().push(seen);
            let reply = self.replies.lock().unwrap().pop_front();
            let acts = reply.unwrap_or_else(|| refusal(418, &[], "the script is over"));
            if !play(&mut socket, acts).await {
                return;
            }
        }
    }
}

/// Whether another request may follow on the connection.
async fn play(socket: &mut TcpStream, acts: Vec<Act>) -> bool {
    for act in acts {
        let sent = match act {
            Act::Raw(bytes) => write(socket, &bytes).await,
            Act::Piece(bytes) => {
                let head = format!("{:x}\r\n", bytes.len());
                write(socket, &[head.as_bytes(), &bytes, b"\r\n"].concat()).await
            }
            Act::Pause(time) => !hung_up_within(socket, time).await,
            Act::End => write(socket, b"0\r\n\r\n").await,
            Act::HangUp => return false,
            Act::Reset => {
                socket.set_zero_linger().unwrap();
                return false;
            }
            Act::Hang => !hung_up_within(socket, Duration::from_secs(60)).await,
        };
        if !sent {
            return false;
        }
    }
    true
}

async fn write(socket: &mut TcpStream, bytes: &[u8]) -> bool {
    socket.write_all(bytes).await.is_ok()
}

/// Whether the other side hung up before the time was over.
async fn hung_up_within(socket: &mut TcpStream, time: Duration) -> bool {
    let mut byte = [0; 1];
    tokio::time::timeout(time, socket.read(&mut byte)).await.is_ok_and(|read| read.unwrap_or(0) == 0)
}

async fn request(socket: &mut TcpStream, connection: usize) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let at = Instant::now();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse::<usize>().unwrap();
    while bytes.len() < end + length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen { head, body: serde_json::from_slice(&bytes[end..end + length]).unwrap(), connection, at })
}

/// A response head with these headers, and a body in pieces.
pub fn head(status: u16, headers: &[(&str, &str)]) -> Act {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    Act::Raw(format!("HTTP/1.1 {status} X\r\n{headers}transfer-encoding: chunked\r\n\r\n").into_bytes())
}

/// A refusal.
pub fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<Act> {
    let piece = (!body.is_empty()).then(|| Act::Piece(body.as_bytes().to_vec()));
    [vec![head(status, headers)], piece.into_iter().collect(), vec![Act::End]].concat()
}

/// A stream that does this after its head.
pub fn stream(acts: Vec<Act>) -> Vec<Act> {
    [vec![head(200, &[("content-type", "text/event-stream")])], acts].concat()
}

/// One event with this text.
pub fn data(text: &str) -> Act {
    Act::Piece(format!("data: {text}\n\n").into_bytes())
}

/// One chunk.
pub fn chunk(delta: &Value, finish: Option<&str>) -> Act {
    let body = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "system_fingerprint": null,
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
    });
    data(&body.to_string())
}

/// A piece of text.
pub fn text(text: &str) -> Act {
    chunk(&json!({"content": text}), None)
}

/// The last chunk with a choice.
pub fn finish(reason: &str) -> Act {
    chunk(&json!({}), Some(reason))
}

/// Fifty tokens sent, of them thirty from the cache, seven received.
pub fn usage() -> Act {
    let usage = json!({
        "prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57, "prompt_tokens_details": {"cached_tokens": 30},
    });
    data(&json!({"choices": [], "usage": usage}).to_string())
}

/// `[DONE]` and the end of the body.
pub fn done() -> Vec<Act> {
    vec![data("[DONE]"), Act::End]
}

/// An answer as it should be.
pub fn says(words: &str) -> Vec<Act> {
    let mut acts = vec![chunk(&json!({"role": "assistant", "content": ""}), None)];
    acts.extend(words.split_inclusive(' ').map(text));
    acts.extend([finish("stop"), usage()]);
    acts.extend(done());
    stream(acts)
}
