//! Data flow: an expression or merge field reads only what the trigger's payload, earlier results and loop items have.
//! The walk follows the document; what a task exports is known from there on (a branch that is not taken leaves null).

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use super::known::{Known, Miss};
use super::texts::{self, Guards};
use crate::workflow::document::{
    Catch, Definition, EventFilter, EventStrategy, Listen, Schedule, Task, TaskKind, TaskList, escape,
};
use crate::workflow::expression::{Expression, Read, Source, is_expression};
use crate::workflow::fields::{Field, FieldType};

static ID: Field = Field::plain(FieldType::Id);
static TEXT: Field = Field::plain(FieldType::String);
static MOMENT: Field = Field::plain(FieldType::DateTime);
static NUMBER: Field = Field::plain(FieldType::Int);

pub(super) fn check(
    definition: &Definition,
    tasks: &[Task<'_>],
    context: &ValidationContext<'_>,
    found: &mut Findings,
) {
    let schedule = definition.schedule();
    let mut flow = Flow {
        context,
        guards: Guards::of(definition, tasks),
        event: trigger_event(&schedule, context),
        kept: BTreeMap::new(),
        open: false,
        locals: Vec::new(),
        found,
        silent: false,
    };
    if let Schedule::On(on) = &schedule {
        for filter in &on.filters {
            flow.filter(filter, true);
        }
    }
    flow.list(&definition.tasks());
    if let Some(output) = definition.raw().pointer("/output/as") {
        flow.strings(output, "/output/as", &Known::Any);
    }
}

/// The payload the workflow starts with, `None` when no event starts it.
fn trigger_event<'a>(schedule: &Schedule<'_>, context: &ValidationContext<'a>) -> Option<Known<'a>> {
    match schedule {
        Schedule::On(on) => Some(payload(on, context)),
        Schedule::Cron(_) | Schedule::Every(_) | Schedule::After(_) | Schedule::Manual => None,
    }
}

fn payload<'a>(events: &EventStrategy<'_>, context: &ValidationContext<'a>) -> Known<'a> {
    let of = |filter: &EventFilter<'_>| {
        filter
            .event_type()
            .and_then(|name| context.catalog.event(name))
            .map_or(Known::Any, |event| Known::Record(&event.data))
    };
    Known::one_of(events.filters.iter().map(of).collect())
}

