//! The vector store behind one type. Collections, vector names and payload fields are the same for every engine.

mod edge;

use std::path::Path;

pub use edge::Edge;

/// Name of the sparse vector.
pub const BM25: &str = "bm25";
/// How text becomes words. Part of what a document's hash covers, so that a change indexes everything again.
pub const ANALYSIS: &str = "english, folded";

/// What is searched together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// Workflow templates.
    Templates,
    /// Chunks of knowledge articles.
    Articles,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 2] = [Self::Templates, Self::Articles];

    /// Its name in the engine.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            Self::Articles => "articles",
        }
    }
}

/// One piece of text to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The document it belongs to.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The heading it stands under.
    pub heading: String,
    /// What is shown.
    pub text: String,
    /// What is searched.
    pub indexed: String,
}

/// A point that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// BM25 score; higher is closer.
    pub score: f32,
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// The heading.
    pub heading: String,
    /// The text.
    pub text: String,
}

/// What can go wrong with the vector store.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// The engine refused.
    #[error("the vector store refused: {0}")]
    Engine(String),
    /// Files of the store cannot be read or written.
    #[error("the vector store's files cannot be used")]
    Io(#[from] std::io::Error),
}

/// An engine. Calls block: use them off the async threads.
#[derive(Debug)]
pub enum VectorStore {
    /// Qdrant Edge in this process.
    Edge(Edge),
}

impl VectorStore {
    /// Opens the embedded engine in `folder`.
    ///
    /// # Errors
    /// When another process has it open, or the files are broken.
    pub fn open_edge(folder: &Path) -> Result<Self, VectorError> {
        Edge::open(folder).map(Self::Edge)
    }

    /// Replaces everything known of `document` by `points`.
    ///
    /// # Errors
    /// [`VectorError::Engine`].
    pub fn replace(&self, collection: Collection, document: &str, points: &[Point]) -> Result<(), VectorError> {
        match self {
            Self::Edge(edge) => edge.replace(collection, document, points),
        }
    }

    /// Makes what was written durable.
    pub fn flush(&self) {
        match self {
            Self::Edge(edge) => edge.flush(),
        }
    }

    /// The points closest to the words of `query`, best first; ties by document and heading.
    ///
    /// # Errors
    /// [`VectorError::Engine`].
    pub fn search(&self, collection: Collection, query: &str, limit: usize) -> Result<Vec<Scored>, VectorError> {
        let mut found = match self {
            Self::Edge(edge) => edge.search(collection, query, limit)?,
        };
        found.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| (&a.document, &a.heading).cmp(&(&b.document, &b.heading)))
        });
        Ok(found)
    }
}
