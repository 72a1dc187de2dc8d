//! Contact hours: a schedule that writes to customers when nobody may be written to. The gate holds such a message until
//! the hours allow it, so the workflow does not do what it says; its author hears it while writing.
//!
//! Customers are taken to be where the store is, as the gate takes them when nothing else is known. What comes after a
//! wait for an event, or until a computed moment, has no time that could be said in advance.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use croner::Cron;
use croner::parser::CronParser;
use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use crate::contact::hours::Window;
use crate::contact::{Place, Rules};
use crate::workflow::both::{Both, both};
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::document::{Definition, Schedule, Task, TaskKind, TaskList};
use crate::workflow::duration::IsoDuration;

/// Moments of a schedule looked at, from the first day of a year that begins with a Sunday.
const MOST_MOMENTS: usize = 1_500;
/// A schedule of days or longer keeps the time of day of its activation, which nobody knows yet.
const DAY: i64 = 86_400_000;
/// One in so many is often.
const OFTEN: usize = 10;
/// Functions of the prelude by which a condition depends on the time of day.
const CLOCK_WORDS: [&str; 5] = ["duration_until", "is_future", "next_open", "next_time", "local"];

pub(super) fn check(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let named = definition.stores();
    let here = |(store, _): &&(&str, Place)| named.is_empty() || named.contains(store);
    let places: Vec<&Place> = context.places.iter().filter(here).map(|(_, place)| place).collect();
    let Ok(rules) = Rules::embedded() else { return };
    let mut sends = Sends { catalog: context.catalog, found: Vec::new() };
    if !places.is_empty() && moments(&definition.schedule()).next().is_some() {
        sends.list(&definition.tasks(), Some(0));
    }
    for (task, after) in sends.found {
        let worst = places.iter().map(|place| (outside(rules, &definition.schedule(), place, after), *place));
        let Some(((held, all), place)) = worst.max_by_key(|((held, _), _)| *held) else { continue };
        if held * OFTEN < all || held == 0 {
            continue;
        }
        let hours = in_words(rules.hours.window(&place.state));
        let how_often = if held == all {
            both!("always", "siempre")
        } else {
            both!("at {share} % of its times", "en el {share} % de sus veces", share = held * 100 / all)
        };
        let message = both!(
            "`{name}` {how_often} comes at an hour at which customers in {state} may not be contacted; it would wait until then",
            "`{name}` llega {how_often} a una hora a la que no se puede contactar a clientes de {state}; esperaría hasta entonces",
            name = task.name, state = place.state; how_often
        );
        let hint = both!(
            "Let the schedule come within {hours}, or wait before it for the next opening.",
            "Ponga el horario dentro de {hours}, o espere antes a la próxima apertura."; hours
        );
        found.warning("policy.quiet_hours", &task.pointer, message, hint);
    }
}

fn in_words(window: Window) -> Both {
    let Window { from, to, sunday } = window;
    match sunday {
        None => both!("{from}:00 to {to}:00", "{from}:00 a {to}:00"),
        Some(later) => both!(
            "{from}:00 to {to}:00, on Sundays from {later}:00",
            "{from}:00 a {to}:00, los domingos desde las {later}:00"
        ),
    }
}

/// How many of a schedule's moments are outside the hours when something goes out `after` milliseconds later, and of
/// how many.
fn outside(rules: &Rules, schedule: &Schedule<'_>, place: &Place, after: i64) -> (usize, usize) {
    let instant = |shown: NaiveDateTime| place.zone.from_local_datetime(&shown).earliest();
    let sends: Vec<DateTime<Utc>> =
        moments(schedule).filter_map(instant).map(|at| at.to_utc() + TimeDelta::milliseconds(after)).collect();
    let waits = |at: &&DateTime<Utc>| rules.hours.next_permitted(std::slice::from_ref(place), **at) != Some(**at);
    (sends.iter().filter(waits).count(), sends.len())
}

