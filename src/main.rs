//! The binary: one runtime, one command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    auterity::cli::run().await
}
