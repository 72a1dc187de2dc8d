//! The OpenAPI 3.1 document, made from the handlers, and a browser for it.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use super::layers::idempotency;
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
    let mut routes = OpenApiRouter::with_openapi(Document::openapi())
        .merge(health::routes())
        .merge(v1::auth::well_known())
        .nest("/v1", v1::routes());
    for (path, item) in &mut routes.get_openapi_mut().paths.paths {
        if let Some(post) = item.post.as_mut().filter(|_| idempotency::takes_key(path)) {
            post.parameters.get_or_insert_default().push(idempotency_key().into());
        }
    }
    routes
}

/// The header every POST takes that is not idempotent by itself.
fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A name for this request, at most 255 characters; kept for 24 hours. Sent again with the same name, the \
             request is not carried out again: the first answer comes back, with `Idempotency-Replayed: true`. \
             `idempotency_in_progress` (409): the first is still under way. `idempotency_key_reused` (422): the name \
             came with another request.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(257))))
        .build()
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
