//! Permitted hours in the local time of the person contacted.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

/// Where somebody is, as far as hours go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Two-letter state.
    pub state: String,
    /// Zone.
    pub zone: Tz,
}

/// `quiet_hours.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HourRules {
    /// What it is.
    pub title: String,
    /// The day it was last compared with its sources.
    pub reviewed: NaiveDate,
    /// Where it comes from.
    pub sources: Vec<String>,
    default: Window,
    states: BTreeMap<String, Window>,
    zones: HashMap<Tz, Vec<String>>,
    zip_zones: HashMap<Tz, Vec<String>>,
    area_zones: HashMap<Tz, Vec<u16>>,
    zips: BTreeMap<String, Vec<(String, String)>>,
    area_codes: BTreeMap<String, Vec<u16>>,
    #[serde(skip)]
    index: Index,
}

/// The same the other way round, for lookups.
#[derive(Debug, Default)]
struct Index {
    zone_of_state: HashMap<String, Tz>,
    zones_of_zip: HashMap<String, Vec<Tz>>,
    zones_of_area: HashMap<String, Vec<Tz>>,
    state_of_area: HashMap<String, String>,
}

/// Permitted hours of a day, local.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first full hour.
    pub from: u32,
    /// The hour at which it ends.
    pub to: u32,
    /// The first full hour on Sundays, where it is another.
    pub sunday: Option<u32>,
}

impl Window {
    fn opening_hour(self, day: NaiveDate) -> u32 {
        if day.weekday() == Weekday::Sun { self.sunday.unwrap_or(self.from) } else { self.from }
    }
}

impl HourRules {
    pub(super) fn indexed(mut self) -> Self {
        for (zone, states) in &self.zones {
            self.index.zone_of_state.extend(states.iter().map(|state| (state.clone(), *zone)));
        }
        for (zone, zips) in &self.zip_zones {
            for zip in zips {
                self.index.zones_of_zip.entry(zip.clone()).or_default().push(*zone);
            }
        }
        for (zone, codes) in &self.area_zones {
            for code in codes {
                self.index.zones_of_area.entry(code.to_string()).or_default().push(*zone);
            }
        }
        for (state, codes) in &self.area_codes {
            self.index.state_of_area.extend(codes.iter().map(|code| (code.to_string(), state.clone())));
        }
        self
    }

    /// The state in each of `zones`, else in the one most of it keeps.
    fn places_in(&self, state: &str, zones: Option<&Vec<Tz>>) -> Vec<Place> {
        let state = state.to_ascii_uppercase();
        let most = || self.index.zone_of_state.get(&state).copied().into_iter().collect();
        let zones = zones.cloned().unwrap_or_else(most);
        zones.into_iter().map(|zone| Place { state: state.clone(), zone }).collect()
    }

    fn state_of_zip(&self, zip: &str) -> Option<&str> {
        let within = |ranges: &[(String, String)]| ranges.iter().any(|(a, b)| a.as_str() <= zip && zip <= b.as_str());
        self.zips.iter().find(|(_, ranges)| within(ranges)).map(|(state, _)| state.as_str())
    }

    /// Where no stricter rule holds: from and to, in full hours.
    #[must_use]
    pub const fn default_hours(&self) -> (u32, u32) {
        (self.default.from, self.default.to)
    }

    /// States with narrower hours: from, to, and from on Sundays where it differs.
    pub fn stricter(&self) -> impl Iterator<Item = (&str, u32, u32, Option<u32>)> {
        self.states.iter().map(|(state, window)| (state.as_str(), window.from, window.to, window.sunday))
    }

    /// The hours permitted in a state.
    #[must_use]
    pub fn window(&self, state: &str) -> Window {
        self.states.get(state).copied().unwrap_or(self.default)
    }

    /// The first moment at or after `at` that is permitted in every place; `None` when there is none within a fortnight.
    #[must_use]
    pub fn next_permitted(&self, places: &[Place], at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut moment = at;
        let end = at + TimeDelta::days(14);
        while moment < end {
            let later = places.iter().find_map(|place| {
                let next = self.next_in(place, moment);
                (next > moment).then_some(next)
            });
            match later {
                Some(next) => moment = next,
                None => return Some(moment),
            }
        }
        None
    }

    /// `at` when it is permitted in the place, else the next opening there.
    fn next_in(&self, place: &Place, at: DateTime<Utc>) -> DateTime<Utc> {
        let window = self.window(&place.state);
        let local = at.with_timezone(&place.zone);
        let day = local.date_naive();
        let from = window.opening_hour(day);
        if local.hour() < from {
            instant(place.zone, day, from)
        } else if local.hour() >= window.to {
            let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
            instant(place.zone, next, window.opening_hour(next))
        } else {
            at
        }
    }
}

/// The instant at which a clock in `zone` shows the full hour on `day`; an hour the clock skips begins after the gap.
pub(super) fn instant(zone: Tz, day: NaiveDate, hour: u32) -> DateTime<Utc> {
    let mut local = day.and_time(NaiveTime::from_hms_opt(hour.min(23), 0, 0).unwrap_or_default());
    for _ in 0..8 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.to_utc();
        }
        local += TimeDelta::minutes(30);
    }
    local.and_utc()
}

/// Where a customer may be: their address; without one, what ZIP code and area code say; without those, where the store
/// is. More than one place where ZIP code and area code differ or lie in two zones, so that the stricter holds.
#[must_use]
pub fn places(
    rules: &HourRules,
    state: Option<&str>,
    postal_code: Option<&str>,
    phone: Option<&str>,
    store: &Place,
) -> Vec<Place> {
    let zip = postal_code.and_then(|code| code.get(..3));
    let zones_of_zip = zip.and_then(|zip| rules.index.zones_of_zip.get(zip));
    let by_address = state.map(|state| rules.places_in(state, zones_of_zip)).unwrap_or_default();
    if !by_address.is_empty() {
        return by_address;
    }
    let by_zip = zip.and_then(|zip| Some(rules.places_in(rules.state_of_zip(zip)?, zones_of_zip)));
    let by_area = phone.and_then(area_code).and_then(|code| {
        let state = rules.index.state_of_area.get(&code)?;
        Some(rules.places_in(state, rules.index.zones_of_area.get(&code)))
    });
    let found: Vec<Place> = by_zip.into_iter().chain(by_area).flatten().collect();
    if found.is_empty() { vec![store.clone()] } else { found }
}

/// The area code of a US number however it is written.
fn area_code(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = if digits.len() == 11 { digits.strip_prefix('1')? } else { digits.as_str() };
    if national.len() == 10 { national.get(..3).map(str::to_owned) } else { None }
}
