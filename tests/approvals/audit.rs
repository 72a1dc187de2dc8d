//! The chain: everything is in it, it holds, and a changed row is found.

use auterity::cli::audit::verify;
use auterity::model::PageRequest;
use auterity::store::Database;
use auterity::store::audit::ChainState;
use serde_json::json;

use crate::story::{ALEX, DEREK, MARIA, RITA, SAM, goodwill, speed_to_lead, with_wait};
use crate::support::TestApp;

/// Sam drafts, submits, changes, submits; Maria approves and pauses.
async fn history(app: &TestApp) {
    let draft = app.draft(SAM, speed_to_lead()).await;
    app.submitted(SAM, &draft).await;
    let second = crate::story::Handle::of(&app.revise(SAM, &draft, with_wait(speed_to_lead(), "PT5M")).await);
    let approval = app.submitted(SAM, &second).await;
    let decision = json!({ "decision": "approved", "digest": second.digest, "comment": "Good for Emma Stone" });
    let decided = app.decide(MARIA, &approval, decision).await.json();
    let workflow = decided["workflow_id"].as_str().unwrap();
    assert_eq!(app.act(MARIA, &format!("/v1/workflows/{workflow}/pause")).await.status, 200);
}

async fn tamper(db: &Database, sql: &'static str) {
    match db {
        Database::Sqlite(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        Database::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

#[tokio::test]
async fn everything_that_happened_is_in_the_chain() {
    let app = TestApp::demo().await;
    history(&app).await;
    let tenant = app.principal(SAM).await.tenant;
    let rows = app.app.state.db.list_audit(&tenant, &PageRequest::default()).await.unwrap().items;
    let actions: Vec<&str> = rows
        .iter()
        .map(|row| row.action.as_str())
        .filter(|action| ["draft.", "approval.", "workflow."].iter().any(|kind| action.starts_with(kind)))
        .collect();
    let expected = [
        "draft.created",
        "draft.submitted",
        "draft.revised",
        "approval.voided",
        "draft.submitted",
        "approval.decided",
        "workflow.activated",
        "workflow.paused",
    ];
    assert_eq!(actions, expected);
    let shown = app.get(ALEX, "/v1/audit?limit=3").await.json();
    assert_eq!(shown["items"], serde_json::to_value(&rows[..3]).unwrap());
    let after = format!("/v1/audit?after={}", shown["next"].as_str().unwrap());
    assert_eq!(app.get(ALEX, &after).await.json()["items"][0]["seq"], 4);
    assert_eq!(app.get(MARIA, "/v1/audit").await.status, 403, "for admins");
    assert_eq!(app.get(RITA, "/v1/audit").await.json()["items"], json!([]), "of their own dealership");
    let text = serde_json::to_string(&rows).unwrap();
    assert!(!text.contains("Emma") && !text.contains("Hi {{"), "texts and comments are not copied: {text}");
    let report = verify(&app.app.state.db).await.unwrap();
    assert!(report.whole, "{:?}", report.lines);
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let cases = [
        ("update audit_entries set actor = 'usr_somebody' where seq = 3", 3),
        ("update audit_entries set hash = previous_hash where seq = 2", 2),
        ("delete from audit_entries where seq = 4", 5),
        ("delete from audit_entries where seq = 1", 2),
    ];
    for (sql, broken_at) in cases {
        let app = TestApp::demo().await;
        history(&app).await;
        let db = &app.app.state.db;
        tamper(db, sql).await;
        let tenant = app.principal(SAM).await.tenant;
        let found = db.verify_audit(&tenant).await.unwrap();
        assert!(matches!(found, ChainState::Broken { seq, .. } if seq == broken_at), "{sql}: {found:?}");
        let report = verify(db).await.unwrap();
        assert!(!report.whole);
        let broken = report.lines.iter().filter(|line| line.contains("BROKEN")).count();
        assert_eq!(broken, 1, "the other dealership's chain holds: {:?}", report.lines);
    }
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    let app = TestApp::demo().await;
    let drafts = (0..8).map(|_| app.draft(SAM, speed_to_lead()));
    futures::future::join_all(drafts).await;
    let mut foreign = speed_to_lead();
    foreign["document"]["namespace"] = json!("rival-motors");
    app.draft(RITA, foreign).await;
    let report = verify(&app.app.state.db).await.unwrap();
    assert!(report.whole, "{:?}", report.lines);
    let rows = app.app.state.db.list_audit(&app.principal(SAM).await.tenant, &PageRequest::default()).await.unwrap();
    assert_eq!(rows.items.iter().filter(|row| row.action == "draft.created").count(), 8);
}

#[tokio::test]
async fn what_time_and_hand_overs_do_is_in_the_chain_and_a_change_of_it_is_found() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    let draft = app.draft(SAM, goodwill()).await;
    let approval = app.submitted(SAM, &draft).await;
    app.clock.advance(chrono::TimeDelta::days(1));
    assert_eq!(app.app.state.approvals.run_due().await.unwrap(), 1);
    let to = app.principal(DEREK).await.user;
    let path = format!("/v1/approvals/{approval}/delegate");
    assert_eq!(app.post(MARIA, &path, json!({ "to": to })).await.status, 200);
    assert_eq!(app.approve(DEREK, &approval, &draft.digest).await.status, 200);
    app.clock.advance(chrono::TimeDelta::days(13));
    assert_eq!(app.app.state.approvals.run_due().await.unwrap(), 1);
    let (workflow, _) = app.active(speed_to_lead()).await;
    for action in ["pause", "resume", "retire?executions=cancel"] {
        assert_eq!(app.act(MARIA, &format!("{workflow}/{action}")).await.status, 200);
    }
    let tenant = app.principal(SAM).await.tenant;
    let rows = db.list_audit(&tenant, &PageRequest::default()).await.unwrap().items;
    let told: Vec<(&str, bool)> = rows
        .iter()
        .filter(|row| ["approval.", "workflow."].iter().any(|kind| row.action.starts_with(kind)))
        .map(|row| (row.action.as_str(), row.actor == "system"))
        .collect();
    let expected = [
        ("approval.reminded", true),
        ("approval.delegated", false),
        ("approval.decided", false),
        ("approval.expired", true),
        ("approval.decided", false),
        ("workflow.activated", false),
        ("workflow.paused", false),
        ("workflow.resumed", false),
        ("workflow.retired", false),
    ];
    assert_eq!(told, expected);
    let handed = rows.iter().find(|row| row.action == "approval.delegated").unwrap();
    assert_eq!(handed.details["to"], json!(to));
    assert!(verify(db).await.unwrap().whole);
    let seq = handed.seq;
    match db {
        Database::Sqlite(pool) => {
            let sql = "update audit_entries set details = '{}' where action = 'approval.delegated'";
            sqlx::query(sql).execute(pool).await.map(|_| ()).unwrap();
        }
        Database::Postgres(pool) => {
            let sql = "update audit_entries set details = '{}'::jsonb where action = 'approval.delegated'";
            sqlx::query(sql).execute(pool).await.map(|_| ()).unwrap();
        }
    }
    let found = db.verify_audit(&tenant).await.unwrap();
    assert!(matches!(found, ChainState::Broken { seq: at, .. } if at == seq), "{found:?}");
}
