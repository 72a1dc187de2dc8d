//! The page, out of the binary: `chat-widget/dist` as it was when the binary was built.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use super::AppState;
use super::error::ApiError;

#[derive(rust_embed::RustEmbed)]
#[folder = "chat-widget/dist/"]
#[allow_missing = true]
struct Dist;

/// Files under `assets/` carry a hash of their content in their name: they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Auterity</title>\
     <h1>The page is not in this binary</h1><p>The server runs, and so does its interface: see <a href=\"/docs\">/docs</a>. \
     To have the page, build it and then the binary again:</p>\
     <pre>cd chat-widget\nnpm ci\nnpm run build\ncd ..\ntouch src/http/assets.rs\ncargo run -- serve --demo</pre></html>";

/// `/` and every file of the page; any other path stays a 404 problem.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(|request: Request| async move { index(&request) }))
        .route("/index.html", get(|request: Request| async move { index(&request) }))
        .fallback(|request: Request| async move { file(&request) })
        .layer(CompressionLayer::new())
}

fn index(request: &Request) -> Response {
    match Dist::get("index.html") {
        Some(found) => serve("index.html", found, request),
        None => {
            let mut response = (StatusCode::OK, NOT_BUILT).into_response();
            set(&mut response, header::CONTENT_TYPE, "text/html; charset=utf-8");
            set(&mut response, header::CACHE_CONTROL, "no-store");
            response
        }
    }
}

fn file(request: &Request) -> Response {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path().trim_start_matches('/');
    match Dist::get(path).filter(|_| readable) {
        Some(found) => serve(path, found, request),
        None => ApiError::not_found("page").into_response(),
    }
}

fn serve(path: &str, found: rust_embed::EmbeddedFile, request: &Request) -> Response {
    // Weak: the same file may go out compressed or not.
    let tag = format!("W/\"{}\"", &hex::encode(found.metadata.sha256_hash())[..32]);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let body = if fresh { Body::empty() } else { Body::from(found.data) };
    let mut response = Response::new(body);
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let cache = if path.starts_with("assets/") { FOREVER } else { "no-cache" };
    let text = found.metadata.mimetype();
    let kind = if text == "text/html" { "text/html; charset=utf-8" } else { text };
    set(&mut response, header::CONTENT_TYPE, kind);
    set(&mut response, header::CACHE_CONTROL, cache);
    set(&mut response, header::ETAG, &tag);
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
