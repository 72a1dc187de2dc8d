//! Who am I, and what may I do.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::auth::Permission;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::principal::SignedIn;
use crate::http::problem::Problem;
use crate::model::tenant::Tenant;
use crate::model::user::User;

/// The caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Me {
    /// Their account as it stands now.
    user: User,
    /// Their dealership.
    tenant: Tenant,
    /// What the token in hand allows.
    permissions: Vec<Permission>,
}

/// The caller's account, dealership and permissions.
#[utoipa::path(get, path = "/me", tag = "auth", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(super) async fn me(State(state): State<AppState>, SignedIn(caller): SignedIn) -> Result<Json<Me>, ApiError> {
    let user = state.auth.account(&caller).await?;
    let tenant = state.db.find_tenant(&caller.tenant).await?.ok_or_else(|| ApiError::not_found("dealership"))?;
    let permissions = Permission::ALL.into_iter().filter(|permission| caller.may(*permission)).collect();
    Ok(Json(Me { user, tenant, permissions }))
}
