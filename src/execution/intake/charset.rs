//! The text of a document in the encoding it is written in, which is not always the one it claims.
//!
//! Order of belief (RFC 7303 §3): the byte order mark, then the zero bytes of UTF-16, then the `charset` of the content
//! type, then what the document says of itself, then UTF-8. Two claims of senders are known to be wrong often enough
//! that the bytes decide: UTF-16 for bytes that are none (a program wrote the declaration before it chose an encoding),
//! and UTF-8 for Latin-1. A name with a `�` in it would be spoken to for years.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes looked at for the zeros of UTF-16.
const SAMPLE: usize = 64;
/// Longest XML declaration.
const MAX_DECLARATION: usize = 200;

/// Why the bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharsetError {
    /// A name no encoding has.
    #[error("the encoding `{0}` is not known; send UTF-8")]
    Unknown(String),
    /// Bytes that the encoding does not have.
    #[error("the document says it is {0}, but its bytes are not")]
    Malformed(&'static str),
}

/// Decodes a document; `content_type` is the header it came with.
///
/// # Errors
/// See [`CharsetError`].
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> Result<String, CharsetError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return exactly(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = zeros_of_utf16(bytes) {
        return exactly(encoding, bytes);
    }
    let claim = content_type.and_then(charset).or_else(|| declared(bytes)).or_else(|| mail_charset(bytes));
    let encoding = match claim {
        Some(name) => Encoding::for_label_no_replacement(name.as_bytes()).ok_or(CharsetError::Unknown(name))?,
        None => UTF_8,
    };
    if encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE {
        return exactly(encoding, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => exactly(WINDOWS_1252, bytes),
    }
}

fn exactly(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, CharsetError> {
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    decoded.map(std::borrow::Cow::into_owned).ok_or(CharsetError::Malformed(encoding.name()))
}

/// UTF-16 without a mark: markup is ASCII, so every other byte of its beginning is zero.
fn zeros_of_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, enough) = (zeros(0), zeros(1), sample.len() / 4);
    match (even > enough, odd > enough) {
        (true, false) if odd == 0 => Some(UTF_16BE),
        (false, true) if even == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// `charset` of a content type.
fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| label(value))
    })
}

/// `encoding` of the XML declaration, wherever it begins: a mail has headers before it.
fn declared(bytes: &[u8]) -> Option<String> {
    let start = find(bytes, b"<?xml")?;
    let rest = &bytes[start..bytes.len().min(start + MAX_DECLARATION)];
    let rest = &rest[..find(rest, b"?>")?];
    let rest = &rest[find(rest, b"encoding")?..];
    let open = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let value = &rest[open + 1..];
    let close = value.iter().position(|byte| *byte == rest[open])?;
    Some(label(&String::from_utf8_lossy(&value[..close])))
}

/// `charset=` in the headers of a mail, or in the head of an HTML one.
fn mail_charset(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..find(bytes, b"<adf").unwrap_or(bytes.len())];
    let rest = &head[find(head, b"charset=")? + 8..];
    let value: String = rest
        .iter()
        .map(|byte| char::from(*byte))
        .skip_while(|c| matches!(c, '"' | '\''))
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!value.is_empty()).then(|| label(&value))
}

/// What is shown of a name nobody knows.
fn label(name: &str) -> String {
    name.trim().chars().filter(char::is_ascii_graphic).take(40).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
#[path = "charset_tests.rs"]
mod tests;
