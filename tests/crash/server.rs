//! A server process and a client that does not give up: when the server dies under a request, the product's own binary
//! is started on the same data and the request is sent again, as the sender of a request without an answer would.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

use crate::child;
use crate::seed::Place;

/// Signal 6: the hook's `abort`.
const ABORTED: i32 = 6;

pub struct Server {
    pub place: Place,
    process: Child,
    base: String,
    http: reqwest::Client,
    /// The hook ended the process.
    pub died: bool,
    keys: usize,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Out of time on a busy machine, or another attempt with the same key is not known to be dead yet.
    fn says_try_again(&self) -> bool {
        matches!(self.status, 408 | 503) || self.json()["code"] == "idempotency_in_progress"
    }
}

impl Server {
    /// A server that ends itself at `at`.
    pub async fn hooked(place: Place, at: Option<&str>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child::serves", "--exact", "--ignored", "--nocapture"]).env(child::LOG, place.file("points"));
        match at {
            Some(at) => command.env(child::AT, at),
            None => command.env_remove(child::AT),
        };
        Self::begin(place, command).await
    }

    /// The product.
    pub async fn product(place: Place, at: &str) -> Self {
        let mut command = product();
        command.env(child::LOG, place.file("points")).env(child::AT, at);
        Self::begin(place, command).await
    }

    async fn begin(place: Place, command: Command) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let (process, base) = start(&place, command).await;
        Self { place, process, base, http, died: false, keys: 0 }
    }

    /// What of a stream came before it ended or broke; `None` when nothing was answered.
    pub async fn stream(&mut self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Option<Answer> {
        loop {
            let mut response = self.request(method, path, token, body).send().await.ok()?;
            let (status, mut bytes) = (response.status().as_u16(), Vec::new());
            while let Ok(Some(part)) = response.chunk().await {
                bytes.extend_from_slice(&part);
            }
            let answer = Answer { status, text: String::from_utf8_lossy(&bytes).into_owned() };
            if !answer.says_try_again() {
                return Some(answer);
            }
        }
    }

    fn request(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let method = method.parse::<reqwest::Method>().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        request = request.header("idempotency-key", format!("key-{}", self.keys));
        match body {
            Some(Value::String(xml)) => request.header("content-type", "application/x-adf+xml").body(xml.clone()),
            Some(json) => request.json(json),
            None => request,
        }
    }

    /// Sends until there is an answer.
    pub async fn send(&mut self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Answer {
        self.keys += 1;
        loop {
            let sent = self.request(method, path, token, body).send().await;
            if let Ok(response) = sent {
                let status = response.status().as_u16();
                if let Ok(text) = response.text().await {
                    let answer = Answer { status, text };
                    if !answer.says_try_again() {
                        return answer;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            }
            self.revive().await;
        }
    }

    pub async fn get(&mut self, path: &str, token: &str) -> Value {
        let answer = self.send("GET", path, token, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// Starts the product where the server died.
    pub async fn revive(&mut self) {
        assert!(!self.died, "it died a second time: {}", self.said());
        for _ in 0..500 {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert_eq!(status.signal(), Some(ABORTED), "it ended by itself: {}", self.said());
                self.died = true;
                (self.process, self.base) = start(&self.place, product()).await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not answer: {}", self.said());
    }

    /// Notices a death that no request ran into.
    pub async fn check(&mut self) {
        if !self.died && self.process.try_wait().unwrap().is_some() {
            self.revive().await;
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.place.file("said")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn product() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auterity"));
    command.args(["serve", "--demo"]);
    command
}

async fn start(place: &Place, mut command: Command) -> (Child, String) {
    let said = place.file("said");
    let file = File::create(&said).unwrap();
    command
        .env("AUTERITY_DATA__DIR", place.folder())
        .env("DATABASE_URL", &place.url)
        .env("AUTERITY_SERVER__BIND", "127.0.0.1:0")
        .env("AUTERITY_SERVER__REQUEST_TIMEOUT_S", "10")
        .env("AUTERITY_EXECUTION__LEASE_S", "2")
        .env("AUTERITY_LLM__TURN_LEASE_S", "3")
        .env("OPENAI_API_KEY", if place.model.is_some() { "test-key" } else { "" })
        .env("OPENAI_BASE_URL", place.model.as_deref().unwrap_or("https://api.openai.com/v1"))
        .env("RUST_BACKTRACE", "0")
        .stdout(file.try_clone().unwrap())
        .stderr(file);
    let mut process = command.spawn().unwrap();
    for _ in 0..3000 {
        let text = std::fs::read_to_string(&said).unwrap();
        let address = text.lines().find_map(|line| line.strip_prefix("Auterity is at "));
        if let Some(address) = address.filter(|_| text.contains('\n')) {
            return (process, address.trim().to_owned());
        }
        assert!(process.try_wait().unwrap().is_none(), "it did not start: {text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not start in time");
}
