//! Valid DSL that the engine does not run yet: refused before anybody approves it, with the way around it.

use super::diagnostic::Findings;
use crate::workflow::document::{Definition, Schedule, StrategyMode, Task, TaskKind};

const CODE: &str = "engine.unsupported";

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    match definition.schedule() {
        Schedule::On(strategy) => {
            if strategy.mode == StrategyMode::All && strategy.filters.len() > 1 {
                let message = "the engine does not start on several events together".to_owned();
                found.error(CODE, "/schedule/on/all", message, "Start on one and listen for the others.".to_owned());
            }
            if strategy.until.is_some() {
                let message = "the engine does not collect events before it starts".to_owned();
                found.error(CODE, "/schedule/on/until", message, "Start on each event.".to_owned());
            }
        }
        Schedule::After(_) => {
            let message = "the engine does not start again after each run".to_owned();
            found.error(CODE, "/schedule/after", message, "Use `every` or `cron`.".to_owned());
        }
        Schedule::Cron(_) | Schedule::Every(_) | Schedule::Manual => {}
    }
    for task in tasks {
        if let TaskKind::Listen(listen) = task.kind()
            && (listen.to.until.is_some() || listen.foreach.is_some())
        {
            let message = "the engine does not collect events with `until` or `foreach`".to_owned();
            found.error(CODE, &task.pointer, message, "Take one event at a time, in a loop.".to_owned());
        }
    }
}
