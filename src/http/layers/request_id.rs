//! Every request has an id: taken from `x-request-id` when it is harmless, made otherwise; in the log span, in the
//! response header, and in problem documents.

use axum::extract::Request;
use axum::http::{HeaderValue, header::HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::model::RunId;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request being worked on, outside of one `None`.
#[must_use]
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Work of this request that goes on in another task: same id, same log span.
pub fn carried<F: Future + Send>(work: F) -> impl Future<Output = F::Output> + Send {
    let id = current();
    let work = work.instrument(tracing::Span::current());
    async move {
        match id {
            Some(id) => CURRENT.scope(id, work).await,
            None => work.await,
        }
    }
}

/// The layer.
pub async fn layer(request: Request, next: Next) -> Response {
    let given = request.headers().get(&HEADER).and_then(|v| v.to_str().ok());
    let harmless = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let id = given
        .filter(harmless)
        .map_or_else(|| RunId::generate().as_str().replace(RunId::PREFIX, "req"), ToOwned::to_owned);
    let span =
        tracing::info_span!("request", request.id = %id, method = %request.method(), path = request.uri().path());
    let mut response = CURRENT.scope(id.clone(), next.run(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER.clone(), value);
    }
    response
}
