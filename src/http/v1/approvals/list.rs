//! `GET /v1/approvals`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::approvals::{QueueEntry, QueueFilter};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::approval::{RequestStatus, SubjectKind};
use crate::model::{After, ApprovalId, Page, PageLimit, PageRequest};

/// Which page of which requests.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListApprovalsQuery {
    /// Only requests of this status.
    status: Option<RequestStatus>,
    /// Only drafts, or only questions of executions.
    subject: Option<SubjectKind>,
    /// Only what the caller may decide now.
    #[serde(default)]
    mine: bool,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<ApprovalId>>,
}

/// The queue, newest first; on each page, what the caller may decide comes first.
#[utoipa::path(get, path = "/approvals", tag = "approvals", operation_id = "list_approvals",
    params(ListApprovalsQuery),
    responses((status = 200, body = Page<QueueEntry>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiQuery(query): ApiQuery<ListApprovalsQuery>,
) -> Result<Json<Page<QueueEntry>>, ApiError> {
    let filter = QueueFilter { status: query.status, kind: query.subject, mine: query.mine };
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.approvals.list(&allowed.principal, &filter, &page).await?))
}
