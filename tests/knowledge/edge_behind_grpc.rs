//! A stand-in for a Qdrant server, for tests only: Qdrant's own gRPC protocol (the server side of its client crate), in
//! front of its Edge engine in a temporary folder. It knows what our client sends (collections and their aliases;
//! upsert, delete, scroll; query) and answers everything else with `unimplemented`. It is not Qdrant: what it proves is
//! that our client speaks the protocol and that both ways give the same results; set `TEST_QDRANT_URL` for the server.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use qdrant_client::qdrant as grpc;
use qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use qdrant_client::qdrant::points_server::{Points, PointsServer};
use qdrant_client::qdrant::{
    condition, r#match::MatchValue, point_id::PointIdOptions, points_selector::PointsSelectorOneOf, query, vector,
    vector_input, vectors, vectors_config,
};
use qdrant_edge as edge;
use tonic::{Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;
type Later<'a, T> = Pin<Box<dyn Future<Output = Answer<T>> + Send + 'a>>;

struct Shard {
    engine: edge::EdgeShard,
    _folder: tempfile::TempDir,
}

/// What the server holds, and how it misbehaves.
#[derive(Default)]
struct Held {
    collections: Mutex<BTreeMap<String, Arc<Shard>>>,
    aliases: Mutex<BTreeMap<String, String>>,
    /// Requests still to be refused with `unavailable`.
    refusals: AtomicUsize,
    /// Requests answered so far, refusals included.
    asked: AtomicUsize,
}

/// The server, running.
pub struct Server {
    pub url: String,
    held: Arc<Held>,
    stop: tokio_util::sync::CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        // connections that are open are answered until they end: they are told that nobody is there
        self.refuse(usize::MAX);
        self.stop.cancel();
    }
}

#[derive(Clone)]
struct Speaker(Arc<Held>);

impl Server {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (held, stop) = (Arc::new(Held::default()), tokio_util::sync::CancellationToken::new());
        let speaker = Speaker(Arc::clone(&held));
        let server = tonic::transport::Server::builder()
            .add_service(CollectionsServer::new(speaker.clone()))
            .add_service(PointsServer::new(speaker));
        let (incoming, ended) = (tonic::transport::server::TcpIncoming::from(listener), stop.clone());
        tokio::runtime::Handle::current().spawn(async move {
            server.serve_with_incoming_shutdown(incoming, ended.cancelled_owned()).await.unwrap();
        });
        Self { url, held, stop }
    }

    /// The next requests are refused as a server does that is starting.
    pub fn refuse(&self, requests: usize) {
        self.held.refusals.store(requests, Ordering::SeqCst);
    }

    pub fn asked(&self) -> usize {
        self.held.asked.load(Ordering::SeqCst)
    }

    pub fn collections(&self) -> Vec<String> {
        self.held.collections.lock().unwrap().keys().cloned().collect()
    }
}

fn failed(error: impl std::fmt::Display) -> Status {
    Status::invalid_argument(error.to_string())
}

impl Speaker {
    fn heard<T>(&self, request: Request<T>) -> Result<T, Status> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let less = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        match self.0.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => Err(Status::unavailable("not yet")),
            Err(_) => Ok(request.into_inner()),
        }
    }

    fn shard(&self, name: &str) -> Result<Arc<Shard>, Status> {
        let name = self.0.aliases.lock().unwrap().get(name).cloned().unwrap_or_else(|| name.to_owned());
        let found = self.0.collections.lock().unwrap().get(&name).cloned();
        found.ok_or_else(|| Status::not_found(format!("Collection `{name}` doesn't exist!")))
    }

    fn query_one(&self, asked: grpc::QueryPoints) -> Result<Vec<grpc::ScoredPoint>, Status> {
        let shard = self.shard(&asked.collection_name)?;
        let Some(query::Variant::Nearest(nearest)) = asked.query.and_then(|query| query.variant) else {
            return Err(Status::unimplemented("only nearest neighbours"));
        };
        let vector = match nearest.variant {
            Some(vector_input::Variant::Dense(dense)) => edge::VectorInternal::Dense(dense.data),
            Some(vector_input::Variant::Sparse(sparse)) => {
                edge::VectorInternal::Sparse(edge::SparseVector { indices: sparse.indices, values: sparse.values })
            }
            other => return Err(Status::unimplemented(format!("{other:?}"))),
        };
        let request = edge::QueryRequest {
            prefetches: Vec::new(),
            query: Some(edge::ScoringQuery::Vector(edge::QueryEnum::Nearest(edge::NamedQuery {
                query: vector,
                using: asked.using,
            }))),
            filter: asked.filter.map(filter).transpose()?,
            score_threshold: None,
            limit: usize::try_from(asked.limit.unwrap_or(10)).unwrap(),
            offset: 0,
            params: None,
            with_vector: edge::WithVector::Bool(false),
            with_payload: edge::WithPayloadInterface::Bool(true),
        };
        let found = shard.engine.query(request).map_err(failed)?;
        let scored = |point: edge::ScoredPoint| grpc::ScoredPoint {
            id: Some(id_out(point.id)),
            payload: payload_out(point.payload),
            score: point.score,
            ..grpc::ScoredPoint::default()
        };
        Ok(found.into_iter().map(scored).collect())
    }
}

