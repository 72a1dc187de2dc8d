//! The interpreter of the DSL, over any durable context. One file a kind of task; this one runs lists and the data flow
//! around a task: `if`, `input.from`, the task itself within its limit, `output.as`, `export.as`, `then`.
//!
//! It runs again from the top in every turn and must take the same way: whatever depends on time or on the outside is
//! asked of the context, under the task's path.

mod call;
mod data;
mod emit;
mod fork;
mod isolation;
mod limit;
mod listen;
mod looping;
mod outreach;
mod raise;
mod retry;
mod schema;
mod switch;
mod trying;
mod wait;

pub use call::is_protocol;

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use self::limit::Work;
use self::schema::Schemas;
use super::connectors::Connector;
use super::context::{DurableContext, Flow, Outreach, State};
use super::error::{Fault, Halt};
use super::matching::Place;
use crate::model::{ExecutionId, TenantId, UserId, WorkflowId};
use crate::store::executions::Execution;
use crate::workflow::document::escape;
use crate::workflow::{Definition, Task, TaskKind, TaskList};

/// Target of the log lines that say which tasks run, in order; at level `trace`.
pub const TASKS: &str = "auterity::tasks";
/// Times the flow may come back to a task of the same list.
const MAX_VISITS: usize = 1_000;

/// What an execution is given: who, where, which definition, which input.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Whose.
    pub tenant: TenantId,
    /// Which execution.
    pub execution: ExecutionId,
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// Who asked for the workflow.
    pub requester: Option<UserId>,
    /// How many of our own actions led here.
    pub depth: i64,
    /// What runs.
    pub definition: Arc<Definition>,
    /// Where.
    pub place: Arc<Place>,
    /// `$workflow`.
    pub workflow: Value,
    /// Data of the event that started it, or null.
    pub event: Value,
    /// Place in the event log after which listeners begin.
    pub start_seq: i64,
}

impl Setting {
    /// The setting of a stored execution.
    #[must_use]
    pub fn new(execution: &Execution, definition: Arc<Definition>, place: Arc<Place>) -> Self {
        let whole = data::mentions(definition.raw(), "workflow.definition");
        let shown =
            if whole { definition.raw().clone() } else { json!({ "document": definition.raw().get("document") }) };
        let workflow = json!({
            "id": execution.id,
            "definition": shown,
            "input": execution.input,
            "startedAt": data::moment_object(execution.started_at),
        });
        let event = execution.input.pointer("/0/data").cloned().unwrap_or_default();
        Self {
            tenant: execution.tenant.clone(),
            execution: execution.id.clone(),
            workflow_id: execution.workflow.clone(),
            requester: execution.requested_by.clone(),
            depth: execution.depth,
            definition,
            place,
            workflow,
            event,
            start_seq: execution.start_seq,
        }
    }
}

/// Runs a definition until it ends or waits.
///
/// # Errors
/// [`Halt`]: a fault nobody caught, cancelled, or waiting.
pub async fn run(context: &dyn DurableContext, setting: &Setting, connector: &dyn Connector) -> Result<Value, Halt> {
    Interpreter { context, setting, connector, schemas: Schemas::default() }.run_workflow().await
}

/// One run over a context.
pub(super) struct Interpreter<'a> {
    context: &'a dyn DurableContext,
    setting: &'a Setting,
    connector: &'a dyn Connector,
    schemas: Schemas,
}

/// A task where it runs: its definition and its journal path.
#[derive(Clone, Copy)]
struct Site<'a> {
    task: &'a Task<'a>,
    path: &'a str,
}

