//! The word to stop a turn, when another process drives it: written down, where its heartbeat finds it, and said aloud,
//! so that it need not wait for that.

use tokio_util::sync::CancellationToken;

use super::service::Service;
use crate::events::{Next, Topic};
use crate::model::RunId;
use crate::model::run::Run;
use crate::store::StoreError;

impl Service {
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
