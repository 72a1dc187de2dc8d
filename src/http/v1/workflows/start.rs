//! `POST /v1/workflows/{id}/start`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::execution::manual::ManualStart;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::ids::NewId;
use crate::http::principal::{Allowed, Operate};
use crate::http::problem::Problem;
use crate::model::{ExecutionId, StoreId, WorkflowId};

/// What to start it with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// Slug of the store it runs in.
    #[schema(value_type = String)]
    store_id: StoreId,
    /// An object that fits the definition's `input.schema`.
    #[serde(default = "no_input")]
    #[schema(value_type = Object)]
    input: Value,
}

fn no_input() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What was started.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StartResponse {
    /// The execution.
    execution_id: ExecutionId,
}

/// Starts a workflow that people start, with input that fits its schema. A person starts it in a store they work in.
#[utoipa::path(post, path = "/workflows/{id}/start", tag = "workflows", operation_id = "start_workflow",
    params(("id" = WorkflowId, Path)), request_body = StartRequest,
    responses((status = 201, body = StartResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn start(
    State(state): State<AppState>,
    allowed: Allowed<Operate>,
    ApiPath(workflow): ApiPath<WorkflowId>,
    new_id: NewId,
    ApiJson(request): ApiJson<StartRequest>,
) -> Result<(StatusCode, Json<StartResponse>), ApiError> {
    let start = ManualStart { workflow, store: request.store_id, input: request.input, key: Some(new_id.name()) };
    let started = state.execution.start_by_hand(&allowed.principal, start).await?;
    Ok((StatusCode::CREATED, Json(StartResponse { execution_id: started.id })))
}
