//! The story of an execution: its journal, read as sentences.

mod actions;
mod teller;
mod words;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use self::teller::Teller;
use self::words::Wait;
use super::error::ExecutionError;
use crate::model::{ExecutionStatus, StoreId, WorkflowId};
use crate::store::executions::{Execution, NEVER};
use crate::store::journal::JournalEntry;
use crate::store::{Database, StoreError};
use crate::workflow::Language;

/// What an execution did so far.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Story {
    /// Its id.
    pub id: String,
    /// Title of the workflow.
    pub title: String,
    /// Which workflow.
    pub workflow_id: WorkflowId,
    /// Which version of it.
    pub version: i64,
    /// Where it runs.
    pub store_id: StoreId,
    /// How it stands.
    pub status: ExecutionStatus,
    /// When it started (engine time).
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it wakes by itself (engine time); absent when only an event or a person wakes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wakes_at: Option<DateTime<Utc>>,
    /// The steps, in order.
    pub steps: Vec<StoryStep>,
}

/// One step of a story.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct StoryStep {
    /// When (engine time).
    pub at: DateTime<Utc>,
    /// Journal path: pointer of the task and loop iterations.
    pub path: String,
    /// Name of the task; empty for the start and the end.
    pub task: String,
    /// `start`, `call`, `wait`, `listen`, `event`, `timeout`, `hold`, `retry`, `race`, `error` or `end`.
    pub kind: &'static str,
    /// What happened, as a sentence.
    pub words: String,
    /// `done`, `waiting` or `failed`.
    pub state: &'static str,
    /// What a call was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What it gave, or the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
}

/// Tells the story of an execution.
pub(super) async fn tell(db: &Database, execution: &Execution, language: Language) -> Result<Story, ExecutionError> {
    let journal = db.list_journal(&execution.tenant, &execution.id).await?;
    let store = db.find_store(&execution.tenant, &execution.store).await?;
    let zone = store.map_or(chrono_tz::UTC, |store| store.timezone);
    let names = names(db, execution, &journal).await?;
    let teller = Teller { zone, language, names };
    let mut steps = vec![teller.start(execution)];
    let lines = Waits::of(&journal, execution.status.is_over());
    for entry in &journal {
        let wait = lines.of_line(entry);
        if let Some(mut step) = teller.step(entry, wait) {
            if wait == Wait::Open {
                step.state = "waiting";
            }
            steps.push(step);
        }
    }
    steps.extend(teller.end(execution));
    let waits = execution.status == ExecutionStatus::Waiting && execution.wake_at < NEVER;
    Ok(Story {
        id: execution.id.to_string(),
        title: execution.title.clone(),
        workflow_id: execution.workflow.clone(),
        version: execution.version,
        store_id: execution.store.clone(),
        wakes_at: if waits { DateTime::from_timestamp_millis(execution.wake_at) } else { None },
        status: execution.status,
        started_at: execution.started_at,
        finished_at: execution.finished_at,
        steps,
    })
}

/// What tells how it stands with the lines that wait.
struct Waits<'a> {
    recorded: HashSet<&'a str>,
    /// Decided races and limits that ran out.
    ends: Vec<&'a JournalEntry>,
    is_over: bool,
}

impl<'a> Waits<'a> {
    fn of(journal: &'a [JournalEntry], is_over: bool) -> Self {
        let recorded = journal.iter().map(|entry| entry.path.as_str()).collect();
        let ends = journal.iter().filter(|entry| matches!(entry.kind.as_str(), "expired" | "settled")).collect();
        Self { recorded, ends, is_over }
    }

    fn of_line(&self, entry: &JournalEntry) -> Wait {
        let came = match entry.kind.as_str() {
            "timer" | "again" | "retry" => self.recorded.contains(format!("{}#fired", entry.path).as_str()),
            "listening" => self.recorded.contains(entry.path.trim_end_matches("#listening")),
            _ => true,
        };
        if came {
            Wait::Over
        } else if self.is_over || self.ends.iter().any(|line| calls_off(line, &entry.path)) {
            Wait::CalledOff
        } else {
            Wait::Open
        }
    }
}

/// Whether a line ends what a path waits for: a limit around it ran out, or another branch won the race.
fn calls_off(line: &JournalEntry, path: &str) -> bool {
    let below = |around: &str| path.strip_prefix(around).is_some_and(|rest| rest.starts_with(['/', '#', '[']));
    match line.kind.as_str() {
        "expired" => below(line.path.trim_end_matches("#timeout#expired")),
        "settled" => {
            let branches = format!("{}/fork/branches", line.path.trim_end_matches("#settled"));
            below(&branches) && !below(&format!("{branches}/{}", line.value["branch"]))
        }
        _ => false,
    }
}

/// Names of the customers and people the story speaks of, by id.
async fn names(
    db: &Database,
    execution: &Execution,
    journal: &[JournalEntry],
) -> Result<HashMap<String, String>, StoreError> {
    let mut names = HashMap::new();
    let mut ids = Vec::new();
    collect_ids(&execution.input, &mut ids);
    for entry in journal {
        collect_ids(&entry.value, &mut ids);
    }
    ids.sort_unstable();
    ids.dedup();
    for id in ids.into_iter().take(20) {
        if let Some(record) = db.find_record(&execution.tenant, "customer", &id).await? {
            let name = format!("{} {}", record.text("first_name"), record.text("last_name"));
            let name = if name.trim().is_empty() { record.text("name").to_owned() } else { name.trim().to_owned() };
            if !name.is_empty() {
                names.insert(id, name);
            }
        }
    }
    for user in db.list_active_users(&execution.tenant).await? {
        for role in &user.job_roles {
            let here = user.stores.is_empty() || user.stores.contains(&execution.store);
            if here {
                names
                    .entry(format!("role:{role}"))
                    .or_insert_with(|| format!("{} ({})", user.name, role.replace('_', " ")));
            }
        }
        names.insert(user.id.to_string(), user.name.clone());
        if let Some(employee) = user.employee_id {
            names.insert(employee, user.name);
        }
    }
    Ok(names)
}

fn collect_ids(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        Value::Object(map) => {
            ids.extend(map.get("customer_id").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|item| collect_ids(item, ids));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
