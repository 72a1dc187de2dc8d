//! Which other origins may read our answers in a browser: none, unless the settings list them.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember the answer to a preflight.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The layer for these origins; `None` when there are none, so that no request is told anything about CORS. Callers
/// bring their token in a header and never a cookie, so credentials stay forbidden.
#[must_use]
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    let named = |name: &'static str| HeaderName::from_static(name);
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_MATCH,
                named("idempotency-key"),
                named("last-event-id"),
                named("x-request-id"),
            ])
            .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE, named("x-request-id")])
            .max_age(MAX_AGE)
    })
}
