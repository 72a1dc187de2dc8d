//! Workflows at run time: the interpreter, the engine under crashes, triggers, intake and stories.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../support/mod.rs"]
mod support;

mod clock;
mod constructs;
mod ctk;
mod durability;
mod intake;
mod interpreter;
mod kill;
mod lab;
mod main_story;
mod resume;
mod schedules;
mod templates;