/// What the wall clock shows when the schedule comes round, over a year at most; nothing where that cannot be known.
fn moments(schedule: &Schedule<'_>) -> Box<dyn Iterator<Item = NaiveDateTime>> {
    let first = NaiveDate::from_ymd_opt(2034, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    let last = first + TimeDelta::days(365);
    let within = move |at: &NaiveDateTime| *at < last;
    match schedule {
        Schedule::Cron(text) => {
            let Ok(pattern) = CronParser::builder().dom_and_dow(true).build().parse(text) else {
                return Box::new(std::iter::empty());
            };
            Box::new(shown(pattern, first).take_while(within).take(MOST_MOMENTS))
        }
        Schedule::Every(length) | Schedule::After(length) => {
            let step = IsoDuration::from_value(length).map_or(0, |length| length.approximate_millis());
            if !(60_000..DAY).contains(&step) {
                return Box::new(std::iter::empty());
            }
            let next = move |at: &NaiveDateTime| Some(*at + TimeDelta::milliseconds(step));
            Box::new(std::iter::successors(Some(first), next).take_while(within).take(MOST_MOMENTS))
        }
        Schedule::On(_) | Schedule::Manual => Box::new(std::iter::empty()),
    }
}

fn shown(pattern: Cron, first: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
    let mut next = pattern.find_next_occurrence(&first.and_utc(), true).ok();
    std::iter::from_fn(move || {
        let now = next?;
        next = pattern.find_next_occurrence(&now, false).ok();
        Some(now.naive_utc())
    })
}

/// Collects what goes out by text or phone, and how long after the start; `None`: nobody can say.
struct Sends<'c, 'd> {
    catalog: &'c Catalog,
    found: Vec<(Task<'d>, i64)>,
}

impl<'d> Sends<'_, 'd> {
    fn list(&mut self, list: &TaskList<'d>, mut since: Option<i64>) -> Option<i64> {
        for task in list.iter() {
            since = self.task(task, since);
        }
        since
    }

    /// The time after a task, given the time before it.
    fn task(&mut self, task: Task<'d>, since: Option<i64>) -> Option<i64> {
        if task.condition().is_some_and(reads_clock) {
            let called = matches!(task.kind(), TaskKind::Call { .. });
            let after = self.work(task, None);
            return if called { since } else { after };
        }
        self.work(task, since)
    }

    fn work(&mut self, task: Task<'d>, since: Option<i64>) -> Option<i64> {
        match task.kind() {
            TaskKind::Call { action, with } => {
                let (Some(after), true) = (since, self.keeps_hours(action, with)) else { return since };
                self.found.push((task, after));
                // when it had to wait, so had what follows
                None
            }
            TaskKind::Wait(length) => {
                let length = IsoDuration::from_value(length).ok()?;
                since?.checked_add(length.approximate_millis())
            }
            TaskKind::Do(list) | TaskKind::For { body: list, .. } => self.list(&list, since),
            TaskKind::Fork { branches, .. } => {
                let ends: Vec<Option<i64>> = branches.iter().map(|branch| self.task(branch, since)).collect();
                ends.iter().all(|end| *end == since).then_some(since).flatten()
            }
            TaskKind::Try { body, catch } => {
                let after = self.list(&body, since);
                self.list(&catch.body, None);
                after
            }
            TaskKind::Switch(cases) => since.filter(|_| !cases.iter().filter_map(|case| case.when).any(reads_clock)),
            TaskKind::Listen(_) => None,
            TaskKind::Emit(_) | TaskKind::Raise(_) | TaskKind::Run(_) | TaskKind::Set(_) | TaskKind::Unknown => since,
        }
    }

    /// Whether the hours hold for it: texts and calls, not e-mail.
    fn keeps_hours(&self, action: &str, with: Option<&Value>) -> bool {
        let Some(known) = self.catalog.action(action) else { return false };
        let channel = with.and_then(|with| with.get("channel")?.as_str());
        let reaches = known.risk == RiskClass::CustomerFacing || action == "send_payment_link";
        reaches && (matches!(action, "send_sms" | "connect_call") || matches!(channel, Some("sms" | "phone")))
    }
}

fn reads_clock(text: &str) -> bool {
    CLOCK_WORDS.iter().any(|word| text.contains(word))
}
