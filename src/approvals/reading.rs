//! How a definition reads and looks: what the author and the approver see beside the document itself.

use serde::Serialize;

use crate::workflow::Definition;
use crate::workflow::Language;
use crate::workflow::catalog::Catalog;
use crate::workflow::describe::{Readback, describe};
use crate::workflow::graph::{Graph, graph};

/// A definition in plain language, in both languages.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Readbacks {
    /// In English.
    pub en: Readback,
    /// In Spanish.
    pub es: Readback,
}

/// How a definition reads and looks.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Reading {
    /// In plain language.
    pub readback: Readbacks,
    /// As nodes and edges; node ids are JSON pointers into the definition.
    pub graph: Graph,
}

impl Reading {
    /// Reads a definition, valid or not.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let catalog = Catalog::embedded();
        Self {
            readback: Readbacks {
                en: describe(definition, catalog, Language::En),
                es: describe(definition, catalog, Language::Es),
            },
            graph: graph(definition),
        }
    }
}
