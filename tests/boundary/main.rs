//! Retrieved text cannot act. Seventy-two cases: six ways in which text of others enters a conversation, twelve attacks
//! such text may carry, and a scripted model that obeys every one of them. None gets through; and when the author says
//! the same thing in their own words, all of it passes.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod cases;
mod clean;
#[path = "../chat/client.rs"]
#[expect(dead_code, reason = "shared with the tests of the conversation")]
mod client;
mod conversation;
#[path = "../chat/script.rs"]
#[expect(dead_code, reason = "shared with the tests of the conversation")]
mod script;
#[path = "../support/mod.rs"]
mod support;
mod together;
