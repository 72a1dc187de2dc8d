//! `GET /v1/audit`: what happened in the dealership, and by whom.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Administer, Allowed};
use crate::http::problem::Problem;
use crate::model::{After, Page, PageLimit, PageRequest};
use crate::store::audit::AuditRow;

/// The route.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAuditQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<i64>>,
}

/// The audit log, oldest first. Each row's hash covers the row before it; `auterity audit verify` checks them all.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit", params(ListAuditQuery),
    responses((status = 200, body = Page<AuditRow>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Administer>,
    ApiQuery(query): ApiQuery<ListAuditQuery>,
) -> Result<Json<Page<AuditRow>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.db.list_audit(&allowed.principal.tenant, &page).await?))
}
