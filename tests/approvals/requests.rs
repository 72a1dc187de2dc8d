//! What happens to a request that waits: reminders, its end, handing it on, going up when nobody is left.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::story::{ALEX, DEREK, DIANE, GRACE, MARCO, MARIA, PRIYA, RITA, SAM, goodwill, speed_to_lead};
use crate::support::{Answer, TestApp};

impl TestApp {
    /// Carries out what is due, as the server does every few seconds.
    async fn due(&self) -> usize {
        self.app.state.approvals.run_due().await.unwrap()
    }

    async fn user_id(&self, who: &str) -> String {
        self.principal(who).await.user.to_string()
    }

    async fn delegate(&self, who: &str, approval: &str, to: &str) -> Answer {
        let to = self.user_id(to).await;
        self.post(who, &format!("/v1/approvals/{approval}/delegate"), json!({ "to": to })).await
    }

    async fn review(&self, who: &str, approval: &str) -> Value {
        self.get(who, &format!("/v1/approvals/{approval}")).await.json()
    }

    /// To whom notices went since the `skip`th, with their words.
    async fn notices(&self, skip: usize) -> Vec<(String, String)> {
        let rows = self.outbox("staff_app").await.into_iter().skip(skip);
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> = rows.map(|row| (text(&row, "recipient"), text(&row, "body"))).collect();
        found.sort();
        found
    }

    async fn leaves(&self, who: &str) {
        let (token, id) = (self.token(ALEX).await, self.user_id(who).await);
        let answer =
            self.send("PATCH", &format!("/v1/users/{id}"), Some(&token), Some(json!({ "active": false }))).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }
}

/// In alphabetical order.
fn names(people: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        people.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn those_who_have_not_decided_are_reminded() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, goodwill()).await;
    let approval = app.submitted(SAM, &draft).await;
    app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(app.due().await, 0, "not yet");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.due().await, 1);
    let notices = app.notices(0).await;
    let told: Vec<&str> = notices.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(told, ["emp-derek-stone", "emp-grace-kim", "emp-maria-lopez"]);
    let words = "Waiting for your decision since Tue Mar 10, 10:00 AM: “Credit after a bad survey”. \
                 Without a decision it goes back to its author on Tue Mar 24, 10:00 AM.";
    assert_eq!(notices[0].1, words);
    let shown = app.review(MARIA, &approval).await;
    assert_eq!((shown["reminders"].as_i64(), shown["remind_at"].as_str()), (Some(1), Some("2026-03-12T15:00:00Z")));

    assert_eq!(app.approve(MARIA, &approval, &draft.digest).await.status, 200);
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(app.due().await, 1);
    let told: Vec<String> = app.notices(3).await.into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["emp-derek-stone", "emp-grace-kim"], "she has decided");
    assert_eq!(app.approve(GRACE, &approval, &draft.digest).await.status, 200);
    app.clock.advance(TimeDelta::days(2));
    assert_eq!(app.due().await, 0, "decided");
}

#[tokio::test]
async fn reminders_follow_the_settings() {
    let app = TestApp::demo_with(|config| {
        config.approvals.remind_after_h = 2;
        config.approvals.remind_every_h = 1;
        config.approvals.reminders = 2;
        config.approvals.expire_days = 1;
    })
    .await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    app.submitted(SAM, &draft).await;
    for (hours, due) in [(1, 0), (1, 1), (1, 1), (1, 0), (19, 0), (1, 1)] {
        app.clock.advance(TimeDelta::hours(hours));
        assert_eq!(app.due().await, due);
    }
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open", "after a day");
}

#[tokio::test]
async fn a_draft_nobody_decided_on_opens_again_and_its_author_hears_of_it() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    app.clock.advance(TimeDelta::days(14));
    // nobody reads anything: the sweep does it
    assert_eq!(app.due().await, 1);
    let notices = app.notices(0).await;
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].0, "emp-sam-carter");
    assert!(notices[0].1.contains("is open again"), "{notices:?}");
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "expired");
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open");
    assert_eq!(app.submit(SAM, &draft).await.status, 201);
}

