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
}

/// What `search_knowledge` found in this turn.
pub fn hits<'a>(turn: &Turn<'a>) -> Vec<Hit<'a>> {
    let mut out: Vec<Hit<'a>> = Vec::new();
    for result in turn.results.iter().filter(|r| r.name == "search_knowledge") {
        for hit in result.result.get("hits").and_then(|h| h.as_array()).into_iter().flatten() {
            let text = |key: &str| hit.get(key).and_then(|v| v.as_str()).unwrap_or_default();
            if out.iter().all(|h| h.document != text("document")) {
                out.push(Hit { document: text("document"), title: text("title"), text: text("text") });
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
    let Some(first) = found.first() else {
        if let Some(draft) = turn.draft {
            return Reply { text: readback(parser, draft, language), calls: Vec::new() };
        }
        return Reply { text: phrase("no_knowledge").to_owned(), calls: Vec::new() };
    };
    let passage: String = first.text.chars().take(600).collect();
    let text = phrase("from_knowledge").replace("<title>", first.title).replace("<text>", passage.trim());
    Reply { text: format!("{text} [{}]", first.document), calls: Vec::new() }
}

/// The draft read back, in the asker's language.
fn readback(parser: &Parser<'_>, draft: &Definition, language: &str) -> String {
    let language = if language == "es" { Language::Es } else { Language::En };
    describe(draft, parser.catalog, language).to_text().trim().to_owned()
}
