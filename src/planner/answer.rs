//! Questions: answered from the draft or from what the search found. Never writes.

use super::parse::Parser;
use super::turn::{Reply, Turn};
use crate::workflow::describe::describe;
use crate::workflow::{Definition, Language};

/// A passage that was found.
pub struct Hit<'a> {
    /// Article or template id.
    pub document: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The passage.
    pub text: &'a str,
    /// It is close enough to what was asked to say something about it.
    pub close: bool,
    /// Where it holds; nothing where it holds everywhere.
    pub places: Vec<&'a str>,
    /// When a person last checked it; empty when nobody said.
    pub reviewed: &'a str,
}

/// What `search_knowledge` found in this turn.
pub fn hits<'a>(turn: &Turn<'a>) -> Vec<Hit<'a>> {
    let mut out: Vec<Hit<'a>> = Vec::new();
    for result in turn.results.iter().filter(|r| r.name == "search_knowledge") {
        for hit in result.result.get("hits").and_then(|h| h.as_array()).into_iter().flatten() {
            let text = |key: &str| hit.get(key).and_then(|v| v.as_str()).unwrap_or_default();
            if out.iter().all(|h| h.document != text("document")) {
                let places = hit.get("jurisdictions").and_then(|v| v.as_array()).into_iter().flatten();
                out.push(Hit {
                    document: text("document"),
                    title: text("title"),
                    text: text("text"),
                    close: hit.get("close").and_then(serde_json::Value::as_bool).unwrap_or(true),
                    places: places.filter_map(|place| place.as_str()).filter(|place| *place != "all").collect(),
                    reviewed: text("reviewed"),
                });
            }
        }
    }
    out
}

/// Whether the question is about the draft itself.
pub fn about_draft(parser: &Parser<'_>, turn: &Turn<'_>) -> bool {
    turn.draft.is_some() && parser.intent("explain", 0, parser.tokens().len()).is_some()
}

/// Whether the question is where a value of the draft comes from.
pub fn about_source(parser: &Parser<'_>, turn: &Turn<'_>) -> bool {
    turn.draft.is_some() && parser.intent("source", 0, parser.tokens().len()).is_some()
}

/// What `explain_value` said in this turn.
fn explained(turn: &Turn<'_>) -> Option<String> {
    let result = turn.results.iter().find(|result| result.name == "explain_value")?;
    let values = result.result.get("values")?.as_array()?;
    let sentences = values.iter().filter_map(|value| value.get("sentence")?.as_str());
    Some(sentences.map(|sentence| format!("{sentence}.")).collect::<Vec<_>>().join("\n"))
}

/// The answer.
pub fn answer(parser: &Parser<'_>, turn: &Turn<'_>, language: &str) -> Reply {
    let phrase = |key: &str| parser.lexicon.phrase(key, language);
    if about_source(parser, turn) {
        let text = explained(turn).unwrap_or_else(|| phrase("no_source").to_owned());
        return Reply { text, calls: Vec::new() };
    }
    if let Some(draft) = turn.draft.filter(|_| about_draft(parser, turn)) {
        return Reply { text: readback(parser, draft, language), calls: Vec::new() };
    }
    let found = hits(turn);
    let Some(first) = found.iter().find(|hit| hit.close) else {
        // no passage, no claim; with a draft on screen the question is taken to be about it
        let text = match turn.draft {
            Some(draft) => readback(parser, draft, language),
            None if unsearched(turn) => phrase("knowledge_away").to_owned(),
            None => phrase("no_knowledge").to_owned(),
        };
        return Reply { text, calls: Vec::new() };
    };
    let passage: String = first.text.chars().take(600).collect();
    let text = phrase("from_knowledge").replace("<title>", first.title).replace("<text>", passage.trim());
    Reply { text: format!("{text} [{}]{}", first.document, holds(parser, first, language)), calls: Vec::new() }
}

/// Whether the search could not be done at all.
fn unsearched(turn: &Turn<'_>) -> bool {
    let searches: Vec<_> = turn.results.iter().filter(|result| result.name == "search_knowledge").collect();
    !searches.is_empty() && searches.iter().all(|result| result.result.get("hits").is_none())
}

/// Where a passage holds and when a person last checked it, as a sentence on a line of its own.
fn holds(parser: &Parser<'_>, hit: &Hit<'_>, language: &str) -> String {
    let key = match (hit.places.is_empty(), hit.reviewed.is_empty()) {
        (true, true) => return String::new(),
        (true, false) => "passage_checked",
        (false, true) => "passage_holds",
        (false, false) => "passage_holds_checked",
    };
    let sentence = parser.lexicon.phrase(key, language);
    format!("\n\n{}", sentence.replace("<places>", &hit.places.join(", ")).replace("<date>", hit.reviewed))
}

/// The draft read back, in the asker's language.
fn readback(parser: &Parser<'_>, draft: &Definition, language: &str) -> String {
    let language = if language == "es" { Language::Es } else { Language::En };
    describe(draft, parser.catalog, language).to_text().trim().to_owned()
}
