//! What model calls take, added up by day. Money is in millionths of a dollar, whole.
//!
//! A day is a UTC day: the stores of a dealer group lie in several time zones, and providers bill by UTC days.

use std::ops::AddAssign;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

/// What model calls took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens sent.
    pub input_tokens: i64,
    /// The part of them that the provider had in its prompt cache.
    pub cached_tokens: i64,
    /// Tokens received.
    pub output_tokens: i64,
    /// Millionths of a dollar.
    pub cost_microdollars: i64,
}

/// What a user or a tenant spent on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spending {
    /// Tokens sent and received.
    pub tokens: i64,
    /// Millionths of a dollar.
    pub cost_microdollars: i64,
}

impl AddAssign<Spent> for Spending {
    fn add_assign(&mut self, spent: Spent) {
        self.tokens += spent.input_tokens + spent.output_tokens;
        self.cost_microdollars += spent.cost_microdollars;
    }
}

/// The spending of a day, of one user and of the tenant as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySpending {
    /// The user's.
    pub user: Spending,
    /// Everybody's of the tenant.
    pub tenant: Spending,
}

impl AddAssign<Spent> for DaySpending {
    fn add_assign(&mut self, spent: Spent) {
        self.user += spent;
        self.tenant += spent;
    }
}

/// A UTC day, as days since 1970-01-01: the same number in both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    /// The day of a moment.
    #[must_use]
    pub const fn of(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp().div_euclid(86_400))
    }

    /// The number stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The moment the next day begins.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        let begun = NaiveDate::default().and_time(NaiveTime::MIN).and_utc();
        let next = u64::try_from(self.0 + 1).ok().and_then(|days| begun.checked_add_days(Days::new(days)));
        next.unwrap_or(begun)
    }

    /// Time from `now` to the end of the day.
    #[must_use]
    pub fn left(self, now: DateTime<Utc>) -> TimeDelta {
        (self.end() - now).max(TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let moment: DateTime<Utc> = "2026-03-10T23:59:30Z".parse().unwrap();
        let day = Day::of(moment);
        assert_eq!(day.number(), 20_522);
        assert_eq!(day.end().to_rfc3339(), "2026-03-11T00:00:00+00:00");
        assert_eq!(day.left(moment), TimeDelta::seconds(30));
        assert_eq!(Day::of(day.end()).number(), 20_523);
    }

    #[test]
    fn what_a_user_spends_the_tenant_spends() {
        let mut day = DaySpending::default();
        day += Spent { input_tokens: 100, cached_tokens: 80, output_tokens: 20, cost_microdollars: 7 };
        assert_eq!(day.user, Spending { tokens: 120, cost_microdollars: 7 });
        assert_eq!(day.tenant, day.user);
    }
}
