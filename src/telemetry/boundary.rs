//! Effect boundaries: the last moment before something outside this process's memory changes, and the first after it.
//!
//! Each is a log line of level `trace` (`RUST_LOG=auterity::boundary=trace` shows where a turn or an execution stands).
//! What may happen between two of them is what a crash can tear apart, so the crash tests listen to this target and end
//! the process at a line of their choice. Nothing here can end anything: that listener is part of the tests.

/// The target of these lines.
pub const TARGET: &str = "auterity::boundary";

/// Says that work has come to `point`, named `<what>: before …` or `<what>: after …`.
pub fn reached(point: &'static str) {
    tracing::trace!(target: TARGET, point);
}
