//! The vector store behind one type: the same collections, vectors, fields and filters on either engine, and the same
//! results. What it holds is derived; anything in it can be made again from the shipped files and the database.

mod edge;
mod filter;
mod generation;
mod qdrant;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use edge::{EdgeEngine, current_in};
pub use filter::{Condition, EVERYWHERE, Filter, Owner};
pub use generation::{Generation, Model};
pub use qdrant::{QdrantEngine, QdrantSettings};
pub use words::{ANALYSIS, Sparse, Words};

/// Name of the sparse vector.
pub const BM25: &str = "bm25";
/// Name of the dense vector.
pub const DENSE: &str = "dense";
/// Fields that searches and deletions select by.
const SELECTED_BY: [&str; 6] = ["owner", "document", "hash", "departments", "jurisdictions", "languages"];

/// What is searched together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// Workflow templates.
    Templates,
    /// Passages of articles and of a dealership's own documents.
    Knowledge,
    /// A dealership's own approved workflows.
    Workflows,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 3] = [Self::Templates, Self::Knowledge, Self::Workflows];

    /// Its name in the engine.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            Self::Knowledge => "knowledge",
            Self::Workflows => "workflows",
        }
    }
}

/// A piece of text as it is kept beside its vectors, and given back when it is found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Passage {
    /// Whose it is: see [`Owner::as_str`].
    pub owner: String,
    /// The document it belongs to.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The heading it stands under.
    pub heading: String,
    /// What is shown.
    pub text: String,
    /// What people say when they mean it; searched, not shown.
    pub keywords: String,
    /// Departments that need it; `all` for every one.
    pub departments: Vec<String>,
    /// Where it applies: `US`, states, `EU`; `all` for everywhere.
    pub jurisdictions: Vec<String>,
    /// Languages it is found in.
    pub languages: Vec<String>,
    /// When a person last checked it (`YYYY-MM-DD`); empty when nobody said.
    pub reviewed: String,
    /// SHA-256 of everything its document is indexed by.
    pub hash: String,
    /// Its place in the document, from 0.
    pub place: usize,
    /// How many passages the document has.
    pub parts: usize,
}

impl Passage {
    /// What is searched.
    #[must_use]
    pub fn indexed(&self) -> String {
        let parts = [&self.title, &self.keywords, &self.heading, &self.text];
        parts.map(String::as_str).join(" ")
    }

    /// Its id in `collection`: the same place of the same document always has the same.
    #[must_use]
    pub fn id(&self, collection: Collection) -> uuid::Uuid {
        let name = format!("{}/{}/{}/{}", collection.name(), self.owner, self.document, self.place);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes())
    }
}

/// A passage with its vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The passage.
    pub passage: Passage,
    /// Its words.
    pub words: Sparse,
    /// Its meaning, where a model is set.
    pub meaning: Option<Vec<f32>>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// Its words.
    pub words: Sparse,
    /// Its meaning, where a model is set.
    pub meaning: Option<Vec<f32>>,
    /// Where to look.
    pub filter: Filter,
    /// Passages of each kind at most.
    pub limit: usize,
}

/// A passage that was found, by one kind of vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// BM25 or cosine; higher is closer. Comparable only within one kind.
    pub score: f32,
    /// The passage.
    pub passage: Passage,
}

/// What was found by each kind of vector, best first, ties in the order of document and place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// By words.
    pub words: Vec<Scored>,
    /// By meaning; empty without a model.
    pub meaning: Vec<Scored>,
}

/// What the index holds of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The hash all of its passages have; none when they differ.
    pub hash: Option<String>,
    /// How many there are.
    pub points: usize,
    /// How many there should be.
    pub parts: usize,
}

impl Held {
    /// Whether it is the whole of the document with this hash: not half written, not another version's.
    #[must_use]
    pub fn is(&self, hash: &str) -> bool {
        self.hash.as_deref() == Some(hash) && self.points == self.parts
    }

    fn add(held: &mut BTreeMap<String, Self>, document: String, hash: &str, parts: usize) {
        let entry = held.entry(document).or_insert(Self { hash: Some(hash.to_owned()), points: 0, parts });
        entry.points += 1;
        if entry.hash.as_deref() != Some(hash) {
            entry.hash = None;
        }
    }
}

/// What can go wrong with the vector store.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// Another process has the folder.
    #[error("another process has the vector store in {} open", .0.display())]
    Elsewhere(PathBuf),
    /// The engine refused.
    #[error("the vector store refused: {0}")]
    Engine(String),
    /// The server cannot be reached, or did not answer in time.
    #[error("the vector store does not answer: {0}")]
    Unavailable(String),
    /// The index was made with another embedding model than the settings name.
    #[error(
        "the index was made with {held}, the settings name {wanted}: stop the server, run `auterity ingest --reembed` and \
         start it again, or set what it was made with"
    )]
    OtherModel {
        /// What it was made with.
        held: String,
        /// What the settings name.
        wanted: String,
    },
    /// Files of the store cannot be read or written.
    #[error("the vector store's files cannot be used")]
    Io(#[from] std::io::Error),
}

