//! What somebody sends who means us harm, or has a broken program: every answer is a clear refusal, and nothing of one
//! dealership is ever seen or changed by another.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod bodies;
mod browsers;
mod leads;
mod senders;
mod slow;
mod streams;
mod walk;
