//! Bounds of a request: its head, its body, the numbers in it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const SAM: &str = "sam@lakeside.example";

async fn post(app: &TestApp, path: &str, token: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    app.raw(request.body(body.into()).unwrap()).await
}

/// The pointer of the first field at fault, and what is wrong there.
fn fault(answer: &Answer) -> (String, String) {
    let first = &answer.json()["errors"][0];
    let text = |name: &str| first[name].as_str().unwrap_or_default().to_owned();
    (text("pointer"), text("message"))
}

#[tokio::test]
async fn json_that_two_readers_could_understand_differently_is_refused() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let deep = format!("{{\"definition\":{}1{}}}", "[".repeat(90), "]".repeat(90));
    let many = format!("{{\"definition\":[{}]}}", vec!["1"; 100_001].join(","));
    let cases = [
        (r#"{"definition":{"document":{},"document":{}}}"#, "/definition/document", "twice"),
        (r#"{"definition":{},"definition":{}}"#, "/definition", "twice"),
        (r#"{"definition":{"a":"\u0000"}}"#, "/definition/a", "U+0000"),
        (deep.as_str(), &format!("/definition{}", "/0".repeat(80)), "80 levels"),
        (many.as_str(), "/definition/99998", "100000 values"),
    ];
    for (body, pointer, word) in cases {
        let answer = post(&app, "/v1/drafts", &sam, body.to_owned()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body".into()));
        let (found, message) = fault(&answer);
        assert_eq!(found, pointer);
        assert!(message.contains(word), "{message}");
    }
    let bottomless = "[".repeat(500_000);
    assert_eq!(post(&app, "/v1/drafts", &sam, bottomless).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_message_is_text_or_parts() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let say = |content: Value| {
        json!({"threadId": "t", "runId": "r", "messages": [
            {"id": "1", "role": "activity", "content": {"any": "shape"}},
            {"id": "2", "role": "user", "content": content}]})
    };
    for content in [json!(5), json!(null), json!({"text": "hi"}), json!([5]), json!([{"text": 5}]), json!(true)] {
        let answer = app.send("POST", "/v1/agent", Some(&sam), Some(say(content.clone()))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid_body".into()), "{content}");
        let (pointer, message) = fault(&answer);
        assert_eq!(pointer, "/messages/1/content");
        assert!(message.contains("text"), "{message}");
    }
    for content in [json!(""), json!("\u{7}\u{1}"), json!([]), json!([{"type": "image"}]), json!("x".repeat(8001))] {
        let answer = app.send("POST", "/v1/agent", Some(&sam), Some(say(content.clone()))).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "message_length".into()), "{content}");
    }
    let good = app.send("POST", "/v1/agent", Some(&sam), Some(say(json!([{"type": "text", "text": "hello"}])))).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text);
}

#[tokio::test]
async fn a_number_out_of_bounds_is_named_and_never_bent() {
    let app = TestApp::demo().await;
    let alex = app.token("alex@lakeside.example").await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            if parameter["name"] != "limit" {
                continue;
            }
            assert_eq!(parameter["in"], "query", "{path}");
            assert!(parameter["schema"]["maximum"].is_number(), "{path}: {parameter}");
            let path = path.replace("{entity}", "lead").replace("{id}", "draft_00000000000000000000000000000000");
            for wrong in ["-1", "0", "201", "9223372036854775808", "1e3", "", "ten"] {
                let asked = format!("{path}?q=x&limit={wrong}")
                    .replace(if path.ends_with("/knowledge/search") { "\u{0}" } else { "q=x&" }, "");
                let answer = app.send("GET", &asked, Some(&alex), None).await;
                assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request".into()), "{asked}");
                assert_eq!(fault(&answer).0, "?limit", "{asked}: {}", answer.text);
            }
            asked += 1;
        }
    }
    assert!(asked >= 10, "{asked} lists");
    let unknown = app.send("GET", "/v1/drafts?limt=5", Some(&alex), None).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let status = app.send("GET", "/v1/drafts?status=bogus", Some(&alex), None).await;
    assert_eq!(fault(&status).0, "?status");
}

#[tokio::test]
async fn the_head_of_a_request_is_bounded() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let long = format!("/v1/drafts?after={}", "a".repeat(8 * 1024));
    let answer = app.send("GET", &long, Some(&sam), None).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::URI_TOO_LONG, "uri_too_long".into()));
    let fits = format!("/v1/drafts?after={}", "a".repeat(8 * 1024 - 30));
    assert_ne!(app.send("GET", &fits, Some(&sam), None).await.status, StatusCode::URI_TOO_LONG);
    let mut request = Request::get("/v1/me").header(header::AUTHORIZATION, format!("Bearer {sam}"));
    for at in 0..40 {
        request = request.header(format!("x-padding-{at}"), "p".repeat(1024));
    }
    let answer = app.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (431, "headers_too_large".into()));
    for path in ["/v1/records/lead/a%00b", "/v1/outbox?execution=%00", "/v1/drafts?after=%00", "/v1/conversations/%00"]
    {
        let answer = app.send("GET", path, Some(&sam), None).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request".into()), "{path}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_on_every_route_that_takes_one() {
    let app = TestApp::demo().await;
    let alex = app.token("alex@lakeside.example").await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let limit = app.app.state.config.server.max_body_bytes;
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"].is_null() || path.contains('{') {
                continue;
            }
            let path = if path == "/v1/leads/adf" { format!("{path}?store_id=lakeside-main") } else { path.clone() };
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
            let request = request.header(header::AUTHORIZATION, format!("Bearer {alex}"));
            let answer = app.raw(request.body(Body::from(" ".repeat(limit + 1))).unwrap()).await;
            let found = (answer.status, answer.code());
            assert_eq!(found, (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large".into()), "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked >= 10, "{asked} routes");
}
