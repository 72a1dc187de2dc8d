//! Our extractors: like axum's, but every rejection is a problem document with a code and, where it can, a pointer.

use std::error::Error;

use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::model::json::{self, JsonFault};
use crate::model::pointer::escape;

/// A JSON body. Unknown fields are refused when `T` says `deny_unknown_fields`, as every request body of ours does.
#[derive(Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = match axum::body::Bytes::from_request(request, state).await {
            Ok(bytes) => bytes,
            Err(rejection) => return Err(body_problem(&rejection)),
        };
        parse_json(&bytes).map(Self)
    }
}

/// Reads a JSON body, naming the place that is wrong.
///
/// # Errors
/// `malformed_json` (400) or `invalid_body` (422) with a pointer.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let value = json::read(bytes).map_err(|fault| match fault {
        JsonFault::Malformed(detail) => {
            ApiError::new(StatusCode::BAD_REQUEST, "malformed_json", "The body is not valid JSON").detail(detail)
        }
        JsonFault::Refused { pointer, message } => invalid_body().field(pointer, message),
        JsonFault::TooDeep { pointer } => {
            invalid_body().field(pointer, format!("is nested deeper than {} levels", json::MAX_DEPTH))
        }
    })?;
    serde_path_to_error::deserialize(value)
        .map_err(|error| invalid_body().field(pointer(error.path()), error.inner().to_string()))
}

fn invalid_body() -> ApiError {
    ApiError::unprocessable("invalid_body", "The body does not have the expected shape")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Why a body could not be read at all.
fn body_problem(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large")
    } else {
        ApiError::bad_request(rejection.body_text())
    }
}

/// The raw body, bounded by the server's limit.
#[derive(Debug)]
pub struct ApiBytes(pub axum::body::Bytes);

impl<S: Send + Sync> FromRequest<S> for ApiBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        axum::body::Bytes::from_request(request, state).await.map(Self).map_err(|r| body_problem(&r))
    }
}

/// Path parameters. A malformed id answers 404, like an unknown one.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    #[expect(clippy::disallowed_types, reason = "this is the wrapper the rule asks for")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<axum::extract::Path<T>, PathRejection> =
            axum::extract::Path::from_request_parts(parts, state).await;
        found.map(|path| Self(path.0)).map_err(|_| ApiError::not_found("resource"))
    }
}

/// Query parameters. A refusal names the parameter as `?name`.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    #[expect(clippy::disallowed_types, reason = "this is the wrapper the rule asks for")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found: Result<axum::extract::Query<T>, QueryRejection> =
            axum::extract::Query::from_request_parts(parts, state).await;
        found.map(|query| Self(query.0)).map_err(|rejection| query_problem(&rejection))
    }
}

/// Which parameter is wrong, and how.
fn query_problem(rejection: &QueryRejection) -> ApiError {
    let problem = ApiError::bad_request(rejection.body_text());
    let mut cause: Option<&(dyn Error + 'static)> = Some(rejection);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<serde_path_to_error::Error<serde::de::value::Error>>() {
            let parameter = found.path().to_string();
            // what is wrong with the whole (an unknown parameter, a missing one) has no place
            let pointer = if parameter == "." { String::new() } else { format!("?{parameter}") };
            return problem.field(pointer, found.inner().to_string());
        }
        cause = error.source();
    }
    problem
}
