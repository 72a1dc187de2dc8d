//! Stores what a turn did before it is published: frames together with the messages they tell of and with what the
//! model took for them. Only pieces of text and arguments are published first; they are stored, together, within 100 ms,
//! each as the frame it was, so that a replay is the same sequence.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use crate::events::{Events, Topic};
use crate::model::Clock;
use crate::model::conversation::Message;
use crate::model::run::{Frame, RunUsage};
use crate::store::runs::RunEnd;
use crate::store::spending::Charge;
use crate::store::turn_parts::{TurnKey, TurnPart};
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Longest time a published piece may be missing in the store.
pub const COALESCE: Duration = Duration::from_millis(100);
/// Pieces after which they are stored at once.
const MOST_PENDING: usize = 200;
/// A crash loses fewer numbers than this; frames written in its name afterwards begin beyond them.
pub const NUMBERS_LOST_AT_MOST: i64 = 1000;

/// Writes down one run.
#[derive(Debug)]
pub struct Recorder {
    db: Database,
    events: Events,
    clock: Arc<dyn Clock>,
    key: TurnKey,
    next: i64,
    /// Not stored yet; the first `published` of its frames are published.
    pending: TurnPart,
    published: usize,
    since: Option<Instant>,
    usage: RunUsage,
}

impl Recorder {
    /// A recorder whose first frame has the number `next`.
    #[must_use]
    pub fn new(db: Database, events: Events, clock: Arc<dyn Clock>, key: TurnKey, next: i64) -> Self {
        let pending = TurnPart::default();
        Self { db, events, clock, key, next, pending, published: 0, since: None, usage: RunUsage::default() }
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
            self.pending.frames.push(frame);
            self.published += 1;
            self.since.get_or_insert_with(Instant::now);
            if self.pending.frames.len() >= MOST_PENDING || self.due().is_some_and(|due| due <= Instant::now()) {
                self.commit().await?;
            }
        } else {
            self.pending.frames.push(frame);
        }
        Ok(())
    }

    /// Writes down a message; stored by the next [`Recorder::commit`], with the frames that tell of it.
    pub fn keep(&mut self, message: Message) {
        self.pending.messages.push(message);
    }

    /// Writes down what a model call took, and what the turn took so far.
    pub fn charge(&mut self, charge: Charge, usage: &RunUsage) {
        self.pending.charges.push(charge);
        self.usage.clone_from(usage);
    }

    /// Whether something waits to be stored before anything else may happen.
    #[must_use]
    pub const fn has_staged(&self) -> bool {
        let TurnPart { frames, messages, charges } = &self.pending;
        self.published < frames.len() || !messages.is_empty() || !charges.is_empty()
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
            boundary::reached("turn: before a part is stored");
            self.db.insert_turn_part(&self.key, &self.pending, &self.usage, self.clock.now()).await?;
            boundary::reached("turn: after a part is stored");
        }
        self.publish_stored();
        Ok(())
    }

    /// Ends the run together with its last part; false when somebody else ended it.
    ///
    /// # Errors
    /// See [`Recorder::send`].
    pub async fn finish(&mut self, end: &RunEnd) -> Result<bool, StoreError> {
        boundary::reached("run: before it is finished");
        let ended = self.db.finish_run(&self.key, end, &self.pending).await?;
        boundary::reached("run: after it is finished");
        if ended {
            self.publish_stored();
        }
        Ok(ended)
    }

    fn publish_stored(&mut self) {
        for frame in self.pending.frames.iter().skip(self.published) {
            self.publish(frame);
        }
        self.pending = TurnPart::default();
        self.published = 0;
        self.since = None;
    }

    fn publish(&self, frame: &Frame) {
        self.events.publish(&Topic::Run(self.key.run.clone()), format!("{}\n{}", frame.seq, frame.body));
    }
}
