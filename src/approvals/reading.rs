//! How a definition reads and looks: what the author and the approver see beside the document itself.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::workflow::Definition;
use crate::workflow::Language;
use crate::workflow::catalog::Catalog;
use crate::workflow::describe::{Readback, describe, summary, values_in_words};
use crate::workflow::graph::{Graph, graph};
use crate::workflow::provenance::Provenance;

/// A definition in plain language, in both languages.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Readbacks {
    /// In English.
    pub en: Readback,
    /// In Spanish.
    pub es: Readback,
}

/// Single values in plain language, by JSON pointer, in both languages.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Values {
    /// In English.
    pub en: BTreeMap<String, String>,
    /// In Spanish.
    pub es: BTreeMap<String, String>,
}

impl Values {
    /// Every value whose source is known.
    #[must_use]
    pub fn of(definition: &Definition, provenance: &Provenance) -> Self {
        let pointers: Vec<&str> = provenance.0.keys().map(String::as_str).collect();
        let told = |language| values_in_words(definition, Catalog::embedded(), language, &pointers);
        Self { en: told(Language::En), es: told(Language::Es) }
    }
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
        let mut readback = Readbacks {
            en: describe(definition, catalog, Language::En),
            es: describe(definition, catalog, Language::Es),
        };
        // a summary that was derived from the content is derived in the reader's language; what somebody wrote stays
        let derived = [Language::En, Language::Es].map(|language| summary(definition, catalog, language));
        if readback.en.summary.as_ref().is_some_and(|written| derived.contains(written)) {
            [readback.en.summary, readback.es.summary] = derived.map(Some);
        }
        Self { readback, graph: graph(definition) }
    }
}