#[tokio::test]
async fn a_request_is_handed_on() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let shown = app.review(MARIA, &approval).await;
    assert_eq!(names(&shown["successors"]), ["Alex Morgan", "Derek Stone", "Grace Kim"]);
    assert_eq!(app.review(PRIYA, &approval).await["successors"], json!([]));

    // who, to whom, code
    let refused = [
        (SAM, GRACE, 403, "not_approver"),
        (PRIYA, GRACE, 403, "not_approver"),
        (DIANE, GRACE, 403, "not_approver"),
        (RITA, GRACE, 404, "not_found"),
        (MARIA, SAM, 422, "not_eligible"),
        (MARIA, PRIYA, 422, "not_eligible"),
        (MARIA, DIANE, 422, "not_eligible"),
        (MARIA, MARCO, 422, "not_eligible"),
        (MARIA, MARIA, 422, "not_eligible"),
        (MARIA, RITA, 422, "not_eligible"),
    ];
    for (who, to, status, code) in refused {
        let answer = app.delegate(who, &approval, to).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{who} → {to}: {}", answer.text);
    }
    assert_eq!(app.delegate(MARIA, &approval, ALEX).await.status, 200);
    let notices = app.notices(0).await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].0, "emp-alex-morgan");
    assert!(notices[0].1.starts_with("Maria Lopez handed you the decision on “Greet internet leads”."), "{notices:?}");
    let shown = app.review(MARIA, &approval).await;
    assert_eq!(shown["standing"], "handed_on");
    assert_eq!(shown["delegations"][0]["from"]["name"], "Maria Lopez");
    assert_eq!(shown["delegations"][0]["to"]["name"], "Alex Morgan");
    assert!(!names(&shown["deciders"]).contains(&"Maria Lopez"));
    let answer = app.approve(MARIA, &approval, &draft.digest).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "handed_on"));
    let queue = app.get(ALEX, "/v1/approvals?mine=true").await.json();
    assert_eq!(queue["items"][0]["id"], approval, "it is in the queue of whoever has it now");
    assert_eq!(app.approve(ALEX, &approval, &draft.digest).await.status, 200);
    assert_eq!(app.delegate(ALEX, &approval, MARIA).await.code(), "not_pending");
}

#[tokio::test]
async fn it_can_come_back_and_two_people_stay_two() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, goodwill()).await;
    let approval = app.submitted(SAM, &draft).await;
    assert_eq!(app.delegate(MARIA, &approval, GRACE).await.status, 200);
    assert_eq!(app.approve(GRACE, &approval, &draft.digest).await.json()["approval"]["status"], "pending");
    assert_eq!(app.approve(GRACE, &approval, &draft.digest).await.code(), "already_decided", "one person, one voice");
    assert_eq!(app.delegate(DEREK, &approval, GRACE).await.code(), "not_eligible", "she has decided");
    // the admin finds that Derek is away, and gives it back to Maria
    assert_eq!(app.delegate(ALEX, &approval, MARIA).await.status, 200);
    assert_eq!(app.approve(MARIA, &approval, &draft.digest).await.json()["version"], 1);
    let shown = app.review(SAM, &approval).await;
    let order: Vec<(&str, i64)> = shown["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["place"].as_i64().unwrap()))
        .collect();
    assert_eq!(order, [("Grace Kim", 1), ("Maria Lopez", 2)]);
}

/// The ids of a page, in its order.
fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_queue_says_of_each_request_what_is_said_of_it_alone() {
    let app = TestApp::demo().await;
    // handed on
    let first = app.draft(SAM, speed_to_lead()).await;
    let handed = app.submitted(SAM, &first).await;
    assert_eq!(app.delegate(MARIA, &handed, ALEX).await.status, 200);
    // one of two has decided, and two wrote on it
    let second = app.draft(SAM, goodwill()).await;
    let mut reworded = goodwill();
    reworded["document"]["title"] = json!("Goodwill, reworded");
    let second = crate::story::Handle::of(&app.revise(PRIYA, &second, reworded).await);
    let halfway = app.submitted(PRIYA, &second).await;
    assert_eq!(app.approve(GRACE, &halfway, &second.digest).await.status, 200);
    // approved, and a next revision of it by somebody else
    let third = app.draft(SAM, speed_to_lead()).await;
    let done = app.submitted(SAM, &third).await;
    assert_eq!(app.approve(MARIA, &done, &third.digest).await.status, 200);
    let mut later = speed_to_lead();
    later["document"]["title"] = json!("Greet them later");
    let third = crate::story::Handle::of(&app.revise(PRIYA, &third, later).await);
    let next = app.submitted(PRIYA, &third).await;

    let all = [next, done, halfway, handed];
    let mut standings = std::collections::BTreeSet::new();
    for who in [SAM, PRIYA, MARIA, DEREK, GRACE, ALEX] {
        let queue = app.get(who, "/v1/approvals?limit=200").await.json();
        assert_eq!(ids(&queue).len(), all.len());
        for entry in queue["items"].as_array().unwrap() {
            let alone = app.review(who, entry["id"].as_str().unwrap()).await;
            for field in ["standing", "may_decide", "status"] {
                assert_eq!(entry[field], alone[field], "{field} for {who}: {entry}");
            }
            let yes = alone["decisions"].as_array().unwrap().iter().filter(|one| one["decision"] == "approved");
            assert_eq!(entry["approvals"], yes.count(), "{entry}");
            standings.insert(entry["standing"].as_str().unwrap().to_owned());
        }
        let may = queue["items"].as_array().unwrap().iter().filter(|entry| entry["may_decide"] == true);
        let may: Vec<&str> = may.map(|entry| entry["id"].as_str().unwrap()).collect();
        assert_eq!(ids(&app.get(who, "/v1/approvals?mine=true").await.json()), may, "what {who} may decide");
    }
    assert_eq!(standings.len(), 5, "each standing occurs: {standings:?}");
    // Sam wrote what was approved, not what came after
    let sam = app.get(SAM, "/v1/approvals?limit=200").await.json();
    let standing =
        |id: &str| sam["items"].as_array().unwrap().iter().find(|e| e["id"] == id).unwrap()["standing"].clone();
    assert_eq!([&all[0], &all[1], &all[2]].map(|id| standing(id)), ["not_asked", "author", "author"]);
}

