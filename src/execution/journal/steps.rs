//! Effects: carried out once, tried again after a pause, held back while the workflow is paused.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::hold::Passage;
use super::turn::JournalContext;
use crate::execution::context::{AttemptError, DurableContext, Effect};
use crate::execution::error::{Fault, Halt};
use crate::telemetry::boundary;

/// Longest single attempt at an effect.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(60);
/// Times one call may be put off before it fails.
const MAX_DEFERRALS: u64 = 50;

/// The pauses an effect took so far.
struct Pauses {
    next: u64,
    failures: u64,
}

impl JournalContext {
    pub(super) async fn carry_out(&self, path: &str, effect: &dyn Effect) -> Result<Value, Halt> {
        if let Some((ok, mut value)) = self.seen(path) {
            if ok {
                return Ok(value["output"].take());
            }
            let fault = serde_json::from_value(value["fault"].take());
            return Err(fault.unwrap_or_else(|_| Fault::runtime("The journal cannot be read", path)).into());
        }
        self.alive(path)?;
        let pauses = self.pauses(path).await?;
        let passage = self.pass_pause(path, effect).await?;
        self.flush().await?;
        // While this was written the branch may have lost its race, and a person may have ended the execution.
        self.alive(path)?;
        let limit = self.time_for(path, effect)?;
        let key = format!("{}#{path}", self.execution.id);
        boundary::reached("step: before its effect");
        let made = match passage {
            Passage::Free => effect.attempt(&key),
            Passage::Withheld => effect.withhold(&key),
        };
        let attempt = tokio::time::timeout(limit, made).await;
        boundary::reached("step: after its effect");
        if let (Err(_), Some(end)) = (&attempt, effect.deadline().filter(|_| limit < ATTEMPT_LIMIT)) {
            return Err(self.block(path, end.timestamp_millis())); // what came of it nobody knows; its limit has run out
        }
        let outcome = attempt.unwrap_or_else(|_| Err(AttemptError::Retryable("no answer within a minute".to_owned())));
        self.settle(path, &pauses, outcome, &effect.facts())
    }

    /// How long an attempt may take. One that has not begun when the limit around it runs out does not begin.
    fn time_for(&self, path: &str, effect: &dyn Effect) -> Result<Duration, Halt> {
        let Some(end) = effect.deadline() else { return Ok(ATTEMPT_LIMIT) };
        match (end - self.now()).to_std() {
            Ok(left) if !left.is_zero() => Ok(left.min(ATTEMPT_LIMIT)),
            Ok(_) | Err(_) => Err(self.block(path, end.timestamp_millis())),
        }
    }

    /// Records what became of an attempt.
    fn settle(
        &self,
        path: &str,
        pauses: &Pauses,
        outcome: Result<Value, AttemptError>,
        facts: &Value,
    ) -> Result<Value, Halt> {
        let fault = match outcome {
            Ok(output) => {
                self.record(path, "step", true, json!({ "output": output, "facts": facts }));
                return Ok(output);
            }
            Err(AttemptError::Deferred { until, reason }) if pauses.next < MAX_DEFERRALS => {
                // A moment already past would make a tight loop.
                let until = until.max(self.now() + TimeDelta::seconds(1));
                return Err(self.put_off(path, pauses, until, ("deferred", &reason), facts));
            }
            Err(AttemptError::Retryable(reason))
                if pauses.failures + 1 < u64::from(self.parts.config.call_attempts) =>
            {
                let until = self.now() + backoff(pauses.failures + 1);
                return Err(self.put_off(path, pauses, until, ("failed", &reason), facts));
            }
            Err(AttemptError::Terminal(fault)) => fault,
            Err(AttemptError::Retryable(reason)) => Fault::communication(503, "The connector does not answer", reason),
            Err(AttemptError::Deferred { reason, .. }) => {
                Fault::communication(409, "The call was put off too often", reason)
            }
        };
        self.record(path, "step", false, json!({ "fault": fault, "facts": facts }));
        Err(fault.into())
    }

    /// Waits out the last pause of an effect, and counts its attempts and deferrals.
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

    fn put_off(
        &self,
        path: &str,
        pauses: &Pauses,
        until: DateTime<Utc>,
        (why, reason): (&str, &str),
        facts: &Value,
    ) -> Halt {
        let key = format!("{path}#again/{}", pauses.next);
        let value = json!({ "until": until, "why": why, "reason": reason, "facts": facts });
        self.record(&key, "again", true, value);
        boundary::reached("timer: after it is set");
        self.block(&key, until.timestamp_millis())
    }
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