/// The CloudEvent around a payload.
fn envelope(data: Known<'_>) -> Known<'_> {
    let entry = |name: &str, known| (name.to_owned(), known);
    Known::object(vec![
        entry("id", Known::Field(&ID)),
        entry("source", Known::Field(&TEXT)),
        entry("specversion", Known::Field(&TEXT)),
        entry("type", Known::Field(&TEXT)),
        entry("subject", Known::Field(&TEXT)),
        entry("time", Known::Field(&MOMENT)),
        entry("datacontenttype", Known::Field(&TEXT)),
        entry("data", data),
    ])
}

pub(super) struct Flow<'a, 'c> {
    pub(super) context: &'c ValidationContext<'a>,
    pub(super) guards: Guards,
    pub(super) event: Option<Known<'a>>,
    /// What has been exported so far.
    kept: BTreeMap<String, Known<'a>>,
    /// The context was replaced by something unknown.
    open: bool,
    pub(super) locals: Vec<(String, Known<'a>)>,
    pub(super) found: &'c mut Findings,
    pub(super) silent: bool,
}

impl<'a> Flow<'a, '_> {
    pub(super) fn exported(&self) -> Known<'a> {
        let entries = self.kept.iter().map(|(name, known)| (name.clone(), known.clone())).collect();
        Known::Object(std::rc::Rc::new(entries), self.open)
    }

    fn list(&mut self, tasks: &TaskList<'_>) {
        for task in tasks.iter() {
            self.task(&task);
        }
    }

    fn task(&mut self, task: &Task<'_>) {
        let at = &task.pointer;
        self.field(task, "if", &Known::Any);
        if let Some(from) = task.input_from() {
            self.strings(from, &format!("{at}/input/from"), &Known::Any);
        }
        if let Some(after) = task.timeout_after() {
            self.strings(after, &format!("{at}/timeout/after"), &Known::Any);
        }
        let mut output = self.work(task);
        if let Some(shaped) = task.output_as() {
            output = self.shaped(shaped, &format!("{at}/output/as"), &output);
        }
        if let Some(export) = task.export_as() {
            self.export(export, &format!("{at}/export/as"), &output);
        }
    }

    /// The task itself; gives what is known about its output.
    fn work(&mut self, task: &Task<'_>) -> Known<'a> {
        let at = &task.pointer;
        match task.kind() {
            TaskKind::Call { action, with } => {
                if let Some(with) = with {
                    self.strings(with, &format!("{at}/with"), &Known::Any);
                    texts::check(self, with, &format!("{at}/with"));
                }
                return self.call_output(action, with);
            }
            TaskKind::Do(list) => self.list(&list),
            TaskKind::Fork { branches, .. } => self.fork(&branches),
            TaskKind::For { each, at: index, items, body, .. } => {
                let element = self.shaped(items, &format!("{at}/for/in"), &Known::Any).element();
                self.repeat(task, &[(each, element), (index, Known::Field(&NUMBER))], &body);
            }
            TaskKind::Try { body, catch } => {
                self.list(&body);
                self.catch(&catch);
            }
            TaskKind::Listen(listen) => return self.listen(task, &listen),
            TaskKind::Switch(cases) => {
                for case in cases {
                    if let Some(when) = case.when {
                        self.expression(when, &format!("{}/when", case.pointer), &Known::Any);
                    }
                }
            }
            TaskKind::Emit(value) => self.strings(value, &format!("{at}/emit"), &Known::Any),
            TaskKind::Raise(value) => self.strings(value, &format!("{at}/raise"), &Known::Any),
            TaskKind::Set(value) => self.strings(value, &format!("{at}/set"), &Known::Any),
            TaskKind::Wait(value) => self.strings(value, &format!("{at}/wait"), &Known::Any),
            TaskKind::Run(_) | TaskKind::Unknown => {}
        }
        Known::Any
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

    fn fork(&mut self, branches: &TaskList<'_>) {
        let before = (self.kept.clone(), self.open);
        let mut merged = before.clone();
        for branch in branches.iter() {
            (self.kept, self.open) = before.clone();
            self.task(&branch);
            merged.0.extend(std::mem::take(&mut self.kept));
            merged.1 |= self.open;
        }
        (self.kept, self.open) = merged;
    }

    fn repeat(&mut self, task: &Task<'_>, locals: &[(&str, Known<'a>)], body: &TaskList<'_>) {
        let mark = self.locals.len();
        self.locals.extend(locals.iter().map(|(name, known)| ((*name).to_owned(), known.clone())));
        // once without a word, for what a later round knows from an earlier one; loops inside are then walked once,
        // so that nesting does not multiply
        if !self.silent {
            self.silent = true;
            self.list(body);
            self.silent = false;
        }
        self.field(task, "while", &Known::Any);
        self.list(body);
        self.locals.truncate(mark);
    }

    fn catch(&mut self, catch: &Catch<'_>) {
        let name = catch.raw.get("as").and_then(Value::as_str).unwrap_or("error");
        self.locals.push((name.to_owned(), Known::Any));
        for key in ["when", "exceptWhen", "retry"] {
            if let Some(value) = catch.raw.get(key) {
                self.strings(value, &format!("{}/{key}", catch.pointer), &Known::Any);
            }
        }
        self.list(&catch.body);
        self.locals.pop();
    }

    fn listen(&mut self, task: &Task<'_>, listen: &Listen<'_>) -> Known<'a> {
        for filter in &listen.to.filters {
            self.filter(filter, false);
        }
        let data = payload(&listen.to, self.context);
        let item = if listen.read == "data" { data } else { envelope(data) };
        if let Some(foreach) = listen.foreach {
            let name = |key, default| foreach.get(key).and_then(Value::as_str).unwrap_or(default);
            let locals = [(name("item", "item"), item.clone()), (name("at", "index"), Known::Field(&NUMBER))];
            let mark = self.locals.len();
            self.locals.extend(locals.map(|(name, known)| (name.to_owned(), known)));
            if let Some(body) = foreach.get("do") {
                self.strings(body, &format!("{}/foreach/do", task.pointer), &Known::Any);
            }
            self.locals.truncate(mark);
        }
        Known::list(item)
    }

    /// A filter on events: `with.data` sees the payload, `correlate.from` the envelope, `expect` the execution.
    fn filter(&mut self, filter: &EventFilter<'_>, starts: bool) {
        let event = filter.event_type().and_then(|name| self.context.catalog.event(name));
        let data = event.map_or(Known::Any, |event| Known::Record(&event.data));
        let at = &filter.pointer;
        if let Some(condition) = filter.raw.get("with").and_then(|with| with.get("data")) {
            self.strings(condition, &format!("{at}/with/data"), &data);
        }
        for (name, from, expect) in filter.correlations() {
            let at = format!("{at}/correlate/{}", escape(name));
            self.expression(from, &format!("{at}/from"), &envelope(data.clone()));
            if let Some(expect) = expect.filter(|_| !starts) {
                self.expression(expect, &format!("{at}/expect"), &Known::Any);
            }
        }
    }

    fn field(&mut self, task: &Task<'_>, key: &str, input: &Known<'a>) {
        if let Some(text) = task.text(key) {
            self.expression(text, &format!("{}/{key}", task.pointer), input);
        }
    }

    /// `output.as` and `for.in`: checks it, gives what is known about its value.
    fn shaped(&mut self, value: &Value, pointer: &str, input: &Known<'a>) -> Known<'a> {
        self.strings(value, pointer, input);
        let compiled =
            value.as_str().filter(|text| is_expression(text)).and_then(|text| Expression::compile(text).ok());
        compiled.and_then(|compiled| self.value_of(compiled.result()?, input)).unwrap_or(Known::Any)
    }

    fn export(&mut self, value: &Value, pointer: &str, output: &Known<'a>) {
        self.strings(value, pointer, output);
        let compiled = value.as_str().and_then(|text| Expression::compile(text).ok());
        match compiled.as_ref().and_then(|compiled| compiled.kept()) {
            Some(kept) => {
                for (name, origin) in kept {
                    let known = origin.as_ref().and_then(|read| self.value_of(read, output)).unwrap_or(Known::Any);
                    self.kept.insert(name.clone(), known);
                }
            }
            None => {
                self.open = true;
                let message = "this replaces all that was exported before".to_owned();
                let hint = "Write ${ $context + { name: . } }.".to_owned();
                self.warn("flow.export_replaces", pointer, message, hint);
            }
        }
    }

    fn value_of(&self, read: &Read, input: &Known<'a>) -> Option<Known<'a>> {
        let start = match &read.source {
            Source::Input => input.clone(),
            Source::Variable(name) => self.variable(name)?,
        };
        start.follow(&read.steps).ok().map(|found| found.known)
    }

    /// Every expression deep inside.
    fn strings(&mut self, value: &Value, pointer: &str, input: &Known<'a>) {
        match value {
            Value::String(text) if is_expression(text) => self.expression(text, pointer, input),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.strings(item, &format!("{pointer}/{at}"), input);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.strings(item, &format!("{pointer}/{}", escape(key)), input);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// One expression: its variables are known, its paths lead somewhere. Says at most one thing.
    fn expression(&mut self, text: &str, pointer: &str, input: &Known<'a>) {
        let Some(compiled) = is_expression(text).then(|| Expression::compile(text).ok()).flatten() else { return };
        if let Some(name) = compiled.variables().iter().find(|name| self.variable(name).is_none()) {
            let known = ["workflow", "context"].into_iter().chain(self.locals.iter().map(|(name, _)| name.as_str()));
            let hint = format!("Known here: {}.", known.map(|name| format!("${name}")).collect::<Vec<_>>().join(", "));
            return self.say("expression.unknown_variable", pointer, format!("nothing sets ${name} here"), hint);
        }
        for read in compiled.reads() {
            let start = match &read.source {
                Source::Input => Some(input.clone()),
                Source::Variable(name) => self.variable(name),
            };
            match start.map(|start| start.follow(&read.steps)) {
                Some(Err(miss)) => return self.missing(read, &miss, pointer),
                Some(Ok(found)) if found.partly => {
                    let message = format!("{read} is not in every event this can be; elsewhere it is null");
                    let hint = "Use a field all of them have, or a workflow for each.".to_owned();
                    return self.warn("flow.not_in_every_event", pointer, message, hint);
                }
                Some(Ok(_)) | None => {}
            }
        }
    }

    fn missing(&mut self, read: &Read, miss: &Miss, pointer: &str) {
        let of_context = matches!(&read.source, Source::Variable(name) if name == "context") && read.steps.len() == 1;
        let (code, hint) = if of_context && miss.names.is_empty() {
            (
                "flow.context_unknown",
                "Nothing is exported before; add export: { as: '${ $context + { name: . } }' } to an earlier task."
                    .to_owned(),
            )
        } else if of_context {
            ("flow.context_unknown", format!("Exported before: {}.", miss.names.join(", ")))
        } else if miss.names.is_empty() {
            ("flow.path_unknown", "Read another path.".to_owned())
        } else {
            ("flow.path_unknown", format!("Known here: {}.", miss.names.join(", ")))
        };
        self.say(code, pointer, format!("{read} leads nowhere: {}", miss.why), hint);
    }

    fn variable(&self, name: &str) -> Option<Known<'a>> {
        if let Some((_, known)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Some(known.clone());
        }
        match name {
            "context" => Some(self.exported()),
            "workflow" => {
                let input = match &self.event {
                    Some(data) => Known::list(envelope(data.clone())),
                    None => Known::Object(
                        vec![
                            ("scheduled_for".to_owned(), Known::Field(&MOMENT)),
                            ("store_id".to_owned(), Known::Field(&ID)),
                        ]
                        .into(),
                        false,
                    ),
                };
                Some(Known::Object(vec![("input".to_owned(), input)].into(), true))
            }
            "task" | "runtime" | "input" | "output" => Some(Known::Any),
            _ => None,
        }
    }

    pub(super) fn say(&mut self, code: &'static str, pointer: &str, message: String, hint: String) {
        if !self.silent {
            self.found.error(code, pointer, message, hint);
        }
    }

    pub(super) fn warn(&mut self, code: &'static str, pointer: &str, message: String, hint: String) {
        if !self.silent {
            self.found.warning(code, pointer, message, hint);
        }
    }
}
