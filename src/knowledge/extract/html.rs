//! HTML: what a reader sees of it, by the tokenizer of the HTML standard. No tree is built, so nothing nests too deep.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::{Extracted, MAX_TEXT, Unreadable};
use crate::model::knowledge::FileKind;

/// Elements whose content nobody sees.
const UNSEEN: [&str; 9] = ["script", "style", "noscript", "template", "svg", "head", "iframe", "object", "select"];
/// Elements that begin on a line of their own.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "thead",
    "ul",
];

#[derive(Debug, Default)]
struct Page {
    title: String,
    text: String,
    in_title: bool,
    /// Elements of [`UNSEEN`] that are open, the outermost first.
    unseen: Vec<String>,
    /// Written for a reader's eyes to skip: `hidden`, `display:none`. How many elements of its name are open in it.
    hidden: Option<(String, usize)>,
    too_much: bool,
}

struct Sink(RefCell<Page>);

impl Page {
    fn seen(&self) -> bool {
        self.unseen.is_empty() && self.hidden.is_none()
    }

    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() > MAX_TEXT {
            self.too_much = true;
        } else {
            self.text.push_str(text);
        }
    }

    fn characters(&mut self, characters: &str) {
        if self.in_title {
            self.title.extend(characters.chars().take(300usize.saturating_sub(self.title.len())));
        } else if self.seen() {
            // line breaks of the source mean nothing; paragraphs are told by their elements
            let mut words = characters.split_whitespace();
            if characters.starts_with(char::is_whitespace) && !self.text.ends_with(char::is_whitespace) {
                self.push(" ");
            }
            if let Some(first) = words.next() {
                self.push(first);
                for word in words {
                    self.push(" ");
                    self.push(word);
                }
                if characters.ends_with(char::is_whitespace) {
                    self.push(" ");
                }
            }
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        let opens = tag.kind == TagKind::StartTag;
        if name == "title" {
            self.in_title = opens && self.title.is_empty();
            return if opens { TokenSinkResult::RawData(RawKind::Rcdata) } else { TokenSinkResult::Continue };
        }
        self.hide(tag, name, opens);
        if UNSEEN.contains(&name) && !tag.self_closing {
            match (opens, self.unseen.iter().rposition(|open| open == name)) {
                // nested deeper than any page is: what is inside stays unseen
                (true, _) if self.unseen.len() < 100 => self.unseen.push(name.to_owned()),
                (false, Some(at)) => self.unseen.truncate(at),
                (true, _) | (false, None) => {}
            }
        }
        if opens && name == "body" {
            self.unseen.retain(|open| open != "head");
        }
        if self.seen() {
            self.layout(name, opens);
        }
        match (opens, name) {
            (true, "script") => TokenSinkResult::RawData(RawKind::ScriptData),
            (true, "style" | "iframe" | "noscript" | "noembed" | "noframes" | "xmp") => {
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            (true, "textarea") => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

    fn hide(&mut self, tag: &Tag, name: &str, opens: bool) {
        const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "source", "wbr"];
        match &mut self.hidden {
            Some((hidden, depth)) if hidden == name && !tag.self_closing => {
                *depth = if opens { *depth + 1 } else { *depth - 1 };
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            None if opens && !tag.self_closing && !VOID.contains(&name) => {
                let unseen = tag.attrs.iter().any(|attribute| {
                    let value: String = attribute.value.chars().filter(|c| !c.is_whitespace()).collect();
                    match &*attribute.name.local {
                        "hidden" => true,
                        "style" => {
                            let value = value.to_lowercase();
                            value.contains("display:none") || value.contains("visibility:hidden")
                        }
                        _ => false,
                    }
                });
                if unseen {
                    self.hidden = Some((name.to_owned(), 1));
                }
            }
            Some(_) | None => {}
        }
    }

    fn layout(&mut self, name: &str, opens: bool) {
        match (name, opens) {
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => {
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.push(&format!("\n\n{} ", "#".repeat(level)));
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => self.push("\n\n"),
            ("li", true) => self.push("\n- "),
            ("tr", true) => self.push("\n| "),
            ("td" | "th", false) => self.push(" | "),
            ("br", true) => self.push("\n"),
            (block, _) if BLOCKS.contains(&block) => self.push("\n\n"),
            _ => {}
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => page.tag(&tag),
            Token::CharacterTokens(characters) => {
                page.characters(&characters);
                TokenSinkResult::Continue
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => TokenSinkResult::Continue,
        }
    }
}

pub(super) fn read(text: &str) -> Result<Extracted, Unreadable> {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(text));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    drop(tokenizer.feed(&input));
    tokenizer.end();
    let page = tokenizer.sink.0.into_inner();
    if page.too_much {
        return Err(Unreadable::TooMuch);
    }
    let title = page.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = (!title.is_empty()).then_some(title);
    Ok(Extracted { kind: FileKind::Html, title, markdown: tidy(&page.text) })
}

/// Lines without the space around them, and no more than one empty one in a row.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines().map(str::trim) {
        let heading = line.trim_matches('#').is_empty() && !line.is_empty();
        if heading || (line.is_empty() && empty) {
            continue;
        }
        empty = line.is_empty();
        tidied.push_str(line);
        tidied.push('\n');
    }
    tidied
}
