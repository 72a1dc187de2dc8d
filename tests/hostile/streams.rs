//! Event streams: where a client may go on, and how many it may hold.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Answer, TestApp};

const SAM: &str = "sam@lakeside.example";

async fn turn(app: &TestApp, token: &str, run: &str) -> usize {
    let body = json!({"threadId": run, "runId": run, "messages": [{"id": "1", "role": "user", "content": "hello"}]});
    let answer = app.send("POST", "/v1/agent", Some(token), Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    frames(&answer)
}

fn frames(answer: &Answer) -> usize {
    answer.text.lines().filter(|line| line.starts_with("id:")).count()
}

async fn follow(app: &TestApp, token: &str, path: &str, last: Option<&[u8]>) -> Answer {
    let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    app.raw(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_stream_goes_on_only_where_it_can_have_been() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let all = turn(&app, &sam, "one").await;
    turn(&app, &sam, "two").await;
    let path = "/v1/runs/one/events";
    assert!(all > 3);
    assert_eq!(frames(&follow(&app, &sam, path, None).await), all);
    assert_eq!(frames(&follow(&app, &sam, path, Some(b"one:2")).await), all - 2);
    assert_eq!(frames(&follow(&app, &sam, &format!("{path}?after=3"), None).await), all - 3);
    let later = follow(&app, &sam, &format!("{path}?after=1"), Some(b"one:3")).await;
    assert_eq!(frames(&later), all - 3, "a browser that reconnects keeps the address it began with");
    let done = follow(&app, &sam, &format!("{path}?after={all}"), None).await;
    assert_eq!((done.status, frames(&done)), (StatusCode::OK, 0));

    for bad in [
        &b"two:2"[..],
        b"2",
        b"",
        b":2",
        b"one:",
        b"one:-1",
        b"one:+1",
        b"one:2:3",
        b"one: 2",
        b"\xff:1",
        b"one:99999999999999999999",
    ] {
        let answer = follow(&app, &sam, path, Some(bad)).await;
        let shown = String::from_utf8_lossy(bad).into_owned();
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "unknown_frame".into()), "{shown}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "last-event-id:", "{shown}");
    }
    for beyond in [all + 1, 99_999_999] {
        let answer = follow(&app, &sam, &format!("{path}?after={beyond}"), None).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "unknown_frame".into()), "{beyond}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "?after");
    }
    let negative = follow(&app, &sam, &format!("{path}?after=-1"), None).await;
    assert_eq!((negative.status.as_u16(), negative.code()), (400, "bad_request".into()));
    assert_eq!(negative.json()["errors"][0]["pointer"], "?after");
}

async fn open(app: &TestApp, token: &str) -> Response<Body> {
    let request = Request::get("/v1/updates").header(header::AUTHORIZATION, format!("Bearer {token}"));
    app.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_person_holds_only_so_many_streams() {
    let app = TestApp::demo_with(|config| config.server.max_streams = 3).await;
    let (sam, maria) = (app.token(SAM).await, app.token("maria@lakeside.example").await);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(open(&app, &sam).await);
    }
    assert!(held.iter().all(|response| response.status() == StatusCode::OK));
    let refused = app.send("GET", "/v1/updates", Some(&sam), None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "too_many_streams".into()));
    assert!(refused.headers.contains_key("retry-after"));
    let body = json!({"threadId": "t", "runId": "r", "messages": [{"id": "1", "role": "user", "content": "hello"}]});
    let turn = app.send("POST", "/v1/agent", Some(&sam), Some(body)).await;
    assert_eq!(turn.code(), "too_many_streams", "whatever kind of stream");
    let begun = app.send("GET", "/v1/conversations", Some(&sam), None).await.json();
    assert_eq!(begun["items"], json!([]), "and the turn has not begun behind the refusal");
    assert_eq!(open(&app, &maria).await.status(), StatusCode::OK, "each person for themselves");
    held.pop();
    assert_eq!(open(&app, &sam).await.status(), StatusCode::OK, "a closed one is free again");
}
