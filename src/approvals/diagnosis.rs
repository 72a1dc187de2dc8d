//! Validation of a draft with what the dealership is: its stores, its people, and what is in force there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::TenantId;
use crate::store::{Database, StoreError};
use crate::workflow::catalog::Catalog;
use crate::workflow::{Definition, Diagnostic, ValidationContext, validate};

/// Employees read at most to know which job roles and teams have somebody in them; a dealer group has hundreds.
const MOST_STAFF: i64 = 2000;

/// What validation says about a definition in this tenant.
///
/// # Errors
/// As any statement.
pub(super) async fn diagnose(
    db: &Database,
    tenant: &TenantId,
    definition: &Definition,
) -> Result<Vec<Diagnostic>, StoreError> {
    let namespace = db.find_tenant(tenant).await?.map(|tenant| tenant.slug).unwrap_or_default();
    let stores = db.list_stores(tenant).await?;
    let stores: Vec<&str> = stores.iter().map(|store| store.id.as_str()).collect();
    let staff = db.list_records(tenant, "employee", None, "", MOST_STAFF).await?;
    let here = || staff.iter().filter(|person| person.text("status") != "left");
    let roles: BTreeSet<&str> = here().map(|person| person.text("role")).filter(|role| !role.is_empty()).collect();
    let teams: BTreeSet<&str> = here()
        .filter_map(|person| person.data.get("teams")?.as_array())
        .flat_map(|teams| teams.iter().filter_map(Value::as_str))
        .collect();
    let (roles, teams): (Vec<&str>, Vec<&str>) = (roles.into_iter().collect(), teams.into_iter().collect());
    let running = db.list_active_workflows(tenant).await?;
    let running: Vec<Definition> = running.into_iter().map(|workflow| workflow.definition).collect();
    let mut context = ValidationContext::new(Catalog::embedded()).with_stores(&stores);
    context.namespace = &namespace;
    context.roles = &roles;
    context.teams = &teams;
    context.running = &running;
    Ok(validate(definition, &context))
}
