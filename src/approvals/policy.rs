//! Who must approve a definition, how many of them, and why: pure, from the definition, the catalog and the rules in
//! `knowledge/rules/approvers.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::StoreId;
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::{Definition, Task, TaskKind};

/// The rules as data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What it is.
    pub title: String,
    /// The day it was last compared with its sources.
    pub reviewed: NaiveDate,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Department → its managing job roles.
    pub departments: BTreeMap<String, Vec<String>>,
    /// Job roles that may decide everything in their stores.
    pub always: Vec<String>,
    /// More people than this at once is a bulk audience.
    pub bulk_audience: i64,
    /// How many people must approve bulk audiences and money.
    pub two_person: i64,
}

impl Rules {
    /// The rules shipped in the binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        #[expect(clippy::expect_used, reason = "the file is part of the binary, and a test reads it")]
        static RULES: LazyLock<Rules> = LazyLock::new(|| {
            serde_saphyr::from_str(include_str!("../../knowledge/rules/approvers.yaml")).expect("approvers.yaml")
        });
        &RULES
    }
}

/// What approval a definition needs.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Requirement {
    /// Highest risk class of its actions.
    pub risk: RiskClass,
    /// Department it belongs to.
    pub department: Option<String>,
    /// Job roles that manage it.
    pub roles: Vec<String>,
    /// Stores it runs in; empty means every store of the tenant.
    pub stores: Vec<String>,
    /// How many different people must approve.
    pub required: i64,
    /// Why, in words.
    pub reasons: Vec<String>,
}

impl Requirement {
    /// The roles as recipients, separated by commas: `role:fi_director,role:fi_manager`.
    #[must_use]
    pub fn approver(&self) -> String {
        self.roles.iter().map(|role| format!("role:{role}")).collect::<Vec<_>>().join(",")
    }

    /// The store, when it concerns exactly one.
    #[must_use]
    pub fn only_store(&self) -> Option<StoreId> {
        match self.stores.as_slice() {
            [only] => only.parse().ok(),
            _ => None,
        }
    }
}

/// What approval `definition` needs.
#[must_use]
pub fn requirement(definition: &Definition, catalog: &Catalog, rules: &Rules) -> Requirement {
    let tasks = definition.all_tasks();
    let department = definition.department().map(str::to_lowercase);
    let managing = department.as_ref().and_then(|name| rules.departments.get(name));
    let (risk, mut reasons) = risk_of(&tasks, catalog);
    match (&department, managing) {
        (Some(name), Some(_)) => reasons.push(format!("It belongs to the department {name}.")),
        (Some(name), None) => {
            reasons.push(format!("No job role manages the department {name}: the general manager decides."))
        }
        (None, _) => reasons.push("It names no department: the general manager decides.".to_owned()),
    }
    let bulk = bulk_audience(&tasks, catalog, rules.bulk_audience);
    let mut required = 1;
    if let Some(why) = &bulk {
        required = rules.two_person;
        reasons.push(format!("{why}: {} different people must approve.", rules.two_person));
    }
    if risk == RiskClass::Money {
        required = rules.two_person;
        reasons.push(format!("It moves money or prices: {} different people must approve.", rules.two_person));
    }
    Requirement {
        risk,
        roles: managing.unwrap_or(&rules.always).clone(),
        department,
        stores: definition.stores().into_iter().map(ToOwned::to_owned).collect(),
        required,
        reasons,
    }
}

