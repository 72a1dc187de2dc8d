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
//! 5. **the draft as it stands**: what was admitted before, or a person wrote by hand;
//! 6. **documents that ship with the binary**, which nobody else could write in.
//!
//! What has none of these is the model's own inference or comes from a [`Span`] of outside text. Without any such text
//! it is an inference, which provenance shows and the author sees. With one, **whom** a draft reaches, **where** it
//! points, **whose** records it goes through and what moves money or access is refused: an order for these may hide in
//! any disguise. **What starts it** and its other steps, which can only do something about the record at hand and for
//! the people already named, and the records that a run by the calendar goes through, are refused when a span names
//! them, or when a span cannot be read through (`suspects.rs`): staff have more words for these than any lexicon. The
//! price: an order in words the lexicon does not know may add such a step, shown to the author as inferred.
//! An edit also must not take away what holds a workflow back ([`Loss`]: approvals, guards, times, limits) unless the
//! messages at hand ask for it.
//!
//! Kinds are checked, not counts: a second text to the same customer is the author's to see in the list of changes, and
//! the manager's to approve. Wording is free, except for addresses.

mod material;
mod refusal;
mod suspects;
mod trusted;

use std::cell::LazyCell;

use crate::workflow::losses::{Loss, empty_waits, losses};
use crate::workflow::powers::{PowerKind, powers};
use crate::workflow::{Catalog, Definition};

pub use material::Material;
pub use refusal::{Refusal, Refused};
use suspects::Suspects;
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
    let suspects = LazyCell::new(|| Suspects::of(material.spans()));
    let catalog = Catalog::embedded();
    let standing = old.map(|old| powers(old, catalog)).unwrap_or_default();
    let mut refused: Vec<Refused> = Vec::new();
    for power in powers(new, catalog) {
        let known = standing.iter().any(|held| held.same_as(&power));
        let told = refused.iter().any(|other| matches!(other, Refused::Added(added) if added.same_as(&power)));
        if known || told || trusted.gives(&power) {
            continue;
        }
        let implied = power.kind == PowerKind::Audience && trusted.runs_by_calendar();
        if suspects::weighs(&power) && !implied || suspects.may_ask_for(&power) {
            refused.push(Refused::Added(power));
        }
    }
    let taken = old.map(|old| losses(old, new)).unwrap_or_default();
    let anew = !taken.is_empty() && old.is_some_and(|old| trusted.begins_anew(old, new));
    refused.extend(taken.into_iter().filter(|loss| !anew && !trusted.allows(loss)).map(Refused::Taken));
    if old.is_none() {
        let approval = forgoes_approval(&trusted, new);
        refused.extend(approval.into_iter().chain(forgoes_time(&trusted, new)).map(Refused::Taken));
    }
    if refused.is_empty() { Ok(()) } else { Err(Refusal::new(refused, &suspects)) }
}

/// Whether the draft may be taken back to an earlier revision: on the author's word only.
#[must_use]
pub fn may_undo(material: &Material) -> bool {
    Trusted::of(material).undoes()
}

/// The approval that the author's words ask for and a first draft leaves out.
fn forgoes_approval(trusted: &Trusted, new: &Definition) -> Option<Loss> {
    let asks = new.all_tasks().iter().any(|task| task.text("call") == Some("request_approval"));
    (trusted.wants_approval() && !asks)
        .then(|| Loss::Step { what: "request_approval".to_owned(), pointer: "/do".to_owned() })
}

/// Waits of a first draft in which no time passes, unasked.
fn forgoes_time<'a>(trusted: &'a Trusted, new: &'a Definition) -> impl Iterator<Item = Loss> + 'a {
    let waits = empty_waits(new).into_iter().map(|pointer| Loss::Time { pointer, after: Some("PT0S".into()) });
    waits.filter(|loss| !trusted.allows(loss))
}

#[cfg(test)]
#[path = "boundary_tests.rs"]
mod tests;
