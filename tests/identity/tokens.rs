use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

async fn me(app: &TestApp, token: &str) -> Answer {
    app.send("GET", "/v1/me", Some(token), None).await
}

fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    assert_eq!(answer.code(), code);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer realm="), "{challenge}");
    assert_eq!(challenge.contains("invalid_token"), code != "token_missing");
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with these changes to its claims, signed by the application's own key.
async fn signed(app: &TestApp, changes: Value) -> String {
    let token = app.token("sam@lakeside.example").await;
    let mut claims = part(&token, 1);
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let key = app.app.state.db.list_signing_keys().await.unwrap().remove(0);
    let header = Header { kid: Some(key.id), ..Header::new(Algorithm::RS256) };
    encode(&header, &claims, &EncodingKey::from_rsa_pem(key.private_pem.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn no_token_and_no_bearer() {
    let app = TestApp::demo().await;
    assert_refused(&app.send("GET", "/v1/me", None, None).await, "token_missing");
    for header in ["Basic c2FtOmRlbW8=", "Bearer", "Bearer ", "Bearer not.a.token", "Bearer ....."] {
        let request = Request::get("/v1/me").header("authorization", header).body(Body::empty()).unwrap();
        assert_refused(&app.raw(request).await, "token_malformed");
    }
    let token = app.token("sam@lakeside.example").await;
    let request = Request::get("/v1/me").header("authorization", format!("bearer {token}")).body(Body::empty());
    assert_eq!(app.raw(request.unwrap()).await.status, StatusCode::OK, "the scheme has no case");
}

#[tokio::test]
async fn a_token_ends_after_thirty_minutes() {
    let app = TestApp::demo().await;
    let token = app.token("sam@lakeside.example").await;
    app.clock.advance(TimeDelta::seconds(30 * 60 - 1));
    assert_eq!(me(&app, &token).await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::seconds(1));
    assert_refused(&me(&app, &token).await, "token_expired");
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let app = TestApp::demo().await;
    let token = app.token("sam@lakeside.example").await;
    let mut claims = part(&token, 1);
    claims["role"] = json!("super_admin");
    let parts: Vec<&str> = token.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], encoded(&claims), parts[2]);
    assert_refused(&me(&app, &forged).await, "token_invalid");
}

#[tokio::test]
async fn no_other_algorithm_is_accepted() {
    let app = TestApp::demo().await;
    let token = app.token("sam@lakeside.example").await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let mut none = header.clone();
    none["alg"] = json!("none");
    assert_refused(&me(&app, &format!("{}.{}.", encoded(&none), encoded(&claims))).await, "token_malformed");
    // The classic: HS256 with the public key as the shared secret.
    let keys = app.send("GET", "/.well-known/jwks.json", None, None).await.json();
    let secret = keys["keys"][0]["n"].as_str().unwrap().as_bytes().to_vec();
    let confused = Header { kid: header["kid"].as_str().map(Into::into), ..Header::new(Algorithm::HS256) };
    let confused = encode(&confused, &claims, &EncodingKey::from_secret(&secret)).unwrap();
    assert_refused(&me(&app, &confused).await, "token_invalid");
}

#[tokio::test]
async fn audience_issuer_and_required_claims_are_checked() {
    let app = TestApp::demo().await;
    assert_eq!(me(&app, &signed(&app, json!({})).await).await.status, StatusCode::OK, "the probe itself works");
    for wrong in [json!({"aud": "somebody-else"}), json!({"iss": "somebody-else"}), json!({"aud": null})] {
        assert_refused(&me(&app, &signed(&app, wrong.clone()).await).await, "token_invalid");
    }
}

#[tokio::test]
async fn a_foreign_key_is_refused_with_and_without_our_key_id() {
    let app = TestApp::demo().await;
    let token = app.token("sam@lakeside.example").await;
    let foreign = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let pem = rsa::pkcs8::EncodePrivateKey::to_pkcs8_pem(&foreign, rsa::pkcs8::LineEnding::LF).unwrap();
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let ours = part(&token, 0)["kid"].as_str().unwrap().to_owned();
    for kid in [Some(ours), Some("x".repeat(43)), Some("other".into()), None] {
        let header = Header { kid, ..Header::new(Algorithm::RS256) };
        let forged = encode(&header, &part(&token, 1), &key).unwrap();
        assert_refused(&me(&app, &forged).await, "token_invalid");
    }
}

#[tokio::test]
async fn the_published_key_verifies_our_tokens() {
    let app = TestApp::demo().await;
    let token = app.token("maria@lakeside.example").await;
    let keys = app.send("GET", "/.well-known/jwks.json", None, None).await.json();
    let key = &keys["keys"][0];
    assert_eq!(key["kid"], part(&token, 0)["kid"]);
    assert!(key.get("d").is_none(), "only the public half");
    let (n, e) = (key["n"].as_str().unwrap(), key["e"].as_str().unwrap());
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.set_audience(&["auterity-api"]);
    let claims = decode::<Value>(&token, &DecodingKey::from_rsa_components(n, e).unwrap(), &rules).unwrap().claims;
    assert_eq!(claims["role"], "manager");
}

#[tokio::test]
async fn replicas_on_one_database_share_the_key() {
    let app = TestApp::demo().await;
    let state = &app.app.state;
    let other = auterity::auth::Service::new(state.db.clone(), state.clock.clone(), state.config.auth.clone());
    other.prepare().await.unwrap();
    let token = app.token("sam@lakeside.example").await;
    assert_eq!(other.verify(&token).await.unwrap().name, app.principal("sam@lakeside.example").await.name);
    assert_eq!(state.db.list_signing_keys().await.unwrap().len(), 1);
}
