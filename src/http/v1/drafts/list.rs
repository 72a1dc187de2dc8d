//! `GET /v1/drafts`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::draft::{Draft, DraftStatus};
use crate::model::{After, DraftId, Page, PageLimit, PageRequest};
use crate::store::drafts::{DraftFilter, ListedDraft};

/// Which page of which drafts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDraftsQuery {
    /// Only drafts of this status.
    status: Option<DraftStatus>,
    /// Only drafts the caller began.
    #[serde(default)]
    mine: bool,
    /// Only drafts begun by people who work where the caller works.
    #[serde(default)]
    colleagues: bool,
    /// Only drafts with these words in their title, in any case.
    #[param(value_type = Option<String>, max_length = 200)]
    q: Option<Text<1, 200>>,
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<DraftId>>,
}

/// A draft of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DraftEntry {
    /// The draft.
    #[serde(flatten)]
    draft: Draft,
    /// Name of who began it; absent when the account is gone.
    author: Option<String>,
}

/// Drafts of the dealership, newest first, without their content.
#[utoipa::path(get, path = "/drafts", tag = "drafts", operation_id = "list_drafts", params(ListDraftsQuery),
    responses((status = 200, body = Page<DraftEntry>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiQuery(query): ApiQuery<ListDraftsQuery>,
) -> Result<Json<Page<DraftEntry>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    let caller = &allowed.principal;
    let filter = DraftFilter {
        status: query.status,
        begun_by: query.mine.then(|| caller.user.clone()),
        begun_in: if query.colleagues { caller.stores.clone() } else { Vec::new() },
        words: query.q.map(Text::into_string),
    };
    state.approvals.expire_overdue(&caller.tenant).await?;
    let found = state.drafts.list(&caller.tenant, &filter, &page).await?;
    let entry = |ListedDraft { draft, author }| DraftEntry { draft, author };
    Ok(Json(Page { items: found.items.into_iter().map(entry).collect(), next: found.next }))
}
