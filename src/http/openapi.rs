//! The OpenAPI 3.1 document, made from the handlers, and a browser for it.

use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Required, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use super::layers::idempotency;
use super::{AppState, health, v1};

#[derive(OpenApi)]
#[openapi(
    info(title = "Auterity", description = "Conversational automation for car dealerships."),
    modifiers(&Schemes),
    // named here because the way to it from `Step` is closed, so that the two do not go round in circles
    components(schemas(crate::workflow::describe::Branch)),
    security(("bearer" = []))
)]
struct Document;

struct Schemes;

impl utoipa::Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let signature = "v1,<base64>: HMAC-SHA-256 of <webhook-id>.<webhook-timestamp>.<body> (Standard Webhooks)";
        let signature = ApiKeyValue::with_description("webhook-signature", signature);
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("signature", SecurityScheme::ApiKey(ApiKey::Header(signature)));
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
    describe_problems(routes.get_openapi_mut());
    routes
}

/// What every operation may answer besides what it says: a refusal, as a problem document. The router adds some that no
/// handler knows (too large, too often, too slow).
fn describe_problems(document: &mut utoipa::openapi::OpenApi) {
    const PROBLEM: &str = "application/problem+json";
    let content = || Content::new(Some(Ref::from_schema_name("Problem")));
    for item in document.paths.paths.values_mut() {
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            for response in responses.values_mut() {
                let RefOr::T(response) = response else { continue };
                let is_problem = |found: &RefOr<Content>| matches!(found, RefOr::T(found) if *found == content());
                if response.content.get("application/json").is_some_and(is_problem) {
                    response.content.clear();
                    response.content.insert(PROBLEM.to_owned(), content().into());
                }
            }
            let any = ResponseBuilder::new().description("Any refusal").content(PROBLEM, content()).build();
            responses.entry("default".to_owned()).or_insert(any.into());
        }
    }
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
