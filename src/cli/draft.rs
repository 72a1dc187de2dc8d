//! `auterity draft`: turns requests into drafts without a server, on a store of its own that is thrown away.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::approvals::NewRevision;
use crate::auth::Principal;
use crate::chat::language;
use crate::chat::outcome::{Kind, TurnOutcome};
use crate::chat::{History, StartTurn};
use crate::config::Config;
use crate::model::draft::RevisionOrigin;
use crate::model::run::{Run, RunStatus};
use crate::model::{ConversationId, DraftId, RunId};
use crate::workflow::provenance::Provenance;
use crate::workflow::{Catalog, Definition, describe};

/// What to draft.
#[derive(Debug, Args)]
pub struct DraftArguments {
    /// One request; its draft is printed in plain words.
    #[arg(conflicts_with = "jsonl", required_unless_present = "jsonl")]
    text: Option<String>,
    /// Many requests, one JSON object `{id, text, base?}` a line; each gets a conversation of its own.
    #[arg(long, requires = "out")]
    jsonl: Option<PathBuf>,
    /// Where the drafts go, one JSON object a line.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Which user of the sample dealership asks.
    #[arg(long = "as", default_value = "maria@lakeside.example")]
    author: String,
}

#[derive(Debug, Deserialize)]
struct Request {
    id: String,
    text: String,
    #[serde(default)]
    base: Option<Base>,
}

#[derive(Debug, Deserialize)]
struct Base {
    definition: Value,
}

/// One drafted request.
#[derive(Debug, Serialize)]
struct Drafted {
    id: String,
    #[serde(flatten)]
    outcome: TurnOutcome,
    definition: Value,
    provenance: Value,
    tokens: i64,
    ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Runs the command; the text to print.
///
/// # Errors
/// When the files cannot be read or written, or the sample dealership has no such user.
pub async fn run(mut config: Config, arguments: DraftArguments) -> anyhow::Result<String> {
    let folder = std::env::temp_dir().join(format!("auterity-draft-{}", RunId::generate()));
    config.data.dir.clone_from(&folder);
    config.data.database_url = String::new();
    let result = Box::pin(draft(config, arguments)).await;
    // nothing in it is wanted any more; a folder that stays behind does no harm
    drop(std::fs::remove_dir_all(&folder));
    result
}

async fn draft(config: Config, arguments: DraftArguments) -> anyhow::Result<String> {
    let app = App::build(config, true).await?;
    // searches wait for it no longer than two seconds; here there is time
    app.state.knowledge.open().await;
    let found = app.state.db.find_credentials(&arguments.author).await?;
    let author = Principal::of(&found.context("the sample dealership has no such user")?.user);
    if let (Some(from), Some(to)) = (&arguments.jsonl, &arguments.out) {
        return draft_all(&app, &author, from, to).await;
    }
    let text = arguments.text.context("nothing to draft")?;
    let drafted = one(&app, &author, Request { id: "request".to_owned(), text, base: None }).await?;
    let mut out = drafted.outcome.reply;
    if let Ok(definition) = Definition::from_value(drafted.definition) {
        let readback = describe::describe(&definition, Catalog::embedded(), language::of(&out));
        out = format!("{out}\n\n{}", readback.to_text());
    }
    Ok(out)
}

async fn draft_all(app: &App, author: &Principal, from: &Path, to: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(from).with_context(|| format!("{} cannot be read", from.display()))?;
    let mut lines = String::new();
    let mut count = 0;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let request: Request = serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        let drafted = one(app, author, request).await?;
        lines.push_str(&serde_json::to_string(&drafted)?);
        lines.push('\n');
        count += 1;
    }
    std::fs::write(to, lines).with_context(|| format!("{} cannot be written", to.display()))?;
    Ok(format!("{count} requests drafted into {}", to.display()))
}

async fn one(app: &App, author: &Principal, request: Request) -> anyhow::Result<Drafted> {
    let state = &app.state;
    let base = match request.base {
        Some(base) => {
            let new = NewRevision {
                definition: Definition::from_value(base.definition)?,
                provenance: Provenance::default(),
                warnings: Vec::new(),
                origin: RevisionOrigin::Api,
            };
            Some(state.chat.drafts().create(author, DraftId::generate(), None, new).await?)
        }
        None => None,
    };
    let conversation = state.chat.begin(author, ConversationId::generate(), base.as_ref()).await?;
    let begun = Instant::now();
    let thread = conversation.id.to_string();
    let start =
        StartTurn { thread: thread.clone(), run: RunId::generate().to_string(), text: request.text, message: None };
    let run = state.chat.start_turn(author, start).await?.run;
    let run = ended(app, author, &run).await?;
    let ms = begun.elapsed().as_millis();
    let History { messages, draft, .. } = state.chat.history(author, &thread).await?;
    let of_run: Vec<_> = messages.into_iter().filter(|message| message.run_id.as_ref() == Some(&run.id)).collect();
    let outcome = TurnOutcome::of(&of_run, base.is_some());
    let written = draft.filter(|_| matches!(outcome.kind, Kind::Create | Kind::Edit));
    let (definition, provenance) = written.map_or((Value::Null, Value::Null), |view| {
        (view.revision.definition.into_raw(), serde_json::to_value(view.revision.provenance).unwrap_or_default())
    });
    Ok(Drafted {
        id: request.id,
        outcome,
        definition,
        provenance,
        tokens: run.usage.input_tokens + run.usage.output_tokens,
        ms,
        error: run.error_code,
    })
}

async fn ended(app: &App, author: &Principal, run: &RunId) -> anyhow::Result<Run> {
    let deadline = Instant::now() + Duration::from_secs(600);
    while Instant::now() < deadline {
        let found = app.state.chat.find_run(author, run.as_str()).await?;
        if found.status != RunStatus::Running {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    bail!("a turn did not end within ten minutes")
}
