//! Model providers that do everything wrong that can be done wrong: each answer ends in one outcome, within its time,
//! with the connection closed or ready for the next request.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod asking;
mod dialects;
mod fallback;
mod faults;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod upstream;
