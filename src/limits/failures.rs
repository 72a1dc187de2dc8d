//! A pause after failures in a row, per key. Guessing a password costs time; somebody else's mistakes cost nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Keys remembered at most; beyond it the ones longest quiet are forgotten.
const MAX_KEYS: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Record {
    failures: u32,
    last: DateTime<Utc>,
}

/// Counts failures by key.
#[derive(Debug)]
pub struct FailurePause {
    max: u32,
    pause: TimeDelta,
    records: Mutex<HashMap<String, Record>>,
}

impl FailurePause {
    /// After `max` failures in a row a key pauses for `pause_s` seconds.
    #[must_use]
    pub fn new(max: u32, pause_s: u64) -> Self {
        let pause = TimeDelta::seconds(i64::try_from(pause_s).unwrap_or(i64::MAX / 2000));
        Self { max: max.max(1), pause, records: Mutex::default() }
    }

    /// Counts an attempt as failed until [`Self::succeeded`] takes it back, so that many attempts sent at once cannot
    /// all slip through before the first one has failed.
    ///
    /// # Errors
    /// Seconds to wait, when the key is pausing.
    pub fn begin(&self, key: &str, now: DateTime<Utc>) -> Result<(), u64> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= MAX_KEYS && !records.contains_key(key) {
            records.retain(|_, record| now - record.last < self.pause);
            if records.len() >= MAX_KEYS {
                let oldest = records.iter().min_by_key(|(_, record)| record.last).map(|(key, _)| key.clone());
                oldest.map(|key| records.remove(&key));
            }
        }
        let record = records.entry(key.to_owned()).or_insert(Record { failures: 0, last: now });
        let until = record.last + self.pause;
        if record.failures >= self.max {
            if now < until {
                return Err(u64::try_from((until - now).num_seconds()).unwrap_or(0).max(1));
            }
            record.failures = 0;
        }
        record.failures += 1;
        record.last = now;
        Ok(())
    }

    /// Forgets the failures of a key.
    pub fn succeeded(&self, key: &str) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_begins_after_the_last_allowed_failure_and_ends() {
        let limit = FailurePause::new(3, 60);
        let start = DateTime::from_timestamp(1_000_000, 0).unwrap();
        for _ in 0..3 {
            assert_eq!(limit.begin("a", start), Ok(()));
        }
        assert_eq!(limit.begin("a", start + TimeDelta::seconds(10)), Err(50));
        assert_eq!(limit.begin("b", start), Ok(()), "another key is free");
        assert_eq!(limit.begin("a", start + TimeDelta::seconds(60)), Ok(()));
    }

    #[test]
    fn success_forgets() {
        let limit = FailurePause::new(2, 60);
        let now = DateTime::from_timestamp(0, 0).unwrap();
        assert_eq!(limit.begin("a", now), Ok(()));
        limit.succeeded("a");
        assert_eq!(limit.begin("a", now), Ok(()));
        assert_eq!(limit.begin("a", now), Ok(()));
        assert!(limit.begin("a", now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limit = FailurePause::new(2, 60);
        let now = DateTime::from_timestamp(0, 0).unwrap();
        for n in 0..MAX_KEYS + 50 {
            limit.begin(&n.to_string(), now).unwrap();
        }
        assert!(limit.records.lock().unwrap().len() <= MAX_KEYS);
    }
}
