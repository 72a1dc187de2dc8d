//! A sandbox on the sample dealership, and calls to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use auterity::approvals::RuntimeQuestion;
use auterity::execution::connectors::{ActionCall, Asker, CallError, Connector, Outcome, Sandbox};
use auterity::model::tenant::{Store, Tenant};
use auterity::model::{ApprovalId, ExecutionId, PageRequest, TenantId, UserId, WorkflowId};
use auterity::store::outbox::OutboxFilter;
use auterity::store::{Database, OutboxEntry, Record};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::support::{TUESDAY_10_AM, TestApp};

/// Answers every question with an id and counts them.
#[derive(Default)]
pub struct Desk(pub AtomicUsize);

#[async_trait]
impl Asker for Desk {
    async fn ask(&self, question: RuntimeQuestion) -> Result<ApprovalId, CallError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(ApprovalId::derive(&question.idempotency_key))
    }
}

pub struct Bench {
    pub app: TestApp,
    pub sandbox: Sandbox,
    pub desk: Arc<Desk>,
    pub store: Store,
    pub tenant: Tenant,
}

impl Bench {
    pub async fn new() -> Self {
        let app = TestApp::demo().await;
        let state = &app.app.state;
        let desk = Arc::new(Desk::default());
        let sandbox = Sandbox::new(state.db.clone(), state.events.clone(), desk.clone());
        let id = TenantId::derive("lakeside-toyota");
        let store = state.db.find_store(&id, &"lakeside-main".parse().unwrap()).await.unwrap().unwrap();
        let tenant = state.db.find_tenant(&id).await.unwrap().unwrap();
        Self { app, sandbox, desk, store, tenant }
    }

    pub fn db(&self) -> &Database {
        &self.app.app.state.db
    }

    /// A call at ten on a Tuesday morning in Texas.
    pub fn call(&self, action: &str, input: Value) -> ActionCall {
        let execution = ExecutionId::derive("test");
        ActionCall {
            tenant: self.tenant.id.clone(),
            tenant_slug: self.tenant.slug.clone(),
            store: self.store.clone(),
            path: format!("/do/{action}"),
            idempotency_key: format!("{execution}#{action}#{input}"),
            execution,
            workflow: WorkflowId::derive("test"),
            requester: Some(UserId::derive("sam@lakeside.example")),
            action: action.to_owned(),
            input,
            event: Value::Null,
            context: json!({}),
            locals: Map::new(),
            depth: 0,
            now: TUESDAY_10_AM.parse().unwrap(),
            withheld: false,
        }
    }

    pub async fn run(&self, call: &ActionCall) -> Result<Outcome, CallError> {
        self.sandbox.call(call).await
    }

    pub async fn done(&self, call: &ActionCall) -> Value {
        match self.run(call).await {
            Ok(Outcome::Done(output)) => output,
            other => panic!("{}: {other:?}", call.action),
        }
    }

    pub async fn act(&self, action: &str, input: Value) -> Value {
        self.done(&self.call(action, input)).await
    }

    pub async fn deferred(&self, call: &ActionCall) -> (DateTime<Utc>, String) {
        match self.run(call).await {
            Ok(Outcome::Deferred { until, reason }) => (until, reason),
            other => panic!("{}: {other:?}", call.action),
        }
    }

    pub async fn refused(&self, action: &str, input: Value) -> u16 {
        match self.run(&self.call(action, input)).await {
            Err(CallError::Terminal { status, .. }) => status,
            other => panic!("{action}: {other:?}"),
        }
    }

    pub async fn record(&self, entity: &str, id: &str) -> Record {
        self.db().find_record(&self.tenant.id, entity, id).await.unwrap().unwrap()
    }

    pub async fn records(&self, entity: &str) -> Vec<Record> {
        self.db().list_records(&self.tenant.id, entity, None, "", 1000).await.unwrap()
    }

    /// Newest first.
    pub async fn outbox(&self) -> Vec<OutboxEntry> {
        let page = PageRequest::largest();
        self.db().list_outbox(&self.tenant.id, &OutboxFilter::default(), &page).await.unwrap().items
    }

    /// Types and payloads of the events in the log, oldest first.
    pub async fn events(&self) -> Vec<(String, Value)> {
        let stored = self.db().list_unrouted_events(1000).await.unwrap();
        stored.into_iter().map(|e| (e.event.event_type.clone(), e.data().clone())).collect()
    }

    pub async fn event_types(&self) -> Vec<String> {
        self.events().await.into_iter().map(|(name, _)| name).collect()
    }
}

/// A text to a customer.
pub fn text_to(customer: &str, purpose: &str) -> Value {
    json!({ "customer_id": customer, "purpose": purpose, "body": "Hi {{customer.first_name}}. Reply STOP to opt out." })
}
