//! Workflows and their versions.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::{Database, StoreError};
use crate::model::workflow::{VersionSummary, Workflow, WorkflowStatus};
use crate::model::{ApprovalId, DraftId, Page, PageRequest, TenantId, UserId, WorkflowId};
use crate::workflow::{Definition, Digest};

/// The version in force of an active workflow: what triggers look at.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveWorkflow {
    /// Which workflow.
    pub workflow_id: WorkflowId,
    /// Its version in force.
    pub version: i64,
    /// Digest of the definition: the only content execution accepts.
    pub digest: Digest,
    /// The document.
    pub definition: Definition,
    /// Who submitted it: the recipient `requester`.
    pub requested_by: Option<UserId>,
    /// Who approved it.
    pub approved_by: Vec<UserId>,
    /// Since when it is in force without a pause.
    pub activated_at: DateTime<Utc>,
}

/// One version with its content.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowVersion {
    /// The version without its content.
    pub summary: VersionSummary,
    /// The document.
    pub definition: Definition,
}

#[derive(sqlx::FromRow)]
struct WorkflowRow {
    id: WorkflowId,
    tenant_id: TenantId,
    draft_id: DraftId,
    title: String,
    status: String,
    active_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    resumed_at: Option<DateTime<Utc>>,
}

impl TryFrom<WorkflowRow> for Workflow {
    type Error = StoreError;

    fn try_from(row: WorkflowRow) -> Result<Self, StoreError> {
        let status =
            row.status.parse().map_err(|_| StoreError::Inconsistent { table: "workflows", column: "status" })?;
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            draft_id: row.draft_id,
            title: row.title,
            status,
            active_version: row.active_version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            resumed_at: row.resumed_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    definition: String,
    digest: String,
    revision: i64,
    approval_id: ApprovalId,
    activated_at: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct ActiveRow {
    workflow_id: WorkflowId,
    version: i64,
    definition: String,
    digest: Digest,
    approval_id: ApprovalId,
    requested_by: Option<UserId>,
    activated_at: DateTime<Utc>,
}

fn read_definition(text: &str) -> Result<Definition, StoreError> {
    Definition::from_json_text(text)
        .map_err(|_| StoreError::Inconsistent { table: "workflow_versions", column: "definition" })
}

impl Database {
    /// The paused workflows of every tenant: their executions hold before their next effect. By the index
    /// `workflows_paused`, which holds nothing else.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_paused_workflows(&self) -> Result<HashSet<WorkflowId>, StoreError> {
        let sql = "select id from workflows where status = 'paused'";
        let ids: Vec<WorkflowId> = with_pool!(self, pool => sqlx::query_scalar(sql).fetch_all(pool).await)?;
        Ok(ids.into_iter().collect())
    }

    /// One workflow of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_workflow(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
    ) -> Result<Option<Workflow>, StoreError> {
        let sql = "select * from workflows where tenant_id = $1 and id = $2";
        let row: Option<WorkflowRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).fetch_optional(pool).await)?;
        row.map(Workflow::try_from).transpose()
    }

    /// Workflows of the tenant, newest first, of one status or of all.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_workflows(
        &self,
        tenant: &TenantId,
        status: Option<WorkflowStatus>,
        page: &PageRequest,
    ) -> Result<Page<Workflow>, StoreError> {
        let rows: Vec<WorkflowRow> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new("select * from workflows where tenant_id = ");
            query.push_bind(tenant).push(" and id < ").push_bind(page.descending());
            if let Some(status) = status {
                query.push(" and status = ").push_bind(status.as_str());
            }
            query.push(" order by id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let workflows = rows.into_iter().map(Workflow::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(workflows, page.limit, |workflow| workflow.id.to_string()))
    }

    /// Every version of a workflow with its content, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_workflow_versions(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
    ) -> Result<Vec<WorkflowVersion>, StoreError> {
        let sql = "select version, definition, digest, revision, approval_id, activated_at, retired_at
                   from workflow_versions where tenant_id = $1 and workflow_id = $2 order by version desc";
        let rows: Vec<VersionRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).fetch_all(pool).await)?;
        let mut approvers = self.approvers_of_versions(tenant, Some(workflow)).await?;
        rows.into_iter()
            .map(|row| {
                let approved_by = approvers.remove(&row.approval_id).unwrap_or_default();
                Ok(WorkflowVersion {
                    definition: read_definition(&row.definition)?,
                    summary: VersionSummary {
                        version: row.version,
                        digest: row.digest,
                        revision: row.revision,
                        approval_id: row.approval_id,
                        approved_by,
                        activated_at: row.activated_at,
                        retired_at: row.retired_at,
                    },
                })
            })
            .collect()
    }

    /// The version in force of every active workflow of the tenant, for triggers. Paused and retired ones are not in it.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_active_workflows(&self, tenant: &TenantId) -> Result<Vec<ActiveWorkflow>, StoreError> {
        // a schedule begins anew when a pause ends: what fell into the pause is not made up for
        let sql = "select v.workflow_id, v.version, v.definition, v.digest, v.approval_id, r.requested_by,
                     case when w.resumed_at > v.activated_at then w.resumed_at else v.activated_at end as activated_at
                   from workflows w
                   join workflow_versions v on v.workflow_id = w.id and v.version = w.active_version
                   left join approval_requests r on r.id = v.approval_id
                   where w.tenant_id = $1 and w.status = 'active' order by w.id";
        let rows: Vec<ActiveRow> = with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_all(pool).await)?;
        let mut approvers = self.approvers_of_versions(tenant, None).await?;
        rows.into_iter()
            .map(|row| {
                Ok(ActiveWorkflow {
                    workflow_id: row.workflow_id,
                    version: row.version,
                    digest: row.digest,
                    definition: read_definition(&row.definition)?,
                    requested_by: row.requested_by,
                    approved_by: approvers.remove(&row.approval_id).unwrap_or_default(),
                    activated_at: row.activated_at,
                })
            })
            .collect()
    }

    /// The workflows of the tenant that are in force or paused, with the digest of the version in force.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_standing_workflows(&self, tenant: &TenantId) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        let sql = "select w.id, v.digest from workflows w
                   join workflow_versions v on v.workflow_id = w.id and v.version = w.active_version
                   where w.tenant_id = $1 and w.status <> 'retired' order by w.id";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_all(pool).await)?)
    }

    /// Who approved the versions of one workflow, or of every version in force.
    async fn approvers_of_versions(
        &self,
        tenant: &TenantId,
        workflow: Option<&WorkflowId>,
    ) -> Result<HashMap<ApprovalId, Vec<UserId>>, StoreError> {
        let sql = "select d.request_id, d.decided_by from workflow_versions v
                   join approval_decisions d on d.request_id = v.approval_id
                   where v.tenant_id = $1 and d.decision = 'approved'
                   and (v.workflow_id = $2 or ($2 = '' and v.retired_at is null))
                   order by d.place";
        let workflow = workflow.map_or("", WorkflowId::as_str);
        let rows: Vec<(ApprovalId, UserId)> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).fetch_all(pool).await)?;
        let mut found: HashMap<ApprovalId, Vec<UserId>> = HashMap::new();
        for (request, user) in rows {
            found.entry(request).or_default().push(user);
        }
        Ok(found)
    }
}
