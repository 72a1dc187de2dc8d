//! Two people at the same moment, in threads of their own: exactly one of them is told yes, and what is stored agrees.

use std::sync::Arc;

use auterity::approvals::Service;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::story::{ALEX, DEREK, GRACE, Handle, MARIA, PRIYA, SAM, goodwill, speed_to_lead, with_wait};
use crate::support::{Answer, TestApp};

const ROUNDS: usize = 6;

/// A POST by somebody.
type Call = (&'static str, String, Option<Value>);

/// Sends all calls at once and gives back the answers in the order of the calls.
async fn at_once(app: &Arc<TestApp>, calls: Vec<Call>) -> Vec<Answer> {
    let mut running = JoinSet::new();
    let start = Arc::new(tokio::sync::Barrier::new(calls.len()));
    for (place, (who, path, body)) in calls.into_iter().enumerate() {
        let (app, start) = (Arc::clone(app), Arc::clone(&start));
        running.spawn(async move {
            let token = app.token(who).await;
            start.wait().await;
            (place, app.send("POST", &path, Some(&token), body).await)
        });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

fn decision(who: &'static str, approval: &str, decision: &str, digest: &str) -> Call {
    let body = json!({ "decision": decision, "digest": digest, "comment": "because" });
    (who, format!("/v1/approvals/{approval}/decision"), Some(body))
}

fn submission(who: &'static str, draft: &Handle) -> Call {
    let body = json!({ "revision": draft.revision, "digest": draft.digest });
    (who, format!("/v1/drafts/{}/submit", draft.id), Some(body))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_draft_is_submitted_once() {
    let app = Arc::new(TestApp::demo().await);
    for _ in 0..ROUNDS {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let calls = vec![submission(SAM, &draft), submission(SAM, &draft), submission(ALEX, &draft)];
        let answers = at_once(&app, calls).await;
        assert_eq!(statuses(&answers), [201, 409, 409]);
        let refused = answers.iter().filter(|answer| answer.status == 409);
        refused.for_each(|answer| assert_eq!(answer.code(), "wrong_status"));
    }
    let queue = app.get(MARIA, "/v1/approvals?limit=200").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_reviewers_at_once_and_one_of_them_decides() {
    let app = Arc::new(TestApp::demo().await);
    for round in 0..ROUNDS {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let approval = app.submitted(SAM, &draft).await;
        let before = app.running().await.len();
        let second = if round % 2 == 0 { "rejected" } else { "changes_requested" };
        let calls = vec![
            decision(MARIA, &approval, "approved", &draft.digest),
            decision(GRACE, &approval, second, &draft.digest),
            decision(MARIA, &approval, "approved", &draft.digest),
        ];
        let answers = at_once(&app, calls).await;
        assert_eq!(statuses(&answers), [200, 409, 409], "{answers:?}");
        let yes = answers[1].status != 200;
        let after = if yes { "approved" } else { second };
        assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, after);
        assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, after);
        assert_eq!(app.running().await.len(), before + usize::from(yes));
        let review = app.get(MARIA, &format!("/v1/approvals/{approval}")).await.json();
        assert_eq!(review["decisions"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_three_approvals_at_once_two_count_and_the_order_is_known() {
    let app = Arc::new(TestApp::demo().await);
    for round in 0..ROUNDS {
        let draft = app.draft(SAM, goodwill()).await;
        let approval = app.submitted(SAM, &draft).await;
        let calls = [MARIA, DEREK, GRACE].map(|who| decision(who, &approval, "approved", &draft.digest)).to_vec();
        let answers = at_once(&app, calls).await;
        assert_eq!(statuses(&answers), [200, 200, 409], "{answers:?}");
        let activated = answers.iter().filter(|answer| answer.json()["workflow_id"].is_string()).count();
        assert_eq!(activated, 1, "the second of them");
        assert_eq!(app.running().await.len(), round + 1);
        let review = app.get(MARIA, &format!("/v1/approvals/{approval}")).await.json();
        let places: Vec<i64> =
            review["decisions"].as_array().unwrap().iter().map(|one| one["place"].as_i64().unwrap()).collect();
        assert_eq!(places, [1, 2]);
        assert_ne!(review["decisions"][0]["name"], review["decisions"][1]["name"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn author_and_reviewer_at_once() {
    let app = Arc::new(TestApp::demo().await);
    for round in 0..ROUNDS {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let approval = app.submitted(SAM, &draft).await;
        let before = app.running().await;
        let author: Call = if round % 2 == 0 {
            (SAM, format!("/v1/drafts/{}/withdraw", draft.id), None)
        } else {
            let content = json!({ "definition": with_wait(speed_to_lead(), "PT45M") });
            let body = json!({ "base_revision": draft.revision, "content": content });
            (PRIYA, format!("/v1/drafts/{}/revisions", draft.id), Some(body))
        };
        let answers = at_once(&app, vec![decision(MARIA, &approval, "approved", &draft.digest), author]).await;
        let (decided, wrote) = (&answers[0], &answers[1]);
        let request = app.status(&format!("/v1/approvals/{approval}")).await;
        let running = app.running().await;
        match (decided.status.as_u16(), round % 2) {
            (200, 0) => assert_eq!((wrote.code().as_str(), request.as_str()), ("wrong_status", "approved")),
            (200, _) => assert_eq!((wrote.status.as_u16(), request.as_str()), (201, "approved")),
            (409, 0) => assert_eq!((wrote.status.as_u16(), request.as_str()), (200, "withdrawn")),
            (409, _) => assert_eq!((wrote.status.as_u16(), request.as_str()), (201, "voided")),
            other => panic!("{other:?}: {}", decided.text),
        }
        assert_eq!(running.len(), before.len() + usize::from(decided.status == 200));
        let digest = wrote.json()["digest"].as_str().unwrap_or_default().to_owned();
        assert!(!running.iter().any(|(_, running)| *running == digest), "nobody approved what was written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_do_not_double_a_reminder_or_an_end() {
    let app = Arc::new(TestApp::demo().await);
    let state = &app.app.state;
    let other = || {
        let config = state.config.approvals.clone();
        Service::new(state.db.clone(), state.events.clone(), state.clock.clone(), config)
    };
    let draft = app.draft(SAM, speed_to_lead()).await;
    app.submitted(SAM, &draft).await;
    for (hours, due) in [(24, 1), (24, 1), (24, 1), (24, 0), (13 * 24, 1)] {
        app.clock.advance(TimeDelta::hours(hours));
        let mut running = JoinSet::new();
        let start = Arc::new(tokio::sync::Barrier::new(4));
        for service in [other(), other(), other(), other()] {
            let start = Arc::clone(&start);
            running.spawn(async move {
                start.wait().await;
                service.run_due().await.unwrap()
            });
        }
        let done: usize = running.join_all().await.into_iter().sum();
        assert_eq!(done, due, "after {hours} hours");
    }
    let said: Vec<(String, String)> = app
        .outbox("staff_app")
        .await
        .iter()
        .map(|row| (row["recipient"].as_str().unwrap().to_owned(), row["body"].as_str().unwrap()[..6].to_owned()))
        .collect();
    assert_eq!(said.iter().filter(|(_, words)| words == "Waitin").count(), 9, "three to each of three: {said:?}");
    assert_eq!(said.iter().filter(|(to, words)| to == "emp-sam-carter" && words == "Nobody").count(), 1, "{said:?}");
}
