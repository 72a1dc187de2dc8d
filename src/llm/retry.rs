//! When a model is asked again: the pause, and the budget that keeps second tries from making a bad hour worse.
//!
//! The only place with rules about it; [`super::fallback`] follows them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::LlmError;

/// Longest pause a provider can make a user wait, when nobody else can be asked.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The same while there is somebody else to ask.
pub const LONGEST_PAUSE_WITH_OTHERS: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The pause before attempt `attempt + 1`: what the provider asked for and a little, else doubling with jitter.
/// `spread` is a random number between 0 and 1.
#[must_use]
pub fn pause(error: &LlmError, attempt: u32, spread: f64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    match error.retry_after() {
        // never before the moment it named; those who wait with us come back at different moments
        Some(asked) => asked.saturating_add(asked.min(Duration::from_secs(5)).mul_f64(spread * 0.2)),
        None => doubled.mul_f64(0.5 + spread),
    }
}

/// A random number between 0 and 1.
#[must_use]
pub fn spread() -> f64 {
    rand::rng().random_range(0.0..1.0)
}

/// What a refusal asks us to wait: `retry-after-ms`, else `retry-after` in seconds or as a date, which is read against
/// the provider's own `date` where it says one.
#[must_use]
pub fn asked_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(millis / 1000.0).ok();
    }
    let asked = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = asked.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = |text: &str| DateTime::parse_from_rfc2822(text).ok().map(|date| date.with_timezone(&Utc));
    let theirs = text(DATE.as_str()).and_then(date).unwrap_or(now);
    // a date that is over means: now
    Some((date(asked)? - theirs).to_std().unwrap_or_default())
}

/// Second tries that may be made, over time: a fifth of the requests, and a few a minute in any case. Moments are
/// durations since any fixed one.
#[derive(Debug, Clone)]
pub struct Budget {
    /// In thousandths of a try, so that it stays exact.
    left: u64,
    seen: Duration,
}

impl Budget {
    const WHOLE: u64 = 1000;
    /// Most that is saved up.
    const MOST: u64 = 10 * Self::WHOLE;
    /// What a request adds.
    const PER_REQUEST: u64 = Self::WHOLE / 5;
    /// What a second adds: six tries a minute.
    const PER_SECOND: u64 = Self::WHOLE / 10;

    /// A full budget.
    #[must_use]
    pub const fn full() -> Self {
        Self { left: Self::MOST, seen: Duration::ZERO }
    }

    /// A request begins.
    pub fn request(&mut self, now: Duration) {
        self.refill(now);
        self.left = (self.left + Self::PER_REQUEST).min(Self::MOST);
    }

    /// Takes a second try, if there is one.
    #[must_use]
    pub fn take(&mut self, now: Duration) -> bool {
        self.refill(now);
        let left = self.left.checked_sub(Self::WHOLE);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    fn refill(&mut self, now: Duration) {
        let passed = u64::try_from(now.saturating_sub(self.seen).as_millis()).unwrap_or(u64::MAX);
        self.seen = self.seen.max(now);
        self.left = self.left.saturating_add(passed.saturating_mul(Self::PER_SECOND) / 1000).min(Self::MOST);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn refused(retry_after: Option<Duration>) -> LlmError {
        LlmError::Status { status: 429, retry_after, body: String::new() }
    }

    fn asked(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        asked_pause(&map, "2026-03-10T15:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_pause_that_was_asked_for_is_never_cut_short() {
        let two = Duration::from_secs(2);
        assert_eq!(pause(&refused(Some(two)), 1, 0.0), two);
        assert_eq!(pause(&refused(Some(two)), 1, 1.0), Duration::from_millis(2400));
        assert_eq!(pause(&refused(Some(Duration::ZERO)), 3, 1.0), Duration::ZERO);
    }

    #[test]
    fn other_pauses_double_and_are_spread() {
        let range = |attempt| {
            (pause(&LlmError::Cut, attempt, 0.0).as_millis(), pause(&LlmError::Cut, attempt, 1.0).as_millis())
        };
        assert_eq!([range(1), range(2), range(3)], [(125, 375), (250, 750), (500, 1500)]);
    }

    #[test]
    fn every_form_of_retry_after_is_understood() {
        let seconds = |value| Some(Duration::from_secs_f64(value));
        assert_eq!(asked(&[("retry-after", "3")]), seconds(3.0));
        assert_eq!(asked(&[("retry-after", "0.5")]), seconds(0.5));
        assert_eq!(asked(&[("retry-after-ms", "250"), ("retry-after", "9")]), seconds(0.25));
        assert_eq!(asked(&[("retry-after", "Tue, 10 Mar 2026 15:00:04 GMT")]), seconds(4.0));
        let skewed = [("date", "Tue, 10 Mar 2026 14:00:00 GMT"), ("retry-after", "Tue, 10 Mar 2026 14:00:02 GMT")];
        assert_eq!(asked(&skewed), seconds(2.0), "by the provider's clock");
        assert_eq!(asked(&[("retry-after", "Tue, 10 Mar 2026 14:59:00 GMT")]), seconds(0.0));
        for nonsense in ["soon", "-1", "NaN", "1e300", ""] {
            assert_eq!(asked(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn second_tries_are_a_fifth_of_requests_and_a_few_a_minute() {
        let mut budget = Budget::full();
        let now = Duration::from_secs(1);
        let taken = |budget: &mut Budget, now| (0..1000).filter(|_| budget.take(now)).count();
        assert_eq!(taken(&mut budget, now), 10, "what was saved up");
        (0..25).for_each(|_| budget.request(now));
        assert_eq!(taken(&mut budget, now), 5);
        assert_eq!(taken(&mut budget, now + Duration::from_secs(60)), 6);
        assert_eq!(taken(&mut budget, now + Duration::from_secs(86_400)), 10, "no more than that is saved");
    }
}
