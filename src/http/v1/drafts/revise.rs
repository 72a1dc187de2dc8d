//! `POST /v1/drafts/{id}/revisions`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::response::DraftResponse;
use super::{CREATED, Content, checked, read_definition, warnings};
use crate::approvals::NewRevision;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::model::DraftId;
use crate::model::draft::RevisionOrigin;

/// A whole new content on top of a revision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseRequest {
    /// The revision it was made from.
    base_revision: i64,
    /// The new content.
    content: Content,
}

/// Replace the content. A submission waiting for a decision is voided (`voided_approval`).
#[utoipa::path(post, path = "/drafts/{id}/revisions", tag = "drafts", operation_id = "revise_draft",
    params(("id" = DraftId, Path)), request_body = ReviseRequest,
    responses((status = 201, body = DraftResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn revise(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    ApiPath(id): ApiPath<DraftId>,
    ApiJson(body): ApiJson<ReviseRequest>,
) -> Result<(StatusCode, Json<DraftResponse>), ApiError> {
    let definition = read_definition(body.content.definition, "/content/definition")?;
    let new = NewRevision {
        provenance: checked(body.content.provenance, &definition),
        definition,
        warnings: warnings(body.content.warnings),
        origin: RevisionOrigin::Api,
    };
    let view = state.drafts.revise(&allowed.principal, &id, body.base_revision, new).await?;
    Ok((CREATED, Json(DraftResponse::of(&state.drafts, &allowed.principal.tenant, view).await?)))
}
