//! The definition as nodes and edges, for drawing. Ids are JSON pointers: `/schedule` for the start, a task's pointer
//! for a task, and `end` for the end.

use serde::Serialize;

use super::describe::words;
use super::document::{Case, Definition, Listen, Task, TaskKind, TaskList};

/// Id of the start node.
pub const START: &str = "/schedule";
/// Id of the end node.
pub const END: &str = "end";

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Graph {
    /// Start, tasks in document order, end.
    pub nodes: Vec<Node>,
    /// Ways from node to node.
    pub edges: Vec<Edge>,
}

/// A task, the start or the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Node {
    /// Its JSON pointer.
    pub id: String,
    /// What to write on it.
    pub label: String,
    /// `start`, `end`, or the task's keyword: `call`, `wait`, `switch` …
    pub kind: String,
    /// The task around it.
    pub parent: Option<String>,
}

/// A way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Edge {
    /// Where it starts.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// When it is taken; empty when always.
    pub label: String,
    /// The same for a program, which has words of its own for it.
    pub kind: EdgeKind,
    /// Of [`EdgeKind::Case`]: which case of the switch, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<usize>,
}

/// When a way is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// Always.
    Always,
    /// When a case of a switch holds.
    Case,
    /// When no case and no condition holds.
    Otherwise,
    /// When the time limit runs out first.
    Timeout,
    /// When there is an error.
    Error,
    /// For each entry of a list.
    Each,
    /// Back, for the next entry.
    Next,
    /// When every entry is done.
    Done,
    /// From the branch that is ready first.
    First,
}

/// Draws a definition. Odd documents give odd drawings, never a panic.
#[must_use]
pub fn graph(definition: &Definition) -> Graph {
    let mut drawing = Drawing { nodes: Vec::new(), edges: Vec::new() };
    drawing.node(START, "start", "start", None);
    let begin = vec![Exit::from(START)];
    let left = drawing.list(&definition.tasks(), begin, None, &[]);
    drawing.connect(left, END);
    drawing.node(END, "end", "end", None);
    drawing.edges.dedup();
    Graph { nodes: drawing.nodes, edges: drawing.edges }
}

/// A way that has a start and no end yet.
#[derive(Debug, Clone)]
struct Exit {
    from: String,
    label: String,
    kind: EdgeKind,
    case: Option<usize>,
}

impl Exit {
    fn from(node: &str) -> Self {
        Self { from: node.to_owned(), label: String::new(), kind: EdgeKind::Always, case: None }
    }

    fn when(self, kind: EdgeKind, label: impl Into<String>) -> Self {
        Self { label: label.into(), kind, ..self }
    }
}

struct Drawing {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Drawing {
    fn node(&mut self, id: &str, label: &str, kind: &str, parent: Option<&str>) {
        let parent = parent.map(str::to_owned);
        self.nodes.push(Node { id: id.to_owned(), label: label.to_owned(), kind: kind.to_owned(), parent });
    }

    fn connect(&mut self, exits: Vec<Exit>, to: &str) {
        for exit in exits {
            let edge = Edge { from: exit.from, to: to.to_owned(), label: exit.label, kind: exit.kind, case: exit.case };
            if !self.edges.contains(&edge) {
                self.edges.push(edge);
            }
        }
    }

    /// Draws a list; gives back the ways that leave it. `raised` is where an error inside goes.
    fn list(&mut self, list: &TaskList<'_>, begin: Vec<Exit>, parent: Option<&str>, raised: &[String]) -> Vec<Exit> {
        let tasks: Vec<Task<'_>> = list.iter().collect();
        let mut open = begin;
        let mut left = Vec::new();
        for task in &tasks {
            self.connect(std::mem::take(&mut open), &task.pointer);
            let ways = self.task(task, parent, raised);
            if task.condition().is_some() && (ways.jumps || task.then().is_some()) {
                open.push(Exit::from(&task.pointer).when(EdgeKind::Otherwise, "otherwise"));
            }
            let plain_ways = ways.exits.into_iter().map(|exit| (exit, task.then().map(str::to_owned)));
            for (exit, then) in plain_ways.chain(ways.cases) {
                match then.as_deref() {
                    None | Some("continue") => open.push(exit),
                    Some("exit") => left.push(exit),
                    Some("end") => self.connect(vec![exit], END),
                    Some(name) => match tasks.iter().find(|target| target.name == name) {
                        Some(target) => self.connect(vec![exit], &target.pointer),
                        None => open.push(exit),
                    },
                }
            }
        }
        left.extend(open);
        left
    }

    /// What is done with each item, and back to the task.
    fn round(&mut self, task: &Task<'_>, body: &TaskList<'_>, item: &str, raised: &[String]) -> Ways {
        let own = || Exit::from(&task.pointer);
        let each = own().when(EdgeKind::Each, format!("each {}", words::plain(item)));
        let around = self.list(body, vec![each], Some(&task.pointer), raised);
        let back = around.into_iter().map(|exit| exit.when(EdgeKind::Next, "next")).collect();
        self.connect(back, &task.pointer);
        Ways::plain(vec![own().when(EdgeKind::Done, "done")])
    }