impl Interpreter<'_> {
    async fn run_workflow(&self) -> Result<Value, Halt> {
        let raw = self.setting.definition.raw();
        let mut state = State {
            input: self.setting.workflow["input"].clone(),
            context: Value::Null,
            locals: Map::new(),
            listen_after: self.setting.start_seq,
            deadline: None,
            outreach: Outreach::None,
        };
        let document = Map::new();
        let root = Task { name: "workflow", pointer: String::new(), index: 0, raw: &document };
        let site = Site { task: &root, path: "" };
        self.must_fit("", ("input", raw.get("input")), &state.input)?;
        if let Some(from) = raw.pointer("/input/from") {
            state.input = self.shaped(site, "#input", from, &state, &state.input).await?;
        }
        let limit = self.limit_of(raw.get("timeout"))?;
        self.limited(site, "", limit, &mut state, Work::Workflow).await?;
        if let Some(output) = raw.pointer("/output/as") {
            state.input = self.shaped(site, "#output", output, &state, &state.input).await?;
        }
        self.must_fit("", ("output", raw.get("output")), &state.input)?;
        Ok(state.input)
    }

    /// Runs a list of tasks from its first. `base` is the list's path: its pointer with loop iterations.
    fn run_list<'s>(
        &'s self,
        list: TaskList<'s>,
        base: String,
        state: &'s mut State,
    ) -> BoxFuture<'s, Result<Flow, Halt>> {
        Box::pin(async move {
            let tasks: Vec<Task<'_>> = list.iter().collect();
            let mut visits = vec![0_usize; tasks.len()];
            let mut at = 0;
            while let Some(task) = tasks.get(at) {
                visits[at] += 1;
                let mut path = format!("{base}/{}/{}", task.index, escape(task.name));
                if visits[at] > 1 {
                    path.push_str(&format!("[{}]", visits[at]));
                }
                if visits[at] > MAX_VISITS {
                    return Err(Fault::runtime("An endless loop", "the flow keeps coming back here").at(&path).into());
                }
                at = match self.run_task(Site { task, path: &path }, state).await? {
                    Flow::Continue => at + 1,
                    Flow::To(name) => tasks.iter().position(|task| task.name == name).ok_or_else(|| {
                        Fault::configuration("`then` leads nowhere", format!("this list has no task {name}")).at(&path)
                    })?,
                    flow @ (Flow::Exit | Flow::End) => return Ok(flow),
                };
            }
            Ok(Flow::Continue)
        })
    }

    async fn run_task(&self, site: Site<'_>, state: &mut State) -> Result<Flow, Halt> {
        self.run_task_inner(site, state).await.map_err(|halt| halt.at(&site.task.pointer))
    }

    async fn run_task_inner(&self, site: Site<'_>, state: &mut State) -> Result<Flow, Halt> {
        let task = site.task;
        if let Some(condition) = task.condition()
            && !self.condition(site, "#if", condition, state).await?
        {
            return Ok(Flow::Continue);
        }
        self.must_fit(&task.pointer, ("input", task.raw.get("input")), &state.input)?;
        if let Some(from) = task.input_from() {
            state.input = self.shaped(site, "#input", from, state, &state.input).await?;
        }
        tracing::trace!(target: TASKS, path = site.path, "a task runs");
        let input = state.input.clone();
        let limit = self.limit_of(task.timeout())?;
        let flow = self.limited(site, site.path, limit, state, Work::Task).await?;
        if flow == Flow::End {
            return Ok(flow);
        }
        if task.output_as().is_some() {
            state.locals.insert("input".to_owned(), input);
        }
        let handed_on = self.hand_on(site, state).await;
        state.locals.remove("input");
        handed_on?;
        Ok(match (flow, task.then()) {
            (Flow::To(name), _) => Flow::To(name),
            (Flow::Exit, _) if matches!(task.kind(), TaskKind::Switch(_)) => Flow::Exit,
            (_, then) => read_then(then),
        })
    }

    /// What a task hands on: its output, and what it keeps in the context.
    async fn hand_on(&self, site: Site<'_>, state: &mut State) -> Result<(), Halt> {
        let task = site.task;
        if let Some(output) = task.output_as() {
            let raw = std::mem::take(&mut state.input);
            state.input = self.shaped(site, "#output", output, state, &raw).await?;
        }
        self.must_fit(&task.pointer, ("output", task.raw.get("output")), &state.input)?;
        if let Some(export) = task.export_as() {
            state.context = self.shaped(site, "#export", export, state, &state.input).await?;
        }
        self.must_fit(&task.pointer, ("export", task.raw.get("export")), &state.context)
    }

    /// Runs the task itself; its raw output becomes the state's input.
    fn run_kind<'s>(&'s self, site: Site<'s>, state: &'s mut State) -> BoxFuture<'s, Result<Flow, Halt>> {
        Box::pin(async move {
            match site.task.kind() {
                TaskKind::Call { action, with } => self.call(site, action, with, state).await,
                TaskKind::Do(list) => self.run_list(list, format!("{}/do", site.path), state).await.map(leave),
                TaskKind::Emit(event) => self.emit(site, event, state).await,
                TaskKind::For { each, at, items, while_, body } => {
                    self.run_for(site, looping::Loop { each, at, items, while_, body }, state).await
                }
                TaskKind::Fork { compete, branches } => self.fork(site, compete, &branches, state).await,
                TaskKind::Listen(listen) => self.listen(site, &listen, state).await,
                TaskKind::Raise(error) => self.raise(site, error, state).await,
                TaskKind::Run(_) => Err(unsupported("run", "containers, scripts and processes do not run here")),
                TaskKind::Set(data) => {
                    state.input = self.resolve(site, "#set", &data::wrapped(data), state).await?;
                    Ok(Flow::Continue)
                }
                TaskKind::Switch(cases) => self.switch(site, &cases, state).await,
                TaskKind::Try { body, catch } => self.run_try(site, body, &catch, state).await,
                TaskKind::Wait(duration) => self.wait(site, duration, state).await,
                TaskKind::Unknown => Err(unsupported("this task", "the definition has a task of an unknown kind")),
            }
        })
    }
}

/// Leaving a block by `exit` goes on behind the block.
fn leave(flow: Flow) -> Flow {
    if flow == Flow::Exit { Flow::Continue } else { flow }
}

fn read_then(then: Option<&str>) -> Flow {
    match then {
        None | Some("continue") => Flow::Continue,
        Some("exit") => Flow::Exit,
        Some("end") => Flow::End,
        Some(name) => Flow::To(name.to_owned()),
    }
}

fn unsupported(what: &str, detail: &str) -> Halt {
    Fault::configuration(&format!("{what} is not supported"), detail).into()
}
