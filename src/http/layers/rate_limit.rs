//! How often a caller may ask: counted by who they are, or by where they call from while they are nobody.
//!
//! Authenticates on the way: the caller it finds is handed on, so that a token is checked once a request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::principal::bearer;
use crate::limits::{Class, Decision};

// the names of draft-ietf-httpapi-ratelimit-headers before it folded them into one, which is what clients read
static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The layer.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(class) = class_of(request.method(), request.uri().path()) else { return next.run(request).await };
    if !state.config.limits.enabled {
        return next.run(request).await;
    }
    let caller = match bearer(request.headers()) {
        Some(token) => state.auth.verify(token).await.ok(),
        None => None,
    };
    let who = match &caller {
        Some(caller) if class != Class::Auth => caller.user.to_string(),
        Some(_) | None => address(&request),
    };
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let rate = class.rate(&state.config.limits);
    let decision = state.limits.check(class, &who, rate, state.clock.now().timestamp_micros()).await;
    let mut response = if decision.allowed {
        next.run(request).await
    } else {
        tracing::info!(limit.class = class.as_str(), "a caller asks too often");
        let wait = seconds(decision.retry_after_us).max(1);
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
            .detail(format!(
                "Wait {wait} seconds, then try again; more than {} a minute is too often.",
                rate.per_minute
            ))
            .retry_after(wait)
            .into_response()
    };
    tell(response.headers_mut(), rate.burst, &decision);
    response
}

/// What kind of request this is; `None` for pages, health and the like, which nobody is counted for.
fn class_of(method: &Method, path: &str) -> Option<Class> {
    let path = path.strip_prefix("/v1/")?;
    let looks = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    Some(match path {
        _ if path.starts_with("auth/") => Class::Auth,
        _ if looks => Class::Read,
        "agent" => Class::Chat,
        "events" => Class::Intake,
        _ if path.starts_with("leads/") => Class::Intake,
        _ => Class::Write,
    })
}

/// The peer of the connection. A household has one IPv4 address, but 2^64 of IPv6: the first half is counted.
fn address(request: &Request) -> String {
    match request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()) {
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.to_string(),
            None => ip.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        },
        Some(IpAddr::V4(ip)) => ip.to_string(),
        None => "unknown".to_owned(),
    }
}

fn tell(headers: &mut HeaderMap, burst: u32, decision: &Decision) {
    headers.insert(LIMIT.clone(), HeaderValue::from(burst));
    headers.insert(REMAINING.clone(), HeaderValue::from(decision.remaining));
    headers.insert(RESET.clone(), HeaderValue::from(seconds(decision.reset_us)));
}

/// Whole seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn every_route_has_its_class() {
        let cases = [
            ("GET", "/v1/executions", Some(Class::Read)),
            ("POST", "/v1/agent", Some(Class::Chat)),
            ("POST", "/v1/events", Some(Class::Intake)),
            ("POST", "/v1/leads/adf", Some(Class::Intake)),
            ("POST", "/v1/auth/login", Some(Class::Auth)),
            ("PATCH", "/v1/users/usr_1", Some(Class::Write)),
            ("DELETE", "/v1/anything", Some(Class::Write)),
            ("GET", "/health/ready", None),
            ("GET", "/", None),
        ];
        for (method, path, class) in cases {
            assert_eq!(class_of(&method.parse().unwrap(), path), class, "{method} {path}");
        }
    }

    #[test]
    fn a_household_is_one_address() {
        let from = |address: &str| {
            let mut request = Request::new(Body::empty());
            request.extensions_mut().insert(ConnectInfo(address.parse::<SocketAddr>().unwrap()));
            super::address(&request)
        };
        assert_eq!(from("[2001:db8:1:2:a::1]:1"), from("[2001:db8:1:2:b::9]:2"));
        assert_ne!(from("[2001:db8:1:2::1]:1"), from("[2001:db8:1:3::1]:1"));
        assert_eq!(from("[::ffff:192.0.2.1]:1"), from("192.0.2.1:2"));
        assert_ne!(from("192.0.2.1:1"), from("192.0.2.2:1"));
    }
}
