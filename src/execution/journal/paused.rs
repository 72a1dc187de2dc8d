//! Which workflows are paused: asked before every effect, read twice a second at most.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::WorkflowId;
use crate::store::{Database, StoreError};

/// Notice on [`Topic::Engine`](crate::events::Topic::Engine): a workflow was paused, resumed, retired or activated.
pub(super) const WORKFLOW_NOTICE: &str = "workflow";
/// How long a pause may go unnoticed when its notice is lost.
const STALE: Duration = Duration::from_millis(500);

/// The paused workflows of all tenants, as of a moment ago. That one is paused is never believed from memory: an
/// execution that was woken by the end of the pause must not rest again.
#[derive(Debug, Clone, Default)]
pub struct Paused {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Counts [`Paused::forget`]: what was read before it must not be kept after it.
    forgotten: u64,
    read: Option<(Instant, HashSet<WorkflowId>)>,
}

impl Paused {
    /// Whether a workflow is paused.
    pub(super) async fn contains(&self, db: &Database, workflow: &WorkflowId) -> Result<bool, StoreError> {
        let (runs, forgotten) = {
            let seen = self.seen();
            let fresh = seen.read.as_ref().filter(|(at, _)| at.elapsed() < STALE);
            (fresh.is_some_and(|(_, paused)| !paused.contains(workflow)), seen.forgotten)
        };
        if runs {
            return Ok(false);
        }
        let at = Instant::now();
        let paused = db.list_paused_workflows().await?;
        let found = paused.contains(workflow);
        let mut seen = self.seen();
        if seen.forgotten == forgotten {
            seen.read = Some((at, paused));
        }
        Ok(found)
    }

    /// A workflow changed: the next effect reads again.
    pub(super) fn forget(&self) {
        let mut seen = self.seen();
        seen.forgotten += 1;
        seen.read = None;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
