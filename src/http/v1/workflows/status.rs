//! `POST /v1/workflows/{id}/pause`, `/resume`, `/retire`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Operate};
use crate::http::problem::Problem;
use crate::model::WorkflowId;
use crate::model::workflow::{Workflow, WorkflowStatus};

/// No new executions; running ones hold before their next side effect.
#[utoipa::path(post, path = "/workflows/{id}/pause", tag = "workflows", operation_id = "pause_workflow",
    params(("id" = WorkflowId, Path)),
    responses((status = 200, body = Workflow), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn pause(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
) -> Result<Json<Workflow>, ApiError> {
    Ok(Json(state.approvals.set_workflow_status(&allowed.principal, &id, WorkflowStatus::Paused, false).await?))
}

/// Start executions again.
#[utoipa::path(post, path = "/workflows/{id}/resume", tag = "workflows", operation_id = "resume_workflow",
    params(("id" = WorkflowId, Path)),
    responses((status = 200, body = Workflow), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resume(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
) -> Result<Json<Workflow>, ApiError> {
    Ok(Json(state.approvals.set_workflow_status(&allowed.principal, &id, WorkflowStatus::Active, false).await?))
}

/// What to do with executions that are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenExecutions {
    /// They finish.
    #[default]
    Finish,
    /// They are cancelled.
    Cancel,
}

/// How to retire.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RetireQuery {
    /// What to do with executions that are under way.
    #[serde(default)]
    #[param(inline)]
    executions: OpenExecutions,
}

/// Never start executions again, until a new version is approved.
#[utoipa::path(post, path = "/workflows/{id}/retire", tag = "workflows", operation_id = "retire_workflow",
    params(("id" = WorkflowId, Path), RetireQuery),
    responses((status = 200, body = Workflow), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn retire(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
    ApiQuery(query): ApiQuery<RetireQuery>,
) -> Result<Json<Workflow>, ApiError> {
    let cancel = query.executions == OpenExecutions::Cancel;
    Ok(Json(state.approvals.set_workflow_status(&allowed.principal, &id, WorkflowStatus::Retired, cancel).await?))
}
