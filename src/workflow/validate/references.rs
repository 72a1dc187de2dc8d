//! Names: unique, well written, and every `then` goes forward to a task of the same list.

use std::collections::{HashMap, HashSet};

use super::diagnostic::Findings;
use crate::workflow::both::both;
use crate::workflow::document::{Definition, Listen, Task, TaskKind, TaskList};

const DIRECTIVES: [&str; 3] = ["continue", "exit", "end"];
/// Roots of merge fields, which loop variables may not hide.
pub(super) const ROOTS: [&str; 6] = ["event", "context", "customer", "owner", "store", "link"];

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    let mut first: HashMap<&str, &str> = HashMap::new();
    for task in tasks {
        if let Some(other) = first.insert(task.name, &task.pointer) {
            let hint = both!(
                "Rename one of them; the other stands at {other}.",
                "Cambie el nombre de uno; el otro está en {other}."
            );
            let message = both!("`{name}` is used twice", "`{name}` se usa dos veces", name = task.name);
            found.error("reference.duplicate_name", &task.pointer, message, hint);
        }
        if !is_lower_camel(task.name) {
            let hint = both!(
                "Write it in lowerCamelCase and let it say what happens, such as textCustomer.",
                "Escríbalo en lowerCamelCase y que diga lo que pasa, como textCustomer."
            );
            let message = both!(
                "`{name}` is an unusual task name",
                "`{name}` es un nombre de tarea poco común",
                name = task.name
            );
            found.warning("reference.name_style", &task.pointer, message, hint);
        }
        loop_variable(task, found);
    }
    let names: HashSet<&str> = tasks.iter().map(|task| task.name).collect();
    list(&definition.tasks(), &names, found);
    for task in tasks {
        let kind = task.kind();
        if let TaskKind::Fork { branches, .. } = &kind {
            for branch in branches.iter() {
                targets(&branch, &[], &names, found);
            }
            continue;
        }
        kind.children().iter().for_each(|children| list(children, &names, found));
    }
}

fn is_lower_camel(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn loop_variable(task: &Task<'_>, found: &mut Findings) {
    let kind = task.kind();
    let (each, at) = if let TaskKind::For { each, at, .. } = kind {
        (each, at)
    } else if let TaskKind::Listen(Listen { foreach: Some(foreach), .. }) = kind {
        (foreach.item, foreach.at)
    } else {
        return;
    };
    for name in [each, at].into_iter().filter(|name| ROOTS.contains(name)) {
        let hint = both!(
            "Name it after the item, such as lead or order.",
            "Nómbrela como el elemento, por ejemplo lead u order."
        );
        let pointer = format!("{}/for", task.pointer);
        let message = both!(
            "loop variable `{name}` hides a merge root",
            "la variable de bucle `{name}` oculta una raíz de los campos combinados"
        );
        found.error("reference.loop_variable", &pointer, message, hint);
    }
}

/// One list: where each task leads.
fn list(tasks: &TaskList<'_>, names: &HashSet<&str>, found: &mut Findings) {
    let siblings: Vec<Task<'_>> = tasks.iter().collect();
    siblings.iter().for_each(|task| targets(task, &siblings, names, found));
}

fn targets(task: &Task<'_>, siblings: &[Task<'_>], names: &HashSet<&str>, found: &mut Findings) {
    let jump = |then: Option<&str>, pointer: &str, found: &mut Findings| {
        if let Some(name) = then.filter(|name| !DIRECTIVES.contains(name)) {
            target(name, task, siblings, names, pointer, found);
        }
    };
    jump(task.then(), &format!("{}/then", task.pointer), found);
    let TaskKind::Switch(cases) = task.kind() else { return };
    let default = cases.iter().position(|case| case.when.is_none());
    if let Some(at) = default.filter(|at| at + 1 < cases.len()) {
        let hint = both!(
            "Move the case without `when` to the end; what follows it is never tried.",
            "Mueva al final el caso sin `when`; lo que le sigue nunca se prueba."
        );
        let message = both!("the case without `when` is not the last", "el caso sin `when` no es el último");
        found.error("reference.default_not_last", &cases[at].pointer, message, hint);
    }
    for case in &cases {
        jump(case.then, &format!("{}/then", case.pointer), found);
    }
}

fn target(
    name: &str,
    task: &Task<'_>,
    siblings: &[Task<'_>],
    names: &HashSet<&str>,
    pointer: &str,
    found: &mut Findings,
) {
    let target = siblings.iter().find(|other| other.name == name);
    if target.is_some_and(|other| other.index > task.index) {
        return;
    }
    let known: Vec<&str> = siblings.iter().filter(|other| other.index > task.index).map(|other| other.name).collect();
    let (known, directives) = (known.join(", "), DIRECTIVES.join(", "));
    let hint = if known.is_empty() {
        both!("Write {directives} here.", "Escriba aquí {directives}.")
    } else {
        both!("Choose one of {known}, or {directives}.", "Elija uno de {known}, o {directives}.")
    };
    match target {
        Some(other) => {
            let round = siblings.iter().filter(|one| (other.index..=task.index).contains(&one.index));
            if !round.into_iter().any(pauses) {
                let message = both!(
                    "from `{name}` to `{last}` nothing waits: this would go round without end",
                    "de `{name}` a `{last}` nada espera: daría vueltas sin fin",
                    last = task.name
                );
                let hint = both!(
                    "Use `for` with a bounded list, and wait or listen inside it.",
                    "Use `for` con una lista limitada, y espere o escuche dentro."
                );
                found.error("reference.endless_loop", pointer, message, hint);
            }
            let message = both!(
                "`{name}` stands before `{own}`; a flow never goes back",
                "`{name}` está antes de `{own}`; un flujo nunca vuelve atrás",
                own = task.name
            );
            let hint = both!("For a repetition use `for`. {hint}", "Para repetir use `for`. {hint}"; hint);
            found.error("reference.backward", pointer, message, hint);
        }
        None if names.contains(name) => {
            let message = both!("`{name}` is in another list of tasks", "`{name}` está en otra lista de tareas");
            found.error("reference.target_elsewhere", pointer, message, hint);
        }
        None => {
            let message = both!("there is no task `{name}`", "no existe la tarea `{name}`");
            found.error("reference.target_unknown", pointer, message, hint);
        }
    }
}

/// Whether a task, or one inside it, waits for time or for an event.
fn pauses(task: &Task<'_>) -> bool {
    let kind = task.kind();
    matches!(kind, TaskKind::Wait(_) | TaskKind::Listen(_))
        || kind.children().iter().any(|list| list.iter().any(|inner| pauses(&inner)))
}
