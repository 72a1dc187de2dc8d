//! The two databases have one schema, rows survive the round trip, statements use indexes, and lists have pages.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod events;
mod openings;
mod paging;
mod plans;
mod recorder;
mod rows;
mod schema;
mod tour;
mod volume;
