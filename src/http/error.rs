//! One error type at the edge. Each room's errors become it by a `From` beside the routes that meet them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::{FieldProblem, Problem};
use crate::store::StoreError;

/// What a handler answers when it cannot do what was asked.
#[derive(Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable machine code.
    pub code: &'static str,
    /// Short title, the same for every occurrence.
    pub title: &'static str,
    /// What happened this time; never secrets, never personal data.
    pub detail: Option<String>,
    /// Fields at fault.
    pub fields: Vec<FieldProblem>,
    /// Seconds after which it may work (`Retry-After`).
    pub retry_after: Option<u64>,
    /// The cause, for the log; clients never see it.
    pub source: Option<anyhow::Error>,
}

impl ApiError {
    /// An error with this status, code and title.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, detail: None, fields: Vec::new(), retry_after: None, source: None }
    }

    /// Adds what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Adds a field at fault.
    #[must_use]
    pub fn field(mut self, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        self.fields.push(FieldProblem::new(pointer, message));
        self
    }

    /// Adds the cause for the log.
    #[must_use]
    pub fn cause(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// 404: there is none, or it belongs to another tenant; the caller cannot tell which.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found").detail(format!("There is no such {what}."))
    }

    /// 400: the request cannot be read.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "The request cannot be read").detail(detail)
    }

    /// 401: no valid credentials.
    #[must_use]
    pub const fn unauthorized(code: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, "Sign in first")
    }

    /// 403: known caller, not allowed.
    #[must_use]
    pub const fn forbidden(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, title)
    }

    /// 409: the state does not allow it.
    #[must_use]
    pub const fn conflict(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// 422: understood, but not valid.
    #[must_use]
    pub const fn unprocessable(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
    }

    /// 500: our fault.
    #[must_use]
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side").cause(source)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotUnique(_) => Self::conflict("exists", "It exists already").cause(error),
            StoreError::Stale => {
                Self::conflict("stale", "It changed in the meantime").detail("Read it again and repeat the change.")
            }
            StoreError::Unavailable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "The database is not available")
                    .cause(error)
            }
            StoreError::Inconsistent { .. } | StoreError::Json(_) | StoreError::Migration(_) | StoreError::Sql(_) => {
                Self::internal(error)
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Some(source) = &self.source {
            let causes: Vec<String> = source.chain().map(ToString::to_string).collect();
            if self.status.is_server_error() {
                tracing::error!(error.code = self.code, error.causes = ?causes, "a request failed on our side");
            } else {
                tracing::debug!(error.code = self.code, error.causes = ?causes, "a request was refused");
            }
        }
        let challenge = match self.code {
            _ if self.status != StatusCode::UNAUTHORIZED => None,
            "token_malformed" | "token_expired" | "token_invalid" => {
                Some("Bearer realm=\"auterity\", error=\"invalid_token\"")
            }
            _ => Some("Bearer realm=\"auterity\""),
        };
        let mut response = Problem {
            kind: format!("https://auterity.dev/problems/{}", self.code),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
            errors: self.fields,
            request_id: super::layers::request_id::current(),
        }
        .into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
