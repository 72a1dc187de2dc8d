use auterity::model::Clock;
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

/// One row a way to forge or misuse a token. Each differs from a good one in one thing.
#[tokio::test]
async fn what_is_not_quite_our_token() {
    let app = TestApp::demo().await;
    let now = app.clock.now().timestamp();
    let good = app.token("sam@lakeside.example").await;
    let (header, claims, signature) = (part(&good, 0), part(&good, 1), good.rsplit('.').next().unwrap().to_owned());
    let pem = app.app.state.db.list_signing_keys().await.unwrap().remove(0).private_pem;
    let headed = |changes: Value| {
        let mut header = header.clone();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        format!("{}.{}.{signature}", encoded(&header), encoded(&claims))
    };
    let ours = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    let by = |algorithm: Algorithm, key: &EncodingKey, kid: Option<String>| {
        encode(&Header { kid, ..Header::new(algorithm) }, &claims, key).unwrap()
    };
    let hmac = EncodingKey::from_secret(pem.as_bytes());
    let long = signed(&app, json!({"name": "n".repeat(9000)})).await;
    let rows: Vec<(&str, String, &str)> = vec![
        ("alg none", headed(json!({"alg": "none"})), "token_malformed"),
        ("alg None", headed(json!({"alg": "None"})), "token_malformed"),
        ("no alg", headed(json!({"alg": null})), "token_malformed"),
        ("alg of another family", headed(json!({"alg": "ES256"})), "token_invalid"),
        ("HS256 with the private key's text", by(Algorithm::HS256, &hmac, Some(kid.clone())), "token_invalid"),
        ("RS512 by our own key", by(Algorithm::RS512, &ours, Some(kid.clone())), "token_invalid"),
        ("PS256 by our own key", by(Algorithm::PS256, &ours, Some(kid.clone())), "token_invalid"),
        ("no kid", by(Algorithm::RS256, &ours, None), "token_invalid"),
        ("a kid of nobody", by(Algorithm::RS256, &ours, Some("k".repeat(43))), "token_invalid"),
        ("a kid that is a path", by(Algorithm::RS256, &ours, Some("../../etc/passwd".into())), "token_invalid"),
        ("a kid that is SQL", by(Algorithm::RS256, &ours, Some("' or 1=1 --".into())), "token_invalid"),
        ("a key brought along", headed(json!({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}})), "token_invalid"),
        ("a key elsewhere", headed(json!({"jku": "https://evil.example/jwks.json"})), "token_invalid"),
        ("expired", signed(&app, json!({"exp": now - 1})).await, "token_expired"),
        ("expired just now", signed(&app, json!({"exp": now})).await, "token_expired"),
        ("not yet", signed(&app, json!({"nbf": now + 120})).await, "token_invalid"),
        ("made tomorrow", signed(&app, json!({"iat": now + 86_400})).await, "token_invalid"),
        ("exp that is text", signed(&app, json!({"exp": "never"})).await, "token_invalid"),
        ("exp missing", signed(&app, json!({"exp": null})).await, "token_invalid"),
        ("another audience", signed(&app, json!({"aud": "auterity-widget"})).await, "token_invalid"),
        ("another issuer", signed(&app, json!({"iss": "auterity2"})).await, "token_invalid"),
        ("no tenant", signed(&app, json!({"tenant": null})).await, "token_invalid"),
        ("a tenant that is no id", signed(&app, json!({"tenant": "tnt_'; drop table users"})).await, "token_invalid"),
        ("a role nobody has", signed(&app, json!({"role": "root"})).await, "token_invalid"),
        ("too long", long, "token_malformed"),
        ("no signature", format!("{}.", good.rsplit_once('.').unwrap().0), "token_invalid"),
        ("two parts", good.rsplit_once('.').unwrap().0.to_owned(), "token_malformed"),
        ("four parts", format!("{good}.x"), "token_malformed"),
        ("padded", format!("{good}="), "token_invalid"),
        ("a letter changed", flip(&good), "token_invalid"),
    ];
    for (what, token, code) in &rows {
        let answer = me(&app, token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {}", answer.text);
        assert_eq!(answer.code(), *code, "{what}");
    }
    assert_eq!(rows.len(), 30);
    let skewed = signed(&app, json!({"iat": now + 30, "nbf": now + 30})).await;
    assert_eq!(me(&app, &skewed).await.status, StatusCode::OK, "clocks of replicas differ a little");
    assert_eq!(me(&app, &good).await.status, StatusCode::OK);
}

/// The same token with another letter in the middle of its signature.
fn flip(token: &str) -> String {
    let at = token.len() - 100;
    let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}
