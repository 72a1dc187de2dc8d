//! The users of the caller's dealership.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{NewUser, UserChange};
use crate::events::Topic;
use crate::http::AppState;
use crate::http::bounded::{Few, Text};
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath, ApiQuery};
use crate::http::principal::{Administer, Allowed};
use crate::http::problem::Problem;
use crate::model::user::{SystemRole, User};
use crate::model::{After, Page, PageLimit, PageRequest, StoreId, UserId};
use crate::workflow::describe::role_words;
use crate::workflow::{Catalog, Language};

type Name = Text<1, 120>;
type Slugs = Few<Text<1, 64>, 32>;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(update)).routes(routes!(job_roles))
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUsersQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<UserId>>,
}

/// A user to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUserRequest {
    /// Sign-in name, unique over all dealerships.
    email: Text<3, 254>,
    /// Display name.
    name: Name,
    /// First password, at least 12 characters.
    password: Text<12, 256>,
    /// What the software lets them do.
    role: SystemRole,
    /// Who they are: `salesperson`, `sales_manager` …
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    job_roles: Slugs,
    /// Teams they belong to.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    teams: Slugs,
    /// Stores they work in; empty means all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    stores: Few<StoreId, 200>,
    /// Their employee record.
    employee_id: Option<Text<1, 64>>,
}

/// What to change; absent fields stay as they are.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUserRequest {
    /// Display name.
    name: Option<Name>,
    /// New password, at least 12 characters; ends every sign-in of the user.
    password: Option<Text<12, 256>>,
    /// What the software lets them do.
    role: Option<SystemRole>,
    /// Who they are.
    #[schema(value_type = Option<Vec<String>>)]
    job_roles: Option<Slugs>,
    /// Teams they belong to.
    #[schema(value_type = Option<Vec<String>>)]
    teams: Option<Slugs>,
    /// Stores they work in; empty means all.
    #[schema(value_type = Option<Vec<String>>)]
    stores: Option<Few<StoreId, 200>>,
    /// False: may not sign in, and every sign-in ends.
    active: Option<bool>,
}

fn words(slugs: Slugs) -> Vec<String> {
    slugs.into_vec().into_iter().map(Text::into_string).collect()
}

/// The users, oldest account first.
#[utoipa::path(get, path = "/users", tag = "users", operation_id = "list_users", params(ListUsersQuery),
    responses((status = 200, body = Page<User>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Administer>,
    ApiQuery(query): ApiQuery<ListUsersQuery>,
) -> Result<Json<Page<User>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.db.list_users(&allowed.principal.tenant, &page).await?))
}

/// Make a user. Nobody gives a role above their own.
#[utoipa::path(post, path = "/users", tag = "users", operation_id = "create_user", request_body = CreateUserRequest,
    responses((status = 201, body = User), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(state): State<AppState>,
    allowed: Allowed<Administer>,
    ApiJson(body): ApiJson<CreateUserRequest>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    if !plausible_email(body.email.as_str()) {
        return Err(ApiError::unprocessable("invalid_body", "The body does not have the expected shape")
            .field("/email", "is not an e-mail address"));
    }
    let new = NewUser {
        email: body.email.into_string(),
        name: body.name.into_string(),
        password: body.password.into_string(),
        role: body.role,
        job_roles: words(body.job_roles),
        teams: words(body.teams),
        stores: body.stores.into_vec(),
        employee_id: body.employee_id.map(Text::into_string),
    };
    let user = state.auth.create_user(&allowed.principal, new).await?;
    Ok((StatusCode::CREATED, Json(user)))
}

/// Change a user. Nobody changes a role above their own, or takes their own rights away.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", operation_id = "update_user", params(("id" = UserId, Path)),
    request_body = UpdateUserRequest,
    responses((status = 200, body = User), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(state): State<AppState>,
    allowed: Allowed<Administer>,
    ApiPath(id): ApiPath<UserId>,
    ApiJson(body): ApiJson<UpdateUserRequest>,
) -> Result<Json<User>, ApiError> {
    let change = UserChange {
        name: body.name.map(Text::into_string),
        password: body.password.map(Text::into_string),
        role: body.role,
        job_roles: body.job_roles.map(words),
        teams: body.teams.map(words),
        stores: body.stores.map(Few::into_vec),
        active: body.active,
    };
    let user = state.auth.update_user(&allowed.principal, &id, change).await?;
    // pages of this dealership look again; those of somebody who may not any more are closed
    let notice = format!(r#"{{"kind":"user","id":"{id}"}}"#);
    state.events.publish(&Topic::Tenant(allowed.principal.tenant), notice);
    Ok(Json(user))
}

/// Who somebody can be at a dealership.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct JobRole {
    /// The name that definitions and accounts use: `sales_manager`.
    id: &'static str,
    /// In English.
    en: String,
    /// In Spanish.
    es: String,
}

/// Every job role, in the order of the vocabulary.
#[utoipa::path(get, path = "/job-roles", tag = "users", operation_id = "list_job_roles",
    responses((status = 200, body = Vec<JobRole>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn job_roles(_: Allowed<Administer>) -> Json<Vec<JobRole>> {
    let named = |id: &str, language| role_words(id, language).map_or_else(|| id.replace('_', " "), str::to_owned);
    let role = |id: &'static String| JobRole { id, en: named(id, Language::En), es: named(id, Language::Es) };
    Json(Catalog::embedded().roles().iter().map(role).collect())
}

/// Something before and after one `@`, no spaces. Whether mail arrives is for the mail to tell.
fn plausible_email(text: &str) -> bool {
    let text = text.trim();
    let parts = text.split_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}
