//! Executions: what runs, what it did, and ending it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::story::Story;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Operate, Read};
use crate::http::problem::Problem;
use crate::model::{After, ExecutionId, ExecutionStatus, Page, PageLimit, PageRequest, StoreId, WorkflowId};
use crate::store::executions::{Execution, ExecutionFilter, NEVER};
use crate::workflow::Language;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(cancel))
}

/// Which executions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListExecutionsQuery {
    /// Of this workflow.
    #[param(value_type = Option<String>)]
    workflow_id: Option<WorkflowId>,
    /// In this state.
    status: Option<ExecutionStatus>,
    /// In this store.
    #[param(value_type = Option<String>)]
    store: Option<StoreId>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<ExecutionId>>,
}

/// One execution of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExecutionResponse {
    /// Its id.
    id: ExecutionId,
    /// Which workflow.
    workflow_id: WorkflowId,
    /// Which version of it.
    version: i64,
    /// Digest of the definition it runs.
    digest: String,
    /// Title of the workflow.
    title: String,
    /// Where it runs.
    store_id: StoreId,
    /// How it stands.
    status: ExecutionStatus,
    /// What it does at the moment.
    #[schema(value_type = Object)]
    progress: Value,
    /// Why it faulted or was parked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
    /// When it started (engine time).
    started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
    /// When it wakes by itself (engine time); absent when only an event or a person wakes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    wakes_at: Option<DateTime<Utc>>,
}

impl From<Execution> for ExecutionResponse {
    fn from(execution: Execution) -> Self {
        let waits = execution.status == ExecutionStatus::Waiting && execution.wake_at < NEVER;
        Self {
            id: execution.id,
            workflow_id: execution.workflow,
            version: execution.version,
            digest: execution.digest.to_string(),
            title: execution.title,
            store_id: execution.store,
            status: execution.status,
            progress: execution.progress,
            error: execution.error,
            started_at: execution.started_at,
            finished_at: execution.finished_at,
            wakes_at: if waits { DateTime::from_timestamp_millis(execution.wake_at) } else { None },
        }
    }
}

/// Executions of the dealership, newest first.
#[utoipa::path(get, path = "/executions", tag = "executions", operation_id = "list_executions",
    params(ListExecutionsQuery),
    responses((status = 200, body = Page<ExecutionResponse>), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    caller: Allowed<Read>,
    ApiQuery(query): ApiQuery<ListExecutionsQuery>,
) -> Result<Json<Page<ExecutionResponse>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    let tenant = &caller.principal.tenant;
    let filter = ExecutionFilter { workflow: query.workflow_id, status: query.status, store: query.store };
    let found = state.execution.list(tenant, &filter, &page).await?;
    let items = found.items.into_iter().map(ExecutionResponse::from).collect();
    Ok(Json(Page { items, next: found.next }))
}

/// In which language a story is told.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StoryQuery {
    /// English when absent.
    #[serde(default)]
    #[param(inline)]
    language: Language,
}

/// What an execution did, step by step.
#[utoipa::path(get, path = "/executions/{id}", tag = "executions", operation_id = "show_execution",
    params(("id" = String, Path, description = "Execution"), StoryQuery),
    responses((status = 200, body = Story), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(
    State(state): State<AppState>,
    caller: Allowed<Read>,
    ApiPath(id): ApiPath<ExecutionId>,
    ApiQuery(query): ApiQuery<StoryQuery>,
) -> Result<Json<Story>, ApiError> {
    Ok(Json(state.execution.story(&caller.principal.tenant, &id, query.language).await?))
}

/// Ends an execution before its next effect.
#[utoipa::path(post, path = "/executions/{id}/cancel", tag = "executions", operation_id = "cancel_execution",
    params(("id" = String, Path, description = "Execution")),
    responses((status = 202), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    State(state): State<AppState>,
    caller: Allowed<Operate>,
    ApiPath(id): ApiPath<ExecutionId>,
) -> Result<StatusCode, ApiError> {
    state.execution.cancel(&caller.principal, &id).await?;
    Ok(StatusCode::ACCEPTED)
}
