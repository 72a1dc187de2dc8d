//! Everything a manager needs to decide, in one answer.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::diagnosis::diagnose;
use super::panel::{Rung, Standing};
use super::reading::{Reading, Values};
use super::samples::{Message, Samples};
use super::{ApprovalError, People, Service};
use crate::auth::Principal;
use crate::model::approval::{ApprovalDecision, ApprovalRequest, Delegation, RequestStatus, SubjectKind};
use crate::model::draft::DraftWarning;
use crate::model::user::{SystemRole, User};
use crate::model::{ApprovalId, DraftId, TenantId, UserId, WorkflowId};
use crate::workflow::catalog::Catalog;
use crate::workflow::describe::{Brake, brakes};
use crate::workflow::diff::{Change, diff};
use crate::workflow::provenance::Provenance;
use crate::workflow::validate::overlap;
use crate::workflow::{Definition, Diagnostic, Language};

/// A request with all that belongs to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    /// The request.
    #[serde(flatten)]
    pub request: ApprovalRequest,
    /// Whether the caller may decide it now.
    pub may_decide: bool,
    /// How the caller stands to it.
    pub standing: Standing,
    /// Everybody who may decide it.
    pub deciders: Vec<Person>,
    /// How far up it had to go to find them.
    pub rung: Rung,
    /// Who wrote on it; none of them may decide.
    pub authors: Vec<Person>,
    /// What was decided so far, in order.
    pub decisions: Vec<SignedDecision>,
    /// Who handed it to whom, in order.
    pub delegations: Vec<SignedDelegation>,
    /// To whom the caller may hand it; empty when the caller may not.
    pub successors: Vec<Person>,
    /// The draft, when it is about one.
    pub draft: Option<ReviewedDraft>,
}

/// Somebody of the dealership.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Display name; absent when the account is gone.
    pub name: Option<String>,
    /// Who they are.
    pub job_roles: Vec<String>,
}

/// A decision with the name of who made it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedDecision {
    /// The decision.
    #[serde(flatten)]
    pub decision: ApprovalDecision,
    /// Display name.
    pub name: Option<String>,
}

/// A hand-over with names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SignedDelegation {
    /// Who handed it on.
    pub from: Person,
    /// To whom.
    pub to: Person,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A running workflow that writes to the same people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Overlap {
    /// Which.
    pub workflow_id: WorkflowId,
    /// Its title.
    pub title: String,
    /// What both are about: triggers, or kinds of record searched.
    pub shared: Vec<String>,
}

/// The content in question.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewedDraft {
    /// The draft.
    pub id: DraftId,
    /// The document.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// How it reads and how it looks.
    #[serde(flatten)]
    pub reading: Reading,
    /// Version in force that it would replace.
    pub running_version: Option<i64>,
    /// How that version reads and looks, to draw what would go.
    pub running: Option<Reading>,
    /// Executions under way on versions that it would replace.
    pub running_executions: i64,
    /// What would change against that version, in words.
    pub changes: Vec<Change>,
    /// What would stop it or hold it back.
    pub brakes: Brakes,
    /// Running workflows that write to the same people.
    pub overlaps: Vec<Overlap>,
    /// What the author was warned of.
    pub warnings: Vec<DraftWarning>,
    /// What validation says.
    pub diagnostics: Vec<Diagnostic>,
    /// Source of every value, by JSON pointer.
    #[schema(value_type = Object)]
    pub provenance: Provenance,
    /// What those values say, in plain words, by JSON pointer.
    pub values: Values,
    /// The texts it would send, filled in for a sample customer.
    pub messages: Vec<Message>,
    /// Name of that customer.
    pub sample_person: Option<String>,
}

/// What would stop it, in both languages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Brakes {
    /// In English.
    pub en: Vec<Brake>,
    /// In Spanish.
    pub es: Vec<Brake>,
}

