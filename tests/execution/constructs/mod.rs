//! Each construct of the DSL in full, on the real engine.

mod emitting;
mod forks;
mod limits;
mod listening;
mod loops;
mod retries;
mod schemas;
