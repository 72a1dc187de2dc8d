//! Events from systems without an account: signed, fresh, from where they said, and once.

use auterity::execution::intake::signature;
use auterity::model::Clock;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const ALEX: &str = "alex@lakeside.example";

fn event(id: &str, text: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/dealers/lakeside-toyota/dms/1", "type": "customer.message.received",
        "data": {
            "dealer_id": "lakeside-toyota", "store_id": "lakeside-main", "occurred_at": "2026-03-10T15:00:00Z",
            "customer_id": "cust-dana-whitfield", "channel": "sms", "text": text, "language": "en", "intent": "question",
            "thread_id": "th-1", "lead_id": null, "ro_id": null, "deal_id": null, "media_count": 0,
        },
    })
}

struct Sender {
    id: String,
    secret: String,
}

async fn sender(app: &TestApp, source: &str) -> Sender {
    let alex = app.token(ALEX).await;
    let body = json!({"name": "DMS", "source": source});
    let made = app.send("POST", "/v1/events/senders", Some(&alex), Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Sender { id: text(&made.json()["sender"]["id"]), secret: text(&made.json()["secret"]) }
}

/// Sends `sent` under a signature made over `signed` at `at`.
async fn deliver(app: &TestApp, sender: &Sender, (signed, sent): (&Value, &Value), at: i64) -> Answer {
    let (id, at) = ("msg_1", at.to_string());
    let signature = signature::sign(&sender.secret, id, &at, signed.to_string().as_bytes()).unwrap();
    let request = Request::post("/v1/events")
        .header("content-type", "application/cloudevents+json")
        .header("auterity-sender", &sender.id)
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature);
    app.raw(request.body(Body::from(sent.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_signed_event_needs_no_account() {
    let app = TestApp::demo().await;
    let dms = sender(&app, "/dealers/lakeside-toyota/dms").await;
    assert!(dms.secret.starts_with("whsec_") && dms.secret.len() > 40);
    let (now, hello) = (app.clock.now().timestamp(), event("e-1", "Hello"));
    let first = deliver(&app, &dms, (&hello, &hello), now).await;
    assert_eq!(
        (first.status, first.json()["duplicate"].clone()),
        (StatusCode::ACCEPTED, json!(false)),
        "{}",
        first.text
    );
    let again = deliver(&app, &dms, (&hello, &hello), now).await;
    assert_eq!(again.json()["duplicate"], true, "sent again at once, it is the same event");
    let alex = app.token(ALEX).await;
    let list = app.send("GET", "/v1/events/senders", Some(&alex), None).await;
    assert!(list.text.contains(&dms.id) && !list.text.contains(&dms.secret), "the secret is shown once");
    let audit = app.send("GET", "/v1/audit", Some(&alex), None).await.text;
    assert!(audit.contains("event_sender.created") && !audit.contains(&dms.secret));
}

#[tokio::test]
async fn another_secret_takes_the_place_of_the_one_before() {
    let app = TestApp::demo().await;
    let old = sender(&app, "/dealers/lakeside-toyota/dms").await;
    let alex = app.token(ALEX).await;
    let (path, now) = (format!("/v1/events/senders/{}", old.id), app.clock.now().timestamp());
    let made = app.send("POST", &format!("{path}/secret"), Some(&alex), None).await;
    assert_eq!((made.status, &made.json()["sender"]["id"]), (StatusCode::OK, &json!(old.id)), "{}", made.text);
    let new = Sender { id: old.id.clone(), secret: made.json()["secret"].as_str().unwrap().to_owned() };
    assert_ne!(new.secret, old.secret);
    let (one, two) = (event("e-1", "Hello"), event("e-2", "Hello"));
    assert_eq!(deliver(&app, &old, (&one, &one), now).await.code(), "signature_invalid");
    assert_eq!(deliver(&app, &new, (&two, &two), now).await.status, StatusCode::ACCEPTED);
    let audit = app.send("GET", "/v1/audit", Some(&alex), None).await.text;
    assert!(audit.contains("event_sender.rotated") && !audit.contains(&new.secret));
    assert_eq!(app.send("DELETE", &path, Some(&alex), None).await.status, StatusCode::NO_CONTENT);
    let late = app.send("POST", &format!("{path}/secret"), Some(&alex), None).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND, "one that was ended stays ended");
}

#[tokio::test]
async fn for_some_hours_two_secrets_may_hold() {
    let app = TestApp::demo().await;
    let old = sender(&app, "/dealers/lakeside-toyota/dms").await;
    let rotate = async |hours: &str| {
        let path = format!("/v1/events/senders/{}/secret?overlap_hours={hours}", old.id);
        app.send("POST", &path, Some(&app.token(ALEX).await), None).await
    };
    for hours in ["-1", "169", "soon"] {
        assert_eq!(rotate(hours).await.status, StatusCode::BAD_REQUEST, "{hours}");
    }
    let secret =
        |made: &Answer| Sender { id: old.id.clone(), secret: made.json()["secret"].as_str().unwrap().to_owned() };
    let made = rotate("2").await;
    let until = (app.clock.now() + TimeDelta::hours(2)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(made.json()["sender"]["old_secret_until"], until, "{}", made.text);
    let new = secret(&made);
    let taken = async |sender: &Sender, id: &str| {
        let event = event(id, "Hello");
        deliver(&app, sender, (&event, &event), app.clock.now().timestamp()).await.status == StatusCode::ACCEPTED
    };
    assert!(taken(&old, "e-1").await && taken(&new, "e-2").await, "both hold");
    app.clock.advance(TimeDelta::minutes(119));
    assert!(taken(&old, "e-3").await, "until the hours are over");
    app.clock.advance(TimeDelta::minutes(1));
    assert!(!taken(&old, "e-4").await && taken(&new, "e-5").await, "then the new one alone");
    // a second change within the hours leaves the last two, and one without hours leaves only itself
    let second = secret(&rotate("2").await);
    let third = secret(&rotate("2").await);
    assert!(!taken(&new, "e-6").await && taken(&second, "e-7").await && taken(&third, "e-8").await);
    let last = secret(&rotate("0").await);
    assert!(!taken(&third, "e-9").await && taken(&last, "e-10").await);
    let list = app.send("GET", "/v1/events/senders", Some(&app.token(ALEX).await), None).await;
    assert!([&old, &new, &second, &third, &last].iter().all(|sender| !list.text.contains(&sender.secret)));
}

#[tokio::test]
async fn what_is_not_signed_by_the_sender_a_moment_ago_is_refused() {
    let app = TestApp::demo().await;
    let dms = sender(&app, "/dealers/lakeside-toyota/dms").await;
    let (now, hello, other) = (app.clock.now().timestamp(), event("e-1", "Hello"), event("e-1", "Goodbye"));
    let stranger = Sender { id: "snd_00000000000000000000000000000000".to_owned(), secret: dms.secret.clone() };
    let nameless = Sender { id: "nobody".to_owned(), secret: dms.secret.clone() };
    let thief = Sender { id: dms.id.clone(), secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned() };
    let cases = [
        ("changed on the way", deliver(&app, &dms, (&hello, &other), now).await),
        ("recorded six minutes ago", deliver(&app, &dms, (&hello, &hello), now - 360).await),
        ("from the future", deliver(&app, &dms, (&hello, &hello), now + 360).await),
        ("another secret", deliver(&app, &thief, (&hello, &hello), now).await),
        ("an unknown sender", deliver(&app, &stranger, (&hello, &hello), now).await),
        ("no id at all", deliver(&app, &nameless, (&hello, &hello), now).await),
    ];
    for (what, answer) in cases {
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "signature_invalid".into()), "{what}");
    }
    // A good token does not help a bad signature: whoever signs is judged by the signature.
    let maria = app.token("maria@lakeside.example").await;
    let request = Request::post("/v1/events")
        .header("auterity-sender", &dms.id)
        .header("authorization", format!("Bearer {maria}"));
    let answer = app.raw(request.body(Body::from(hello.to_string())).unwrap()).await;
    assert_eq!(answer.code(), "signature_invalid");
    let stored =
        app.app.state.db.find_event(&app.principal(ALEX).await.tenant, "/dealers/lakeside-toyota/dms/1", "e-1").await;
    assert!(stored.unwrap().is_none(), "nothing was stored");
}

#[tokio::test]
async fn a_sender_speaks_only_for_its_source_and_only_until_it_is_ended() {
    let app = TestApp::demo().await;
    let alex = app.token(ALEX).await;
    let (now, hello) = (app.clock.now().timestamp(), event("e-1", "Hello"));
    let site = sender(&app, "/dealers/lakeside-toyota/website").await;
    let answer = deliver(&app, &site, (&hello, &hello), now).await;
    assert_eq!((answer.status.as_u16(), answer.json()["errors"][0]["pointer"].clone()), (422, json!("/source")));
    let dms = sender(&app, "/dealers/lakeside-toyota/dms").await;
    let path = format!("/v1/events/senders/{}", dms.id);
    let maria = app.token("maria@lakeside.example").await;
    assert_eq!(app.send("DELETE", &path, Some(&maria), None).await.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        assert_eq!(app.send("DELETE", &path, Some(&alex), None).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(deliver(&app, &dms, (&hello, &hello), now).await.code(), "signature_invalid");
    let list = app.send("GET", "/v1/events/senders", Some(&alex), None).await.json();
    let list = &list["items"];
    assert_eq!(list[1]["id"], dms.id);
    assert!(list[1]["revoked_at"].is_string() && list[0].get("revoked_at").is_none());
}

#[tokio::test]
async fn an_event_that_says_something_else_under_the_same_id_is_a_conflict() {
    let app = TestApp::demo().await;
    let maria = app.token("maria@lakeside.example").await;
    let send = async |event: &Value| app.send("POST", "/v1/events", Some(&maria), Some(event.clone())).await;
    assert_eq!(send(&event("e-1", "Hello")).await.status, StatusCode::ACCEPTED);
    let mut turned = json!({"data": {}});
    for (name, value) in event("e-1", "Hello").as_object().unwrap().iter().rev() {
        turned[name] = value.clone();
    }
    turned["type"] = "com.auterity.customer.message.received".into();
    let same = send(&turned).await;
    assert_eq!((same.status, same.json()["duplicate"].clone()), (StatusCode::ACCEPTED, json!(true)), "{}", same.text);
    // STOP under a used id: refused, and nothing of it is acted on
    let changed = send(&event("e-1", "STOP")).await;
    assert_eq!((changed.status.as_u16(), changed.code()), (409, "event_conflict".into()), "{}", changed.text);
    assert_eq!(changed.json()["errors"][0]["pointer"], "/id");
    let opted_out = app.send("GET", "/v1/outbox", Some(&maria), None).await;
    assert_eq!(opted_out.json()["items"], json!([]), "no confirmation went out");
    assert_eq!(send(&event("e-2", "STOP")).await.status, StatusCode::ACCEPTED, "under an id of its own it counts");
    app.clock.advance(TimeDelta::minutes(20));
    assert_eq!(send(&event("e-1", "Hello")).await.json()["duplicate"], true);
}
