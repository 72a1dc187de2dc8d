//! execution

pub mod connectors;
pub mod recipients;
