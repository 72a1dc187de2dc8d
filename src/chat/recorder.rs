//! Stores frames before they are published. Only pieces of text and arguments are published first; they are stored,
//! together, within 100 ms, each as the frame it was, so that a replay is the same sequence.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use crate::events::{Events, Topic};
use crate::model::run::Frame;
use crate::model::{Clock, RunId, TenantId};
use crate::store::runs::RunEnd;
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Longest time a published piece may be missing in the store.
pub const COALESCE: Duration = Duration::from_millis(100);
/// Pieces after which they are stored at once.
const MOST_PENDING: usize = 200;
/// A crash loses fewer numbers than this; frames written in its name afterwards begin beyond them.
pub const NUMBERS_LOST_AT_MOST: i64 = 1000;

/// Writes the frames of one run.
#[derive(Debug)]
pub struct Recorder {
    db: Database,
    events: Events,
    clock: Arc<dyn Clock>,
    tenant: TenantId,
    run: RunId,
    next: i64,
    /// Not stored yet; the first `published` of them are published.
    pending: Vec<Frame>,
    published: usize,
    since: Option<Instant>,
}

impl Recorder {
    /// A recorder whose first frame has the number `next`.
    #[must_use]
    pub fn new(
        db: Database,
        events: Events,
        clock: Arc<dyn Clock>,
        (tenant, run): (TenantId, RunId),
        next: i64,
    ) -> Self {
        Self { db, events, clock, tenant, run, next, pending: Vec::new(), published: 0, since: None }
    }

    /// Numbers an event and writes it down; published by the next [`Recorder::commit`], or at once for a piece.
    ///
    /// # Errors
    /// As any statement; [`StoreError::NotUnique`] when the run was taken over.
    pub async fn send(&mut self, event: &Event) -> Result<(), StoreError> {
        let frame = Frame { seq: self.next, body: serde_json::to_string(event)? };
        self.next += 1;
        if event.is_delta() {
            if self.has_staged() {
                self.commit().await?;
            }
            self.publish(&frame);
            self.pending.push(frame);
            self.published += 1;
            self.since.get_or_insert_with(Instant::now);
            if self.pending.len() >= MOST_PENDING || self.due().is_some_and(|due| due <= Instant::now()) {
                self.commit().await?;
            }
        } else {
            self.pending.push(frame);
        }
        Ok(())
    }

    /// Whether something waits to be published.
    #[must_use]
    pub const fn has_staged(&self) -> bool {
        self.published < self.pending.len()
    }

    /// When published pieces must be stored at the latest.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + COALESCE)
    }

    /// Stores what is pending, then publishes what was not.
    ///
    /// # Errors
    /// See [`Recorder::send`].
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        if !self.pending.is_empty() {
            boundary::reached("frames: before they are stored");
            self.db.insert_frames(&self.tenant, &self.run, &self.pending, self.clock.now()).await?;
            boundary::reached("frames: after they are stored");
        }
        self.publish_stored();
        Ok(())
    }

    /// Ends the run together with its last frames; false when somebody else ended it.
    ///
    /// # Errors
    /// See [`Recorder::send`].
    pub async fn finish(&mut self, end: &RunEnd) -> Result<bool, StoreError> {
        boundary::reached("run: before it is finished");
        let ended = self.db.finish_run(&self.tenant, &self.run, end, &self.pending).await?;
        boundary::reached("run: after it is finished");
        if ended {
            self.publish_stored();
        }
        Ok(ended)
    }

    fn publish_stored(&mut self) {
        for frame in self.pending.iter().skip(self.published) {
            self.publish(frame);
        }
        self.pending.clear();
        self.published = 0;
        self.since = None;
    }

    fn publish(&self, frame: &Frame) {
        self.events.publish(&Topic::Run(self.run.clone()), format!("{}\n{}", frame.seq, frame.body));
    }
}
