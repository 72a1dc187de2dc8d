//! What a browser is told, and whom it may tell.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};

use crate::support::{Answer, TestApp};

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn preflight(app: &TestApp, origin: &str) -> Answer {
    let request = Request::options("/v1/drafts")
        .header(header::ORIGIN, origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    app.raw(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_kind_of_answer_is_protected() {
    let app = TestApp::demo().await;
    let sam = app.token("sam@lakeside.example").await;
    let answers = [
        ("the page", "/", None),
        ("the browser of the interface", "/docs/index.html", None),
        ("data", "/v1/me", Some(sam.as_str())),
        ("a refusal", "/v1/me", None),
        ("nothing", "/v1/nothing", None),
        ("health", "/health", None),
    ];
    for (what, path, token) in answers {
        let headers = app.send("GET", path, token, None).await.headers;
        let policy = text(&headers, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains('*'), "{what}: {policy}");
        assert_eq!(policy.contains("unsafe-inline"), what.contains("interface"), "{what}: {policy}");
        assert_eq!(policy.contains("script-src"), path == "/" || what.contains("interface"), "{what}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(text(&headers, name), value, "{what}");
        }
        assert!(headers.contains_key("permissions-policy"), "{what}");
        assert!(!headers.contains_key("strict-transport-security"), "{what}: not behind TLS");
        assert!(!headers.contains_key("access-control-allow-origin"), "{what}");
        assert!(!headers.contains_key("set-cookie"), "{what}: we use no cookies");
        if path.starts_with("/v1") {
            assert_eq!(text(&headers, "cache-control"), "no-store", "{what}");
        }
    }
}

#[tokio::test]
async fn cors_is_closed_unless_the_settings_open_it() {
    let app = TestApp::demo().await;
    let closed = preflight(&app, "https://crm.example").await;
    assert_eq!(closed.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(closed.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{:?}", closed.headers);

    let app = TestApp::demo_with(|config| config.server.cors_origins = vec!["https://crm.example".to_owned()]).await;
    let open = preflight(&app, "https://crm.example").await;
    assert_eq!(text(&open.headers, "access-control-allow-origin"), "https://crm.example");
    assert!(text(&open.headers, "access-control-allow-headers").contains("authorization"));
    assert!(!open.headers.contains_key("access-control-allow-credentials"));
    for stranger in ["https://evil.example", "https://crm.example.evil.example", "http://crm.example", "null"] {
        let answer = preflight(&app, stranger).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{stranger}");
    }
}

#[tokio::test]
async fn the_settings_say_who_may_frame_the_page_and_that_there_is_tls() {
    let app = TestApp::demo_with(|config| {
        config.server.frame_ancestors = vec!["https://crm.example".to_owned(), "https://dms.example:8443".to_owned()];
        config.server.https = true;
    })
    .await;
    let page = app.send("GET", "/", None, None).await.headers;
    let policy = text(&page, "content-security-policy");
    assert!(policy.ends_with("frame-ancestors https://crm.example https://dms.example:8443"), "{policy}");
    assert!(!page.contains_key("x-frame-options"), "it cannot name them");
    assert!(text(&page, "strict-transport-security").contains("max-age=63072000"));
    for path in ["/v1/info", "/docs/index.html"] {
        let other = app.send("GET", path, None, None).await.headers;
        assert!(text(&other, "content-security-policy").contains("frame-ancestors 'none'"), "only the page: {path}");
        assert_eq!(text(&other, "x-frame-options"), "DENY");
    }
}

/// A secret in an address ends in logs, in the history of a browser and in `Referer`.
#[tokio::test]
async fn no_route_takes_a_secret_in_its_address() {
    let app = TestApp::empty().await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let secret = ["token", "secret", "password", "signature", "api_key", "apikey", "access"];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap().to_lowercase();
                let in_address = parameter["in"] != "header";
                assert!(!(in_address && secret.iter().any(|word| name.contains(word))), "{path}: {name}");
            }
        }
    }
    // and none takes the access token there
    let demo = TestApp::demo().await;
    let token = demo.token("sam@lakeside.example").await;
    let answer = demo.send("GET", &format!("/v1/me?access_token={token}"), None, None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
