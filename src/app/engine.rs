//! The execution engine of this process.

use std::sync::Arc;

use async_trait::async_trait;

use super::App;
use crate::execution::connectors::{ActionCall, CallError, Connector, Outcome};
use crate::execution::{Engine, EngineParts};
use crate::model::ExecutionId;

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
            connector,
            config: state.config.execution.clone(),
            owner: ExecutionId::generate().to_string(),
        })
    }

    /// What calls reach in this installation.
    #[must_use]
    pub fn connector(&self) -> Arc<dyn Connector> {
        Arc::new(NotConnected)
    }
}

/// Answers that nothing is connected.
#[derive(Debug)]
struct NotConnected;

#[async_trait]
impl Connector for NotConnected {
    async fn call(&self, call: &ActionCall) -> Result<Outcome, CallError> {
        Err(CallError::Terminal {
            status: 501,
            title: "No connector".to_owned(),
            detail: format!("nothing is connected that could carry out {}", call.action),
        })
    }
}
