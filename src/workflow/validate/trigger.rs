//! What starts a workflow: one kind of trigger, readable, and not the workflow itself.

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::both::both;
use crate::workflow::document::{Definition, EventFilter, Schedule, Task, TaskKind};
use crate::workflow::duration::IsoDuration;

/// Shortest interval of `schedule.every`, in milliseconds.
const SHORTEST_INTERVAL: i64 = 60_000;

pub(super) fn check(
    definition: &Definition,
    tasks: &[Task<'_>],
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    starts_itself(definition, tasks, found);
    let written = definition.raw().get("schedule").and_then(Value::as_object);
    if written.is_some_and(|schedule| schedule.len() > 1) {
        let hint = both!(
            "Keep one of on, cron and every; make a second workflow for the other.",
            "Deje uno de on, cron y every; haga otro flujo para lo demás."
        );
        let message = both!("a workflow has one kind of trigger", "un flujo tiene un solo tipo de inicio");
        found.error("policy.several_triggers", "/schedule", message, hint);
    }
    match definition.schedule() {
        Schedule::Manual if definition.raw().get("input").is_some() => {}
        Schedule::Manual => {
            let hint = both!(
                "Add `schedule`: on (an event), cron or every.",
                "Agregue `schedule`: on (un evento), cron o every."
            );
            let message = both!("nothing starts this workflow", "nada inicia este flujo");
            found.warning("policy.no_trigger", "", message, hint);
        }
        Schedule::On(on) => on.filters.iter().for_each(|filter| event(filter, context, found)),
        Schedule::Cron(text) => {
            let five = text.split_whitespace().count() == 5;
            if !five || text.parse::<croner::Cron>().is_err() {
                let hint = both!(
                    "Write five fields: minute hour day month weekday, as in 0 9 * * 1-5.",
                    "Escriba cinco campos: minuto hora día mes día de la semana, como en 0 9 * * 1-5."
                );
                let message = both!("`{text}` is not a cron expression", "`{text}` no es una expresión cron");
                found.error("policy.cron", "/schedule/cron", message, hint);
            }
        }
        Schedule::Every(every) => interval(every, "/schedule/every", found),
        Schedule::After(pause) => interval(pause, "/schedule/after", found),
    }
}

fn interval(value: &Value, pointer: &str, found: &mut Findings) {
    let length = IsoDuration::from_value(value).ok().map(|length| length.approximate_millis());
    if length.is_none_or(|length| length < SHORTEST_INTERVAL) {
        let hint = both!(
            "Write a duration of a minute or more, such as PT1H.",
            "Escriba una duración de un minuto o más, como PT1H."
        );
        let message = both!("the interval must be a minute or more", "el intervalo debe ser de un minuto o más");
        found.error("policy.interval", pointer, message, hint);
    }
}

/// The event of a filter exists.
pub(super) fn event(filter: &EventFilter<'_>, context: &ValidationContext<'_>, found: &mut Findings) {
    let pointer = format!("{}/with/type", filter.pointer);
    match filter.event_type() {
        None => {
            let hint = both!("Add `type`, such as lead.created.", "Agregue `type`, como lead.created.");
            let message = both!("the filter names no event", "el filtro no nombra ningún evento");
            found.error("event.no_type", &filter.pointer, message, hint);
        }
        Some(name) if context.catalog.event(name).is_none() => {
            let family = name.split('.').next().unwrap_or(name);
            let near: Vec<&str> = context
                .catalog
                .events()
                .map(|event| event.name.as_str())
                .filter(|known| known.starts_with(family))
                .collect();
            let near = near.join(", ");
            let hint = if near.is_empty() {
                both!("Look it up with find_actions.", "Búsquelo con find_actions.")
            } else {
                both!("Did you mean {near}?", "¿Quiso decir {near}?")
            };
            let message = both!("there is no event `{name}`", "no existe el evento `{name}`");
            found.error("event.unknown", &pointer, message, hint);
        }
        Some(_) => {}
    }
}

/// A workflow that emits the event it starts on starts again and again.
fn starts_itself(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    let Schedule::On(on) = definition.schedule() else { return };
    for task in tasks {
        let TaskKind::Emit(spec) = task.kind() else { continue };
        let name = spec.pointer("/event/with/type").and_then(Value::as_str);
        if name.is_some() && on.filters.iter().any(|filter| filter.event_type() == name) {
            let message = both!(
                "`{name}` emits the event that starts this workflow, which starts again",
                "`{name}` emite el evento que inicia este flujo, que empieza otra vez",
                name = task.name
            );
            let hint = both!("Emit another event, or start on another.", "Emita otro evento, o empiece con otro.");
            found.error("policy.starts_itself", &task.pointer, message, hint);
        }
    }
}
