//! Definitions and the steps that most tests begin with.

use auterity::workflow::Definition;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

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
    parse(
        r#"
document:
  dsl: '1.0.3'
  namespace: lakeside-toyota
  name: greet-internet-lead
  version: 0.1.0
  title: Greet internet leads
  tags: { department: sales }
  metadata: { stores: [lakeside-main] }
schedule:
  on:
    one:
      with: { type: lead.created, data: '${ .lead_type == "internet" }' }
do:
  - textCustomer:
      call: send_sms
      with:
        customer_id: '${ $workflow.input[0].data.customer_id }'
        purpose: informational
        body: 'Hi {{customer.first_name}}, {{store.name}} here about the {{event.vehicle.model}}. Reply STOP to opt out.'
  - awaitReply:
      try:
        - reply:
            listen:
              to:
                one:
                  with: { type: customer.message.received }
                  correlate:
                    customer:
                      from: '${ .data.customer_id }'
                      expect: '${ $workflow.input[0].data.customer_id }'
            timeout: { after: PT10M }
            output: { as: '${ .[0] }' }
            export: { as: '${ $context + { reply: . } }' }
      catch:
        errors:
          with: { type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout }
        do:
          - pingManager:
              call: notify_user
              with: { to: 'role:sales_manager', message: 'No answer from {{customer.name}}', urgency: high }
"#,
    )
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

impl TestApp {
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
