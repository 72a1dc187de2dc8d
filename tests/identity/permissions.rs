use auterity::auth::Permission;
use auterity::model::user::SystemRole;
use axum::http::StatusCode;

use crate::support::TestApp;

#[test]
fn the_table() {
    use Permission as P;
    let rows = [
        (SystemRole::User, vec![P::Converse, P::Draft, P::Read, P::MoveClock]),
        (SystemRole::Manager, vec![P::Converse, P::Draft, P::Read, P::Approve, P::Operate, P::Ingest, P::MoveClock]),
        (SystemRole::DealershipAdmin, P::ALL.to_vec()),
        (SystemRole::SuperAdmin, P::ALL.to_vec()),
    ];
    for (role, expected) in rows {
        let granted: Vec<P> = P::ALL.into_iter().filter(|permission| role.allows(*permission)).collect();
        assert_eq!(granted, expected, "{role:?}");
    }
}

/// Routes that need a permission, and how the four demo accounts fare. `false` must be 403; `true` must not be.
const ROUTES: &[(&str, &str, [bool; 4])] = &[
    ("GET", "/v1/users", [false, false, false, true]),
    ("POST", "/v1/users", [false, false, false, true]),
    ("PATCH", "/v1/users/usr_00000000000000000000000000000000", [false, false, false, true]),
    ("GET", "/v1/stores", [true, true, true, true]),
    ("GET", "/v1/me", [true, true, true, true]),
];

#[tokio::test]
async fn every_role_on_every_route() {
    let app = TestApp::demo().await;
    let people = ["sam", "maria", "grace", "alex"];
    for (method, path, expected) in ROUTES {
        assert_eq!(app.send(method, path, None, None).await.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        for (person, allowed) in people.iter().zip(expected) {
            let token = app.token(&format!("{person}@lakeside.example")).await;
            let answer = app.send(method, path, Some(&token), None).await;
            assert_eq!(answer.status != StatusCode::FORBIDDEN, *allowed, "{person}: {method} {path}");
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
    assert!(walked >= 5, "the walk saw {walked} routes");
}
