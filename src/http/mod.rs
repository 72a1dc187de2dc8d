//! The HTTP edge: routes, then layers in order. Speaks the protocol; owns no rules.
//!
//! A handler reads: extract, ask a service, answer. Each resource has its file or folder under [`v1`] with a
//! `routes()` function; this file lists them.

pub mod agent;
pub mod assets;
pub mod bounded;
pub mod error;
pub mod extract;
pub mod health;
pub mod ids;
pub mod layers;
pub mod openapi;
pub mod principal;
pub mod problem;
pub mod sse;
pub mod state;
pub mod streams;
pub mod v1;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::IntoResponse;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use state::AppState;

/// The whole server as a tower service.
pub fn router(state: AppState) -> Router {
    let (api, document) = openapi::routes().split_for_parts();
    let timeout = Duration::from_secs(state.config.server.request_timeout_s);
    let body_limit = state.config.server.max_body_bytes;
    let wrong_method = || async {
        let error = error::ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method");
        error.detail("The Allow header lists the methods there are; /docs describes them.")
    };
    // outside of the time limit: a request that ran into it gives its key back
    let keys = middleware::from_fn_with_state(state.clone(), layers::idempotency::layer);
    // bounds the time to the response's head; a stream that has begun is not cut
    let router = api
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
        .layer(keys)
        .layer(middleware::from_fn_with_state(state.clone(), layers::rate_limit::layer))
        .merge(openapi::browser(&document))
        .merge(assets::routes())
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(CatchPanicLayer::custom(|_panic: Box<dyn std::any::Any + Send>| {
            error::ApiError::internal(anyhow::anyhow!("a handler panicked")).into_response()
        }))
        .layer(middleware::from_fn(layers::bounds::layer));
    let router = match layers::cors::layer(&state.config.server.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    let protection = layers::protection::Protection::new(&state.config.server);
    router
        .layer(middleware::from_fn_with_state(protection, layers::protection::layer))
        .layer(middleware::from_fn(layers::request_id::layer))
        .with_state(state)
}
