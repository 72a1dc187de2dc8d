//! Revisions: base checked, edits local, undo without limit, nothing lost.

use auterity::auth::UserChange;
use serde_json::{Value, json};

use crate::story::{ALEX, Handle, MARIA, PRIYA, RITA, SAM, speed_to_lead, with_wait};
use crate::support::{Answer, TestApp};

const WAIT: &str = "/do/1/awaitReply/try/0/reply/timeout/after";

fn wait(answer: &Answer) -> String {
    let body = answer.json();
    let definition = &body["definition"];
    definition.pointer(WAIT).and_then(Value::as_str).unwrap_or(&answer.text).to_owned()
}

#[tokio::test]
async fn a_draft_shows_how_it_reads_and_what_is_wrong() {
    let app = TestApp::demo().await;
    let mut broken = speed_to_lead();
    broken["do"][0]["textCustomer"]["call"] = json!("send_telegram");
    let answer = app.post(SAM, "/v1/drafts", json!({ "definition": broken })).await;
    assert_eq!(answer.status, 201, "nothing is lost: {}", answer.text);
    let draft = Handle::of(&answer);
    let body = app.get(SAM, &format!("/v1/drafts/{}", draft.id)).await.json();
    assert_eq!(body["definition"], broken);
    assert_eq!(body["title"], "Greet internet leads");
    assert_eq!((body["origin"].as_str(), body["status"].as_str()), (Some("api"), Some("open")));
    let errors: Vec<&Value> =
        body["diagnostics"].as_array().unwrap().iter().filter(|found| found["severity"] == "error").collect();
    assert!(errors.iter().any(|found| found["pointer"].as_str().unwrap().starts_with("/do/0/textCustomer")), "{body}");

    let refused = app.submit(SAM, &draft).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "invalid_definition"));
    let first = &refused.json()["errors"][0];
    for field in ["pointer", "code", "message", "hint"] {
        assert!(first[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {first}");
    }
    let checked = app.post(SAM, "/v1/drafts/validate", json!({ "definition": broken })).await.json();
    assert_eq!((checked["valid"].as_bool(), checked["digest"].as_str()), (Some(false), Some(draft.digest.as_str())));
    let checked = app.post(SAM, "/v1/drafts/validate", json!({ "definition": speed_to_lead() })).await;
    assert_eq!(checked.json()["valid"], true, "{}", checked.text);
    assert_eq!(checked.json()["approval"]["roles"][0], "sales_manager");
    let listed = app.get(SAM, "/v1/drafts").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "validating keeps nothing");
}

