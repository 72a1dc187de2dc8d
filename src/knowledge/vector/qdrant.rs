//! A Qdrant server: the same index as collections named `<prefix>-<collection>.<generation>`. The alias `<prefix>` leads
//! to the passages of the index that is searched; moving it is one step, and every process that opens the index after
//! it finds the new one.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use qdrant_client::qdrant::{
    Condition as QdrantCondition, CreateAlias, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    DeletePointsBuilder, Distance, FieldType, Filter as QdrantFilter, Modifier, NamedVectors, PayloadIncludeSelector,
    PointStruct, Query as QdrantQuery, QueryBatchPointsBuilder, QueryPoints, QueryPointsBuilder, ScrollPointsBuilder,
    SparseVectorParamsBuilder, SparseVectorsConfigBuilder, UpsertPointsBuilder, Value, Vector, VectorInput,
    VectorParamsBuilder, VectorsConfigBuilder,
};
use qdrant_client::{Payload, Qdrant as Client, QdrantError};
use secrecy::{ExposeSecret, SecretString};
use tonic::Code;

use super::{
    BM25, Collection, Condition, DENSE, Found, Generation, Held, Owner, Passage, Point, Query, SELECTED_BY, Scored,
    VectorError,
};

/// Points sent in one request: with a large model some hundred kilobytes.
const BATCH: usize = 64;
/// Points of one step of a listing.
const PAGE: u32 = 1000;
/// Attempts at one request that failed for a passing reason.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt; doubled before the third.
const PAUSE: Duration = Duration::from_millis(100);

/// Where the server is.
#[derive(Debug, Clone)]
pub struct QdrantSettings {
    /// Its gRPC address, `http://host:6334`.
    pub url: String,
    /// Its key; none is sent when it is empty.
    pub api_key: SecretString,
    /// First part of every name, so that installations can share a server.
    pub prefix: String,
    /// How long one request may take.
    pub timeout: Duration,
}

/// A server with indexes of ours. Connects when it is first asked.
#[derive(Clone)]
pub struct QdrantEngine {
    client: Client,
    prefix: String,
}

impl std::fmt::Debug for QdrantEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QdrantEngine").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

fn failed(error: &QdrantError) -> VectorError {
    match error {
        QdrantError::ResponseError { status } if passing(status.code()) => {
            VectorError::Unavailable(format!("{}: {}", status.code(), status.message()))
        }
        QdrantError::ResourceExhaustedError { status, .. } => VectorError::Unavailable(status.message().to_owned()),
        QdrantError::ResponseError { status } => VectorError::Engine(status.message().to_owned()),
        other => VectorError::Engine(other.to_string()),
    }
}

/// Whether the same request may succeed in a moment. The client calls a refused connection `Internal`.
const fn passing(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::DeadlineExceeded | Code::Internal | Code::Cancelled | Code::Unknown)
}

/// Asks again when that may help. Everything we send can be sent twice.
async fn patiently<T, F: Future<Output = Result<T, QdrantError>>>(ask: impl Fn() -> F) -> Result<T, VectorError> {
    let mut attempt = 1;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                let error = failed(&error);
                if attempt == ATTEMPTS || !matches!(error, VectorError::Unavailable(_)) {
                    return Err(error);
                }
                tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
                attempt += 1;
            }
        }
    }
}

