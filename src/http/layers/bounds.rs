//! The head of a request is bounded before anything looks at it. Bodies have their own bounds: bytes in the router,
//! depth and number of values in [`json`](crate::model::json).

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::ApiError;

/// Path and query, in bytes: the longest we mean are a page cursor and a filter over records.
pub const MAX_URI: usize = 8 * 1024;
/// Names and values of all headers, in bytes: an access token has about one KiB.
pub const MAX_HEADERS: usize = 32 * 1024;

/// The layer.
pub async fn layer(request: Request, next: Next) -> Response {
    match refusal(request.uri(), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(uri: &Uri, headers: &HeaderMap) -> Option<ApiError> {
    let target = uri.path_and_query().map_or(uri.path(), |target| target.as_str());
    if target.len() > MAX_URI {
        let problem = ApiError::new(StatusCode::URI_TOO_LONG, "uri_too_long", "The address is too long");
        return Some(problem.detail(format!("Path and query may have {MAX_URI} bytes.")));
    }
    // No text column can hold U+0000, whichever route it was meant for.
    if target.contains("%00") {
        return Some(ApiError::bad_request("The address holds the character U+0000 (%00)."));
    }
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (size > MAX_HEADERS).then(|| {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        ApiError::new(status, "headers_too_large", "The headers are too large")
            .detail(format!("All of them together may have {MAX_HEADERS} bytes."))
    })
}