#[tokio::test]
async fn a_draft_is_checked_against_the_people_and_places_of_the_dealership() {
    let app = TestApp::demo().await;
    let tenant = app.principal(SAM).await.tenant;
    let staff = app.app.state.db.list_records(&tenant, "employee", None, "", 10).await.unwrap();
    let known = staff.iter().find(|person| person.text("status") == "active").unwrap();
    let codes = async |definition: &Value| {
        let checked = app.post(SAM, "/v1/drafts/validate", json!({ "definition": definition })).await.json();
        let found = checked["diagnostics"].as_array().unwrap().clone();
        found.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut tells = speed_to_lead();
    let name = known.text("name").to_lowercase().replace(' ', "-");
    for (who, wrong) in [("nobody-here", true), (known.id.as_str(), false), (name.as_str(), false)] {
        let notice = json!({ "call": "notify_user", "with": { "to": format!("user:{who}"), "message": "m" } });
        tells["do"] = json!([{ "tell": notice }]);
        assert_eq!(codes(&tells).await.contains(&"action.user_unknown".to_owned()), wrong, "{who}");
    }
    // the store is in Texas: no texts before nine, nor before noon on Sundays
    let mut texts = tells.clone();
    let with = json!({ "customer_id": "c1", "purpose": "transactional", "body": "{{store.name}}: STOP ends this." });
    texts["do"] = json!([{ "text": { "call": "send_sms", "with": with } }]);
    for (cron, named) in [("0 7 * * 1-5", true), ("0 10 * * *", true), ("0 10 * * 1-5", false)] {
        texts["schedule"] = json!({ "cron": cron });
        assert_eq!(codes(&texts).await.contains(&"policy.quiet_hours".to_owned()), named, "{cron}");
    }
}

#[tokio::test]
async fn missing_values_block_submission() {
    let app = TestApp::demo().await;
    let provenance = json!({
        "/do/0/textCustomer/with/purpose": { "source": "missing" },
        "/schedule/on/one/with/type": { "source": "stated", "quote": "when a lead comes in" },
    });
    let body = json!({ "definition": speed_to_lead(), "provenance": provenance,
        "warnings": [{ "code": "quiet_hours", "text": "Texts wait for the morning." }] });
    let answer = app.post(SAM, "/v1/drafts", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["missing"], json!(["/do/0/textCustomer/with/purpose"]));
    assert_eq!(answer.json()["warnings"][0]["code"], "quiet_hours");
    let source = &answer.json()["provenance"]["/schedule/on/one/with/type"]["source"];
    assert_eq!(source, "inferred", "nobody said these words");
    let draft = Handle::of(&answer);
    let refused = app.submit(SAM, &draft).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "values_missing"));
    assert_eq!(refused.json()["errors"][0]["pointer"], "/do/0/textCustomer/with/purpose");
    let question = refused.json()["errors"][0]["message"].clone();
    assert!(question.as_str().unwrap().contains('?'), "the hole has its question: {question}");
    assert_eq!(answer.json()["provenance"]["/do/0/textCustomer/with/purpose"]["question"], question);

    let body = json!({ "base_revision": 1, "operations": [
        { "op": "set", "pointer": "/do/0/textCustomer/with/purpose", "value": "transactional" }
    ] });
    let edited = app.post(SAM, &format!("/v1/drafts/{}/edits", draft.id), body).await;
    assert_eq!(edited.json()["missing"], json!([]), "{}", edited.text);
    assert_eq!(edited.json()["provenance"]["/do/0/textCustomer/with/purpose"]["source"], "stated");
    assert_eq!(edited.json()["warnings"][0]["code"], "quiet_hours", "warnings stay");
    assert_eq!(app.submit(SAM, &Handle::of(&edited)).await.status, 201);
}

#[tokio::test]
async fn a_write_on_an_old_revision_is_refused() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    assert_eq!(app.revise(PRIYA, &draft, with_wait(speed_to_lead(), "PT5M")).await.status, 201);
    let path = format!("/v1/drafts/{}", draft.id);
    let operations = json!([{ "op": "set", "pointer": WAIT, "value": "PT1M" }]);
    let writes = [
        (format!("{path}/revisions"), json!({ "base_revision": 1, "content": { "definition": speed_to_lead() } })),
        (format!("{path}/edits"), json!({ "base_revision": 1, "operations": operations })),
        (format!("{path}/undo"), json!({ "base_revision": 1 })),
        (format!("{path}/submit"), json!({ "revision": 1, "digest": draft.digest })),
    ];
    for (path, body) in writes {
        let answer = app.post(SAM, &path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "stale_revision"), "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("revision 2"), "{}", answer.text);
    }
    assert_eq!(wait(&app.get(SAM, &path).await), "PT5M");
}

