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
            details: json!({ "details": self.details, "options": self.options }),
            approver: self.approver.clone(),
            required: 1,
            risk: RiskClass::Internal.as_str().to_owned(),
            status: RequestStatus::Pending,
            requested_by: None,
            created_at: self.now,
            expires_at: self.expires_at,
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

/// What the execution listens for. A person's word starts a new chain of causes, so the depth is 0.
pub(super) fn decided_event(
    request: &ApprovalRequest,
    decision: &ApprovalDecision,
    approver: &Principal,
    tenant_slug: &str,
) -> NewEvent {
    let store = request.store_id.as_ref().map_or("", StoreId::as_str);
    let source = format!("/dealers/{tenant_slug}/stores/{store}/auterity");
    let decided_by = approver.employee_id.as_deref().unwrap_or(approver.user.as_str());
    let envelope = json!({
        "specversion": "1.0",
        "id": request.id,
        "source": source,
        "type": "approval.decided",
        "subject": request.id,
        "time": decision.created_at,
        "datacontenttype": "application/json",
        "data": {
            "dealer_id": tenant_slug,
            "store_id": store,
            "occurred_at": decision.created_at,
            "approval_id": request.id,
            "decision": decision.decision,
            "choice": decision.choice,
            "decided_by": decided_by,
            "comment": decision.comment,
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
