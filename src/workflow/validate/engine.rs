//! Valid DSL that the engine does not run, or cannot run as it is written: refused before anybody approves it, with the
//! way around it.

use super::actions::PROTOCOLS;
use super::diagnostic::Findings;
use crate::workflow::document::{Definition, EventStrategy, Listen, Schedule, StrategyMode, Task, TaskKind, Until};

const CODE: &str = "engine.unsupported";

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    if let Schedule::On(strategy) = definition.schedule() {
        if strategy.until.is_some() {
            let message = "the engine does not collect events before it starts".to_owned();
            found.error(CODE, "/schedule/on/until", message, "Start on each event.".to_owned());
        }
        if strategy.mode == StrategyMode::All && strategy.filters.len() > 1 {
            correlated_start(&strategy, found);
        }
    }
    if definition.raw().pointer("/input/schema/resource").is_some() {
        let message = "the engine does not fetch a schema from elsewhere".to_owned();
        found.error(CODE, "/input/schema/resource", message, "Write the schema under document.".to_owned());
    }
    for task in tasks {
        let at = &task.pointer;
        match task.kind() {
            TaskKind::Listen(listen) => every_event(&listen, &format!("{at}/listen/to"), found),
            TaskKind::Call { action, .. } if PROTOCOLS.contains(&action) => {
                let message = format!("the engine does not carry out `call: {action}`");
                found.error(CODE, &format!("{at}/call"), message, "Use an action of the catalog.".to_owned());
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
            let message = "nothing says which of these events belong together".to_owned();
            let hint = "Add correlate with the same names to each of them, such as customer: { from: '${ .data.customer_id }' }.";
            found.error("policy.correlation_missing", &filter.pointer, message, hint.to_owned());
        }
    }
}

fn every_event(listen: &Listen<'_>, pointer: &str, found: &mut Findings) {
    let mut strategies = vec![(&listen.to, pointer.to_owned())];
    if let Some(Until::Events(until)) = &listen.to.until {
        strategies.push((until, format!("{pointer}/until")));
    }
    for (_, pointer) in strategies.into_iter().filter(|(strategy, _)| strategy.filters.is_empty()) {
        let message = "the engine does not listen to every event there is".to_owned();
        found.error(CODE, &pointer, message, "Name the types of events.".to_owned());
    }
}
