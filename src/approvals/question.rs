//! Questions that running executions ask (`request_approval`), and the event that carries the answer back.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{ApprovalError, Decision};
use crate::auth::Principal;
use crate::model::approval::{ApprovalDecision, ApprovalRequest, RequestStatus, SubjectKind, Verdict};
use crate::model::{ApprovalId, ExecutionId, StoreId, TenantId};
use crate::store::NewEvent;
use crate::workflow::catalog::RiskClass;

/// A question for a person, asked by an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct RuntimeQuestion {
    /// Whose execution.
    pub tenant: TenantId,
    /// Store it runs for.
    pub store: StoreId,
    /// Which execution.
    pub execution: ExecutionId,
    /// `execution#path`: asked twice, it is one question.
    pub idempotency_key: String,
    /// Recipient: `role:bdc_manager`, `user:<employee id>`, `team:…`; several are separated by commas.
    pub approver: String,
    /// One line.
    pub subject: String,
    /// More, when there is more to say.
    pub details: Option<String>,
    /// What to choose from; empty for yes or no.
    pub options: Vec<String>,
    /// What silence counts as: one of the options, `approved` or `rejected`. Absent: no answer comes.
    pub default: Option<String>,
    /// When silence counts as no answer (engine time).
    pub expires_at: Option<DateTime<Utc>>,
    /// Engine time.
    pub now: DateTime<Utc>,
}

impl RuntimeQuestion {
    /// The request this question becomes.
    pub(super) fn request(&self) -> ApprovalRequest {
        ApprovalRequest {
            id: ApprovalId::generate(),
            tenant_id: self.tenant.clone(),
            subject_kind: SubjectKind::Execution,
            subject_id: self.execution.to_string(),
            revision: None,
            digest: None,
            store_id: Some(self.store.clone()),
            title: self.subject.clone(),
            details: json!({ "details": self.details, "options": self.options, "default": self.default }),
            approver: self.approver.clone(),
            required: 1,
            risk: RiskClass::Internal.as_str().to_owned(),
            status: RequestStatus::Pending,
            requested_by: None,
            created_at: self.now,
            expires_at: self.expires_at,
            remind_at: None,
            reminders: 0,
            decided_at: None,
        }
    }
}

/// The options a question offers.
pub(super) fn options(request: &ApprovalRequest) -> Vec<String> {
    let listed = request.details.get("options").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// A yes to a question with options names one of them; nothing else names any.
pub(super) fn check_choice(request: &ApprovalRequest, decision: &Decision) -> Result<(), ApprovalError> {
    let options = options(request);
    let fits = match &decision.choice {
        Some(choice) => options.contains(choice),
        None => options.is_empty() || decision.decision != Verdict::Approved,
    };
    if fits { Ok(()) } else { Err(ApprovalError::UnknownChoice(options)) }
}

/// What silence counts as.
pub(super) fn default_of(request: &ApprovalRequest) -> Option<&str> {
    request.details.get("default").and_then(Value::as_str)
}

/// What an execution listens for. A person's word starts a new chain of causes, so the depth is 0.
pub(super) fn decided_event(
    request: &ApprovalRequest,
    decision: &ApprovalDecision,
    approver: &Principal,
    tenant_slug: &str,
) -> NewEvent {
    let answer = Answer {
        decision: decision.decision,
        choice: decision.choice.as_deref(),
        comment: decision.comment.as_deref(),
        decided_by: approver.employee_id.as_deref().unwrap_or(approver.user.as_str()),
        at: decision.created_at,
    };
    answer.event(request, tenant_slug)
}

/// The event of a question that took its default, because nobody answered in time.
pub(super) fn default_event(request: &ApprovalRequest, tenant_slug: &str) -> Option<NewEvent> {
    let default = default_of(request)?;
    let verdict = default.parse::<Verdict>().ok();
    let answer = Answer {
        decision: verdict.unwrap_or(Verdict::Approved),
        choice: verdict.is_none().then_some(default),
        comment: None,
        decided_by: "system",
        at: request.expires_at?,
    };
    Some(answer.event(request, tenant_slug))
}

/// What was answered, by whom and when.
struct Answer<'a> {
    decision: Verdict,
    choice: Option<&'a str>,
    comment: Option<&'a str>,
    decided_by: &'a str,
    at: DateTime<Utc>,
}

impl Answer<'_> {
    fn event(&self, request: &ApprovalRequest, tenant_slug: &str) -> NewEvent {
        let listed = request.details.pointer("/stores/0").and_then(Value::as_str);
        let store = request.store_id.as_ref().map(StoreId::as_str).or(listed).unwrap_or_default();
        let source = format!("/dealers/{tenant_slug}/stores/{store}/auterity");
        let envelope = json!({
            "specversion": "1.0",
            "id": request.id,
            "source": source,
            "type": "approval.decided",
            "subject": request.id,
            "time": self.at,
            "datacontenttype": "application/json",
            "data": {
                "dealer_id": tenant_slug,
                "store_id": store,
                "occurred_at": self.at,
                "approval_id": request.id,
                "decision": self.decision,
                "choice": self.choice,
                "decided_by": self.decided_by,
                "comment": self.comment,
            },
        });
        NewEvent {
            tenant: request.tenant_id.clone(),
            source,
            id: request.id.to_string(),
            event_type: "approval.decided".to_owned(),
            store_id: store.to_owned(),
            envelope,
            depth: 0,
            caused_by: Some(request.subject_id.clone()),
        }
    }
}
