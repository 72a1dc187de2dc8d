//! The conversation: a turn of the agent from the user's message to the last event.
//!
//! [`turn`] decides and does nothing; [`driver`] does and decides nothing; [`recorder`] stores frames before it
//! publishes them; [`service`] is what the edge calls; [`recovery`] ends turns whose process died.

pub mod asked;
mod basis;
mod cancel;
pub mod context;
pub mod driver;
pub mod error;
pub mod event;
pub mod honesty;
pub mod language;
pub mod outcome;
pub mod patch;
pub mod recorder;
pub mod recovery;
pub mod service;
pub mod state;
pub mod turn;

pub use error::ChatError;
pub use service::{History, Parts, Service, StartTurn};
