//! `POST /v1/drafts/validate`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read_definition;
use crate::approvals::policy::{self, Requirement, Rules};
use crate::approvals::reading::Reading;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::workflow::Diagnostic;
use crate::workflow::catalog::Catalog;
use crate::workflow::validate::is_valid;

/// A document to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidateRequest {
    /// A Serverless Workflow DSL 1.0.3 document as JSON, at most 256 KiB.
    #[schema(value_type = Object)]
    definition: Value,
}

/// What is to be said about it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ValidateResponse {
    /// Whether it could be submitted.
    valid: bool,
    /// What a submission would have to name.
    digest: String,
    /// What validation says.
    diagnostics: Vec<Diagnostic>,
    /// How it reads and how it looks.
    #[serde(flatten)]
    reading: Reading,
    /// What approval it would need.
    approval: Requirement,
}

/// Look at a definition without keeping it.
#[utoipa::path(post, path = "/drafts/validate", tag = "drafts", operation_id = "validate_definition",
    request_body = ValidateRequest,
    responses((status = 200, body = ValidateResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
pub async fn validate(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    ApiJson(body): ApiJson<ValidateRequest>,
) -> Result<Json<ValidateResponse>, ApiError> {
    let definition = read_definition(body.definition, "/definition")?;
    let diagnostics = state.drafts.diagnose(&allowed.principal.tenant, &definition).await?;
    let digest = definition.digest().map_err(crate::approvals::DraftError::from)?;
    Ok(Json(ValidateResponse {
        valid: is_valid(&diagnostics),
        digest: digest.to_string(),
        diagnostics,
        reading: Reading::of(&definition),
        approval: policy::requirement(&definition, Catalog::embedded(), Rules::embedded()),
    }))
}
