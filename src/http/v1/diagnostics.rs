//! What validation can say.

use axum::Json;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::principal::SignedIn;
use crate::http::problem::Problem;
use crate::workflow::validate::{CodeFamily, catalogue};

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_diagnostics))
}

/// Every code a diagnostic can have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DiagnosticCodes {
    /// The codes, by what they are about.
    families: &'static [CodeFamily],
}

/// Every diagnostic code with its severity, what it means, an example and the fix.
#[utoipa::path(get, path = "/diagnostics", tag = "drafts", operation_id = "list_diagnostics",
    responses((status = 200, body = DiagnosticCodes), (status = 401, body = Problem)))]
async fn list_diagnostics(_: SignedIn) -> Json<DiagnosticCodes> {
    Json(DiagnosticCodes { families: catalogue() })
}
