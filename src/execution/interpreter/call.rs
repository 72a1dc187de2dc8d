//! `call`: a catalog action, through the connector, as a durable step.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Interpreter, Site, unsupported};
use crate::execution::connectors::{ActionCall, CallError, Connector, Outcome};
use crate::execution::context::{AttemptError, DurableContext, Effect, Flow, Listening, State, Wanted};
use crate::execution::error::{Fault, Halt};
use crate::workflow::catalog::{Action, Catalog, RiskClass};
use crate::workflow::release::Release;

/// Calls of the DSL that are not actions of the catalog.
const PROTOCOLS: [&str; 6] = ["http", "openapi", "grpc", "asyncapi", "mcp", "a2a"];

/// Whether `call:` names a protocol of the DSL and not an action of the catalog.
#[must_use]
pub fn is_protocol(action: &str) -> bool {
    PROTOCOLS.contains(&action)
}

/// Whether the customer notices it: a `listen` begins after such a call.
pub(super) fn reaches_customer(action: &Action) -> bool {
    action.risk == RiskClass::CustomerFacing || action.name == "send_payment_link"
}

struct Invocation<'a> {
    context: &'a dyn DurableContext,
    connector: &'a dyn Connector,
    call: ActionCall,
    action: &'a Action,
    /// Nearest time limit around the branch, in ms of engine time.
    deadline: Option<i64>,
}

#[async_trait]
impl Effect for Invocation<'_> {
    async fn attempt(&self, idempotency_key: &str) -> Result<Value, AttemptError> {
        self.make(idempotency_key, false).await
    }

    async fn withhold(&self, idempotency_key: &str) -> Result<Value, AttemptError> {
        self.make(idempotency_key, true).await
    }

    fn facts(&self) -> Value {
        json!({ "action": self.call.action, "input": self.call.input })
    }

    fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline.and_then(DateTime::from_timestamp_millis)
    }

    fn acts(&self) -> bool {
        self.action.risk != RiskClass::ReadOnly
    }

    fn reaches_customer(&self) -> bool {
        reaches_customer(self.action)
    }
}

impl Invocation<'_> {
    async fn make(&self, idempotency_key: &str, withheld: bool) -> Result<Value, AttemptError> {
        // The mark is taken before the call: an answer may come before the call returns.
        let mark = if reaches_customer(self.action) {
            let mark = self.context.event_mark().await;
            json!(mark.map_err(|_| AttemptError::Retryable("the event log cannot be read".to_owned()))?)
        } else {
            Value::Null
        };
        let mut call = self.call.clone();
        idempotency_key.clone_into(&mut call.idempotency_key);
        call.now = self.context.now();
        call.withheld |= withheld;
        match self.connector.call(&call).await {
            Ok(Outcome::Done(result)) => Ok(json!({ "result": result, "mark": mark })),
            Ok(Outcome::Deferred { until, reason }) => Err(AttemptError::Deferred { until, reason }),
            Err(CallError::Retryable(reason)) => Err(AttemptError::Retryable(reason)),
            Err(CallError::Terminal { status, title, detail }) => {
                Err(AttemptError::Terminal(Fault::communication(status, &title, detail)))
            }
        }
    }
}

impl Interpreter<'_> {
    pub(super) async fn call(
        &self,
        site: Site<'_>,
        action: &str,
        with: Option<&Value>,
        state: &mut State,
    ) -> Result<Flow, Halt> {
        if is_protocol(action) {
            return Err(unsupported(&format!("call: {action}"), "only actions of the catalog can be called"));
        }
        let Some(known) = Catalog::embedded().action(action) else {
            return Err(unsupported(&format!("call: {action}"), "the catalog has no such action"));
        };
        let empty = json!({});
        let input = self.resolve(site, "#with", with.unwrap_or(&empty), state).await?;
        let setting = self.setting;
        let customer = input.get("customer_id").unwrap_or(&setting.event["customer_id"]).clone();
        let call = ActionCall {
            tenant: setting.tenant.clone(),
            tenant_slug: setting.place.tenant_slug.clone(),
            store: setting.place.store.clone(),
            execution: setting.execution.clone(),
            workflow: setting.workflow_id.clone(),
            requester: setting.requester.clone(),
            path: site.path.to_owned(),
            idempotency_key: String::new(),
            action: action.to_owned(),
            input,
            event: setting.event.clone(),
            context: state.context.clone(),
            locals: state.locals.clone(),
            depth: setting.depth,
            now: self.context.now(),
            withheld: false,
        };
        self.context.set_status(json!({ "path": site.path, "doing": "calling", "action": action }));
        let deadline = state.deadline;
        let mut effect = Invocation { context: self.context, connector: self.connector, call, action: known, deadline };
        if reaches_customer(known) && Release::of(&self.setting.definition).holds(site.task) {
            effect.call.withheld = !self.released(site, &effect.call, state).await?;
        }
        let mut output = self.context.step(site.path, &effect).await?;
        if let Some(mark) = output["mark"].as_i64() {
            state.note_outreach(mark, &customer, &output["result"]);
        }
        state.input = output["result"].take();
        Ok(Flow::Continue)
    }

    /// Asks the owner of the record to release a message whose words were written at run time, and waits for the
    /// answer. Silence for a day is a no.
    async fn released(&self, site: Site<'_>, call: &ActionCall, state: &State) -> Result<bool, Halt> {
        let Some(action) = Catalog::embedded().action("request_approval") else {
            return Err(unsupported("request_approval", "the catalog has no such action"));
        };
        let texts = ["subject", "body", "whisper"].iter().filter_map(|field| call.input.get(*field)?.as_str());
        let mut ask = call.clone();
        action.name.clone_into(&mut ask.action);
        ask.input = json!({
            "approver": "record_owner",
            "subject": "Release this message to {{customer.name}}?",
            "details": texts.collect::<Vec<_>>().join("\n\n"),
            "expires_in": "P1D",
            "default": "rejected",
        });
        let question =
            Invocation { context: self.context, connector: self.connector, call: ask, action, deadline: None };
        let asked = self.context.step(&format!("{}#ask", site.path), &question).await?;
        let id = asked["result"]["approval_id"].clone();
        let wanted = Wanted {
            event_type: "approval.decided".to_owned(),
            condition: None,
            correlate: vec![("${ .data.approval_id }".to_owned(), id)],
        };
        let status = json!({ "path": site.path, "doing": "listening", "for": ["approval.decided"] });
        self.context.set_status(status);
        let listening = Listening { wanted: vec![wanted], after_seq: self.setting.start_seq, deadline: state.deadline };
        let (_, envelope) = self.context.event(&format!("{}#release", site.path), &listening).await?;
        Ok(envelope["data"]["decision"] == "approved")
    }
}
