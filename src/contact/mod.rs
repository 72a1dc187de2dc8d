//! The contact law: may this person be contacted on this channel for this purpose, now, later, or not at all.
//!
//! Pure: what is on file, the hour and the history come in as values; the rules are data in `knowledge/rules`.

pub mod consent;
pub mod decide;
pub mod hours;
pub mod opt_out;
pub mod reason;
pub mod rules;

pub use consent::{Channel, ConsentEntry, OnFile, Purpose};
pub use decide::{Attempt, ContactRequest, Verdict, decide};
pub use hours::{Place, places};
pub use opt_out::{Heard, Scope};
pub use reason::{Basis, Reason};
pub use rules::{Rules, RulesError};

#[cfg(test)]
#[path = "contact_tests.rs"]
mod tests;
