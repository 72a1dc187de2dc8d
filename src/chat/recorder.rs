//! Stores what a turn did before it is published: frames together with the messages they tell of and with what the
//! model took for them. Only the beginning and pieces of text, and pieces of arguments, are published first; they are stored,
//! together, within 100 ms, each as the frame it was, so that a replay is the same sequence.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::Instant;

use super::event::Event;
use super::writer::{Stored, TurnWriter};
use crate::events::{Events, Topic};
use crate::model::Clock;
use crate::model::conversation::Message;
use crate::model::run::{Frame, RunUsage};
use crate::store::runs::RunEnd;
use crate::store::spending::Charge;
use crate::store::turn_parts::{TurnKey, TurnPart, TurnWrite};
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Pieces after which they are stored at once.
const MOST_PENDING: usize = 200;
/// Parts on their way into the store after which the turn waits for it.
const MOST_UNDER_WAY: usize = 8;
/// A crash loses fewer numbers than this; frames written in its name afterwards begin beyond them.
pub const NUMBERS_LOST_AT_MOST: i64 = 2000;

/// Where what a turn did goes.
#[derive(Debug, Clone)]
pub struct Outlets {
    /// Rows.
    pub db: Database,
    /// Rows of a turn, together with those of other turns.
    pub writer: TurnWriter,
    /// Live notices.
    pub events: Events,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Writes down one run.
#[derive(Debug)]
pub struct Recorder {
    outlets: Outlets,
    key: TurnKey,
    topic: Topic,
    next: i64,
    /// Not handed to the writer yet; the first `published` of its frames are published.
    pending: TurnPart,
    published: usize,
    due: Option<Instant>,
    /// Handed to the writer and not known to be stored.
    under_way: VecDeque<Stored>,
    usage: RunUsage,
}

impl Recorder {
    /// A recorder whose first frame has the number `next`.
    #[must_use]
    pub fn new(outlets: Outlets, key: TurnKey, next: i64) -> Self {
        Self {
            outlets,
            topic: Topic::Run(key.run.clone()),
            key,
            next,
            pending: TurnPart::default(),
            published: 0,
            due: None,
            under_way: VecDeque::new(),
            usage: RunUsage::default(),
        }
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
            if self.due.is_none() {
                self.due = Some(self.outlets.writer.beat_after(Instant::now()));
            }
            if self.pending.frames.len() >= MOST_PENDING || self.due.is_some_and(|due| due <= Instant::now()) {
                self.hand_over().await?;
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

    /// When published pieces must be handed to the writer at the latest.
    #[must_use]
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Hands published pieces to the writer, without waiting for it unless it has fallen far behind.
    ///
    /// # Errors
    /// See [`Recorder::send`]; also of parts handed over before.
    pub async fn hand_over(&mut self) -> Result<(), StoreError> {
        if self.has_staged() {
            return self.commit().await;
        }
        self.write();
        self.settle(MOST_UNDER_WAY).await
    }

    /// Stores what is pending, then publishes what was not.
    ///
    /// # Errors
    /// See [`Recorder::send`].
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        let staged = self.pending.frames.get(self.published..).unwrap_or_default().to_vec();
        self.write();
        self.settle(0).await?;
        staged.iter().for_each(|frame| self.publish(frame));
        Ok(())
    }

    /// Ends the run together with its last part; false when somebody else ended it.
    ///
    /// # Errors
    /// See [`Recorder::send`].
    pub async fn finish(&mut self, end: &RunEnd) -> Result<bool, StoreError> {
        self.settle(0).await?;
        boundary::reached("run: before it is finished");
        let ended = self.outlets.db.finish_run(&self.key, end, &self.pending).await?;
        boundary::reached("run: after it is finished");
        if ended {
            self.pending.frames.iter().skip(self.published).for_each(|frame| self.publish(frame));
        }
        self.take_pending();
        Ok(ended)
    }

    fn take_pending(&mut self) -> TurnPart {
        (self.published, self.due) = (0, None);
        std::mem::take(&mut self.pending)
    }

    /// Gives what is pending to the writer.
    fn write(&mut self) {
        let part = self.take_pending();
        if !part.is_empty() {
            let (key, usage, at) = (self.key.clone(), self.usage.clone(), self.outlets.clock.now());
            self.under_way.push_back(self.outlets.writer.write(TurnWrite { key, part, usage, at }));
        }
    }

    /// Learns what became of parts; waits for the oldest ones while more than `most` are under way.
    async fn settle(&mut self, most: usize) -> Result<(), StoreError> {
        while let Some(mut oldest) = self.under_way.pop_front() {
            match oldest.try_recv() {
                Ok(stored) => stored?,
                Err(TryRecvError::Empty) if self.under_way.len() < most => {
                    self.under_way.push_front(oldest);
                    return Ok(());
                }
                // a writer that is gone went with the server
                Err(TryRecvError::Empty | TryRecvError::Closed) => oldest.await.unwrap_or(Err(StoreError::Stale))?,
            }
        }
        Ok(())
    }

    fn publish(&self, frame: &Frame) {
        self.outlets.events.publish(&self.topic, format!("{}\n{}", frame.seq, frame.body));
    }
}
