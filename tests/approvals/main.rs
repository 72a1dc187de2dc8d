//! Drafts, decisions, versions and the audit log, through the router.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod decisions;
mod drafts;
mod input;
mod lifecycle;
mod panel;
mod pauses;
mod questions;
mod races;
mod requests;
mod story;
mod transitions;
