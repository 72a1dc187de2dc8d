//! Finding things, for people and for the model.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::embed::Embedder;
use super::fusion::{self, Fused, Place};
use super::library::Memory;
use super::opening::{Door, Kept, Opened};
use super::vector::{Collection, Filter, Generation, Owner, Query, VectorError, Words, current_in};
use crate::model::{Clock, TenantId};
use crate::store::{Database, StoreError};

/// How long a search waits for the index to follow the dealership's own documents; what is there is searched then.
const FOLLOWING: Duration = Duration::from_secs(1);
/// How long a search may take.
const SEARCHING: Duration = Duration::from_secs(2);
/// Results at most.
const MAX_HITS: usize = 20;
/// Passages looked at for each kind of vector.
const CANDIDATES: usize = 60;
/// Passages of one document at most.
const PER_DOCUMENT: usize = 2;
/// BM25 from which a passage says something about a question; set by the labelled queries, as a test prints them.
const CLOSE_BY_WORDS: f32 = 7.6;
/// The same of a cosine; of the small sentence models.
const CLOSE_BY_MEANING: f32 = 0.45;
/// Characters of a query that count.
const MAX_QUERY: usize = 2000;

/// What to look for, and where.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// In which collection.
    pub within: Collection,
    /// What was said; the first 2,000 characters count.
    pub query: &'a str,
    /// Hits at most, up to 20.
    pub limit: usize,
    /// Whose passages, and which.
    pub filter: Filter,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Hit {
    /// Id of the article, template, document or workflow.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Where in the document: its section; for a template, its department.
    pub heading: String,
    /// The passage.
    pub text: String,
    /// Higher is closer; comparable only within one answer. BM25 where words alone are searched, else the sum of
    /// `1 / (60 + rank)` over both rankings.
    pub score: f32,
    /// Where it applies: `US`, states, `EU`; `all` for everywhere.
    pub jurisdictions: Vec<String>,
    /// When a person last checked it (`YYYY-MM-DD`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reviewed: String,
    /// It is the dealership's own, not one that ships.
    pub own: bool,
    /// It is close enough to say something about what was asked. Where no hit is, nothing that is known answers.
    pub close: bool,
    /// How it was found.
    pub why: Why,
}

/// How a passage was found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, utoipa::ToSchema)]
pub struct Why {
    /// Words of the query that say something.
    pub asked: usize,
    /// The words of the query that stand in it or in its search words, in any of their forms.
    pub words: Vec<String>,
    /// Where it stood by words (BM25).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_words: Option<Place>,
    /// Where it stood by meaning (cosine); absent without an embedding model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_meaning: Option<Place>,
}

/// How searching stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct IndexState {
    /// `edge` (in this process) or `qdrant` (a server).
    pub engine: &'static str,
    /// Whether searches find everything.
    pub standing: IndexStanding,
    /// The embedding model, where passages are found by meaning too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Documents the dealership added.
    pub documents: i64,
    /// Passages they make.
    pub passages: i64,
}

/// Whether searches find everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexStanding {
    /// The index is being opened.
    Opening,
    /// It cannot be opened or reached.
    Away,
    /// It has not taken in every change yet; the next search brings it on.
    Following,
    /// It has everything.
    Ready,
}

/// Why nothing could be searched.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// Still opening, or it cannot be opened or reached.
    #[error("the knowledge index is not available")]
    Unavailable,
    /// The engine failed.
    #[error("the knowledge index failed")]
    Failed(#[source] anyhow::Error),
}

/// What the service is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where the index is kept.
    pub kept: Kept,
    /// Rows.
    pub db: Database,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where what outlives a request runs.
    pub tasks: TaskTracker,
    /// Bytes of a file at most.
    pub max_file_bytes: usize,
    /// What passages are found by meaning with; none: by words alone.
    pub embedder: Option<Embedder>,
}

/// What can be found, and how it comes in; cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) door: Door,
    pub(super) parts: Arc<Parts>,
    pub(super) memory: Memory,
}

