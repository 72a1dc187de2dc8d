//! The conversation: a turn of the agent from the user's message to the last event.
//!
//! [`turn`] decides and does nothing; [`driver`] does and decides nothing; [`recorder`] stores frames before it
//! publishes them, and [`writer`] those of all turns together; [`context`] is what a model gets to read; [`budget`] what
//! may be spent on it; [`service`] is what the edge calls; [`recovery`] ends turns whose process died.

pub mod asked;
mod basis;
pub mod budget;
mod cancel;
mod codes;
pub mod context;
pub mod driver;
pub mod ending;
pub mod error;
pub mod event;
mod head;
mod heartbeat;
pub mod honesty;
mod instructions;
pub mod language;
pub mod outcome;
pub mod patch;
pub mod recorder;
pub mod recovery;
mod requests;
pub mod service;
pub mod state;
pub mod turn;
mod unresolved;
pub mod writer;

pub use error::ChatError;
pub use service::{History, Parts, Service, StartTurn};
