//! `auterity chat`, piped: a conversation with a server process and with none.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::client::with_model;
use crate::script::{self, Script};

fn chat(arguments: &[&str], lines: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_auterity"))
        .arg("chat")
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("OPENAI_API_KEY")
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn a_conversation_without_a_server_drafts_edits_steps_back_and_submits() {
    let lines = "When a new internet lead comes in, text the customer right away. If they have not answered after ten \
        minutes, notify the sales manager.\n/draft\nmake it 5 minutes instead\n\
        /undo\n/redo\n/submit\n/nonsense\n/new\n/draft\n/quit\nnever said\n";
    let done = chat(&[], lines);
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(!said.contains('\u{1b}'), "no colours into a pipe: {said}");
    for part in [
        "· writes the draft",
        "revision 1:",
        "revision 2:",
        "is sent for approval (apr_",
        "There is no command /nonsense",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    assert!(said.trim_end().ends_with("There is no draft yet."), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_with_a_server_signs_in_streams_and_tells_what_it_took() {
    let script = Script::new(vec![script::write(), script::text("Here is a first draft.")]).await;
    let app = with_model(&script).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = app.router.clone();
    #[expect(clippy::disallowed_methods, reason = "the server lives as long as its test")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let done = tokio::task::spawn_blocking(move || {
        chat(&["--url", &url, "--email", "maria@lakeside.example"], "demo\nMake a task for every new lead\n/quit\n")
    });
    let done = done.await.unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.contains(&"Here is a first draft."), "one message a line: {said}");
    assert!(lines.iter().any(|line| line.starts_with("114 tokens")), "{said}");
    assert!(lines.iter().any(|line| line.starts_with("draft \"Call new leads\", revision 1")), "{said}");
    script.assert_content();
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let done = chat(&["--url", "http://127.0.0.1:1", "--email", "maria@lakeside.example"], "demo\n");
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("http://127.0.0.1:1 does not answer"), "{said}");
}
