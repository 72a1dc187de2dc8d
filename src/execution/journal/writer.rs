//! Group commit: what all executions of an engine write goes through a few lanes, each putting as many writes as wait
//! into one transaction.
//!
//! An answer is given only after the commit, so what was acknowledged is on disk; under load one `fsync` serves many.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::execution::error::ExecutionError;
use crate::model::ExecutionId;
use crate::store::executions::{Claim, Execution, NewExecution};
use crate::store::journal::{EngineReply, EngineWrite, TurnReply, TurnWrite};
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Writes in one transaction at most.
const MAX_BATCH: usize = 256;
/// Writes that may wait before writers are held up.
const QUEUE: usize = 1024;
/// Lanes on PostgreSQL, where a statement is a round trip and transactions go side by side. An execution always takes
/// the same lane, so no two lanes wait for one row. SQLite has one writer and so one lane.
const LANES: usize = 4;

enum Job {
    Write(EngineWrite, oneshot::Sender<Result<EngineReply, StoreError>>),
    Close,
}

/// The way to the writing tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Writer {
    lanes: Arc<[mpsc::Sender<Job>]>,
}

impl Writer {
    /// Starts the writing tasks on `tasks`; they end with [`Writer::close`] or with the last handle.
    #[must_use]
    pub fn start(db: &Database, tasks: &TaskTracker) -> Self {
        let lanes = match db {
            Database::Sqlite(_) => 1,
            Database::Postgres(_) => LANES,
        };
        let start = |_| {
            let (jobs, queue) = mpsc::channel(QUEUE);
            tasks.spawn(write_all(db.clone(), queue));
            jobs
        };
        Self { lanes: (0..lanes).map(start).collect() }
    }

    /// Stores a new execution; false when its trigger had started one already.
    ///
    /// # Errors
    /// When the store fails or the writer is gone.
    pub async fn start_execution(&self, new: NewExecution) -> Result<bool, ExecutionError> {
        boundary::reached("execution: before it is created");
        let lane = self.lane(&new.id);
        let reply = self.write(lane, EngineWrite::Start(Box::new(new))).await?;
        boundary::reached("execution: after it is created");
        Ok(matches!(reply, EngineReply::Started(true)))
    }

    /// Writes part of a turn.
    ///
    /// # Errors
    /// When the store fails or the writer is gone.
    pub async fn write_turn(&self, turn: TurnWrite) -> Result<TurnReply, ExecutionError> {
        let lane = self.lane(&turn.execution);
        let reply = self.write(lane, EngineWrite::Turn(Box::new(turn))).await?;
        match reply {
            EngineReply::Turn(reply) => Ok(reply),
            EngineReply::Started(_) | EngineReply::Claimed(_) => Ok(TurnReply::Fenced),
        }
    }

    /// Claims executions.
    ///
    /// # Errors
    /// When the store fails or the writer is gone.
    pub async fn claim(&self, claim: Claim) -> Result<Vec<Execution>, ExecutionError> {
        match self.write(0, EngineWrite::Claim(claim)).await? {
            EngineReply::Claimed(executions) => Ok(executions),
            EngineReply::Started(_) | EngineReply::Turn(_) => Ok(Vec::new()),
        }
    }

    /// Ends the tasks once what waits is written.
    pub async fn close(&self) {
        for lane in self.lanes.iter() {
            drop(lane.send(Job::Close).await);
        }
    }

    /// By the random end of the id; its beginning is the time.
    fn lane(&self, execution: &ExecutionId) -> usize {
        let last = execution.as_str().bytes().next_back().map_or(0, usize::from);
        last % self.lanes.len()
    }

    async fn write(&self, lane: usize, write: EngineWrite) -> Result<EngineReply, ExecutionError> {
        let lane = self.lanes.get(lane).ok_or(ExecutionError::Stopping)?;
        let (reply, answer) = oneshot::channel();
        lane.send(Job::Write(write, reply)).await.map_err(|_| ExecutionError::Stopping)?;
        Ok(answer.await.map_err(|_| ExecutionError::Stopping)??)
    }
}

async fn write_all(db: Database, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut jobs, MAX_BATCH).await > 0 {
        let mut closing = false;
        let (mut writes, mut answers) = (Vec::new(), Vec::new());
        for job in jobs.drain(..) {
            match job {
                Job::Write(write, answer) => {
                    writes.push(write);
                    answers.push(answer);
                }
                Job::Close => closing = true,
            }
        }
        write_batch(&db, &writes, answers).await;
        if closing {
            return;
        }
    }
}

async fn write_batch(
    db: &Database,
    writes: &[EngineWrite],
    answers: Vec<oneshot::Sender<Result<EngineReply, StoreError>>>,
) {
    if writes.is_empty() {
        return;
    }
    boundary::reached("group commit: before");
    let written = db.apply_engine_writes(writes).await;
    boundary::reached("group commit: after");
    match written {
        Ok(replies) => {
            for (answer, reply) in answers.into_iter().zip(replies) {
                drop(answer.send(Ok(reply)));
            }
        }
        Err(error) if writes.len() == 1 => {
            tracing::error!(error = %error, "the engine could not write");
            if let Some(answer) = answers.into_iter().next() {
                drop(answer.send(Err(error)));
            }
        }
        Err(error) => {
            // One write that the database refuses must not take its neighbours with it.
            tracing::warn!(error = %error, batch = writes.len(), "a batch of the engine failed; writing one by one");
            for (write, answer) in writes.iter().zip(answers) {
                let single = db.apply_engine_writes(std::slice::from_ref(write)).await;
                let reply = single.and_then(|mut replies| replies.pop().ok_or(StoreError::Stale));
                drop(answer.send(reply));
            }
        }
    }
}
