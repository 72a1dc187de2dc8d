//! ISO 8601 durations and the object form of the DSL. Years, months, weeks and days move the local calendar of a
//! zone; hours, minutes and seconds move the clock: "one day later" over a change to summer time is the same local time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, Duration, LocalResult, Months, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::text::Language;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// Longest duration accepted: a hundred years.
const MAX_DAYS: i64 = 36_525;

/// A duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct IsoDuration {
    negative: bool,
    years: i64,
    months: i64,
    weeks: i64,
    days: i64,
    hours: i64,
    minutes: i64,
    /// Seconds and their fraction.
    millis: i64,
}

/// The text or value is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not ISO 8601.
    #[error("`{0}` is not a duration such as PT10M, PT2H30M, P3D or P2W")]
    Malformed(String),
    /// An object with an unknown unit, a number that is not whole, or none at all.
    #[error("a duration object has whole numbers under days, hours, minutes, seconds or milliseconds")]
    MalformedObject,
    /// Longer than a hundred years.
    #[error("the duration is longer than a hundred years")]
    TooLong,
}

impl IsoDuration {
    /// No time at all.
    pub const ZERO: Self =
        Self { negative: false, years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, millis: 0 };

    /// From text such as `PT10M`, `P1DT2H`, `-P60D`.
    ///
    /// # Errors
    /// See [`DurationError`].
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let malformed = || DurationError::Malformed(text.chars().take(60).collect());
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let rest = rest.strip_prefix('P').ok_or_else(malformed)?;
        let (date, time) = match rest.split_once('T') {
            Some((date, time)) if !time.is_empty() => (date, time),
            Some(_) => return Err(malformed()),
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return Err(malformed());
        }
        let [years, months, weeks, days] = read_units(date, ['Y', 'M', 'W', 'D']).ok_or_else(malformed)?;
        let [hours, minutes, seconds] = read_units(time, ['H', 'M', 'S']).ok_or_else(malformed)?;
        // a fraction goes down to the next smaller unit
        let months = Amount { whole: months.whole + years.thousandths * 12 / 1000, ..months };
        let part_days = weeks.thousandths * 7 + months.thousandths * 30 + days.thousandths;
        let millis = seconds.whole * 1000
            + seconds.thousandths
            + minutes.thousandths * 60
            + hours.thousandths * 3600
            + part_days * (MILLIS_PER_DAY / 1000);
        Self {
            negative,
            years: years.whole,
            months: months.whole,
            weeks: weeks.whole,
            days: days.whole,
            hours: hours.whole,
            minutes: minutes.whole,
            millis,
        }
        .checked()
    }

    /// From text, or from `{days, hours, minutes, seconds, milliseconds}`.
    ///
    /// # Errors
    /// See [`DurationError`].
    pub fn from_value(value: &Value) -> Result<Self, DurationError> {
        if let Some(text) = value.as_str() {
            return Self::parse(text.trim());
        }
        let map = value.as_object().filter(|map| !map.is_empty()).ok_or(DurationError::MalformedObject)?;
        let mut duration = Self::ZERO;
        for (unit, amount) in map {
            let amount = amount.as_i64().ok_or(DurationError::MalformedObject)?;
            if amount.unsigned_abs() > 1 << 40 {
                return Err(DurationError::TooLong);
            }
            match unit.as_str() {
                "days" => duration.days = amount,
                "hours" => duration.hours = amount,
                "minutes" => duration.minutes = amount,
                "seconds" => duration.millis += amount * 1000,
                "milliseconds" => duration.millis += amount,
                _ => return Err(DurationError::MalformedObject),
            }
        }
        duration.checked()
    }

    /// Its length in minutes, a month as thirty days and a year as 365: for comparing, not for counting.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a hundred years in milliseconds fit a float exactly")]
    pub fn rough_minutes(self) -> f64 {
        let days = self.years * 365 + self.months * 30 + self.weeks * 7 + self.days;
        let minutes = (days * 24 + self.hours) * 60 + self.minutes;
        let length = minutes as f64 + self.millis as f64 / 60_000.0;
        if self.negative { -length } else { length }
    }

    /// A duration between two moments, zero when `to` is not after `from`.
    #[must_use]
    pub fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let millis = (to - from).num_milliseconds().max(0);
        Self { hours: millis / 3_600_000, minutes: millis / 60_000 % 60, millis: millis % 60_000, ..Self::ZERO }
    }

    /// The moment this much after `at`; the result stays within what the calendar can write.
    #[must_use]
    pub fn add_to(&self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        self.checked_add_to(at, zone).unwrap_or(at)
    }

    fn checked_add_to(&self, at: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let months = self.years * 12 + self.months;
        let days = self.weeks * 7 + self.days;
        let mut moved = at;
        if months != 0 || days != 0 {
            let local = at.with_timezone(&zone).naive_local();
            let (months, days, back) = (
                Months::new(u32::try_from(months.abs()).ok()?),
                Days::new(days.unsigned_abs()),
                self.negative != (months < 0 || days < 0),
            );
            let local = if back {
                local.checked_sub_months(months)?.checked_sub_days(days)?
            } else {
                local.checked_add_months(months)?.checked_add_days(days)?
            };
            moved = from_local(local, zone)?;
        }
        let exact = Duration::try_milliseconds(self.clock_millis())?;
        if self.negative { moved.checked_sub_signed(exact) } else { moved.checked_add_signed(exact) }
    }

    const fn clock_millis(&self) -> i64 {
        self.hours * 3_600_000 + self.minutes * 60_000 + self.millis
    }

    /// Length in milliseconds with months of 30 and days of 24 hours; for bounds and comparisons only.
    #[must_use]
    pub const fn approximate_millis(&self) -> i64 {
        let days = self.years * 365 + self.months * 30 + self.weeks * 7 + self.days;
        let millis = days * MILLIS_PER_DAY + self.clock_millis();
        if self.negative { -millis } else { millis }
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.approximate_millis() == 0
    }

    /// This length `n` times over; `None` when that is longer than a hundred years.
    #[must_use]
    pub fn times(&self, n: i64) -> Option<Self> {
        let all = |amount: i64| amount.checked_mul(n);
        let product = Self {
            negative: self.negative,
            years: all(self.years)?,
            months: all(self.months)?,
            weeks: all(self.weeks)?,
            days: all(self.days)?,
            hours: all(self.hours)?,
            minutes: all(self.minutes)?,
            millis: all(self.millis)?,
        };
        product.checked().ok()
    }

    /// The same length in the other direction.
    #[must_use]
    pub const fn negated(mut self) -> Self {
        self.negative = !self.negative;
        self
    }

    /// For people: `10 minutes`, `2 hours and 30 minutes`, `10 minutos`.
    #[must_use]
    pub fn to_words(&self, language: Language) -> String {
        const UNITS: [[[&str; 2]; 2]; 7] = [
            [["year", "years"], ["año", "años"]],
            [["month", "months"], ["mes", "meses"]],
            [["week", "weeks"], ["semana", "semanas"]],
            [["day", "days"], ["día", "días"]],
            [["hour", "hours"], ["hora", "horas"]],
            [["minute", "minutes"], ["minuto", "minutos"]],
            [["second", "seconds"], ["segundo", "segundos"]],
        ];
        let (column, and) = match language {
            Language::En => (0, "and"),
            Language::Es => (1, "y"),
        };
        let amounts =
            [self.years, self.months, self.weeks, self.days, self.hours, self.minutes, self.millis.div_euclid(1000)];
        let mut parts: Vec<String> = amounts
            .iter()
            .zip(UNITS)
            .filter(|(amount, _)| **amount != 0)
            .map(|(amount, unit)| format!("{amount} {}", unit[column][usize::from(*amount != 1)]))
            .collect();
        match (parts.pop(), parts.is_empty()) {
            (None, _) => format!("0 {}", UNITS[5][column][1]),
            (Some(last), true) => last,
            (Some(last), false) => format!("{} {and} {last}", parts.join(", ")),
        }
    }

    fn checked(self) -> Result<Self, DurationError> {
        let days =
            self.years * 366 + self.months * 31 + self.weeks * 7 + self.days + self.clock_millis() / MILLIS_PER_DAY;
        if days.abs() > MAX_DAYS { Err(DurationError::TooLong) } else { Ok(self) }
    }
}

