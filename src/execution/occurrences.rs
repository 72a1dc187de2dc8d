//! When a `cron` or `every` schedule comes round, also where clocks are set forward and back. Pure.
//!
//! The rule for `cron`, read on the store's wall clock:
//! * **Named hours** (the hour field has neither `*` nor a step, such as `30 2 * * *` or `0 9,17 * * 1-5`) are
//!   appointments: each comes once on its day. A time that the spring skips comes at the first moment after the gap,
//!   together with others that fall there; a time that the autumn repeats comes the first time only.
//! * **Running hours** (`0 * * * *`, `*/15 */2 * * *`) follow the clock: each time it shows a matching minute. What the
//!   spring skips does not come; the hour that the autumn repeats comes twice.
//!
//! The rule for `every`, counted from the activation of the version: hours, minutes and seconds are lengths of time and
//! take no notice of the wall clock; days, weeks, months and years keep the time of day, by the rule of named hours.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::CronParser;

use crate::workflow::document::Schedule;
use crate::workflow::duration::{IsoDuration, from_local};

/// Missed moments that are counted; more are called as many.
pub(super) const MOST_COUNTED: u32 = 99;
/// No clock is set by more than this.
const SHIFT: TimeDelta = TimeDelta::hours(2);
/// The least that lies between two moments of `every`.
const SHORTEST: i64 = 1_000;

/// A moment that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// The latest one.
    pub(super) at: DateTime<Utc>,
    /// How many came before it since the last start, [`MOST_COUNTED`] at most.
    pub(super) missed: u32,
}

/// The latest moment after `last` and not after `now`. `anchor` is what `every` counts from.
pub(super) fn due(
    schedule: &Schedule<'_>,
    anchor: DateTime<Utc>,
    (last, now): (DateTime<Utc>, DateTime<Utc>),
    zone: Tz,
) -> Option<Occurrence> {
    let calendar = Calendar::of(schedule, anchor, zone)?;
    let at = calendar.at_or_before(now).filter(|at| *at > last)?;
    let (mut missed, mut before) = (0, at);
    while missed < MOST_COUNTED
        && let Some(earlier) = calendar.at_or_before(before - TimeDelta::milliseconds(1)).filter(|at| *at > last)
    {
        missed += 1;
        before = earlier;
    }
    Some(Occurrence { at, missed })
}

/// The first moment after `now`; `after` has none of its own, its next run waits for the end of the last.
pub(super) fn next(
    schedule: &Schedule<'_>,
    anchor: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Option<DateTime<Utc>> {
    match Calendar::of(schedule, anchor, zone)? {
        Calendar::Cron { pattern, named_hours, zone } => first_after(&pattern, named_hours, now, zone),
        Calendar::Every { length, anchor, zone } => {
            let mut n = ((now - anchor).num_milliseconds() / length.approximate_millis().max(SHORTEST)).max(1) - 1;
            loop {
                n += 1;
                let at = length.times(n)?.add_to(anchor, zone);
                if at > now {
                    return Some(at);
                }
            }
        }
    }
}

enum Calendar {
    Cron { pattern: Box<Cron>, named_hours: bool, zone: Tz },
    Every { length: IsoDuration, anchor: DateTime<Utc>, zone: Tz },
}

impl Calendar {
    fn of(schedule: &Schedule<'_>, anchor: DateTime<Utc>, zone: Tz) -> Option<Self> {
        match schedule {
            Schedule::Cron(text) => {
                let pattern = CronParser::builder().dom_and_dow(true).build().parse(text).ok()?;
                let named_hours = !text.split_whitespace().nth(1)?.contains(['*', '/']);
                Some(Self::Cron { pattern: Box::new(pattern), named_hours, zone })
            }
            Schedule::Every(every) => Some(Self::Every { length: IsoDuration::from_value(every).ok()?, anchor, zone }),
            Schedule::On(_) | Schedule::After(_) | Schedule::Manual => None,
        }
    }

    fn at_or_before(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Cron { pattern, named_hours, zone } => at_or_before(pattern, *named_hours, now, *zone),
            Self::Every { length, anchor, zone } => nth_before(*length, *anchor, now, *zone),
        }
    }
}

/// Goes back over the times a wall clock without changes would show, and asks when the real one showed them.
fn at_or_before(pattern: &Cron, named_hours: bool, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let mut wall = (now.with_timezone(&zone).naive_local() + SHIFT).and_utc();
    let mut best: Option<(DateTime<Utc>, NaiveDateTime)> = None;
    let mut inclusive = true;
    while let Ok(earlier) = pattern.find_previous_occurrence(&wall, inclusive) {
        (wall, inclusive) = (earlier, false);
        let shown = wall.naive_utc();
        // Around a change a lesser time of the wall clock may have come later; far from it none can.
        if best.is_some_and(|(_, of_best)| of_best - shown > SHIFT) {
            break;
        }
        let came = moments(shown, named_hours, zone).into_iter().flatten().filter(|at| *at <= now).max();
        if let Some(at) = came.filter(|at| best.is_none_or(|(found, _)| *at > found)) {
            best = Some((at, shown));
            if named_hours {
                break;
            }
        }
    }
    best.map(|(at, _)| at)
}

/// The same forwards, for what comes next.
fn first_after(pattern: &Cron, named_hours: bool, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let mut wall = (now.with_timezone(&zone).naive_local() - SHIFT).and_utc();
    let mut best: Option<(DateTime<Utc>, NaiveDateTime)> = None;
    while let Ok(later) = pattern.find_next_occurrence(&wall, false) {
        wall = later;
        let shown = wall.naive_utc();
        if best.is_some_and(|(_, of_best)| shown - of_best > SHIFT) {
            break;
        }
        let comes = moments(shown, named_hours, zone).into_iter().flatten().filter(|at| *at > now).min();
        if let Some(at) = comes.filter(|at| best.is_none_or(|(found, _)| *at < found)) {
            best = Some((at, shown));
        }
    }
    best.map(|(at, _)| at)
}

/// When the wall clock of a zone shows a time.
fn moments(shown: NaiveDateTime, named_hours: bool, zone: Tz) -> [Option<DateTime<Utc>>; 2] {
    if named_hours {
        return [from_local(shown, zone), None];
    }
    let utc = |at: DateTime<Tz>| Some(at.with_timezone(&Utc));
    match zone.from_local_datetime(&shown) {
        LocalResult::Single(at) => [utc(at), None],
        LocalResult::Ambiguous(first, second) => [utc(first), utc(second)],
        LocalResult::None => [None, None],
    }
}

/// The latest of anchor + 1, 2, 3 … lengths.
fn nth_before(length: IsoDuration, anchor: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let step = length.approximate_millis().max(SHORTEST);
    let nth = |n: i64| length.times(n).map(|whole| whole.add_to(anchor, zone));
    // Months differ in length, so the estimate is corrected in both directions.
    let mut n = ((now - anchor).num_milliseconds() / step).max(0);
    while nth(n + 1).is_some_and(|next| next <= now) {
        n += 1;
    }
    while n > 0 && nth(n).is_none_or(|at| at > now) {
        n -= 1;
    }
    if n > 0 { nth(n) } else { None }
}

#[cfg(test)]
#[path = "occurrences_tests.rs"]
mod tests;
