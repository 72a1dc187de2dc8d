//! The definition: what is valid, what is refused, and agreement with the official schema.
