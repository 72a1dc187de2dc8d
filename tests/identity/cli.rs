use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use auterity::app::App;
use auterity::config::Config;
use auterity::model::user::SystemRole;

/// `auterity user create` on the data in `folder`, with `password` on standard input when there is one.
fn create(folder: &Path, arguments: &[&str], password: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auterity"));
    command.args(["user", "create"]).args(arguments).env("AUTERITY_DATA__DIR", folder).env_remove("DATABASE_URL");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if password.is_some() {
        command.arg("--password-stdin");
    }
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.unwrap_or_default().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

async fn open(folder: &Path) -> App {
    let mut config = Config::defaults().unwrap();
    config.data.dir = folder.to_owned();
    App::build(config, false).await.unwrap()
}

const FIRST: [&str; 10] = [
    "--tenant-slug",
    "hill-motors",
    "--tenant-name",
    "Hill Motors",
    "--email",
    "Ada@hill.example",
    "--name",
    "Ada",
    "--role",
    "dealership_admin",
];

#[tokio::test]
async fn the_first_administrator_can_sign_in_with_the_printed_password() {
    let folder = tempfile::tempdir().unwrap();
    let made = create(folder.path(), &FIRST, None);
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{said}{}", String::from_utf8_lossy(&made.stderr));
    let password = said.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    let app = open(folder.path()).await;
    let session = app.state.auth.login("ada@hill.example", password, "test").await.unwrap();
    assert_eq!(session.user.role, SystemRole::DealershipAdmin);
    let tenant = app.state.db.find_tenant(&session.user.tenant_id).await.unwrap().unwrap();
    assert_eq!((tenant.slug.as_str(), tenant.name.as_str()), ("hill-motors", "Hill Motors"));
    // the same address again
    let again = create(folder.path(), &FIRST, None);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("in use"));
}

#[tokio::test]
async fn a_password_from_standard_input_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let made = create(folder.path(), &FIRST, Some("correct horse battery\n"));
    assert!(made.status.success());
    assert!(!String::from_utf8_lossy(&made.stdout).contains("correct horse"));
    let app = open(folder.path()).await;
    assert!(app.state.auth.login("ada@hill.example", "correct horse battery", "test").await.is_ok());
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], password: Option<&str>, reason: &str| {
        let answer = create(folder.path(), arguments, password);
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(!answer.status.success());
        assert!(said.contains(reason), "{said}");
    };
    refused(&FIRST, Some("short"), "12 to 256");
    let nameless = ["--tenant-slug", "x", "--email", "a@x.example", "--name", "A", "--role", "user"];
    refused(&nameless, None, "--tenant-name");
    let role = ["--tenant-slug", "x", "--email", "a@x.example", "--name", "A", "--role", "owner"];
    refused(&role, None, "not a system role");
}
