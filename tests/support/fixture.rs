//! The accounts that tests sign in with, and a signing key that is made once a machine instead of once a test.

use std::fs;
use std::path::Path;

use auterity::app::App;
use auterity::model::tenant::{OpenHours, Store, StoreHours, Tenant};
use auterity::model::user::{SystemRole, User};
use auterity::model::{TenantId, UserId};
use auterity::store::signing_keys::SigningKey;

/// Puts the machine's test key into a fresh database.
pub async fn signing_key(app: &App) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-signing-key");
    let now = app.state.clock.now();
    if let Some((id, pem)) = fs::read_to_string(&file).ok().as_deref().and_then(|text| text.split_once('\n')) {
        let key = SigningKey { id: id.into(), private_pem: pem.into(), created_at: now, retired_at: None };
        app.state.db.insert_first_signing_key(&key).await.unwrap();
        return;
    }
    app.state.auth.prepare().await.unwrap();
    let made = app.state.db.list_signing_keys().await.unwrap().remove(0);
    // Tests run in processes of their own: write aside, then rename, so that none reads half a key.
    let aside = file.with_extension(std::process::id().to_string());
    fs::write(&aside, format!("{}\n{}", made.id, made.private_pem)).unwrap();
    fs::rename(aside, file).unwrap();
}

/// The dealer group `lakeside-toyota` with two stores and four people, unless the application seeded it.
pub async fn accounts(app: &App) {
    let db = &app.state.db;
    if db.find_tenant_by_slug("lakeside-toyota").await.unwrap().is_some() {
        return;
    }
    let now = app.state.clock.now();
    let id = TenantId::derive("lakeside-toyota");
    let tenant = Tenant {
        id: id.clone(),
        slug: "lakeside-toyota".into(),
        name: "Lakeside Toyota Group".into(),
        created_at: now,
    };
    db.insert_tenant(&tenant).await.unwrap();
    for (slug, name, zone, state) in [
        ("lakeside-main", "Lakeside Toyota", "America/Chicago", "TX"),
        ("lakeside-coast", "Lakeside Toyota Coast", "America/New_York", "FL"),
    ] {
        db.insert_store(&store(&id, slug, name, zone, state)).await.unwrap();
    }
    let hash = app.state.auth.hash_password("demo").await.unwrap();
    for (first, role, job_roles) in [
        ("sam", SystemRole::User, vec!["salesperson"]),
        ("maria", SystemRole::Manager, vec!["sales_manager"]),
        ("grace", SystemRole::Manager, vec!["general_manager"]),
        ("alex", SystemRole::DealershipAdmin, vec![]),
    ] {
        let user = User {
            id: UserId::derive(first),
            tenant_id: id.clone(),
            email: format!("{first}@lakeside.example"),
            name: format!("{}{} Lakeside", first[..1].to_uppercase(), &first[1..]),
            role,
            job_roles: job_roles.into_iter().map(Into::into).collect(),
            teams: Vec::new(),
            stores: Vec::new(),
            employee_id: None,
            active: true,
            created_at: now,
        };
        db.insert_user(&user, &hash).await.unwrap();
    }
}

fn store(tenant: &TenantId, slug: &str, name: &str, zone: &str, state: &str) -> Store {
    let day = Some(OpenHours { opens: "09:00:00".parse().unwrap(), closes: "20:00:00".parse().unwrap() });
    let week = [None, day, day, day, day, day, day];
    let departments = ["sales", "service", "parts"].map(|name| (name.to_owned(), week));
    Store {
        id: slug.parse().unwrap(),
        tenant_id: tenant.clone(),
        name: name.into(),
        timezone: zone.parse().unwrap(),
        state: state.into(),
        phone: "+15125550100".into(),
        address: "100 Lakeside Drive".into(),
        website: "https://lakeside.example".into(),
        price_disclosure: "Plus tax, title and license.".into(),
        hours: StoreHours { departments: departments.into(), closed_on: Vec::new() },
    }
}
