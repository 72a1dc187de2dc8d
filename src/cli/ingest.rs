//! `auterity ingest`: what is searched, brought in line with what ships, or with a folder of a dealership's own files.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::App;
use crate::knowledge::folder::FolderReport;
use crate::model::StoreId;

/// What to bring in line. Without arguments: what ships.
#[derive(Debug, Args)]
pub struct IngestArguments {
    /// Short name of the dealership whose files these are.
    #[arg(long, requires = "folder")]
    tenant_slug: Option<StoreId>,
    /// The folder with its files: Markdown, text, HTML, PDF and DOCX. What is no longer in it is removed.
    #[arg(long, requires = "tenant_slug")]
    folder: Option<PathBuf>,
    /// Remove everything when the folder is empty.
    #[arg(long)]
    may_empty: bool,
    /// Make another index with the embedding model of the settings, and switch to it. The server must not run on it.
    #[arg(long, conflicts_with = "folder")]
    reembed: bool,
}

/// Brings it in line and says what changed.
///
/// # Errors
/// When the dealership, the folder or the database cannot be found or read.
pub async fn run(app: &App, arguments: IngestArguments) -> anyhow::Result<String> {
    let knowledge = &app.state.knowledge;
    if arguments.reembed {
        let made = knowledge.reembed().await.context("there is no other index; the one of before stays")?;
        return Ok(format!("the index is {made}: what ships and what every dealership added"));
    }
    knowledge.open().await;
    let index = if knowledge.ready() {
        "the index is in line"
    } else {
        "the index is in use by a running server or away: it follows with the next search there"
    };
    let (Some(slug), Some(folder)) = (arguments.tenant_slug, arguments.folder) else {
        if !knowledge.ready() {
            bail!("the index cannot be opened: is a server running on it? It brings what ships in line by itself");
        }
        return Ok(format!("what ships: {index}"));
    };
    let tenant = app.state.db.find_tenant_by_slug(slug.as_str()).await?;
    let tenant = tenant.with_context(|| format!("there is no dealership {slug}"))?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let progress = |done: usize, all: usize, name: &str| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(name.to_owned());
    };
    let report = knowledge.ingest_folder(&tenant.id, &folder, arguments.may_empty, progress).await;
    bar.finish_and_clear();
    Ok(format!("{}\n{index}", told(&report?)))
}

/// What changed, a line each, and the sum.
fn told(report: &FolderReport) -> String {
    let FolderReport { added, changed, unchanged, removed, skipped } = report;
    let mut lines = Vec::new();
    for (mark, names) in [("added", added), ("changed", changed), ("removed", removed)] {
        lines.extend(names.iter().map(|name| format!("{mark}: {name}")));
    }
    lines.extend(skipped.iter().map(|(name, why)| format!("skipped: {name}: {why}")));
    let counts = [added.len(), changed.len(), *unchanged, removed.len(), skipped.len()];
    let [added, changed, unchanged, removed, skipped] = counts;
    lines
        .push(format!("{added} added, {changed} changed, {unchanged} unchanged, {removed} removed, {skipped} skipped"));
    lines.join("\n")
}
