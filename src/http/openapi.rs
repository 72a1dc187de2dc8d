//! The OpenAPI 3.1 document, made from the handlers, and a browser for it.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use super::{AppState, health, v1};

#[derive(OpenApi)]
#[openapi(
    info(title = "Auterity", description = "Conversational automation for car dealerships."),
    modifiers(&BearerToken),
    // named here because the way to it from `Step` is closed, so that the two do not go round in circles
    components(schemas(crate::workflow::describe::Branch)),
    security(("bearer" = []))
)]
struct Document;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        document.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// Every documented route, in the order of the house.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(health::routes())
        .merge(v1::auth::well_known())
        .nest("/v1", v1::routes())
}

/// The document as JSON text, as `auterity openapi` prints it.
///
/// # Errors
/// Never in practice: the document is plain data.
pub fn document_json() -> Result<String, serde_json::Error> {
    routes().to_openapi().to_pretty_json()
}

/// `/openapi.json` and `/docs`.
pub fn browser(document: &utoipa::openapi::OpenApi) -> Router<AppState> {
    SwaggerUi::new("/docs").url("/openapi.json", document.clone()).into()
}