impl Service {
    /// A request with everything a decision needs.
    ///
    /// # Errors
    /// As any statement.
    pub async fn get(&self, caller: &Principal, approval: &ApprovalId) -> Result<Option<Review>, ApprovalError> {
        let tenant = &caller.tenant;
        self.expire_overdue(tenant).await?;
        let Some(request) = self.db.find_approval(tenant, approval).await? else { return Ok(None) };
        let (people, circle) = (self.people(tenant).await?, self.circle(&request).await?);
        let standing = people.standing(&request, &circle, &caller.user);
        let may_decide = request.status == RequestStatus::Pending && standing == Standing::May;
        let panel = people.panel(&request, &circle);
        let persons = |users: Vec<&User>| users.into_iter().map(|user| people.person(&user.id)).collect::<Vec<_>>();
        let reassigns = caller.role == SystemRole::DealershipAdmin && standing != Standing::Author;
        let may_hand_on = may_decide || (request.status == RequestStatus::Pending && reassigns);
        let successors = if may_hand_on { panel.successors(&caller.user, &circle.decided()) } else { Vec::new() };
        let (deciders, successors, rung) = (persons(panel.members()), persons(successors), panel.rung());
        let sign = |decision: &ApprovalDecision| SignedDecision {
            name: people.person(&decision.decided_by).name,
            decision: decision.clone(),
        };
        let draft = match request.subject_kind {
            SubjectKind::Draft => Some(self.reviewed(tenant, &request).await?),
            SubjectKind::Execution | SubjectKind::Workflow => None,
        };
        Ok(Some(Review {
            may_decide,
            standing,
            deciders,
            rung,
            authors: circle.authors.iter().map(|user| people.person(user)).collect(),
            decisions: circle.decisions.iter().map(sign).collect(),
            delegations: circle.delegations.iter().map(|step| people.signed(step)).collect(),
            successors,
            draft,
            request,
        }))
    }

    async fn reviewed(&self, tenant: &TenantId, request: &ApprovalRequest) -> Result<ReviewedDraft, ApprovalError> {
        let id: DraftId = request.subject_id.parse().map_err(|_| ApprovalError::NoDraft)?;
        let draft = self.db.find_draft(tenant, &id).await?.ok_or(ApprovalError::NoDraft)?;
        let content = self.content(tenant, &id, request.revision.unwrap_or_default()).await?;
        let versions = match &draft.workflow_id {
            Some(workflow) => self.db.list_workflow_versions(tenant, workflow).await?,
            None => Vec::new(),
        };
        // once approved, the version it became is the one in force: compare with the one before that
        let running = versions.iter().find(|version| version.summary.approval_id != request.id);
        let samples = Samples::load(&self.db, tenant, &content.definition).await?;
        let running_executions = match &draft.workflow_id {
            Some(workflow) => self.open_executions(tenant, workflow).await?.open,
            None => 0,
        };
        let stops = |language| brakes(&content.definition, Catalog::embedded(), language);
        Ok(ReviewedDraft {
            id,
            reading: Reading::of(&content.definition),
            running_version: running.map(|version| version.summary.version),
            running: running.map(|version| Reading::of(&version.definition)),
            overlaps: self.overlaps(tenant, &content.definition, draft.workflow_id.as_ref()).await?,
            running_executions,
            changes: running.map(|version| diff(&version.definition, &content.definition)).unwrap_or_default(),
            brakes: Brakes { en: stops(Language::En), es: stops(Language::Es) },
            warnings: content.warnings,
            diagnostics: diagnose(&self.db, tenant, &content.definition).await?,
            values: Values::of(&content.definition, &content.provenance),
            provenance: content.provenance,
            messages: samples.messages(&content.definition),
            sample_person: samples.person(),
            definition: content.definition,
        })
    }

    async fn overlaps(
        &self,
        tenant: &TenantId,
        definition: &Definition,
        own: Option<&WorkflowId>,
    ) -> Result<Vec<Overlap>, ApprovalError> {
        let running = self.db.list_active_workflows(tenant).await?;
        let others = running.into_iter().filter(|workflow| Some(&workflow.workflow_id) != own);
        let shared = others.map(|workflow| Overlap {
            shared: overlap(definition, &workflow.definition, Catalog::embedded()),
            title: workflow.definition.title().to_owned(),
            workflow_id: workflow.workflow_id,
        });
        Ok(shared.filter(|overlap| !overlap.shared.is_empty()).collect())
    }
}

impl People {
    fn person(&self, id: &UserId) -> Person {
        let known = self.find(id);
        Person {
            id: id.clone(),
            name: known.map(|user| user.name.clone()),
            job_roles: known.map(|user| user.job_roles.clone()).unwrap_or_default(),
        }
    }

    fn signed(&self, step: &Delegation) -> SignedDelegation {
        SignedDelegation { from: self.person(&step.from), to: self.person(&step.to), created_at: step.created_at }
    }
}
