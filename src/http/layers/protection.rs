//! What a browser is told not to do with an answer of ours. Every answer has these headers; a page that needs other
//! content rules (the page itself, `/docs`) gets them here too, so that all of it stands in one place.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::config::ServerConfig;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Data is not a document: nothing in it may load or run anything.
const DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";
/// Our page: its own scripts and styles, and no inline ones. Its files carry the hash of their content in their names.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'";
/// The browser of the interface writes styles into its document.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// The values that are the same for every answer of this server.
#[derive(Debug)]
pub struct Protection {
    data: HeaderValue,
    page: HeaderValue,
    docs: HeaderValue,
    framed: bool,
    https: bool,
}

impl Protection {
    /// As the settings have it.
    #[must_use]
    pub fn new(config: &ServerConfig) -> Arc<Self> {
        let ancestors =
            if config.frame_ancestors.is_empty() { "'none'".to_owned() } else { config.frame_ancestors.join(" ") };
        let policy = |rules: &str, ancestors: &str| {
            let text = format!("{rules}; frame-ancestors {ancestors}");
            HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
        };
        Arc::new(Self {
            data: policy(DATA, "'none'"),
            page: policy(PAGE, &ancestors),
            docs: policy(DOCS, "'none'"),
            framed: !config.frame_ancestors.is_empty(),
            https: config.https,
        })
    }

    fn protect(&self, path: &str, headers: &mut HeaderMap) {
        let html = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let docs = path == "/docs" || path.starts_with("/docs/");
        let policy = match (docs, html) {
            (true, _) => &self.docs,
            (false, true) => &self.page,
            (false, false) => &self.data,
        };
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        // Browsers that know `frame-ancestors` ignore this one; it cannot name whom it lets in.
        if !(self.framed && html && !docs) {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        if self.https {
            let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
        }
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (OPENER_POLICY, "same-origin"),
            (RESOURCE_POLICY, "same-origin"),
            (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        // What a person sees after signing in is nobody else's, on disk neither; files of the page say otherwise.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}

/// The layer.
pub async fn layer(State(protection): State<Arc<Protection>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    protection.protect(&path, response.headers_mut());
    response
}
