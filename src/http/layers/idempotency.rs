//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a POST that is sent again, because its answer got
//! lost on the way, is carried out once.
//!
//! A key belongs to one person on one route. The first answer is kept for a day, in the store, so that every process
//! knows it, and given again with the header `Idempotency-Replayed: true`. The same key with another request is
//! `idempotency_key_reused` (422); while the first is under way, `idempotency_in_progress` (409). Answers that say
//! nothing about the request itself (not signed in, too many requests, our own failure) are not kept: the key stays free.
//! What is idempotent by itself takes no key and ignores one: see [`BY_THEMSELVES`].

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use super::request_id;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::ids::NewId;
use crate::http::principal::SignedIn;
use crate::store::idempotency::{KeptAnswer, KeyClaim, KeyRequest, KeyScope};

/// The header that carries a key.
pub const HEADER: &str = "idempotency-key";
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// POST routes that need no key: signing in and letting a sender in (a key would keep
/// secrets), what only computes, and what names itself (a turn
/// by `runId`, an event by source and id, a lead by its provider's id).
pub const BY_THEMSELVES: [&str; 8] = [
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
    "/v1/events/senders",
    "/v1/drafts/validate",
    "/v1/agent",
    "/v1/events",
    "/v1/leads/adf",
];

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Longest key, in characters.
const LONGEST_KEY: usize = 255;
/// Largest answer that is kept, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// Keys one person may have within [`KEPT`].
const MOST_KEYS: i64 = 10_000;
/// How much longer than its time limit a request may be under way before its process counts as dead.
const LOCK_MARGIN_S: i64 = 5;

/// Whether a POST route takes a key.
#[must_use]
pub fn takes_key(route: &str) -> bool {
    route.starts_with("/v1/") && !BY_THEMSELVES.contains(&route)
}

/// The layer.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.filter(|route| request.method() == Method::POST && takes_key(route));
    let (Some(route), Some(header)) = (route, request.headers().get(HEADER)) else { return next.run(request).await };
    let Some(key) = read_key(header) else { return malformed().into_response() };
    once(state, route, key, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn once(state: AppState, route: String, key: String, request: Request, next: Next) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let Ok(SignedIn(caller)) = SignedIn::from_request_parts(&mut parts, &state).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await); // the handler says what is missing
    };
    let body = to_bytes(body, state.config.server.max_body_bytes)
        .await
        .map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"))?;
    let now = state.clock.now();
    let patience = i64::try_from(state.config.server.request_timeout_s).unwrap_or(i64::MAX / 2_000) + LOCK_MARGIN_S;
    let asked = KeyRequest {
        scope: KeyScope { tenant: caller.tenant, user: caller.user, route: format!("POST {route}"), key },
        fingerprint: fingerprint(&parts, &body),
        seed: NewId::seed(),
        locked_until: now + TimeDelta::seconds(patience),
        expires_at: now + KEPT,
        most: MOST_KEYS,
    };
    match state.db.claim_idempotency_key(&asked, now).await? {
        KeyClaim::Yours(seed) => {
            parts.extensions.insert(NewId::from_seed(&seed));
            let request = Request::from_parts(parts, Body::from(body));
            // In a task of its own: the sender may hang up, and asks again with the same key.
            let tasks = state.tasks.clone();
            let work = request_id::carried(carry_out(state, asked.scope, next, request));
            tasks.spawn(work).await.map_err(ApiError::internal)
        }
        KeyClaim::Answered(answer) => replay(answer),
        KeyClaim::InFlight => Err(ApiError::conflict("idempotency_in_progress", "This request is being worked on")
            .detail("Another attempt with this Idempotency-Key is under way. Ask again in a moment.")
            .retry_after(1)),
        KeyClaim::Reused => {
            Err(ApiError::unprocessable("idempotency_key_reused", "The key belongs to another request")
                .detail("This Idempotency-Key came with another request before. Send this one with a key of its own."))
        }
        KeyClaim::TooMany => {
            let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "idempotency_keys_full", "Too many keys");
            Err(error.detail(format!("You have sent {MOST_KEYS} Idempotency-Keys within a day.")).retry_after(3600))
        }
    }
}

/// Carries the request out and keeps its answer, before anybody gets it.
async fn carry_out(state: AppState, scope: KeyScope, next: Next, request: Request) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let settled = if says_something(parts.status) {
        let kept = (bytes.len() <= LARGEST_ANSWER).then(|| String::from_utf8_lossy(&bytes).into_owned());
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let answer = KeptAnswer {
            status: i64::from(parts.status.as_u16()),
            content_type: content_type.map(ToOwned::to_owned),
            body: kept,
        };
        state.db.settle_idempotency_key(&scope, &answer).await
    } else {
        state.db.free_idempotency_key(&scope).await
    };
    if let Err(error) = settled {
        tracing::error!(error = &error as &dyn std::error::Error, "the answer to a keyed request could not be kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether an answer is about the request, so that the same request deserves it again.
fn says_something(status: StatusCode) -> bool {
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    !status.is_server_error() && !passing.contains(&status)
}

fn replay(answer: KeptAnswer) -> Result<Response, ApiError> {
    let Some(body) = answer.body else {
        let error = ApiError::conflict("idempotency_answer_too_large", "It is done, but its answer was not kept");
        return Err(error.detail("The request was carried out before. Read what it made by a GET."));
    };
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut headers = HeaderMap::new();
    headers.insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    if let Some(value) = answer.content_type.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    Ok((status.unwrap_or(StatusCode::OK), headers, body).into_response())
}

/// What tells a request from another: method, address, media type and body.
fn fingerprint(parts: &Parts, body: &Bytes) -> String {
    let media = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let address = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |whole| whole.as_str());
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), address.as_bytes(), media, body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// A key as the draft writes it, an RFC 8941 string (`"8e03…"`), or bare as most clients do.
fn read_key(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut key = String::with_capacity(inner.len());
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    '\\' => key.push(letters.next().filter(|next| matches!(next, '"' | '\\'))?),
                    '"' => return None,
                    other => key.push(other),
                }
            }
            key
        }
        None => text.to_owned(),
    };
    let plain = key.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ');
    (plain && (1..=LONGEST_KEY).contains(&key.len())).then_some(key)
}

fn malformed() -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "idempotency_key_malformed", "The Idempotency-Key cannot be read")
        .detail(format!("Send 1 to {LONGEST_KEY} printable ASCII characters, a UUID for instance."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_quoted_and_bare() {
        let read = |text: &str| read_key(&HeaderValue::from_str(text).unwrap());
        let long = "k".repeat(256);
        let cases = [
            ("8e03978e-40d5", Some("8e03978e-40d5")),
            ("\"8e03978e-40d5\"", Some("8e03978e-40d5")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            ("", None),
            ("\"\"", None),
            ("\"open", None),
            (r#""in"side""#, None),
            (r#""bad\n""#, None),
            (long.as_str(), None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }
}
