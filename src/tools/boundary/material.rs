//! Who said what in a conversation: the author's own words, and everything else that a model got to read.

use serde_json::Value;

use crate::knowledge;
use crate::model::MessageId;
use crate::model::conversation::{Message, Role};
use crate::model::span::{Origin, Span};
use crate::planner::language::Lexicon;
use crate::workflow::powers::visible;
use crate::workflow::provenance::{Evidence, Words};
use crate::workflow::template;

/// Words in quotation marks from this many on are somebody's passage; fewer are a name or a term.
const PASSAGE: usize = 5;
/// A reply of at most so many words may be a plain yes.
const SHORT: usize = 6;

/// What a conversation holds, by who it is from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Material {
    said: Vec<Words>,
    at_hand: Vec<String>,
    spans: Vec<Span>,
    beside: usize,
    passages: Vec<(String, String)>,
}

impl Material {
    /// Reads a conversation, oldest first. `kept` is what came in beside its messages.
    #[must_use]
    pub fn of(messages: &[Message], kept: Vec<Span>) -> Self {
        let mut found = Self { beside: kept.len(), spans: kept, ..Self::default() };
        let mut asked: Vec<String> = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            match message.role {
                Role::User => {
                    let (own, pasted) = apart(&message.content);
                    found.spans.extend(pasted);
                    found.hear(&message.id, &own, std::mem::take(&mut asked));
                }
                Role::Assistant => {
                    asked.extend(closing_question(&message.content));
                    if !message.content.trim().is_empty() {
                        found.note(Origin::Assistant, "", &message.content);
                    }
                }
                Role::Tool => {
                    let call = message.tool_call_id.as_deref().unwrap_or_default();
                    let calls = messages[..at].iter().rev().flat_map(|message| &message.tool_calls);
                    if let Some(call) = calls.into_iter().find(|made| made.id == call) {
                        found.answered(&call.name, &message.content);
                        if call.name == "ask" {
                            asked.extend(questions(&call.arguments));
                        }
                    }
                }
            }
        }
        found
    }

    /// Notes what a tool answered; the answers of our own that only repeat the draft or the catalog are no new text.
    pub fn answered(&mut self, tool: &str, content: &str) {
        let answer: Value = serde_json::from_str(content).unwrap_or_else(|_| Value::from(content));
        match tool {
            "search_templates" | "search_knowledge" => {
                let origin = if tool == "search_templates" { Origin::Template } else { Origin::Knowledge };
                let hits = answer.get("hits").and_then(Value::as_array);
                for hit in hits.into_iter().flatten() {
                    let field = |key: &str| hit.get(key).and_then(Value::as_str).unwrap_or_default();
                    if !ships(field("document"), field("text")) {
                        self.note(origin, field("title"), field("text"));
                    }
                    self.passages.push((field("document").to_owned(), field("text").to_owned()));
                }
                for own in answer.get("approved_here").and_then(Value::as_array).into_iter().flatten() {
                    self.note(origin, "", own.get("title").and_then(Value::as_str).unwrap_or_default());
                }
                if hits.is_none() {
                    self.note(origin, "", content);
                }
            }
            "write_workflow" | "edit_workflow" | "undo_edit" => {
                if answer.get("error").is_none() {
                    // what was at hand has been done
                    self.at_hand.clear();
                }
            }
            "find_actions" | "explain_value" | "ask" | "decline" | "submit_for_approval" => {}
            other => self.note(Origin::Tool, other, content),
        }
    }

    /// Notes a text from outside.
    pub fn note(&mut self, origin: Origin, label: &str, text: &str) {
        self.spans.push(Span { origin, label: label.to_owned(), text: text.to_owned() });
    }

    fn hear(&mut self, message: &MessageId, own: &str, asked: Vec<String>) {
        let mut words = vec![own.to_owned()];
        if agrees(own) {
            words.extend(asked);
        }
        self.at_hand.extend(words.iter().cloned());
        self.said.extend(words.into_iter().map(|text| Words { message: Some(message.clone()), text }));
    }

    /// The author's own words, oldest first.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        self.said.iter().map(|words| words.text.as_str()).collect()
    }

    /// What the sources of values are checked against: these words, and the passages that were really read.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence { said: self.said.clone(), passages: self.passages.clone() }
    }

    /// Those since the draft last changed.
    #[must_use]
    pub fn at_hand(&self) -> &[String] {
        &self.at_hand
    }

    /// What came in beside the messages: the model is shown it apart from them.
    #[must_use]
    pub fn beside(&self) -> &[Span] {
        self.spans.get(..self.beside).unwrap_or_default()
    }

    /// Everything else that was read.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// The author's own words, and the passages of others among them.
