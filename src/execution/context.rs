//! The durable context: what the interpreter may do, in terms a journal, Restate or a rehearsal can provide.
//!
//! Every operation carries its path (pointer of the task plus loop iterations). What an operation gave once it gives
//! for ever: the interpreter runs again from the top after every wait, and finds its way by what is recorded.
//! Concurrency is data ([`Branch`]), never futures polled by the interpreter, because not every backend could replay
//! those.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{Fault, Halt};
use crate::model::ExecutionId;
use crate::store::NewEvent;

/// What moves along a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Input of the next task: output of the last.
    pub input: Value,
    /// `$context`.
    pub context: Value,
    /// Loop variables and caught errors by name.
    pub locals: Map<String, Value>,
    /// Place in the event log after which a `listen` of this branch begins.
    pub listen_after: i64,
    /// Nearest time limit around the branch, in ms of engine time.
    pub deadline: Option<i64>,
    /// Whether the customer was reached, for the next `listen`.
    #[serde(default)]
    pub outreach: Outreach,
}

/// What became of the messages to the customer since the last answer was waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outreach {
    /// None was tried.
    #[default]
    None,
    /// One went out: silence is an answer not given.
    Sent,
    /// None went out: nobody can fail to answer.
    Blocked {
        /// To whom.
        customer: String,
        /// The gate's code.
        reason: String,
    },
}

/// Where a list of tasks leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// To what stands next.
    Continue,
    /// Out of the list.
    Exit,
    /// To the end of the workflow.
    End,
    /// To a task of the same list.
    To(String),
}

/// A branch of a fork, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// Journal path of its task.
    pub path: String,
    /// Its place among the branches.
    pub index: usize,
    /// What it begins with.
    pub state: State,
}

/// A branch that came to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// What it ended with; `input` is its output.
    pub state: State,
    /// Where it leads.
    pub flow: Flow,
}

/// Runs one branch; the interpreter is one.
#[async_trait]
pub trait BranchRunner: Send + Sync {
    /// Runs it to its end or until it waits.
    async fn run_branch(&self, branch: &Branch) -> Result<Finished, Halt>;
}

/// Why an attempt at an effect gave no result.
#[derive(Debug, Clone, PartialEq)]
pub enum AttemptError {
    /// For a passing reason; try again after a pause.
    Retryable(String),
    /// Not now: hold the branch and try again at this moment.
    Deferred {
        /// When.
        until: DateTime<Utc>,
        /// Why, as a stable code.
        reason: String,
    },
    /// For good.
    Terminal(Fault),
}

/// A side effect. It may be tried more than once with the same key; it must take effect once.
#[async_trait]
pub trait Effect: Send + Sync {
    /// Tries it.
    async fn attempt(&self, idempotency_key: &str) -> Result<Value, AttemptError>;
    /// The time limit around it: it does not begin after that, and it is not waited for any longer.
    fn deadline(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// Facts worth keeping beside the outcome (action, input), for the story.
    fn facts(&self) -> Value;
    /// Whether it changes anything: only such effects hold while the workflow is paused.
    fn acts(&self) -> bool {
        true
    }
    /// Whether a customer gets something by it: when a pause made it late, a person is asked first.
    fn reaches_customer(&self) -> bool {
        false
    }
    /// What it comes to when a person decided that it must not happen. Only asked of what reaches a customer.
    async fn withhold(&self, idempotency_key: &str) -> Result<Value, AttemptError> {
        self.attempt(idempotency_key).await
    }
}

/// An event that a `listen` wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its type.
    pub event_type: String,
    /// Condition on its data, an expression.
    pub condition: Option<String>,
    /// Expressions over the envelope, and what each must give.
    pub correlate: Vec<(String, Value)>,
}

/// A wait for one of several events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listening {
    /// Any of these.
    pub wanted: Vec<Wanted>,
    /// Only events after this place in the log.
    pub after_seq: i64,
    /// Only events stored until this moment, in ms of engine time.
    pub deadline: Option<i64>,
}

/// What happened to an event: its envelope, as stored.
pub type Envelope = Value;

/// Computes a value that is then recorded.
pub type Compute<'a> = &'a (dyn Fn() -> Result<Value, Fault> + Send + Sync);

/// The operations of a durable execution.
#[async_trait]
pub trait DurableContext: Send + Sync {
    /// Which execution.
    fn execution(&self) -> &ExecutionId;

    /// Engine time. Only for use inside [`Compute`] and effects: what depends on it must be recorded.
    fn now(&self) -> DateTime<Utc>;

    /// Computes a value once; from then on the recorded one is given. `kind` is for the story.
    async fn remember(&self, path: &str, kind: &'static str, compute: Compute<'_>) -> Result<Value, Halt>;

    /// Carries out a side effect and records what came of it, or what error.
    async fn step(&self, path: &str, effect: &dyn Effect) -> Result<Value, Halt>;

    /// Place of the newest event in the log at this moment; not recorded.
    async fn event_mark(&self) -> Result<i64, Halt>;

    /// Returns once engine time has reached `until`.
    async fn sleep_until(&self, path: &str, until: DateTime<Utc>) -> Result<(), Halt>;

    /// Whether a time limit is recorded as run out.
    fn has_expired(&self, path: &str) -> bool;

    /// Whether a time limit has run out, asked when what it limits is waiting; if not, it wakes the execution then.
    async fn expired(&self, path: &str, deadline: DateTime<Utc>) -> Result<bool, Halt>;

    /// Waits for an event and takes it: which of the wanted, and its envelope.
    async fn event(&self, path: &str, listening: &Listening) -> Result<(usize, Envelope), Halt>;

    /// Stores an event of our own, once.
    async fn emit(&self, path: &str, event: NewEvent) -> Result<Value, Halt>;

    /// Runs branches side by side. Without `compete` all come to their end and stand in order. With `compete` the first
    /// to finish ends the others, and only it is `Some`. An error that a branch does not catch ends all.
    async fn fork(
        &self,
        path: &str,
        branches: &[Branch],
        compete: bool,
        runner: &dyn BranchRunner,
    ) -> Result<Vec<Option<Finished>>, Halt>;

    /// Gives up on what a path and all below it wait for.
    fn abandon(&self, path: &str);

    /// Says what it does now, for people.
    fn set_status(&self, status: Value);

    /// An id derived from the path: the same on every replay.
    fn uuid(&self, path: &str) -> uuid::Uuid {
        let name = format!("{}#{path}", self.execution());
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes())
    }
}
