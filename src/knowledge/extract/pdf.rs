//! PDF: the text of its pages, in the order they are read.

use lopdf::{DecompressError, Document, Error, LoadOptions};

use super::{Extracted, MAX_TEXT, Unreadable};
use crate::model::knowledge::FileKind;

/// Bytes one stream may unfold to.
const MAX_STREAM: usize = 16 * 1024 * 1024;
/// Pages at most.
const MAX_PAGES: usize = 2000;

fn why(error: &Error) -> Unreadable {
    match error {
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Unreadable::TooMuch,
        Error::InvalidPassword | Error::Decryption(_) => Unreadable::Encrypted,
        other => Unreadable::Damaged(other.to_string()),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Extracted, Unreadable> {
    let options = LoadOptions::with_max_decompressed_size(MAX_STREAM);
    let document = Document::load_mem_with_options(bytes, options).map_err(|error| why(&error))?;
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    if pages.is_empty() {
        let locked = document.is_encrypted();
        return Err(if locked { Unreadable::Encrypted } else { Unreadable::Damaged("it has no pages".into()) });
    }
    if pages.len() > MAX_PAGES {
        return Err(Unreadable::TooMuch);
    }
    let mut markdown = String::new();
    for page in pages {
        match document.extract_text_with_limit(&[page], MAX_STREAM) {
            Ok(text) => markdown.push_str(&text),
            Err(error) if document.is_encrypted() => {
                return Err(match why(&error) {
                    Unreadable::TooMuch => Unreadable::TooMuch,
                    _ => Unreadable::Encrypted,
                });
            }
            Err(error) => return Err(why(&error)),
        }
        markdown.push_str("\n\n");
        if markdown.len() > MAX_TEXT {
            return Err(Unreadable::TooMuch);
        }
    }
    Ok(Extracted { kind: FileKind::Pdf, title: None, markdown })
}
