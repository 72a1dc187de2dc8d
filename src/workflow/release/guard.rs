//! Whether the definition itself puts a text before somebody: it asks, hears the answer, and a no or silence does not
//! lead to the message. Whatever is not plainly so does not count.

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::{exported, mentions};
use crate::model::approval::Verdict;
use crate::model::tenant::StoreHours;
use crate::workflow::document::{Task, TaskKind};
use crate::workflow::expression::{Expression, Moment, Read, Source, Step, Variables, condition};

/// Whether somebody is shown the text kept as `name` and has to agree before `send`. `tasks` are all tasks, in document
/// order.
pub(super) fn is_agreed(tasks: &[Task<'_>], send: &Task<'_>, name: &str) -> bool {
    let place = |wanted: &Task<'_>| tasks.iter().position(|task| task.pointer == wanted.pointer);
    let Some(end) = place(send) else { return false };
    let before = &tasks[..end];
    before.iter().enumerate().filter(|(_, task)| asks_about(task, name)).any(|(asked, _)| {
        let mut heard = before.iter().enumerate().skip(asked).filter(|(_, task)| hears_decision(task));
        heard.any(|(at, listen)| {
            let decisions = exported(listen);
            !decisions.is_empty() && is_guarded(tasks, (at, end), &decisions)
        })
    })
}

/// A question that shows the text and does not take silence for a yes.
fn asks_about(task: &Task<'_>, name: &str) -> bool {
    let TaskKind::Call { action: "request_approval", with: Some(with) } = task.kind() else { return false };
    mentions(&with.to_string(), name) && with.get("default").is_none_or(|default| default == "rejected")
}

fn hears_decision(task: &Task<'_>) -> bool {
    match task.kind() {
        TaskKind::Listen(listen) => {
            !listen.to.filters.is_empty()
                && listen.to.filters.iter().all(|filter| filter.event_type() == Some("approval.decided"))
        }
        _ => false,
    }
}

/// Between the answer at `heard` and the message at `end`, in document order, something turns a no and silence away.
fn is_guarded(tasks: &[Task<'_>], (heard, end): (usize, usize), decisions: &[String]) -> bool {
    let send = &tasks[end];
    let inside =
        |task: &Task<'_>| task.pointer == send.pointer || send.pointer.starts_with(&format!("{}/", task.pointer));
    let mut way = tasks.iter().enumerate().skip(heard + 1).filter(|(_, task)| inside(task));
    way.any(|(at, step)| {
        step.condition().is_some_and(|text| refuses(text, decisions))
            || tasks[heard + 1..at].iter().any(|gate| turns_away(tasks, gate, step, decisions))
    })
}

/// Whether a condition asks for the decision and does not hold for any that is not a yes. What else it asks may only
/// narrow it: what is true or false elsewhere nobody knows here.
fn refuses(text: &str, decisions: &[String]) -> bool {
    let narrows = !ALTERNATIVES.iter().any(|word| text.contains(word));
    let asks = match asked(text, decisions) {
        Asked::Only => true,
        Asked::Also => narrows,
        Asked::Not => false,
    };
    asks && answers(decisions).iter().all(|context| !holds(text, context))
}

/// Words by which a condition can hold although one part of it does not.
const ALTERNATIVES: [&str; 6] = [" or ", "//", "if ", "try ", "?", "|"];

/// Whether a condition reads the decision.
enum Asked {
    /// That and nothing else.
    Only,
    /// That and something else.
    Also,
    /// It does not.
    Not,
}

fn asked(text: &str, decisions: &[String]) -> Asked {
    let Ok(compiled) = Expression::compile_lenient(text) else { return Asked::Not };
    let about = |read: &&Read| match (&read.source, read.steps.first()) {
        (Source::Variable(variable), Some(Step::Key(name))) => variable == "context" && decisions.contains(name),
        _ => false,
    };
    let reads = compiled.reads();
    // the way to a field is read as well: `$context` and `$context.answer` before `$context.answer.decision`
    let is_way = |read: &&Read| {
        reads.iter().any(|other| {
            other.source == read.source && other.steps.len() > read.steps.len() && other.steps.starts_with(&read.steps)
        })
    };
    let ends: Vec<&Read> = reads.iter().filter(|read| !is_way(read)).collect();
    match (ends.iter().copied().filter(about).count(), ends.len()) {
        (0, _) => Asked::Not,
        (some, all) if some == all => Asked::Only,
        _ => Asked::Also,
    }
}

/// What the context holds when nobody answered, and when the answer was not a yes.
fn answers(decisions: &[String]) -> [Value; 3] {
    let each = |verdict: Verdict| {
        let answer = json!({ "decision": verdict.as_str() });
        let entries: Map<String, Value> = decisions.iter().map(|name| (name.clone(), answer.clone())).collect();
        Value::Object(entries)
    };
    [json!({}), each(Verdict::Rejected), each(Verdict::ChangesRequested)]
}

/// A condition that cannot be evaluated does not hold: the execution stops there.
fn holds(text: &str, context: &Value) -> bool {
    let variables = Variables { context: context.clone(), ..Variables::default() };
    let hours = StoreHours::default();
    let moment = Moment { now: DateTime::UNIX_EPOCH, zone: Tz::UTC, hours: &hours, department: "sales" };
    condition(text, &Value::Null, &variables, &moment).unwrap_or(false)
}

/// A switch right before `step`, in its list, that leads a no and silence past it, and that no way leads around.
fn turns_away(tasks: &[Task<'_>], gate: &Task<'_>, step: &Task<'_>, decisions: &[String]) -> bool {
    let TaskKind::Switch(cases) = gate.kind() else { return false };
    let mut conditions = cases.iter().filter_map(|case| case.when);
    let clear = conditions.all(|when| matches!(asked(when, decisions), Asked::Only));
    if list_of(gate) != list_of(step) || gate.condition().is_some() || !clear {
        return false;
    }
    let siblings = || tasks.iter().filter(|task| list_of(task) == list_of(step));
    let leads_to_step = |then: Option<&str>| match then {
        Some("end" | "exit") => false,
        None | Some("continue") => true,
        Some(name) => siblings().find(|task| task.name == name).is_none_or(|target| target.index <= step.index),
    };
    let passes = |context: &Value| {
        let taken = cases.iter().find(|case| case.when.is_none_or(|when| holds(when, context)));
        leads_to_step(taken.and_then(|case| case.then))
    };
    let behind_gate =
        |name: &str| siblings().any(|task| task.name == name && (gate.index + 1..=step.index).contains(&task.index));
    let around = siblings().filter(|task| task.index < gate.index).any(|task| jumps(task).into_iter().any(behind_gate));
    !around && !answers(decisions).iter().any(passes)
}

/// Where a task may lead by name.
fn jumps<'t>(task: &Task<'t>) -> Vec<&'t str> {
    let cases = match task.kind() {
        TaskKind::Switch(cases) => cases,
        _ => Vec::new(),
    };
    cases.iter().filter_map(|case| case.then).chain(task.then()).collect()
}

/// The list a task stands in.
fn list_of<'t>(task: &'t Task<'_>) -> &'t str {
    task.pointer.rsplitn(3, '/').last().unwrap_or_default()
}
