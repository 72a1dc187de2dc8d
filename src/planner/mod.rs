//! The built-in offline planner: language in, tool calls and words out. It needs no key, is deterministic and pure.
//!
//! It works like any model with tools: it searches, writes or edits a draft, asks or declines, and closes with a text.
//! Inside it is a parser over data: [`language`] (words and patterns of `knowledge/lexicon/`), [`slots`] (times, amounts,
//! people), [`parse`] (a plan), [`compose`] (a definition), [`edit`] (operations on a draft).

mod answer;
mod clarify;
mod closing;
pub mod compose;
pub mod edit;
mod intent;
pub mod language;
pub mod mentions;
pub mod parse;
mod repair;
mod respond;
pub mod slots;
mod turn;
mod warn;

pub use intent::is_pure_question;
pub use mentions::{Mentions, lengths};
pub use respond::respond;
pub use turn::{Author, Reply, Setting, ToolCallOut, ToolOutcome, Turn, Utterance};
pub use warn::in_every_language as warning_in_every_language;
