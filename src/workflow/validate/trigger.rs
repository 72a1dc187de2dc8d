//! What starts a workflow: one kind of trigger, readable, and not the workflow itself.

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
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
        let hint = "Keep one of on, cron and every; make a second workflow for the other.".to_owned();
        found.error("policy.several_triggers", "/schedule", "a workflow has one kind of trigger".to_owned(), hint);
    }
    match definition.schedule() {
        Schedule::Manual if definition.raw().get("input").is_some() => {}
        Schedule::Manual => {
            let hint = "Add `schedule`: on (an event), cron or every.".to_owned();
            found.warning("policy.no_trigger", "", "nothing starts this workflow".to_owned(), hint);
        }
        Schedule::On(on) => on.filters.iter().for_each(|filter| event(filter, context, found)),
        Schedule::Cron(text) => {
            let five = text.split_whitespace().count() == 5;
            if !five || text.parse::<croner::Cron>().is_err() {
                let hint = "Write five fields: minute hour day month weekday, as in 0 9 * * 1-5.".to_owned();
                found.error("policy.cron", "/schedule/cron", format!("`{text}` is not a cron expression"), hint);
            }
        }
        Schedule::Every(every) => interval(every, "/schedule/every", found),
        Schedule::After(pause) => interval(pause, "/schedule/after", found),
    }
}

fn interval(value: &Value, pointer: &str, found: &mut Findings) {
    let length = IsoDuration::from_value(value).ok().map(|length| length.approximate_millis());
    if length.is_none_or(|length| length < SHORTEST_INTERVAL) {
        let hint = "Write a duration of a minute or more, such as PT1H.".to_owned();
        found.error("policy.interval", pointer, "the interval must be a minute or more".to_owned(), hint);
    }
}

/// The event of a filter exists.
pub(super) fn event(filter: &EventFilter<'_>, context: &ValidationContext<'_>, found: &mut Findings) {
    let pointer = format!("{}/with/type", filter.pointer);
    match filter.event_type() {
        None => {
            let hint = "Add `type`, such as lead.created.".to_owned();
            found.error("event.no_type", &filter.pointer, "the filter names no event".to_owned(), hint);
        }
        Some(name) if context.catalog.event(name).is_none() => {
            let family = name.split('.').next().unwrap_or(name);
            let near: Vec<&str> = context
                .catalog
                .events()
                .map(|event| event.name.as_str())
                .filter(|known| known.starts_with(family))
                .collect();
            let hint = if near.is_empty() {
                "Look it up with find_actions.".to_owned()
            } else {
                format!("Did you mean {}?", near.join(", "))
            };
            found.error("event.unknown", &pointer, format!("there is no event `{name}`"), hint);
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
            let message = format!("`{}` emits the event that starts this workflow, which starts again", task.name);
            let hint = "Emit another event, or start on another.".to_owned();
            found.error("policy.starts_itself", &task.pointer, message, hint);
        }
    }
}
