//! Branches of a fork, side by side within one turn.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::json;

use super::turn::JournalContext;
use crate::execution::context::{Branch, BranchRunner, Finished};
use crate::execution::error::Halt;
use crate::telemetry::boundary;

/// What became of the branches, by index, and what stopped the fork.
type Outcome = (Vec<Option<Finished>>, Option<Halt>);

impl JournalContext {
    pub(super) async fn run_fork(
        &self,
        path: &str,
        branches: &[Branch],
        compete: bool,
        runner: &dyn BranchRunner,
    ) -> Result<Vec<Option<Finished>>, Halt> {
        let settled = format!("{path}#settled");
        if let Some((_, value)) = self.seen(&settled) {
            let index = value["branch"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
            let mut finished: Vec<Option<Finished>> = branches.iter().map(|_| None).collect();
            if let Some(branch) = branches.get(index) {
                finished[index] = Some(runner.run_branch(branch).await?);
            }
            return Ok(finished);
        }
        // In a race events go before timers that fell due in the same moment: after a pause of the server a reply must
        // stop the next reminder, not the other way round.
        let outer_holds = self.book().holding > 0;
        if compete {
            self.book().holding += 1;
        }
        let mut result = self.run_branches(path, branches, compete, runner).await;
        if compete {
            self.book().holding -= 1;
            if !outer_holds && self.seen(&settled).is_none() {
                result = self.run_branches(path, branches, compete, runner).await;
            }
        }
        let (finished, halted) = result;
        if self.seen(&settled).is_some() {
            for branch in branches.iter().filter(|branch| finished[branch.index].is_none()) {
                self.book().abandon(&branch.path);
            }
        }
        match halted {
            Some(Halt::Fault(fault)) => Err(Halt::Fault(fault)),
            _ if compete && finished.iter().any(Option::is_some) => Ok(finished),
            Some(halt) => Err(halt),
            None => Ok(finished),
        }
    }

    /// Runs branches until each ends or waits; stops the others as soon as one settles the fork.
    async fn run_branches(&self, path: &str, branches: &[Branch], compete: bool, runner: &dyn BranchRunner) -> Outcome {
        boundary::reached("fork: before its branches");
        let mut running: FuturesUnordered<_> =
            branches.iter().map(|branch| async move { (branch.index, runner.run_branch(branch).await) }).collect();
        let mut finished: Vec<Option<Finished>> = branches.iter().map(|_| None).collect();
        let mut halted: Option<Halt> = None;
        let mut settled = false;
        while let Some((index, result)) = running.next().await {
            boundary::reached("fork: after a branch");
            if settled {
                continue; // an effect under way was allowed to end and is recorded; its branch goes no further
            }
            match result {
                Ok(done) => {
                    finished[index] = Some(done);
                    settled = compete;
                }
                Err(Halt::Fault(fault)) => {
                    halted = Some(Halt::Fault(fault));
                    settled = true;
                }
                Err(halt) => halted = halted.or(Some(halt)),
            }
            if settled {
                let losers = branches.iter().filter(|branch| branch.index != index).map(|branch| branch.path.clone());
                self.book().drop_branches(losers);
                self.record(&format!("{path}#settled"), "settled", true, json!({ "branch": index }));
            }
            // The others may work for long; what this one did is not to hang on them.
            if !running.is_empty()
                && let Err(lost) = self.flush().await
            {
                halted = halted.or(Some(lost));
            }
        }
        (finished, halted)
    }
}
