//! `GET /v1/drafts/{id}/source`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::approvals::ValueSource;
use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::DraftId;

/// Which value.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SourceQuery {
    /// JSON pointer into the definition, one of those in `provenance`.
    #[param(value_type = String, min_length = 1, max_length = 1000)]
    pointer: Text<1, 1000>,
}

/// Where a value of the draft comes from, and how it came to be what it is: the words of the author with their message,
/// the rule or document it is the default of, or the question that is open; and every value its place has held.
#[utoipa::path(get, path = "/drafts/{id}/source", tag = "drafts", operation_id = "get_value_source",
    params(("id" = DraftId, Path), SourceQuery),
    responses((status = 200, body = ValueSource), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn source(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<DraftId>,
    ApiQuery(query): ApiQuery<SourceQuery>,
) -> Result<Json<ValueSource>, ApiError> {
    let found = state.drafts.source_of(&allowed.principal.tenant, &id, query.pointer.as_str()).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("value"))
}
