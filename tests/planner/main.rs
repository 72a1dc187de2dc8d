//! The offline planner through its public surface: requests in, tool calls and words out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod create;
mod decline;
mod edits;
mod examples;
mod support;
mod words;
