//! The pause of a workflow as its executions see it: an effect holds until the pause ends, and a message to a customer
//! that was held for more than an hour waits for a person's word.
//!
//! A hold and its release are lines of the journal (`path#held/0`, `path#released/0`): a later pause adds a pair.
//! Whoever ends a pause, or answers, makes the executions due in the same transaction; nothing here polls.

use serde_json::json;

use super::turn::JournalContext;
use crate::approvals::lifecycle::{LATE, SEND_NOW, SKIP};
use crate::execution::context::{DurableContext, Effect};
use crate::execution::error::Halt;
use crate::model::approval::RequestStatus;
use crate::store::executions::NEVER;
use crate::store::pauses::{HELD, HELD_MESSAGE, RELEASED};

/// How an effect goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// It takes place.
    Free,
    /// It must not take place any more.
    Withheld,
}

impl JournalContext {
    /// Passes the pause of the workflow, or holds.
    pub(super) async fn pass_pause(&self, path: &str, effect: &dyn Effect) -> Result<Passage, Halt> {
        if !effect.acts() {
            return Ok(Passage::Free);
        }
        let mut round = 0;
        while let Some((_, released)) = self.seen(&format!("{path}#released/{round}")) {
            if released["choice"] == SKIP {
                return Ok(Passage::Withheld);
            }
            round += 1;
        }
        let held_at = format!("{path}#held/{round}");
        let held = self.recorded_at(&held_at);
        let (tenant, workflow) = (&self.execution.tenant, &self.execution.workflow);
        if held.is_none() {
            let paused = self.parts.paused.contains(&self.parts.db, workflow).await;
            if !paused.map_err(|error| self.store_failed(&error))? {
                return Ok(Passage::Free);
            }
        }
        let pause = self.parts.db.find_pause(tenant, workflow).await.map_err(|error| self.store_failed(&error))?;
        if pause.paused {
            if held.is_none() {
                let kind = if effect.reaches_customer() { HELD_MESSAGE } else { HELD };
                self.record(&held_at, kind, true, effect.facts());
            }
            self.set_status(json!({ "path": path, "doing": "paused" }));
            return Err(self.block(path, NEVER));
        }
        let Some(since) = held else { return Ok(Passage::Free) };
        let choice = match pause.resumed_at {
            Some(resumed_at) if effect.reaches_customer() && resumed_at - since > LATE => {
                let answer = self.parts.db.find_late_answer(tenant, workflow, resumed_at).await;
                match answer.map_err(|error| self.store_failed(&error))? {
                    Some((RequestStatus::Approved, Some(choice))) if choice == SEND_NOW => SEND_NOW,
                    // the other answers, a no, and silence: it is too late to send it
                    Some((
                        RequestStatus::Approved
                        | RequestStatus::Rejected
                        | RequestStatus::ChangesRequested
                        | RequestStatus::Expired,
                        _,
                    )) => SKIP,
                    Some((RequestStatus::Pending | RequestStatus::Withdrawn | RequestStatus::Voided, _)) | None => {
                        self.set_status(json!({ "path": path, "doing": "late" }));
                        return Err(self.block(path, NEVER));
                    }
                }
            }
            Some(_) | None => SEND_NOW,
        };
        let value = json!({ "choice": choice, "since": since, "facts": effect.facts() });
        self.record(&format!("{path}#released/{round}"), RELEASED, true, value);
        Ok(if choice == SKIP { Passage::Withheld } else { Passage::Free })
    }
}
