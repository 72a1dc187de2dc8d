//! What the house allows: no protocol calls, correlation on every wait for events, known stores, waits that end, approvals
//! that are awaited, first texts that say who writes.

use serde_json::Value;

use super::actions::PROTOCOLS;
use super::diagnostic::{Findings, ValidationContext};
use super::trigger;
use crate::workflow::both::both;
use crate::workflow::catalog::RiskClass;
use crate::workflow::document::{Definition, EventFilter, Task, TaskKind, escape};
use crate::workflow::expression::is_expression;
use crate::workflow::question::may_default;

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
                let message = both!(
                    "a workflow of a dealership does not run containers, scripts or commands",
                    "un flujo de un concesionario no ejecuta contenedores, scripts ni comandos"
                );
                let hint = both!("Use an action of the catalog.", "Use una acción del catálogo.");
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
                    let message = both!(
                        "`{name}` comes from the dealership's own systems; a workflow does not make it up",
                        "`{name}` viene de los sistemas del concesionario; un flujo no lo inventa"
                    );
                    let hint = both!(
                        "Use an action; it emits the event itself.",
                        "Use una acción; ella misma emite el evento."
                    );
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
        let own = context.namespace;
        let hint = both!("Write namespace: {own}.", "Escriba namespace: {own}.");
        let message = both!("`{namespace}` is not this dealership", "`{namespace}` no es este concesionario");
        found.error("policy.namespace", "/document/namespace", message, hint);
    }
    for (at, store) in definition.stores().iter().enumerate() {
        if !context.stores.is_empty() && !context.stores.contains(store) {
            let pointer = format!("/document/metadata/stores/{at}");
            let known = context.stores.join(", ");
            let hint = both!("Stores: {known}.", "Sucursales: {known}.");
            let message = both!("there is no store `{store}`", "no existe la sucursal `{store}`");
            found.error("policy.store_unknown", &pointer, message, hint);
        }
    }
}

fn correlated(filter: &EventFilter<'_>, found: &mut Findings) {
    let complete = filter.correlations().iter().any(|(_, _, expect)| expect.is_some());
    if !complete {
        let message = both!(
            "this waits for anybody's event, not for the one of this customer or record",
            "esto espera el evento de cualquiera, no el de este cliente o registro"
        );
        let example = "correlate: { customer: { from: '${ .data.customer_id }', expect: '${ $workflow.input[0].data.customer_id }' } }";
        let hint = both!("Add {example}.", "Agregue {example}.");
        found.error("policy.correlation_missing", &filter.pointer, message, hint);
    }
    for (name, _, expect) in filter.correlations() {
        if expect.is_none() {
            let pointer = format!("{}/correlate/{}", filter.pointer, escape(name));
            let hint = both!("Add `expect`.", "Agregue `expect`.");
            let message = both!("`{name}` expects nothing", "`{name}` no espera ningún valor");
            found.warning("policy.correlation_open", &pointer, message, hint);
        }
    }
}

/// A `listen` needs a timeout, or a race it can lose.
fn ends(task: &Task<'_>, tasks: &[Task<'_>], found: &mut Findings) {
    let raced = tasks
        .iter()
        .filter(|other| other.contains(task))
        .any(|other| matches!(other.kind(), TaskKind::Fork { compete: true, .. }) || other.timeout_after().is_some());
    if task.timeout_after().is_none() && !raced {
        let name = task.name;
        let message = both!("`{name}` may wait forever", "`{name}` puede esperar para siempre");
        let hint = both!(
            "Add timeout: {{ after: P1D }} and catch it, or let it race in a fork with compete.",
            "Agregue timeout: {{ after: P1D }} y captúrelo, o póngalo a competir en un fork con compete."
        );
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
    let message = both!(
        "`call: {action}` reaches outside; the dealership's policy does not allow it here",
        "`call: {action}` sale de la casa; las reglas del concesionario no lo permiten aquí"
    );
    let hint = both!(
        "Use an action of the catalog, or ask an administrator to allow the host.",
        "Use una acción del catálogo, o pida a un administrador que permita el servidor."
    );
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
        let TaskKind::Call { action, with } = task.kind() else { continue };
        if action == "request_approval" {
            asked = true;
            with.iter().for_each(|with| silence(task, with, found));
            if !awaits {
                let hint = both!(
                    "Add a listen to approval.decided with a timeout after it.",
                    "Agregue después un listen a approval.decided con timeout."
                );
                let message =
                    both!("nobody waits for the answer to this approval", "nadie espera la respuesta a esta solicitud");
                found.warning("policy.approval_not_awaited", &task.pointer, message, hint);
            }
        }
        let money = context.catalog.action(action).is_some_and(|action| action.risk == RiskClass::Money);
        if money && !asked {
            let hint = both!(
                "Put request_approval and a listen to approval.decided before it.",
                "Ponga antes request_approval y un listen a approval.decided."
            );
            let message = both!(
                "`{action}` moves money or prices and nobody is asked first",
                "`{action}` mueve dinero o precios y antes no se pregunta a nadie"
            );
            found.warning("policy.money_without_approval", &task.pointer, message, hint);
        }
    }
}

/// What silence counts as is one of the answers there are; where an expression writes them, only the run can tell.
fn silence(task: &Task<'_>, with: &Value, found: &mut Findings) {
    let written = |value: &'_ Value| value.as_str().is_some_and(|text| !is_expression(text));
    let options = with.get("options").and_then(Value::as_array).map(Vec::as_slice);
    let (Some(default), true) = (
        with.get("default").filter(|default| written(default)).and_then(Value::as_str),
        with.get("options").is_none_or(Value::is_array) && options.unwrap_or_default().iter().all(written),
    ) else {
        return;
    };
    let options: Vec<&str> = options.unwrap_or_default().iter().filter_map(Value::as_str).collect();
    if !may_default(&options, default) {
        let known = if options.is_empty() { "approved".to_owned() } else { options.join(", ") };
        let hint = both!("Write one of {known}, or rejected.", "Escriba una de {known}, o rejected.");
        let message = both!(
            "silence cannot count as `{default}`, which is no answer to this question",
            "el silencio no puede contar como `{default}`, que no es una respuesta a esta pregunta"
        );
        found.error("policy.approval_default", &format!("{}/with/default", task.pointer), message, hint);
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
        let hint =
            both!("End it with: Reply STOP to opt out.", "Termínelo con: Responda STOP para no recibir más mensajes.");
        let message =
            both!("the first text does not say how to opt out", "el primer mensaje no dice cómo dejar de recibirlos");
        found.warning("policy.stop_wording", &pointer, message, hint);
    }
    if !body.contains("store.name") {
        let hint = both!("Name the store: {{{{store.name}}}}.", "Nombre la sucursal: {{{{store.name}}}}.");
        let message = both!("the first text does not say who writes", "el primer mensaje no dice quién escribe");
        found.warning("policy.store_not_named", &pointer, message, hint);
    }
}
