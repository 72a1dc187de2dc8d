//! Input nobody should send, and callers who should not.

use serde_json::{Value, json};

use crate::story::{SAM, speed_to_lead};
use crate::support::TestApp;

#[tokio::test]
async fn bad_input_is_refused_with_a_code() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let path = format!("/v1/drafts/{}", draft.id);
    let decision = format!("/v1/approvals/{approval}/decision");
    let mut deep = json!("x");
    for _ in 0..70 {
        deep = json!([deep]);
    }
    let many: Vec<Value> = (0..65).map(|_| json!({ "op": "remove", "pointer": "/x" })).collect();
    let cases: Vec<(&str, String, Value, u16, &str)> = vec![
        ("not an object", "/v1/drafts".into(), json!({ "definition": [1, 2] }), 422, "invalid_definition"),
        ("text", "/v1/drafts".into(), json!({ "definition": "do: []" }), 422, "invalid_definition"),
        ("too deep", "/v1/drafts".into(), json!({ "definition": { "do": deep } }), 422, "invalid_definition"),
        (
            "too large",
            "/v1/drafts".into(),
            json!({ "definition": { "x": "y".repeat(300_000) } }),
            422,
            "invalid_definition",
        ),
        ("nothing", "/v1/drafts".into(), json!({}), 422, "invalid_body"),
        ("unknown field", "/v1/drafts".into(), json!({ "definition": {}, "status": "approved" }), 422, "invalid_body"),
        (
            "made-up source",
            "/v1/drafts".into(),
            json!({ "definition": {}, "provenance": { "/do": { "source": "sworn" } } }),
            422,
            "invalid_body",
        ),
        (
            "endless warning",
            "/v1/drafts".into(),
            json!({ "definition": {}, "warnings": [{ "code": "x", "text": "y".repeat(1001) }] }),
            422,
            "invalid_body",
        ),
        ("validate nothing", "/v1/drafts/validate".into(), json!({ "definition": null }), 422, "invalid_definition"),
        (
            "no operations",
            format!("{path}/edits"),
            json!({ "base_revision": 1, "operations": [] }),
            422,
            "invalid_body",
        ),
        ("too many", format!("{path}/edits"), json!({ "base_revision": 1, "operations": many }), 422, "invalid_body"),
        (
            "unknown operation",
            format!("{path}/edits"),
            json!({ "base_revision": 1, "operations": [{ "op": "explode" }] }),
            422,
            "invalid_body",
        ),
        ("no base", format!("{path}/undo"), json!({}), 422, "invalid_body"),
        ("base as text", format!("{path}/undo"), json!({ "base_revision": "1" }), 422, "invalid_body"),
        (
            "not a digest",
            format!("{path}/submit"),
            json!({ "revision": 1, "digest": "sha256:xyz" }),
            422,
            "invalid_body",
        ),
        ("unknown verdict", decision.clone(), json!({ "decision": "maybe" }), 422, "invalid_body"),
        (
            "long comment",
            decision.clone(),
            json!({ "decision": "rejected", "comment": "x".repeat(2001) }),
            422,
            "invalid_body",
        ),
        (
            "control character",
            decision.clone(),
            json!({ "decision": "rejected", "comment": "a\u{7}b" }),
            422,
            "invalid_body",
        ),
        (
            "no such draft",
            "/v1/drafts/draft_0/submit".into(),
            json!({ "revision": 1, "digest": draft.digest }),
            404,
            "not_found",
        ),
        ("no such request", "/v1/approvals/x/decision".into(), json!({ "decision": "approved" }), 404, "not_found"),
    ];
    for (name, path, body, status, code) in cases {
        let answer = app.post(SAM, &path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{name}: {}", answer.text);
    }
    for path in ["/v1/drafts?status=lost", "/v1/approvals?status=open", "/v1/workflows?limit=ten", "/v1/drafts?x=1"] {
        assert_eq!(app.get(SAM, path).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_number_that_json_cannot_write_exactly_still_has_one_digest() {
    let app = TestApp::demo().await;
    let mut definition = speed_to_lead();
    definition["document"]["metadata"]["limit"] = json!(1e21);
    let first = app.draft(SAM, definition.clone()).await;
    let read = app.get(SAM, &format!("/v1/drafts/{}", first.id)).await.json();
    let second = app.draft(SAM, read["definition"].clone()).await;
    assert_eq!(first.digest, second.digest, "what was read back is what was written");
}

#[tokio::test]
async fn nobody_unknown_gets_in() {
    let app = TestApp::demo().await;
    for (method, path) in [
        ("GET", "/v1/drafts"),
        ("POST", "/v1/drafts"),
        ("GET", "/v1/approvals"),
        ("GET", "/v1/workflows"),
        ("POST", "/v1/workflows/wf_00000000000000000000000000000000/pause"),
    ] {
        assert_eq!(app.send(method, path, None, Some(json!({}))).await.status, 401, "{method} {path}");
    }
}
