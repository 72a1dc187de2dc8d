//! A laboratory: the application, a connector that follows a script, engines that can be dropped at will.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auterity::execution::connectors::{ActionCall, CallError, Connector, Outcome};
use auterity::model::{ExecutionId, ExecutionStatus, StoreId, TenantId, WorkflowId};
use auterity::store::NewEvent;
use auterity::store::executions::{Execution, NEVER, NewExecution};
use auterity::store::journal::JournalEntry;
use auterity::workflow::{Definition, Language};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;

type Answer = Box<dyn FnMut(&ActionCall, usize) -> Result<Outcome, CallError> + Send>;

/// Records every call and answers by a script.
#[derive(Clone)]
pub struct Script {
    calls: Arc<Mutex<Vec<ActionCall>>>,
    answer: Arc<Mutex<Answer>>,
    pub pause: Arc<Mutex<Duration>>,
}

impl Script {
    pub fn new() -> Self {
        let done: Answer = Box::new(|call, _| Ok(Outcome::Done(json!({ "did": call.action }))));
        Self { calls: Arc::default(), answer: Arc::new(Mutex::new(done)), pause: Arc::default() }
    }

    /// `answer` sees the call and how many calls with its key came before.
    pub fn answering(answer: impl FnMut(&ActionCall, usize) -> Result<Outcome, CallError> + Send + 'static) -> Self {
        Self { answer: Arc::new(Mutex::new(Box::new(answer))), ..Self::new() }
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<ActionCall> {
        self.calls.lock().unwrap().clone()
    }

    /// The actions called so far.
    pub fn actions(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.action).collect()
    }
}

#[async_trait]
impl Connector for Script {
    async fn call(&self, call: &ActionCall) -> Result<Outcome, CallError> {
        let before = {
            let mut calls = self.calls.lock().unwrap();
            let before = calls.iter().filter(|earlier| earlier.idempotency_key == call.idempotency_key).count();
            calls.push(call.clone());
            before
        };
        let pause = *self.pause.lock().unwrap();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        (self.answer.lock().unwrap())(call, before)
    }
}

/// An engine that runs until it is dropped; dropping is a crash.
pub struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    /// Aborts it and waits until nothing of it runs.
    pub async fn crash(mut self) {
        self.0.abort();
        drop((&mut self.0).await);
    }
}

pub struct Lab {
    pub app: TestApp,
    pub script: Script,
    pub tenant: TenantId,
}

impl Lab {
    pub async fn new(script: Script) -> Self {
        let app = TestApp::demo().await;
        let tenant = app.app.state.db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap().id;
        Self { app, script, tenant }
    }

    /// Starts an engine.
    pub fn engine(&self) -> Running {
        self.engine_with(self.script.clone())
    }

    pub fn engine_with(&self, script: Script) -> Running {
        self.engine_over(Arc::new(script))
    }

    /// An engine whose calls reach the sandbox, as the server's do.
    pub fn sandbox_engine(&self) -> Running {
        self.engine_over(self.app.app.connector())
    }

    fn engine_over(&self, connector: Arc<dyn Connector>) -> Running {
        let engine = self.app.app.engine(connector);
        Running(tokio::runtime::Handle::current().spawn(engine.run(CancellationToken::new())))
    }

    /// Stores an execution of this definition, ready to run.
    pub async fn start(&self, definition: &str, input: Value) -> ExecutionId {
        let definition = Definition::from_yaml(definition).unwrap();
        let id = ExecutionId::generate();
        let state = &self.app.app.state;
        let new = NewExecution {
            id: id.clone(),
            tenant: self.tenant.clone(),
            store: "lakeside-main".parse::<StoreId>().unwrap(),
            workflow: WorkflowId::generate(),
            version: 1,
            digest: definition.digest().unwrap(),
            definition,
            trigger_source: "manual".to_owned(),
            trigger_id: id.to_string(),
            requested_by: None,
            depth: 0,
            start_seq: state.db.find_last_event_seq(&self.tenant).await.unwrap(),
            input,
            now: state.execution.clock().now(),
        };
        assert!(state.execution.start(new).await.unwrap());
        id
    }

    /// Starts a document that consists of these tasks.
    pub async fn run_tasks(&self, tasks: &str, input: Value) -> ExecutionId {
        self.start(&document(tasks), input).await
    }

    /// Runs tasks to the end on an engine of their own.
    pub async fn finish_tasks(&self, tasks: &str, input: Value) -> Execution {
        let _engine = self.engine();
        let id = self.run_tasks(tasks, input).await;
        self.until(&id, |execution| execution.status.is_over()).await
    }

    pub async fn find(&self, id: &ExecutionId) -> Execution {
        self.app.app.state.db.find_execution(&self.tenant, id).await.unwrap().unwrap()
    }

