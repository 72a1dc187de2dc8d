//! Counting within this process, in bounded memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::gcra::{Decision, Pace, decide};

/// Callers remembered at most.
const MAX_CALLERS: usize = 50_000;

/// Moments by caller. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct LocalLimits {
    moments: Arc<Mutex<HashMap<String, i64>>>,
}

impl LocalLimits {
    /// Counts one request of `key`.
    #[must_use]
    pub fn check(&self, key: &str, pace: Pace, now_us: i64) -> Decision {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, decision) = decide(pace, moments.get(key).copied().unwrap_or(0), now_us);
        if decision.allowed {
            if let Some(moment) = moments.get_mut(key) {
                *moment = next;
            } else {
                if moments.len() >= MAX_CALLERS {
                    make_room(&mut moments, now_us);
                }
                moments.insert(key.to_owned(), next);
            }
        }
        decision
    }
}

/// Forgets whose moment has passed, which loses nothing; if that is not enough, also the half that is least far ahead.
/// At least half of the room is free afterwards, so the next time is far away.
fn make_room(moments: &mut HashMap<String, i64>, now_us: i64) {
    moments.retain(|_, moment| *moment > now_us);
    if moments.len() > MAX_CALLERS / 2 {
        let mut ahead: Vec<i64> = moments.values().copied().collect();
        let middle = ahead.len() / 2;
        let (_, median, _) = ahead.select_nth_unstable(middle);
        let median = *median;
        moments.retain(|_, moment| *moment > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Rate;

    const NOW: i64 = 1_700_000_000_000_000;

    fn size(limits: &LocalLimits) -> usize {
        limits.moments.lock().unwrap().len()
    }

    #[test]
    fn callers_do_not_count_for_each_other() {
        let limits = LocalLimits::default();
        let pace = Pace::of(Rate { per_minute: 1, burst: 1 });
        assert!(limits.check("reads:sam", pace, NOW).allowed);
        assert!(!limits.check("reads:sam", pace, NOW).allowed);
        assert!(limits.check("reads:maria", pace, NOW).allowed);
        assert!(limits.check("writes:sam", pace, NOW).allowed);
    }

    #[test]
    fn memory_is_bounded_and_the_greediest_are_remembered() {
        let limits = LocalLimits::default();
        let greedy = Pace::of(Rate { per_minute: 1, burst: 2 });
        assert!(limits.check("greedy", greedy, NOW).allowed);
        assert!(limits.check("greedy", greedy, NOW).allowed);
        let pace = Pace::of(Rate { per_minute: 60, burst: 1 });
        for n in 0..2 * MAX_CALLERS {
            let _ = limits.check(&n.to_string(), pace, NOW);
            assert!(size(&limits) <= MAX_CALLERS);
        }
        assert!(!limits.check("greedy", greedy, NOW).allowed, "a flood of others does not free them");
        let _ = limits.check("later", pace, NOW + 3_600_000_000);
    }
}
