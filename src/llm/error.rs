//! Why a model did not answer, with codes that stay.

use std::time::Duration;

/// A failure of a model call.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// The endpoint refused with a status.
    #[error("the model endpoint answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
        /// The first part of what it said; for the log, never for users.
        body: String,
    },
    /// No connection, or it broke.
    #[error("the model endpoint cannot be reached")]
    Connection(#[source] async_openai::error::OpenAIError),
    /// It went silent for too long.
    #[error("the model endpoint went silent")]
    Timeout,
    /// The stream ended without saying why.
    #[error("the answer was cut off")]
    Cut,
    /// A chunk cannot be read.
    #[error("the model endpoint sent something that cannot be read")]
    Malformed,
    /// The endpoint reported an error in the middle of an answer.
    #[error("the model endpoint gave up in the middle of an answer")]
    MidStream {
        /// What it said; for the log.
        body: String,
    },
    /// The request could not be built.
    #[error("the request could not be built")]
    Request(#[source] async_openai::error::OpenAIError),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}

impl LlmError {
    /// Stable code, as clients see it in `RUN_ERROR`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Status { status: 429, .. } => "model_rate_limited",
            Self::Status { status: 401 | 403, .. } => "model_credentials_refused",
            Self::Status { status: 400..=499, .. } | Self::Request(_) => "model_request_refused",
            Self::Status { .. } | Self::Connection(_) | Self::Client(_) => "model_unavailable",
            Self::Timeout => "model_timeout",
            Self::Cut | Self::Malformed | Self::MidStream { .. } => "model_answer_broken",
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(*status, 408 | 409 | 425 | 429 | 500..),
            Self::Connection(_) | Self::Timeout | Self::Cut | Self::Malformed | Self::MidStream { .. } => true,
            Self::Request(_) | Self::Client(_) => false,
        }
    }

    /// How long the endpoint asked us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Connection(_)
            | Self::Timeout
            | Self::Cut
            | Self::Malformed
            | Self::MidStream { .. }
            | Self::Request(_)
            | Self::Client(_) => None,
        }
    }
}
