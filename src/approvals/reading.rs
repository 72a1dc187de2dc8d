//! How a definition reads and looks: what the author and the approver see beside the document itself.

use serde::Serialize;

use crate::workflow::Definition;

/// How a definition reads and looks.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Reading {
    /// Its summary, as its author wrote it.
    pub summary: Option<String>,
}

impl Reading {
    /// Reads a definition, valid or not.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        Self { summary: definition.header("summary").map(ToOwned::to_owned) }
    }
}
