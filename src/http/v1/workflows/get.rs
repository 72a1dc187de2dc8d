//! `GET /v1/workflows/{id}`

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::approvals::reading::Reading;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiPath;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::WorkflowId;
use crate::model::workflow::{OpenCount, VersionSummary, Workflow};
use crate::workflow::Definition;

/// A workflow with the content in force and the history of its versions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WorkflowResponse {
    /// The workflow.
    #[serde(flatten)]
    workflow: Workflow,
    /// Digest of the definition in force.
    digest: String,
    /// The definition in force.
    #[schema(value_type = Object)]
    definition: Definition,
    /// How it reads and how it looks.
    #[serde(flatten)]
    reading: Reading,
    /// Its executions that are not over.
    executions: OpenCount,
    /// Every version, newest first.
    versions: Vec<VersionSummary>,
}

/// A workflow.
#[utoipa::path(get, path = "/workflows/{id}", tag = "workflows", operation_id = "get_workflow",
    params(("id" = WorkflowId, Path)),
    responses((status = 200, body = WorkflowResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<WorkflowId>,
) -> Result<Json<WorkflowResponse>, ApiError> {
    let tenant = &allowed.principal.tenant;
    let missing = || ApiError::not_found("workflow");
    let workflow = state.db.find_workflow(tenant, &id).await?.ok_or_else(missing)?;
    let versions = state.db.list_workflow_versions(tenant, &id).await?;
    let active = versions.iter().find(|version| version.summary.version == workflow.active_version);
    let definition = active.ok_or_else(missing)?.definition.clone();
    let digest = active.ok_or_else(missing)?.summary.digest.clone();
    let executions = state.approvals.open_executions(tenant, &id).await?;
    Ok(Json(WorkflowResponse {
        workflow,
        executions,
        digest,
        reading: Reading::of(&definition),
        definition,
        versions: versions.into_iter().map(|version| version.summary).collect(),
    }))
}
