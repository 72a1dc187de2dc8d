//! `POST /v1/drafts`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::response::DraftResponse;
use super::{CREATED, Content, checked, read_definition, warnings};
use crate::approvals::NewRevision;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::ids::NewId;
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::model::draft::RevisionOrigin;

/// Begin a draft with a definition. A document that can be read is kept, whatever validation says about it: the
/// findings stand in `diagnostics`, and an error among them forbids submission, not saving.
#[utoipa::path(post, path = "/drafts", tag = "drafts", operation_id = "create_draft", request_body = Content,
    responses((status = 201, body = DraftResponse), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    new_id: NewId,
    ApiJson(body): ApiJson<Content>,
) -> Result<(StatusCode, Json<DraftResponse>), ApiError> {
    let definition = read_definition(body.definition, "/definition")?;
    let new = NewRevision {
        provenance: checked(body.provenance, &definition),
        definition,
        warnings: warnings(body.warnings),
        origin: RevisionOrigin::Api,
    };
    let view = state.drafts.create(&allowed.principal, new_id.draft(), None, new).await?;
    Ok((CREATED, Json(DraftResponse::of(&state.drafts, &allowed.principal.tenant, view).await?)))
}
