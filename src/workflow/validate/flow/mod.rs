//! Data flow and control flow in one walk over the document: what every expression and merge field reads is really there
//! on every way that leads to it, and every task is reached.
//!
//! The walk carries a [`State`]: the trigger's payload, what earlier tasks kept, the variables of loops. A condition
//! narrows it, a jump carries it to its target, and where ways meet only what both know is left. A result that only some
//! ways have may be null, as jq gives it.

mod expressions;
mod fits;
mod kept;
mod known;
mod merge;
mod sample;
mod state;

use std::collections::HashMap;

use serde_json::Value;

use self::known::Known;
use self::state::{NUMBER, State, envelope, join};
use super::diagnostic::{Findings, ValidationContext};
use crate::workflow::both::{Both, both};
use crate::workflow::document::{
    Case, Catch, Definition, EventFilter, EventStrategy, Foreach, Listen, Schedule, Task, TaskKind, TaskList, Until,
    escape,
};
use crate::workflow::expression::{Expression, Source, is_expression};

pub(super) fn check(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let schedule = definition.schedule();
    let mut flow = Flow { context, found, silent: false, attempts: Vec::new() };
    let event = match &schedule {
        Schedule::On(on) => Some(flow.payload(on)),
        Schedule::Cron(_) | Schedule::Every(_) | Schedule::After(_) | Schedule::Manual => None,
    };
    let given =
        if schedule == Schedule::Manual { State::given_by_hand(definition) } else { State::given_by_schedule() };
    let start = State::new(event, given);
    if let Schedule::On(on) = &schedule {
        on.filters.iter().for_each(|filter| flow.filter(filter, true, &start));
    }
    let end = flow.list(&definition.tasks(), start.clone());
    if let Some(output) = definition.raw().pointer("/output/as") {
        flow.strings(output, "/output/as", &Known::Any, &end.unwrap_or(start));
    }
}

/// A way out of a task, and where it leads: the `then` of the task or case.
type Way<'a, 't> = (State<'a>, Option<&'t str>);

/// The walk.
struct Flow<'a, 'c> {
    context: &'c ValidationContext<'a>,
    found: &'c mut Findings,
    /// The first round of a loop: nothing is said.
    silent: bool,
    /// For each `try` around: what is known wherever it may fail.
    attempts: Vec<Option<State<'a>>>,
}

