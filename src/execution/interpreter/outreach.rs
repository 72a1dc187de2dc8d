//! Whether the customer was reached. Silence after a message that never went out is no answer not given: a person is
//! told why it did not go out, and what only reports silence is left undone.

use serde_json::{Value, json};

use super::call::reaches_customer;
use super::{Interpreter, Site};
use crate::contact::Reason;
use crate::execution::context::{Outreach, State};
use crate::execution::error::Halt;
use crate::workflow::{Catalog, Task, TaskKind, TaskList};

/// The event by which customers answer.
const ANSWER: &str = "customer.message.received";
/// Block that has its own task by the time it is known.
const EMPTY_FIELD: &str = "merge_field_empty";

impl State {
    /// Notes what became of a call that reaches the customer. One that was blocked did not: a `listen` still sees what
    /// came in before it.
    pub(super) fn note_outreach(&mut self, mark: i64, customer: &Value, result: &Value) {
        if result["status"] == "blocked" {
            if self.outreach != Outreach::Sent {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                self.outreach = Outreach::Blocked { customer: text(customer), reason: text(&result["reason"]) };
            }
        } else {
            self.listen_after = mark;
            self.outreach = Outreach::Sent;
        }
    }

    /// An answer was waited for: what is sent from now on counts anew.
    pub(super) fn answer_awaited(&mut self) {
        if self.outreach == Outreach::Sent {
            self.outreach = Outreach::None;
        }
    }
}

/// Whether the tasks are nothing but waiting for the customer to write; several signs are a brake, not an answer.
pub(super) fn awaits_answer(body: &TaskList<'_>) -> bool {
    let mut tasks = body.iter();
    let only = tasks.next().filter(|_| tasks.next().is_none());
    let Some(TaskKind::Listen(listen)) = only.as_ref().map(Task::kind) else { return false };
    matches!(listen.to.filters.as_slice(), [only] if only.event_type() == Some(ANSWER))
}

/// Whether what is done on silence writes to the customer in another way: that goes out all the same.
pub(super) fn tries_again(silence: &TaskList<'_>) -> bool {
    silence.iter().any(|task| match task.kind() {
        TaskKind::Call { action, .. } => Catalog::embedded().action(action).is_some_and(reaches_customer),
        TaskKind::Do(inner) => tries_again(&inner),
        TaskKind::Try { body, catch } => tries_again(&body) || tries_again(&catch.body),
        TaskKind::For { body, .. } => tries_again(&body),
        TaskKind::Fork { branches, .. } => tries_again(&branches),
        TaskKind::Emit(_)
        | TaskKind::Listen(_)
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::Wait(_)
        | TaskKind::Unknown => false,
    })
}

impl Interpreter<'_> {
    /// Before an answer is waited for: whether no message went out, so that there will be none. Then a person is told.
    pub(super) async fn unreached(&self, site: Site<'_>, state: &mut State) -> Result<bool, Halt> {
        let Outreach::Blocked { customer, reason } = state.outreach.clone() else { return Ok(false) };
        if reason != EMPTY_FIELD {
            let why = Reason::of(&reason).map_or(reason.as_str(), |reason| reason.words("en"));
            let title = format!("{{{{customer.name}}}} was not written to: {why}. Please follow up in another way.");
            let mut with = json!({ "assignee": "record_owner", "title": title, "priority": "high" });
            if !customer.is_empty() {
                with["related_to"] = json!({ "entity": "customer", "id": customer });
            }
            let path = format!("{}#unreached", site.path);
            let input = state.input.clone();
            let told = self.call(Site { task: site.task, path: &path }, "create_task", Some(&with), state).await;
            state.input = input;
            match told {
                // in the journal as failed; the workflow itself goes on
                Ok(_) | Err(Halt::Fault(_)) => {}
                Err(halt @ (Halt::Cancelled | Halt::Suspend(_))) => return Err(halt),
            }
        }
        Ok(true)
    }
}
