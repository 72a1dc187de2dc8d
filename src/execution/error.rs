//! What can stop an execution, and what can go wrong around it.

use serde::{Deserialize, Serialize};

use super::connectors::CallError;
use crate::store::StoreError;

/// Prefix of the standard error types of the DSL.
const ERRORS: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/";

/// An error of the DSL: what `raise` raises, a failed call becomes, and `try` may catch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A URI that names the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// As HTTP would say it.
    pub status: u16,
    /// Short, for people.
    pub title: String,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Pointer of the task it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// A `raise` of the definition itself: the author's word, which ends a loop; what merely goes wrong ends one item.
    #[serde(skip)]
    pub raised: bool,
}

impl Fault {
    fn standard(kind: &str, status: u16, title: &str, detail: String) -> Self {
        let (kind, title) = (format!("{ERRORS}{kind}"), title.to_owned());
        Self { kind, status, title, detail: Some(detail), instance: None, raised: false }
    }

    /// A limit of time ran out.
    #[must_use]
    pub fn timeout(detail: impl Into<String>) -> Self {
        Self::standard("timeout", 408, "Timeout", detail.into())
    }

    /// Whether a limit of time ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind.strip_prefix(ERRORS) == Some("timeout")
    }

    /// A connector failed, with the status it gave.
    #[must_use]
    pub fn communication(status: u16, title: &str, detail: impl Into<String>) -> Self {
        Self::standard("communication", status, title, detail.into())
    }

    /// An expression could not be evaluated.
    #[must_use]
    pub fn expression(detail: impl Into<String>) -> Self {
        Self::standard("expression", 400, "An expression cannot be evaluated", detail.into())
    }

    /// The definition asks for something impossible or not supported here.
    #[must_use]
    pub fn configuration(title: &str, detail: impl Into<String>) -> Self {
        Self::standard("configuration", 400, title, detail.into())
    }

    /// A value has not the shape it needs.
    #[must_use]
    pub fn validation(detail: impl Into<String>) -> Self {
        Self::standard("validation", 400, "A value is not valid", detail.into())
    }

    /// Something went wrong while running.
    #[must_use]
    pub fn runtime(title: &str, detail: impl Into<String>) -> Self {
        Self::standard("runtime", 500, title, detail.into())
    }

    /// Says where it happened, unless that is known.
    #[must_use]
    pub fn at(mut self, pointer: &str) -> Self {
        self.instance.get_or_insert_with(|| pointer.to_owned());
        self
    }
}

/// Why the interpreter stops before the end.
#[derive(Debug, Clone, PartialEq)]
pub enum Halt {
    /// An error; the only one that `try` may catch.
    Fault(Box<Fault>),
    /// A person ended the execution, or the branch lost its race: unwind, catch nothing.
    Cancelled,
    /// It waits, or its engine lost it: unwind and record nothing. The text says why, for the log.
    Suspend(&'static str),
}

impl Halt {
    /// Says of a fault where it happened, unless that is known.
    #[must_use]
    pub fn at(self, pointer: &str) -> Self {
        match self {
            Self::Fault(fault) => Self::Fault(Box::new(fault.at(pointer))),
            Self::Cancelled | Self::Suspend(_) => self,
        }
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// Why an execution service cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came in could not be written to the records.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is none in this tenant.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It is over already.
    #[error("the execution is over")]
    Over,
    /// The input is not valid; pointers name the places.
    #[error("the input is not valid")]
    Invalid(Vec<InvalidField>),
    /// Something with the same name was stored, and it says something else.
    #[error("an event with this source and id is stored, and says something else")]
    Conflict,
    /// Events or a schedule start this workflow, not people.
    #[error("the workflow is not started by hand")]
    NotManual,
    /// Only the demonstration mode may do this.
    #[error("only in demonstration mode")]
    DemoOnly,
    /// The clock is the sample dealership's to move.
    #[error("only the sample dealership moves the clock")]
    ClockOfAnother,
    /// Nothing is due by itself.
    #[error("nothing is due")]
    NothingDue,
    /// The engine's writer is gone: the server is stopping.
    #[error("the engine is stopping")]
    Stopping,
    /// The definition does not fit what was approved.
    #[error("the definition is not the one that was approved")]
    DigestMismatch,
}

/// One place of an input that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// RFC 6901 pointer.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl InvalidField {
    /// A field at fault.
    #[must_use]
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}
