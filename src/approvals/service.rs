//! Submitting, deciding, withdrawing, asking: everything that moves a request.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::panel::{Rung, Standing};
use super::people::Circle;
use super::policy::{self, Requirement, Rules};
use super::question::{self, RuntimeQuestion};
use super::{ApprovalError, drafts};
use crate::auth::{Permission, Principal};
use crate::config::ApprovalsConfig;
use crate::events::{Events, Topic};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, RequestStatus, SubjectKind, Verdict};
use crate::model::draft::{Draft, DraftStatus};
use crate::model::workflow::OpenExecutions;
use crate::model::{ApprovalId, Clock, DraftId, TenantId, WorkflowId};
use crate::store::{AuditEntry, Database, DraftRevision, StoreError};
use crate::workflow::Digest;
use crate::workflow::catalog::Catalog;

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Yes, no, or not like this.
    pub decision: Verdict,
    /// The content looked at; required for a draft.
    pub digest: Option<Digest>,
    /// Why; required unless it is yes.
    pub comment: Option<String>,
    /// The option chosen, when the question has options.
    pub choice: Option<String>,
    /// What becomes of executions of the version that this one replaces; counts on the approval that brings it into
    /// force.
    pub running: OpenExecutions,
}

/// What a decision led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The request as it stands now.
    pub request: ApprovalRequest,
    /// How many different people have approved so far.
    pub approvals: i64,
    /// The workflow and the version that went into force.
    pub activated: Option<(WorkflowId, i64)>,
}

/// The approval queue.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) db: Database,
    pub(super) events: Events,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: ApprovalsConfig,
}

impl Service {
    /// The queue in `db`.
    #[must_use]
    pub fn new(db: Database, events: Events, clock: Arc<dyn Clock>, config: ApprovalsConfig) -> Self {
        Self { db, events, clock, config }
    }

    /// Submits exactly this content of a draft: it is frozen until somebody decides, takes it back or changes it.
    ///
    /// # Errors
    /// See [`ApprovalError`].
    pub async fn submit(
        &self,
        author: &Principal,
        draft: &DraftId,
        revision: i64,
        digest: &Digest,
    ) -> Result<ApprovalRequest, ApprovalError> {
        let tenant = &author.tenant;
        self.expire_overdue(tenant).await?;
        let draft = self.db.find_draft(tenant, draft).await?.ok_or(ApprovalError::NoDraft)?;
        self.must_be_author(author, &draft).await?;
        if draft.revision != revision {
            return Err(ApprovalError::StaleRevision { current: draft.revision });
        }
        let content = self.content(tenant, &draft.id, revision).await?;
        if content.digest != *digest || content.definition.digest()? != *digest {
            return Err(ApprovalError::DigestMismatch { expected: content.digest });
        }
        if !matches!(draft.status, DraftStatus::Open | DraftStatus::Withdrawn) {
            return Err(ApprovalError::WrongStatus(draft.status));
        }
        drafts::must_be_complete(&self.db, tenant, &content).await?;
        let need = policy::requirement(&content.definition, Catalog::embedded(), Rules::embedded());
        let request = self.request_for(author, &draft, &content, need).await?;
        let rung = self.rung(&request).await?;
        if rung == Rung::Nobody {
            return Err(ApprovalError::NobodyMayDecide { required: request.required });
        }
        let audit =
            AuditEntry::new(tenant, self.clock.now(), author.user.as_str(), "draft.submitted", draft.id.as_str())
                .with(json!({ "revision": revision, "digest": digest, "approval": request.id,
                "required": request.required, "rung": rung }));
        match self.db.insert_draft_request(&request, &audit).await {
            Err(StoreError::Stale) => {
                let now = self.db.find_draft(tenant, &draft.id).await?.ok_or(ApprovalError::NoDraft)?;
                if now.revision == revision {
                    return Err(ApprovalError::WrongStatus(now.status));
                }
                return Err(ApprovalError::StaleRevision { current: now.revision });
            }
            other => other?,
        }
        self.announce(tenant, "approval", request.id.as_str());
        self.announce(tenant, "draft", draft.id.as_str());
        Ok(request)
    }

    /// Takes a submission back: the draft can be worked on, or submitted again as it is.
    ///
    /// # Errors
    /// See [`ApprovalError`].
    pub async fn withdraw(&self, author: &Principal, draft: &DraftId) -> Result<Draft, ApprovalError> {
        let tenant = &author.tenant;
        self.expire_overdue(tenant).await?;
        let draft = self.db.find_draft(tenant, draft).await?.ok_or(ApprovalError::NoDraft)?;
        self.must_be_author(author, &draft).await?;
        let request = self.db.find_newest_request(tenant, &draft.id).await?;
        let request = request.filter(|request| request.status == RequestStatus::Pending);
        let request = request.ok_or(ApprovalError::WrongStatus(draft.status))?;
        let audit =
            AuditEntry::new(tenant, self.clock.now(), author.user.as_str(), "draft.withdrawn", draft.id.as_str())
                .with(json!({ "approval": request.id }));
        match self.db.withdraw_request(&request, &audit).await {
            // decided, voided or expired in this moment
            Err(StoreError::Stale) => {
                let now = self.db.find_draft(tenant, &draft.id).await?.ok_or(ApprovalError::NoDraft)?;
                return Err(ApprovalError::WrongStatus(now.status));
            }
            other => other?,
        }
        self.announce(tenant, "approval", request.id.as_str());
        self.announce(tenant, "draft", draft.id.as_str());
        self.db.find_draft(tenant, &draft.id).await?.ok_or(ApprovalError::NoDraft)
    }

