use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::support::TestApp;

#[tokio::test]
async fn the_page_is_protected_and_never_stale() {
    let app = TestApp::demo().await;
    let page = app.send("GET", "/", None, None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text.contains("<title>Auterity"), "the page, or how to build it");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    assert!(["no-cache", "no-store"].contains(&page.headers["cache-control"].to_str().unwrap()));
}

#[tokio::test]
async fn what_is_not_a_file_of_the_page_is_a_problem() {
    let app = TestApp::demo().await;
    for path in ["/nothing", "/assets/../Cargo.toml", "/..%2f..%2fCargo.toml", "/assets/"] {
        let answer = app.send("GET", path, None, None).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found".into()), "{path}");
    }
    assert_eq!(app.send("POST", "/nothing", None, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    let app = TestApp::demo().await;
    let Some(tag) = app.send("GET", "/", None, None).await.headers.get("etag").cloned() else {
        return; // the page is not built into this binary
    };
    let request = Request::get("/").header("if-none-match", tag).body(Body::empty()).unwrap();
    let answer = app.raw(request).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
}
