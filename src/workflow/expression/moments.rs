//! The prelude: `duration_until`, `shift`, `at_time`, `next_open`, `next_time`, `is_future`, `local`. All of it is
//! relative to the [`Moment`] of the evaluation; calendar units and clock times are local to the store.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};
use chrono_tz::Tz;
use jaq_core::native::{Fun, bome, v};
use jaq_core::{Error, Native};
use jaq_json::{Val, ValR};

use super::Moment;
use super::meter::Metered;
use crate::model::tenant::StoreHours;
use crate::workflow::duration::{IsoDuration, from_local};

/// Days looked ahead for an opening.
const HORIZON: u64 = 400;

/// A moment: RFC 3339, or a date, which is its first moment in the zone.
#[must_use]
pub fn parse_moment(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    from_local(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?, zone)
}

/// `HH:MM` of the local day of `at`.
#[must_use]
pub fn at_time(at: DateTime<Utc>, clock: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    from_local(at.with_timezone(&zone).date_naive().and_time(clock), zone)
}

/// The first moment after `now` that is `HH:MM` in the zone.
#[must_use]
pub fn next_time(now: DateTime<Utc>, clock: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    (0..=2).find_map(|days| {
        from_local(today.checked_add_days(Days::new(days))?.and_time(clock), zone).filter(|at| *at > now)
    })
}

/// `now` while the department is open, else the moment it opens next; `None` when it never does.
#[must_use]
pub fn next_open(now: DateTime<Utc>, department: &str, hours: &StoreHours, zone: Tz) -> Option<DateTime<Utc>> {
    let week = hours.departments.get(department)?;
    let today = now.with_timezone(&zone).date_naive();
    (0..HORIZON).find_map(|days| {
        let day = today.checked_add_days(Days::new(days))?;
        let open = week[day.weekday().num_days_from_sunday() as usize]?;
        if hours.closed_on.contains(&day) {
            return None;
        }
        let (opens, closes) =
            (from_local(day.and_time(open.opens), zone)?, from_local(day.and_time(open.closes), zone)?);
        (closes > now).then(|| opens.max(now))
    })
}

fn clock_time(value: &Val) -> Result<NaiveTime, Error<Val>> {
    let text = text(value)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M:%S"))
        .map_err(|_| fail(format!("`{text}` is not a time of day such as 17:00")))
}

fn fail(message: impl Into<String>) -> Error<Val> {
    Error::new(Val::utf8_str(message.into()))
}

fn text(value: &Val) -> Result<String, Error<Val>> {
    match value {
        Val::TStr(bytes) | Val::BStr(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        Val::Null => Err(fail("a moment is null")),
        Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => Err(fail("a moment is written as text")),
    }
}

fn moment_of(value: &Val, zone: Tz) -> Result<DateTime<Utc>, Error<Val>> {
    let text = text(value)?;
    parse_moment(&text, zone).ok_or_else(|| fail(format!("`{text}` is not a date or a date-time")))
}

fn written(at: DateTime<Utc>) -> Val {
    Val::utf8_str(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn shift(value: &Val, by: &Val, moment: &Moment<'_>) -> ValR {
    let by = IsoDuration::parse(&text(by)?).map_err(|e| fail(e.to_string()))?;
    Ok(written(by.add_to(moment_of(value, moment.zone)?, moment.zone)))
}

fn opening(department: &str, moment: &Moment<'_>) -> ValR {
    next_open(moment.now, department, moment.hours, moment.zone)
        .map(written)
        .ok_or_else(|| fail(format!("the store has no opening hours for {department}")))
}

fn local(value: &Val, moment: &Moment<'_>) -> ValR {
    let at = moment_of(value, moment.zone)?.with_timezone(&moment.zone);
    let year = usize::try_from(at.year()).unwrap_or(0);
    let parts = [
        ("year", year),
        ("month", at.month() as usize),
        ("day", at.day() as usize),
        ("weekday", at.weekday().num_days_from_sunday() as usize),
        ("hour", at.hour() as usize),
        ("minute", at.minute() as usize),
    ];
    #[expect(clippy::cast_possible_wrap, reason = "years, months and hours are small")]
    let entries = parts.into_iter().map(|(name, value)| (Val::utf8_str(name.to_owned()), Val::from(value as isize)));
    Ok(Val::obj(entries.collect()))
}

/// The prelude as native functions.
pub(super) fn natives() -> Vec<Fun<Metered>> {
    vec![
        ("duration_until", v(0), Native::<Metered>::new(|cv| bome(duration_until(&cv.1, cv.0.data().scope.moment)))),
        // `duration_until(MOMENT)`: the moment as argument
        (
            "duration_until",
            v(1),
            Native::<Metered>::new(|mut cv| {
                let at = cv.0.pop_var();
                bome(duration_until(&at, cv.0.data().scope.moment))
            }),
        ),
        (
            "shift",
            v(1),
            Native::<Metered>::new(|mut cv| {
                let by = cv.0.pop_var();
                bome(shift(&cv.1, &by, cv.0.data().scope.moment))
            }),
        ),
        (
            "at_time",
            v(1),
            Native::<Metered>::new(|mut cv| {
                let clock = cv.0.pop_var();
                let zone = cv.0.data().scope.moment.zone;
                bome(clock_time(&clock).and_then(|clock| {
                    let at = at_time(moment_of(&cv.1, zone)?, clock, zone);
                    at.map(written).ok_or_else(|| fail("the local time does not exist"))
                }))
            }),
        ),
        (
            "next_time",
            v(1),
            Native::<Metered>::new(|mut cv| {
                let clock = cv.0.pop_var();
                let moment = cv.0.data().scope.moment;
                bome(clock_time(&clock).and_then(|clock| {
                    let at = next_time(moment.now, clock, moment.zone);
                    at.map(written).ok_or_else(|| fail("the local time does not exist"))
                }))
            }),
        ),
        (
            "next_open",
            v(0),
            Native::<Metered>::new(|cv| {
                let moment = cv.0.data().scope.moment;
                bome(opening(moment.department, moment))
            }),
        ),
        (
            "next_open",
            v(1),
            Native::<Metered>::new(|mut cv| {
                let department = cv.0.pop_var();
                let moment = cv.0.data().scope.moment;
                bome(text(&department).and_then(|department| opening(&department, moment)))
            }),
        ),
        (
            "is_future",
            v(0),
            Native::<Metered>::new(|cv| {
                let moment = cv.0.data().scope.moment;
                bome(moment_of(&cv.1, moment.zone).map(|at| Val::Bool(at > moment.now)))
            }),
        ),
        ("local", v(0), Native::<Metered>::new(|cv| bome(local(&cv.1, cv.0.data().scope.moment)))),
    ]
}

fn duration_until(value: &Val, moment: &Moment<'_>) -> ValR {
    let at = moment_of(value, moment.zone)?;
    Ok(Val::utf8_str(IsoDuration::between(moment.now, at).to_string()))
}
