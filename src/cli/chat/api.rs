//! The HTTP interface, as a terminal needs it: sign in, renew, post, follow a stream that may break.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Pauses between two attempts to follow a stream again; after the last one it is given up.
const PAUSES_MS: [u64; 8] = [100, 250, 500, 1000, 2000, 4000, 8000, 8000];
/// Longest silence of a stream: the server says something every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// A signed-in client.
#[derive(Debug)]
pub struct Api {
    url: String,
    http: reqwest::Client,
    token: SecretString,
    refresh: Option<SecretString>,
}

impl Api {
    /// A client with an access token.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(url: &str, token: SecretString) -> anyhow::Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .tcp_nodelay(true)
            .build()
            .context("the HTTP client cannot be made")?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), http, token, refresh: None })
    }

    /// Signs in.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn sign_in(url: &str, email: &str, password: &SecretString) -> anyhow::Result<Self> {
        let mut api = Self::new(url, SecretString::default())?;
        let body = json!({"email": email, "password": password.expose_secret()});
        let tokens = read(api.send(Method::POST, "/v1/auth/login", Some(&body), None).await?).await?;
        api.take(&tokens)?;
        Ok(api)
    }

    fn take(&mut self, tokens: &Value) -> anyhow::Result<()> {
        let token = tokens["access_token"].as_str().context("the server gave no token")?;
        self.token = token.to_owned().into();
        self.refresh = tokens["refresh_token"].as_str().map(|token| token.to_owned().into());
        Ok(())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        after: Option<&str>,
    ) -> anyhow::Result<Response> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !self.token.expose_secret().is_empty() {
            request = request.bearer_auth(self.token.expose_secret());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        request.send().await.with_context(|| format!("{} does not answer", self.url))
    }

    /// Sends, and renews the token once when it is no longer good.
    async fn send_renewed(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        after: Option<&str>,
    ) -> anyhow::Result<Response> {
        let response = self.send(method.clone(), path, body, after).await?;
        let Some(refresh) = self.refresh.take().filter(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        let body_of_refresh = json!({"refresh_token": refresh.expose_secret()});
        self.token = SecretString::default();
        let tokens = read(self.send(Method::POST, "/v1/auth/refresh", Some(&body_of_refresh), None).await?).await?;
        self.take(&tokens)?;
        self.send(method, path, body, after).await
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        read(self.send_renewed(Method::GET, path, None, None).await?).await
    }

    /// Does something.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        read(self.send_renewed(Method::POST, path, Some(body), None).await?).await
    }

    /// Begins a turn and hears every event of it once, through broken connections and restarts of the server: the same
    /// run is never begun twice, and a stream is followed from the last frame that came.
    ///
    /// # Errors
    /// When the turn is refused, or the server stays away.
    pub async fn follow(&mut self, input: &Value, mut hear: impl FnMut(&Value)) -> anyhow::Result<()> {
        let run = input["runId"].as_str().unwrap_or_default().to_owned();
        let events = format!("/v1/runs/{run}/events");
        let (mut begun, mut last, mut failures) = (false, None::<String>, 0);
        loop {
            let sent = if begun {
                self.send_renewed(Method::GET, &events, None, last.as_deref()).await
            } else {
                self.send_renewed(Method::POST, "/v1/agent", Some(input), None).await
            };
            match sent {
                Ok(response) if response.status().is_success() => {
                    begun = true;
                    let before = last.clone();
                    if listen(response, &mut last, &mut hear).await {
                        return Ok(());
                    }
                    if last != before {
                        failures = 0;
                    }
                }
                // nothing of the turn was kept: begin it again
                Ok(response) if begun && last.is_none() && response.status() == StatusCode::NOT_FOUND => begun = false,
                Ok(response) if passing(response.status()) => {}
                Ok(response) => return Err(refusal(response).await),
                Err(error) if failures == PAUSES_MS.len() => return Err(error),
                Err(_away) => {}
            }
            let Some(pause) = PAUSES_MS.get(failures) else {
                bail!("the connection keeps breaking; the turn may still go on")
            };
            failures += 1;
            tokio::time::sleep(Duration::from_millis(*pause)).await;
        }
    }
}

/// Hears a stream; true when the run has ended.
async fn listen(response: Response, last: &mut Option<String>, hear: &mut impl FnMut(&Value)) -> bool {
    let mut events = response.bytes_stream().eventsource();
    while let Some(Ok(frame)) = events.next().await {
        let Ok(event) = serde_json::from_str::<Value>(&frame.data) else { continue };
        if last.as_deref() == Some(frame.id.as_str()) {
            continue;
        }
        if !frame.id.is_empty() {
            *last = Some(frame.id);
        }
        hear(&event);
        if matches!(event["type"].as_str(), Some("RUN_FINISHED" | "RUN_ERROR")) {
            return true;
        }
    }
    false
}

/// Refusals that a moment later may be none.
fn passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

async fn read(response: Response) -> anyhow::Result<Value> {
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    response.json().await.context("the server's answer cannot be read")
}

/// What a problem document says, for people.
async fn refusal(response: Response) -> anyhow::Error {
    let status = response.status();
    let problem: Value = response.json().await.unwrap_or_default();
    match (problem["title"].as_str(), problem["detail"].as_str()) {
        (Some(title), Some(detail)) => anyhow!("{title}. {detail}"),
        (Some(title), None) => anyhow!("{title}"),
        (None, _) => anyhow!("the server answered {status}"),
    }
}
