//! Whole years, minute by minute, against the rule written down a second time: as a look at every minute of the year.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Timelike};
use serde_json::{Value, json};

use super::*;

const ZONES: [Tz; 2] = [chrono_tz::America::Chicago, chrono_tz::America::New_York];
/// 2026: clocks change on 8 March and 1 November; 2028 is a leap year, with 12 March and 5 November.
const YEARS: [i32; 2] = [2026, 2028];

/// A pattern, and what it says in plain sets: minutes, hours (`None`: running), days of the month, months, weekdays
/// (Sunday 0); an empty set is no restriction.
struct Row {
    cron: &'static str,
    minutes: &'static [u32],
    hours: Hours,
    days: &'static [u32],
    months: &'static [u32],
    weekdays: &'static [u32],
}

enum Hours {
    Named(&'static [u32]),
    Running(&'static [u32]),
}

const ALL_HOURS: &[u32] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];
const EVEN_HOURS: &[u32] = &[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22];

const fn row(cron: &'static str, minutes: &'static [u32], hours: Hours) -> Row {
    Row { cron, minutes, hours, days: &[], months: &[], weekdays: &[] }
}

const TABLE: [Row; 14] = [
    row("0 9 * * *", &[0], Hours::Named(&[9])),
    row("30 2 * * *", &[30], Hours::Named(&[2])),
    row("0 2 * * *", &[0], Hours::Named(&[2])),
    row("30 1 * * *", &[30], Hours::Named(&[1])),
    row("0 1,2,3 * * *", &[0], Hours::Named(&[1, 2, 3])),
    row("15,45 1-3 * * *", &[15, 45], Hours::Named(&[1, 2, 3])),
    row("*/20 2 * * *", &[0, 20, 40], Hours::Named(&[2])),
    row("0 * * * *", &[0], Hours::Running(ALL_HOURS)),
    row("*/30 */6 * * *", &[0, 30], Hours::Running(&[0, 6, 12, 18])),
    row("15 */2 * * *", &[15], Hours::Running(EVEN_HOURS)),
    Row { weekdays: &[1, 2, 3, 4, 5], ..row("0 8 * * 1-5", &[0], Hours::Named(&[8])) },
    Row { weekdays: &[0], ..row("30 2 * * 0", &[30], Hours::Named(&[2])) },
    Row { days: &[1, 2, 3, 4, 5, 6, 7], weekdays: &[1], ..row("0 9 1-7 * 1", &[0], Hours::Named(&[9])) },
    Row { days: &[29], months: &[2], ..row("0 12 29 2 *", &[0], Hours::Named(&[12])) },
];

impl Row {
    fn on_day(&self, day: NaiveDate) -> bool {
        let allowed = |set: &[u32], value: u32| set.is_empty() || set.contains(&value);
        allowed(self.days, day.day())
            && allowed(self.months, day.month())
            && allowed(self.weekdays, day.weekday().num_days_from_sunday())
    }

