//! The two databases have one schema, and rows survive the round trip.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod rows;
mod schema;
