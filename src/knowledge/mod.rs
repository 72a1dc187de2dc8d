//! Retrieval: what ships and what a dealership adds, found by words (BM25) and, where a model is set, by meaning, in
//! Qdrant; handed out as citations.
//!
//! What is found may inform wording; it never acts. This room returns text and where it stands, nothing else.

mod chunk;
mod content;
pub mod embed;
mod extract;
pub mod folder;
mod fusion;
pub mod index;
pub mod library;
mod opening;
pub mod service;
mod tokens;
pub mod vector;
mod workflows;

pub use content::{Article, article, articles, shipped};
pub use fusion::{Place, fuse};
pub use opening::Kept;
pub use service::{Ask, Hit, KnowledgeError, Parts, Service, Why};

#[cfg(test)]
mod retrieval_tests;
