//! Finding things: opened in the background at start, so that the server answers at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use super::vector::{Collection, Scored, VectorStore};
use super::{content, ingest};

/// How long a search waits for the store to be opened.
const OPENING: Duration = Duration::from_secs(2);
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
    state: Arc<watch::Sender<State>>,
}

impl Service {
    /// A service whose store is opened and brought up to date by the returned function. Run it off the async threads.
    #[must_use]
    pub fn new(folder: PathBuf) -> (Self, impl FnOnce() + Send + 'static) {
        let service = Self { state: Arc::new(watch::Sender::new(State::Opening)) };
        let sender = service.state.clone();
        let open = move || {
            let opened = VectorStore::open_edge(&folder)
                .and_then(|store| ingest::ingest(&store, &folder, &content::shipped()).map(|report| (store, report)));
            let state = match opened {
                Ok((store, report)) => {
                    tracing::info!(
                        indexed = report.indexed,
                        unchanged = report.unchanged,
                        removed = report.removed,
                        "the knowledge store is open"
                    );
                    State::Open(Arc::new(store))
                }
                Err(error) => {
                    tracing::error!(%error, "the knowledge store could not be opened; drafts go on without citations");
                    State::Broken
                }
            };
            sender.send_replace(state);
        };
        (service, open)
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
