//! The embedded engine: executions run from the app's own database, by turns.
//!
//! A turn begins with a claim (lease and epoch), replays the journal from the top and goes on until everything blocks;
//! then nothing of the execution stays in memory. It wakes by a timer (`wake_at`, engine time), by an event that one of
//! its subscriptions matches, or by a person. Notices only make that fast: every loop also looks by itself each second.

mod book;
mod branches;
mod engine;
mod hold;
mod listening;
mod parts;
mod paused;
mod replay;
mod steps;
mod turn;
mod writer;

pub use engine::Engine;
pub use parts::EngineParts;
pub use paused::Paused;
pub use turn::JournalContext;
pub use writer::Writer;
