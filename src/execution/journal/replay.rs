//! The durable context of one turn: what the journal holds is replayed, what is new is recorded.
//!
//! Records that nothing outside depends on yet (moments, fired timers, taken events) are kept back and go out with the
//! next write that has to be waited for: before an effect, after an effect, at the end of the turn.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};

use super::engine::EngineParts;
use crate::events::Topic;
use crate::execution::context::{
    AttemptError, Branch, BranchRunner, Compute, DurableContext, Effect, Envelope, Finished, Listening,
};
use crate::execution::error::{Fault, Halt};
use crate::execution::matching::{self, Place};
use crate::model::{ExecutionId, ExecutionStatus};
use crate::store::executions::{Execution, NEVER};
use crate::store::journal::{Ending, JournalEntry, TurnWrite};
use crate::store::subscriptions::NewSubscription;
use crate::store::{NewEvent, StoredEvent};

/// Longest single attempt at an effect.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(60);
/// How long a branch of a paused workflow rests before it looks again.
const PAUSE_CHECK: TimeDelta = TimeDelta::seconds(15);
/// Times one call may be put off before it fails.
const MAX_DEFERRALS: u64 = 50;
/// Events looked at in one query.
const EVENT_PAGE: i64 = 200;

/// The context of one turn of one execution.
pub struct JournalContext {
    parts: Arc<EngineParts>,
    execution: Execution,
    place: Arc<Place>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    entries: HashMap<String, JournalEntry>,
    next_seq: i64,
    taken: HashSet<i64>,
    pending: Vec<JournalEntry>,
    subscribe: Vec<NewSubscription>,
    unsubscribe: Vec<String>,
    progress: Option<Value>,
    /// Paths of branches that lost their race.
    dropped: Vec<String>,
    /// Earliest moment something waits for.
    wake_at: i64,
    /// Above 0: due timers do not fire yet, because events go first.
    holding: u32,
    /// The database failed or another engine took over: nothing more is written.
    lost: bool,
}

const FENCED: Halt = Halt::Suspend("another engine has the execution");
const BLOCKED: Halt = Halt::Suspend("waiting");

impl JournalContext {
    pub(super) fn new(
        parts: Arc<EngineParts>,
        execution: Execution,
        place: Arc<Place>,
        journal: Vec<JournalEntry>,
    ) -> Self {
        let mut book = Book { wake_at: NEVER, ..Book::default() };
        for entry in journal {
            book.next_seq = book.next_seq.max(entry.seq + 1);
            if entry.kind == "event" {
                book.taken.extend(entry.value.get("seq").and_then(Value::as_i64));
            }
            book.entries.insert(entry.path.clone(), entry);
        }
        Self { parts, execution, place, book: Mutex::new(book) }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self, path: &str) -> Option<(bool, Value)> {
        self.book().entries.get(path).map(|entry| (entry.ok, entry.value.clone()))
    }

    fn record(&self, path: &str, kind: &str, ok: bool, value: Value) {
        let recorded_at = self.parts.clock.now();
        let mut book = self.book();
        let (path, kind, seq) = (path.to_owned(), kind.to_owned(), book.next_seq);
        let entry = JournalEntry { path: path.clone(), seq, kind, ok, value, recorded_at };
        book.next_seq += 1;
        book.pending.push(entry.clone());
        book.entries.insert(path, entry);
    }

    fn block(&self, until_ms: i64) -> Halt {
        let mut book = self.book();
        book.wake_at = book.wake_at.min(until_ms);
        BLOCKED
    }

    /// Whether this path may go on: the execution is not cancelled and its branch has not lost.
    fn alive(&self, path: &str) -> Result<(), Halt> {
        let book = self.book();
        let dropped = book.dropped.iter().any(|branch| is_below(path, branch));
        if self.execution.cancel_requested || dropped { Err(Halt::Cancelled) } else { Ok(()) }
    }

    fn turn_write(&self, ending: Option<Ending>) -> TurnWrite {
        let mut book = self.book();
        TurnWrite {
            execution: self.execution.id.clone(),
            tenant: self.execution.tenant.clone(),
            epoch: self.execution.epoch,
            lease_until: self.parts.lease_until(),
            entries: std::mem::take(&mut book.pending),
            progress: book.progress.take(),
            subscribe: std::mem::take(&mut book.subscribe),
            unsubscribe: std::mem::take(&mut book.unsubscribe),
            ending,
        }
    }

