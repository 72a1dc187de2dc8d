//! One turn of one execution: its context, and how what it recorded is written.
//!
//! A record is kept back until something has to be sure of it: it goes out before the next effect, when one branch rests
//! while others work, and at the end of the turn. So a call costs one commit, and the last call of a turn costs none
//! of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::book::Book;
use super::parts::EngineParts;
use crate::execution::error::Halt;
use crate::execution::matching::Place;
use crate::model::ExecutionStatus;
use crate::store::StoreError;
use crate::store::executions::{Execution, NEVER};
use crate::store::journal::{Ending, JournalEntry, TurnReply, TurnWrite};
use crate::telemetry::boundary;

pub(super) const BLOCKED: Halt = Halt::Suspend("waiting");
const FENCED: Halt = Halt::Suspend("another engine has the execution");
/// How long an execution rests after the store failed under it, in ms.
const STORE_PAUSE_MS: i64 = 2_000;

/// The context of one turn of one execution.
pub struct JournalContext {
    pub(super) parts: Arc<EngineParts>,
    pub(super) execution: Execution,
    pub(super) place: Arc<Place>,
    book: Mutex<Book>,
}

impl JournalContext {
    pub(super) fn new(
        parts: Arc<EngineParts>,
        execution: Execution,
        place: Arc<Place>,
        journal: Vec<JournalEntry>,
    ) -> Self {
        Self { parts, execution, place, book: Mutex::new(Book::open(journal)) }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self, path: &str) -> Option<(bool, Value)> {
        self.book().seen(path)
    }

    pub(super) fn recorded_at(&self, path: &str) -> Option<DateTime<Utc>> {
        self.book().recorded_at(path)
    }

    pub(super) fn record(&self, path: &str, kind: &str, ok: bool, value: Value) {
        let now = self.parts.clock.now();
        self.book().record(path, kind, (ok, value), now);
    }

    /// Whether this path may go on: the execution is not cancelled and its branch has not lost.
    pub(super) fn alive(&self, path: &str) -> Result<(), Halt> {
        let book = self.book();
        let stopped = self.execution.cancel_requested || book.cancelled || book.is_dropped(path);
        if stopped { Err(Halt::Cancelled) } else { Ok(()) }
    }

    /// The path waits, until then or until something else wakes the execution ([`NEVER`]).
    pub(super) fn block(&self, path: &str, until_ms: i64) -> Halt {
        self.book().set_timer(path, until_ms);
        BLOCKED
    }

    pub(super) fn store_failed(&self, error: &StoreError) -> Halt {
        tracing::error!(execution.id = %self.execution.id, error = %error, "the store failed during a turn");
        // Nothing is recorded; the execution is looked at again soon.
        self.block("", self.parts.clock.now_ms() + STORE_PAUSE_MS)
    }

    fn turn_write(&self, ending: Option<Ending>) -> TurnWrite {
        let unwritten = std::mem::take(&mut self.book().unwritten);
        TurnWrite {
            execution: self.execution.id.clone(),
            tenant: self.execution.tenant.clone(),
            epoch: self.execution.epoch,
            entries: unwritten.entries,
            progress: unwritten.progress,
            subscribe: unwritten.subscribe,
            unsubscribe: unwritten.unsubscribe,
            give_up: unwritten.give_up,
            ending,
        }
    }

    /// Writes what is not written, and learns whether the execution is still this engine's and whether a person, through
    /// whichever process, asked to end it.
    pub(super) async fn flush(&self) -> Result<(), Halt> {
        let must_write = {
            let book = self.book();
            if book.lost {
                return Err(FENCED);
            }
            book.must_write()
        };
        if !must_write {
            return Ok(());
        }
        match self.parts.writer.write_turn(self.turn_write(None)).await {
            Ok(TurnReply::Written { cancel_requested }) => {
                self.book().cancelled |= cancel_requested;
                Ok(())
            }
            Ok(TurnReply::Fenced) => {
                self.book().lost = true;
                Err(FENCED)
            }
            Err(error) => {
                tracing::error!(execution.id = %self.execution.id, error = %error, "a journal could not be written");
                self.book().lost = true;
                Err(Halt::Suspend("the journal could not be written"))
            }
        }
    }

    /// Ends the turn: stores what is kept back together with the new state. Returns the state, or nothing when another
    /// engine has the execution.
    pub(super) async fn finish(&self, result: Result<Value, Halt>) -> Option<ExecutionStatus> {
        if self.book().lost {
            return None;
        }
        let ending = self.ending(result);
        let status = ending.status;
        if status.is_over() {
            self.book().close();
        }
        boundary::reached("turn: before its end is written");
        let written = self.parts.writer.write_turn(self.turn_write(Some(ending))).await;
        boundary::reached("turn: after its end is written");
        match written {
            Ok(TurnReply::Written { .. }) => Some(status),
            Ok(TurnReply::Fenced) => None,
            Err(error) => {
                tracing::error!(execution.id = %self.execution.id, error = %error, "the end of a turn could not be written");
                None
            }
        }
    }

    fn ending(&self, result: Result<Value, Halt>) -> Ending {
        let now = self.parts.clock.now();
        let over = |status, output, error| Ending { status, wake_at: NEVER, output, error, finished_at: Some(now) };
        match result {
            Ok(output) => over(ExecutionStatus::Completed, Some(output), None),
            Err(Halt::Fault(fault)) => over(ExecutionStatus::Faulted, None, serde_json::to_value(fault).ok()),
            Err(Halt::Cancelled) => over(ExecutionStatus::Cancelled, None, None),
            Err(Halt::Suspend(_)) => Ending {
                status: ExecutionStatus::Waiting,
                wake_at: self.book().wake_at(),
                output: None,
                error: None,
                finished_at: None,
            },
        }
    }
}
