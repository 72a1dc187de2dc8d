//! What the house allows: no protocol calls, correlation on every wait for events, known stores, a trigger that makes
//! sense, waits that end, approvals that are awaited.

use serde_json::Value;

use super::actions::PROTOCOLS;
use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::catalog::RiskClass;
use crate::workflow::document::{Definition, EventFilter, Schedule, Task, TaskKind, escape};
use crate::workflow::duration::IsoDuration;

/// Shortest interval of `schedule.every`, in milliseconds.
const SHORTEST_INTERVAL: i64 = 60_000;
/// Waits from here on need a brake, in milliseconds.
const LONG_WAIT: i64 = 86_400_000;

pub(super) fn check(
    definition: &Definition,
    tasks: &[Task<'_>],
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    header(definition, context, found);
    schedule(definition, context, found);
    for task in tasks {
        match task.kind() {
            TaskKind::Call { action, with } if PROTOCOLS.contains(&action) => {
                protocol(task, action, with, context, found)
            }
            TaskKind::Run(_) => {
                let message = "a workflow of a dealership does not run containers, scripts or commands".to_owned();
                let hint = "Use an action of the catalog.".to_owned();
                found.error("policy.protocol_call", &task.pointer, message, hint);
            }
            TaskKind::Listen(listen) => {
                for filter in &listen.to.filters {
                    event(filter, context, found);
                    correlated(filter, found);
                }
                ends(task, tasks, found);
            }
            TaskKind::Emit(spec) => {
                let name = spec.pointer("/event/with/type").and_then(Value::as_str);
                if let Some(name) = name.filter(|name| context.catalog.event(name).is_some()) {
                    let message =
                        format!("`{name}` comes from the dealership's own systems; a workflow does not make it up");
                    let hint = "Use an action; it emits the event itself.".to_owned();
                    found.warning("policy.emit_catalog_event", &task.pointer, message, hint);
                }
            }
            TaskKind::Call { .. }
            | TaskKind::Do(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Raise(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try { .. }
            | TaskKind::Wait(_)
            | TaskKind::Unknown => {}
        }
    }
    approvals(tasks, context, found);
    brakes(definition, tasks, context, found);
    first_text(tasks, found);
}

fn header(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    if let Some(namespace) =
        definition.header("namespace").filter(|own| !context.namespace.is_empty() && *own != context.namespace)
    {
        let hint = format!("Write namespace: {}.", context.namespace);
        found.error("policy.namespace", "/document/namespace", format!("`{namespace}` is not this dealership"), hint);
    }
    for (at, store) in definition.stores().iter().enumerate() {
        if !context.stores.is_empty() && !context.stores.contains(store) {
            let pointer = format!("/document/metadata/stores/{at}");
            let hint = format!("Stores: {}.", context.stores.join(", "));
            found.error("policy.store_unknown", &pointer, format!("there is no store `{store}`"), hint);
        }
    }
}

fn schedule(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let written = definition.raw().get("schedule").and_then(Value::as_object);
    if written.is_some_and(|schedule| schedule.len() > 1) {
        let hint = "Keep one of on, cron and every; make a second workflow for the other.".to_owned();
        found.error("policy.several_triggers", "/schedule", "a workflow has one kind of trigger".to_owned(), hint);
    }
    match definition.schedule() {
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
        Schedule::Every(every) => {
            let length = IsoDuration::from_value(every).ok().map(|every| every.approximate_millis());
            if length.is_none_or(|length| length < SHORTEST_INTERVAL) {
                let hint = "Write a duration of a minute or more, such as PT1H.".to_owned();
                found.error(
                    "policy.interval",
                    "/schedule/every",
                    "the interval must be a minute or more".to_owned(),
                    hint,
                );
            }
        }
        Schedule::After(_) => {
            let hint = "Use every or cron.".to_owned();
            found.error("policy.after", "/schedule/after", "`after` is not offered here".to_owned(), hint);
        }
    }
}

fn event(filter: &EventFilter<'_>, context: &ValidationContext<'_>, found: &mut Findings) {
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

fn correlated(filter: &EventFilter<'_>, found: &mut Findings) {
    let complete = filter.correlations().iter().any(|(_, _, expect)| expect.is_some());
    if !complete {
        let message = "this waits for anybody's event, not for the one of this customer or record".to_owned();
        let hint = "Add correlate: { customer: { from: '${ .data.customer_id }', expect: '${ $workflow.input[0].data.customer_id }' } }.".to_owned();
        found.error("policy.correlation_missing", &filter.pointer, message, hint);
    }
    for (name, _, expect) in filter.correlations() {
        if expect.is_none() {
            let pointer = format!("{}/correlate/{}", filter.pointer, escape(name));
            let hint = "Add `expect`.".to_owned();
            found.warning("policy.correlation_open", &pointer, format!("`{name}` expects nothing"), hint);
        }
    }
}

/// A `listen` needs a timeout, or a race it can lose.
fn ends(task: &Task<'_>, tasks: &[Task<'_>], found: &mut Findings) {
    let around = |other: &&Task<'_>| task.pointer.starts_with(&format!("{}/", other.pointer));
    let raced = tasks
        .iter()
        .filter(around)
        .any(|other| matches!(other.kind(), TaskKind::Fork { compete: true, .. }) || other.timeout_after().is_some());
    if task.timeout_after().is_none() && !raced {
        let message = format!("`{}` may wait forever", task.name);
        let hint = "Add timeout: { after: P1D } and catch it, or let it race in a fork with compete.".to_owned();
        found.warning("policy.endless_wait", &task.pointer, message, hint);
    }
}

fn protocol(
    task: &Task<'_>,
    action: &str,
    with: Option<&Value>,
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    let endpoint = with.and_then(|with| {
        [
            "/endpoint/uri",
            "/endpoint",
            "/document/endpoint/uri",
            "/document/endpoint",
            "/transport/http/endpoint/uri",
            "/transport/http/endpoint",
        ]
        .iter()
        .find_map(|path| with.pointer(path)?.as_str())
    });
    if endpoint.and_then(host).is_some_and(|host| context.allowed_hosts.contains(&host)) {
        return;
    }
    let message = format!("`call: {action}` reaches outside; the dealership's policy does not allow it here");
    let hint = "Use an action of the catalog, or ask an administrator to allow the host.".to_owned();
    found.error("policy.protocol_call", &format!("{}/call", task.pointer), message, hint);
}

/// The host of a literal https address.
fn host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.contains(['{', '@', '$'])).then_some(host)
}

fn approvals(tasks: &[Task<'_>], context: &ValidationContext<'_>, found: &mut Findings) {
    let awaits = tasks.iter().any(|task| match task.kind() {
        TaskKind::Listen(listen) => {
            listen.to.filters.iter().any(|filter| filter.event_type() == Some("approval.decided"))
        }
        _ => false,
    });
    let mut asked = false;
    for task in tasks {
        let TaskKind::Call { action, .. } = task.kind() else { continue };
        if action == "request_approval" {
            asked = true;
            if !awaits {
                let hint = "Add a listen to approval.decided with a timeout after it.".to_owned();
                let message = "nobody waits for the answer to this approval".to_owned();
                found.warning("policy.approval_not_awaited", &task.pointer, message, hint);
            }
        }
        let money = context.catalog.action(action).is_some_and(|action| action.risk == RiskClass::Money);
        if money && !asked {
            let hint = "Put request_approval and a listen to approval.decided before it.".to_owned();
            let message = format!("`{action}` moves money or prices and nobody is asked first");
            found.warning("policy.money_without_approval", &task.pointer, message, hint);
        }
    }
}

/// A message to a customer a day or more after the last step races against the signs that make it pointless.
fn brakes(definition: &Definition, tasks: &[Task<'_>], context: &ValidationContext<'_>, found: &mut Findings) {
    let races: Vec<String> = tasks
        .iter()
        .filter(|task| matches!(task.kind(), TaskKind::Fork { compete: true, .. }))
        .map(|task| format!("{}/", task.pointer))
        .collect();
    let lists = tasks.iter().flat_map(|task| task.kind().children()).chain([definition.tasks()]);
    for list in lists {
        let mut waited = false;
        for task in list.iter() {
            match task.kind() {
                TaskKind::Wait(length) => {
                    waited |=
                        IsoDuration::from_value(length).is_ok_and(|length| length.approximate_millis() >= LONG_WAIT);
                }
                TaskKind::Listen(_) | TaskKind::Try { .. } => waited = false,
                TaskKind::Call { action, .. } => {
                    let risk = context.catalog.action(action).map(|action| action.risk);
                    let raced = races.iter().any(|race| task.pointer.starts_with(race));
                    if waited && !raced && risk == Some(RiskClass::CustomerFacing) {
                        let message =
                            format!("`{}` goes out after a long wait, whatever the customer did meanwhile", task.name);
                        let hint = "Let the steps race (fork with compete) against a reply, a booking, a purchase and an opt-out.";
                        found.warning("policy.no_brake", &task.pointer, message, hint.to_owned());
                    }
                }
                TaskKind::Do(_)
                | TaskKind::Emit(_)
                | TaskKind::For { .. }
                | TaskKind::Fork { .. }
                | TaskKind::Raise(_)
                | TaskKind::Run(_)
                | TaskKind::Set(_)
                | TaskKind::Switch(_)
                | TaskKind::Unknown => {}
            }
        }
    }
}

/// The first text to a customer names the store and says how to stop.
fn first_text(tasks: &[Task<'_>], found: &mut Findings) {
    let first = tasks.iter().find_map(|task| match task.kind() {
        TaskKind::Call { action: "send_sms", with } => Some((task, with?.get("body")?.as_str()?)),
        _ => None,
    });
    let Some((task, body)) = first else { return };
    let pointer = format!("{}/with/body", task.pointer);
    if !body.contains("STOP") {
        let hint = "End it with: Reply STOP to opt out.".to_owned();
        found.warning("policy.stop_wording", &pointer, "the first text does not say how to opt out".to_owned(), hint);
    }
    if !body.contains("store.name") {
        let hint = "Name the store: {{store.name}}.".to_owned();
        found.warning("policy.store_not_named", &pointer, "the first text does not say who writes".to_owned(), hint);
    }
}
