//! Definitions and the steps that most tests begin with.

use std::time::Duration;

use auterity::workflow::Definition;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, SPEED_TO_LEAD, TestApp};

pub const SAM: &str = "sam@lakeside.example";
pub const PRIYA: &str = "priya@lakeside.example";
pub const MARIA: &str = "maria@lakeside.example";
pub const DEREK: &str = "derek@lakeside.example";
pub const DIANE: &str = "diane@lakeside.example";
pub const MARCO: &str = "marco@lakeside.example";
pub const GRACE: &str = "grace@lakeside.example";
pub const ALEX: &str = "alex@lakeside.example";
pub const RITA: &str = "rita@rival.example";

/// A text to a new internet lead, then a word to the sales manager after ten minutes of silence.
pub fn speed_to_lead() -> Value {
    parse(SPEED_TO_LEAD)
}

/// A goodwill credit after a bad survey, asked about first: money.
pub fn goodwill() -> Value {
    parse(
        r#"
document:
  dsl: '1.0.3'
  namespace: lakeside-toyota
  name: goodwill-credit
  version: 0.1.0
  title: Credit after a bad survey
  tags: { department: sales }
  metadata: { stores: [lakeside-main] }
schedule:
  on:
    one:
      with: { type: survey.completed, data: '${ .score <= 2 and .customer_id != null }' }
do:
  - askManager:
      call: request_approval
      with: { approver: 'role:sales_manager', subject: 'Goodwill credit for {{customer.name}}', expires_in: P1D }
      export: { as: '${ $context + { approval: . } }' }
  - awaitDecision:
      try:
        - decision:
            listen:
              to:
                one:
                  with: { type: approval.decided }
                  correlate:
                    approval:
                      from: '${ .data.approval_id }'
                      expect: '${ $context.approval.approval_id }'
            timeout: { after: P1D }
            output: { as: '${ .[0] }' }
            export: { as: '${ $context + { decision: . } }' }
      catch:
        errors:
          with: { type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout }
        do: []
  - credit:
      if: '${ $context.decision.decision == "approved" }'
      call: issue_credit
      with:
        customer_id: '${ $workflow.input[0].data.customer_id }'
        kind: service_credit
        amount: 50
        reason: goodwill
"#,
    )
}

/// Ten minutes after an internet lead a text, then a note to the sales manager: something a pause can make late.
pub fn follow_up() -> Value {
    parse(
        r#"
document:
  dsl: '1.0.3'
  namespace: lakeside-toyota
  name: follow-up
  version: 0.1.0
  title: Follow up on internet leads
  tags: { department: sales }
  metadata: { stores: [lakeside-main] }
schedule:
  on:
    one:
      with: { type: lead.created, data: '${ .lead_type == "internet" }' }
do:
  - settle:
      wait: PT10M
  - textCustomer:
      call: send_sms
      with:
        customer_id: '${ $workflow.input[0].data.customer_id }'
        purpose: informational
        body: 'Hi {{customer.first_name}}, {{store.name}} here. Reply STOP to opt out.'
      export: { as: '${ $context + { sent: . } }'}
  - tellManager:
      call: notify_user
      with: { to: 'role:sales_manager', message: 'The text to {{customer.name}} is {{context.sent.status}}' }
"#,
    )
}

fn parse(yaml: &str) -> Value {
    Definition::from_yaml(yaml).unwrap().into_raw()
}

/// `definition` with another waiting time: a change that matters.
pub fn with_wait(mut definition: Value, wait: &str) -> Value {
    *definition.pointer_mut("/do/1/awaitReply/try/0/reply/timeout/after").unwrap() = json!(wait);
    definition
}

/// A draft as its owner sees it.
#[derive(Debug, Clone)]
pub struct Handle {
    pub id: String,
    pub revision: i64,
    pub digest: String,
}

impl Handle {
    pub fn of(answer: &Answer) -> Self {
        let body = answer.json();
        Self {
            id: body["id"].as_str().unwrap().to_owned(),
            revision: body["revision"].as_i64().unwrap(),
            digest: body["digest"].as_str().unwrap().to_owned(),
        }
    }
}