/// Where indexes are.
#[derive(Debug, Clone)]
pub enum Engine {
    /// A folder of this process.
    Edge(Arc<EdgeEngine>),
    /// A server.
    Qdrant(QdrantEngine),
}

impl Engine {
    /// Its name, for people and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Edge(_) => "edge",
            Self::Qdrant(_) => "qdrant",
        }
    }

    /// The index that is searched; none before the first.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn current(&self) -> Result<Option<Generation>, VectorError> {
        match self {
            Self::Edge(engine) => engine.current(),
            Self::Qdrant(engine) => engine.current().await,
        }
    }

    /// Opens an index, made empty when there is none. One that a crash left unreadable is made anew: it is derived.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn open(&self, generation: &Generation) -> Result<VectorStore, VectorError> {
        match self {
            Self::Edge(engine) => {
                let (engine, generation) = (Arc::clone(engine), generation.clone());
                edge::off_the_async_threads(move || engine.open(&generation)).await.map(VectorStore::Edge)
            }
            Self::Qdrant(engine) => engine.open(generation).await.map(VectorStore::Qdrant),
        }
    }

    /// Makes an index the one that is searched, at once for everybody.
    ///
    /// # Errors
    /// [`VectorError`]; the one before is searched then.
    pub async fn switch(&self, to: &Generation) -> Result<(), VectorError> {
        match self {
            Self::Edge(engine) => engine.switch(to),
            Self::Qdrant(engine) => engine.switch(to).await,
        }
    }

    /// Removes every index but this one.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn remove_others(&self, keep: &Generation) -> Result<(), VectorError> {
        match self {
            Self::Edge(engine) => engine.remove_others(keep),
            Self::Qdrant(engine) => engine.remove_others(keep).await,
        }
    }
}

/// An open index.
#[derive(Debug, Clone)]
pub enum VectorStore {
    /// Qdrant Edge in this process.
    Edge(Arc<edge::Edge>),
    /// Collections of a Qdrant server.
    Qdrant(qdrant::Qdrant),
}

impl VectorStore {
    /// Adds these points, all of one document with one hash, and removes what the index had of it before. Breaking off
    /// in between leaves a document that [`Held::is`] knows to be unfinished, and never one that is missing.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn replace(&self, collection: Collection, points: Vec<Point>) -> Result<(), VectorError> {
        match self {
            Self::Edge(edge) => {
                let edge = Arc::clone(edge);
                edge::off_the_async_threads(move || edge.replace(collection, &points)).await
            }
            Self::Qdrant(qdrant) => qdrant.replace(collection, &points).await,
        }
    }

    /// Removes a document.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn remove(&self, collection: Collection, owner: &Owner, document: &str) -> Result<(), VectorError> {
        match self {
            Self::Edge(edge) => {
                let (edge, owner, document) = (Arc::clone(edge), owner.clone(), document.to_owned());
                edge::off_the_async_threads(move || edge.remove(collection, &owner, &document)).await
            }
            Self::Qdrant(qdrant) => qdrant.remove(collection, owner, document).await,
        }
    }

    /// What the index holds of an owner, by document.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn held(&self, collection: Collection, owner: &Owner) -> Result<BTreeMap<String, Held>, VectorError> {
        match self {
            Self::Edge(edge) => {
                let (edge, owner) = (Arc::clone(edge), owner.clone());
                edge::off_the_async_threads(move || edge.held(collection, &owner)).await
            }
            Self::Qdrant(qdrant) => qdrant.held(collection, owner).await,
        }
    }

    /// Makes what was written durable; a server does so by itself.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn flush(&self) -> Result<(), VectorError> {
        match self {
            Self::Edge(edge) => {
                let edge = Arc::clone(edge);
                edge::off_the_async_threads(move || {
                    edge.flush();
                    Ok(())
                })
                .await
            }
            Self::Qdrant(_) => Ok(()),
        }
    }

    /// The passages closest to `query`, by words and by meaning.
    ///
    /// # Errors
    /// [`VectorError`].
    pub async fn search(&self, collection: Collection, query: Query) -> Result<Found, VectorError> {
        let mut found = match self {
            Self::Edge(edge) => {
                let edge = Arc::clone(edge);
                edge::off_the_async_threads(move || edge.search(collection, &query)).await?
            }
            Self::Qdrant(qdrant) => qdrant.search(collection, &query).await?,
        };
        for leg in [&mut found.words, &mut found.meaning] {
            leg.sort_by(|a, b| {
                let place = |scored: &Scored| (scored.passage.document.clone(), scored.passage.place);
                b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b)))
            });
        }
        Ok(found)
    }
}
