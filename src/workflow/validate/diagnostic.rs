//! What validation says, and what it is told.

use serde::{Deserialize, Serialize};

use crate::contact::Place;
use crate::workflow::both::{Both, both};
use crate::workflow::catalog::Catalog;
use crate::workflow::document::Definition;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Forbids submission.
    Error,
    /// Worth a look.
    Warning,
    /// Good to know.
    Info,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Diagnostic {
    /// Stable: `action.input_missing`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where: a JSON pointer into the document.
    pub pointer: String,
    /// What is not there: the name of the member to add to the object at `pointer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// What is wrong, in Spanish.
    pub message_es: String,
    /// What to do next, in Spanish.
    pub hint_es: String,
}

impl Diagnostic {
    pub(super) fn new(code: &'static str, severity: Severity, pointer: &str, message: Both, hint: Both) -> Self {
        Self {
            code,
            severity,
            pointer: pointer.to_owned(),
            absent: None,
            message: message.en,
            hint: hint.en,
            message_es: message.es,
            hint_es: hint.es,
        }
    }
}

/// What a draft is validated against.
#[derive(Debug, Clone, Copy)]
pub struct ValidationContext<'a> {
    /// What there is to call.
    pub catalog: &'a Catalog,
    /// The tenant's slug; empty: any namespace.
    pub namespace: &'a str,
    /// Slugs of the tenant's stores; empty: any store.
    pub stores: &'a [&'a str],
    /// Where they are, by slug; empty: not known.
    pub places: &'a [(&'a str, Place)],
    /// Ids (or name slugs) a `user:` recipient may name; empty: any.
    pub users: &'a [&'a str],
    /// Job roles somebody of the tenant has; empty: not known.
    pub roles: &'a [&'a str],
    /// Teams that have somebody in them; empty: not known.
    pub teams: &'a [&'a str],
    /// Definitions in force.
    pub running: &'a [Definition],
    /// Hosts that `call: http` and its kin may reach; empty: none.
    pub allowed_hosts: &'a [&'a str],
}

impl<'a> ValidationContext<'a> {
    /// A context with nothing but a catalog.
    #[must_use]
    pub const fn new(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            namespace: "",
            stores: &[],
            places: &[],
            users: &[],
            roles: &[],
            teams: &[],
            running: &[],
            allowed_hosts: &[],
        }
    }

    /// With the tenant's stores.
    #[must_use]
    pub const fn with_stores(mut self, stores: &'a [&'a str]) -> Self {
        self.stores = stores;
        self
    }
}

/// Findings of the rules, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Diagnostic>);

impl Findings {
    pub(super) fn error(&mut self, code: &'static str, pointer: &str, message: Both, hint: Both) {
        self.0.push(Diagnostic::new(code, Severity::Error, pointer, message, hint));
    }

    /// An error about a member that is not there.
    pub(super) fn absent(&mut self, code: &'static str, pointer: &str, member: &str, message: Both) {
        let hint = both!("Add `{member}`.", "Agregue `{member}`.");
        let found = Diagnostic::new(code, Severity::Error, pointer, message, hint);
        self.0.push(Diagnostic { absent: Some(member.to_owned()), ..found });
    }

    pub(super) fn warning(&mut self, code: &'static str, pointer: &str, message: Both, hint: Both) {
        self.0.push(Diagnostic::new(code, Severity::Warning, pointer, message, hint));
    }
}
