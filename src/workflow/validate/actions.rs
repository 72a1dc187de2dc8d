//! Calls: the action exists, its inputs fit, and nothing that must not repeat can repeat.

use serde_json::{Map, Value};

use super::diagnostic::{Findings, ValidationContext};
use super::inputs::Inputs;
use crate::workflow::both::{Both, both};
use crate::workflow::catalog::{Action, Catalog, Entity, RiskClass};
use crate::workflow::document::{Definition, Schedule, Task, TaskKind};
use crate::workflow::expression::is_expression;

/// Calls of the DSL itself; policy speaks about them.
pub(super) const PROTOCOLS: [&str; 6] = ["http", "openapi", "grpc", "asyncapi", "mcp", "a2a"];

pub(super) fn check(
    definition: &Definition,
    tasks: &[Task<'_>],
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    let calls = |wanted: &str| {
        tasks.iter().any(|task| matches!(task.kind(), TaskKind::Call { action, .. } if action == wanted))
    };
    let repeats = matches!(definition.schedule(), Schedule::Cron(_) | Schedule::Every(_) | Schedule::After(_))
        && calls("find_records");
    let loops: Vec<(String, &str)> = tasks
        .iter()
        .filter_map(|task| match task.kind() {
            TaskKind::For { each, .. } => Some((format!("{}/", task.pointer), each)),
            _ => None,
        })
        .collect();
    for task in tasks {
        let TaskKind::Call { action: name, with } = task.kind() else { continue };
        if PROTOCOLS.contains(&name) {
            continue;
        }
        let Some(action) = context.catalog.action(name) else {
            let pointer = format!("{}/call", task.pointer);
            found.error(
                "action.unknown",
                &pointer,
                both!("there is no action `{name}`", "no existe la acción `{name}`"),
                nearest(name, context.catalog),
            );
            continue;
        };
        inputs(task, action, with, context, found);
        if repeats && is_message(action) && with.is_none_or(|with| with.get("once").is_none()) {
            let in_loop = loops.iter().any(|(prefix, _)| task.pointer.starts_with(prefix));
            once_missing(task, action, in_loop, found);
        }
        let around: Vec<&str> =
            loops.iter().filter(|(prefix, _)| task.pointer.starts_with(prefix)).map(|(_, each)| *each).collect();
        if let Some(key) = with.and_then(|with| with.pointer("/once/key")).and_then(Value::as_str) {
            same_key(task, key, &around, found);
        }
    }
}

fn inputs(
    task: &Task<'_>,
    action: &Action,
    with: Option<&Value>,
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    let pointer = format!("{}/with", task.pointer);
    let empty = Map::new();
    let map = match with {
        None => &empty,
        Some(Value::Object(map)) => map,
        Some(_) => return,
    };
    let at = if with.is_some() { &pointer } else { &task.pointer };
    let entity = map.get("entity").and_then(Value::as_str).and_then(|name| context.catalog.entity(name));
    Inputs { context, found, entity }.object(&action.inputs, map, at, &Both::same(&action.name));
    sort(entity, map, &pointer, found);
    for group in &action.one_of {
        let written: Vec<_> = group.iter().filter(|name| map.contains_key(*name)).collect();
        if written.len() != 1 {
            let message = both!(
                "{name} takes exactly one of {group}",
                "{name} lleva exactamente uno de {group}",
                name = action.name,
                group = group.join(", ")
            );
            let hint = if written.is_empty() {
                both!("Add one of them.", "Agregue uno de ellos.")
            } else {
                both!("Keep one of them.", "Deje solo uno.")
            };
            found.error("action.one_of", at, message, hint);
        }
    }
}

/// `sort: field`, `sort: field desc`.
fn sort(entity: Option<&Entity>, map: &Map<String, Value>, pointer: &str, found: &mut Findings) {
    let text = map.get("sort").and_then(Value::as_str).filter(|text| !is_expression(text));
    let (Some(entity), Some(text)) = (entity, text) else { return };
    let mut words = text.split_whitespace();
    let known = words.next().is_some_and(|field| entity.fields.at_path(field).is_some());
    if !known || !matches!((words.next(), words.next()), (None | Some("asc" | "desc"), None)) {
        let hint = both!(
            "Write a field of a {entity} and asc or desc, such as created_at desc.",
            "Escriba un campo de {entity} y asc o desc, como created_at desc.",
            entity = entity.name
        );
        let message = both!("`{text}` is not an order", "`{text}` no es un orden");
        found.error("action.sort", &format!("{pointer}/sort"), message, hint);
    }
}

fn is_message(action: &Action) -> bool {
    action.risk == RiskClass::CustomerFacing
        || matches!(action.name.as_str(), "notify_user" | "create_task" | "send_payment_link")
}

/// In a loop, a key that names no loop variable lets the first item through and none after it.
fn same_key(task: &Task<'_>, key: &str, variables: &[&str], found: &mut Findings) {
    let varies = |each: &&str| {
        ["{{", "{{ ", "$"].iter().any(|start| {
            let name = format!("{start}{each}");
            key.match_indices(&name)
                .any(|(at, _)| !key[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    if !variables.is_empty() && !variables.iter().any(varies) {
        let message = both!(
            "the key is the same for every item of the loop: only the first would get it",
            "la clave es la misma para cada elemento del bucle: solo el primero lo recibiría"
        );
        let item = variables.last().copied().unwrap_or("item");
        let hint = both!(
            "Name the item in it, as in {{{{{item}.id}}}}.",
            "Nombre el elemento en ella, como en {{{{{item}.id}}}}."
        );
        found.error("action.once_same_key", &format!("{}/with/once/key", task.pointer), message, hint);
    }
}

fn once_missing(task: &Task<'_>, action: &Action, in_loop: bool, found: &mut Findings) {
    let message = both!(
        "this runs again and again, and nothing keeps {name} from repeating itself",
        "esto se ejecuta una y otra vez, y nada impide que {name} se repita",
        name = action.name
    );
    let example = "once: { key: 'name:{{item.id}}', within: P7D }";
    let hint = both!("Add {example}.", "Agregue {example}.");
    if in_loop || action.risk >= RiskClass::CustomerFacing {
        found.error("action.once_missing", &task.pointer, message, hint);
    } else {
        found.warning("action.once_advised", &task.pointer, message, hint);
    }
}

/// The actions whose names share most with this one.
fn nearest(name: &str, catalog: &Catalog) -> Both {
    let words: Vec<&str> = name.split(['_', '-', '.', ' ']).filter(|word| word.len() > 2).collect();
    let mut scored: Vec<(usize, &str)> = catalog
        .actions()
        .map(|action| (words.iter().filter(|word| action.name.contains(**word)).count(), action.name.as_str()))
        .filter(|(score, _)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, name)| (std::cmp::Reverse(*score), *name));
    if scored.is_empty() {
        return both!("Look it up with find_actions.", "Búsquela con find_actions.");
    }
    let near = scored.iter().take(4).map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
    both!("Did you mean {near}?", "¿Quiso decir {near}?")
}
