//! Where a value of a draft comes from, and how it came to be what it is.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::drafts::Drafts;
use super::error::DraftError;
use crate::model::draft::{RevisionOrigin, RevisionSummary};
use crate::model::{DraftId, MessageId, TenantId, UserId};
use crate::store::DraftRevision;
use crate::workflow::describe::values_in_words;
use crate::workflow::diff::origin_of;
use crate::workflow::provenance::{Slot, rules};
use crate::workflow::{Catalog, Language, template};

/// Steps of a value's past that are told at most.
const MOST_STEPS: usize = 10;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ValueSource {
    /// Where it stands in the definition.
    pub pointer: String,
    /// The value; absent when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Its source.
    #[serde(flatten)]
    pub slot: Slot,
    /// What the rule or the template it is the default of is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_title: Option<String>,
    /// How it came to be, newest first; at most ten steps.
    pub history: Vec<ValueStep>,
}

/// One value of a place, and who put it there.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ValueStep {
    /// The revision that brought it.
    pub revision: i64,
    /// The value then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// In English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// In Spanish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_es: Option<String>,
    /// The words it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The message that holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Whose revision it was.
    pub author_id: UserId,
    /// Their name; absent when they are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What made the revision: a conversation, a form, a program.
    pub origin: RevisionOrigin,
    /// When.
    pub at: DateTime<Utc>,
}

impl Drafts {
    /// Where the value at `pointer` of a draft comes from; `None` when no value with a source stands there.
    ///
    /// # Errors
    /// [`DraftError::NotFound`], or as any statement.
    pub async fn source_of(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
        pointer: &str,
    ) -> Result<Option<ValueSource>, DraftError> {
        let standing = self.current(tenant, draft).await?;
        let now = self.content(tenant, draft, standing.revision).await?;
        let Some(slot) = now.provenance.0.get(pointer).cloned() else { return Ok(None) };
        let value = now.definition.raw().pointer(pointer).cloned();
        let reference_title = slot.reference.as_deref().and_then(title_of);
        let history = self.past(tenant, now, pointer).await?;
        Ok(Some(ValueSource { pointer: pointer.to_owned(), value, slot, reference_title, history }))
    }

    /// Every value this place has held, newest first: each slot knows the revision that brought it, and before that
    /// revision the place held what it replaced.
    async fn past(&self, tenant: &TenantId, now: DraftRevision, pointer: &str) -> Result<Vec<ValueStep>, DraftError> {
        let revisions = self.db.list_revisions(tenant, &now.draft_id).await?;
        let (mut seen, mut place) = (now, pointer.to_owned());
        let mut steps: Vec<ValueStep> = Vec::new();
        while steps.len() < MOST_STEPS {
            let Some(slot) = seen.provenance.0.get(&place).cloned() else { break };
            let since = slot.since.unwrap_or(seen.revision).min(seen.revision);
            if since < seen.revision {
                let brought = self.content(tenant, &seen.draft_id, since).await?;
                let Some(then) = origin_of(&place, &brought.definition, &seen.definition) else { break };
                (seen, place) = (brought, then);
            }
            let Some(summary) = revisions.iter().find(|entry| entry.revision == since) else { break };
            steps.push(self.step(tenant, summary, (&seen, &place, slot)).await?);
            if since <= 1 {
                break;
            }
            let before = self.content(tenant, &seen.draft_id, since - 1).await?;
            let Some(held) = origin_of(&place, &before.definition, &seen.definition) else { break };
            (seen, place) = (before, held);
        }
        Ok(steps)
    }

    async fn step(
        &self,
        tenant: &TenantId,
        revision: &RevisionSummary,
        (content, place, slot): (&DraftRevision, &str, Slot),
    ) -> Result<ValueStep, DraftError> {
        let told =
            |language| values_in_words(&content.definition, Catalog::embedded(), language, &[place]).remove(place);
        Ok(ValueStep {
            revision: revision.revision,
            value: content.definition.raw().pointer(place).cloned(),
            words: told(Language::En),
            words_es: told(Language::Es),
            quote: slot.quote,
            message: slot.message,
            author: self.db.find_user(tenant, &revision.author_id).await?.map(|user| user.name),
            author_id: revision.author_id.clone(),
            origin: revision.origin,
            at: revision.created_at,
        })
    }
}

/// What a rule or a template is called.
fn title_of(reference: &str) -> Option<String> {
    let rule = rules().iter().find(|rule| rule.id == reference).map(|rule| rule.title.clone());
    let named = || template::embedded().iter().find(|template| template.id == reference);
    rule.or_else(|| named().map(|template| template.name.clone()))
}
