//! What is found, on either engine; what comes into the knowledge base, and what does not.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod away;
mod contract;
mod documents;
mod edge_behind_grpc;
mod embedding;
mod folders;
mod report;