fn id_out(id: edge::PointId) -> grpc::PointId {
    let id = match id {
        edge::PointId::NumId(number) => PointIdOptions::Num(number),
        edge::PointId::Uuid(uuid) => PointIdOptions::Uuid(uuid.to_string()),
    };
    grpc::PointId { point_id_options: Some(id) }
}

fn id_in(id: Option<grpc::PointId>) -> Result<edge::PointId, Status> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(uuid)) => uuid.parse().map(edge::PointId::Uuid).map_err(failed),
        Some(PointIdOptions::Num(number)) => Ok(edge::PointId::NumId(number)),
        None => Err(failed("a point has no id")),
    }
}

fn payload_out(payload: Option<edge::Payload>) -> std::collections::HashMap<String, grpc::Value> {
    let fields = payload.map(|payload| serde_json::Value::Object(payload.0)).unwrap_or_default();
    qdrant_client::Payload::try_from(fields).unwrap_or_default().into()
}

fn filter(asked: grpc::Filter) -> Result<edge::Filter, Status> {
    let all = |conditions: Vec<grpc::Condition>| -> Result<Option<Vec<edge::Condition>>, Status> {
        let all = conditions.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
        Ok((!all.is_empty()).then_some(all))
    };
    if !asked.should.is_empty() || asked.min_should.is_some() {
        return Err(Status::unimplemented("only must and must_not"));
    }
    Ok(edge::Filter { should: None, min_should: None, must: all(asked.must)?, must_not: all(asked.must_not)? })
}

fn field(asked: grpc::Condition) -> Result<edge::Condition, Status> {
    let Some(condition::ConditionOneOf::Field(field)) = asked.condition_one_of else {
        return Err(Status::unimplemented("only conditions on fields"));
    };
    let Some(MatchValue::Keywords(any)) = field.r#match.and_then(|found| found.match_value) else {
        return Err(Status::unimplemented("only any of some keywords"));
    };
    let any = edge::AnyVariants::Strings(any.strings.into_iter().collect());
    let path = field.key.parse().map_err(|()| failed("not a path"))?;
    Ok(edge::Condition::Field(edge::FieldCondition::new_match(path, edge::Match::Any(edge::MatchAny { any }))))
}

fn point(sent: grpc::PointStruct) -> Result<edge::PointStructPersisted, Status> {
    let Some(vectors::VectorsOptions::Vectors(named)) = sent.vectors.and_then(|vectors| vectors.vectors_options) else {
        return Err(failed("vectors have names here"));
    };
    let mut vectors = Vec::new();
    for (name, sent) in named.vectors {
        vectors.push((
            name,
            match sent.vector {
                Some(vector::Vector::Dense(dense)) => edge::Vector::new_dense(dense.data),
                Some(vector::Vector::Sparse(sparse)) => {
                    edge::SparseVector { indices: sparse.indices, values: sparse.values }.into()
                }
                other => return Err(Status::unimplemented(format!("{other:?}"))),
            },
        ));
    }
    let payload = serde_json::Value::from(qdrant_client::Payload::from(sent.payload));
    Ok(edge::PointStruct::new(id_in(sent.id)?, edge::Vectors::new_named(vectors), payload).into())
}

fn done() -> Response<grpc::PointsOperationResponse> {
    let result = grpc::UpdateResult { operation_id: Some(1), status: grpc::UpdateStatus::Completed.into() };
    Response::new(grpc::PointsOperationResponse { result: Some(result), ..Default::default() })
}

fn changed() -> Response<grpc::CollectionOperationResponse> {
    Response::new(grpc::CollectionOperationResponse { result: true, ..Default::default() })
}

/// Methods nobody calls, written as `async_trait` writes them: it does not see into macros.
macro_rules! unimplemented {
    ($($method:ident: $asked:ident => $answer:ident;)*) => {$(
        fn $method<'a, 'b>(&'a self, _: Request<grpc::$asked>) -> Later<'b, grpc::$answer>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        }
    )*};
}

