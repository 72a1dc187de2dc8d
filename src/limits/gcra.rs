//! The generic cell rate algorithm (ITU-T I.371), as the "virtual scheduling" form has it: a caller is a moment, the
//! *theoretical arrival time* of its next request. Each request moves the moment on by one interval; a request is
//! refused while the moment is further ahead than the burst allows. One number a caller, no timers, no windows.
//!
//! All times are whole microseconds, and `gcra.lua` does the same arithmetic on the same numbers.

use crate::config::Rate;

const MINUTE_US: i64 = 60_000_000;

/// A rate in the terms of the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two requests at the steady rate, in microseconds.
    pub interval_us: i64,
    /// How far ahead a caller may be: the burst, in microseconds.
    pub ahead_us: i64,
}

impl Pace {
    /// The pace of a rate.
    #[must_use]
    pub fn of(rate: Rate) -> Self {
        let interval_us = (MINUTE_US / i64::from(rate.per_minute.max(1))).max(1);
        Self { interval_us, ahead_us: interval_us * i64::from(rate.burst.max(1)) }
    }

    /// Requests at once at most.
    #[must_use]
    pub const fn burst(&self) -> i64 {
        self.ahead_us / self.interval_us
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may go on.
    pub allowed: bool,
    /// Requests that could follow at once.
    pub remaining: i64,
    /// Until a refused one would be allowed, in microseconds; 0 when it was.
    pub retry_after_us: i64,
    /// Until the whole burst is there again, in microseconds.
    pub reset_us: i64,
}

/// Decides on a request at `now_us` of a caller whose moment is `arrival_us` (any past moment for a new one). Returns
/// the caller's next moment with the decision; a refused request does not move it.
#[must_use]
pub fn decide(pace: Pace, arrival_us: i64, now_us: i64) -> (i64, Decision) {
    let arrival = arrival_us.max(now_us);
    let next = arrival + pace.interval_us;
    let excess = next - now_us - pace.ahead_us;
    if excess > 0 {
        let reset_us = arrival - now_us;
        return (arrival_us, Decision { allowed: false, remaining: 0, retry_after_us: excess, reset_us });
    }
    let reset_us = next - now_us;
    let remaining = (pace.ahead_us - reset_us) / pace.interval_us;
    (next, Decision { allowed: true, remaining, retry_after_us: 0, reset_us })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;

    fn pace(per_minute: u32, burst: u32) -> Pace {
        Pace::of(Rate { per_minute, burst })
    }

    #[test]
    fn a_burst_then_the_steady_rate() {
        let pace = pace(60, 3);
        let mut moment = 0;
        let mut ask = |now| {
            let (next, decision) = decide(pace, moment, now);
            moment = next;
            decision
        };
        let now = 1_000 * SECOND;
        assert_eq!((0..3).map(|_| ask(now).remaining).collect::<Vec<_>>(), [2, 1, 0]);
        let refused = ask(now);
        assert_eq!((refused.allowed, refused.retry_after_us, refused.reset_us), (false, SECOND, 3 * SECOND));
        assert!(!ask(now + SECOND - 1).allowed);
        assert!(ask(now + SECOND).allowed, "after exactly what it was told");
        assert!(!ask(now + SECOND).allowed);
        assert_eq!(ask(now + 60 * SECOND).remaining, 2, "a quiet time gives the burst back, and no more");
    }

    proptest! {
        /// In any stretch of time no more go through than the burst and what the rate gives, and whoever waits as long
        /// as they were told is let through.
        #[test]
        fn never_more_than_the_rate_gives(
            per_minute in 1u32..=6_000,
            burst in 1u32..=50,
            pauses in prop::collection::vec(0i64..=3_000_000, 1..200),
        ) {
            let pace = pace(per_minute, burst);
            let (mut now, mut moment) = (1_700_000_000 * SECOND, 0);
            let begun = now;
            let mut passed = 0;
            for pause in pauses {
                now += pause;
                let (next, decision) = decide(pace, moment, now);
                prop_assert!((0..pace.burst()).contains(&decision.remaining));
                if decision.allowed {
                    passed += 1;
                } else {
                    prop_assert_eq!(next, moment);
                    prop_assert!(decide(pace, moment, now + decision.retry_after_us).1.allowed);
                    prop_assert!(!decide(pace, moment, now + decision.retry_after_us - 1).1.allowed);
                }
                moment = next;
                prop_assert!(passed <= pace.burst() + (now - begun) / pace.interval_us);
            }
        }
    }
}
