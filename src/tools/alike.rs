//! "We already have one like this": what is approved and does nearly what a draft does is said on the draft.

use serde_json::{Value, json};

use super::session::Session;
use crate::knowledge::{Hit, Service};
use crate::model::draft::DraftWarning;
use crate::workflow::{Definition, Language};

/// Code of the warning.
pub(super) const NEAR_DUPLICATE: &str = "near_duplicate";

/// Approved workflows that do nearly the same.
#[derive(Debug, Default)]
pub(super) struct Alike(Vec<Hit>);

impl Alike {
    /// Those of the author's dealership; the workflow that the draft is to replace is none. A draft is written also when
    /// nobody can tell.
    pub(super) async fn to(knowledge: &Service, session: &Session, definition: &Definition) -> Self {
        let own = session.desk.draft.as_ref().and_then(|view| view.draft.workflow_id.clone());
        let mut alike = match knowledge.near_duplicates(&session.principal.tenant, definition).await {
            Ok(alike) => alike,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "nobody knows whether there is one like it");
                Vec::new()
            }
        };
        alike.retain(|hit| own.as_ref().is_none_or(|own| hit.document != own.as_str()));
        Self(alike)
    }

    /// What the author and the manager read of it.
    pub(super) fn warnings(&self, language: Language) -> impl Iterator<Item = DraftWarning> {
        self.0.iter().map(move |hit| {
            let title = &hit.title;
            let en = format!("“{title}” is approved and does nearly the same. Change that one instead, or retire it.");
            let es =
                format!("«{title}» está aprobada y hace casi lo mismo. Cambie esa en vez de crear otra, o retírela.");
            let text = if language == Language::Es { es.clone() } else { en.clone() };
            DraftWarning { code: NEAR_DUPLICATE.to_owned(), text, en: Some(en), es: Some(es) }
        })
    }

    /// The answer of a writing tool, with what the model should say first.
    pub(super) fn noted(&self, mut answer: Value) -> Value {
        if !self.0.is_empty() {
            answer["alike"] = self.0.iter().map(|hit| json!({"workflow": hit.document, "title": hit.title})).collect();
        }
        answer
    }
}