    async fn flush(&self) -> Result<(), Halt> {
        let write = {
            let book = self.book();
            if book.lost {
                return Err(FENCED);
            }
            !(book.pending.is_empty() && book.subscribe.is_empty() && book.unsubscribe.is_empty())
        };
        if !write {
            return Ok(());
        }
        match self.parts.writer.write_turn(self.turn_write(None)).await {
            Ok(true) => Ok(()),
            Ok(false) => {
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
        let now = self.parts.clock.now();
        let wake_at = self.book().wake_at;
        let over = |status, output, error| Ending { status, wake_at: NEVER, output, error, finished_at: Some(now) };
        let ending = match result {
            Ok(output) => over(ExecutionStatus::Completed, Some(output), None),
            Err(Halt::Fault(fault)) => over(ExecutionStatus::Faulted, None, serde_json::to_value(fault).ok()),
            Err(Halt::Cancelled) => over(ExecutionStatus::Cancelled, None, None),
            Err(Halt::Suspend(_)) => {
                Ending { status: ExecutionStatus::Waiting, wake_at, output: None, error: None, finished_at: None }
            }
        };
        let status = ending.status;
        if status.is_over() {
            let mut book = self.book();
            book.subscribe.clear();
            book.unsubscribe = vec!["/".to_owned()];
        }
        match self.parts.writer.write_turn(self.turn_write(Some(ending))).await {
            Ok(true) => Some(status),
            Ok(false) => None,
            Err(error) => {
                tracing::error!(execution.id = %self.execution.id, error = %error, "the end of a turn could not be written");
                None
            }
        }
    }

    /// The pauses an effect took so far: waits out the last, and counts attempts and deferrals.
    async fn pauses(&self, path: &str) -> Result<Pauses, Halt> {
        let mut pauses = Pauses { next: 0, failures: 0 };
        loop {
            let key = format!("{path}#again/{}", pauses.next);
            let Some((_, value)) = self.seen(&key) else { return Ok(pauses) };
            self.sleep_until(&key, read_moment(&value, "until")?).await?;
            pauses.next += 1;
            pauses.failures += u64::from(value["why"] == "failed");
        }
    }

    async fn put_off(
        &self,
        path: &str,
        pauses: &Pauses,
        until: DateTime<Utc>,
        (why, reason): (&str, &str),
        facts: Value,
    ) -> Result<Value, Halt> {
        let key = format!("{path}#again/{}", pauses.next);
        let value = json!({ "until": until, "why": why, "reason": reason, "facts": facts });
        self.record(&key, "again", true, value);
        self.flush().await?;
        Err(self.block(until.timestamp_millis()))
    }

    async fn scan(&self, listening: &Listening) -> Result<Option<(usize, StoredEvent)>, Halt> {
        let mut best: Option<(usize, StoredEvent)> = None;
        for (index, wanted) in listening.wanted.iter().enumerate() {
            let mut after = listening.after_seq;
            'pages: loop {
                let db = &self.parts.db;
                let page = db.list_events_after(&self.execution.tenant, &wanted.event_type, after, EVENT_PAGE).await;
                let page = page.map_err(|error| self.store_failed(&error))?;
                let last_page = page.len() < usize::try_from(EVENT_PAGE).unwrap_or(usize::MAX);
                for event in page {
                    after = event.seq;
                    if best.as_ref().is_some_and(|(_, found)| found.seq <= event.seq) {
                        break 'pages;
                    }
                    let late = listening.deadline.is_some_and(|end| event.received_at.timestamp_millis() > end);
                    let free = !self.book().taken.contains(&event.seq);
                    if free && !late && matching::matches(wanted, &event, &self.place) {
                        best = Some((index, event));
                        break 'pages;
                    }
                }
                if last_page {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn store_failed(&self, error: &crate::store::StoreError) -> Halt {
        tracing::error!(execution.id = %self.execution.id, error = %error, "the store failed during a turn");
        // Nothing is recorded; the execution is looked at again soon.
        self.block(self.parts.clock.now_ms() + 2_000)
    }

    /// Runs branches until each ends or waits; stops the others as soon as one settles the fork.
    async fn run_branches(
        &self,
        path: &str,
        branches: &[Branch],
        compete: bool,
        runner: &dyn BranchRunner,
    ) -> (Vec<Option<Finished>>, Option<Halt>) {
        let mut running: FuturesUnordered<_> =
            branches.iter().map(|branch| async move { (branch.index, runner.run_branch(branch).await) }).collect();
        let mut finished: Vec<Option<Finished>> = branches.iter().map(|_| None).collect();
        let mut halted: Option<Halt> = None;
        let mut settled = false;
        while let Some((index, result)) = running.next().await {
            if settled {
                continue; // an effect under way was allowed to end and is recorded; its branch goes no further
            }
            match result {
                Ok(done) => {
                    finished[index] = Some(done);
                    settled = compete;
                }
                Err(Halt::Fault(fault)) => {
                    halted = Some(Halt::Fault(fault));
                    settled = true;
                }
                Err(halt) => halted = halted.or(Some(halt)),
            }
            if settled {
                let losers = branches.iter().filter(|branch| branch.index != index).map(|branch| branch.path.clone());
                self.book().dropped.extend(losers);
                self.record(&format!("{path}#settled"), "settled", true, json!({ "branch": index }));
            }
        }
        (finished, halted)
    }
}

struct Pauses {
    next: u64,
    failures: u64,
}

fn is_below(path: &str, branch: &str) -> bool {
    path.strip_prefix(branch).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '#', '[']))
}

fn read_moment(value: &Value, field: &str) -> Result<DateTime<Utc>, Halt> {
    let text = value.get(field).and_then(Value::as_str).unwrap_or_default();
    text.parse().map_err(|_| Fault::runtime("The journal cannot be read", format!("{field} is not a moment")).into())
}

/// Pause before attempt `n`: 2, 4, 8 … seconds, five minutes at most.
fn backoff(failures: u64) -> TimeDelta {
    let seconds = 2_i64.saturating_pow(u32::try_from(failures).unwrap_or(u32::MAX));
    TimeDelta::seconds(seconds.min(300))
}

#[async_trait]
impl DurableContext for JournalContext {
    fn execution(&self) -> &ExecutionId {
        &self.execution.id
    }

    fn now(&self) -> DateTime<Utc> {
        self.parts.clock.now()
    }

    async fn remember(&self, path: &str, kind: &'static str, compute: Compute<'_>) -> Result<Value, Halt> {
        if let Some((_, value)) = self.seen(path) {
            return Ok(value);
        }
        self.alive(path)?;
        let value = compute()?;
        self.record(path, kind, true, value.clone());
        Ok(value)
    }

    async fn step(&self, path: &str, effect: &dyn Effect) -> Result<Value, Halt> {
        if let Some((ok, mut value)) = self.seen(path) {
            if ok {
                return Ok(value["output"].take());
            }
            let fault = serde_json::from_value(value["fault"].take());
            return Err(fault.unwrap_or_else(|_| Fault::runtime("The journal cannot be read", path)).into());
        }
        self.alive(path)?;
        let pauses = self.pauses(path).await?;
        match self.parts.db.is_workflow_paused(&self.execution.tenant, &self.execution.workflow).await {
            Ok(false) => {}
            Ok(true) => {
                self.set_status(json!({ "path": path, "doing": "paused" }));
                return Err(self.block((self.now() + PAUSE_CHECK).timestamp_millis()));
            }
            Err(error) => return Err(self.store_failed(&error)),
        }
        self.flush().await?;
        let key = format!("{}#{path}", self.execution.id);
        let attempt = tokio::time::timeout(ATTEMPT_LIMIT, effect.attempt(&key)).await;
        let outcome = attempt.unwrap_or_else(|_| Err(AttemptError::Retryable("no answer within a minute".to_owned())));
        match outcome {
            Ok(output) => {
                self.record(path, "step", true, json!({ "output": output, "facts": effect.facts() }));
                self.flush().await?;
                Ok(output)
            }
            Err(AttemptError::Deferred { until, reason }) if pauses.next < MAX_DEFERRALS => {
                // A moment already past would make a tight loop.
                let until = until.max(self.now() + TimeDelta::seconds(1));
                self.put_off(path, &pauses, until, ("deferred", &reason), effect.facts()).await
            }
            Err(AttemptError::Retryable(reason))
                if pauses.failures + 1 < u64::from(self.parts.config.call_attempts) =>
            {
                let until = self.now() + backoff(pauses.failures + 1);
                self.put_off(path, &pauses, until, ("failed", &reason), effect.facts()).await
            }
            Err(error) => {
                let fault = match error {
                    AttemptError::Terminal(fault) => fault,
                    AttemptError::Retryable(reason) => {
                        Fault::communication(503, "The connector does not answer", reason)
                    }
                    AttemptError::Deferred { reason, .. } => {
                        Fault::communication(409, "The call was put off too often", reason)
                    }
                };
                let value = json!({ "fault": fault, "facts": effect.facts() });
                self.record(path, "step", false, value);
                self.flush().await?;
                Err(fault.into())
            }
        }
    }

    async fn event_mark(&self) -> Result<i64, Halt> {
        self.parts.db.find_last_event_seq().await.map_err(|error| self.store_failed(&error))
    }

    async fn sleep_until(&self, path: &str, until: DateTime<Utc>) -> Result<(), Halt> {
        let fired = format!("{path}#fired");
        if self.seen(&fired).is_some() {
            return Ok(());
        }
        self.alive(path)?;
        let holding = self.book().holding > 0;
        if until <= self.now() && !holding {
            self.record(&fired, "fired", true, Value::Null);
            return Ok(());
        }
        Err(self.block(until.timestamp_millis()))
    }

    fn has_expired(&self, path: &str) -> bool {
        self.seen(&format!("{path}#expired")).is_some()
    }

    async fn expired(&self, path: &str, deadline: DateTime<Utc>) -> Result<bool, Halt> {
        let key = format!("{path}#expired");
        if self.seen(&key).is_some() {
            return Ok(true);
        }
        self.alive(path)?;
        let holding = self.book().holding > 0;
        if deadline <= self.now() && !holding {
            self.record(&key, "expired", true, json!({ "until": deadline }));
            return Ok(true);
        }
        self.block(deadline.timestamp_millis());
        Ok(false)
    }

    async fn event(&self, path: &str, listening: &Listening) -> Result<(usize, Envelope), Halt> {
        if let Some((_, mut value)) = self.seen(path) {
            let index = value["wanted"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
            return Ok((index, value["envelope"].take()));
        }
        self.alive(path)?;
        let marker = format!("{path}#listening");
        if self.seen(&marker).is_none() {
            // Subscribed first, scanned second: an event stored before the scan is seen by it, one stored after it
            // finds the subscription. None falls in between.
            let subscriptions = matching::subscriptions(path, &listening.wanted);
            self.book().subscribe.extend(subscriptions);
            let types: Vec<&str> = listening.wanted.iter().map(|wanted| wanted.event_type.as_str()).collect();
            self.record(&marker, "listening", true, json!({ "for": types, "until": listening.deadline }));
            self.flush().await?;
        }
        let Some((index, event)) = self.scan(listening).await? else { return Err(self.block(NEVER)) };
        self.book().taken.insert(event.seq);
        let envelope = event.event.envelope;
        self.record(path, "event", true, json!({ "wanted": index, "seq": event.seq, "envelope": envelope }));
        self.abandon(path);
        Ok((index, envelope))
    }

    async fn emit(&self, path: &str, event: NewEvent) -> Result<Value, Halt> {
        self.step(path, &Emission { parts: &self.parts, event }).await
    }

    async fn fork(
        &self,
        path: &str,
        branches: &[Branch],
        compete: bool,
        runner: &dyn BranchRunner,
    ) -> Result<Vec<Option<Finished>>, Halt> {
        if let Some((_, value)) = self.seen(&format!("{path}#settled")) {
            let index = value["branch"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
            let mut finished: Vec<Option<Finished>> = branches.iter().map(|_| None).collect();
            if let Some(branch) = branches.get(index) {
                finished[index] = Some(runner.run_branch(branch).await?);
            }
            return Ok(finished);
        }
        // In a race events go before timers that fell due in the same moment: after a pause of the server a reply must
        // stop the next reminder, not the other way round.
        let outer_holds = self.book().holding > 0;
        if compete {
            self.book().holding += 1;
        }
        let mut result = self.run_branches(path, branches, compete, runner).await;
        if compete {
            self.book().holding -= 1;
            if !outer_holds && self.seen(&format!("{path}#settled")).is_none() {
                result = self.run_branches(path, branches, compete, runner).await;
            }
        }
        let (finished, halted) = result;
        if self.seen(&format!("{path}#settled")).is_some() {
            for branch in branches.iter().filter(|branch| finished[branch.index].is_none()) {
                self.abandon(&branch.path);
            }
        }
        match halted {
            Some(Halt::Fault(fault)) => Err(Halt::Fault(fault)),
            _ if compete && finished.iter().any(Option::is_some) => Ok(finished),
            Some(halt) => Err(halt),
            None => Ok(finished),
        }
    }

    fn abandon(&self, path: &str) {
        let mut book = self.book();
        book.unsubscribe.extend([format!("{path}/"), format!("{path}#")]);
    }

    fn set_status(&self, status: Value) {
        self.book().progress = Some(status);
    }
}

/// Stores an event that an `emit` task emits.
struct Emission<'a> {
    parts: &'a EngineParts,
    event: NewEvent,
}

#[async_trait]
impl Effect for Emission<'_> {
    async fn attempt(&self, _idempotency_key: &str) -> Result<Value, AttemptError> {
        let stored = self.parts.db.insert_event(&self.event, self.parts.clock.now()).await;
        stored.map_err(|error| AttemptError::Retryable(error.to_string()))?;
        self.parts.events.publish(&Topic::Engine, "event");
        Ok(self.event.envelope.clone())
    }

    fn facts(&self) -> Value {
        json!({ "emit": self.event.event_type })
    }
}
