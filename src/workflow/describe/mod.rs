//! Definitions in plain language.

pub(super) mod words;
