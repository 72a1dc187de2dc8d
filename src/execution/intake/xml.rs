//! A lenient, bounded reader of XML: names in lower case, no namespaces, no entities but those of XML and HTML and
//! character references. Whoever calls has refused document types, so nothing can be defined and nothing expands.

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};

/// Largest document, in bytes.
pub(super) const MAX_BYTES: usize = 256 * 1024;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 4_000;

/// One element.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    undefined: bool,
    children: Vec<Node>,
}

impl Node {
    /// The first child with this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children with this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element with this name at any depth.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.children.iter().find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    /// Its text without the space around it and without what cannot be seen; `None` when that is empty.
    pub(super) fn text(&self) -> Option<String> {
        let text: String = self.text.chars().filter(|c| is_seen(*c)).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Whether its text referred to an entity that nobody defined; such a reference stands for nothing.
    pub(super) const fn has_undefined_entity(&self) -> bool {
        self.undefined
    }

    /// Text of the first child with this name.
    pub(super) fn child_text(&self, name: &str) -> Option<String> {
        self.all(name).find_map(Self::text)
    }

    /// An attribute, lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_lowercase()).filter(|value| !value.is_empty())
    }

    /// An attribute as it was written.
    pub(super) fn attribute_text(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        let seen = |value: &String| value.chars().filter(|c| is_seen(*c)).collect::<String>().trim().to_owned();
        found.map(|(_, value)| seen(value)).filter(|value| !value.is_empty())
    }
}

/// Reads a document as far as it can be read; the result is a root that holds the top elements. `None` when it is too
/// large, too deep, or has too many elements.
pub(super) fn read(text: &str) -> Option<Node> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = escape_bare_ampersands(text);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut open = vec![Node::default()];
    let mut nodes = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                nodes += 1;
                if open.len() > MAX_DEPTH || nodes > MAX_NODES {
                    return None;
                }
                open.push(element(&tag));
            }
            Ok(Event::Empty(tag)) => {
                nodes += 1;
                if nodes > MAX_NODES {
                    return None;
                }
                let node = element(&tag);
                if let Some(parent) = open.last_mut() {
                    parent.children.push(node);
                }
            }
            Ok(Event::End(tag)) => {
                let name = local_name(tag.name().as_ref());
                // Closes the nearest open element of that name; a stray end tag closes nothing.
                if let Some(at) = open.iter().skip(1).rposition(|node| node.name == name) {
                    while open.len() > at + 1 {
                        close(&mut open);
                    }
                }
            }
            Ok(Event::Text(part)) => push_text(&mut open, part.as_ref()),
            Ok(Event::CData(part)) => push_text(&mut open, part.as_ref()),
            Ok(Event::GeneralRef(entity)) => {
                let character = entity.resolve_char_ref().ok().flatten().map(|c| c.to_string());
                match character.as_deref().or_else(|| resolve_html5_entity(entity.as_ref())) {
                    Some(text) => push_text(&mut open, text),
                    None => {
                        if let Some(node) = open.last_mut() {
                            node.undefined = true;
                        }
                    }
                }
            }
            Ok(Event::Eof) => break,
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(_) => break, // what was read so far may still be a lead
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop()
}

/// Neither a control character but line ends and tabs, nor one that only turns or joins what stands around it.
fn is_seen(c: char) -> bool {
    let invisible =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !invisible && (!c.is_control() || matches!(c, '\n' | '\t'))
}

fn close(open: &mut Vec<Node>) {
    if let Some(done) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(done);
    }
}

fn push_text(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn local_name(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_lowercase()
}

fn element(tag: &BytesStart<'_>) -> Node {
    let name = local_name(tag.name().as_ref());
    let attributes = tag
        .html_attributes()
        .with_checks(false)
        .flatten()
        .map(|attribute| (local_name(attribute.key.as_ref()), unescape(attribute.value.as_ref())))
        .collect();
    Node { name, attributes, ..Node::default() }
}

/// Decodes the five entities of XML.
pub(super) fn unescape(text: &str) -> String {
    let decoded = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    decoded.replace("&nbsp;", " ").replace("&amp;", "&")
}

/// `AT&T` is no entity reference, though many senders write it so.
fn escape_bare_ampersands(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let end = after.char_indices().skip(1).take(10).find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '#'));
        let is_reference = matches!(end, Some((length, ';')) if length > 1);
        out.push_str(if is_reference { "&" } else { "&amp;" });
        rest = &after[1..];
    }
    out.push_str(rest);
    out
}
