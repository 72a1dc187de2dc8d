//! Assembly: settings in, a running server out. The only place that knows every room.

pub mod conversation;
pub mod demo;
mod engine;
mod listen;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::approvals::{self, Drafts};
use crate::auth;
use crate::config::{Config, DataConfig};
use crate::events::{Events, RedisEvents};
use crate::execution::{self, EngineClock, Writer};
use crate::http::{self, AppState};
use crate::knowledge;
use crate::knowledge::embed::{Embedder, EmbedderSettings};
use crate::knowledge::vector::QdrantSettings;
use crate::limits::{Limits, LocalLimits, RedisLimits};
use crate::model::{Clock, SystemClock};
use crate::store::Database;

/// Everything that runs.
#[derive(Debug)]
pub struct App {
    /// What handlers reach.
    pub state: AppState,
    /// Background work; awaited on shutdown.
    pub tasks: TaskTracker,
    /// The engine's writer, which must outlive everything that writes.
    commits: TaskTracker,
}

impl App {
    /// Opens the stores, brings the schema up to date and builds the services. Starts nothing.
    ///
    /// # Errors
    /// With the part that could not be built.
    pub async fn build(config: Config, demo: bool) -> anyhow::Result<Self> {
        Self::build_with_clock(config, demo, Arc::new(SystemClock)).await
    }

    /// The same with a clock of the caller's; what tests use.
    ///
    /// # Errors
    /// See [`App::build`].
    pub async fn build_with_clock(config: Config, demo: bool, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        if config.data.database_url.is_empty() {
            std::fs::create_dir_all(&config.data.dir).context("the data folder cannot be made")?;
        }
        let db = Database::connect(&config.data.url()).await.context("the database cannot be opened")?;
        db.migrate().await.context("the database schema cannot be brought up to date")?;
        let auth = Arc::new(auth::Service::new(db.clone(), Arc::clone(&clock), config.auth.clone()));
        if demo {
            demo::seed(&db, clock.now()).await?;
        }
        let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let knowledge = knowledge::Service::new(knowledge::Parts {
            kept: kept(&config),
            db: db.clone(),
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
            max_file_bytes: config.knowledge.max_file_bytes,
            embedder: embedder(&config)?,
        });
        let (events, limits) = shared(&config.data, &tasks, &shutdown)?;
        let chat = conversation::build(
            &config,
            conversation::Shared {
                db: db.clone(),
                events: events.clone(),
                clock: Arc::clone(&clock),
                tasks: tasks.clone(),
                shutdown: shutdown.clone(),
                knowledge: knowledge.clone(),
            },
        )?;
        let mover = if demo { db.find_tenant_by_slug(demo::MAIN).await?.map(|tenant| tenant.id) } else { None };
        let engine_clock = EngineClock::new(Arc::clone(&clock), db.clone(), events.clone(), mover);
        engine_clock.refresh().await.context("the engine's clock cannot be read")?;
        let commits = TaskTracker::new();
        let writer = Writer::start(&db, &commits);
        let state = AppState {
            streams: http::streams::Streams::new(config.server.max_streams),
            execution: execution::Service::new(db.clone(), events.clone(), engine_clock, writer),
            drafts: Drafts::new(db.clone(), events.clone(), Arc::clone(&clock)),
            approvals: approvals::Service::new(
                db.clone(),
                events.clone(),
                Arc::clone(&clock),
                config.approvals.clone(),
            ),
            config: Arc::new(config),
            db,
            auth,
            clock,
            chat,
            knowledge,
            events,
            limits,
            demo,
            tasks: tasks.clone(),
            shutdown,
        };
        Ok(Self { state, tasks, commits })
    }

    /// Serves on `listener` until `stop` resolves, then lets open requests end within the grace time.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        self.state.knowledge.check_model()?;
        let engine = self.engine(self.connector());
        let Self { state, tasks, commits } = self;
        let grace = Duration::from_secs(state.config.server.shutdown_grace_s);
        let shutdown = state.shutdown.clone();
        let signal = shutdown.clone();
        if matches!(state.db, Database::Sqlite(_)) {
            // An embedded database has one server: what another one left in its hands is free.
            state.db.end_all_leases().await.context("the executions of the last server cannot be taken up")?;
            state.db.unlock_idempotency_keys(state.clock.now()).await.context("the keys cannot be unlocked")?;
        }
        let knowledge = state.knowledge.clone();
        tasks.spawn(async move { knowledge.open().await });
        tasks.spawn(state.chat.clone().watch(shutdown.clone()));
        tasks.spawn(state.approvals.clone().watch(shutdown.clone()));
        state.auth.prepare().await.context("the signing key cannot be read or made")?;
        let (writer, stop_engine) = (state.execution.writer().clone(), shutdown.clone());
        tasks.spawn(async move {
            engine.run(stop_engine).await;
            writer.close().await;
        });
        let head_timeout = Duration::from_secs(state.config.server.head_timeout_s);
        let server = listen::serve(listener, http::router(state), head_timeout, async move {
            stop.await;
            tracing::info!("stopping: no new requests, open ones may finish");
            signal.cancel();
        });
        let forced = async {
            shutdown.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            () = server => {}
            () = forced => tracing::warn!("some requests did not finish within the grace time"),
        }
        tasks.close();
        commits.close();
        let ended = async { tokio::join!(tasks.wait(), commits.wait()) };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!("some background work did not finish; the journal resumes it at the next start");
        }
        Ok(())
    }
}

/// Where the index of what is searched is kept.
fn kept(config: &Config) -> knowledge::Kept {
    let settings = &config.knowledge;
    if settings.qdrant_url.is_empty() {
        return knowledge::Kept::Folder(config.data.dir.join("vectors"));
    }
    knowledge::Kept::Server(QdrantSettings {
        url: settings.qdrant_url.clone(),
        api_key: settings.qdrant_api_key.clone(),
        prefix: settings.qdrant_prefix.clone(),
        timeout: Duration::from_secs(settings.qdrant_timeout_s),
    })
}

/// What passages are found by meaning with, where a model is set.
fn embedder(config: &Config) -> anyhow::Result<Option<Embedder>> {
    let settings = &config.knowledge;
    if settings.embedding_model.is_empty() {
        return Ok(None);
    }
    // the key of the language model goes where the language model is, and nowhere else
    let (base_url, api_key) = match settings.embedding_base_url.is_empty() {
        true => (config.llm.base_url.clone(), config.llm.api_key.clone()),
        false => (settings.embedding_base_url.clone(), settings.embedding_api_key.clone()),
    };
    let settings = EmbedderSettings {
        model: settings.embedding_model.clone(),
        base_url,
        api_key,
        timeout: Duration::from_secs(settings.embedding_timeout_s),
        batch: settings.embedding_batch,
    };
    Embedder::new(settings).map(Some).context("the embedding model cannot be used")
}

/// What processes share beside the database: with a Redis between all of them, without one within this one.
fn shared(data: &DataConfig, tasks: &TaskTracker, stop: &CancellationToken) -> anyhow::Result<(Events, Limits)> {
    if data.redis_url.is_empty() {
        return Ok((Events::default(), Limits::Local(LocalLimits::default())));
    }
    let events = RedisEvents::start(&data.redis_url, &data.redis_namespace, tasks, stop)?;
    let limits = RedisLimits::new(&data.redis_url, &data.redis_namespace)?;
    Ok((Events::Redis(events), Limits::Redis(limits)))
}
