use auterity::auth::Permission;
use auterity::model::user::SystemRole;
use axum::http::StatusCode;

use crate::support::TestApp;

#[test]
fn the_table() {
    use Permission as P;
    let rows = [
        (SystemRole::User, vec![P::Converse, P::Draft, P::Read, P::MoveClock]),
        (
            SystemRole::Manager,
            vec![P::Converse, P::Draft, P::Read, P::Approve, P::Operate, P::Ingest, P::Curate, P::MoveClock],
        ),
        (SystemRole::DealershipAdmin, P::ALL.to_vec()),
        (SystemRole::SuperAdmin, P::ALL.to_vec()),
    ];
    for (role, expected) in rows {
        let granted: Vec<P> = P::ALL.into_iter().filter(|permission| role.allows(*permission)).collect();
        assert_eq!(granted, expected, "{role:?}");
    }
}

const EVERYBODY: [bool; 4] = [true, true, true, true];
const FROM_MANAGER: [bool; 4] = [false, true, true, true];
const ADMIN: [bool; 4] = [false, false, false, true];

/// Who passes: salesperson, sales manager, general manager, administrator. `false` must be 403, `true` must not be.
/// Bodies are empty and ids unknown on purpose: the permission is asked first.
const ROUTES: &[(&str, &str, [bool; 4])] = &[
    ("GET", "/v1/me", EVERYBODY),
    ("GET", "/v1/stores", EVERYBODY),
    ("GET", "/v1/users", ADMIN),
    ("POST", "/v1/users", ADMIN),
    ("PATCH", "/v1/users/usr_00000000000000000000000000000000", ADMIN),
    ("GET", "/v1/job-roles", ADMIN),
    ("GET", "/v1/audit", ADMIN),
    ("POST", "/v1/agent", EVERYBODY),
    ("GET", "/v1/conversations", EVERYBODY),
    ("GET", "/v1/knowledge/search?q=consent", EVERYBODY),
    ("GET", "/v1/knowledge/articles", EVERYBODY),
    ("GET", "/v1/knowledge/documents", EVERYBODY),
    ("GET", "/v1/knowledge/documents/quiet-hours", EVERYBODY),
    ("DELETE", "/v1/knowledge/documents/doc_00000000000000000000000000000000", FROM_MANAGER),
    ("PUT", "/v1/knowledge/files/empty.md", FROM_MANAGER),
    ("GET", "/v1/knowledge/index", FROM_MANAGER),
    ("POST", "/v1/knowledge/index", FROM_MANAGER),
    ("GET", "/v1/drafts", EVERYBODY),
    ("POST", "/v1/drafts", EVERYBODY),
    ("POST", "/v1/drafts/validate", EVERYBODY),
    ("GET", "/v1/approvals", EVERYBODY),
    ("GET", "/v1/workflows", EVERYBODY),
    ("POST", "/v1/workflows/wf_00000000000000000000000000000000/start", FROM_MANAGER),
    ("POST", "/v1/workflows/wf_00000000000000000000000000000000/pause", FROM_MANAGER),
    ("POST", "/v1/workflows/wf_00000000000000000000000000000000/resume", FROM_MANAGER),
    ("POST", "/v1/workflows/wf_00000000000000000000000000000000/retire", FROM_MANAGER),
    ("GET", "/v1/executions", EVERYBODY),
    ("POST", "/v1/executions/exe_00000000000000000000000000000000/cancel", FROM_MANAGER),
    ("POST", "/v1/events", FROM_MANAGER),
    ("GET", "/v1/events/senders", ADMIN),
    ("POST", "/v1/events/senders", ADMIN),
    ("POST", "/v1/events/senders/snd_00000000000000000000000000000000/secret", ADMIN),
    ("DELETE", "/v1/events/senders/snd_00000000000000000000000000000000", ADMIN),
    ("POST", "/v1/leads/adf", FROM_MANAGER),
    ("POST", "/v1/demo/lead", EVERYBODY),
    ("GET", "/v1/engine/clock", EVERYBODY),
    ("POST", "/v1/engine/clock/skip", EVERYBODY),
    ("GET", "/v1/outbox", EVERYBODY),
    ("GET", "/v1/records/lead", EVERYBODY),
];

#[tokio::test]
async fn every_role_on_every_route() {
    let app = TestApp::demo().await;
    let people = ["sam", "maria", "grace", "alex"];
    let mut tokens = Vec::new();
    for person in people {
        tokens.push(app.token(&format!("{person}@lakeside.example")).await);
    }
    for (method, path, expected) in ROUTES {
        assert_eq!(app.send(method, path, None, None).await.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        for ((person, token), allowed) in people.iter().zip(&tokens).zip(expected) {
            let answer = app.send(method, path, Some(token), None).await;
            assert_eq!(answer.status != StatusCode::FORBIDDEN, *allowed, "{person}: {method} {path}");
            assert!(!answer.status.is_server_error(), "{person}: {method} {path}: {}", answer.text);
            if !allowed {
                assert_eq!(answer.code(), "permission_missing");
            }
        }
    }
}

/// Routes that are open on purpose. Everything else in the OpenAPI document must refuse a caller without a token.
const OPEN: &[&str] = &[
    "/health",
    "/health/live",
    "/health/ready",
    "/.well-known/jwks.json",
    "/v1/info",
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/logout",
];

#[tokio::test]
async fn no_documented_route_forgets_to_ask_who_is_calling() {
    let app = TestApp::demo().await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let mut walked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        for method in methods.as_object().unwrap().keys() {
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let answer = app.send(&method.to_uppercase(), path, None, None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.text);
            walked += 1;
        }
    }
    assert!(walked >= 40, "the walk saw {walked} routes");
}
