//! Finding things: opened in the background at start, so that the server answers at once.

use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use super::vector::{Collection, Scored, VectorStore};
use super::{content, ingest};

/// How long a search waits for the store to be opened; the first time, all that ships is indexed meanwhile.
const OPENING: Duration = Duration::from_secs(5);
/// How long a search may take.
const SEARCHING: Duration = Duration::from_secs(2);
/// Results at most.
const MAX_HITS: usize = 20;
/// Characters of a query that count.
const MAX_QUERY: usize = 2000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Hit {
    /// Article or template id.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Where in the document: its section; for a template, its department.
    pub heading: String,
    /// The passage.
    pub text: String,
    /// BM25 score; higher is closer. Comparable only within one answer.
    pub score: f32,
}

/// Why nothing could be searched.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// Still opening, or it could not be opened.
    #[error("the knowledge store is not available")]
    Unavailable,
    /// The engine failed.
    #[error("the knowledge store failed")]
    Failed(#[source] anyhow::Error),
}

#[derive(Debug, Clone)]
enum State {
    Opening,
    Open(Arc<VectorStore>),
    Broken,
}

/// The retrieval service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    folder: Arc<PathBuf>,
    opened: Arc<Once>,
    state: Arc<watch::Sender<State>>,
}

impl Service {
    /// A service whose store lies in `folder`. Opened by [`Service::open`], else by the first search.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        let state = Arc::new(watch::Sender::new(State::Opening));
        Self { folder: Arc::new(folder), opened: Arc::new(Once::new()), state }
    }

    /// Opens the store and brings it up to date with what ships; the second call has no effect. Blocks: run it off the
    /// async threads. A store that cannot be opened is logged, and searches answer [`KnowledgeError::Unavailable`].
    pub fn open(&self) {
        self.opened.call_once(|| {
            let opened = VectorStore::open_edge(&self.folder)
                .and_then(|store| ingest::ingest(&store, &self.folder, &content::shipped()).map(|done| (store, done)));
            self.state.send_replace(match opened {
                Ok((store, done)) => {
                    let ingest::Report { indexed, unchanged, removed } = done;
                    tracing::info!(indexed, unchanged, removed, "the knowledge store is open");
                    State::Open(Arc::new(store))
                }
                Err(error) => {
                    tracing::error!(%error, "the knowledge store could not be opened; drafts go on without citations");
                    State::Broken
                }
            });
        });
    }

    /// Whether searches are answered.
    #[must_use]
    pub fn ready(&self) -> bool {
        matches!(*self.state.borrow(), State::Open(_))
    }

    /// Whether the store is still being opened (as opposed to open or broken).
    #[must_use]
    pub fn opening(&self) -> bool {
        matches!(*self.state.borrow(), State::Opening)
    }

    /// Templates whose words are closest to `query`, best first.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn search_templates(&self, query: &str, limit: usize) -> Result<Vec<Hit>, KnowledgeError> {
        self.search(Collection::Templates, query, limit).await
    }

    /// Passages of articles whose words are closest to `query`, best first; at most two of one article.
    ///
    /// # Errors
    /// [`KnowledgeError`].
    pub async fn search_articles(&self, query: &str, limit: usize) -> Result<Vec<Hit>, KnowledgeError> {
        let mut hits = self.search(Collection::Articles, query, MAX_HITS).await?;
        let mut kept: Vec<Hit> = Vec::new();
        for hit in hits.drain(..) {
            if kept.iter().filter(|k| k.document == hit.document).count() < 2 {
                kept.push(hit);
            }
        }
        kept.truncate(limit);
        Ok(kept)
    }

    async fn search(&self, collection: Collection, query: &str, limit: usize) -> Result<Vec<Hit>, KnowledgeError> {
        let store = self.open_store().await?;
        let query: String = query.chars().take(MAX_QUERY).collect();
        let limit = limit.clamp(1, MAX_HITS);
        let search = tokio::task::spawn_blocking(move || store.search(collection, &query, limit));
        let found = tokio::time::timeout(SEARCHING, search)
            .await
            .map_err(|e| KnowledgeError::Failed(e.into()))?
            .map_err(|e| KnowledgeError::Failed(e.into()))?
            .map_err(|e| KnowledgeError::Failed(e.into()))?;
        Ok(found.into_iter().map(Hit::from).collect())
    }

    async fn open_store(&self) -> Result<Arc<VectorStore>, KnowledgeError> {
        if !self.opened.is_completed() {
            let service = self.clone();
            drop(tokio::task::spawn_blocking(move || service.open()));
        }
        let mut state = self.state.subscribe();
        let settled = tokio::time::timeout(OPENING, state.wait_for(|s| !matches!(s, State::Opening))).await;
        match settled {
            Ok(Ok(state)) => match &*state {
                State::Open(store) => Ok(store.clone()),
                State::Opening | State::Broken => Err(KnowledgeError::Unavailable),
            },
            Ok(Err(_)) | Err(_) => Err(KnowledgeError::Unavailable),
        }
    }
}

impl From<Scored> for Hit {
    fn from(found: Scored) -> Self {
        Self {
            document: found.document,
            title: found.title,
            heading: found.heading,
            text: found.text,
            score: found.score,
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