    /// The moments of a year, from a table of (moment, what the wall clock shows), one line a minute.
    fn expected(&self, minutes: &[(DateTime<Utc>, NaiveDateTime)]) -> BTreeSet<DateTime<Utc>> {
        match self.hours {
            Hours::Running(hours) => minutes
                .iter()
                .filter(|(_, wall)| {
                    self.minutes.contains(&wall.minute()) && hours.contains(&wall.hour()) && self.on_day(wall.date())
                })
                .map(|(at, _)| *at)
                .collect(),
            Hours::Named(hours) => {
                let mut found = BTreeSet::new();
                for day in minutes.chunk_by(|left, right| left.1.date() == right.1.date()) {
                    if !self.on_day(day[0].1.date()) {
                        continue;
                    }
                    for (hour, minute) in hours.iter().flat_map(|hour| self.minutes.iter().map(move |m| (*hour, *m))) {
                        let shows = |wall: &NaiveDateTime| (wall.hour(), wall.minute());
                        let on_time = day.iter().find(|(_, wall)| shows(wall) == (hour, minute));
                        let after_gap = || day.iter().find(|(_, wall)| shows(wall) > (hour, minute));
                        found.extend(on_time.or_else(after_gap).map(|(at, _)| *at));
                    }
                }
                found
            }
        }
    }
}

fn year_of_minutes(zone: Tz, year: i32) -> Vec<(DateTime<Utc>, NaiveDateTime)> {
    let first = |year| zone.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap().with_timezone(&Utc);
    let (begin, end) = (first(year), first(year + 1));
    let minutes = (end - begin).num_minutes();
    (0..minutes).map(|n| begin + TimeDelta::minutes(n)).map(|at| (at, at.with_timezone(&zone).naive_local())).collect()
}

/// Moments around the two changes of the clock, every seven minutes for some hours.
fn changes(minutes: &[(DateTime<Utc>, NaiveDateTime)]) -> Vec<DateTime<Utc>> {
    let changed =
        minutes.windows(2).filter(|pair| pair[1].1 - pair[0].1 != TimeDelta::minutes(1)).map(|pair| pair[1].0);
    changed.flat_map(|at| (-30..30).map(move |n| at + TimeDelta::minutes(7 * n))).collect()
}

#[test]
fn cron_over_whole_years_of_two_zones() {
    let mut moments = 0;
    for zone in ZONES {
        for year in YEARS {
            let minutes = year_of_minutes(zone, year);
            let (begin, end) = (minutes[0].0, minutes[minutes.len() - 1].0);
            for row in &TABLE {
                let schedule = Schedule::Cron(row.cron);
                let calendar = Calendar::of(&schedule, begin, zone).unwrap();
                let mut found = BTreeSet::new();
                let mut now = end;
                while let Some(at) = calendar.at_or_before(now).filter(|at| *at >= begin) {
                    found.insert(at);
                    now = at - TimeDelta::milliseconds(1);
                }
                let expected = row.expected(&minutes);
                let around = |at: DateTime<Utc>| expected.range(at..).next().copied();
                for probe in minutes.iter().map(|(at, _)| *at).step_by(4_999).chain(changes(&minutes)) {
                    let found = next(&schedule, begin, probe, zone).filter(|at| *at <= end);
                    assert_eq!(found, around(probe + TimeDelta::seconds(1)), "{} in {zone} after {probe}", row.cron);
                }
                let differs: Vec<_> = found.symmetric_difference(&expected).take(5).collect();
                assert!(differs.is_empty(), "{} in {zone} in {year}: {differs:?}", row.cron);
                moments += found.len();
            }
        }
    }
    assert!(moments > 60_000, "{moments} moments were compared");
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The days of the change in words: what a person would look up.
#[test]
fn cron_on_the_days_of_the_change() {
    let chicago = chrono_tz::America::Chicago;
    let moments = |cron: &'static str, from: &str, to: &str| {
        let (mut now, from) = (at(to), at(from));
        let mut found = Vec::new();
        while let Some(due) = due(&Schedule::Cron(cron), from, (from, now), chicago) {
            found.push(due.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            now = due.at - TimeDelta::seconds(1);
        }
        found.reverse();
        found
    };
    // 8 March 2026, 2:00 becomes 3:00 (08:00 UTC)
    let spring = |cron| moments(cron, "2026-03-08T06:30:00Z", "2026-03-08T10:30:00Z");
    assert_eq!(spring("30 2 * * *"), ["2026-03-08T08:00:00Z"]);
    assert_eq!(spring("0,30 2 * * *"), ["2026-03-08T08:00:00Z"]);
    assert_eq!(
        spring("0 * * * *"),
        ["2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08T09:00:00Z", "2026-03-08T10:00:00Z"]
    );
    // 1 November 2026, 2:00 becomes 1:00 again (07:00 UTC)
    let autumn = |cron| moments(cron, "2026-11-01T05:30:00Z", "2026-11-01T08:30:00Z");
    assert_eq!(autumn("30 1 * * *"), ["2026-11-01T06:30:00Z"]);
    assert_eq!(autumn("0 * * * *"), ["2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z", "2026-11-01T08:00:00Z"]);
}

#[test]
fn cron_needs_both_day_fields() {
    let zone = chrono_tz::America::Chicago;
    let anchor = at("2026-01-01T00:00:00Z");
    // first Monday of the month at nine: in March 2026 that is the 2nd, 15:00 UTC in winter time
    let monday =
        due(&Schedule::Cron("0 9 1-7 * 1"), anchor, (at("2026-02-10T00:00:00Z"), at("2026-03-20T00:00:00Z")), zone);
    assert_eq!(monday, Some(Occurrence { at: at("2026-03-02T15:00:00Z"), missed: 0 }));
}

fn every(length: &Value, anchor: &str, last: &str, now: &str) -> Option<Occurrence> {
    due(&Schedule::Every(length), at(anchor), (at(last), at(now)), chrono_tz::America::Chicago)
}

#[test]
fn every_counts_from_activation() {
    let anchor = "2026-03-10T15:20:00Z";
    assert_eq!(every(&json!("PT1H"), anchor, anchor, "2026-03-10T16:19:59Z"), None);
    let third = Some(Occurrence { at: at("2026-03-10T18:20:00Z"), missed: 2 });
    assert_eq!(every(&json!("PT1H"), anchor, anchor, "2026-03-10T18:30:00Z"), third);
}

#[test]
fn every_over_whole_years_of_two_zones() {
    for zone in ZONES {
        for year in YEARS {
            for (length, per_day) in [(json!("PT6H"), 4), (json!({ "hours": 1 }), 24)] {
                let anchor = zone.with_ymd_and_hms(year, 1, 1, 2, 30, 0).unwrap().with_timezone(&Utc);
                for n in 1..=365 * per_day {
                    let now = anchor + TimeDelta::hours(24) / per_day * n;
                    let calendar = Calendar::of(&Schedule::Every(&length), anchor, zone).unwrap();
                    assert_eq!(calendar.at_or_before(now), Some(now), "a length of time is the same on every day");
                }
            }
            // daily at 2:30 on the wall clock; once a year there is no 2:30, and once there may be two
            let anchor = zone.with_ymd_and_hms(year, 1, 1, 2, 30, 0).unwrap().with_timezone(&Utc);
            let minutes = year_of_minutes(zone, year);
            let daily = row("30 2 * * *", &[30], Hours::Named(&[2])).expected(&minutes);
            for (n, expected) in daily.iter().enumerate().skip(1) {
                let length = json!("P1D");
                let calendar = Calendar::of(&Schedule::Every(&length), anchor, zone).unwrap();
                assert_eq!(calendar.at_or_before(*expected), Some(*expected), "day {n} in {zone}");
            }
        }
    }
}

#[test]
fn every_month_keeps_its_day_or_takes_the_last() {
    let anchor = "2026-01-31T16:00:00Z";
    let found = every(&json!("P1M"), anchor, anchor, "2026-03-01T00:00:00Z").unwrap();
    assert_eq!((found.at, found.missed), (at("2026-02-28T16:00:00Z"), 0));
    let found = every(&json!("P1M"), anchor, anchor, "2026-04-01T00:00:00Z").unwrap();
    assert_eq!((found.at, found.missed), (at("2026-03-31T15:00:00Z"), 1));
}

#[test]
fn what_was_missed_is_counted() {
    let count = |last: &str, now: &str| {
        let zone = chrono_tz::America::Chicago;
        due(&Schedule::Cron("0 9 * * *"), at(last), (at(last), at(now)), zone).map(|due| due.missed)
    };
    assert_eq!(count("2026-03-10T14:00:00Z", "2026-03-11T13:59:00Z"), None);
    assert_eq!(count("2026-03-10T14:00:00Z", "2026-03-11T14:01:00Z"), Some(0));
    assert_eq!(count("2026-03-10T14:00:00Z", "2026-03-14T20:00:00Z"), Some(3));
    assert_eq!(count("2020-03-10T14:00:00Z", "2026-03-14T20:00:00Z"), Some(MOST_COUNTED));
}
