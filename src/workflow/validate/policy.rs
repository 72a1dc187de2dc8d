//! What the house allows: no protocol calls, correlation on every wait for events, known stores, waits that end, approvals
//! that are awaited, first texts that say who writes.

use serde_json::Value;

use super::actions::PROTOCOLS;
use super::diagnostic::{Findings, ValidationContext};
use super::trigger;
use crate::workflow::catalog::RiskClass;
use crate::workflow::document::{Definition, EventFilter, Task, TaskKind, escape};

pub(super) fn check(
    definition: &Definition,
    tasks: &[Task<'_>],
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    header(definition, context, found);
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
                for filter in &listen.to.all_filters() {
                    trigger::event(filter, context, found);
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
