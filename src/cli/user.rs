//! `auterity user create`: the first administrator of an installation, or any other account.

use std::io::Read;

use anyhow::{Context, bail};
use clap::Args;

use crate::app::App;
use crate::auth::NewUser;
use crate::model::tenant::Tenant;
use crate::model::user::SystemRole;
use crate::model::{StoreId, TenantId};

/// Who is made.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// Short name of the dealership, as in `document.namespace`: lower case, digits, hyphens.
    #[arg(long)]
    tenant_slug: StoreId,
    /// Its full name; needed when the dealership does not exist yet.
    #[arg(long)]
    tenant_name: Option<String>,
    /// Sign-in name.
    #[arg(long)]
    email: String,
    /// Display name.
    #[arg(long)]
    name: String,
    /// `user`, `manager`, `dealership_admin` or `super_admin`.
    #[arg(long)]
    role: SystemRole,
    /// Read the password from standard input; without it one is made and printed once.
    #[arg(long)]
    password_stdin: bool,
}

/// Makes the account and says what happened, with the password when it was made here.
pub async fn create(app: &App, new: CreateUser) -> anyhow::Result<String> {
    if !new.email.contains('@') || new.email.len() > 254 {
        bail!("--email is not an e-mail address");
    }
    let (password, generated) = password(new.password_stdin)?;
    let tenant = tenant(app, &new).await?;
    let user = NewUser {
        email: new.email,
        name: new.name,
        password: password.clone(),
        role: new.role,
        job_roles: Vec::new(),
        teams: Vec::new(),
        stores: Vec::new(),
        employee_id: None,
    };
    let user = app.state.auth.add_user(&tenant.id, user).await.context("the user cannot be made")?;
    let mut said = format!("{} ({}) may sign in at {}", user.email, user.role.as_str(), tenant.name);
    if generated {
        said.push_str(&format!("\npassword: {password}\nIt is shown only this once."));
    }
    Ok(said)
}

fn password(from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((crate::auth::random_secret()?, true));
    }
    let mut text = String::new();
    std::io::stdin().take(1024).read_to_string(&mut text).context("no password on standard input")?;
    let text = text.trim_end_matches(['\n', '\r']).to_owned();
    if !(12..=256).contains(&text.chars().count()) {
        bail!("the password must have 12 to 256 characters");
    }
    Ok((text, false))
}

async fn tenant(app: &App, new: &CreateUser) -> anyhow::Result<Tenant> {
    if let Some(found) = app.state.db.find_tenant_by_slug(new.tenant_slug.as_str()).await? {
        return Ok(found);
    }
    let Some(name) = new.tenant_name.clone() else {
        bail!("there is no dealership `{}`; give --tenant-name to make it", new.tenant_slug);
    };
    let made = Tenant {
        id: TenantId::generate(),
        slug: new.tenant_slug.as_str().to_owned(),
        name,
        created_at: app.state.clock.now(),
    };
    app.state.db.insert_tenant(&made).await.context("the dealership cannot be made")?;
    Ok(made)
}
