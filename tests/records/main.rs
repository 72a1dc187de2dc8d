//! The system of record, the contact law and the sandbox connectors.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod catalog;
mod contacts;
mod harness;
mod http;
mod live;
mod sandbox;
mod seed;
