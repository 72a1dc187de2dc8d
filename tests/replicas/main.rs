//! Several processes of the real binary on one PostgreSQL, with and without a Redis between them.
//!
//! They need `TEST_DATABASE_URL` (a server where databases may be made) and `redis-server`; without the first they say
//! that they were skipped.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod executions;
mod limits;
mod model;
mod notices;
mod servers;
mod streams;