    /// Decides a request. The last approval needed puts the version into force in the same transaction.
    ///
    /// # Errors
    /// See [`ApprovalError`].
    pub async fn decide(
        &self,
        approver: &Principal,
        approval: &ApprovalId,
        decision: Decision,
    ) -> Result<Decided, ApprovalError> {
        let tenant = &approver.tenant;
        self.expire_overdue(tenant).await?;
        let request = self.db.find_approval(tenant, approval).await?.ok_or(ApprovalError::NotFound)?;
        let (people, circle) = (self.people(tenant).await?, self.circle(&request).await?);
        match people.standing(&request, &circle, &approver.user) {
            Standing::May => {}
            Standing::Decided if request.status == RequestStatus::Pending => {
                return Err(ApprovalError::DecidedAlready(approver.user.clone()));
            }
            Standing::Decided => return Err(ApprovalError::NotPending(request.status)),
            Standing::Author => return Err(ApprovalError::AuthorCannotDecide),
            Standing::HandedOn => return Err(ApprovalError::HandedOn),
            Standing::NotAsked => return Err(ApprovalError::NotApprover { approver: request.approver }),
        }
        if request.status != RequestStatus::Pending {
            return Err(ApprovalError::NotPending(request.status));
        }
        let decided = match request.subject_kind {
            SubjectKind::Draft => self.decide_draft(approver, &request, decision).await,
            SubjectKind::Execution | SubjectKind::Workflow => self.answer(approver, &request, decision).await,
        };
        match decided {
            // somebody was quicker: say what became of it
            Err(ApprovalError::Store(StoreError::Stale)) => {
                let now = self.db.find_approval(tenant, approval).await?.ok_or(ApprovalError::NotFound)?;
                Err(ApprovalError::NotPending(now.status))
            }
            Err(ApprovalError::Store(StoreError::NotUnique(_))) => {
                Err(ApprovalError::DecidedAlready(approver.user.clone()))
            }
            other => other,
        }
    }

    async fn decide_draft(
        &self,
        approver: &Principal,
        request: &ApprovalRequest,
        decision: Decision,
    ) -> Result<Decided, ApprovalError> {
        let tenant = &request.tenant_id;
        let draft: DraftId = request.subject_id.parse().map_err(|_| unreadable("subject_id"))?;
        let content = self.content(tenant, &draft, request.revision.unwrap_or_default()).await?;
        let frozen = request.digest.as_deref() == Some(content.digest.as_str())
            && content.definition.digest()? == content.digest;
        if !frozen || decision.digest.as_ref() != Some(&content.digest) {
            return Err(ApprovalError::DigestMismatch { expected: content.digest });
        }
        if decision.choice.is_some() {
            return Err(ApprovalError::UnknownChoice(Vec::new()));
        }
        let running = decision.running;
        let row = self.decision_row(approver, decision, self.clock.now())?;
        let audit = self.decision_audit(&row, request);
        let effect = self.db.insert_draft_decision(request, &row, &content, running, &audit).await?;
        self.announce(tenant, "approval", request.id.as_str());
        self.announce(tenant, "draft", draft.as_str());
        if let Some((workflow, _)) = &effect.activated {
            self.announce(tenant, "workflow", workflow.as_str());
            self.events.publish(&Topic::Engine, "");
        }
        let now = self.db.find_approval(tenant, &request.id).await?.ok_or(ApprovalError::NotFound)?;
        Ok(Decided { request: now, approvals: effect.approvals, activated: effect.activated })
    }

    async fn answer(
        &self,
        approver: &Principal,
        request: &ApprovalRequest,
        decision: Decision,
    ) -> Result<Decided, ApprovalError> {
        let tenant = &request.tenant_id;
        question::check_choice(request, &decision)?;
        let engine_now = self.engine_now().await?;
        let row = self.decision_row(approver, decision, engine_now)?;
        let audit = self.decision_audit(&row, request);
        let slug = self.db.find_tenant(tenant).await?.ok_or(unreadable("tenant_id"))?.slug;
        let event = question::decided_event(request, &row, approver, &slug);
        self.db.insert_answer(request, &row, &event, &audit).await?;
        self.announce(tenant, "approval", request.id.as_str());
        self.events.publish(&Topic::Engine, "");
        let now = self.db.find_approval(tenant, &request.id).await?.ok_or(ApprovalError::NotFound)?;
        Ok(Decided { approvals: i64::from(now.status == RequestStatus::Approved), request: now, activated: None })
    }

