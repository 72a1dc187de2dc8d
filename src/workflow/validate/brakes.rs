//! Brakes: a message that goes out long after the last step races against the signs that make it pointless.

use std::collections::BTreeSet;

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::both::both;
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::document::{Definition, Schedule, Task, TaskKind, TaskList};
use crate::workflow::duration::IsoDuration;

/// Waits from here on need a brake, in milliseconds.
const LONG_WAIT: i64 = 86_400_000;
/// A cadence stops at these, whatever it is about.
const ALWAYS: [&str; 2] = ["customer.message.received", "customer.opted_out"];
/// Triggers of selling start with one of these; their cadences also stop at a booking and a purchase.
const SELLING: [&str; 6] = ["lead.", "call.", "customer.website_visit", "tradein.", "equity.", "lease."];

pub(super) fn check(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let mut brakes = Brakes { catalog: context.catalog, wanted: wanted(definition), races: Vec::new(), found };
    brakes.list(&definition.tasks(), false);
}

/// The signs a race has to watch: each entry is satisfied by any one of its events.
fn wanted(definition: &Definition) -> Vec<&'static [&'static str]> {
    let Schedule::On(on) = definition.schedule() else { return vec![&ALWAYS[..1], &ALWAYS[1..]] };
    let types: Vec<&str> = on.filters.iter().filter_map(|filter| filter.event_type()).collect();
    if !types.is_empty() && types.iter().all(|name| name.starts_with("appointment.")) {
        return vec![&["appointment.cancelled"], &["appointment.changed"]];
    }
    let mut wanted: Vec<&'static [&'static str]> = vec![&ALWAYS[..1], &ALWAYS[1..]];
    if types.iter().any(|name| SELLING.iter().any(|start| name.starts_with(start))) {
        wanted.push(&["appointment.booked"]);
        wanted.push(&["deal.status_changed", "deal.delivered"]);
    }
    wanted
}

struct Brakes<'c, 'f> {
    catalog: &'c Catalog,
    wanted: Vec<&'static [&'static str]>,
    /// For each `fork` with compete around: what its other branches listen to.
    races: Vec<BTreeSet<String>>,
    found: &'f mut Findings,
}

impl Brakes<'_, '_> {
    /// Walks a list; `waited`: a long wait since the last sign was looked for. Gives the same for its end.
    fn list(&mut self, list: &TaskList<'_>, mut waited: bool) -> bool {
        for task in list.iter() {
            waited = self.task(&task, waited);
        }
        waited
    }

    fn task(&mut self, task: &Task<'_>, waited: bool) -> bool {
        match task.kind() {
            TaskKind::Wait(length) => waited || is_long(length),
            TaskKind::Listen(_) => false,
            TaskKind::Do(list) => self.list(&list, waited),
            TaskKind::For { body, .. } => self.list(&body, waited),
            TaskKind::Try { body, catch } => {
                let after = self.list(&body, waited);
                self.list(&catch.body, after);
                after
            }
            TaskKind::Fork { compete, branches } => {
                let branches: Vec<Task<'_>> = branches.iter().collect();
                let mut after = false;
                for branch in &branches {
                    if compete {
                        let others = branches.iter().filter(|other| other.index != branch.index);
                        let mut signs = BTreeSet::new();
                        others.for_each(|other| listened(other, &mut signs));
                        self.races.push(signs);
                    }
                    after |= self.task(branch, waited);
                    if compete {
                        self.races.pop();
                    }
                }
                after && !compete
            }
            TaskKind::Call { action, .. } => {
                let risk = self.catalog.action(action).map(|action| action.risk);
                // a condition on a result looks at what happened meanwhile
                let looked = task.condition().is_some_and(|condition| condition.contains("$context"));
                if waited && !looked && risk == Some(RiskClass::CustomerFacing) {
                    self.message(task);
                }
                waited
            }
            TaskKind::Emit(_)
            | TaskKind::Raise(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Unknown => waited,
        }
    }

    fn message(&mut self, task: &Task<'_>) {
        if self.races.is_empty() {
            let message = both!(
                "`{name}` goes out after a long wait, whatever the customer did meanwhile",
                "`{name}` sale tras una larga espera, haga lo que haga el cliente mientras tanto",
                name = task.name
            );
            let hint = both!(
                "Let the steps race (fork with compete) against a reply, a booking, a purchase and an opt-out.",
                "Ponga los pasos a competir (fork con compete) con una respuesta, una cita, una compra y una baja."
            );
            return self.found.warning("policy.no_brake", &task.pointer, message, hint);
        }
        let watched =
            |events: &&&[&str]| events.iter().any(|event| self.races.iter().any(|signs| signs.contains(*event)));
        let missing: Vec<&str> = self.wanted.iter().filter(|events| !watched(events)).map(|events| events[0]).collect();
        if !missing.is_empty() {
            let (name, missing) = (task.name, missing.join(", "));
            let message = both!(
                "`{name}` goes out after a long wait although there may have been: {missing}",
                "`{name}` sale tras una larga espera aunque puede haber ocurrido: {missing}"
            );
            let hint = both!(
                "Let the other branch listen to {missing} as well.",
                "Haga que la otra rama escuche también {missing}."
            );
            self.found.warning("policy.brake_incomplete", &task.pointer, message, hint);
        }
    }
}

/// A day or more; or until a moment of the event, which may be far off. The next opening or the next clock time is near.
fn is_long(length: &Value) -> bool {
    match length.as_str().filter(|text| text.contains("duration_until")) {
        Some(text) => !text.contains("next_open") && !text.contains("next_time"),
        None => IsoDuration::from_value(length).is_ok_and(|length| length.approximate_millis() >= LONG_WAIT),
    }
}

/// Every event a task or a task inside it listens to.
fn listened(task: &Task<'_>, signs: &mut BTreeSet<String>) {
    let kind = task.kind();
    if let TaskKind::Listen(listen) = &kind {
        signs.extend(listen.to.filters.iter().filter_map(|filter| filter.event_type()).map(str::to_owned));
    }
    for list in kind.children() {
        list.iter().for_each(|inner| listened(&inner, signs));
    }
}
