//! execution

pub mod connectors;
