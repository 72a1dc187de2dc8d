//! The execution engine of this process.

use std::sync::Arc;

use async_trait::async_trait;

use super::App;
use crate::approvals::{self, RuntimeQuestion};
use crate::execution::connectors::{Asker, CallError, Connector, Sandbox};
use crate::execution::{Engine, EngineParts, Paused};
use crate::model::{ApprovalId, ExecutionId};

impl App {
    /// An engine over the app's own database; [`App::serve`] runs one, tests start their own.
    #[must_use]
    pub fn engine(&self, connector: Arc<dyn Connector>) -> Engine {
        let state = &self.state;
        Engine::new(EngineParts {
            db: state.db.clone(),
            events: state.events.clone(),
            clock: state.execution.clock().clone(),
            writer: state.execution.writer().clone(),
            paused: Paused::default(),
            connector,
            config: state.config.execution.clone(),
            owner: ExecutionId::generate().to_string(),
        })
    }

    /// What calls reach in this installation: the sandbox, where everything goes to the outbox.
    #[must_use]
    pub fn connector(&self) -> Arc<dyn Connector> {
        let state = &self.state;
        let asker = Arc::new(ApprovalDesk(state.approvals.clone()));
        Arc::new(Sandbox::new(state.db.clone(), state.events.clone(), asker))
    }
}

/// Questions of running executions go to the approval queue.
struct ApprovalDesk(approvals::Service);

#[async_trait]
impl Asker for ApprovalDesk {
    async fn ask(&self, question: RuntimeQuestion) -> Result<ApprovalId, CallError> {
        // The queue refuses nothing here: what can fail is the store, and that passes.
        self.0.ask(question).await.map_err(|error| CallError::Retryable(error.to_string()))
    }
}
