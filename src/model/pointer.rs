//! JSON pointers (RFC 6901), in which every room names places of a document.

use std::borrow::Cow;

/// One part of a pointer, escaped (§3).
#[must_use]
pub fn escape(part: &str) -> Cow<'_, str> {
    if part.contains(['~', '/']) { part.replace('~', "~0").replace('/', "~1").into() } else { part.into() }
}

/// The part that [`escape`] made this of.
#[must_use]
pub fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
