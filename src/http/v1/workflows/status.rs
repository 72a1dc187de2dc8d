//! `POST /v1/workflows/{id}/pause`, `/resume`, `/retire`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::approvals::StatusChanged;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Operate};
use crate::http::problem::Problem;
use crate::model::workflow::{OpenCount, OpenExecutions, Workflow};
use crate::model::{ApprovalId, WorkflowId};

/// A workflow after its status changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatusResponse {
    /// The workflow.
    #[serde(flatten)]
    workflow: Workflow,
    /// Its executions that were not over at that moment.
    executions: OpenCount,
    /// The request that asks what to do with messages a pause made late by more than an hour.
    question: Option<ApprovalId>,
}

impl From<StatusChanged> for StatusResponse {
    fn from(changed: StatusChanged) -> Self {
        Self { workflow: changed.workflow, executions: changed.executions, question: changed.question }
    }
}

/// No new executions; running ones hold before their next side effect, while their timers run on.
#[utoipa::path(post, path = "/workflows/{id}/pause", tag = "workflows", operation_id = "pause_workflow",
    params(("id" = WorkflowId, Path)),
    responses((status = 200, body = StatusResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn pause(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
) -> Result<Json<StatusResponse>, ApiError> {
    Ok(Json(state.approvals.pause(&allowed.principal, &id).await?.into()))
}

/// Start executions again and let held ones go on. Messages to customers held for more than an hour wait for an answer:
/// `question` is the request in the approval queue that asks for it, once for all of them.
#[utoipa::path(post, path = "/workflows/{id}/resume", tag = "workflows", operation_id = "resume_workflow",
    params(("id" = WorkflowId, Path)),
    responses((status = 200, body = StatusResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resume(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
) -> Result<Json<StatusResponse>, ApiError> {
    Ok(Json(state.approvals.resume(&allowed.principal, &id).await?.into()))
}

/// How to retire.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RetireQuery {
    /// What to do with executions that are under way; they finish when absent.
    #[param(inline)]
    executions: Option<OpenExecutions>,
}

/// Never start executions again, until a new version is approved.
#[utoipa::path(post, path = "/workflows/{id}/retire", tag = "workflows", operation_id = "retire_workflow",
    params(("id" = WorkflowId, Path), RetireQuery),
    responses((status = 200, body = StatusResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn retire(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(id): ApiPath<WorkflowId>,
    ApiQuery(query): ApiQuery<RetireQuery>,
) -> Result<Json<StatusResponse>, ApiError> {
    let open = query.executions.unwrap_or(OpenExecutions::Finish);
    Ok(Json(state.approvals.retire(&allowed.principal, &id, open).await?.into()))
}
