//! "We already have one like this": a dealership's own approved workflows, found by what they do. The index follows the
//! database whenever it is asked, so it knows of every approval, pause and retirement before it answers.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::index::numbered;
use super::opening::Opened;
use super::service::{Ask, Hit, KnowledgeError, Service};
use super::vector::{ANALYSIS, Collection, EVERYWHERE, Owner, Passage};
use crate::model::{TenantId, WorkflowId};
use crate::workflow::{Catalog, Definition, Language, describe};

/// How a workflow is put into words; part of the hash, so that better words are indexed again.
const WORDING: &str = "2";
/// Which share of all words of both must stand in both for two workflows to do nearly the same.
const NEARLY: f64 = 0.75;

impl Service {
    /// Workflows in force or paused that are closest to `text` (what somebody wishes, or how a draft reads), best first.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn similar_workflows(
        &self,
        tenant: &TenantId,
        text: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, KnowledgeError> {
        self.search(&Ask::of(tenant, Collection::Workflows, text, limit)).await
    }

    /// Workflows in force or paused that do nearly what `definition` does: started by the same, with steps that read
    /// nearly the same.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn near_duplicates(
        &self,
        tenant: &TenantId,
        definition: &Definition,
    ) -> Result<Vec<Hit>, KnowledgeError> {
        let reads = reading(definition, Language::En);
        let mut found = self.similar_workflows(tenant, &reads, 5).await?;
        let opened = self.door.opened().ok_or(KnowledgeError::Unavailable)?;
        let words = |text: &str| opened.index.words().document(text).indices.into_iter().collect::<BTreeSet<_>>();
        let (starts, wanted) = (reads.lines().next().map(str::to_owned), words(&reads));
        found.retain(|hit| {
            let held = words(&hit.text);
            #[expect(clippy::cast_precision_loss, reason = "hundreds of words")]
            let share = held.intersection(&wanted).count() as f64 / held.union(&wanted).count().max(1) as f64;
            hit.text.lines().next().map(str::to_owned) == starts && share >= NEARLY
        });
        Ok(found)
    }

    /// Brings the workflows of a tenant in line with the database.
    pub(super) async fn follow_workflows(&self, opened: &Opened, tenant: &TenantId) -> Result<(), KnowledgeError> {
        let failed = |error: crate::store::StoreError| KnowledgeError::Failed(error.into());
        let standing = self.parts.db.list_standing_workflows(tenant).await.map_err(failed)?;
        let hash = |digest: &str| hex::encode(Sha256::digest(format!("{ANALYSIS}\0{WORDING}\0{digest}")));
        let wanted: BTreeMap<String, String> =
            standing.iter().map(|(id, digest)| (id.to_string(), hash(digest))).collect();
        if self.memory.has_workflows(tenant, opened, &wanted) {
            return Ok(());
        }
        let _turn = self.memory.writing().await;
        let owner = Owner::Tenant(tenant.clone());
        let plan = opened.index.plan(Collection::Workflows, &owner, &wanted).await?;
        for (id, digest) in standing.iter().filter(|(id, _)| plan.write.iter().any(|other| other == id.as_str())) {
            let versions = self.parts.db.list_workflow_versions(tenant, id).await.map_err(failed)?;
            let Some(version) = versions.into_iter().find(|version| version.summary.digest == *digest) else {
                continue;
            };
            let passage = in_words(&owner, id, &version.definition);
            opened.index.write(Collection::Workflows, numbered(&[passage], &hash(digest))).await?;
        }
        for workflow in &plan.remove {
            opened.index.store.remove(Collection::Workflows, &owner, workflow).await?;
        }
        opened.index.store.flush().await?;
        self.memory.note_workflows(tenant, opened, wanted);
        Ok(())
    }
}

/// How a workflow reads: what starts it on the first line, then its steps.
fn reading(definition: &Definition, language: Language) -> String {
    let readback = describe::describe(definition, Catalog::embedded(), language);
    let steps = readback.steps.into_iter().map(|step| step.text).filter(|text| !text.is_empty());
    [readback.trigger].into_iter().chain(steps).collect::<Vec<_>>().join("\n")
}

/// What a workflow does, in English, and in Spanish and in its author's words to be found by.
fn in_words(owner: &Owner, id: &WorkflowId, definition: &Definition) -> Passage {
    let summary = describe::describe(definition, Catalog::embedded(), Language::En).summary.unwrap_or_default();
    Passage {
        owner: owner.as_str().to_owned(),
        document: id.to_string(),
        title: definition.title().to_owned(),
        heading: definition.department().unwrap_or_default().to_owned(),
        text: reading(definition, Language::En),
        keywords: format!("{summary}\n{}", reading(definition, Language::Es)),
        departments: vec![definition.department().unwrap_or(EVERYWHERE).to_owned()],
        jurisdictions: vec![EVERYWHERE.to_owned()],
        languages: vec!["en".to_owned(), "es".to_owned()],
        ..Passage::default()
    }
}