/// An engine whose calls reach the sandbox; it stops when dropped.
pub struct Running(tokio::task::JoinHandle<()>);

impl Running {
    pub fn start(app: &TestApp) -> Self {
        let engine = app.app.engine(app.app.connector());
        Self(tokio::runtime::Handle::current().spawn(engine.run(CancellationToken::new())))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TestApp {
    /// Drafts, submits and approves; returns the path of the workflow, and the draft.
    pub async fn active(&self, definition: Value) -> (String, Handle) {
        let draft = self.draft(SAM, definition).await;
        let approval = self.submitted(SAM, &draft).await;
        let decided = self.approve(MARIA, &approval, &draft.digest).await;
        assert_eq!(decided.status, 200, "{}", decided.text);
        (format!("/v1/workflows/{}", decided.json()["workflow_id"].as_str().unwrap()), draft)
    }

    /// An internet lead arrives.
    pub async fn lead(&self) {
        let answer = self.post(SAM, "/v1/demo/lead", json!({})).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    /// Moves engine time.
    pub async fn skip(&self, by: &str) {
        let answer = self.post(MARIA, "/v1/engine/clock/skip", json!({ "by": by })).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    /// Waits (real time) until it is so.
    pub async fn until(&self, so: impl AsyncFn() -> bool) {
        for _ in 0..1000 {
            if so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        panic!("it does not come to that: {}", self.get(MARIA, "/v1/executions").await.text);
    }

    /// Rows of the outbox of one channel, oldest first: status, recipient and text.
    pub async fn outbox(&self, channel: &str) -> Vec<Value> {
        let answer = self.get(ALEX, "/v1/outbox?limit=200").await.json();
        let rows = answer["items"].as_array().unwrap().iter().rev();
        rows.filter(|row| row["channel"] == channel).cloned().collect()
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        let token = self.token(who).await;
        self.send("POST", path, Some(&token), Some(body)).await
    }

    /// A POST without a body.
    pub async fn act(&self, who: &str, path: &str) -> Answer {
        let token = self.token(who).await;
        self.send("POST", path, Some(&token), None).await
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        let token = self.token(who).await;
        self.send("GET", path, Some(&token), None).await
    }

    pub async fn draft(&self, who: &str, definition: Value) -> Handle {
        let answer = self.post(who, "/v1/drafts", json!({ "definition": definition })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Handle::of(&answer)
    }

    pub async fn revise(&self, who: &str, draft: &Handle, definition: Value) -> Answer {
        let body = json!({ "base_revision": draft.revision, "content": { "definition": definition } });
        self.post(who, &format!("/v1/drafts/{}/revisions", draft.id), body).await
    }

    pub async fn submit(&self, who: &str, draft: &Handle) -> Answer {
        let body = json!({ "revision": draft.revision, "digest": draft.digest });
        self.post(who, &format!("/v1/drafts/{}/submit", draft.id), body).await
    }

    /// Submits and returns the id of the approval request.
    pub async fn submitted(&self, who: &str, draft: &Handle) -> String {
        let answer = self.submit(who, draft).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn approve(&self, who: &str, approval: &str, digest: &str) -> Answer {
        self.decide(who, approval, json!({ "decision": "approved", "digest": digest })).await
    }

    pub async fn decide(&self, who: &str, approval: &str, body: Value) -> Answer {
        self.post(who, &format!("/v1/approvals/{approval}/decision"), body).await
    }

    /// `status` of a draft, a request or a workflow.
    pub async fn status(&self, path: &str) -> String {
        let answer = self.get(SAM, path).await;
        answer.json()["status"].as_str().unwrap_or(&answer.text).to_owned()
    }

    /// Digests of the workflows that would start executions now.
    pub async fn running(&self) -> Vec<(i64, String)> {
        let tenant = self.principal(SAM).await.tenant;
        let active = self.app.state.db.list_active_workflows(&tenant).await.unwrap();
        active.into_iter().map(|workflow| (workflow.version, workflow.digest.to_string())).collect()
    }
}