#[tokio::test]
async fn of_many_writes_at_once_one_wins() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let (one, two, three) = tokio::join!(
        app.revise(SAM, &draft, with_wait(speed_to_lead(), "PT1M")),
        app.revise(PRIYA, &draft, with_wait(speed_to_lead(), "PT2M")),
        app.revise(MARIA, &draft, with_wait(speed_to_lead(), "PT3M")),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16(), three.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    let revisions = app.get(SAM, &format!("/v1/drafts/{}/revisions", draft.id)).await.json();
    assert_eq!(revisions["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_edit_leaves_everything_else_as_it_is() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let path = format!("/v1/drafts/{}/edits", draft.id);
    let edits = json!({ "base_revision": 1, "operations": [{ "op": "set", "pointer": WAIT, "value": "PT5M" }] });
    let edited = app.post(SAM, &path, edits).await;
    assert_eq!(edited.status, 201, "{}", edited.text);
    assert_eq!(edited.json()["definition"].to_string(), with_wait(speed_to_lead(), "PT5M").to_string());
    assert_eq!(edited.json()["origin"], "form");
    let changes = edited.json()["changes"].clone();
    assert_eq!(changes.as_array().unwrap().len(), 1, "{changes}");
    assert_eq!(changes[0]["pointer"], WAIT);

    let refused = json!({ "base_revision": 2, "operations": [
        { "op": "set", "pointer": WAIT, "value": "PT1M" },
        { "op": "remove_task", "task": "nobody" },
    ] });
    let answer = app.post(SAM, &path, refused).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "edit_refused"));
    assert_eq!(answer.json()["errors"][0]["pointer"], "/operations/1");
    assert_eq!(wait(&app.get(SAM, &format!("/v1/drafts/{}", draft.id)).await), "PT5M", "all or nothing");
    let same = json!({ "base_revision": 2, "operations": [{ "op": "set", "pointer": WAIT, "value": "PT5M" }] });
    assert_eq!(app.post(SAM, &path, same).await.code(), "unchanged");
}

#[tokio::test]
async fn undo_goes_all_the_way_back_and_can_be_undone() {
    let app = TestApp::demo().await;
    let mut draft = app.draft(SAM, speed_to_lead()).await;
    for wait in ["PT5M", "PT6M"] {
        draft = Handle::of(&app.revise(SAM, &draft, with_wait(speed_to_lead(), wait)).await);
    }
    let path = format!("/v1/drafts/{}/undo", draft.id);
    // (body besides the base, status, wait afterwards)
    let steps = [
        (json!({}), 201, "PT5M"),
        (json!({}), 201, "PT10M"),
        (json!({}), 409, "PT10M"),
        (json!({ "to_revision": 3 }), 201, "PT6M"),
        (json!({}), 201, "PT10M"),
        (json!({ "to_revision": 99 }), 404, "PT10M"),
    ];
    let mut base = 3;
    for (mut body, status, after) in steps {
        body["base_revision"] = json!(base);
        let answer = app.post(SAM, &path, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        base += i64::from(status == 201);
        assert_eq!(wait(&app.get(SAM, &format!("/v1/drafts/{}", draft.id)).await), after, "{body}");
    }
    let revisions = app.get(SAM, &format!("/v1/drafts/{}/revisions", draft.id)).await.json()["items"].take();
    let origins: Vec<&str> = revisions.as_array().unwrap().iter().map(|r| r["origin"].as_str().unwrap()).collect();
    assert_eq!(origins, ["api", "api", "api", "undo", "undo", "restore", "undo"]);
    assert_eq!(revisions[6]["digest"], revisions[0]["digest"]);
    let third = app.get(SAM, &format!("/v1/drafts/{}/revisions/3", draft.id)).await;
    assert_eq!(wait(&third), "PT6M", "what was taken back is still there");
}

#[tokio::test]
async fn a_submission_can_be_taken_back_by_its_authors() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let path = format!("/v1/drafts/{}/withdraw", draft.id);
    assert_eq!(app.act(SAM, &path).await.code(), "wrong_status", "not submitted");
    assert_eq!(app.submit(PRIYA, &draft).await.code(), "not_author");
    let approval = app.submitted(SAM, &draft).await;
    assert_eq!(app.submit(SAM, &draft).await.code(), "wrong_status", "submitted already");
    assert_eq!(app.act(PRIYA, &path).await.code(), "not_author");
    let withdrawn = app.act(SAM, &path).await;
    assert_eq!(withdrawn.json()["status"], "withdrawn", "{}", withdrawn.text);
    assert_eq!(app.status(&format!("/v1/approvals/{approval}")).await, "withdrawn");
    assert_eq!(app.approve(MARIA, &approval, &draft.digest).await.code(), "not_pending");
    assert_eq!(app.submit(SAM, &draft).await.status, 201, "the same content, again");
}

