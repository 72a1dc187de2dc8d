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
pub(super) struct Policy {
    delay: IsoDuration,
    backoff: Backoff,
    attempts: u64,
    duration: Option<IsoDuration>,
    when: Option<String>,
    except_when: Option<String>,
}

enum Backoff {
    Constant,
    Linear,
    Exponential,
}

impl Policy {
    /// Reads an inline policy or one of `use.retries`.
    pub(super) fn read(raw: Option<&Value>, definition: &Definition) -> Result<Option<Self>, Fault> {
        let raw = match raw {
            None => return Ok(None),
            Some(Value::String(name)) => {
                let named = definition.raw().get("use").and_then(|used| used.get("retries")?.get(name));
                named.ok_or_else(|| {
                    Fault::configuration("`retry` names no policy", format!("`use.retries` has no {name}"))
                })?
            }
            Some(inline) => inline,
        };
        let duration = |value: &Value| IsoDuration::from_value(value).map_err(|e| Fault::validation(e.to_string()));
        let backoff = raw.get("backoff");
        let has = |kind: &str| backoff.is_some_and(|backoff| backoff.get(kind).is_some());
        let text = |field: &str| raw.get(field).and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Self {
            delay: raw.get("delay").map(duration).transpose()?.unwrap_or(IsoDuration::ZERO),
            backoff: if has("exponential") {
                Backoff::Exponential
            } else if has("linear") {
                Backoff::Linear
            } else {
                Backoff::Constant
            },
            attempts: raw.pointer("/limit/attempt/count").and_then(Value::as_u64).unwrap_or(DEFAULT_ATTEMPTS),
            duration: raw.pointer("/limit/duration").map(duration).transpose()?,
            when: text("when"),
            except_when: text("exceptWhen"),
        }))
    }

    /// The pause after failure `failures` (0 is the first), and no longer than [`MAX_PAUSE`].
    fn pause(&self, failures: u64) -> TimeDelta {
        let factor = match self.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => failures + 1,
            Backoff::Exponential => 1_u64.checked_shl(u32::try_from(failures).unwrap_or(u32::MAX)).unwrap_or(u64::MAX),
        };
        let factor = i64::try_from(factor).unwrap_or(i64::MAX);
        TimeDelta::milliseconds(
            self.delay.approximate_millis().saturating_mul(factor).clamp(0, MAX_PAUSE.num_milliseconds()),
        )
    }
}

impl Interpreter<'_> {
    /// Whether the tasks are tried again; waits out the pause.
    pub(super) async fn retries(
        &self,
        site: Site<'_>,
        policy: &Policy,
        failures: u64,
        state: &State,
    ) -> Result<bool, Halt> {
        for (condition, wanted) in [(&policy.when, true), (&policy.except_when, false)] {
            if let Some(text) = condition
                && self.condition(site, &format!("#retry-if/{failures}"), text, state).await? != wanted
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
        let compute = || {
            let until = self.context.now() + policy.pause(failures);
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
