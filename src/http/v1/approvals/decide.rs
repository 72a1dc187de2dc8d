//! `POST /v1/approvals/{id}/decision`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};

use crate::approvals::Decision;
use crate::http::AppState;
use crate::http::bounded::{Digested, Text};
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::approval::{ApprovalRequest, Verdict};
use crate::model::workflow::OpenExecutions;
use crate::model::{ApprovalId, WorkflowId};

/// Longest comment, in characters.
const MAX_COMMENT: usize = 2000;

/// Why somebody decided so; may have several lines.
#[derive(Debug)]
struct Comment(String);

impl<'de> Deserialize<'de> for Comment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
        if text.chars().count() > MAX_COMMENT || !plain {
            return Err(serde::de::Error::custom(format!("must be plain text of at most {MAX_COMMENT} characters")));
        }
        Ok(Self(text))
    }
}

/// A decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Yes, no, or not like this.
    decision: Verdict,
    /// Digest of the content the caller looked at; required for a draft.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    digest: Option<Digested>,
    /// Why; required unless it is yes.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    comment: Option<Comment>,
    /// The option chosen, when a question offers options.
    #[serde(default)]
    choice: Option<Text<1, 200>>,
    /// What becomes of executions of the versions that an approved one replaces; `finish` when absent. Counts on the
    /// approval that brings it into force.
    #[serde(default)]
    #[schema(value_type = Option<OpenExecutions>)]
    running: Option<OpenExecutions>,
}

/// What the decision led to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DecisionResponse {
    /// The request as it stands now; `pending` when another person must approve too.
    approval: ApprovalRequest,
    /// How many different people have approved so far.
    approvals: i64,
    /// The workflow that went into force.
    workflow_id: Option<WorkflowId>,
    /// Its version.
    version: Option<i64>,
}

/// Decide. On the last approval needed the version goes into force at once.
#[utoipa::path(post, path = "/approvals/{id}/decision", tag = "approvals", operation_id = "decide_approval",
    params(("id" = ApprovalId, Path)), request_body = DecisionRequest,
    responses((status = 200, body = DecisionResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn decide(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<ApprovalId>,
    ApiJson(body): ApiJson<DecisionRequest>,
) -> Result<Json<DecisionResponse>, ApiError> {
    let decision = Decision {
        decision: body.decision,
        digest: body.digest.map(|digest| digest.0),
        comment: body.comment.map(|comment| comment.0),
        choice: body.choice.map(Text::into_string),
        running: body.running.unwrap_or(OpenExecutions::Finish),
    };
    let decided = state.approvals.decide(&allowed.principal, &id, decision).await?;
    let (workflow_id, version) = decided.activated.unzip();
    Ok(Json(DecisionResponse { approval: decided.request, approvals: decided.approvals, workflow_id, version }))
}
