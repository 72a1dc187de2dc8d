//! Who a recipient text means: `record_owner`, `requester`, `role:`, `team:`, `user:`, `manager_of:`.
//!
//! A role or team means its members on shift. When nobody is there, the message goes to their manager, then to the
//! general manager: never to nobody.

use serde_json::{Map, Value};

use crate::model::TenantId;
use crate::store::{Database, Record, StoreError};

/// Employees read at most; a dealer group has hundreds.
const MOST: i64 = 2000;

/// Why a recipient text leads to nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// It is not a recipient.
    #[error("`{0}` is not a recipient")]
    Malformed(String),
    /// There is no such person, role or team, and nobody who stands in for them.
    #[error("nobody stands behind `{0}`")]
    Nobody(String),
}

/// Whom `record_owner` and `requester` mean for the call at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Employee who owns the record at hand.
    pub record_owner: Option<String>,
    /// Employee who asked for the workflow.
    pub requester: Option<String>,
    /// Role that manages the work at hand, for when its owner is missing.
    pub managing_role: Option<&'static str>,
}

/// The people of a tenant.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    employees: Vec<Record>,
}

impl Directory {
    /// Reads the employees of a tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn load(db: &Database, tenant: &TenantId) -> Result<Self, StoreError> {
        Ok(Self { employees: db.list_records(tenant, "employee", None, "", MOST).await? })
    }

    /// The employee with this id, name slug (`maria-lopez`) or first name.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<&Record> {
        let by_slug = |e: &&Record| slug(e.text("name")) == name || slug(e.text("first_name")) == name;
        self.employees.iter().find(|e| e.id == name).or_else(|| self.present().find(by_slug))
    }

    /// Whom `recipient` means for work in `store`; never empty.
    ///
    /// # Errors
    /// See [`RecipientError`].
    pub fn resolve(&self, recipient: &str, store: &str, hints: &Hints) -> Result<Vec<&Record>, RecipientError> {
        let nobody = || RecipientError::Nobody(recipient.to_owned());
        if let Some((kind, name)) = recipient.split_once(':') {
            return match kind {
                "role" => self.group(store, |e| e.text("role") == name, Some(name)).ok_or_else(nobody),
                "team" => self.group(store, |e| contains(e, "teams", name), None).ok_or_else(nobody),
                "user" => self.person(name).and_then(|e| self.here_or_manager(e)).map(one).ok_or_else(nobody),
                "manager_of" => self.manager_of(name, store, hints).map(one).ok_or_else(nobody),
                _ => Err(RecipientError::Malformed(recipient.to_owned())),
            };
        }
        match recipient {
            "record_owner" => {
                let owner = hints.record_owner.as_deref().and_then(|id| self.person(id));
                let there = owner.filter(|e| on_shift(e));
                let stand_in = || owner.and_then(|e| self.manager(e)).filter(|e| e.text("status") != "left");
                let by_role = || hints.managing_role.and_then(|role| self.first_of_role(store, role));
                let found = there.or_else(stand_in).or_else(by_role).or_else(|| self.first_of_role(store, "gm"));
                found.map(one).ok_or_else(nobody)
            }
            "requester" => {
                let asked = hints.requester.as_deref().and_then(|id| self.person(id));
                let found = asked.and_then(|e| self.here_or_manager(e)).or_else(|| self.first_of_role(store, "gm"));
                found.map(one).ok_or_else(nobody)
            }
            _ => Err(RecipientError::Malformed(recipient.to_owned())),
        }
    }

    /// Members of a pool for routing: a team, else a role; in the store; everybody who did not leave.
    #[must_use]
    pub fn pool(&self, pool: &str, store: &str) -> Vec<&Record> {
        let of = |wanted: &dyn Fn(&Record) -> bool| {
            self.present().filter(|e| e.store_id == store && wanted(e)).collect::<Vec<_>>()
        };
        let team = of(&|e| contains(e, "teams", pool));
        if team.is_empty() { of(&|e| e.text("role") == pool) } else { team }
    }

    fn present(&self) -> impl Iterator<Item = &Record> {
        self.employees.iter().filter(|e| e.text("status") != "left")
    }

    /// Members on shift in the store, else of the group; nobody on shift: the members' manager, else the gm.
    fn group(&self, store: &str, belongs: impl Fn(&Record) -> bool, role: Option<&str>) -> Option<Vec<&Record>> {
        let members: Vec<&Record> = self.present().filter(|e| belongs(e)).collect();
        let here: Vec<&Record> = members.iter().copied().filter(|e| e.store_id == store).collect();
        let members = if here.is_empty() { members } else { here };
        let there: Vec<&Record> = members.iter().copied().filter(|e| on_shift(e)).collect();
        if !there.is_empty() {
            return Some(there);
        }
        let manager = members.iter().find_map(|e| self.manager(e).filter(|m| m.text("status") != "left"));
        let stand_in = manager.or_else(|| self.first_of_role(store, "gm")).or_else(|| members.first().copied());
        // an unknown role still reaches the gm; an unknown team reaches nobody, because it is a typing error
        if members.is_empty() && role.is_none() { None } else { stand_in.map(one) }
    }

    fn manager_of(&self, name: &str, store: &str, hints: &Hints) -> Option<&Record> {
        let person = match name {
            "record_owner" => hints.record_owner.as_deref(),
            "requester" => hints.requester.as_deref(),
            id => Some(id),
        };
        let manager = person.and_then(|id| self.person(id)).and_then(|e| self.manager(e));
        manager
            .or_else(|| hints.managing_role.and_then(|role| self.first_of_role(store, role)))
            .or_else(|| self.first_of_role(store, "gm"))
    }

    fn manager(&self, employee: &Record) -> Option<&Record> {
        self.employees.iter().find(|e| e.id == employee.text("manager_id"))
    }

    fn here_or_manager<'a>(&'a self, employee: &'a Record) -> Option<&'a Record> {
        if employee.text("status") == "left" { self.manager(employee) } else { Some(employee) }
    }

    fn first_of_role(&self, store: &str, role: &str) -> Option<&Record> {
        let mut of_role: Vec<&Record> = self.present().filter(|e| e.text("role") == role).collect();
        of_role.sort_by_key(|e| (e.store_id != store, !on_shift(e)));
        of_role.first().copied()
    }
}

/// Who owns a record, by the fields that name people in events and records.
#[must_use]
pub fn owner_in(record: &Map<String, Value>) -> Option<&str> {
    ["assignee_id", "advisor_id", "assigned_to", "salesperson_id", "owner_id", "fi_manager_id", "manager_id"]
        .iter()
        .find_map(|field| record.get(*field).and_then(Value::as_str))
}

fn one(employee: &Record) -> Vec<&Record> {
    vec![employee]
}

fn on_shift(employee: &Record) -> bool {
    employee.text("status") == "active" && employee.data.get("on_shift").and_then(Value::as_bool).unwrap_or(false)
}

pub(crate) fn contains(record: &Record, field: &str, value: &str) -> bool {
    record.data.get(field).and_then(Value::as_array).is_some_and(|items| items.iter().any(|item| item == value))
}

fn slug(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}