impl Service {
    /// The service; its index is opened by [`Service::open`], else by the first search.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let door = Door::new(parts.kept.clone(), parts.embedder.clone(), parts.tasks.clone());
        Self { door, parts: Arc::new(parts), memory: Memory::default() }
    }

    /// Opens the index and brings it in line with what ships; once it is open, another call has no effect. An index that
    /// cannot be opened is logged and counted, and searches answer [`KnowledgeError::Unavailable`].
    pub async fn open(&self) {
        self.door.open().await;
    }

    /// Whether searches are answered.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.door.opened().is_some()
    }

    /// Whether the index is still being opened (as opposed to open or broken).
    #[must_use]
    pub fn opening(&self) -> bool {
        self.door.opening()
    }

    /// Templates closest to `query`, best first.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn search_templates(
        &self,
        tenant: &TenantId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, KnowledgeError> {
        self.search(&Ask::of(tenant, Collection::Templates, query, limit)).await
    }

    /// Passages of articles and of the dealership's own documents closest to `query`, best first; at most two of one
    /// document.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn search_knowledge(
        &self,
        tenant: &TenantId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, KnowledgeError> {
        self.search(&Ask::of(tenant, Collection::Knowledge, query, limit)).await
    }

    /// What is closest to a question, best first.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn search(&self, ask: &Ask<'_>) -> Result<Vec<Hit>, KnowledgeError> {
        let opened = self.door.wait().await.ok_or(KnowledgeError::Unavailable)?;
        match (ask.within, &ask.filter.tenant) {
            (Collection::Knowledge, Some(tenant)) => {
                self.in_line(tenant, FOLLOWING).await;
            }
            (Collection::Workflows, Some(tenant)) => {
                let follow = tokio::time::timeout(FOLLOWING, self.follow_workflows(&opened, tenant)).await;
                if !matches!(follow, Ok(Ok(()))) {
                    tracing::warn!("the index does not have every approved workflow yet");
                }
            }
            (Collection::Templates, _) | (_, None) => {}
        }
        let text: String = ask.query.chars().take(MAX_QUERY).collect();
        let query = Query {
            words: opened.index.words().query(&text),
            meaning: self.meaning(&opened, &text).await,
            filter: ask.filter.clone(),
            limit: CANDIDATES,
        };
        let search = opened.index.store.search(ask.within, query);
        let found = match tokio::time::timeout(SEARCHING, search).await {
            Ok(found) => found,
            Err(_elapsed) => Err(VectorError::Unavailable("it took too long".into())),
        };
        let found = found.map_err(|error| {
            self.count_failure(&opened, "search", &error);
            KnowledgeError::from(error)
        })?;
        let telling = opened.index.words().telling(&text);
        let kept = distinct(fusion::fuse(found), ask.limit.clamp(1, MAX_HITS));
        Ok(kept.into_iter().map(|fused| Hit::new(fused, ask.within, opened.index.words(), &telling)).collect())
    }

    /// The vector of a question; when it does not come in time, the question is answered by words.
    async fn meaning(&self, opened: &Opened, text: &str) -> Option<Vec<f32>> {
        let asked = tokio::time::timeout(SEARCHING, opened.index.meaning(text)).await;
        let failure = match asked {
            Ok(Ok(meaning)) => return meaning,
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => "it took too long".to_owned(),
        };
        metrics::counter!("auterity_knowledge_failures_total", "engine" => opened.engine.kind(), "work" => "embed")
            .increment(1);
        tracing::warn!(failure, "a question has no vector and is answered by words");
        None
    }

    /// Whether the index is one of the model in the settings, as far as that can be told without asking anybody.
    ///
    /// # Errors
    /// [`VectorError::OtherModel`] with what mends it.
    pub fn check_model(&self) -> Result<(), VectorError> {
        let Kept::Folder(folder) = &self.parts.kept else { return Ok(()) };
        let Some(current) = current_in(folder)? else { return Ok(()) };
        current.is_of(self.parts.embedder.as_ref().map(Embedder::name))
    }

    /// Makes another index with the model of the settings beside the one that is searched, with everything in it, and
    /// switches to it at once.
    ///
    /// # Errors
    /// [`KnowledgeError`]; the index of before is searched as it was.
    pub async fn reembed(&self) -> Result<Generation, KnowledgeError> {
        let opened = self.door.another().await?;
        let failed = |error: StoreError| KnowledgeError::Failed(error.into());
        for tenant in self.parts.db.list_tenants().await.map_err(failed)? {
            self.bring_in_line(&opened, &tenant.id, false).await?;
            self.follow_workflows(&opened, &tenant.id).await?;
        }
        opened.engine.switch(&opened.generation).await?;
        opened.engine.remove_others(&opened.generation).await?;
        Ok(opened.generation)
    }

    /// Logs and counts what the engine could not do; an index on a server that is not what it was is opened again.
    pub(super) fn count_failure(&self, opened: &Opened, work: &'static str, error: &VectorError) {
        let engine = opened.engine.kind();
        metrics::counter!("auterity_knowledge_failures_total", "engine" => engine, "work" => work).increment(1);
        tracing::warn!(error = error as &dyn std::error::Error, engine, work, "the knowledge index failed");
        if matches!(error, VectorError::Engine(_)) {
            self.door.reopen();
        }
    }
}

