//! What an ADF document comes in: nothing, a mail, an HTML mail that shows the markup, quoted-printable.

use super::adf_error::AdfError;
use super::{charset, xml};

/// Takes the ADF document, from `<adf` to its end tag, out of what was sent.
///
/// A document without its end is refused: it was cut on the way, its sender can send it whole, and a lead taken from
/// half of it could not be told from the whole one later.
pub(super) fn open(body: &[u8], content_type: Option<&str>) -> Result<String, AdfError> {
    let mut text = charset::decode(body, content_type)?;
    if is_quoted_printable(&text.to_ascii_lowercase()) {
        text = charset::decode(&decode_quoted_printable(&text), None)?;
    }
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<adf") && lower.contains("&lt;adf") {
        text = xml::unescape(&text);
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains("<!entity") || declares_a_type(&lower) {
        return Err(AdfError::Doctype);
    }
    let start = lower.find("<adf").ok_or(AdfError::NoProspect)?;
    let end = lower.rfind("</adf").and_then(|at| lower[at..].find('>').map(|length| at + length + 1));
    let end = end.filter(|end| *end > start).ok_or(AdfError::Truncated)?;
    text.truncate(end);
    Ok(text.split_off(start))
}

/// Any document type but the one every HTML mail begins with.
fn declares_a_type(lower: &str) -> bool {
    lower.match_indices("<!doctype").any(|(at, found)| {
        let name: String =
            lower[at + found.len()..].trim_start().chars().take_while(char::is_ascii_alphanumeric).collect();
        name != "html"
    })
}

/// Markup has equals signs, and quoted-printable writes every one of them as `=3D`.
fn is_quoted_printable(lower: &str) -> bool {
    let soft_breaks = lower.contains("=\n") || lower.contains("=\r\n");
    let plain = lower.contains("=\"") || lower.contains("='");
    lower.contains("quoted-printable") || lower.contains("=3d\"") || lower.contains("=3d'") || (soft_breaks && !plain)
}

fn decode_quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "").replace("=\n", "");
    let bytes = joined.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'=').then(|| bytes.get(at + 1..at + 3)).flatten();
        let decoded =
            code.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match decoded {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}