impl QdrantEngine {
    /// A server that nobody has asked yet.
    ///
    /// # Errors
    /// [`VectorError::Engine`] when the address is none.
    pub fn new(settings: &QdrantSettings) -> Result<Self, VectorError> {
        // a second installation is refused, and that is fine: the first one is the same
        drop(rustls::crypto::ring::default_provider().install_default());
        let key = settings.api_key.expose_secret();
        let client = Client::from_url(&settings.url)
            .api_key((!key.is_empty()).then(|| key.to_owned()))
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .skip_compatibility_check()
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { client, prefix: settings.prefix.clone() })
    }

    fn name(&self, collection: Collection, generation: &Generation) -> String {
        format!("{}-{}.{generation}", self.prefix, collection.name())
    }

    /// The generation in the name of a collection; none when it is not ours.
    fn generation(&self, collection: Collection, name: &str) -> Option<Generation> {
        let rest = name.strip_prefix(&self.prefix)?.strip_prefix('-')?;
        rest.strip_prefix(collection.name())?.strip_prefix('.')?.parse().ok()
    }

    pub(super) async fn current(&self) -> Result<Option<Generation>, VectorError> {
        let aliases = patiently(|| self.client.list_aliases()).await?.aliases;
        let found = aliases.iter().find(|known| known.alias_name == self.prefix);
        Ok(found.and_then(|known| self.generation(Collection::Knowledge, &known.collection_name)))
    }

    pub(super) async fn switch(&self, to: &Generation) -> Result<(), VectorError> {
        let alias =
            CreateAlias { collection_name: self.name(Collection::Knowledge, to), alias_name: self.prefix.clone() };
        patiently(|| self.client.create_alias(alias.clone())).await.map(drop)
    }

    pub(super) async fn remove_others(&self, keep: &Generation) -> Result<(), VectorError> {
        let known = patiently(|| self.client.list_collections()).await?.collections;
        for name in known.into_iter().map(|description| description.name) {
            let found = Collection::ALL.into_iter().find_map(|collection| self.generation(collection, &name));
            if found.is_some_and(|generation| generation != *keep) {
                patiently(|| self.client.delete_collection(name.clone())).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn open(&self, generation: &Generation) -> Result<Qdrant, VectorError> {
        let mut names = HashMap::new();
        for collection in Collection::ALL {
            let name = self.name(collection, generation);
            if !patiently(|| self.client.collection_exists(name.clone())).await? {
                self.create(&name, generation).await?;
            }
            names.insert(collection, name);
        }
        Ok(Qdrant { client: self.client.clone(), names })
    }

    async fn create(&self, name: &str, generation: &Generation) -> Result<(), VectorError> {
        let mut sparse = SparseVectorsConfigBuilder::default();
        sparse.add_named_vector_params(BM25, SparseVectorParamsBuilder::default().modifier(Modifier::Idf as i32));
        let mut create = CreateCollectionBuilder::new(name).sparse_vectors_config(sparse);
        if let Some(size) = generation.dimension() {
            let mut dense = VectorsConfigBuilder::default();
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            dense.add_named_vector_params(DENSE, VectorParamsBuilder::new(size, Distance::Cosine));
            create = create.vectors_config(dense);
        }
        let create: qdrant_client::qdrant::CreateCollection = create.build();
        match patiently(|| self.client.create_collection(create.clone())).await {
            Ok(_) => {}
            // another process made it in the same moment
            Err(_) if patiently(|| self.client.collection_exists(name)).await? => {}
            Err(error) => return Err(error),
        }
        for field in SELECTED_BY {
            let index = CreateFieldIndexCollectionBuilder::new(name, field, FieldType::Keyword).wait(true).build();
            patiently(|| self.client.create_field_index(index.clone())).await?;
        }
        Ok(())
    }
}

/// An index on a server.
#[derive(Clone)]
pub struct Qdrant {
    client: Client,
    names: HashMap<Collection, String>,
}

impl std::fmt::Debug for Qdrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qdrant").field("names", &self.names).finish_non_exhaustive()
    }
}

fn matches(condition: &Condition) -> QdrantCondition {
    QdrantCondition::matches(condition.field, condition.any.clone())
}

fn one(field: &'static str, value: &str) -> Condition {
    Condition { field, any: vec![value.to_owned()] }
}

fn all(conditions: &[Condition]) -> QdrantFilter {
    QdrantFilter::must(conditions.iter().map(matches))
}

impl Qdrant {
    fn name(&self, collection: Collection) -> &str {
        self.names.get(&collection).map_or("", String::as_str)
    }

    async fn delete(&self, collection: Collection, filter: QdrantFilter) -> Result<(), VectorError> {
        let delete = DeletePointsBuilder::new(self.name(collection)).points(filter).wait(true).build();
        patiently(|| self.client.delete_points(delete.clone())).await.map(drop)
    }