    fn task(&mut self, task: &Task<'_>, parent: Option<&str>, raised: &[String]) -> Ways {
        let kind = task.kind();
        self.node(&task.pointer, &label(task), keyword(&kind), parent);
        let own = || Exit::from(&task.pointer);
        let me = Some(task.pointer.as_str());
        match kind {
            TaskKind::Listen(Listen { foreach: Some(foreach), .. }) if !foreach.body.is_empty() => {
                self.round(task, &foreach.body, foreach.item, raised)
            }
            TaskKind::Call { .. }
            | TaskKind::Emit(_)
            | TaskKind::Listen(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Wait(_)
            | TaskKind::Unknown => Ways::plain(vec![own()]),
            TaskKind::Raise(_) => {
                let target = raised.last().map_or(END, String::as_str).to_owned();
                self.connect(vec![own().when(EdgeKind::Error, "error")], &target);
                Ways { exits: Vec::new(), cases: Vec::new(), jumps: true }
            }
            TaskKind::Switch(cases) => {
                let of_case = |(place, case): (usize, &Case<'_>)| {
                    let exit = own().when(EdgeKind::Case, words::plain(case.name));
                    (Exit { case: Some(place), ..exit }, case.then.map(str::to_owned))
                };
                let mut ways: Vec<(Exit, Option<String>)> = cases.iter().enumerate().map(of_case).collect();
                if cases.iter().all(|case| case.when.is_some()) {
                    ways.push((own().when(EdgeKind::Otherwise, "otherwise"), task.then().map(str::to_owned)));
                }
                Ways { exits: Vec::new(), cases: ways, jumps: true }
            }
            TaskKind::Do(body) => {
                let exits = self.list(&body, vec![own()], me, raised);
                Ways { exits, cases: Vec::new(), jumps: true }
            }
            TaskKind::For { each, body, .. } => self.round(task, &body, each, raised),
            TaskKind::Fork { compete, branches } => {
                let mut exits = Vec::new();
                for branch in branches.iter() {
                    self.connect(vec![own()], &branch.pointer);
                    let ways = self.task(&branch, me, raised);
                    exits.extend(ways.exits);
                    exits.extend(ways.cases.into_iter().map(|(exit, _)| exit));
                }
                if compete {
                    exits = exits.into_iter().map(|exit| exit.when(EdgeKind::First, "first")).collect();
                }
                if exits.is_empty() {
                    exits.push(own());
                }
                Ways { exits, cases: Vec::new(), jumps: true }
            }
            TaskKind::Try { body, catch } => {
                let handler = catch.body.iter().next().map(|first| first.pointer);
                let mut inside = raised.to_vec();
                inside.extend(handler);
                let mut exits = self.list(&body, vec![own()], me, &inside);
                let caught = if is_timeout(&catch) {
                    own().when(EdgeKind::Timeout, "on timeout")
                } else {
                    own().when(EdgeKind::Error, "on error")
                };
                exits.extend(self.list(&catch.body, vec![caught], me, raised));
                Ways { exits, cases: Vec::new(), jumps: true }
            }
        }
    }
}

/// The ways out of a task.
struct Ways {
    /// Ways that go where the task's `then` says.
    exits: Vec<Exit>,
    /// Ways of a switch, each with its own `then`.
    cases: Vec<(Exit, Option<String>)>,
    /// Whether the ways start elsewhere than at the task, so that skipping it is a way of its own.
    jumps: bool,
}

impl Ways {
    const fn plain(exits: Vec<Exit>) -> Self {
        Self { exits, cases: Vec::new(), jumps: false }
    }
}

fn is_timeout(catch: &super::document::Catch<'_>) -> bool {
    let kind = catch.raw.pointer("/errors/with/type").and_then(serde_json::Value::as_str);
    kind == Some(super::document::TIMEOUT_ERROR)
}

fn label(task: &Task<'_>) -> String {
    words::capital(&words::plain(task.name))
}

/// The keyword of a task.
pub(super) const fn keyword(kind: &TaskKind<'_>) -> &'static str {
    match kind {
        TaskKind::Call { .. } => "call",
        TaskKind::Do(_) => "do",
        TaskKind::Emit(_) => "emit",
        TaskKind::For { .. } => "for",
        TaskKind::Fork { .. } => "fork",
        TaskKind::Listen(_) => "listen",
        TaskKind::Raise(_) => "raise",
        TaskKind::Run(_) => "run",
        TaskKind::Set(_) => "set",
        TaskKind::Switch(_) => "switch",
        TaskKind::Try { .. } => "try",
        TaskKind::Wait(_) => "wait",
        TaskKind::Unknown => "unknown",
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
