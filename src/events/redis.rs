//! Notices between processes: Redis pub/sub under a namespace.
//!
//! A notice reaches listeners of its own process directly, others through Redis. Each process has one connection that
//! hears and one that speaks. It hears everything of the namespace: a channel of its own for each listener would have
//! a gap between the listener's beginning and the subscription, in which it would read the store too early.
//!
//! Whatever may have lost a notice ends in [`Next::Missed`](super::Next::Missed) for the listeners it would have
//! reached: a lost hearing connection for those here, a lost speaking connection or a full queue for those elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{LocalEvents, Notice, Topic};
use crate::model::RunId;

/// Notices that may wait for the way out; beyond it they are lost, and the others are told so.
const QUEUE: usize = 4096;
/// Notices sent in one round trip at most.
const BATCH: usize = 256;
/// Longest wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two signs of life on a quiet connection: one that is cut without a word is noticed within this and
/// [`PATIENCE`].
const PING: Duration = Duration::from_secs(3);
/// Pauses before a connection is tried again: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// Tells other processes that some notices of this one were lost.
const MISSED: &str = "missed";

/// The URL is not one of a Redis.
#[derive(Debug, thiserror::Error)]
#[error("the Redis URL cannot be used")]
pub struct RedisUnusable(#[source] RedisError);

/// The bus between processes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RedisEvents {
    local: LocalEvents,
    queue: mpsc::Sender<Outgoing>,
    /// Something was lost on the way out since the others were last told.
    lossy: Arc<AtomicBool>,
    connected: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Outgoing {
    topic: String,
    body: Notice,
}

/// What both connections need.
#[derive(Clone)]
struct Line {
    client: Client,
    /// `namespace:`
    prefix: String,
    /// Names this process, so that it does not hear itself.
    origin: String,
}

impl RedisEvents {
    /// A bus over the Redis at `url`, whose connections live on `tasks` until `stop`. Does not wait for them: without
    /// Redis it is a bus within the process.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn start(
        url: &str,
        namespace: &str,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self, RedisUnusable> {
        let line = Line {
            client: Client::open(url).map_err(RedisUnusable)?,
            prefix: format!("{namespace}:"),
            origin: RunId::generate().as_str().replace(RunId::PREFIX, "proc"),
        };
        let (queue, outgoing) = mpsc::channel(QUEUE);
        let events = Self { local: LocalEvents::default(), queue, lossy: Arc::default(), connected: Arc::default() };
        let (hearing, speaking) = (events.clone(), Arc::clone(&events.lossy));
        let (ear, mouth) = (line.clone(), line);
        let (stop_hearing, stop_speaking) = (stop.clone(), stop.clone());
        tasks.spawn(async move {
            stop_hearing.run_until_cancelled(hearing.hear_always(&ear)).await;
        });
        tasks.spawn(async move {
            stop_speaking.run_until_cancelled(mouth.speak_always(outgoing, &speaking)).await;
        });
        Ok(events)
    }

    pub(super) fn publish(&self, topic: &Topic, body: Notice) {
        self.local.publish(topic, Arc::clone(&body));
        if self.queue.try_send(Outgoing { topic: topic.name(), body }).is_err() {
            self.lossy.store(true, Ordering::Relaxed);
        }
    }

    pub(super) const fn local(&self) -> &LocalEvents {
        &self.local
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    async fn hear_always(&self, line: &Line) {
        let mut pause = FIRST_PAUSE;
        let mut told = false;
        loop {
            let lost = self.hear(line).await;
            if self.connected.swap(false, Ordering::Relaxed) {
                pause = FIRST_PAUSE;
                told = false;
                self.local.miss_all();
            }
            if !told {
                told = true;
                tracing::warn!(error = %lost, "Redis is away: notices stay within this process until it is back");
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Hears until the connection is lost; returns why.
    async fn hear(&self, line: &Line) -> RedisError {
        match self.hear_or_fail(line).await {
            Ok(()) => cut(),
            Err(error) => error,
        }
    }

    async fn hear_or_fail(&self, line: &Line) -> Result<(), RedisError> {
        let connection = within(line.client.get_async_pubsub()).await?;
        let (mut commands, mut messages) = connection.split();
        within(commands.psubscribe(format!("{}*", line.prefix))).await?;
        self.connected.store(true, Ordering::Relaxed);
        tracing::info!("notices travel by Redis");
        // what was said before
        self.local.miss_all();
        loop {
            let message = match tokio::time::timeout(PING, messages.next()).await {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(()),
                Err(_quiet) => {
                    within(commands.ping::<redis::Value>()).await?;
                    continue;
                }
            };
            let Some(name) = message.get_channel_name().strip_prefix(&line.prefix) else { continue };
            let Ok(payload) = std::str::from_utf8(message.get_payload_bytes()) else { continue };
            let Some((origin, body)) = payload.split_once('\n') else { continue };
            if origin == line.origin {
                continue;
            }
            if name == MISSED {
                self.local.miss_all();
            } else if let Some(topic) = Topic::from_name(name) {
                self.local.publish(&topic, body.into());
            }
        }
    }
}

impl Line {
    async fn speak_always(&self, mut outgoing: mpsc::Receiver<Outgoing>, lossy: &AtomicBool) {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Ok(connection) = self.connect().await {
                pause = FIRST_PAUSE;
                if self.speak(connection, &mut outgoing, lossy).await.is_ok() {
                    return;
                }
                lossy.store(true, Ordering::Relaxed);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
            // what waited through the pause is old: the others read the store instead
            while outgoing.try_recv().is_ok() {
                lossy.store(true, Ordering::Relaxed);
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        within(self.client.get_multiplexed_async_connection_with_config(&config)).await
    }

    /// Sends what comes until there is nothing more to come.
    async fn speak(
        &self,
        mut connection: MultiplexedConnection,
        outgoing: &mut mpsc::Receiver<Outgoing>,
        lossy: &AtomicBool,
    ) -> Result<(), RedisError> {
        let mut batch = Vec::with_capacity(BATCH);
        if lossy.load(Ordering::Relaxed) {
            self.admit_loss(&mut connection, lossy).await?;
        }
        while outgoing.recv_many(&mut batch, BATCH).await > 0 {
            let mut pipe = redis::pipe();
            for notice in batch.drain(..) {
                let channel = format!("{}{}", self.prefix, notice.topic);
                pipe.publish(channel, format!("{}\n{}", self.origin, notice.body)).ignore();
            }
            within(pipe.query_async::<()>(&mut connection)).await?;
            if lossy.load(Ordering::Relaxed) {
                self.admit_loss(&mut connection, lossy).await?;
            }
        }
        Ok(())
    }

    async fn admit_loss(&self, connection: &mut MultiplexedConnection, lossy: &AtomicBool) -> Result<(), RedisError> {
        // cleared first: what is lost from here on is told the next time
        lossy.store(false, Ordering::Relaxed);
        let mut command = redis::cmd("PUBLISH");
        command.arg(format!("{}{MISSED}", self.prefix)).arg(format!("{}\n", self.origin));
        let told = within(command.query_async::<()>(connection)).await;
        if told.is_err() {
            lossy.store(true, Ordering::Relaxed);
        }
        told
    }
}

async fn within<T>(work: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(cut()))
}

fn cut() -> RedisError {
    RedisError::from(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the connection was cut"))
}
