//! `fork`: branches side by side. Each begins with a copy of the context; what the finished ones exported is merged in
//! declared order.

use async_trait::async_trait;
use serde_json::Value;

use super::{Interpreter, Site};
use crate::execution::context::{Branch, BranchRunner, Finished, Flow, State};
use crate::execution::error::Halt;
use crate::workflow::document::escape;
use crate::workflow::{Task, TaskList};

struct Branches<'a> {
    interpreter: &'a Interpreter<'a>,
    tasks: Vec<Task<'a>>,
}

#[async_trait]
impl BranchRunner for Branches<'_> {
    async fn run_branch(&self, branch: &Branch) -> Result<Finished, Halt> {
        let mut state = branch.state.clone();
        let Some(task) = self.tasks.get(branch.index) else { return Ok(Finished { state, flow: Flow::Continue }) };
        let flow = self.interpreter.run_task(Site { task, path: &branch.path }, &mut state).await?;
        let flow = if flow == Flow::End { Flow::End } else { Flow::Continue };
        Ok(Finished { state, flow })
    }
}

impl Interpreter<'_> {
    pub(super) async fn fork(
        &self,
        site: Site<'_>,
        compete: bool,
        branches: &TaskList<'_>,
        state: &mut State,
    ) -> Result<Flow, Halt> {
        let runner = Branches { interpreter: self, tasks: branches.iter().collect() };
        let data: Vec<Branch> = runner
            .tasks
            .iter()
            .enumerate()
            .map(|(index, task)| Branch {
                path: format!("{}/fork/branches/{}/{}", site.path, task.index, escape(task.name)),
                index,
                state: state.clone(),
            })
            .collect();
        let finished = self.context.fork(site.path, &data, compete, &runner).await?;
        let base = state.context.clone();
        let mut outputs = Vec::new();
        let mut flow = Flow::Continue;
        for done in finished.into_iter().flatten() {
            merge(&mut state.context, &base, &done.state.context);
            state.listen_after = state.listen_after.max(done.state.listen_after);
            if done.flow == Flow::End {
                flow = Flow::End;
            }
            outputs.push(done.state.input);
        }
        state.input = if compete { outputs.pop().unwrap_or_default() } else { Value::Array(outputs) };
        Ok(flow)
    }
}

/// Takes over what a branch changed against the context it began with.
fn merge(context: &mut Value, base: &Value, branch: &Value) {
    if branch == base {
        return;
    }
    match (context.as_object_mut(), branch.as_object()) {
        (Some(target), Some(changed)) => {
            for (key, value) in changed {
                if base.get(key) != Some(value) {
                    target.insert(key.clone(), value.clone());
                }
            }
        }
        _ => *context = branch.clone(),
    }
}
