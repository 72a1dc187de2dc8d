//! Retrieved text cannot act: the rule, in code.
//!
//! A model reads templates, articles, records, comments and what it said itself; any of these may hold sentences that
//! read like orders. Which of them it followed cannot be known, so nobody asks. What is checked is the draft: each of
//! its **powers** (trigger, acting step, recipient, host or address, audience) needs a source that may give powers.
//!
//! A source that may give powers is
//! 1. **the author's own words**: any message of theirs in this conversation, read with the planner's lexicon. Passages
//!    they pasted (quoted, fenced, "she wrote: …") and characters nobody sees are not their words. A short yes adopts
//!    the words of the questions it answers;
//! 2. **what those words come to** when the built-in planner, which reads nothing else, drafts them;
//! 3. **the catalog's defaults**: actions that only look something up, steps that only hold back or write down (an
//!    approval, an entry in the compliance log), the owner of the record, the author, the record at hand and whom it names;
//! 4. **a template the author called by its name**;
//! 5. **the draft as it stands**: what was admitted before, or a person wrote by hand.
//!
//! A power without any of these is refused as soon as the conversation holds one [`Span`] of outside text: that text is
//! then the only thing it can come from, named outright or in whatever disguise. Before that it is the model's own
//! inference, which provenance shows and the author sees. An edit also must not take away what holds a workflow back
//! ([`Loss`]: approvals, guards, times, limits) unless the messages at hand ask for it.
//!
//! Kinds are checked, not counts: a second text to the same customer is the author's to see in the list of changes, and
//! the manager's to approve. Wording is free, except for addresses.

mod material;
mod refusal;
mod trusted;

use std::cell::LazyCell;

use crate::model::span::Span;
use crate::planner::Mentions;
use crate::workflow::losses::{Loss, empty_waits, losses};
use crate::workflow::powers::{Power, powers};
use crate::workflow::{Catalog, Definition};

pub use material::Material;
pub use refusal::{Refusal, Refused};
use trusted::Trusted;

/// Whether `new` may take the place of `old` (of nothing, without): what is refused, and which text asks for it.
///
/// # Errors
/// What has no source that may give it.
pub fn admit(material: &Material, old: Option<&Definition>, new: &Definition) -> Result<(), Refusal> {
    // the texts inside a draft that somebody else began are outside text as well
    if material.spans().is_empty() && old.is_none() {
        return Ok(());
    }
    // reading a conversation takes milliseconds; most edits only change wording and need none of it
    let trusted = LazyCell::new(|| Trusted::of(material));
    let catalog = Catalog::embedded();
    let standing = old.map(|old| powers(old, catalog)).unwrap_or_default();
    let mut refused: Vec<Refused> = Vec::new();
    for power in powers(new, catalog) {
        let known = standing.iter().any(|held| held.same_as(&power));
        let told = refused.iter().any(|other| matches!(other, Refused::Added(added) if added.same_as(&power)));
        if !known && !told && !trusted.gives(&power) {
            refused.push(Refused::Added(power));
        }
    }
    let taken = old.map(|old| losses(old, new)).unwrap_or_default();
    let anew = !taken.is_empty() && old.is_some_and(|old| trusted.begins_anew(old, new));
    refused.extend(taken.into_iter().filter(|loss| !anew && !trusted.allows(loss)).map(Refused::Taken));
    if old.is_none() {
        refused.extend(forgone(&trusted, new).map(Refused::Taken));
    }
    if refused.is_empty() { Ok(()) } else { Err(Refusal::new(refused, material)) }
}

/// Whether the draft may be taken back to an earlier revision: on the author's word only.
#[must_use]
pub fn may_undo(material: &Material) -> bool {
    Trusted::of(material).undoes()
}

/// What the author's words hold back and a first draft leaves out: the approval they ask for, and time itself.
fn forgone<'a>(trusted: &'a Trusted, new: &'a Definition) -> impl Iterator<Item = Loss> + 'a {
    let asks = new.all_tasks().iter().any(|task| task.text("call") == Some("request_approval"));
    let approval = (trusted.wants_approval() && !asks)
        .then(|| Loss::Step { what: "request_approval".to_owned(), pointer: "/do".to_owned() });
    let waits = empty_waits(new).into_iter().map(|pointer| Loss::Time { pointer, after: Some("PT0S".into()) });
    approval.into_iter().chain(waits.filter(|loss| !trusted.allows(loss)))
}

/// The newest of the spans whose words name a power: for telling the author where it came from.
fn naming<'a>(power: &Power, spans: &[(&'a Span, Mentions)]) -> Option<&'a Span> {
    spans.iter().find(|(span, words)| trusted::names(words, &span.text, power)).map(|(span, _)| *span)
}

#[cfg(test)]
#[path = "boundary_tests.rs"]
mod tests;
