//! Handing a request to somebody else: the place moves, it never doubles.

use serde_json::json;

use super::notices::Notices;
use super::panel::Standing;
use super::{ApprovalError, Service};
use crate::auth::Principal;
use crate::model::approval::{ApprovalRequest, Delegation, RequestStatus};
use crate::model::user::SystemRole;
use crate::model::{ApprovalId, UserId};
use crate::store::{AuditEntry, StoreError};

impl Service {
    /// Hands a pending request to another eligible person, who hears of it. Whoever may decide may hand on their own
    /// place; an admin of the dealership may give anybody's request to somebody, for when people are away.
    ///
    /// # Errors
    /// [`ApprovalError::NotEligible`] when the other person could not decide it either; otherwise as a decision.
    pub async fn delegate(
        &self,
        from: &Principal,
        approval: &ApprovalId,
        to: &UserId,
    ) -> Result<ApprovalRequest, ApprovalError> {
        let tenant = &from.tenant;
        self.expire_overdue(tenant).await?;
        let request = self.db.find_approval(tenant, approval).await?.ok_or(ApprovalError::NotFound)?;
        if request.status != RequestStatus::Pending {
            return Err(ApprovalError::NotPending(request.status));
        }
        let (people, circle) = (self.people(tenant).await?, self.circle(&request).await?);
        let may = match people.standing(&request, &circle, &from.user) {
            Standing::May => true,
            Standing::Author | Standing::Decided | Standing::HandedOn | Standing::NotAsked => {
                from.role == SystemRole::DealershipAdmin && !circle.authors.contains(&from.user)
            }
        };
        if !may {
            return Err(ApprovalError::NotApprover { approver: request.approver });
        }
        let panel = people.panel(&request, &circle);
        let successors = panel.successors(&from.user, &circle.decided());
        let successor = successors.iter().find(|user| user.id == *to).ok_or(ApprovalError::NotEligible)?;
        let now = self.clock.now();
        let delegation = Delegation { from: from.user.clone(), to: to.clone(), created_at: now };
        let notice = Notices::about(&request, &people, self.engine_now().await?).handed(successor, &from.name);
        let audit = AuditEntry::new(tenant, now, from.user.as_str(), "approval.delegated", approval.as_str())
            .with(json!({ "to": to, "subject": request.subject_id }));
        match self.db.insert_delegation(&request, &delegation, &notice, &audit).await {
            Err(StoreError::Stale) => {
                let now = self.db.find_approval(tenant, approval).await?.ok_or(ApprovalError::NotFound)?;
                return Err(ApprovalError::NotPending(now.status));
            }
            other => other?,
        }
        self.announce(tenant, "approval", approval.as_str());
        Ok(request)
    }
}
