//! Whether a text written at run time is agreed to before it goes out: a question shows it to somebody, the answer to
//! that very question is waited for, and neither a no nor silence leads to the message. Whatever is not plainly so does
//! not count.

use super::answers::{Answers, NOT_A_YES, Reply};
use super::{exported, mentions};
use crate::model::approval::Verdict;
use crate::workflow::document::{Case, Listen, StrategyMode, Task, TaskKind};

/// Whether somebody is shown the text kept as `name` and has to agree before `send`. `tasks` are all tasks, in document
/// order.
pub(super) fn is_agreed(tasks: &[Task<'_>], send: &Task<'_>, name: &str) -> bool {
    let Some(end) = tasks.iter().position(|task| task.pointer == send.pointer) else { return false };
    let is_shown = |(_, task): &(usize, &Task<'_>)| asks_about(task, name);
    tasks[..end].iter().enumerate().filter(is_shown).any(|(asked, question)| {
        let after = &tasks[asked + 1..end];
        // a text that is written once more is another than the one that was shown
        let is_the_same = !after.iter().any(|task| exported(task).iter().any(|kept| kept == name));
        is_the_same
            && after.iter().enumerate().any(|(at, task)| {
                let answers = heard(tasks, task, question);
                answers.is_some_and(|answers| is_guarded(tasks, (asked + 1 + at, end), &answers))
            })
    })
}

/// A question of yes or no that shows the text and does not take silence for a yes. Where there are options to choose
/// from, nobody here knows which of them is the yes.
fn asks_about(task: &Task<'_>, name: &str) -> bool {
    let TaskKind::Call { action: ASK, with: Some(with) } = task.kind() else { return false };
    let chooses = with.get("options").is_some_and(|options| options.as_array().is_none_or(|list| !list.is_empty()));
    let silence = with.get("default").is_none_or(|default| default == Verdict::Rejected.as_str());
    !chooses && silence && mentions(&with.to_string(), name)
}

/// What a task keeps of the answer to this question, when it waits for it and not for the answer to another one.
fn heard(tasks: &[Task<'_>], task: &Task<'_>, question: &Task<'_>) -> Option<Answers> {
    let TaskKind::Listen(listen) = task.kind() else { return None };
    let [filter] = listen.to.filters.as_slice() else { return None };
    let Listen { to, foreach: None, .. } = &listen else { return None };
    let once = to.mode != StrategyMode::All && to.until.is_none();
    let own = exported(question);
    let others = tasks.iter().filter(|task| matches!(task.kind(), TaskKind::Call { action: ASK, .. }));
    let others: Vec<String> = others.flat_map(exported).filter(|name| !own.contains(name)).collect();
    let expected: Vec<&str> = filter.correlations().into_iter().filter_map(|(_, _, expect)| expect).collect();
    let of_another = expected.iter().any(|expect| others.iter().any(|name| mentions(expect, name)));
    let is_answer = once && filter.event_type() == Some("approval.decided") && !of_another;
    is_answer.then(|| Answers::kept(tasks, task, &listen))
}

/// The action that asks.
const ASK: &str = "request_approval";

/// Between the answer at `heard` and the message at `end`, in document order, something turns a no and silence away.
fn is_guarded(tasks: &[Task<'_>], (heard, end): (usize, usize), answers: &Answers) -> bool {
    let send = &tasks[end];
    let inside = |task: &Task<'_>| task.pointer == send.pointer || task.contains(send);
    let mut way = tasks.iter().enumerate().skip(heard + 1).filter(|(_, task)| inside(task));
    way.any(|(at, step)| {
        let refuses = |text| NOT_A_YES.iter().all(|reply| answers.truth(text, *reply) == Some(false));
        step.condition().is_some_and(refuses)
            || tasks[heard + 1..at].iter().any(|gate| turns_away(tasks, gate, step, answers))
    })
}

/// A switch before `step`, in its list, that leads a no and silence past it, and that no way leads around.
fn turns_away(tasks: &[Task<'_>], gate: &Task<'_>, step: &Task<'_>, answers: &Answers) -> bool {
    let TaskKind::Switch(cases) = gate.kind() else { return false };
    if list_of(gate) != list_of(step) || gate.condition().is_some() {
        return false;
    }
    let siblings = || tasks.iter().filter(|task| list_of(task) == list_of(step));
    let leads_to_step = |then: Option<&str>| match then {
        Some("end" | "exit") => false,
        None | Some("continue") => true,
        Some(name) => siblings().find(|task| task.name == name).is_none_or(|target| target.index <= step.index),
    };
    let passes = |reply: &Reply| ways(gate, &cases, answers, *reply).into_iter().any(leads_to_step);
    let behind_gate =
        |name: &str| siblings().any(|task| task.name == name && (gate.index + 1..=step.index).contains(&task.index));
    let around = siblings().filter(|task| task.index < gate.index).any(|task| jumps(task).into_iter().any(behind_gate));
    !around && !NOT_A_YES.iter().any(passes)
}

/// Where a switch may lead after this reply; a case that may turn out either way is one of the ways.
fn ways<'t>(gate: &Task<'t>, cases: &[Case<'t>], answers: &Answers, reply: Reply) -> Vec<Option<&'t str>> {
    let on = |then: Option<&'t str>| then.filter(|then| *then != "continue").or(gate.then());
    let mut found = Vec::new();
    for case in cases {
        let truth = case.when.map_or(Some(true), |when| answers.truth(when, reply));
        if truth != Some(false) {
            found.push(on(case.then));
        }
        if truth == Some(true) {
            return found;
        }
    }
    found.push(on(None));
    found
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
