//! `timeout`: a limit of time around a task, around one attempt of a `try`, or around the whole workflow. Inline or a
//! name under `use.timeouts`.
//!
//! What was done within the limit counts, even when the engine looks at it later: a limit runs out only on work that is
//! waiting. A call that has not begun by then does not begin any more.

use serde_json::Value;

use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};
use crate::workflow::TaskList;

/// What runs within a limit.
pub(super) enum Work<'a> {
    /// The top list.
    Workflow,
    /// The task of the site.
    Task,
    /// A list inside it, with its path.
    List(TaskList<'a>, String),
}

impl Interpreter<'_> {
    /// The duration that a `timeout` names.
    pub(super) fn limit_of<'v>(&'v self, timeout: Option<&'v Value>) -> Result<Option<&'v Value>, Fault> {
        let timeout = match timeout {
            Some(Value::String(name)) => {
                let named = self.setting.definition.reusable("timeouts", name);
                Some(named.ok_or_else(|| {
                    Fault::configuration("`timeout` names no limit", format!("`use.timeouts` has no {name}"))
                })?)
            }
            inline => inline,
        };
        Ok(timeout.and_then(|timeout| timeout.get("after")))
    }

    /// Runs work within a limit that begins now; `path` is where the work stands in the journal. When the limit runs
    /// out, what was done to the state is undone: a replay, which does not begin again, must end in the same state.
    pub(super) async fn limited(
        &self,
        site: Site<'_>,
        path: &str,
        limit: Option<&Value>,
        state: &mut State,
        work: Work<'_>,
    ) -> Result<Flow, Halt> {
        let Some(limit) = limit else { return self.work(site, state, work).await };
        let key = format!("{path}#timeout");
        let until = self.moment_after(site, &key, "limit", limit, state).await?;
        let timeout = || Fault::timeout(format!("nothing within the limit, which ended at {}", until.to_rfc3339()));
        if self.context.has_expired(&key) {
            return Err(timeout().into());
        }
        let before = state.clone();
        let outer = state.deadline;
        state.deadline = Some(outer.unwrap_or(i64::MAX).min(until.timestamp_millis()));
        let result = self.work(site, state, work).await;
        state.deadline = outer;
        match result {
            Err(Halt::Suspend(why)) => {
                if self.context.expired(&key, until).await? {
                    self.context.abandon(path);
                    *state = before;
                    Err(timeout().into())
                } else {
                    Err(Halt::Suspend(why))
                }
            }
            other => other,
        }
    }

    async fn work(&self, site: Site<'_>, state: &mut State, work: Work<'_>) -> Result<Flow, Halt> {
        match work {
            Work::Workflow => self.run_list(self.setting.definition.tasks(), "/do".to_owned(), state).await,
            Work::Task => self.run_kind(site, state).await,
            Work::List(list, path) => self.run_list(list, path, state).await,
        }
    }
}
