//! The engine's clock: the real one plus an offset that the demonstration mode may move.
//!
//! There is one offset for the whole installation, so only the sample dealership moves it: nobody else's timers may be
//! fired by people of another dealership.
//!
//! Timers, moments and contact rules read this clock; leases, tokens and ids use real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::error::ExecutionError;
use crate::events::{Events, Topic};
use crate::model::{Clock, TenantId};
use crate::store::engine_clock::ClockSkip;
use crate::store::{Database, StoreError};
use crate::telemetry::boundary;

/// Longest single skip.
pub const MAX_SKIP: TimeDelta = TimeDelta::days(366);

/// Engine time. Cheap to clone; clones share the offset.
#[derive(Debug, Clone)]
pub struct EngineClock {
    real: Arc<dyn Clock>,
    db: Database,
    events: Events,
    offset_ms: Arc<AtomicI64>,
    mover: Option<TenantId>,
}

impl EngineClock {
    /// A clock over the stored offset; call [`EngineClock::refresh`] before its first use. `mover` is the dealership
    /// that may move it: the sample one, in demonstration mode.
    #[must_use]
    pub fn new(real: Arc<dyn Clock>, db: Database, events: Events, mover: Option<TenantId>) -> Self {
        Self { real, db, events, offset_ms: Arc::default(), mover }
    }

    /// Whether people of this dealership may move it.
    #[must_use]
    pub fn is_movable_by(&self, tenant: &TenantId) -> bool {
        self.mover.as_ref() == Some(tenant)
    }

    /// Engine time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.real.now() + self.offset()
    }

    /// Engine time in milliseconds, the unit of timers.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now().timestamp_millis()
    }

    /// Real time, for what has to do with people and programs outside: signatures.
    #[must_use]
    pub fn real_now(&self) -> DateTime<Utc> {
        self.real.now()
    }

    /// Real time in milliseconds, the unit of leases.
    #[must_use]
    pub fn real_ms(&self) -> i64 {
        self.real.now().timestamp_millis()
    }

    /// How far engine time is ahead.
    #[must_use]
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Reads the offset that another process may have moved.
    ///
    /// # Errors
    /// As any statement.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let offset = self.db.find_clock_offset().await?;
        self.offset_ms.store(offset, Ordering::SeqCst);
        Ok(())
    }

    /// Moves engine time forward; timers that become due fire at once.
    ///
    /// # Errors
    /// [`ExecutionError::DemoOnly`] outside the demonstration mode, [`ExecutionError::ClockOfAnother`] for people of
    /// another dealership than the sample one, [`ExecutionError::Invalid`] for a step backwards or beyond [`MAX_SKIP`].
    pub async fn skip(&self, tenant: &TenantId, by: TimeDelta) -> Result<DateTime<Utc>, ExecutionError> {
        self.may_skip(tenant, by)?;
        let offset = self.db.update_clock_offset(by.num_milliseconds()).await?;
        self.offset_ms.store(offset, Ordering::SeqCst);
        self.events.publish(&Topic::Engine, "clock");
        Ok(self.now())
    }

    /// The same, unless the skip of this name was made already. `answer` is kept for whoever asks again.
    ///
    /// # Errors
    /// See [`EngineClock::skip`].
    pub(super) async fn skip_once(
        &self,
        tenant: &TenantId,
        by: TimeDelta,
        (name, answer): (&str, Option<Value>),
    ) -> Result<(), ExecutionError> {
        self.may_skip(tenant, by)?;
        let skip = ClockSkip { name: name.to_owned(), answer, made_at: self.real.now() };
        boundary::reached("skip: before it is stored");
        self.db.insert_clock_skip(&skip, by.num_milliseconds()).await?;
        boundary::reached("skip: after it is stored");
        self.refresh().await?;
        self.events.publish(&Topic::Engine, "clock");
        Ok(())
    }

    fn may_skip(&self, tenant: &TenantId, by: TimeDelta) -> Result<(), ExecutionError> {
        self.must_be_movable_by(tenant)?;
        if by <= TimeDelta::zero() || by > MAX_SKIP {
            let message = "must be more than nothing and at most 366 days";
            return Err(ExecutionError::Invalid(vec![super::error::InvalidField::new("/by", message)]));
        }
        Ok(())
    }

    /// # Errors
    /// See [`EngineClock::skip`].
    pub(super) fn must_be_movable_by(&self, tenant: &TenantId) -> Result<(), ExecutionError> {
        match &self.mover {
            None => Err(ExecutionError::DemoOnly),
            Some(mover) if mover == tenant => Ok(()),
            Some(_) => Err(ExecutionError::ClockOfAnother),
        }
    }
}
