//! Retrieval: the shipped articles and templates, found by words (BM25) in Qdrant, handed out as citations.
//!
//! What is found may inform wording; it never acts. This room returns text and where it stands, nothing else.

mod chunk;
mod content;
mod ingest;
pub mod service;
mod vector;

pub use content::{Article, article};
pub use service::{Hit, KnowledgeError, Service};

#[cfg(test)]
mod retrieval_tests;