impl<'a> Ask<'a> {
    /// Everything a tenant may find in a collection.
    #[must_use]
    pub fn of(tenant: &TenantId, within: Collection, query: &'a str, limit: usize) -> Self {
        Self { within, query, limit, filter: Filter { tenant: Some(tenant.clone()), ..Filter::default() } }
    }
}

/// The best `limit`, with few of one document and no text twice.
fn distinct(fused: Vec<Fused>, limit: usize) -> Vec<Fused> {
    let mut kept: Vec<Fused> = Vec::new();
    for next in fused {
        let of_it = kept.iter().filter(|known| known.passage.document == next.passage.document).count();
        if of_it < PER_DOCUMENT && kept.iter().all(|known| known.passage.text != next.passage.text) {
            kept.push(next);
        }
        if kept.len() == limit {
            break;
        }
    }
    kept
}

impl Hit {
    fn new(fused: Fused, within: Collection, words: &Words, telling: &[(String, u32)]) -> Self {
        let Fused { passage, score, words: by_words, meaning: by_meaning } = fused;
        let inside = words.document(&passage.indexed()).indices;
        let standing = telling.iter().filter(|(_, hash)| inside.contains(hash)).map(|(word, _)| word.clone());
        let why = Why { asked: telling.len(), words: standing.collect(), by_words, by_meaning };
        Self {
            own: passage.owner != Owner::Shared.as_str(),
            document: passage.document,
            title: passage.title,
            heading: passage.heading,
            text: passage.text,
            score,
            close: why.is_close(within),
            jurisdictions: passage.jurisdictions,
            reviewed: passage.reviewed,
            why,
        }
    }
}

impl Why {
    fn is_close(&self, within: Collection) -> bool {
        if within == Collection::Workflows {
            // few workflows make every word common, so BM25 says little: a third of what was asked must stand in it
            return self.words.len() * 3 >= self.asked && self.words.len() >= self.asked.clamp(1, 3);
        }
        let by_words = self.by_words.is_some_and(|place| place.score >= CLOSE_BY_WORDS);
        // one rare word alone says little of a longer question
        let enough = self.words.len() >= self.asked.min(2);
        (by_words && enough) || self.by_meaning.is_some_and(|place| place.score >= CLOSE_BY_MEANING)
    }
}

impl From<VectorError> for KnowledgeError {
    fn from(error: VectorError) -> Self {
        match error {
            VectorError::Elsewhere(_) | VectorError::Unavailable(_) => Self::Unavailable,
            VectorError::Engine(_) | VectorError::OtherModel { .. } | VectorError::Io(_) => Self::Failed(error.into()),
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
pub(super) mod tests;
