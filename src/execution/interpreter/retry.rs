//! The retry policy of a `catch`: how often, and with which pauses. A pause is a durable timer.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Interpreter, Site};
use crate::execution::context::State;
use crate::execution::error::{Fault, Halt};
use crate::workflow::Definition;
use crate::workflow::duration::IsoDuration;

/// Attempts when the policy names no limit.
const DEFAULT_ATTEMPTS: u64 = 10;
/// Longest pause between two attempts.
const MAX_PAUSE: TimeDelta = TimeDelta::days(31);

/// A retry policy.
pub(super) struct Policy<'a> {
    delay: IsoDuration,
    backoff: Backoff,
    /// Added to every pause: at least the one, at most the other.
    jitter: Option<(IsoDuration, IsoDuration)>,
    attempts: u64,
    /// Limit of one attempt, as written.
    attempt_limit: Option<&'a Value>,
    /// Limit of all of them, counted from the first failure.
    duration: Option<IsoDuration>,
    when: Option<&'a str>,
    except_when: Option<&'a str>,
}

enum Backoff {
    Constant,
    Linear,
    Exponential,
}

impl<'a> Policy<'a> {
    /// Reads an inline policy or one of `use.retries`.
    pub(super) fn read(raw: Option<&'a Value>, definition: &'a Definition) -> Result<Option<Self>, Fault> {
        let raw = match raw {
            None => return Ok(None),
            Some(Value::String(name)) => definition.reusable("retries", name).ok_or_else(|| {
                Fault::configuration("`retry` names no policy", format!("`use.retries` has no {name}"))
            })?,
            Some(inline) => inline,
        };
        let duration = |value: &Value| IsoDuration::from_value(value).map_err(|e| Fault::validation(e.to_string()));
        let backoff = raw.get("backoff");
        let has = |kind: &str| backoff.is_some_and(|backoff| backoff.get(kind).is_some());
        let text = |field: &str| raw.get(field).and_then(Value::as_str);
        let jitter = raw.get("jitter").map(|jitter| {
            let bound = |field: &str| jitter.get(field).map(duration).transpose();
            Ok((bound("from")?.unwrap_or(IsoDuration::ZERO), bound("to")?.unwrap_or(IsoDuration::ZERO)))
        });
        Ok(Some(Self {
            delay: raw.get("delay").map(duration).transpose()?.unwrap_or(IsoDuration::ZERO),
            backoff: if has("exponential") {
                Backoff::Exponential
            } else if has("linear") {
                Backoff::Linear
            } else {
                Backoff::Constant
            },
            jitter: jitter.transpose()?,
            attempt_limit: raw.pointer("/limit/attempt/duration"),
            attempts: raw.pointer("/limit/attempt/count").and_then(Value::as_u64).unwrap_or(DEFAULT_ATTEMPTS),
            duration: raw.pointer("/limit/duration").map(duration).transpose()?,
            when: text("when"),
            except_when: text("exceptWhen"),
        }))
    }

    /// Limit of one attempt.
    pub(super) const fn attempt_limit(&self) -> Option<&'a Value> {
        self.attempt_limit
    }

    /// The pause after failure `failures` (0 is the first), and no longer than [`MAX_PAUSE`]. `luck` chooses between
    /// the bounds of the jitter.
    fn pause(&self, failures: u64, luck: u64) -> TimeDelta {
        let factor = match self.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => failures + 1,
            Backoff::Exponential => 1_u64.checked_shl(u32::try_from(failures).unwrap_or(u32::MAX)).unwrap_or(u64::MAX),
        };
        let factor = i64::try_from(factor).unwrap_or(i64::MAX);
        let jitter = self.jitter.map_or(0, |(from, to)| {
            let (from, to) = (from.approximate_millis(), to.approximate_millis());
            let width = u64::try_from(to - from).unwrap_or(0) + 1;
            from + i64::try_from(luck % width).unwrap_or(0)
        });
        let pause = self.delay.approximate_millis().saturating_mul(factor).saturating_add(jitter);
        TimeDelta::milliseconds(pause.clamp(0, MAX_PAUSE.num_milliseconds()))
    }
}

impl Interpreter<'_> {
    /// Whether the tasks are tried again; waits out the pause.
    pub(super) async fn retries(
        &self,
        site: Site<'_>,
        policy: &Policy<'_>,
        failures: u64,
        state: &State,
    ) -> Result<bool, Halt> {
        for (name, condition, wanted) in [("when", policy.when, true), ("exceptWhen", policy.except_when, false)] {
            if let Some(text) = condition
                && self.condition(site, &format!("#retry-{name}/{failures}"), text, state).await? != wanted
            {
                return Ok(false);
            }
        }
        if failures >= policy.attempts {
            return Ok(false);
        }
        let zone = self.setting.place.store.timezone;
        let first = format!("{}#first", site.path);
        let began = self.context.remember(&first, "value", &|| Ok(json!(self.context.now()))).await?;
        let began: Option<DateTime<Utc>> = began.as_str().and_then(|text| text.parse().ok());
        let key = format!("{}#retry/{failures}", site.path);
        // Different for every execution and attempt, the same on every replay.
        let (luck, _) = self.context.uuid(&key).as_u64_pair();
        let compute = || {
            let until = self.context.now() + policy.pause(failures, luck);
            let end = policy.duration.and_then(|limit| began.map(|began| limit.add_to(began, zone)));
            let until = if end.is_some_and(|end| until > end) { Value::Null } else { json!(until) };
            Ok(json!({ "until": until }))
        };
        let planned = self.context.remember(&key, "retry", &compute).await?;
        let Some(until) = planned["until"].as_str().and_then(|text| text.parse().ok()) else { return Ok(false) };
        self.context.sleep_until(&key, until).await?;
        Ok(true)
    }
}
