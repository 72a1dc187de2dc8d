//! Who may decide, on what, and what happens when two decide at once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use crate::story::{ALEX, DEREK, DIANE, GRACE, Handle, MARCO, MARIA, PRIYA, RITA, SAM};
use crate::story::{goodwill, speed_to_lead, with_wait};
use crate::support::TestApp;

#[tokio::test]
async fn only_the_right_people_decide() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let refused = [
        (SAM, 403, "author_cannot_decide"),
        (PRIYA, 403, "not_approver"),
        (DIANE, 403, "not_approver"),
        (MARCO, 403, "not_approver"),
        (ALEX, 403, "not_approver"),
        (RITA, 404, "not_found"),
    ];
    for (who, status, code) in refused {
        let answer = app.approve(who, &approval, &draft.digest).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{who}: {}", answer.text);
    }
    assert_eq!(app.running().await, []);
    assert_eq!(app.approve(DEREK, &approval, &draft.digest).await.status, 200);
}

#[tokio::test]
async fn a_manager_who_wrote_on_it_is_an_author() {
    let app = TestApp::demo().await;
    let first = app.draft(SAM, speed_to_lead()).await;
    let second = Handle::of(&app.revise(MARIA, &first, with_wait(speed_to_lead(), "PT20M")).await);
    let third = Handle::of(&app.revise(SAM, &second, with_wait(speed_to_lead(), "PT30M")).await);
    let approval = app.submitted(SAM, &third).await;
    let answer = app.approve(MARIA, &approval, &third.digest).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "author_cannot_decide"));
    assert_eq!(app.approve(GRACE, &approval, &third.digest).await.status, 200);
    // what was approved is settled: whoever wrote before it may decide what comes after it
    let fourth = Handle::of(&app.revise(SAM, &third, with_wait(speed_to_lead(), "PT40M")).await);
    let approval = app.submitted(SAM, &fourth).await;
    assert_eq!(app.approve(MARIA, &approval, &fourth.digest).await.status, 200);
}

#[tokio::test]
async fn the_admin_steps_in_where_nobody_else_is_left() {
    let app = TestApp::demo().await;
    let mut draft = app.draft(MARIA, speed_to_lead()).await;
    for (who, wait) in [(DEREK, "PT20M"), (GRACE, "PT30M")] {
        draft = Handle::of(&app.revise(who, &draft, with_wait(speed_to_lead(), wait)).await);
    }
    let approval = app.submitted(GRACE, &draft).await;
    assert_eq!(app.approve(MARIA, &approval, &draft.digest).await.code(), "author_cannot_decide");
    assert_eq!(app.approve(ALEX, &approval, &draft.digest).await.status, 200);
}

#[tokio::test]
async fn a_decision_is_on_the_digest() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let other = format!("sha256:{}", "0".repeat(64));
    for body in [json!({ "decision": "approved", "digest": other }), json!({ "decision": "approved" })] {
        let answer = app.decide(MARIA, &approval, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "digest_mismatch"));
    }
    assert_eq!(app.running().await, []);
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "pending");
}

#[tokio::test]
async fn an_edit_after_submission_voids_the_request() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let body = json!({ "base_revision": 1, "operations": [
        { "op": "set", "pointer": "/do/1/awaitReply/try/0/reply/timeout/after", "value": "PT5M" }
    ] });
    let edited = app.post(PRIYA, &format!("/v1/drafts/{}/edits", draft.id), body).await;
    assert_eq!(edited.status, 201, "{}", edited.text);
    assert_eq!(edited.json()["voided_approval"], approval, "the answer says so");
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "voided");
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open");
    for digest in [draft.digest.as_str(), edited.json()["digest"].as_str().unwrap()] {
        let answer = app.approve(MARIA, &approval, digest).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "not_pending"));
    }
    assert_eq!(app.running().await, []);
}

#[tokio::test]
async fn money_needs_two_different_people() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, goodwill()).await;
    let submitted = app.submit(SAM, &draft).await;
    assert_eq!(submitted.status, 201, "{}", submitted.text);
    let body = submitted.json();
    assert_eq!((body["required"].as_i64(), body["risk"].as_str()), (Some(2), Some("money")));
    let approval = body["id"].as_str().unwrap();

    let first = app.approve(MARIA, approval, &draft.digest).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.json()["approval"]["status"], "pending");
    assert_eq!(first.json()["approvals"], 1);
    assert_eq!(app.running().await, [], "one is not enough");
    let again = app.approve(MARIA, approval, &draft.digest).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "already_decided"));
    let queue = app.get(MARIA, "/v1/approvals?mine=true").await.json();
    assert_eq!(queue["items"], json!([]), "nothing left for her");

    assert_eq!(app.approve(GRACE, approval, &draft.digest).await.json()["version"], 1);
    assert_eq!(app.running().await.len(), 1);
}