    /// Puts a question of an execution into the queue; asked again with the same key, it is the same question.
    ///
    /// # Errors
    /// See [`ApprovalError`].
    pub async fn ask(&self, question: RuntimeQuestion) -> Result<ApprovalId, ApprovalError> {
        let mut request = question.request();
        request.remind_at = self.config.first_reminder(request.created_at, request.expires_at);
        let audit = AuditEntry::new(
            &request.tenant_id,
            self.clock.now(),
            question.execution.as_str(),
            "approval.requested",
            request.id.as_str(),
        )
        .with(json!({ "approver": request.approver, "execution": question.execution }));
        let (id, new) = self.db.insert_question(&request, &question.idempotency_key, &audit).await?;
        if new {
            self.announce(&request.tenant_id, "approval", id.as_str());
        }
        Ok(id)
    }

    /// The request a submission makes.
    async fn request_for(
        &self,
        author: &Principal,
        draft: &Draft,
        content: &DraftRevision,
        need: Requirement,
    ) -> Result<ApprovalRequest, ApprovalError> {
        let engine_now = self.engine_now().await?;
        let expires_at = engine_now + TimeDelta::days(self.config.expire_days);
        Ok(ApprovalRequest {
            id: ApprovalId::generate(),
            tenant_id: author.tenant.clone(),
            subject_kind: SubjectKind::Draft,
            subject_id: draft.id.to_string(),
            revision: Some(content.revision),
            digest: Some(content.digest.to_string()),
            store_id: need.only_store(),
            title: draft.title.clone(),
            approver: need.approver(),
            required: need.required,
            risk: need.risk.as_str().to_owned(),
            details: json!({ "department": need.department, "stores": need.stores, "reasons": need.reasons }),
            status: RequestStatus::Pending,
            requested_by: Some(author.user.clone()),
            created_at: self.clock.now(),
            expires_at: Some(expires_at),
            remind_at: self.config.first_reminder(engine_now, Some(expires_at)),
            reminders: 0,
            decided_at: None,
        })
    }

    /// How far up a new request has to go.
    async fn rung(&self, request: &ApprovalRequest) -> Result<Rung, ApprovalError> {
        let circle = Circle { decisions: Vec::new(), ..self.circle(request).await? };
        Ok(self.people(&request.tenant_id).await?.panel(request, &circle).rung())
    }

    async fn must_be_author(&self, author: &Principal, draft: &Draft) -> Result<(), ApprovalError> {
        let written = self.db.list_authorship(&author.tenant, std::slice::from_ref(&draft.id)).await?;
        let authors = written.get(&draft.id).map(|written| written.of_revision(draft.revision)).unwrap_or_default();
        let known = draft.created_by == author.user || authors.contains(&author.user);
        if known || author.may(Permission::Administer) { Ok(()) } else { Err(ApprovalError::NotAuthor) }
    }

    pub(super) async fn content(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
        revision: i64,
    ) -> Result<DraftRevision, ApprovalError> {
        let found = self.db.find_revision(tenant, draft, revision).await?;
        found.ok_or_else(|| unreadable("revision").into())
    }

    fn decision_row(
        &self,
        approver: &Principal,
        decision: Decision,
        at: DateTime<Utc>,
    ) -> Result<ApprovalDecision, ApprovalError> {
        let comment = decision.comment.filter(|text| !text.trim().is_empty());
        if comment.is_none() && decision.decision != Verdict::Approved {
            return Err(ApprovalError::CommentRequired);
        }
        Ok(ApprovalDecision {
            decided_by: approver.user.clone(),
            decision: decision.decision,
            choice: decision.choice,
            comment,
            digest: decision.digest.map(|digest| digest.to_string()),
            // its real place is given by the store
            place: 0,
            created_at: at,
        })
    }

    /// The comment stays out of the audit log: people write names into comments.
    fn decision_audit(&self, row: &ApprovalDecision, request: &ApprovalRequest) -> AuditEntry {
        let details: Value = json!({
            "decision": row.decision,
            "subject": request.subject_id,
            "digest": row.digest,
        });
        let actor = row.decided_by.as_str();
        AuditEntry::new(&request.tenant_id, self.clock.now(), actor, "approval.decided", request.id.as_str())
            .with(details)
    }

    pub(super) async fn engine_now(&self) -> Result<DateTime<Utc>, ApprovalError> {
        Ok(self.clock.now() + TimeDelta::milliseconds(self.db.find_clock_offset().await?))
    }

    pub(super) fn announce(&self, tenant: &TenantId, kind: &str, id: &str) {
        self.events.publish(&Topic::Tenant(tenant.clone()), json!({ "kind": kind, "id": id }).to_string());
    }
}

const fn unreadable(column: &'static str) -> StoreError {
    StoreError::Inconsistent { table: "approval_requests", column }
}
