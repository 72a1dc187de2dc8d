//! The durable context: what the journal holds is replayed, what is new is recorded.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::listening::Emission;
use super::turn::JournalContext;
use crate::execution::context::{Branch, BranchRunner, Compute, DurableContext, Effect, Envelope, Finished, Listening};
use crate::execution::error::Halt;
use crate::model::ExecutionId;
use crate::store::NewEvent;
use crate::telemetry::boundary;

#[async_trait]
impl DurableContext for JournalContext {
    fn execution(&self) -> &ExecutionId {
        &self.execution.id
    }

    fn now(&self) -> DateTime<Utc> {
        self.parts.clock.now()
    }

    async fn remember(&self, path: &str, kind: &'static str, compute: Compute<'_>) -> Result<Value, Halt> {
        if let Some((_, value)) = self.seen(path) {
            return Ok(value);
        }
        self.alive(path)?;
        let value = compute()?;
        self.record(path, kind, true, value.clone());
        Ok(value)
    }

    async fn step(&self, path: &str, effect: &dyn Effect) -> Result<Value, Halt> {
        self.carry_out(path, effect).await
    }

    async fn event_mark(&self) -> Result<i64, Halt> {
        self.parts.db.find_last_event_seq(&self.execution.tenant).await.map_err(|error| self.store_failed(&error))
    }

    async fn sleep_until(&self, path: &str, until: DateTime<Utc>) -> Result<(), Halt> {
        let fired = format!("{path}#fired");
        if self.seen(&fired).is_some() {
            return Ok(());
        }
        self.alive(path)?;
        let holding = self.book().holding > 0;
        if until <= self.now() && !holding {
            self.record(&fired, "fired", true, Value::Null);
            self.book().clear_timer(path);
            boundary::reached("timer: after it fired");
            return Ok(());
        }
        boundary::reached("timer: after it is set");
        Err(self.block(path, until.timestamp_millis()))
    }

    fn has_expired(&self, path: &str) -> bool {
        self.seen(&format!("{path}#expired")).is_some()
    }

    async fn expired(&self, path: &str, deadline: DateTime<Utc>) -> Result<bool, Halt> {
        let key = format!("{path}#expired");
        if self.seen(&key).is_some() {
            return Ok(true);
        }
        self.alive(path)?;
        let holding = self.book().holding > 0;
        if deadline <= self.now() && !holding {
            self.record(&key, "expired", true, json!({ "until": deadline }));
            self.book().clear_timer(path);
            boundary::reached("time limit: after it ran out");
            return Ok(true);
        }
        self.block(path, deadline.timestamp_millis());
        Ok(false)
    }

    async fn event(&self, path: &str, listening: &Listening) -> Result<(usize, Envelope), Halt> {
        self.take_event(path, listening).await
    }

    async fn emit(&self, path: &str, event: NewEvent) -> Result<Value, Halt> {
        self.step(path, &Emission { parts: &self.parts, event }).await
    }

    async fn fork(
        &self,
        path: &str,
        branches: &[Branch],
        compete: bool,
        runner: &dyn BranchRunner,
    ) -> Result<Vec<Option<Finished>>, Halt> {
        self.run_fork(path, branches, compete, runner).await
    }

    fn abandon(&self, path: &str) {
        self.book().abandon(path);
    }

    fn set_status(&self, status: Value) {
        self.book().unwritten.progress = Some(status);
    }
}