/// The highest risk class, with the actions that have it.
fn risk_of(tasks: &[Task<'_>], catalog: &Catalog) -> (RiskClass, Vec<String>) {
    let mut risk = RiskClass::ReadOnly;
    let mut names: Vec<&str> = Vec::new();
    for task in tasks {
        let (class, name) = match task.kind() {
            TaskKind::Call { action, .. } => {
                // a protocol call may do anything at all: it is looked at like a change of records
                (catalog.action(action).map_or(RiskClass::DataWrite, |found| found.risk), action)
            }
            TaskKind::Run(_) => (RiskClass::DataWrite, "run"),
            TaskKind::Emit(_) => (RiskClass::Internal, "emit"),
            TaskKind::Do(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Listen(_)
            | TaskKind::Raise(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try { .. }
            | TaskKind::Wait(_)
            | TaskKind::Unknown => continue,
        };
        if class > risk {
            risk = class;
            names.clear();
        }
        if class == risk && !names.contains(&name) {
            names.push(name);
        }
    }
    let words = if names.is_empty() {
        "It only looks things up.".to_owned()
    } else {
        format!("Highest risk class: {} ({}).", risk.as_str(), names.join(", "))
    };
    (risk, vec![words])
}

/// Why it reaches many people at once: a loop over what `find_records` found, with something in it that reaches
/// customers, where more than `limit` may be found.
fn bulk_audience(tasks: &[Task<'_>], catalog: &Catalog, limit: i64) -> Option<String> {
    let searches: Vec<Search<'_>> = tasks.iter().filter_map(|task| Search::read(task, tasks)).collect();
    tasks.iter().find_map(|task| {
        let TaskKind::For { items, body, .. } = task.kind() else { return None };
        let inside = format!("{}/", body.pointer);
        let mut sends =
            tasks.iter().filter(|inner| inner.pointer.starts_with(&inside)).filter_map(|inner| match inner.kind() {
                TaskKind::Call { action, .. } => catalog.action(action),
                _ => None,
            });
        let send = sends.find(|action| action.risk >= RiskClass::CustomerFacing)?;
        let found = searches.iter().filter(|search| search.feeds(items.as_str().unwrap_or_default()));
        let largest = found.map(|search| search.limit.unwrap_or(i64::MAX)).max()?;
        (largest > limit).then(|| {
            let many = if largest == i64::MAX { "any number of".to_owned() } else { format!("up to {largest}") };
            format!("`{}` runs {} for {many} records found", task.name, send.name)
        })
    })
}

/// A `find_records` call.
struct Search<'a> {
    /// Names under which its result, or something computed from it, is kept in the context.
    kept_as: Vec<&'a str>,
    /// Its limit, when it is a plain number.
    limit: Option<i64>,
}

impl<'a> Search<'a> {
    fn read(task: &Task<'a>, all: &[Task<'a>]) -> Option<Self> {
        let TaskKind::Call { action: "find_records", with } = task.kind() else { return None };
        let mut kept_as = exported(task);
        // what other tasks make of it and keep is the same audience
        let others: Vec<(String, Vec<&str>)> =
            all.iter().map(|other| (Value::Object(other.raw.clone()).to_string(), exported(other))).collect();
        loop {
            let before = kept_as.len();
            for (text, names) in &others {
                if context_names(text).iter().any(|name| kept_as.contains(name)) {
                    kept_as.extend(names);
                }
            }
            kept_as.sort_unstable();
            kept_as.dedup();
            if kept_as.len() == before {
                break;
            }
        }
        Some(Self { kept_as, limit: with.and_then(|with| with.get("limit")).and_then(Value::as_i64) })
    }

    /// Whether a loop over `items` may run over what this search found. A loop over something that no export names
    /// is taken to run over it: when in doubt, two people look.
    fn feeds(&self, items: &str) -> bool {
        let names = context_names(items);
        if names.is_empty() {
            // the trigger's own payload is no search result
            return !items.contains("$workflow.input");
        }
        names.iter().any(|name| self.kept_as.contains(name))
    }
}

/// The names a task exports its result under.
fn exported<'a>(task: &Task<'a>) -> Vec<&'a str> {
    task.export_as().and_then(Value::as_str).map(kept_names).unwrap_or_default()
}

/// The keys of `{ key: … }` in an export such as `${ $context + { found: . } }`.
fn kept_names(export: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in export.match_indices(':') {
        let before = export[..at].trim_end().trim_end_matches('"');
        let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |i| i + 1);
        if start < before.len() {
            names.push(&before[start..]);
        }
    }
    names
}

/// The names read as `$context.name`.
fn context_names(expression: &str) -> Vec<&str> {
    let parts = expression.split("$context.").skip(1);
    parts
        .map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