    pub(super) async fn replace(&self, collection: Collection, points: &[Point]) -> Result<(), VectorError> {
        let Some(Point { passage: first, .. }) = points.first() else { return Ok(()) };
        for batch in points.chunks(BATCH) {
            let batch = batch.iter().map(|point| sent(collection, point)).collect::<Result<Vec<_>, _>>()?;
            let upsert = UpsertPointsBuilder::new(self.name(collection), batch).wait(true).build();
            patiently(|| self.client.upsert_points(upsert.clone())).await?;
        }
        let mut before = all(&[one("owner", &first.owner), one("document", &first.document)]);
        before.must_not = vec![matches(&one("hash", &first.hash))];
        self.delete(collection, before).await
    }

    pub(super) async fn remove(
        &self,
        collection: Collection,
        owner: &Owner,
        document: &str,
    ) -> Result<(), VectorError> {
        self.delete(collection, all(&[one("owner", owner.as_str()), one("document", document)])).await
    }

    pub(super) async fn held(
        &self,
        collection: Collection,
        owner: &Owner,
    ) -> Result<BTreeMap<String, Held>, VectorError> {
        let (mut held, mut offset) = (BTreeMap::new(), None);
        loop {
            let mut request = ScrollPointsBuilder::new(self.name(collection))
                .filter(all(&[one("owner", owner.as_str())]))
                .limit(PAGE)
                .with_payload(PayloadIncludeSelector { fields: ["document", "hash", "parts"].map(Into::into).to_vec() })
                .with_vectors(false);
            if let Some(offset) = offset {
                request = request.offset::<qdrant_client::qdrant::PointId>(offset);
            }
            let request = request.build();
            let answer = patiently(|| self.client.scroll(request.clone())).await?;
            for point in answer.result {
                let passage = passage(point.payload);
                Held::add(&mut held, passage.document, &passage.hash, passage.parts);
            }
            match answer.next_page_offset {
                Some(next) => offset = Some(next),
                None => return Ok(held),
            }
        }
    }

    pub(super) async fn search(&self, collection: Collection, query: &Query) -> Result<Found, VectorError> {
        let name = self.name(collection);
        let limit = u64::try_from(query.limit).unwrap_or(u64::MAX);
        let nearest = |using: &str, vector: VectorInput| -> QueryPoints {
            QueryPointsBuilder::new(name)
                .query(QdrantQuery::new_nearest(vector))
                .using(using)
                .filter(all(&query.filter.conditions()))
                .limit(limit)
                .with_payload(true)
                .build()
        };
        let by_words = !query.words.indices.is_empty();
        let mut asked = Vec::new();
        if by_words {
            let (indices, values) = (query.words.indices.clone(), query.words.values.clone());
            asked.push(nearest(BM25, VectorInput::new_sparse(indices, values)));
        }
        if let Some(meaning) = &query.meaning {
            asked.push(nearest(DENSE, VectorInput::new_dense(meaning.clone())));
        }
        if asked.is_empty() {
            return Ok(Found::default());
        }
        // one way there and back, whatever is asked
        let batch = QueryBatchPointsBuilder::new(name, asked).build();
        let answer = patiently(|| self.client.query_batch(batch.clone())).await?;
        let mut legs = answer.result.into_iter().map(|leg| {
            let scored = |point: qdrant_client::qdrant::ScoredPoint| Scored {
                score: point.score,
                passage: passage(point.payload),
            };
            leg.result.into_iter().map(scored).collect()
        });
        let words = if by_words { legs.next().unwrap_or_default() } else { Vec::new() };
        Ok(Found { words, meaning: legs.next().unwrap_or_default() })
    }
}

fn sent(collection: Collection, point: &Point) -> Result<PointStruct, VectorError> {
    let words = Vector::new_sparse(point.words.indices.clone(), point.words.values.clone());
    let mut vectors = NamedVectors::default().add_vector(BM25, words);
    if let Some(meaning) = &point.meaning {
        vectors = vectors.add_vector(DENSE, Vector::new_dense(meaning.clone()));
    }
    let fields = serde_json::to_value(&point.passage).map_err(|error| VectorError::Engine(error.to_string()))?;
    let payload = Payload::try_from(fields).map_err(|error| failed(&error))?;
    Ok(PointStruct::new(point.passage.id(collection).to_string(), vectors, payload))
}

fn passage(payload: HashMap<String, Value>) -> Passage {
    serde_json::from_value(Payload::from(payload).into()).unwrap_or_default()
}
