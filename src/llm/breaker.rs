//! Leaves a provider alone that keeps failing: a pure state machine. Moments are durations since any fixed one.
//!
//! ```text
//! Closed ──FAILURES in a row──► Open ──rest over──► Probing ──answered──► Closed
//!                                ▲                    │
//!                                └── failed: twice the rest
//! ```

use std::time::Duration;

/// Failures in a row after which a provider is left alone.
pub const FAILURES: u32 = 5;
/// The first rest; each failed probe doubles it.
pub const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest rest, also one that the provider itself asks for.
pub const LONGEST_REST: Duration = Duration::from_secs(120);

/// Whether a provider may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Yes.
    Granted,
    /// Yes, to see whether it is well again; nobody else asks until this one knows.
    Probe,
    /// No, for this long.
    Refused(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Duration },
    Probing,
}

/// The breaker of one provider.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: State,
    rest: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Closed { failures: 0 }, rest: FIRST_REST }
    }
}

impl Breaker {
    /// Asks for permission. Whoever gets [`Permit::Probe`] must say how it ended: [`Breaker::succeeded`],
    /// [`Breaker::failed`] or [`Breaker::abandoned`].
    pub fn permit(&mut self, now: Duration) -> Permit {
        match self.state {
            State::Closed { .. } => Permit::Granted,
            State::Open { until } if now < until => Permit::Refused(until - now),
            State::Open { .. } => {
                self.state = State::Probing;
                Permit::Probe
            }
            State::Probing => Permit::Refused(self.rest),
        }
    }

    /// An answer began.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It failed, and the failure is the provider's.
    pub fn failed(&mut self, now: Duration) {
        match self.state {
            State::Closed { failures } if failures + 1 < FAILURES => {
                self.state = State::Closed { failures: failures + 1 };
            }
            State::Closed { .. } => self.open(now, FIRST_REST),
            State::Probing => self.open(now, self.rest * 2),
            // of requests that began before it was opened
            State::Open { .. } => {}
        }
    }

    /// A probe ended without a verdict: the next request is the probe.
    pub fn abandoned(&mut self, now: Duration) {
        if self.state == State::Probing {
            self.state = State::Open { until: now };
        }
    }

    /// The provider asked for a pause.
    pub fn rest(&mut self, now: Duration, pause: Duration) {
        self.open(now, pause);
        self.rest = FIRST_REST;
    }

    fn open(&mut self, now: Duration, rest: Duration) {
        self.rest = rest.min(LONGEST_REST);
        self.state = State::Open { until: now + self.rest };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert_eq!(breaker.permit(at(0)), Permit::Granted);
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_only_then() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            for _ in 1..FAILURES {
                breaker.failed(at(0));
            }
            breaker.succeeded();
        }
        assert_eq!(breaker.permit(at(0)), Permit::Granted);
        assert_eq!(opened().permit(at(1)), Permit::Refused(at(4)));
    }

    #[test]
    fn after_the_rest_one_probe_decides() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(5)), Permit::Probe);
        assert!(matches!(breaker.permit(at(5)), Permit::Refused(_)), "one probe at a time");
        breaker.succeeded();
        assert_eq!(breaker.permit(at(5)), Permit::Granted);
        breaker.failed(at(5));
        assert_eq!(breaker.permit(at(5)), Permit::Granted, "a healed provider has all its chances again");
    }

    #[test]
    fn each_failed_probe_doubles_the_rest_up_to_the_longest() {
        let mut breaker = opened();
        let mut now = at(5);
        for expected in [10, 20, 40, 80, 120, 120] {
            assert_eq!(breaker.permit(now), Permit::Probe);
            breaker.failed(now);
            assert_eq!(breaker.permit(now), Permit::Refused(at(expected)));
            now += at(expected);
        }
    }

    #[test]
    fn a_probe_without_a_verdict_leaves_the_next_one_to_probe() {
        let mut breaker = opened();
        assert_eq!(breaker.permit(at(5)), Permit::Probe);
        breaker.abandoned(at(6));
        assert_eq!(breaker.permit(at(6)), Permit::Probe);
    }

    #[test]
    fn failures_of_requests_under_way_do_not_lengthen_the_rest() {
        let mut breaker = opened();
        breaker.failed(at(4));
        breaker.abandoned(at(4));
        assert_eq!(breaker.permit(at(4)), Permit::Refused(at(1)));
        assert_eq!(breaker.permit(at(5)), Permit::Probe);
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept_up_to_the_longest() {
        let mut breaker = Breaker::default();
        breaker.rest(at(0), at(60));
        assert_eq!(breaker.permit(at(1)), Permit::Refused(at(59)));
        breaker.rest(at(0), at(86_400));
        assert_eq!(breaker.permit(at(0)), Permit::Refused(LONGEST_REST));
    }
}
