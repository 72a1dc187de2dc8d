//! `GET /v1/workflows`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::workflow::{Workflow, WorkflowStatus};
use crate::model::{After, Page, PageLimit, PageRequest, WorkflowId};

/// Which page of which workflows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListWorkflowsQuery {
    /// Only workflows of this status.
    status: Option<WorkflowStatus>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<WorkflowId>>,
}

/// Workflows of the dealership, newest first, without their content.
#[utoipa::path(get, path = "/workflows", tag = "workflows", operation_id = "list_workflows",
    params(ListWorkflowsQuery),
    responses((status = 200, body = Page<Workflow>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiQuery(query): ApiQuery<ListWorkflowsQuery>,
) -> Result<Json<Page<Workflow>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.db.list_workflows(&allowed.principal.tenant, query.status, &page).await?))
}