fn apart(text: &str) -> (String, Vec<Span>) {
    let text = visible(text);
    let mut own = String::new();
    let mut pasted: Vec<Span> = Vec::new();
    let mut keep = |passage: &str| {
        if !passage.trim().is_empty() {
            pasted.push(Span { origin: Origin::Quoted, label: String::new(), text: passage.trim().to_owned() });
        }
    };
    let (mut fenced, mut reported) = (false, false);
    for line in text.lines() {
        let bare = line.trim();
        let fence = bare.starts_with("```");
        if bare.is_empty() {
            reported = false;
        }
        if fence || fenced || reported || bare.starts_with('>') {
            fenced ^= fence;
            keep(bare.trim_matches(['`', '>']));
            continue;
        }
        reported = introduces(bare);
        own.push_str(&unquoted(line, &mut keep));
        own.push('\n');
    }
    (own.trim().to_owned(), pasted)
}

/// Whether these are words of a document that ships with the binary: nobody but its makers could put any there.
fn ships(document: &str, text: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let described = template::embedded().iter().find(|template| template.id == document);
    let whole = described.map(|template| template.description.clone());
    let whole =
        whole.or_else(|| knowledge::article(document).map(|article| format!("{}{}", article.title, article.body)));
    whole.is_some_and(|whole| bare(&whole).contains(&bare(text)))
}

/// "The customer wrote:" at the end of a line: what follows is theirs.
fn introduces(line: &str) -> bool {
    let says = &Lexicon::embedded().powers.reporting;
    let lower = line.to_lowercase();
    line.ends_with(':') && lower.split(|c: char| !c.is_alphabetic()).any(|word| says.contains(word))
}

/// A line without what stands in quotation marks, when that is a passage.
fn unquoted(line: &str, keep: &mut impl FnMut(&str)) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(open) = rest.find(['"', '“', '«', '„']) {
        let mark = rest[open..].chars().next().unwrap_or('"');
        let inside = &rest[open + mark.len_utf8()..];
        let close = match mark {
            '"' => inside.find('"'),
            '«' => inside.find('»'),
            _ => inside.find(['”', '“', '"']),
        };
        let Some(close) = close else { break };
        let passage = &inside[..close];
        let after = &inside[close..];
        let after = &after[after.chars().next().map_or(0, char::len_utf8)..];
        out.push_str(&rest[..open]);
        if passage.split_whitespace().count() >= PASSAGE {
            keep(passage);
            out.push(' ');
        } else {
            out.push_str(passage);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether a message only agrees, or chooses among what was asked.
fn agrees(text: &str) -> bool {
    let powers = &Lexicon::embedded().powers;
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| powers.refusing.contains(*word)) {
        return false;
    }
    let yes = words.len() <= SHORT && words.first().is_some_and(|word| powers.agreeing.contains(*word));
    yes || words.len() <= 3 && words.iter().any(|word| powers.choosing.contains(*word))
}

/// Questions of an `ask`, with their choices.
fn questions(arguments: &str) -> Vec<String> {
    let asked: Value = serde_json::from_str(arguments).unwrap_or_default();
    let list = asked.get("questions").and_then(Value::as_array);
    let mut out = Vec::new();
    for question in list.into_iter().flatten() {
        let choices = question.get("choices").and_then(Value::as_array);
        let choices = choices.into_iter().flatten().filter_map(Value::as_str);
        out.extend(question.get("text").and_then(Value::as_str).into_iter().chain(choices).map(str::to_owned));
    }
    out
}

/// The question an answer ends with: its last sentence.
fn closing_question(text: &str) -> Option<String> {
    let text = text.trim();
    let body = text.strip_suffix('?')?;
    let from = body.rfind(['.', '!', '?', '\n', ':']).map_or(0, |at| at + 1);
    Some(body.get(from..).unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
#[path = "material_tests.rs"]
mod tests;
