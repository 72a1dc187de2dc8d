//! The engine's loops: route events, claim what is due, run turns, keep leases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::parts::EngineParts;
use super::paused::WORKFLOW_NOTICE;
use super::turn::JournalContext;
use crate::events::{Next, Topic};
use crate::execution::error::{ExecutionError, Fault, Halt};
use crate::execution::interpreter::{self, Setting};
use crate::execution::places::Places;
use crate::execution::triggers::Router;
use crate::store::executions::{Claim, ClaimKind, Execution};
use crate::store::journal::JournalEntry;
use crate::telemetry::boundary;
use crate::workflow::Definition;

/// Every loop looks by itself this often, whatever notices it gets or misses.
const POLL: Duration = Duration::from_secs(1);
/// Definitions kept in memory, by digest.
const DEFINITIONS: usize = 512;
/// How long running turns may go on when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// The embedded engine. Any number may share a database, in one process or many.
#[derive(Debug)]
pub struct Engine {
    parts: Arc<EngineParts>,
    places: Arc<Places>,
    router: Router,
    definitions: Mutex<HashMap<String, Arc<Definition>>>,
}

impl Engine {
    /// An engine; [`Engine::run`] starts it.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        let places = Arc::new(Places::new(parts.db.clone()));
        let router = Router::new(parts.clone(), Arc::clone(&places));
        Self { parts: Arc::new(parts), places, router, definitions: Mutex::default() }
    }

    /// Works until `stop` fires, then lets running turns end. Dropping the future stops at once, as a crash would.
    pub async fn run(self, stop: CancellationToken) {
        let engine = Arc::new(self);
        tokio::select! {
            () = engine.clone().work(stop) => {}
            () = engine.route() => {}
            () = engine.keep_leases() => {}
        }
        let released = engine.parts.db.update_leases(&engine.parts.owner, 0).await;
        if let Err(error) = released {
            tracing::warn!(error = %error, "leases could not be released; they run out by themselves");
        }
    }

    /// Routes what is pending and gives each execution that is due one turn, one after the other and without the loops
    /// of [`Engine::run`]; false when there was nothing to do. Dropping the future stops at once, as a crash would.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_once(&self) -> Result<bool, ExecutionError> {
        let parts = &self.parts;
        parts.clock.refresh().await?;
        self.router.route_pending().await?;
        let mut worked = false;
        for (kind, now) in [(ClaimKind::Lost, parts.clock.real_ms()), (ClaimKind::Due, parts.clock.now_ms())] {
            let (owner, lease_until, limit) = (parts.owner.clone(), parts.lease_until(), 16);
            for execution in parts.writer.claim(Claim { kind, owner, lease_until, now, limit }).await? {
                worked = true;
                self.turn(execution).await;
            }
        }
        Ok(worked)
    }

    async fn route(&self) {
        let mut inbox = self.parts.events.subscribe(Topic::Engine);
        loop {
            if let Err(error) = self.router.route_pending().await {
                tracing::error!(error = %error, "events could not be routed; trying again");
                tokio::time::sleep(POLL).await;
            }
            drop(tokio::time::timeout(POLL, inbox.next()).await);
        }
    }

    async fn keep_leases(&self) {
        let third = Duration::from_millis(u64::try_from(self.parts.config.lease_s * 1000 / 3).unwrap_or(1000).max(100));
        loop {
            tokio::time::sleep(third).await;
            if let Err(error) = self.parts.db.update_leases(&self.parts.owner, self.parts.lease_until()).await {
                tracing::error!(error = %error, "leases could not be extended");
            }
        }
    }

    async fn work(self: Arc<Self>, stop: CancellationToken) {
        let mut inbox = self.parts.events.subscribe(Topic::Engine);
        let mut turns = JoinSet::new();
        let mut last_rescue: Option<tokio::time::Instant> = None;
        while !stop.is_cancelled() {
            if last_rescue.is_none_or(|at| at.elapsed() >= POLL) {
                last_rescue = Some(tokio::time::Instant::now());
                self.rescue(&mut turns).await;
            }
            let pause = self.claim_due(&mut turns).await;
            tokio::select! {
                () = stop.cancelled() => break,
                notice = inbox.next() => self.heed(&notice),
                Some(_) = turns.join_next(), if !turns.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
            }
            while turns.try_join_next().is_some() {}
        }
        let drained = async { while turns.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("some turns did not end in time; they are taken up again at the next start");
        }
    }

    /// A notice may concern what is remembered.
    fn heed(&self, notice: &Next) {
        match notice {
            Next::Notice(body) if &**body != WORKFLOW_NOTICE => {}
            Next::Notice(_) | Next::Missed | Next::Closed => self.parts.paused.forget(),
        }
    }

    /// Claims what is due as far as there is room; returns how long nothing else will be due.
    async fn claim_due(self: &Arc<Self>, turns: &mut JoinSet<()>) -> Duration {
        let free = self.parts.config.concurrency.saturating_sub(turns.len());
        let now = self.parts.clock.now_ms();
        let next = match self.parts.db.find_next_wake().await {
            Ok(Some(next)) => next,
            Ok(None) => return POLL,
            Err(error) => {
                tracing::error!(error = %error, "the engine cannot read what is due");
                return POLL;
            }
        };
        if next > now {
            return Duration::from_millis(u64::try_from(next - now).unwrap_or(0)).min(POLL);
        }
        if free == 0 {
            return POLL;
        }
        self.claim(ClaimKind::Due, now, free, turns).await;
        // More may be due than there was room for; the end of a turn makes room and wakes the loop.
        if turns.len() >= self.parts.config.concurrency { POLL } else { Duration::from_millis(1) }
    }

    /// Takes over what silent engines held, and parks what crashed too often. Also follows the stored clock.
    async fn rescue(self: &Arc<Self>, turns: &mut JoinSet<()>) {
        let parts = &self.parts;
        if let Err(error) = parts.clock.refresh().await {
            tracing::error!(error = %error, "the engine's clock cannot be read");
        }
        let reason = Fault::runtime("The engine crashed on it too often", "a person has to look before it goes on");
        let error = serde_json::to_value(&reason).unwrap_or_default();
        match parts.db.park_executions(parts.config.max_recoveries, parts.clock.real_ms(), &error).await {
            Ok(parked) => {
                for execution in &parked {
                    tracing::error!(execution.id = %execution.id, "an execution is parked: engines crashed on it too often");
                    self.tell(execution);
                }
            }
            Err(error) => tracing::error!(error = %error, "parking failed"),
        }
        let free = parts.config.concurrency.saturating_sub(turns.len());
        if free > 0 {
            self.claim(ClaimKind::Lost, parts.clock.real_ms(), free, turns).await;
        }
    }

    async fn claim(self: &Arc<Self>, kind: ClaimKind, now: i64, limit: usize, turns: &mut JoinSet<()>) {
        let claim = Claim {
            kind,
            owner: self.parts.owner.clone(),
            lease_until: self.parts.lease_until(),
            now,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        match self.parts.writer.claim(claim).await {
            Ok(claimed) => {
                if !claimed.is_empty() {
                    boundary::reached("execution: after it is claimed");
                }
                for execution in claimed {
                    let engine = Arc::clone(self);
                    turns.spawn(async move { engine.turn(execution).await });
                }
            }
            Err(error) => tracing::error!(error = %error, "the engine cannot claim"),
        }
    }

    async fn turn(&self, execution: Execution) {
        let (setting, verified, journal) = match self.prepare(&execution).await {
            Ok(prepared) => prepared,
            Err(error) => {
                // The lease runs out and somebody tries again; if it never works, the execution is parked.
                tracing::error!(execution.id = %execution.id, error = %error, "an execution cannot be read");
                return;
            }
        };
        let context =
            JournalContext::new(Arc::clone(&self.parts), execution.clone(), Arc::clone(&setting.place), journal);
        let result = if verified {
            interpreter::run(&context, &setting, self.parts.connector.as_ref()).await
        } else {
            let detail = "its digest differs from the one that was approved";
            Err(Halt::from(Fault::configuration("The definition was changed", detail)))
        };
        if let Err(halt) = &result {
            tracing::debug!(execution.id = %execution.id, halt = ?halt, "a turn stopped");
        }
        if context.finish(result).await.is_some() {
            self.tell(&execution);
        }
    }

    fn tell(&self, execution: &Execution) {
        let events = &self.parts.events;
        events.publish(&Topic::Execution(execution.id.clone()), "");
        let body = json!({ "kind": "execution", "id": execution.id }).to_string();
        events.publish(&Topic::Tenant(execution.tenant.clone()), body);
    }

    /// Everything a turn needs: the setting, whether the definition is the approved one, the journal.
    async fn prepare(&self, execution: &Execution) -> Result<(Setting, bool, Vec<JournalEntry>), ExecutionError> {
        let (definition, verified) = self.definition(execution).await?;
        let place = self.places.find(&execution.tenant, &execution.store, definition.department()).await?;
        let first = execution.epoch == 1;
        let journal =
            if first { Vec::new() } else { self.parts.db.list_journal(&execution.tenant, &execution.id).await? };
        Ok((Setting::new(execution, definition, place), verified, journal))
    }

    /// The definition, and whether it is the one whose digest was approved.
    async fn definition(&self, execution: &Execution) -> Result<(Arc<Definition>, bool), ExecutionError> {
        let key = execution.digest.as_str().to_owned();
        let known = self.definitions.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(definition) = known {
            return Ok((definition, true));
        }
        let found = self.parts.db.find_execution_definition(&execution.tenant, &execution.id).await?;
        let definition = Arc::new(found.ok_or(ExecutionError::NotFound("execution"))?);
        let verified = definition.digest().is_ok_and(|digest| digest == execution.digest);
        if verified {
            let mut known = self.definitions.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= DEFINITIONS {
                known.clear();
            }
            known.insert(key, Arc::clone(&definition));
        }
        Ok((definition, verified))
    }
}
