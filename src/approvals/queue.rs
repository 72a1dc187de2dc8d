//! The queue as a person sees it: what waits, and whether it waits for them.

use serde::Serialize;

use super::panel::Standing;
use super::{ApprovalError, Service};
use crate::auth::Principal;
use crate::model::approval::{ApprovalRequest, RequestStatus, SubjectKind, Verdict};
use crate::model::{Page, PageRequest};

/// What to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter {
    /// Only requests of this status.
    pub status: Option<RequestStatus>,
    /// Only drafts, or only questions.
    pub kind: Option<SubjectKind>,
    /// Only what the caller may decide now.
    pub mine: bool,
}

/// One request in the queue.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QueueEntry {
    /// The request.
    #[serde(flatten)]
    pub request: ApprovalRequest,
    /// Whether the caller may decide it now.
    pub may_decide: bool,
    /// How the caller stands to it.
    pub standing: Standing,
    /// How many different people have approved so far.
    pub approvals: usize,
}

impl Service {
    /// A page of the queue, newest first; on each page, what the caller may decide comes first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(
        &self,
        caller: &Principal,
        filter: &QueueFilter,
        page: &PageRequest,
    ) -> Result<Page<QueueEntry>, ApprovalError> {
        self.expire_overdue(&caller.tenant).await?;
        let people = self.people(&caller.tenant).await?;
        let status = if filter.mine { Some(RequestStatus::Pending) } else { filter.status };
        let found = self.db.list_approvals(&caller.tenant, status, filter.kind, page).await?;
        let circles = self.circles(&caller.tenant, &found.items).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for (request, circle) in found.items.into_iter().zip(circles) {
            let standing = people.standing(&request, &circle, &caller.user);
            let approvals = circle.decisions.iter().filter(|decision| decision.decision == Verdict::Approved).count();
            let may_decide = request.status == RequestStatus::Pending && standing == Standing::May;
            if may_decide || !filter.mine {
                items.push(QueueEntry { request, may_decide, standing, approvals });
            }
        }
        items.sort_by_key(|entry| !entry.may_decide);
        Ok(Page { items, next: found.next })
    }
}
