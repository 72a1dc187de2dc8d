//! Turns whose process died: each ends with what was kept and a word about it, ready for the next message.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::event::Event;
use super::honesty;
use super::recorder::{NUMBERS_LOST_AT_MOST, Recorder};
use super::service::Service;
use crate::model::run::{Run, RunStatus};
use crate::store::runs::RunEnd;
use crate::store::turn_parts::TurnKey;
use crate::store::{Database, StoreError};

const CODE: &str = "interrupted";

impl Service {
    /// Ends every run that nobody drives any more, now and every few seconds, until `stop`.
    pub async fn watch(self, stop: CancellationToken) {
        // with an embedded database no other server can be alive, so nothing needs to run out first
        let alone = matches!(self.parts.db, Database::Sqlite(_));
        let mut as_of = self.parts.clock.now() + if alone { TimeDelta::days(1) } else { TimeDelta::zero() };
        loop {
            match self.end_dead_runs(as_of).await {
                Ok(0) => {}
                Ok(ended) => tracing::warn!(runs.ended = ended, "turns of a process that died were ended"),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "dead turns cannot be looked for");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.heartbeat()) => {}
            }
            as_of = self.parts.clock.now();
        }
    }

    /// Ends the runs whose lease ran out before `as_of`; how many. One that this process drives is not among them: a
    /// machine too busy to give a sign of life in time has not died.
    ///
    /// # Errors
    /// As any statement.
    pub async fn end_dead_runs(&self, as_of: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut ended = 0;
        for run in self.parts.db.list_dead_runs(as_of).await? {
            if self.drives(&run.id) || !self.parts.db.claim_dead_run(&run, as_of, &self.lease()).await? {
                continue;
            }
            self.end_dead_run(&run).await?;
            ended += 1;
        }
        Ok(ended)
    }

    async fn end_dead_run(&self, run: &Run) -> Result<(), StoreError> {
        let parts = &self.parts;
        let last = parts.db.last_frame(&run.tenant_id, &run.id).await?;
        let key =
            TurnKey { tenant: run.tenant_id.clone(), conversation: run.conversation_id.clone(), run: run.id.clone() };
        let next = last + NUMBERS_LOST_AT_MOST;
        let mut recorder = Recorder::new(self.outlets(), key, next);
        // a tool may have changed the draft without a word about it
        match self.state_after(run).await {
            Ok(Some(snapshot)) => recorder.send(&Event::StateSnapshot { snapshot }).await?,
            Ok(None) => {}
            Err(error) => {
                tracing::error!(run.id = %run.id, error = &error as &dyn std::error::Error, "the state of a dead turn cannot be told");
            }
        }
        recorder.send(&Event::MessagesSnapshot { messages: self.wire_messages(run).await? }).await?;
        let message = honesty::failure(CODE).to_owned();
        recorder.send(&Event::RunError { message, code: CODE.to_owned() }).await?;
        let end = RunEnd {
            status: RunStatus::Interrupted,
            error_code: Some(CODE.to_owned()),
            usage: run.usage.clone(),
            at: parts.clock.now(),
        };
        recorder.finish(&end).await.map(drop)
    }
}
