//! Every state of a draft, every action, everybody: what is allowed, what is refused and how.

use serde_json::{Value, json};

use crate::story::{ALEX, DIANE, Handle, MARIA, PRIYA, RITA, SAM, speed_to_lead, with_wait};
use crate::support::{Answer, TestApp};

/// The author, another salesperson, the sales manager, the service manager, an admin, an admin of another dealership.
const PEOPLE: [&str; 6] = [SAM, PRIYA, MARIA, DIANE, ALEX, RITA];

/// State, action, and what each of [`PEOPLE`] gets: the state afterwards, or the code of the refusal.
type Row = (&'static str, &'static str, [&'static str; 6]);

const NOT_AUTHOR: &str = "not_author";
const NOT_APPROVER: &str = "not_approver";
const AUTHOR: &str = "author_cannot_decide";
const NOT_FOUND: &str = "not_found";
const STATUS: &str = "wrong_status";
const OVER: &str = "not_pending";
/// Nothing waits for a decision.
const NOTHING: [&str; 6] = [AUTHOR, NOT_APPROVER, OVER, NOT_APPROVER, NOT_APPROVER, NOT_FOUND];
/// The draft does not allow it, whoever may.
const NOT_NOW: [&str; 6] = [STATUS, NOT_AUTHOR, NOT_AUTHOR, NOT_AUTHOR, STATUS, NOT_FOUND];
/// Anybody of the dealership may write.
const WRITTEN: [&str; 6] = ["open", "open", "open", "open", "open", NOT_FOUND];

const fn by_author(after: &'static str) -> [&'static str; 6] {
    [after, NOT_AUTHOR, NOT_AUTHOR, NOT_AUTHOR, after, NOT_FOUND]
}

const fn by_manager(after: &'static str) -> [&'static str; 6] {
    [AUTHOR, NOT_APPROVER, after, NOT_APPROVER, NOT_APPROVER, NOT_FOUND]
}

const TABLE: &[Row] = &[
    ("open", "revise", WRITTEN),
    ("open", "submit", by_author("submitted")),
    ("open", "withdraw", NOT_NOW),
    ("open", "approve", NOTHING),
    ("open", "request_changes", NOTHING),
    ("open", "reject", NOTHING),
    ("submitted", "revise", WRITTEN),
    ("submitted", "submit", NOT_NOW),
    ("submitted", "withdraw", by_author("withdrawn")),
    ("submitted", "approve", by_manager("approved")),
    ("submitted", "request_changes", by_manager("changes_requested")),
    ("submitted", "reject", by_manager("rejected")),
    ("approved", "revise", WRITTEN),
    ("approved", "submit", NOT_NOW),
    ("approved", "withdraw", NOT_NOW),
    ("approved", "approve", NOTHING),
    ("approved", "request_changes", NOTHING),
    ("approved", "reject", NOTHING),
    ("changes_requested", "revise", WRITTEN),
    ("changes_requested", "submit", NOT_NOW),
    ("changes_requested", "withdraw", NOT_NOW),
    ("changes_requested", "approve", NOTHING),
    ("changes_requested", "request_changes", NOTHING),
    ("changes_requested", "reject", NOTHING),
    ("rejected", "revise", WRITTEN),
    ("rejected", "submit", NOT_NOW),
    ("rejected", "withdraw", NOT_NOW),
    ("rejected", "approve", NOTHING),
    ("rejected", "request_changes", NOTHING),
    ("rejected", "reject", NOTHING),
    ("withdrawn", "revise", WRITTEN),
    ("withdrawn", "submit", by_author("submitted")),
    ("withdrawn", "withdraw", NOT_NOW),
    ("withdrawn", "approve", NOTHING),
    ("withdrawn", "request_changes", NOTHING),
    ("withdrawn", "reject", NOTHING),
];

/// A draft of Sam's in some state, with its last request.
struct Scene<'a> {
    app: &'a TestApp,
    draft: Handle,
    approval: String,
    writes: u32,
}

impl<'a> Scene<'a> {
    async fn in_state(app: &'a TestApp, state: &str) -> Self {
        let draft = app.draft(SAM, speed_to_lead()).await;
        let approval = app.submitted(SAM, &draft).await;
        let mut scene = Self { app, draft, approval, writes: 20 };
        let (who, action) = match state {
            "submitted" => return scene,
            "open" => (SAM, "revise"),
            "withdrawn" => (SAM, "withdraw"),
            "approved" => (MARIA, "approve"),
            "changes_requested" => (MARIA, "request_changes"),
            "rejected" => (MARIA, "reject"),
            other => panic!("{other}"),
        };
        let answer = scene.act(who, action).await;
        assert!(answer.status.is_success(), "{state}: {}", answer.text);
        scene
    }

    async fn act(&mut self, who: &str, action: &str) -> Answer {
        let path = format!("/v1/drafts/{}", self.draft.id);
        let verdict = |decision: &str, comment: Value| json!({ "decision": decision, "digest": self.draft.digest, "comment": comment });
        match action {
            "revise" => {
                self.writes += 1;
                let definition = with_wait(speed_to_lead(), &format!("PT{}M", self.writes));
                let answer = self.app.revise(who, &self.draft, definition).await;
                if answer.status.is_success() {
                    self.draft = Handle::of(&answer);
                }
                answer
            }
            "submit" => self.app.submit(who, &self.draft).await,
            "withdraw" => self.app.act(who, &format!("{path}/withdraw")).await,
            "approve" => self.app.decide(who, &self.approval, verdict("approved", json!(null))).await,
            "request_changes" => {
                self.app.decide(who, &self.approval, verdict("changes_requested", json!("shorter"))).await
            }
            "reject" => self.app.decide(who, &self.approval, verdict("rejected", json!("no"))).await,
            other => panic!("{other}"),
        }
    }

    async fn state(&self) -> String {
        self.app.status(&format!("/v1/drafts/{}", self.draft.id)).await
    }
}

#[tokio::test]
async fn every_state_every_action_everybody() {
    let app = TestApp::demo().await;
    let mut cells = 0;
    for (state, action, expected) in TABLE {
        let mut scene = Scene::in_state(&app, state).await;
        for (who, expected) in PEOPLE.iter().zip(expected) {
            let answer = scene.act(who, action).await;
            let what = format!("{state}, {action}, {who}: {}", answer.text);
            let refused = expected.contains("not_") || [AUTHOR, STATUS].contains(expected);
            if refused {
                assert_eq!(answer.code(), *expected, "{what}");
                let status = match *expected {
                    NOT_FOUND => 404,
                    STATUS | OVER => 409,
                    _ => 403,
                };
                assert_eq!(answer.status, status, "{what}");
                assert_eq!(scene.state().await, *state, "a refusal changes nothing: {what}");
            } else {
                assert!(answer.status.is_success(), "{what}");
                assert_eq!(scene.state().await, *expected, "{what}");
                scene = Scene::in_state(&app, state).await;
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 216);
}
