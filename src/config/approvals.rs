//! How long requests of the approval queue wait, and how they remind.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// See `defaults.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalsConfig {
    /// Days a submitted draft waits before it goes back to its author.
    pub expire_days: i64,
    /// Hours until those who have not decided are reminded for the first time.
    pub remind_after_h: i64,
    /// Hours between two reminders.
    pub remind_every_h: i64,
    /// Reminders of one request at most; 0 for none.
    pub reminders: i64,
    /// Hours a question about messages that a pause made late waits before they are skipped.
    pub late_question_h: i64,
    /// Seconds between two looks at what is due.
    pub sweep_s: u64,
}

impl ApprovalsConfig {
    pub(super) fn validate(&self, problems: &mut Vec<String>) {
        let hours = [self.remind_after_h, self.remind_every_h, self.late_question_h];
        if self.expire_days < 1 || hours.iter().any(|hours| *hours < 1) || self.sweep_s == 0 {
            problems.push("every time under approvals must be at least 1".into());
        }
        if self.reminders < 0 || self.expire_days > 3650 || hours.iter().any(|hours| *hours > 87_600) {
            problems.push("approvals.reminders must not be negative, and no time longer than ten years".into());
        }
    }

    /// When the first reminder of a request asked at `asked` is due: halfway to its end where that is sooner.
    #[must_use]
    pub fn first_reminder(&self, asked: DateTime<Utc>, expires: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let due = asked + TimeDelta::hours(self.remind_after_h);
        let half = expires.map_or(due, |end| asked + (end - asked) / 2);
        (self.reminders > 0).then(|| due.min(half))
    }

    /// When the next reminder is due after the `sent`th went out at `now`.
    #[must_use]
    pub fn next_reminder(&self, now: DateTime<Utc>, sent: i64) -> Option<DateTime<Utc>> {
        (sent < self.reminders).then(|| now + TimeDelta::hours(self.remind_every_h))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_come_before_the_end_and_not_too_often() {
        let config = ApprovalsConfig {
            expire_days: 14,
            remind_after_h: 24,
            remind_every_h: 24,
            reminders: 2,
            late_question_h: 24,
            sweep_s: 5,
        };
        let asked: DateTime<Utc> = "2026-03-10T15:00:00Z".parse().unwrap();
        let after = |hours| Some(asked + TimeDelta::hours(hours));
        assert_eq!(config.first_reminder(asked, after(14 * 24)), after(24));
        assert_eq!(config.first_reminder(asked, after(4)), after(2), "a question that ends in four hours");
        assert_eq!(config.first_reminder(asked, None), after(24));
        assert_eq!(config.next_reminder(asked, 1), after(24));
        assert_eq!(config.next_reminder(asked, 2), None, "two are enough");
        let silent = ApprovalsConfig { reminders: 0, ..config };
        assert_eq!(silent.first_reminder(asked, None), None);
    }
}
