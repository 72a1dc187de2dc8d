//! The conversation: the agent endpoint with the built-in planner and with a scripted model, streams that break and go
//! on, turns that stop, and models that misbehave.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod agent;
mod budgets;
mod chat_command;
mod client;
mod conversation;
mod draft_command;
mod models;
mod planner;
mod script;
mod streams;
mod stuck;
#[path = "../support/mod.rs"]
mod support;
mod whole;
