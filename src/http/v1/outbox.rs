//! What connectors put out.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::{After, ExecutionId, OutboxId, Page, PageLimit, PageRequest, StoreId, WorkflowId};
use crate::store::OutboxEntry;
use crate::store::outbox::OutboxFilter;

/// This resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which rows, and how many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only what this execution put out.
    #[param(value_type = Option<String>)]
    execution: Option<ExecutionId>,
    /// Only what executions of this workflow put out.
    #[param(value_type = Option<String>)]
    workflow: Option<WorkflowId>,
    /// Only of this store.
    #[param(value_type = Option<String>)]
    store: Option<StoreId>,
    /// Only rows of this state: `sent`, `held`, `blocked`.
    #[param(value_type = Option<String>)]
    status: Option<Text<1, 20>>,
    /// Only of this channel: `sms`, `email`, `staff_app` …
    #[param(value_type = Option<String>)]
    channel: Option<Text<1, 40>>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<OutboxId>>,
}

/// What went out or was blocked, newest first.
#[utoipa::path(get, path = "/outbox", tag = "outbox", operation_id = "list_outbox", params(Filter),
    responses((status = 200, body = Page<OutboxEntry>), (status = "4XX", body = Problem)))]
async fn list(
    allowed: Allowed<Read>,
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Result<Json<Page<OutboxEntry>>, ApiError> {
    let page = PageRequest::new(filter.limit, filter.after);
    let filter = OutboxFilter {
        execution: filter.execution,
        workflow: filter.workflow,
        store: filter.store,
        status: filter.status.map(Text::into_string),
        channel: filter.channel.map(Text::into_string),
    };
    Ok(Json(state.db.list_outbox(&allowed.principal.tenant, &filter, &page).await?))
}
