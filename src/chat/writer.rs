//! Group commit: what all turns of this process write at the same time goes into one transaction, so that hundreds of
//! streams cost the disk as much as one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::store::turn_parts::TurnWrite;
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Parts in one transaction at most.
const MAX_BATCH: usize = 256;
/// Lanes on PostgreSQL, where transactions go side by side. A run always takes the same lane, so its parts are stored in
/// their order. SQLite has one writer and so one lane.
const LANES: usize = 4;
/// Pieces are handed over at common moments this far apart, so that those of different turns meet in a transaction.
const BEAT: Duration = Duration::from_millis(80);

/// Where all turns are written down. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TurnWriter {
    db: Database,
    tasks: TaskTracker,
    lanes: Arc<[Mutex<Lane>]>,
    origin: Instant,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: Vec<Job>,
    /// Somebody empties it.
    busy: bool,
}

#[derive(Debug)]
struct Job {
    write: TurnWrite,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// Whether a part is stored, once that is known.
pub type Stored = oneshot::Receiver<Result<(), StoreError>>;

impl TurnWriter {
    /// A writer whose work runs on `tasks`.
    #[must_use]
    pub fn new(db: Database, tasks: TaskTracker) -> Self {
        let lanes = match db {
            Database::Sqlite(_) => 1,
            Database::Postgres(_) => LANES,
        };
        Self { db, tasks, lanes: (0..lanes).map(|_| Mutex::default()).collect(), origin: Instant::now() }
    }

    /// The first common moment after `since`; less than 100 ms later.
    #[must_use]
    pub fn beat_after(&self, since: Instant) -> Instant {
        let passed = since.saturating_duration_since(self.origin).as_millis();
        let beats = u32::try_from(passed / BEAT.as_millis()).unwrap_or(u32::MAX - 1);
        self.origin + BEAT * (beats + 1)
    }

    /// Hands a part over. It is stored after those handed over before, whether or not somebody waits for it.
    pub fn write(&self, write: TurnWrite) -> Stored {
        let (done, stored) = oneshot::channel();
        // by the random end of the id; its beginning is the time
        let lane = usize::from(write.key.run.as_str().bytes().next_back().unwrap_or_default()) % self.lanes.len();
        let begin = {
            let mut waiting = self.lane(lane);
            waiting.waiting.push(Job { write, done });
            !std::mem::replace(&mut waiting.busy, true)
        };
        if begin {
            let writer = self.clone();
            self.tasks.spawn(async move { writer.empty(lane).await });
        }
        stored
    }

    fn lane(&self, lane: usize) -> MutexGuard<'_, Lane> {
        self.lanes[lane].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what waits in a lane until nothing does.
    async fn empty(&self, lane: usize) {
        loop {
            let jobs: Vec<Job> = {
                let mut lane = self.lane(lane);
                let count = lane.waiting.len().min(MAX_BATCH);
                lane.busy = count > 0;
                lane.waiting.drain(..count).collect()
            };
            if jobs.is_empty() {
                return;
            }
            self.store(jobs).await;
        }
    }

    async fn store(&self, jobs: Vec<Job>) {
        let (writes, answers): (Vec<TurnWrite>, Vec<_>) = jobs.into_iter().map(|job| (job.write, job.done)).unzip();
        boundary::reached("turn: before a part is stored");
        let stored = self.db.insert_turn_parts(&writes).await;
        boundary::reached("turn: after a part is stored");
        match stored {
            Ok(()) => answers.into_iter().for_each(|answer| drop(answer.send(Ok(())))),
            Err(error) if writes.len() == 1 => {
                if let Some(answer) = answers.into_iter().next() {
                    drop(answer.send(Err(error)));
                }
            }
            // a store that is away is not asked once for each
            Err(StoreError::Unavailable(_)) => {
                for answer in answers {
                    drop(answer.send(Err(StoreError::away())));
                }
            }
            // one run that was taken over must not take its neighbours with it
            Err(
                StoreError::NotUnique(_)
                | StoreError::Inconsistent { .. }
                | StoreError::Stale
                | StoreError::Json(_)
                | StoreError::Migration(_)
                | StoreError::Sql(_),
            ) => {
                for (write, answer) in writes.iter().zip(answers) {
                    drop(answer.send(self.db.insert_turn_parts(std::slice::from_ref(write)).await));
                }
            }
        }
    }
}