#[tonic::async_trait]
impl Collections for Speaker {
    async fn create(&self, request: Request<grpc::CreateCollection>) -> Answer<grpc::CollectionOperationResponse> {
        let asked = self.heard(request)?;
        let mut config = edge::EdgeConfigBuilder::new();
        for (name, params) in asked.sparse_vectors_config.unwrap_or_default().map {
            let idf = params.modifier == Some(grpc::Modifier::Idf.into());
            let modifier = if idf { edge::Modifier::Idf } else { edge::Modifier::None };
            config = config.sparse_vector(name, edge::EdgeSparseVectorParamsBuilder::new().modifier(modifier).build());
        }
        if let Some(vectors_config::Config::ParamsMap(dense)) = asked.vectors_config.and_then(|config| config.config) {
            for (name, params) in dense.map {
                let size = usize::try_from(params.size).unwrap();
                config = config.vector(name, edge::EdgeVectorParamsBuilder::new(size, edge::Distance::Cosine).build());
            }
        }
        let mut collections = self.0.collections.lock().unwrap();
        if collections.contains_key(&asked.collection_name) {
            return Err(Status::already_exists("it is there"));
        }
        let folder = tempfile::tempdir().unwrap();
        let engine = edge::EdgeShard::new(folder.path(), config.build()).map_err(failed)?;
        collections.insert(asked.collection_name, Arc::new(Shard { engine, _folder: folder }));
        Ok(changed())
    }

    async fn delete(&self, request: Request<grpc::DeleteCollection>) -> Answer<grpc::CollectionOperationResponse> {
        let asked = self.heard(request)?;
        self.0.collections.lock().unwrap().remove(&asked.collection_name);
        self.0.aliases.lock().unwrap().retain(|_, collection| *collection != asked.collection_name);
        Ok(changed())
    }

    async fn list(&self, request: Request<grpc::ListCollectionsRequest>) -> Answer<grpc::ListCollectionsResponse> {
        self.heard(request)?;
        let names = self.0.collections.lock().unwrap();
        let collections = names.keys().map(|name| grpc::CollectionDescription { name: name.clone() }).collect();
        Ok(Response::new(grpc::ListCollectionsResponse { collections, ..Default::default() }))
    }

    async fn collection_exists(
        &self,
        request: Request<grpc::CollectionExistsRequest>,
    ) -> Answer<grpc::CollectionExistsResponse> {
        let asked = self.heard(request)?;
        let exists = self.0.collections.lock().unwrap().contains_key(&asked.collection_name);
        let result = Some(grpc::CollectionExists { exists });
        Ok(Response::new(grpc::CollectionExistsResponse { result, ..Default::default() }))
    }

    async fn update_aliases(&self, request: Request<grpc::ChangeAliases>) -> Answer<grpc::CollectionOperationResponse> {
        for operation in self.heard(request)?.actions {
            let Some(grpc::alias_operations::Action::CreateAlias(new)) = operation.action else {
                return Err(Status::unimplemented("only new aliases"));
            };
            self.shard(&new.collection_name)?;
            self.0.aliases.lock().unwrap().insert(new.alias_name, new.collection_name);
        }
        Ok(changed())
    }

    async fn list_aliases(&self, request: Request<grpc::ListAliasesRequest>) -> Answer<grpc::ListAliasesResponse> {
        self.heard(request)?;
        let aliases = self.0.aliases.lock().unwrap();
        let described = aliases.iter().map(|(alias, collection)| grpc::AliasDescription {
            alias_name: alias.clone(),
            collection_name: collection.clone(),
        });
        Ok(Response::new(grpc::ListAliasesResponse { aliases: described.collect(), ..Default::default() }))
    }

    unimplemented! {
        get: GetCollectionInfoRequest => GetCollectionInfoResponse;
        update: UpdateCollection => CollectionOperationResponse;
        list_collection_aliases: ListCollectionAliasesRequest => ListAliasesResponse;
        collection_cluster_info: CollectionClusterInfoRequest => CollectionClusterInfoResponse;
        update_collection_cluster_setup: UpdateCollectionClusterSetupRequest => UpdateCollectionClusterSetupResponse;
        create_shard_key: CreateShardKeyRequest => CreateShardKeyResponse;
        delete_shard_key: DeleteShardKeyRequest => DeleteShardKeyResponse;
        list_shard_keys: ListShardKeysRequest => ListShardKeysResponse;
    }
}

#[tonic::async_trait]
impl Points for Speaker {
    async fn upsert(&self, request: Request<grpc::UpsertPoints>) -> Answer<grpc::PointsOperationResponse> {
        let asked = self.heard(request)?;
        let points = asked.points.into_iter().map(point).collect::<Result<_, _>>()?;
        let insert = edge::PointOperations::UpsertPoints(edge::PointInsertOperations::PointsList(points));
        let shard = self.shard(&asked.collection_name)?;
        shard.engine.update(edge::UpdateOperation::PointOperation(insert)).map_err(failed)?;
        Ok(done())
    }

