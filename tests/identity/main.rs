//! Who may come in, who may do what, and what a body must look like; through the router.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod bodies;
mod cli;
mod login;
mod openapi;
mod page;
mod permissions;
mod refresh;
mod tokens;
