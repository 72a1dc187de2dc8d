//! Valid DSL that the engine does not run, or cannot run as it is written: refused before anybody approves it, with the
//! way around it.

use serde_json::Value;

use super::actions::PROTOCOLS;
use super::diagnostic::Findings;
use crate::workflow::both::both;
use crate::workflow::document::{Definition, EventStrategy, Listen, Schedule, StrategyMode, Task, TaskKind, Until};
use crate::workflow::schema::Schema;

const CODE: &str = "engine.unsupported";

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    if let Schedule::On(strategy) = definition.schedule() {
        if strategy.until.is_some() {
            let message = both!(
                "the engine does not collect events before it starts",
                "el motor no reúne eventos antes de empezar"
            );
            let hint = both!("Start on each event.", "Empiece con cada evento.");
            found.error(CODE, "/schedule/on/until", message, hint);
        }
        if strategy.mode == StrategyMode::All && strategy.filters.len() > 1 {
            correlated_start(&strategy, found);
        }
    }
    for part in ["input", "output"] {
        schema(definition.raw().get(part), &format!("/{part}"), found);
    }
    for task in tasks {
        let at = &task.pointer;
        for part in ["input", "output", "export"] {
            schema(task.raw.get(part), &format!("{at}/{part}"), found);
        }
        match task.kind() {
            TaskKind::Listen(listen) => {
                for part in ["output", "export"] {
                    let part_of = listen.foreach.as_ref().and_then(|foreach| foreach.raw.get(part));
                    schema(part_of, &format!("{at}/foreach/{part}"), found);
                }
                every_event(&listen, &format!("{at}/listen/to"), found);
            }
            TaskKind::Call { action, .. } if PROTOCOLS.contains(&action) => {
                let message =
                    both!("the engine does not carry out `call: {action}`", "el motor no ejecuta `call: {action}`");
                let hint = both!("Use an action of the catalog.", "Use una acción del catálogo.");
                found.error(CODE, &format!("{at}/call"), message, hint);
            }
            TaskKind::Call { .. }
            | TaskKind::Do(_)
            | TaskKind::Emit(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Raise(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try { .. }
            | TaskKind::Wait(_)
            | TaskKind::Unknown => {}
        }
    }
}

/// A schema stands in the document and can be read.
fn schema(part: Option<&Value>, pointer: &str, found: &mut Findings) {
    let Some(schema) = part.and_then(|part| part.get("schema")) else { return };
    if schema.get("resource").is_some() {
        let message =
            both!("the engine does not fetch a schema from elsewhere", "el motor no trae esquemas de otra parte");
        let hint = both!("Write the schema under document.", "Escriba el esquema bajo document.");
        return found.error(CODE, &format!("{pointer}/schema/resource"), message, hint);
    }
    if let Some(Err(error)) = schema.get("document").map(Schema::compile) {
        let message = both!("this is no schema: {error}", "esto no es un esquema: {error}");
        let hint = both!(
            "Write a JSON Schema (draft 2020-12) that refers to nothing outside itself.",
            "Escriba un JSON Schema (draft 2020-12) que no remita a nada fuera de él."
        );
        found.error("engine.schema", &format!("{pointer}/schema/document"), message, hint);
    }
}

/// Events that start one execution together say by the same correlations that they belong together.
fn correlated_start(strategy: &EventStrategy<'_>, found: &mut Findings) {
    let names = |at: usize| {
        let correlations = strategy.filters.get(at).map(|filter| filter.correlations()).unwrap_or_default();
        let mut names: Vec<&str> = correlations.into_iter().map(|(name, ..)| name).collect();
        names.sort_unstable();
        names
    };
    let first = names(0);
    for (at, filter) in strategy.filters.iter().enumerate() {
        let own = names(at);
        if own.is_empty() || own != first {
            let message = both!(
                "nothing says which of these events belong together",
                "nada dice cuáles de estos eventos van juntos"
            );
            let example = "customer: { from: '${ .data.customer_id }' }";
            let hint = both!(
                "Add correlate with the same names to each of them, such as {example}.",
                "Agregue a cada uno correlate con los mismos nombres, como {example}."
            );
            found.error("policy.correlation_missing", &filter.pointer, message, hint);
        }
    }
}

fn every_event(listen: &Listen<'_>, pointer: &str, found: &mut Findings) {
    let mut strategies = vec![(&listen.to, pointer.to_owned())];
    if let Some(Until::Events(until)) = &listen.to.until {
        strategies.push((until, format!("{pointer}/until")));
    }
    for (_, pointer) in strategies.into_iter().filter(|(strategy, _)| strategy.filters.is_empty()) {
        let message = both!(
            "the engine does not listen to every event there is",
            "el motor no escucha todos los eventos que existen"
        );
        let hint = both!("Name the types of events.", "Nombre los tipos de eventos.");
        found.error(CODE, &pointer, message, hint);
    }
}
