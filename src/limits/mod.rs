//! How often somebody may try. In process: each replica counts for itself.

pub mod failures;

pub use failures::FailurePause;
