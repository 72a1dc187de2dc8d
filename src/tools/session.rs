//! What a tool knows that the model must not choose: who asks, where, and what lies on the desk in this turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ask::Question;
use super::best::Attempt;
use super::boundary::Material;
use super::decline::DeclineArguments;
use crate::approvals::DraftView;
use crate::approvals::history::Steps;
use crate::auth::Principal;
use crate::knowledge::Hit;
use crate::model::ConversationId;
use crate::model::draft::DraftWarning;
use crate::planner::warning_in_every_language;
use crate::workflow::diff::Change;
use crate::workflow::{Definition, Diagnostic, Language};

/// A rule the author should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// Stable code: `marketing_consent`, `quiet_hours`, `opt_out` and the like.
    pub code: String,
    /// One sentence in the author's language.
    pub text: String,
}

impl From<Warning> for DraftWarning {
    fn from(warning: Warning) -> Self {
        let wordings = warning_in_every_language(&warning.text);
        let wording = |language: &str| wordings.and_then(|wordings| wordings.get(language)).cloned();
        Self { en: wording("en"), es: wording("es"), code: warning.code, text: warning.text }
    }
}

/// A document an answer or a draft rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// Id of the template or article.
    pub document: String,
    /// Its title.
    pub title: String,
    /// The section.
    pub heading: String,
}

/// What a turn works on.
#[derive(Debug, Default)]
pub struct Desk {
    /// The draft as it stands.
    pub draft: Option<DraftView>,
    /// Its definition when the turn began.
    pub before: Option<Definition>,
    /// What this turn changed, from the real difference.
    pub changes: Vec<Change>,
    /// What the validator says about the draft.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the draft can go back and forward to.
    pub steps: Steps,
    /// Questions asked in this turn.
    pub questions: Vec<Question>,
    /// What the draft or the answer rests on.
    pub citations: Vec<Citation>,
    /// Passages seen in this turn.
    pub seen: Vec<Citation>,
    /// What was declined in this turn.
    pub declined: Option<DeclineArguments>,
    /// The author said the draft is ready; the UI asks them to confirm.
    pub submission_asked: bool,
    /// What the validator refused since the draft was last written.
    pub attempts: Vec<Attempt>,
    /// What a model wrote and nobody asked for, in the author's language; it was refused.
    pub refused: Vec<String>,
    /// The draft got a new revision in this turn.
    pub wrote: bool,
}

/// The hidden side of a tool call.
#[derive(Debug)]
pub struct Session {
    /// Who asks.
    pub principal: Principal,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Name of the dealer group.
    pub dealership: String,
    /// `document.namespace` of the tenant.
    pub namespace: String,
    /// Slugs of all stores of the tenant.
    pub stores: Vec<String>,
    /// Who said what: the author's own words, which quotes must occur in and which alone give powers, and all other text
    /// that a model got to read.
    pub material: Material,
    /// The language of the last message.
    pub language: Language,
    /// Whether an invalid draft is handed back to the model instead of being kept with its diagnostics.
    pub insists: bool,
    /// What the turn works on.
    pub desk: Desk,
}

impl Desk {
    /// Notes passages the model has read, each document's first one.
    pub fn remember(&mut self, hits: &[Hit]) {
        for hit in hits {
            if !self.seen.iter().any(|seen| seen.document == hit.document) {
                self.seen.push(Citation {
                    document: hit.document.clone(),
                    title: hit.title.clone(),
                    heading: hit.heading.clone(),
                });
            }
        }
    }

    /// Takes over the documents a model says it used; only those it has really seen in this turn count.
    pub fn cite(&mut self, documents: &[String]) {
        let seen = self.seen.iter().filter(|citation| documents.contains(&citation.document));
        self.citations = seen.cloned().collect();
    }
}
