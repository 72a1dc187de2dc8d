//! Why a model did not answer, with codes that stay.

use std::fmt;
use std::time::Duration;

/// A failure of a model call. None of them holds a key: what a provider said is kept without it.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// The provider refused with a status.
    #[error("the model provider answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
        /// The first part of what it said; for the log, never for users.
        body: String,
    },
    /// The request cannot be written as JSON.
    #[error("the request to the model provider cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// No connection, or it broke before an answer began.
    #[error("the model provider cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It went silent for too long.
    #[error("the model provider went silent while {0}")]
    Timeout(Waiting),
    /// What came back is not a stream of an answer: a page, a document, something compressed.
    #[error("the model provider answered with {0} instead of a stream")]
    NotAStream(String),
    /// The connection broke in the middle of an answer.
    #[error("the connection broke in the middle of an answer")]
    Broken(#[source] reqwest::Error),
    /// The stream ended without saying why.
    #[error("the answer was cut off")]
    Cut,
    /// A chunk cannot be read.
    #[error("the model provider sent something that cannot be read")]
    Malformed,
    /// A line or the whole answer is longer than any sane one.
    #[error("the model provider sent more than can be an answer")]
    TooLong,
    /// The provider reported an error in place of an answer, or in the middle of one.
    #[error("the model provider gave up on an answer")]
    Reported {
        /// It says that too much was asked of it.
        limited: bool,
        /// What it said; for the log.
        body: String,
    },
    /// Not asked: it failed too often, or asked for a long pause.
    #[error("the model provider is left alone for another {} s", left.as_secs())]
    Resting {
        /// Until it is asked again.
        left: Duration,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
    /// A setting cannot be sent in a header.
    #[error("the setting {0} cannot be sent in a header")]
    Header(String),
    /// Nobody answered; why, by name and in the order they were asked.
    #[error("no model provider answered: {}", list(.0))]
    AllFailed(Vec<Failure>),
}

/// One provider that was asked and did not answer.
#[derive(Debug)]
pub struct Failure {
    /// The provider, as the settings name it.
    pub provider: String,
    /// How often it was asked.
    pub attempts: u32,
    /// The last thing that went wrong.
    pub error: LlmError,
}

/// What was waited for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The first piece of the answer.
    ForTheFirstPiece,
    /// The next piece.
    ForTheNextPiece,
    /// The end; pieces were still coming.
    ForTheEnd,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ForTheFirstPiece => "we waited for the first piece",
            Self::ForTheNextPiece => "we waited for the next piece",
            Self::ForTheEnd => "we waited for the end",
        })
    }
}

fn list(failures: &[Failure]) -> String {
    let one = |failure: &Failure| format!("{} ({}×): {}", failure.provider, failure.attempts, failure.error);
    failures.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl LlmError {
    /// Stable code, as clients see it in `RUN_ERROR`. Of several providers, the last one's that was really asked.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status { status: 429, .. } | Self::Reported { limited: true, .. } => "model_rate_limited",
            Self::Status { status: 401 | 403, .. } => "model_credentials_refused",
            Self::Status { status: 400..=499, .. } | Self::Unwritable(_) => "model_request_refused",
            Self::Status { .. } | Self::Unreachable(_) | Self::Client(_) | Self::Header(_) | Self::Resting { .. } => {
                "model_unavailable"
            }
            Self::Timeout(_) => "model_timeout",
            Self::Cut
            | Self::Broken(_)
            | Self::Malformed
            | Self::TooLong
            | Self::NotAStream(_)
            | Self::Reported { limited: false, .. } => "model_answer_broken",
            Self::AllFailed(failures) => {
                let asked = failures.iter().rev().find(|failure| failure.attempts > 0);
                asked.or(failures.last()).map_or("model_unavailable", |failure| failure.error.code())
            }
        }
    }

    /// What the provider said about it; for the log.
    #[must_use]
    pub fn said(&self) -> &str {
        match self {
            Self::Status { body, .. } | Self::Reported { body, .. } => body,
            Self::Unwritable(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::NotAStream(_)
            | Self::Broken(_)
            | Self::Cut
            | Self::Malformed
            | Self::TooLong
            | Self::Resting { .. }
            | Self::Client(_)
            | Self::Header(_)
            | Self::AllFailed(_) => "",
        }
    }

    /// Whether the same request may succeed with the same provider in a moment. A silence is not waited for twice.
    #[must_use]
    pub fn passing(&self) -> bool {
        match self {
            // spent credit does not come back in a moment
            Self::Status { status: 429, body, .. } => !body.contains("insufficient_quota"),
            Self::Status { status, .. } => matches!(*status, 408 | 409 | 425 | 500..),
            Self::Unreachable(_) | Self::Broken(_) | Self::Cut | Self::Malformed | Self::Reported { .. } => true,
            Self::Unwritable(_)
            | Self::Timeout(_)
            | Self::NotAStream(_)
            | Self::TooLong
            | Self::Resting { .. }
            | Self::Client(_)
            | Self::Header(_)
            | Self::AllFailed(_) => false,
        }
    }

    /// Whether it says something about the provider's health, and not about this one request.
    #[must_use]
    pub const fn blames_provider(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(*status, 408 | 429 | 500..),
            Self::Unwritable(_) | Self::Resting { .. } | Self::Client(_) | Self::Header(_) | Self::AllFailed(_) => {
                false
            }
            Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::NotAStream(_)
            | Self::Broken(_)
            | Self::Cut
            | Self::Malformed
            | Self::TooLong
            | Self::Reported { .. } => true,
        }
    }

    /// How long the provider asked us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Unwritable(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::NotAStream(_)
            | Self::Broken(_)
            | Self::Cut
            | Self::Malformed
            | Self::TooLong
            | Self::Reported { .. }
            | Self::Resting { .. }
            | Self::Client(_)
            | Self::Header(_)
            | Self::AllFailed(_) => None,
        }
    }
}