#[tokio::test]
async fn a_no_by_the_second_person_ends_it() {
    let app = TestApp::demo().await;
    for (decision, after) in [("rejected", "rejected"), ("changes_requested", "changes_requested")] {
        let draft = app.draft(SAM, goodwill()).await;
        let approval = app.submitted(SAM, &draft).await;
        assert_eq!(app.approve(MARIA, &approval, &draft.digest).await.status, 200);
        let no = json!({ "decision": decision, "digest": draft.digest, "comment": "Too much" });
        assert_eq!(app.decide(GRACE, &approval, no).await.json()["approval"]["status"], after);
        assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, after);
        assert_eq!(app.running().await, []);
        let shown = app.review(SAM, &approval).await;
        assert_eq!(shown["decisions"][0]["decision"], "approved");
        assert_eq!(shown["decisions"][1]["comment"], "Too much");
    }
}

#[tokio::test]
async fn a_request_goes_up_when_those_asked_leave() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    assert_eq!(app.review(SAM, &approval).await["rung"], "asked");
    app.leaves(MARIA).await;
    app.leaves(DEREK).await;
    let shown = app.review(SAM, &approval).await;
    assert_eq!((shown["rung"].as_str(), names(&shown["deciders"])), (Some("general_manager"), vec!["Grace Kim"]));
    assert_eq!(app.approve(ALEX, &approval, &draft.digest).await.code(), "not_approver", "not yet");
    app.leaves(GRACE).await;
    let shown = app.review(SAM, &approval).await;
    assert_eq!((shown["rung"].as_str(), names(&shown["deciders"])), (Some("administrator"), vec!["Alex Morgan"]));
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.due().await, 1);
    let told: Vec<String> = app.notices(0).await.into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["emp-alex-morgan"]);
    assert_eq!(app.approve(ALEX, &approval, &draft.digest).await.status, 200);
}

#[tokio::test]
async fn what_nobody_could_decide_is_not_submitted() {
    let app = TestApp::demo().await;
    let mut own = speed_to_lead();
    own["document"]["namespace"] = json!("rival-motors");
    own["document"]["metadata"]["stores"] = json!(["rival-main"]);
    let draft = app.draft(RITA, own).await;
    let answer = app.submit(RITA, &draft).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "nobody_may_decide"), "{}", answer.text);
    assert_eq!(app.get(RITA, &format!("/v1/drafts/{}", draft.id)).await.json()["status"], "open");
}

#[tokio::test]
async fn who_submits_does_not_decide() {
    let app = TestApp::demo().await;
    for who in [MARIA, DEREK, GRACE] {
        app.leaves(who).await;
    }
    let draft = app.draft(SAM, speed_to_lead()).await;
    let answer = app.submit(ALEX, &draft).await;
    assert_eq!(answer.code(), "nobody_may_decide", "the only one left is the one who submits: {}", answer.text);
    let approval = app.submitted(SAM, &draft).await;
    assert_eq!(app.approve(ALEX, &approval, &draft.digest).await.status, 200);
}
