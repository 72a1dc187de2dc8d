//! Crashes, and many at once.
//!
//! A real server process is killed at every effect boundary of a turn and of an execution, and started again on the same
//! data: nothing is lost, nothing is done twice. With `TEST_DATABASE_URL` on PostgreSQL, else on SQLite.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "the table of points and results is what the tests are for")]

#[path = "../support/mod.rs"]
mod support;

mod child;
mod execution;
mod keys;
mod matrix;
mod model;
mod product;
mod seed;
mod server;
mod together;
mod turn;
