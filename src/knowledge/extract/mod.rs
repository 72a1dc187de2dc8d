//! A file in, Markdown out. What it is is told by its content, never by its name alone; nothing in it is run, fetched or
//! trusted; and everything that grows while it is read has a bound.

mod docx;
mod html;
mod pdf;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::model::knowledge::FileKind;

/// Bytes of text that a file may unfold to.
pub const MAX_TEXT: usize = 8 * 1024 * 1024;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// What it is.
    pub kind: FileKind,
    /// Its own title, where it has one outside of its text.
    pub title: Option<String>,
    /// Its text, with headings and paragraphs as Markdown has them.
    pub markdown: String,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is none of the kinds we read.
    #[error("the file is {0}, which cannot be read; send Markdown, text, HTML, PDF or DOCX")]
    Unsupported(&'static str),
    /// It needs a password.
    #[error("the file is protected by a password; save it without one")]
    Encrypted,
    /// It is damaged.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// It unfolds to more than any sane one.
    #[error("the file unfolds to more than {} MB", MAX_TEXT / 1024 / 1024)]
    TooMuch,
    /// Nothing in it is text.
    #[error("the file holds no text; a scan needs its text recognised first")]
    NoText,
}

impl Unreadable {
    /// Stable code, as clients see it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::Unsupported(_) => "file_unsupported",
            Self::Encrypted => "file_encrypted",
            Self::Damaged(_) => "file_damaged",
            Self::TooMuch => "file_unfolds_too_far",
            Self::NoText => "file_without_text",
        }
    }
}

/// Reads a file. Takes its time: run it off the async threads.
///
/// # Errors
/// [`Unreadable`], in words for whoever sent it.
pub fn extract(name: &str, bytes: &[u8]) -> Result<Extracted, Unreadable> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let mut extracted = match container(bytes)? {
        Some(FileKind::Pdf) => pdf::read(bytes)?,
        Some(_) => docx::read(bytes)?,
        None => text(name, &decoded(bytes)?)?,
    };
    extracted.markdown = clean(&extracted.markdown);
    if extracted.markdown.is_empty() {
        return Err(Unreadable::NoText);
    }
    Ok(extracted)
}

/// What is no text, by the bytes it begins with.
fn container(bytes: &[u8]) -> Result<Option<FileKind>, Unreadable> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    // a PDF may have some bytes before its header; a text may speak of one
    let head = &bytes[..bytes.len().min(1024)];
    let named = || head.windows(5).any(|window| window == b"%PDF-") && std::str::from_utf8(bytes).is_err();
    if begins(b"%PDF-") || named() {
        return Ok(Some(FileKind::Pdf));
    }
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return Ok(Some(FileKind::Docx));
    }
    if begins(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        // the old container of Office: a document under a password is kept in one, and so is a `.doc`
        let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let locked = bytes.windows(wide.len()).any(|window| window == wide);
        return Err(if locked { Unreadable::Encrypted } else { Unreadable::Unsupported("an old Office file") });
    }
    for (magic, what) in [
        (&b"\x89PNG"[..], "an image"),
        (b"\xFF\xD8\xFF", "an image"),
        (b"GIF8", "an image"),
        (b"RIFF", "a media file"),
        (b"\x1F\x8B", "a compressed file"),
        (b"7z\xBC\xAF", "a compressed file"),
        (b"Rar!", "a compressed file"),
        (b"\x7FELF", "a program"),
        (b"MZ", "a program"),
        (b"{\\rtf", "an RTF file"),
    ] {
        if begins(magic) {
            return Err(Unreadable::Unsupported(what));
        }
    }
    Ok(None)
}

/// Text in the encoding its first bytes name, else UTF-8, else what Windows wrote.
fn decoded(bytes: &[u8]) -> Result<String, Unreadable> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    if ![Some(UTF_16LE), Some(UTF_16BE)].contains(&marked) && bytes.contains(&0) {
        return Err(Unreadable::Unsupported("not text"));
    }
    let encoding = marked.unwrap_or_else(|| if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 });
    let (text, _, damaged) = encoding.decode(bytes);
    let strange = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    if damaged || strange * 100 > text.chars().count() {
        return Err(Unreadable::Unsupported("not text"));
    }
    Ok(text.into_owned())
}

fn text(name: &str, text: &str) -> Result<Extracted, Unreadable> {
    let start = text.trim_start().chars().take(200).collect::<String>().to_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let page = ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.starts_with(tag));
    if page || (["html", "htm", "xhtml"].contains(&ending.as_str()) && start.starts_with('<')) {
        return html::read(text);
    }
    let kind = if ["md", "markdown"].contains(&ending.as_str()) { FileKind::Markdown } else { FileKind::Text };
    Ok(Extracted { kind, title: None, markdown: text.replace("\r\n", "\n").replace('\r', "\n") })
}

/// Without characters that only hide something: controls, and what turns the direction of writing or takes no place.
fn clean(markdown: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
            || matches!(c, '\u{E0000}'..='\u{E007F}')
    };
    markdown.chars().filter(|&c| !hidden(c)).collect::<String>().trim().to_owned()
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
