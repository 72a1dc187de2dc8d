//! DOCX (ECMA-376): the paragraphs of `word/document.xml`, with the styles of headings.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::{Extracted, MAX_TEXT, Unreadable};
use crate::model::knowledge::FileKind;

/// Where the text is.
const DOCUMENT: &str = "word/document.xml";
/// Bytes of XML a document may have: marks take several times the room of the text.
const MAX_XML: u64 = 4 * MAX_TEXT as u64;
/// Files a container may have.
const MAX_FILES: usize = 10_000;

fn damaged(error: impl std::fmt::Display) -> Unreadable {
    Unreadable::Damaged(error.to_string())
}

pub(super) fn read(bytes: &[u8]) -> Result<Extracted, Unreadable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_FILES {
        return Err(Unreadable::TooMuch);
    }
    let file = match archive.by_name(DOCUMENT) {
        Ok(file) if file.encrypted() => return Err(Unreadable::Encrypted),
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Err(Unreadable::Unsupported("a ZIP file that is no DOCX")),
        Err(ZipError::UnsupportedArchive(reason)) if reason.contains("assword") => return Err(Unreadable::Encrypted),
        Err(error) => return Err(damaged(error)),
    };
    // what the container says of sizes is not believed
    let mut xml = Vec::new();
    file.take(MAX_XML + 1).read_to_end(&mut xml).map_err(damaged)?;
    if xml.len() as u64 > MAX_XML {
        return Err(Unreadable::TooMuch);
    }
    Ok(Extracted { kind: FileKind::Docx, title: None, markdown: paragraphs(&xml)? })
}

/// A paragraph on the way.
#[derive(Default)]
struct Paragraph {
    text: String,
    /// Level of its heading; 0 for none.
    level: usize,
    list: bool,
}

fn paragraphs(xml: &[u8]) -> Result<String, Unreadable> {
    let xml = std::str::from_utf8(xml).map_err(damaged)?;
    let mut reader = Reader::from_str(xml);
    let (mut markdown, mut paragraph) = (String::new(), Paragraph::default());
    let (mut in_text, mut deleted, mut row) = (false, 0_usize, None::<Vec<String>>);
    loop {
        match reader.read_event().map_err(damaged)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "t" => in_text = deleted == 0,
                "del" => deleted += 1,
                "tr" => row = Some(Vec::new()),
                _ => {}
            },
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "pStyle" => style(&tag, &mut paragraph),
                "numPr" => paragraph.list = true,
                "tab" => paragraph.text.push('\t'),
                "br" | "cr" => paragraph.text.push('\n'),
                _ => {}
            },
            Event::Text(text) if in_text => paragraph.text.push_str(&text),
            Event::GeneralRef(reference) if in_text => {
                let named = format!("&{};", &*reference);
                let found = quick_xml::escape::unescape(&named).map_err(damaged)?.into_owned();
                paragraph.text.push_str(&found);
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => in_text = false,
                "del" => deleted = deleted.saturating_sub(1),
                "p" => {
                    let done = std::mem::take(&mut paragraph);
                    match &mut row {
                        Some(cells) => cells.push(done.text.replace('\n', " ")),
                        None => write(&mut markdown, &done),
                    }
                }
                "tr" => {
                    if let Some(cells) = row.take() {
                        markdown.push_str(&format!("| {} |\n", cells.join(" | ")));
                    }
                }
                "tbl" => markdown.push('\n'),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        if markdown.len() + paragraph.text.len() > MAX_TEXT {
            return Err(Unreadable::TooMuch);
        }
    }
    Ok(markdown)
}

fn write(markdown: &mut String, paragraph: &Paragraph) {
    let text = paragraph.text.trim();
    if text.is_empty() {
        return;
    }
    let mark = match paragraph.level {
        0 if paragraph.list => "- ".to_owned(),
        0 => String::new(),
        level => format!("{} ", "#".repeat(level)),
    };
    markdown.push_str(&format!("{mark}{text}\n\n"));
}

/// `Title`, `Heading2`, `heading 2`.
fn style(tag: &BytesStart<'_>, paragraph: &mut Paragraph) {
    let named = tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == "val");
    let name = named.map(|attribute| attribute.value.to_lowercase()).unwrap_or_default();
    if name == "title" {
        paragraph.level = 1;
    } else if let Some(level) = name.strip_prefix("heading") {
        paragraph.level = level.trim().parse().unwrap_or(2).clamp(1, 6);
    } else if name.starts_with("list") {
        paragraph.list = true;
    }
}