impl<'a> Flow<'a, '_> {
    /// A list of tasks; gives the state behind it, `None` when no way leads there.
    fn list(&mut self, tasks: &TaskList<'_>, start: State<'a>) -> Option<State<'a>> {
        let tasks: Vec<Task<'_>> = tasks.iter().collect();
        let mut last = start.clone();
        let mut open = Some(start);
        let mut jumps: HashMap<&str, State<'a>> = HashMap::new();
        let mut left = None;
        for task in &tasks {
            let reached = join(open.take(), jumps.remove(task.name));
            if reached.is_none() {
                let hint = both!(
                    "Remove it, or let a `then` of an earlier task lead here.",
                    "Quítela, o haga que un `then` de una tarea anterior llegue aquí."
                );
                let message = both!("`{name}` is never reached", "a `{name}` nunca se llega", name = task.name);
                self.warn("reference.unreachable", &task.pointer, message, hint);
            }
            let is_reached = reached.is_some();
            last = reached.unwrap_or(last);
            let ways = self.task(task, last.clone());
            for (state, then) in ways.into_iter().filter(|_| is_reached) {
                match then {
                    None | Some("continue") => open = join(open, Some(state)),
                    Some("exit") => left = join(left, Some(state)),
                    Some("end") => {}
                    Some(name) if tasks.iter().any(|other| other.name == name && other.index > task.index) => {
                        let before = jumps.remove(name);
                        jumps.extend(join(before, Some(state)).map(|state| (name, state)));
                    }
                    // a jump to nowhere is reported elsewhere
                    Some(_) => open = join(open, Some(state)),
                }
            }
        }
        join(open, left)
    }

    fn task<'t>(&mut self, task: &Task<'t>, before: State<'a>) -> Vec<Way<'a, 't>> {
        let at = &task.pointer;
        let mut ways = Vec::new();
        let mut state = before;
        if let Some(condition) = task.condition() {
            self.condition(condition, &format!("{at}/if"), &state);
            let mut skipped = state.clone();
            skipped.assume(condition, false);
            state.assume(condition, true);
            ways.push((skipped, None));
        }
        if let Some(from) = task.input_from() {
            self.strings(from, &format!("{at}/input/from"), &Known::Any, &state);
        }
        if let Some(after) = task.timeout_after() {
            self.length(after, &format!("{at}/timeout/after"), &state);
        }
        let depth = state.locals.len();
        self.may_fail(&state);
        let done = self.work(task, state);
        for (mut state, then, output) in done {
            let output = match task.output_as() {
                Some(shaped) => self.shaped(shaped, &format!("{at}/output/as"), &output, &state),
                None => output,
            };
            if let Some(export) = task.export_as() {
                self.export(export, &format!("{at}/export/as"), &output, &mut state);
            }
            state.locals.truncate(depth);
            self.may_fail(&state);
            ways.push((state, then.or(task.then())));
        }
        ways
    }

    /// The task itself: the ways out of it, each with what is known about the task's output.
    fn work<'t>(&mut self, task: &Task<'t>, state: State<'a>) -> Vec<(State<'a>, Option<&'t str>, Known<'a>)> {
        let at = &task.pointer;
        let through = |state| vec![(state, None, Known::Any)];
        match task.kind() {
            TaskKind::Call { action, with } => {
                self.call(action, with, &format!("{at}/with"), &state);
                vec![(state, None, self.call_output(action, with))]
            }
            TaskKind::Do(list) => self.list(&list, state).map(through).unwrap_or_default(),
            TaskKind::Fork { compete, branches } => {
                self.fork(compete, &branches, state).map(through).unwrap_or_default()
            }
            TaskKind::For { .. } => through(self.repeat(task, state)),
            TaskKind::Try { body, catch } => self.attempt(&body, &catch, state).map(through).unwrap_or_default(),
            TaskKind::Listen(listen) => self.listen(task, &listen, state),
            TaskKind::Switch(cases) => self.switch(&cases, state),
            TaskKind::Emit(value) => {
                self.strings(value, &format!("{at}/emit"), &Known::Any, &state);
                through(state)
            }
            TaskKind::Raise(value) => {
                self.strings(value, &format!("{at}/raise"), &Known::Any, &state);
                Vec::new()
            }
            TaskKind::Set(value) => {
                self.strings(value, &format!("{at}/set"), &Known::Any, &state);
                vec![(state, None, Known::Any)]
            }
            TaskKind::Wait(value) => {
                self.length(value, &format!("{at}/wait"), &state);
                through(state)
            }
            TaskKind::Run(_) | TaskKind::Unknown => through(state),
        }
    }

    fn switch<'t>(&mut self, cases: &[Case<'t>], mut state: State<'a>) -> Vec<(State<'a>, Option<&'t str>, Known<'a>)> {
        let mut ways = Vec::new();
        for case in cases {
            let Some(when) = case.when else {
                ways.push((state, case.then, Known::Any));
                return ways;
            };
            self.condition(when, &format!("{}/when", case.pointer), &state);
            let mut taken = state.clone();
            taken.assume(when, true);
            state.assume(when, false);
            ways.push((taken, case.then, Known::Any));
        }
        ways.push((state, None, Known::Any));
        ways
    }

    fn call_output(&self, action: &str, with: Option<&Value>) -> Known<'a> {
        let Some(action) = self.context.catalog.action(action) else { return Known::Any };
        let entity =
            with.and_then(|with| with.get("entity")?.as_str()).and_then(|name| self.context.catalog.entity(name));
        let entries = action.output.iter().map(|(name, field)| {
            let of_entity = field.items.as_ref().is_some_and(|items| items.entity_of_input);
            let known = match entity {
                Some(entity) if of_entity => Known::list(Known::Record(&entity.fields)),
                None if of_entity => Known::list(Known::Any),
                Some(_) | None => Known::Field(field),
            };
            (name.to_owned(), known)
        });
        Known::object(entries.collect())
    }

    fn fork(&mut self, compete: bool, branches: &TaskList<'_>, state: State<'a>) -> Option<State<'a>> {
        let mut after: Option<State<'a>> = None;
        for branch in branches.iter() {
            let ways = self.task(&branch, state.clone());
            let ended = ways.into_iter().map(|(state, _)| state).reduce(State::joined);
            after = match (after, ended) {
                (Some(one), Some(other)) => Some(if compete { one.joined(other) } else { one.merged(&other) }),
                (one, other) => one.or(other),
            };
        }
        after.or_else(|| branches.is_empty().then_some(state))
    }

    fn repeat(&mut self, task: &Task<'_>, state: State<'a>) -> State<'a> {
        let TaskKind::For { each, at: index, items, while_, body } = task.kind() else { return state };
        let at = &task.pointer;
        let list = self.shaped(items, &format!("{at}/for/in"), &Known::Any, &state);
        self.must_be_list(items, &format!("{at}/for/in"), &list);
        let depth = state.locals.len();
        let round = |flow: &mut Self, mut inside: State<'a>| {
            inside.locals.extend([(each.to_owned(), list.element()), (index.to_owned(), Known::Field(&NUMBER))]);
            if let Some(condition) = while_ {
                flow.condition(condition, &format!("{at}/while"), &inside);
                inside.assume(condition, true);
            }
            let mut end = flow.list(&body, inside)?;
            end.locals.truncate(depth);
            Some(end)
        };
        self.rounds(state, round)
    }

    fn attempt(&mut self, body: &TaskList<'_>, catch: &Catch<'_>, state: State<'a>) -> Option<State<'a>> {
        self.attempts.push(Some(state.clone()));
        let done = self.list(body, state.clone());
        let failed = self.attempts.pop().flatten();
        let mut failed = failed.unwrap_or(state);
        let depth = failed.locals.len();
        let name = catch.raw.get("as").and_then(Value::as_str).unwrap_or("error");
        failed.locals.push((name.to_owned(), Known::Any));
        for key in ["when", "exceptWhen", "retry"] {
            if let Some(value) = catch.raw.get(key) {
                self.strings(value, &format!("{}/{key}", catch.pointer), &Known::Any, &failed);
            }
        }
        let mut caught = self.list(&catch.body, failed);
        if let Some(caught) = &mut caught {
            caught.locals.truncate(depth);
        }
        join(done, caught)
    }

    /// Here the flow may go to the `catch` of a `try` around.
    fn may_fail(&mut self, state: &State<'a>) {
        for attempt in &mut self.attempts {
            *attempt = attempt.take().map(|known| {
                let mut here = state.clone();
                here.locals.truncate(known.locals.len());
                known.joined(here)
            });
        }
    }

    fn listen<'t>(
        &mut self,
        task: &Task<'t>,
        listen: &Listen<'_>,
        state: State<'a>,
    ) -> Vec<(State<'a>, Option<&'t str>, Known<'a>)> {
        listen.to.all_filters().iter().for_each(|filter| self.filter(filter, false, &state));
        if let Some(Until::Condition(condition)) = &listen.to.until {
            self.expression(condition, &format!("{}/listen/to/until", task.pointer), &Known::Any, &state);
        }
        let data = self.payload(&listen.to);
        let item = if listen.read == "data" { data } else { envelope(data) };
        let Some(foreach) = &listen.foreach else { return vec![(state, None, Known::list(item))] };
        vec![(self.each_event(task, foreach, &item, state), None, Known::Any)]
    }

    /// What is known after `foreach` worked on the events taken, which may be none; walked as a loop is.
    fn each_event(&mut self, task: &Task<'_>, foreach: &Foreach<'_>, item: &Known<'a>, state: State<'a>) -> State<'a> {
        let depth = state.locals.len();
        let at = format!("{}/foreach", task.pointer);
        let round = |flow: &mut Self, mut start: State<'a>| {
            start.locals.extend([(foreach.item.to_owned(), item.clone())]);
            start.locals.extend([(foreach.at.to_owned(), Known::Field(&NUMBER))]);
            let mut end = flow.list(&foreach.body, start)?;
            let output = match foreach.raw.pointer("/output/as") {
                Some(shaped) => flow.shaped(shaped, &format!("{at}/output/as"), &Known::Any, &end),
                None => Known::Any,
            };
            if let Some(export) = foreach.raw.pointer("/export/as") {
                flow.export(export, &format!("{at}/export/as"), &output, &mut end);
            }
            end.locals.truncate(depth);
            Some(end)
        };
        self.rounds(state, round)
    }

    /// None, one or several rounds: once without a word, for what a later round knows from an earlier one; what is
    /// inside is then walked once, so that nesting does not multiply.
    fn rounds(&mut self, mut start: State<'a>, round: impl Fn(&mut Self, State<'a>) -> Option<State<'a>>) -> State<'a> {
        if !self.silent {
            self.silent = true;
            let first = round(self, start.clone());
            self.silent = false;
            start = first.into_iter().fold(start, State::joined);
        }
        let last = round(self, start.clone());
        last.into_iter().fold(start, State::joined)
    }

    /// The payload of the events a strategy lets through.
    fn payload(&self, events: &EventStrategy<'_>) -> Known<'a> {
        let of = |filter: &EventFilter<'_>| {
            let event = filter.event_type().and_then(|name| self.context.catalog.event(name));
            let known = event.map_or(Known::Any, |event| Known::Record(&event.data));
            let condition = filter.data_condition().and_then(|text| Expression::compile(text).ok());
            let certain = condition.iter().flat_map(|condition| condition.present_when(true));
            certain.filter(|read| read.source == Source::Input).fold(known, |known, read| known.narrowed(&read.steps))
        };
        Known::one_of(events.filters.iter().map(of).collect())
    }

    /// A filter on events: `with.data` sees the payload, `correlate.from` the envelope, `expect` the execution.
    fn filter(&mut self, filter: &EventFilter<'_>, starts: bool, state: &State<'a>) {
        let event = filter.event_type().and_then(|name| self.context.catalog.event(name));
        let data = event.map_or(Known::Any, |event| Known::Record(&event.data));
        let at = &filter.pointer;
        if let Some(condition) = filter.raw.get("with").and_then(|with| with.get("data")) {
            self.strings(condition, &format!("{at}/with/data"), &data, state);
        }
        for (name, from, expect) in filter.correlations() {
            let at = format!("{at}/correlate/{}", escape(name));
            self.expression(from, &format!("{at}/from"), &envelope(data.clone()), state);
            if let Some(expect) = expect.filter(|_| !starts) {
                self.correlated(&at, (from, &envelope(data.clone())), expect, state);
            }
        }
    }

    fn export(&mut self, value: &Value, pointer: &str, output: &Known<'a>, state: &mut State<'a>) {
        self.strings(value, pointer, output, state);
        let compiled =
            value.as_str().filter(|text| is_expression(text)).and_then(|text| Expression::compile(text).ok());
        match compiled.as_ref().and_then(|compiled| compiled.kept()) {
            Some(kept) => {
                for (name, origin) in kept {
                    let known = origin.as_ref().and_then(|read| Self::value_of(read, output, state));
                    state.keep(name, known.unwrap_or(Known::Any));
                }
            }
            None => {
                state.forget();
                let message =
                    both!("this replaces all that was exported before", "esto reemplaza todo lo exportado antes");
                let example = "${ $context + { name: . } }";
                let hint = both!("Write {example}.", "Escriba {example}.");
                self.warn("flow.export_replaces", pointer, message, hint);
            }
        }
    }

    fn say(&mut self, code: &'static str, pointer: &str, message: Both, hint: Both) {
        if !self.silent {
            self.found.error(code, pointer, message, hint);
        }
    }

    fn warn(&mut self, code: &'static str, pointer: &str, message: Both, hint: Both) {
        if !self.silent {
            self.found.warning(code, pointer, message, hint);
        }
    }
}
