//! The command line: arguments only, and one short function a command.

pub mod audit;
mod banner;
mod chat;
mod draft;
mod ingest;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::app::App;
use crate::config::Config;
use crate::{http, telemetry, workflow};

/// Conversational automation for car dealerships.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// Settings file (TOML); see `auterity config show`.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve {
        /// Seed a sample dealer group and allow the engine's clock to be moved.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database schema up to date.
    Migrate,
    /// Look at the settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look after the audit log.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// Bring what is searched in line with what ships, or with a folder of a dealership's own files.
    Ingest(ingest::IngestArguments),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the page of diagnostic codes.
    Diagnostics,
    /// Turn requests into drafts, without a server.
    Draft(draft::DraftArguments),
    /// Talk with the assistant in the terminal.
    Chat(chat::ChatArguments),
    /// Manage who may sign in.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the settings and connect to what they name.
    Check,
    /// Print the settings in force, secrets hidden.
    Show,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user, and their dealership when there is none of that name yet.
    Create(user::CreateUser),
}

/// Runs one command.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a failed command goes to the terminal")]
fn report(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

#[expect(clippy::print_stdout, reason = "a command's answer goes to the terminal")]
fn say(text: &str) {
    println!("{text}");
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(cli.config.as_deref())?;
    telemetry::init(&config.telemetry);
    match cli.command {
        Command::Serve { demo } => serve(config, demo).await?,
        Command::Migrate => {
            App::build(config, false).await?;
            say("the schema is up to date");
        }
        Command::Config { command: ConfigCommand::Check } => {
            let app = App::build(config, false).await?;
            app.state.db.ping().await?;
            let redis = app.state.limits.ping().await.context("Redis does not answer")?;
            let answering = [Some(app.state.db.kind()), redis].into_iter().flatten().collect::<Vec<_>>().join(", ");
            say(&format!("settings are valid; answering: {answering}"));
        }
        Command::Config { command: ConfigCommand::Show } => say(&serde_json::to_string_pretty(&config)?),
        Command::Ingest(arguments) => {
            let app = App::build(config, false).await?;
            say(&ingest::run(&app, arguments).await?);
        }
        Command::Draft(arguments) => say(&draft::run(config, arguments).await?),
        Command::Chat(arguments) => Box::pin(chat::run(config, arguments)).await?,
        Command::User { command: UserCommand::Create(new) } => {
            let app = App::build(config, false).await?;
            say(&user::create(&app, new).await?);
        }
        Command::Audit { command: audit::AuditCommand::Verify } => {
            let report = audit::verify(&App::build(config, false).await?.state.db).await?;
            say(&report.lines.join("\n"));
            return Ok(if report.whole { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Openapi => say(&http::openapi::document_json()?),
        Command::Diagnostics => say(workflow::validate::catalogue_page().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, demo: bool) -> anyhow::Result<()> {
    let bind = config.server.bind;
    let app = App::build(config, demo).await?;
    let listener = tokio::net::TcpListener::bind(bind)
        .await
        .with_context(|| format!("cannot listen on {bind}: is another server running there?"))?;
    let address = listener.local_addr()?;
    say(&banner::text(&app.state.config, address, demo, app.state.db.kind()));
    app.serve(listener, stop_signal()).await
}

/// Resolves on SIGTERM or Ctrl-C.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