#[tokio::test]
async fn another_dealership_sees_nothing() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let decided = app.approve(MARIA, &approval, &draft.digest).await.json();
    let workflow = decided["workflow_id"].as_str().unwrap();
    let path = format!("/v1/drafts/{}", draft.id);
    for path in [
        path.clone(),
        format!("{path}/revisions"),
        format!("{path}/revisions/1"),
        format!("/v1/approvals/{approval}"),
        format!("/v1/workflows/{workflow}"),
    ] {
        assert_eq!(app.get(SAM, &path).await.status, 200, "{path}");
        assert_eq!(app.get(RITA, &path).await.status, 404, "{path}");
    }
    assert_eq!(app.revise(RITA, &draft, speed_to_lead()).await.status, 404);
    assert_eq!(app.submit(RITA, &draft).await.status, 404);
    for path in [format!("{path}/withdraw"), format!("/v1/workflows/{workflow}/pause")] {
        assert_eq!(app.act(RITA, &path).await.status, 404, "{path}");
    }
    for list in ["/v1/drafts", "/v1/approvals", "/v1/workflows"] {
        assert_eq!(app.get(RITA, list).await.json()["items"], json!([]), "{list}");
    }
}

#[tokio::test]
async fn the_list_is_searched_and_knows_who_began_a_draft() {
    let app = TestApp::demo().await;
    let mine = app.draft(SAM, speed_to_lead()).await;
    let mut other = speed_to_lead();
    other["document"]["title"] = json!("100% of missed calls");
    let theirs = app.draft(PRIYA, other).await;
    let list = async |query: &str| {
        let found = app.get(SAM, &format!("/v1/drafts?{query}")).await.json();
        let found = found["items"].as_array().unwrap().clone();
        found.iter().map(|draft| draft["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [theirs.id.clone(), mine.id.clone()]);
    assert_eq!(list("mine=true").await, std::slice::from_ref(&mine.id));
    assert_eq!(list("q=GREET").await, std::slice::from_ref(&mine.id));
    assert_eq!(list("q=100%25+of").await, std::slice::from_ref(&theirs.id));
    assert_eq!(list("q=1%25of").await, Vec::<String>::new(), "a percent sign is one of the words");
    assert_eq!(list("q=greet&status=approved").await, Vec::<String>::new());
    let entry = &app.get(SAM, "/v1/drafts?mine=true").await.json()["items"][0];
    assert_eq!(entry["author"], "Sam Carter");
}

#[tokio::test]
async fn the_list_of_colleagues_is_of_the_callers_stores() {
    let app = TestApp::demo().await;
    let sam = app.principal(SAM).await;
    let place = |stores: &[&str]| UserChange {
        stores: Some(stores.iter().map(|store| store.parse().unwrap()).collect()),
        ..UserChange::default()
    };
    let alex = app.principal(ALEX).await;
    let priya = app.principal(PRIYA).await.user;
    app.app.state.auth.update_user(&alex, &priya, place(&["lakeside-coast"])).await.unwrap();
    let mine = app.draft(SAM, speed_to_lead()).await;
    let theirs = app.draft(PRIYA, speed_to_lead()).await;
    let of_all = app.draft(ALEX, speed_to_lead()).await;
    let list = async |who: &str| {
        let found = app.get(who, "/v1/drafts?colleagues=true").await.json();
        let found = found["items"].as_array().unwrap().clone();
        found.iter().map(|draft| draft["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(SAM).await, [of_all.id.clone(), mine.id.clone()]);
    assert_eq!(list(PRIYA).await, [of_all.id.clone(), theirs.id.clone()]);
    assert_eq!(list(ALEX).await, [of_all.id.clone(), theirs.id.clone(), mine.id.clone()], "all stores: everybody");
    app.app.state.auth.update_user(&alex, &sam.user, place(&["lakeside-main", "lakeside-coast"])).await.unwrap();
    assert_eq!(list(SAM).await, [of_all.id, theirs.id, mine.id]);
}
