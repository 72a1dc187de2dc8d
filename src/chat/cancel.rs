//! Stopping a turn. When another process drives it, the word to stop is written down, where its heartbeat finds it, and said aloud,
//! so that it need not wait for that.

use tokio_util::sync::CancellationToken;

use super::ChatError;
use super::service::Service;
use crate::auth::Principal;
use crate::events::{Next, Topic};
use crate::model::RunId;
use crate::model::run::Run;
use crate::store::StoreError;

impl Service {
    /// Stops a turn. Stopping one that is over does nothing. One that another process drives stops with that process's
    /// next sign of life.
    ///
    /// # Errors
    /// [`ChatError::NoRun`].
    pub async fn cancel(&self, principal: &Principal, run: &str) -> Result<Run, ChatError> {
        let run = self.find_run(principal, run).await?;
        let stop = self.running().get(&run.id).cloned();
        match stop {
            Some(stop) => stop.cancel(),
            None => self.tell_driver_to_stop(&run).await?,
        }
        Ok(run)
    }

    /// A run of this user.
    ///
    /// # Errors
    /// [`ChatError::NoRun`].
    pub async fn find_run(&self, principal: &Principal, run: &str) -> Result<Run, ChatError> {
        let id = Self::run_id(principal, run);
        let found = self.parts.db.find_run(&principal.tenant, &id).await?;
        found.filter(|run| run.user_id == principal.user).ok_or(ChatError::NoRun)
    }

    /// Tells the process that drives this run to stop it.
    ///
    /// # Errors
    /// As any statement.
    pub(super) async fn tell_driver_to_stop(&self, run: &Run) -> Result<(), StoreError> {
        self.parts.db.request_run_cancel(&run.tenant_id, &run.id).await?;
        self.parts.events.publish(&Topic::StopRun(run.id.clone()), "");
        Ok(())
    }

    /// Fires `stop` when the word is heard. Never returns: race it against the turn.
    pub(super) async fn heed_word_to_stop(&self, run: &RunId, stop: &CancellationToken) {
        let mut words = self.parts.events.subscribe(Topic::StopRun(run.clone()));
        while let Next::Missed = words.next().await {}
        stop.cancel();
        std::future::pending().await
    }
}
