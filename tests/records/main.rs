//! The system of record, the contact law and the sandbox connectors.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod catalog;
mod harness;
mod http;
mod sandbox;
mod seed;