#[tokio::test]
async fn one_no_is_enough_and_needs_words() {
    let app = TestApp::demo().await;
    for (decision, after) in [("rejected", "rejected"), ("changes_requested", "changes_requested")] {
        let draft = app.draft(SAM, goodwill()).await;
        let approval = app.submitted(SAM, &draft).await;
        for comment in [json!(null), json!("  ")] {
            let body = json!({ "decision": decision, "digest": draft.digest, "comment": comment });
            let answer = app.decide(MARIA, &approval, body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "comment_required"));
        }
        let body = json!({ "decision": decision, "digest": draft.digest, "comment": "Fifty dollars\nis too much" });
        assert_eq!(app.decide(MARIA, &approval, body).await.status, 200);
        assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, after);
        assert_eq!(app.approve(GRACE, &approval, &draft.digest).await.code(), "not_pending");
        let again = app.submit(SAM, &draft).await;
        assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "wrong_status"), "the same content again");
        let mut smaller = goodwill();
        *smaller.pointer_mut("/do/2/credit/with/amount").unwrap() = json!(25);
        let revised = Handle::of(&app.revise(SAM, &draft, smaller).await);
        assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open");
        assert_eq!(app.submit(SAM, &revised).await.status, 201);
    }
}

#[tokio::test]
async fn two_managers_at_once_activate_once() {
    let app = TestApp::demo().await;
    for round in 0..5 {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let approval = app.submitted(SAM, &draft).await;
        let (one, two, three) = tokio::join!(
            app.approve(MARIA, &approval, &draft.digest),
            app.approve(GRACE, &approval, &draft.digest),
            app.approve(DEREK, &approval, &draft.digest),
        );
        let statuses = [one.status.as_u16(), two.status.as_u16(), three.status.as_u16()];
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 2, "{statuses:?}");
        assert_eq!(app.running().await.len(), round + 1);
    }
}

#[tokio::test]
async fn a_decision_and_an_edit_at_once_never_approve_what_was_not_seen() {
    let app = TestApp::demo().await;
    for _ in 0..5 {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let approval = app.submitted(SAM, &draft).await;
        let (decided, revised) = tokio::join!(
            app.approve(MARIA, &approval, &draft.digest),
            app.revise(PRIYA, &draft, with_wait(speed_to_lead(), "PT45M")),
        );
        assert_eq!(revised.status, 201, "{}", revised.text);
        let running: BTreeSet<String> = app.running().await.into_iter().map(|(_, digest)| digest).collect();
        match decided.status.as_u16() {
            200 => assert!(running.contains(&draft.digest)),
            409 => assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "voided"),
            other => panic!("{other}: {}", decided.text),
        }
        assert!(!running.contains(revised.json()["digest"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn the_queue_shows_first_what_waits_for_the_caller() {
    let app = TestApp::demo().await;
    let sales = app.draft(SAM, speed_to_lead()).await;
    let mine = app.submitted(SAM, &sales).await;
    let mut service = speed_to_lead();
    *service.pointer_mut("/document/tags/department").unwrap() = json!("service");
    let service = app.draft(SAM, service).await;
    let other = app.submitted(SAM, &service).await;

    let queue = app.get(MARIA, "/v1/approvals?status=pending").await.json();
    let ids: Vec<&str> = queue["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [mine.as_str(), other.as_str()]);
    assert_eq!(queue["items"][0]["standing"], "may");
    assert_eq!(queue["items"][1]["standing"], "not_asked");
    let queue = app.get(SAM, "/v1/approvals").await.json();
    assert!(queue["items"].as_array().unwrap().iter().all(|item| item["standing"] == "author"), "{queue}");
    assert_eq!(app.get(RITA, "/v1/approvals").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_request_that_nobody_decides_expires() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    app.clock.advance(TimeDelta::days(14) - TimeDelta::seconds(1));
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "pending");
    app.clock.advance(TimeDelta::seconds(1));
    let answer = app.approve(MARIA, &approval, &draft.digest).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "not_pending"), "{}", answer.text);
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "expired");
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open");
    assert_eq!(app.submit(SAM, &draft).await.status, 201, "it can be submitted again");
}