/// The first moment at or after this local time: a time skipped by the clock is the first one after the gap, a repeated
/// one is the first.
#[must_use]
pub fn from_local(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let at = |local: NaiveDateTime| match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => Some(at.with_timezone(&Utc)),
        LocalResult::Ambiguous(first, _) => Some(first.with_timezone(&Utc)),
        LocalResult::None => None,
    };
    // Gaps end on a whole minute and are two hours long at most.
    let minute = local.with_second(0)?.with_nanosecond(0)?;
    at(local).or_else(|| (1..=120).find_map(|n| at(minute + Duration::minutes(n))))
}

/// A number and its fraction in thousandths.
#[derive(Clone, Copy, Default)]
struct Amount {
    whole: i64,
    thousandths: i64,
}

/// Reads `3D`, `2W1D` …: each unit at most once, in this order.
fn read_units<const N: usize>(mut text: &str, units: [char; N]) -> Option<[Amount; N]> {
    let mut amounts = [Amount::default(); N];
    for (unit, amount) in units.into_iter().zip(&mut amounts) {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        if !text[digits..].starts_with(unit) {
            continue;
        }
        let (whole, fraction) = match text[..digits].split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (&text[..digits], ""),
        };
        amount.whole = Some(whole).filter(|whole| whole.len() <= 12)?.parse().ok()?;
        let padded: String = fraction.chars().chain("000".chars()).take(3).collect();
        amount.thousandths = padded.parse().ok()?;
        text = &text[digits + unit.len_utf8()..];
    }
    text.is_empty().then_some(amounts)
}

impl FromStr for IsoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        Self::parse(text)
    }
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negative { "-P" } else { "P" })?;
        for (amount, unit) in [(self.years, 'Y'), (self.months, 'M'), (self.weeks, 'W'), (self.days, 'D')] {
            if amount != 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        let clock = [(self.hours, 'H'), (self.minutes, 'M')];
        let date_is_empty = self.years == 0 && self.months == 0 && self.weeks == 0 && self.days == 0;
        if date_is_empty || self.clock_millis() != 0 {
            f.write_str("T")?;
        }
        for (amount, unit) in clock {
            if amount != 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        let (seconds, millis) = (self.millis / 1000, self.millis.abs() % 1000);
        match (seconds, millis) {
            (0, 0) if date_is_empty && self.clock_millis() == 0 => f.write_str("0S"),
            (0, 0) => Ok(()),
            (seconds, 0) => write!(f, "{seconds}S"),
            (seconds, millis) => write!(f, "{seconds}.{millis:03}S"),
        }
    }
}
