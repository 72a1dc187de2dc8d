//! Audiences: a loop over found records knows how many there can be, and a schedule does not write to everybody.

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::both::both;
use crate::workflow::catalog::RiskClass;
use crate::workflow::document::{Task, TaskKind};
use crate::workflow::expression::{Expression, Source, Step};

pub(super) fn check(tasks: &[Task<'_>], context: &ValidationContext<'_>, found: &mut Findings) {
    for task in tasks {
        let TaskKind::For { items, .. } = task.kind() else { continue };
        let Some(search) = items.as_str().and_then(|items| search_of(items, task, tasks)) else { continue };
        let Some(risk) = worst_inside(task, tasks, context) else { continue };
        let TaskKind::Call { with, .. } = search.kind() else { continue };
        let with = with.unwrap_or(&Value::Null);
        let reaches = risk >= RiskClass::CustomerFacing;
        if reaches && selects_everybody(with.get("filter")) {
            let hint = both!(
                "Say in `filter` whom it is for: a status, a date, a vehicle.",
                "Diga en `filter` para quién es: un estado, una fecha, un vehículo."
            );
            let (search_name, name) = (search.name, task.name);
            let message = both!(
                "`{search_name}` finds everybody, and `{name}` writes to all of them",
                "`{search_name}` encuentra a todos, y `{name}` les escribe a todos"
            );
            found.error("policy.audience_everybody", &search.pointer, message, hint);
        }
        if with.get("limit").is_none() {
            let hint = both!(
                "Add `limit`: how many there are at most (500 or fewer).",
                "Agregue `limit`: cuántos hay como máximo (500 o menos)."
            );
            let (search_name, name) = (search.name, task.name);
            let message = both!(
                "nothing says how many records `{search_name}` may find for `{name}`",
                "nada dice cuántos registros puede encontrar `{search_name}` para `{name}`"
            );
            if reaches {
                found.error("policy.audience_unlimited", &search.pointer, message, hint);
            } else {
                found.warning("policy.records_unlimited", &search.pointer, message, hint);
            }
        }
    }
}

/// The search whose items a loop works through: the last one before it that keeps them under the name that is read.
fn search_of<'t>(items: &str, around: &Task<'_>, tasks: &'t [Task<'t>]) -> Option<&'t Task<'t>> {
    let compiled = Expression::compile(items).ok()?;
    let read = compiled.result()?;
    let (Source::Variable(variable), [Step::Key(name), ..]) = (&read.source, read.steps.as_slice()) else {
        return None;
    };
    let keeps = |task: &&Task<'_>| {
        let export = task.export_as().and_then(Value::as_str).and_then(|text| Expression::compile(text).ok());
        let finds = matches!(task.kind(), TaskKind::Call { action: "find_records", .. });
        finds && export.and_then(|export| Some(export.kept()?.iter().any(|(kept, _)| kept == name))) == Some(true)
    };
    let before = tasks.iter().take_while(|task| task.pointer != around.pointer);
    (variable == "context").then(|| before.filter(keeps).last()).flatten()
}

/// The greatest harm a call inside can do; `None` when all of them only look something up.
fn worst_inside(around: &Task<'_>, tasks: &[Task<'_>], context: &ValidationContext<'_>) -> Option<RiskClass> {
    let inside = tasks.iter().filter(|task| around.contains(task));
    let risks = inside.filter_map(|task| match task.kind() {
        TaskKind::Call { action, .. } => context.catalog.action(action).map(|action| action.risk),
        _ => None,
    });
    risks.max().filter(|risk| *risk > RiskClass::ReadOnly)
}

/// No condition, or only conditions that ask whether something is there.
fn selects_everybody(filter: Option<&Value>) -> bool {
    let conditions = filter.and_then(Value::as_object);
    conditions.is_some_and(|conditions| {
        conditions
            .values()
            .all(|condition| condition.as_object().is_some_and(|map| map.keys().all(|key| key == "exists")))
    })
}
