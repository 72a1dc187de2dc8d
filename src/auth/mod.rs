//! Who is asking, and what they may do.

pub mod principal;

pub use principal::{Permission, Principal};
