//! Signs of life of a turn.

use std::convert::Infallible;

use tokio_util::sync::CancellationToken;

use super::service::Service;
use crate::model::run::Run;
use crate::store::runs::Driving;

impl Service {
    /// Renews the lease of a run as long as it is raced against its turn: fires `stop` when somebody asked to stop the
    /// run, and `lost` when it is over or another process has it. A store that fails is asked again with the next beat;
    /// until then the lease holds, or another process takes the run over.
    ///
    /// Beside the turn and never within it: a tool that holds SQLite's one write lock must go on while a sign of life
    /// waits for that lock, or both wait until the store gives up on them.
    pub(super) async fn keep_alive(&self, run: &Run, stop: &CancellationToken, lost: &CancellationToken) -> Infallible {
        let mut heartbeat = tokio::time::interval(self.heartbeat());
        heartbeat.reset();
        loop {
            heartbeat.tick().await;
            match self.parts.db.update_run_lease(&run.tenant_id, &run.id, &self.lease()).await {
                Ok(Driving::On) => {}
                Ok(Driving::Stopping) => stop.cancel(),
                Ok(Driving::Lost) => {
                    lost.cancel();
                    return std::future::pending().await;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(run.id = %run.id, error, "a sign of life of a turn cannot be stored");
                }
            }
        }
    }
}
