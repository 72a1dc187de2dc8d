//! The index is opened in the background, so that the server answers at once, and again when that failed: a folder that
//! another process held, a server that was away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::content;
use super::embed::Embedder;
use super::index::{Index, Report};
use super::vector::{EdgeEngine, Engine, Generation, Model, QdrantEngine, QdrantSettings, VectorError, Words};

/// How long a search waits for the index to be opened; the first time, all that ships is indexed meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an index that could not be opened is left alone.
const REST: Duration = Duration::from_secs(2);

/// Where the index is kept.
#[derive(Debug, Clone)]
pub enum Kept {
    /// In a folder of this process.
    Folder(PathBuf),
    /// On a server.
    Server(QdrantSettings),
}

impl Kept {
    /// `edge` or `qdrant`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Folder(_) => "edge",
            Self::Server(_) => "qdrant",
        }
    }

    pub(super) fn engine(&self) -> Result<Engine, VectorError> {
        match self {
            Self::Folder(folder) => EdgeEngine::new(folder).map(Arc::new).map(Engine::Edge),
            Self::Server(settings) => QdrantEngine::new(settings).map(Engine::Qdrant),
        }
    }
}

#[derive(Debug, Clone)]
enum State {
    /// Nobody has finished opening it yet.
    Opening,
    Open(Box<Opened>),
    /// It could not be opened, and is left alone until then.
    Broken {
        again: Instant,
    },
}

/// An index that is open, with the engine it is kept by.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The engine, kept as long as the index is in use.
    pub engine: Engine,
    /// What was opened.
    pub generation: Generation,
    /// The index.
    pub index: Index,
}

/// The index, open or on the way. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    kept: Arc<Kept>,
    embedder: Option<Embedder>,
    state: Arc<watch::Sender<State>>,
    /// One opens it at a time.
    turn: Arc<Mutex<()>>,
    tasks: TaskTracker,
}

impl Door {
    /// Opens nothing yet; `tasks` is where it will be opened.
    pub(super) fn new(kept: Kept, embedder: Option<Embedder>, tasks: TaskTracker) -> Self {
        let state = Arc::new(watch::Sender::new(State::Opening));
        Self { kept: Arc::new(kept), embedder, state, turn: Arc::default(), tasks }
    }

    pub(super) fn opening(&self) -> bool {
        matches!(*self.state.borrow(), State::Opening)
    }

    pub(super) fn opened(&self) -> Option<Opened> {
        match &*self.state.borrow() {
            State::Open(opened) => Some(Opened::clone(opened)),
            State::Opening | State::Broken { .. } => None,
        }
    }

    /// The index, when it is open or is so within a moment.
    pub(super) async fn wait(&self) -> Option<Opened> {
        let due = match &*self.state.borrow() {
            State::Open(opened) => return Some(Opened::clone(opened)),
            State::Opening => true,
            State::Broken { again } => *again <= Instant::now(),
        };
        if !due {
            return None;
        }
        // in a task of its own: whoever asked may give up, and half an opening must not be left behind
        let door = self.clone();
        let work = self.tasks.spawn(async move { door.open().await });
        drop(tokio::time::timeout(PATIENCE, work).await);
        self.opened()
    }

    /// The index on the server is not what it was when it was opened (another process may have made a new one and removed
    /// it): it is opened again when it is next asked for.
    pub(super) fn reopen(&self) {
        if matches!(*self.kept, Kept::Server(_)) {
            self.state.send_replace(State::Broken { again: Instant::now() });
        }
    }

    /// Opens the index and brings it in line with what ships, unless that is done or failed a moment ago.
    pub(super) async fn open(&self) {
        let _turn = self.turn.lock().await;
        let settled = match &*self.state.borrow() {
            State::Open(_) => true,
            State::Opening => false,
            State::Broken { again } => *again > Instant::now(),
        };
        if settled {
            return;
        }
        let next = match self.try_open().await {
            Ok(opened) => State::Open(Box::new(opened)),
            Err(error) => {
                tracing::error!(%error, "the knowledge index could not be opened; answers go on without it");
                metrics::counter!("auterity_knowledge_failures_total", "engine" => self.kept.kind(), "work" => "open")
                    .increment(1);
                State::Broken { again: Instant::now() + REST }
            }
        };
        self.state.send_replace(next);
    }

    async fn try_open(&self) -> Result<Opened, VectorError> {
        let engine = self.kept.engine()?;
        let found = engine.current().await?;
        if let Some(current) = &found {
            current.is_of(self.embedder.as_ref().map(Embedder::name))?;
        }
        let generation = match &found {
            Some(current) => current.clone(),
            None => Generation::first(self.model().await?),
        };
        let opened = self.filled(engine, generation).await?;
        let Opened { engine, generation, .. } = &opened;
        if found.as_ref() != Some(generation) {
            engine.switch(generation).await?;
        }
        engine.remove_others(generation).await?;
        tracing::info!(engine = engine.kind(), %generation, "the knowledge index is open");
        Ok(opened)
    }

    /// An index beside the one that is searched, with what ships in it.
    pub(super) async fn another(&self) -> Result<Opened, VectorError> {
        let _turn = self.turn.lock().await;
        let engine = self.kept.engine()?;
        let model = self.model().await?;
        let generation = match engine.current().await? {
            Some(current) => current.next(model),
            None => Generation::first(model),
        };
        self.filled(engine, generation).await
    }

    /// The model of the settings with the size of its vectors, as the model itself tells it.
    async fn model(&self) -> Result<Option<Model>, VectorError> {
        let Some(embedder) = &self.embedder else { return Ok(None) };
        embedder.model().await.map(Some).map_err(|error| VectorError::Unavailable(error.to_string()))
    }

    /// An index, opened and in line with what ships.
    async fn filled(&self, engine: Engine, generation: Generation) -> Result<Opened, VectorError> {
        let words = Arc::new(Words::new()?);
        let index = Index::new(engine.open(&generation).await?, words, self.embedder.clone());
        let shipped = tokio::task::spawn_blocking(content::shipped).await;
        let shipped = shipped.map_err(|_| VectorError::Engine("what ships cannot be read".into()))?;
        let Report { indexed, unchanged, removed } = index.ship(shipped).await?;
        tracing::debug!(%generation, indexed, unchanged, removed, "what ships is in line");
        Ok(Opened { engine, generation, index })
    }
}