    async fn delete(&self, request: Request<grpc::DeletePoints>) -> Answer<grpc::PointsOperationResponse> {
        let asked = self.heard(request)?;
        let Some(PointsSelectorOneOf::Filter(selected)) = asked.points.and_then(|points| points.points_selector_one_of)
        else {
            return Err(Status::unimplemented("only by a filter"));
        };
        let delete = edge::PointOperations::DeletePointsByFilter(filter(selected)?);
        let shard = self.shard(&asked.collection_name)?;
        shard.engine.update(edge::UpdateOperation::PointOperation(delete)).map_err(failed)?;
        Ok(done())
    }

    async fn create_field_index(
        &self,
        request: Request<grpc::CreateFieldIndexCollection>,
    ) -> Answer<grpc::PointsOperationResponse> {
        let asked = self.heard(request)?;
        let index = edge::CreateIndex {
            field_name: asked.field_name.parse().map_err(|()| failed("not a path"))?,
            field_schema: Some(edge::PayloadFieldSchema::FieldType(edge::PayloadSchemaType::Keyword)),
        };
        let create = edge::FieldIndexOperations::CreateIndex(index);
        let shard = self.shard(&asked.collection_name)?;
        shard.engine.update(edge::UpdateOperation::FieldIndexOperation(create)).map_err(failed)?;
        Ok(done())
    }

    async fn scroll(&self, request: Request<grpc::ScrollPoints>) -> Answer<grpc::ScrollResponse> {
        let asked = self.heard(request)?;
        let request = edge::ScrollRequest {
            offset: asked.offset.map(|id| id_in(Some(id))).transpose()?,
            limit: asked.limit.map(|limit| usize::try_from(limit).unwrap()),
            filter: asked.filter.map(filter).transpose()?,
            with_payload: Some(edge::WithPayloadInterface::Bool(true)),
            with_vector: edge::WithVector::Bool(false),
            order_by: None,
        };
        let (found, next) = self.shard(&asked.collection_name)?.engine.scroll(request).map_err(failed)?;
        let retrieved = |record: edge::Record| grpc::RetrievedPoint {
            id: Some(id_out(record.id)),
            payload: payload_out(record.payload),
            ..Default::default()
        };
        let result = found.into_iter().map(retrieved).collect();
        Ok(Response::new(grpc::ScrollResponse { next_page_offset: next.map(id_out), result, ..Default::default() }))
    }

    async fn query_batch(&self, request: Request<grpc::QueryBatchPoints>) -> Answer<grpc::QueryBatchResponse> {
        let asked = self.heard(request)?;
        let legs = asked.query_points.into_iter().map(|one| self.query_one(one)).collect::<Result<Vec<_>, _>>()?;
        let result = legs.into_iter().map(|result| grpc::BatchResult { result }).collect();
        Ok(Response::new(grpc::QueryBatchResponse { result, ..Default::default() }))
    }

    async fn query(&self, request: Request<grpc::QueryPoints>) -> Answer<grpc::QueryResponse> {
        let result = self.query_one(self.heard(request)?)?;
        Ok(Response::new(grpc::QueryResponse { result, ..Default::default() }))
    }

    unimplemented! {
        get: GetPoints => GetResponse;
        update_vectors: UpdatePointVectors => PointsOperationResponse;
        delete_vectors: DeletePointVectors => PointsOperationResponse;
        set_payload: SetPayloadPoints => PointsOperationResponse;
        overwrite_payload: SetPayloadPoints => PointsOperationResponse;
        delete_payload: DeletePayloadPoints => PointsOperationResponse;
        clear_payload: ClearPayloadPoints => PointsOperationResponse;
        create_vector_name: CreateVectorNameRequest => PointsOperationResponse;
        delete_vector_name: DeleteVectorNameRequest => PointsOperationResponse;
        delete_field_index: DeleteFieldIndexCollection => PointsOperationResponse;
        search: SearchPoints => SearchResponse;
        search_batch: SearchBatchPoints => SearchBatchResponse;
        search_groups: SearchPointGroups => SearchGroupsResponse;
        recommend: RecommendPoints => RecommendResponse;
        recommend_batch: RecommendBatchPoints => RecommendBatchResponse;
        recommend_groups: RecommendPointGroups => RecommendGroupsResponse;
        discover: DiscoverPoints => DiscoverResponse;
        discover_batch: DiscoverBatchPoints => DiscoverBatchResponse;
        count: CountPoints => CountResponse;
        update_batch: UpdateBatchPoints => UpdateBatchResponse;
        query_groups: QueryPointGroups => QueryGroupsResponse;
        facet: FacetCounts => FacetResponse;
        search_matrix_pairs: SearchMatrixPoints => SearchMatrixPairsResponse;
        search_matrix_offsets: SearchMatrixPoints => SearchMatrixOffsetsResponse;
    }
}
