//! Items of a loop are isolated from each other: what goes wrong with one is recorded, and the others go on.
//!
//! A failed item leaves no trace in the data: the next one begins with what this one began with. A `raise` of the
//! definition is no accident and ends the loop, as `then: exit` and `then: end` do. When not one item went through, the
//! loop fails with the error of the first.

use serde_json::json;

use super::{Interpreter, Site};
use crate::execution::context::{Flow, State};
use crate::execution::error::{Fault, Halt};
use crate::workflow::TaskList;

/// How the items of a loop fared so far.
#[derive(Default)]
pub(super) struct Items {
    went_through: bool,
    first_fault: Option<Box<Fault>>,
}

impl Items {
    /// The error of the loop, when nothing went through.
    pub(super) fn verdict(self) -> Result<(), Halt> {
        match self.first_fault {
            Some(fault) if !self.went_through => Err(Halt::Fault(fault)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Interpreter<'_> {
    /// Runs the body for one item. `path` is the body's, with the number of the item. `None`: the item failed.
    pub(super) async fn run_item(
        &self,
        site: Site<'_>,
        body: TaskList<'_>,
        (path, index): (&str, usize),
        state: &mut State,
        items: &mut Items,
    ) -> Result<Option<Flow>, Halt> {
        let before = state.clone();
        let done = self.run_list(body, path.to_owned(), state).await;
        self.settle(site, (path, index), (before, done), state, items).await
    }

    /// What came of one item, given the state `before` it and what was `done`. `None`: the item failed.
    pub(super) async fn settle(
        &self,
        site: Site<'_>,
        (path, index): (&str, usize),
        (before, done): (State, Result<Flow, Halt>),
        state: &mut State,
        items: &mut Items,
    ) -> Result<Option<Flow>, Halt> {
        match done {
            Ok(flow) => {
                items.went_through = true;
                Ok(Some(flow))
            }
            Err(Halt::Fault(fault)) if !fault.raised => {
                // What the customer noticed stays noticed: listeners do not go back behind it.
                let (listen_after, outreach) = (state.listen_after, state.outreach.clone());
                *state = State { listen_after, outreach, ..before };
                let failed = || Ok(json!({ "item": index + 1, "task": site.task.name, "fault": fault }));
                self.context.remember(&format!("{path}#failed"), "item", &failed).await?;
                items.first_fault.get_or_insert(fault);
                Ok(None)
            }
            Err(halt) => Err(halt),
        }
    }
}
