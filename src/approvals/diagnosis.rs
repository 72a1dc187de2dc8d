//! Validation of a draft with what the dealership is: its stores, its people, and what is in force there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contact::Place;
use crate::model::TenantId;
use crate::store::{Database, Record, StoreError};
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
    let places: Vec<(&str, Place)> = stores
        .iter()
        .map(|store| (store.id.as_str(), Place { state: store.state.clone(), zone: store.timezone }))
        .collect();
    let stores: Vec<&str> = stores.iter().map(|store| store.id.as_str()).collect();
    let staff = db.list_records(tenant, "employee", None, "", MOST_STAFF).await?;
    let here = || staff.iter().filter(|person| person.text("status") != "left");
    let roles: BTreeSet<&str> = here().map(|person| person.text("role")).filter(|role| !role.is_empty()).collect();
    let teams: BTreeSet<&str> = here()
        .filter_map(|person| person.data.get("teams")?.as_array())
        .flat_map(|teams| teams.iter().filter_map(Value::as_str))
        .collect();
    let people =
        if staff.len() < usize::try_from(MOST_STAFF).unwrap_or(usize::MAX) { named(&staff) } else { Vec::new() };
    let users: Vec<&str> = people.iter().map(String::as_str).collect();
    let (roles, teams): (Vec<&str>, Vec<&str>) = (roles.into_iter().collect(), teams.into_iter().collect());
    let running = db.list_active_workflows(tenant).await?;
    let running: Vec<Definition> = running.into_iter().map(|workflow| workflow.definition).collect();
    let mut context = ValidationContext::new(Catalog::embedded()).with_stores(&stores);
    context.namespace = &namespace;
    context.places = &places;
    context.users = &users;
    context.roles = &roles;
    context.teams = &teams;
    context.running = &running;
    Ok(validate(definition, &context))
}

/// What `user:` may say of somebody: their employee id; their name or first name, as long as they work here.
fn named(staff: &[Record]) -> Vec<String> {
    let slug = |name: &str| name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    let mut names = Vec::new();
    for person in staff {
        names.push(person.id.clone());
        if person.text("status") != "left" {
            names.extend([person.text("name"), person.text("first_name")].map(slug));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
