//! Who is meant: roles, teams, the owner of the record, the author, the customer, a person by name.

use super::Spanned;
use crate::planner::language::{Lexicon, Text};

/// The recipient that stands for the customer.
pub const CUSTOMER: &str = "customer";

/// People in `from..to`, in order; a longer name hides the shorter ones inside it.
#[must_use]
pub fn find(text: &Text, from: usize, to: usize, lexicon: &Lexicon) -> Vec<Spanned<String>> {
    let to = to.min(text.tokens.len());
    let mut all: Vec<Spanned<String>> = Vec::new();
    for person in &lexicon.people {
        for hit in lexicon.all(&person.compiled, &text.tokens, from, to) {
            all.push(Spanned { value: person.recipient.clone(), from: hit.from, to: hit.to });
        }
    }
    for i in from..to {
        if let Some(name) = name_at(text, i, lexicon) {
            all.push(Spanned { value: format!("user:{name}"), from: i, to: i + 1 });
        }
    }
    let width = |p: &Spanned<String>| p.to - p.from;
    let mut kept: Vec<Spanned<String>> = Vec::new();
    // one advisor is the record's own, the advisors are a team
    let unlike = |p: &Spanned<String>| {
        let plural = text.tokens[p.to - 1].text.ends_with('s');
        if plural { p.value == "record_owner" } else { p.value.starts_with("team:") }
    };
    all.sort_by_key(|p| (std::cmp::Reverse(width(p)), p.from, unlike(p), p.value == CUSTOMER));
    for person in all {
        if kept.iter().all(|k| person.to <= k.from || person.from >= k.to) {
            kept.push(person);
        }
    }
    kept.sort_by_key(|p| p.from);
    // "sales customers": a department before the customer says which customer
    let customers: Vec<usize> = kept.iter().filter(|p| p.value == CUSTOMER).map(|p| p.from).collect();
    kept.retain(|p| p.value == CUSTOMER || !customers.contains(&p.to));
    kept
}

/// A capital letter inside a sentence, on a word the lexicon does not know: a person of the store.
fn name_at(text: &Text, i: usize, lexicon: &Lexicon) -> Option<String> {
    let token = &text.tokens[i];
    let previous = i.checked_sub(1).and_then(|p| text.tokens.get(p))?;
    let written = text.raw.get(token.start..token.end)?;
    let inside = !previous.is_stop() && !previous.is(&["->", ":", "-"]);
    let shouted = written.chars().count() > 1 && written.chars().all(char::is_uppercase);
    let plain = token.text.chars().all(char::is_alphabetic) && token.text.len() > 2;
    (token.capital && inside && !shouted && plain && !lexicon.knows(&token.text)).then(|| token.text.clone())
}