    /// Waits (real time) until the execution is as wanted.
    pub async fn until(&self, id: &ExecutionId, wanted: impl Fn(&Execution) -> bool) -> Execution {
        for _ in 0..1500 {
            let execution = self.find(id).await;
            if wanted(&execution) {
                return execution;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it stays {:?}", self.find(id).await);
    }

    pub async fn waiting(&self, id: &ExecutionId) -> Execution {
        self.until(id, |execution| execution.status == ExecutionStatus::Waiting && execution.wake_at > 0).await
    }

    pub async fn completed(&self, id: &ExecutionId) -> Execution {
        let execution = self.until(id, |execution| execution.status.is_over()).await;
        assert_eq!(execution.status, ExecutionStatus::Completed, "{:?}", execution.error);
        execution
    }

    /// Moves engine time.
    pub async fn skip(&self, by: TimeDelta) {
        self.app.app.state.execution.skip(&self.tenant, by).await.unwrap();
    }

    /// Stores a customer's message.
    pub async fn message(&self, id: &str, customer: &str, text: &str) {
        let event = message(id, customer, text);
        self.app.app.state.execution.ingest(&self.tenant, None, event).await.unwrap();
    }

    /// Stores an event of any type, as the application itself does.
    pub async fn event(&self, id: &str, event_type: &str, data: Value) {
        let envelope = json!({ "specversion": "1.0", "id": id, "source": "/test", "type": event_type, "data": data });
        let event = NewEvent {
            tenant: self.tenant.clone(),
            source: "/test".to_owned(),
            id: id.to_owned(),
            event_type: event_type.to_owned(),
            store_id: "lakeside-main".to_owned(),
            envelope,
            depth: 0,
            caused_by: None,
        };
        self.app.app.state.execution.store_event(&event).await.unwrap();
    }

    /// Runs tasks, moving time to whatever is waited for next, until they end.
    pub async fn play(&self, tasks: &str, input: Value) -> Execution {
        let _engine = self.engine();
        let id = self.run_tasks(tasks, input).await;
        self.play_on(&id).await
    }

    /// Moves time to whatever is waited for next, until the execution ends.
    pub async fn play_on(&self, id: &ExecutionId) -> Execution {
        loop {
            // one that waits for events alone is about to take those that were sent
            let timed = |e: &Execution| e.status == ExecutionStatus::Waiting && (1..NEVER).contains(&e.wake_at);
            let settled = |e: &Execution| e.status.is_over() || timed(e);
            let execution = self.until(id, settled).await;
            if execution.status.is_over() {
                return execution;
            }
            let rest = execution.wake_at - self.app.app.state.execution.clock().now_ms();
            if rest > 0 {
                self.skip(TimeDelta::milliseconds(rest)).await;
            }
            self.until(id, |e| e.epoch > execution.epoch || e.status.is_over()).await;
        }
    }

    /// The journal lines of a kind.
    pub async fn lines(&self, id: &ExecutionId, kind: &str) -> Vec<JournalEntry> {
        let journal = self.app.app.state.db.list_journal(&self.tenant, id).await.unwrap();
        journal.into_iter().filter(|entry| entry.kind == kind).collect()
    }

    /// The words of the story.
    pub async fn words(&self, id: &ExecutionId) -> Vec<String> {
        self.words_in(id, Language::En).await
    }

    pub async fn words_in(&self, id: &ExecutionId, language: Language) -> Vec<String> {
        let story = self.app.app.state.execution.story(&self.tenant, id, language).await.unwrap();
        story.steps.into_iter().map(|step| step.words).collect()
    }
}

pub fn document(tasks: &str) -> String {
    let head = "document: { dsl: '1.0.3', namespace: lakeside-toyota, name: test, version: 0.1.0, title: Test }\n";
    format!("{head}{tasks}")
}

/// `customer.message.received` as another system would send it.
pub fn message(id: &str, customer: &str, text: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/dealers/lakeside-toyota/stores/lakeside-main/sms",
        "type": "customer.message.received", "time": "2026-03-10T15:00:00Z",
        "data": {
            "dealer_id": "lakeside-toyota", "store_id": "lakeside-main", "occurred_at": "2026-03-10T15:00:00Z",
            "customer_id": customer, "channel": "sms", "text": text, "language": "en", "intent": "question",
            "thread_id": "th-1", "lead_id": null, "ro_id": null, "deal_id": null, "media_count": 0,
        },
    })
}

/// Listens to the lines that one target writes to the log, and keeps one of their fields.
#[derive(Clone)]
pub struct Heard {
    target: &'static str,
    field: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Heard {
    pub fn of(target: &'static str, field: &'static str) -> Self {
        Self { target, field, lines: Arc::default() }
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl tracing::field::Visit for &Heard {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == self.field {
            self.lines.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl tracing::Subscriber for Heard {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == self.target
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
