//! Many askers over kept connections, as light as they can be made: bytes are searched, not parsed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The shape of a turn that writes a draft: three answers of the model, two tools.
pub const DRAFT: &str = "draft";

/// Whom to ask, and how a piece of text and the end look there.
pub struct Target {
    address: String,
    path: &'static str,
    header: String,
    piece: &'static [u8],
    /// How a failure looks.
    failure: &'static [u8],
    turns: bool,
}

impl Target {
    /// A model server, or whoever speaks like one.
    pub fn completions(url: &str) -> Self {
        let address = address(url);
        Self {
            address,
            path: "/v1/chat/completions",
            header: String::new(),
            piece: b"\"content\":\"word",
            failure: b"\"error\"",
            turns: false,
        }
    }

    /// Our agent endpoint: each request is a turn in a conversation of its own.
    pub fn turns(url: &str, token: &str) -> Self {
        let header = format!("authorization: Bearer {token}\r\n");
        let address = address(url);
        Self { address, path: "/v1/agent", header, piece: b"TEXT_MESSAGE_CONTENT", failure: b"RUN_ERROR", turns: true }
    }

    fn request(&self, shape: &str) -> String {
        thread_local!(static NEXT: Cell<u64> = const { Cell::new(0) });
        let number = NEXT.replace(NEXT.get() + 1);
        let text = match shape {
            DRAFT => format!("For every new lead, make a task for the sales manager within ten minutes [[{DRAFT}]]"),
            shape => format!("hello [[{shape}]]"),
        };
        let body = if self.turns {
            let message = json!({"id": format!("m{number}"), "role": "user", "content": text});
            json!({"threadId": format!("thread-{number}"), "runId": format!("run-{number}"), "messages": [message]})
        } else {
            json!({"model": "mock", "stream": true, "messages": [{"role": "user", "content": text}]})
        };
        let body = body.to_string();
        format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{}content-length: {}\r\n\r\n{body}",
            self.path,
            self.address,
            self.header,
            body.len()
        )
    }
}

/// How much is asked for.
pub struct Load<'a> {
    pub streams: usize,
    pub at_once: usize,
    pub shape: &'a str,
    /// The askers begin spread over this time.
    pub spread: Duration,
}

/// What was seen, in milliseconds.
#[derive(Default)]
pub struct Seen {
    /// From the request to the first piece.
    pub firsts: Vec<f64>,
    /// Between two pieces.
    pub gaps: Vec<f64>,
    /// From the request to the end of the answer.
    pub wholes: Vec<f64>,
    pub wall: Duration,
}

impl Seen {
    pub fn add(&mut self, other: Self) {
        self.firsts.extend(other.firsts);
        self.gaps.extend(other.gaps);
        self.wholes.extend(other.wholes);
        self.wall += other.wall;
    }

    pub fn first(&self, part: f64) -> f64 {
        percentile(&self.firsts, part)
    }

    pub fn gap(&self, part: f64) -> f64 {
        percentile(&self.gaps, part)
    }

    pub fn whole(&self, part: f64) -> f64 {
        percentile(&self.wholes, part)
    }

    pub fn gaps_above(&self, limit: f64) -> usize {
        self.gaps.iter().filter(|gap| **gap > limit).count()
    }
}

fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// Asks `target` as `load` says.
pub async fn run(target: &Target, load: &Load<'_>) -> Seen {
    let begun = Instant::now();
    let seen = Rc::new(RefCell::new(Seen::default()));
    let left = Cell::new(load.streams);
    let askers = (0..load.at_once).map(|asker| {
        let (seen, left) = (Rc::clone(&seen), &left);
        async move {
            tokio::time::sleep(load.spread.mul_f64(asker as f64 / load.at_once as f64)).await;
            let mut socket = TcpStream::connect(&target.address).await.unwrap();
            socket.set_nodelay(true).unwrap();
            while left.get() > 0 {
                left.set(left.get() - 1);
                one(target, &mut socket, load.shape, &seen).await;
            }
        }
    });
    futures::future::join_all(askers).await;
    let mut seen = Rc::into_inner(seen).unwrap().into_inner();
    seen.wall = begun.elapsed();
    seen
}

async fn one(target: &Target, socket: &mut TcpStream, shape: &str, seen: &RefCell<Seen>) {
    let request = target.request(shape);
    let sent = Instant::now();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut unread: Vec<u8> = Vec::with_capacity(4096);
    let (mut last, mut drafted) = (None, false);
    loop {
        assert!(socket.read_buf(&mut unread).await.unwrap() > 0, "the other side hung up");
        let now = Instant::now();
        let lines = unread.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        for line in unread[..lines].split(|byte| *byte == b'\n') {
            assert!(!contains(line, target.failure), "{}", String::from_utf8_lossy(&unread));
            drafted |= contains(line, b"\"revision\":1");
            if contains(line, target.piece) {
                let mut seen = seen.borrow_mut();
                match last.replace(now) {
                    None => seen.firsts.push(millis(now - sent)),
                    Some(before) => seen.gaps.push(millis(now - before)),
                }
            }
        }
        if unread.ends_with(b"0\r\n\r\n") {
            assert!(last.is_some(), "no piece in {}", String::from_utf8_lossy(&unread));
            assert!(shape != DRAFT || drafted, "no draft was written");
            seen.borrow_mut().wholes.push(millis(sent.elapsed()));
            return;
        }
        unread.drain(..lines.min(unread.len().saturating_sub(8)));
    }
}

fn contains(line: &[u8], wanted: &[u8]) -> bool {
    line.windows(wanted.len()).any(|window| window == wanted)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn address(url: &str) -> String {
    url.trim_start_matches("http://").split('/').next().unwrap().to_owned()
}

/// An access token of a demo account.
pub async fn sign_in(url: &str) -> String {
    let body = json!({"email": "sam@lakeside.example", "password": "demo"}).to_string();
    let address = address(url);
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let head = "POST /v1/auth/login HTTP/1.1\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let request = format!("{head}host: {address}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let body = &answer[answer.find("\r\n\r\n").unwrap()..];
    let json: Value = serde_json::from_str(&body[body.find('{').unwrap()..=body.rfind('}').unwrap()]).unwrap();
    json["access_token"].as_str().unwrap().to_owned()
}
