//! Counting together with all processes that share a Redis: one script, so that two requests at once cannot both take
//! the last place. While Redis is away each process counts for itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};

use super::gcra::{Decision, Pace};
use super::local::LocalLimits;

/// Longest wait for an answer: a request is not held up for being counted.
const PATIENCE: Duration = Duration::from_millis(100);
/// Longest wait for a connection; requests do not wait for it, they go on being counted here.
const CONNECT: Duration = Duration::from_secs(1);
/// After a failure Redis is left alone for so long, in microseconds, so that not every request waits.
const REST_US: i64 = 1_000_000;
const SCRIPT: &str = include_str!("gcra.lua");

/// The URL is not one of a Redis.
#[derive(Debug, thiserror::Error)]
#[error("the Redis URL cannot be used")]
pub struct RedisUnusable(#[source] RedisError);

/// Counting in Redis. Cheap to clone.
#[derive(Clone)]
pub struct RedisLimits {
    connection: ConnectionManager,
    script: Arc<Script>,
    /// `namespace:limit:`
    prefix: String,
    local: LocalLimits,
    /// Redis is not asked before this moment of the process's clock; 0 while it answers.
    resting_until: Arc<AtomicI64>,
}

impl std::fmt::Debug for RedisLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisLimits").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl RedisLimits {
    /// Counting in the Redis at `url`, connected to at the first request.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(url: &str, namespace: &str) -> Result<Self, RedisUnusable> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(PATIENCE));
        let client = Client::open(url).map_err(RedisUnusable)?;
        let connection = client.get_connection_manager_lazy(config).map_err(RedisUnusable)?;
        Ok(Self {
            connection,
            script: Arc::new(Script::new(SCRIPT)),
            prefix: format!("{namespace}:limit:"),
            local: LocalLimits::default(),
            resting_until: Arc::default(),
        })
    }

    /// Answers when Redis answers.
    ///
    /// # Errors
    /// When it does not within a second.
    pub async fn ping(&self) -> Result<(), RedisError> {
        let ping = redis::cmd("PING");
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(CONNECT, ping.query_async::<()>(&mut connection));
        answer.await.unwrap_or_else(|_| Err(timed_out()))
    }

    /// Counts one request of `key`; by this process alone while Redis does not answer.
    pub async fn check(&self, key: &str, pace: Pace, now_us: i64) -> Decision {
        let resting_until = self.resting_until.load(Ordering::Relaxed);
        if now_us < resting_until {
            return self.local.check(key, pace, now_us);
        }
        match self.ask(key, pace, 0).await {
            Ok(decision) => {
                if self.resting_until.swap(0, Ordering::Relaxed) != 0 {
                    tracing::info!("requests are counted together in Redis again");
                }
                decision
            }
            Err(error) => {
                if self.resting_until.swap(now_us + REST_US, Ordering::Relaxed) == 0 {
                    tracing::warn!(error = %error, "Redis does not answer: this process counts requests for itself");
                }
                self.local.check(key, pace, now_us)
            }
        }
    }

    /// The script's decision at `now_us`; at Redis's own time for 0.
    ///
    /// # Errors
    /// When Redis does not answer in time.
    pub async fn ask(&self, key: &str, pace: Pace, now_us: i64) -> Result<Decision, RedisError> {
        let mut connection = self.connection.clone();
        let mut call = self.script.key(format!("{}{key}", self.prefix));
        call.arg(pace.interval_us).arg(pace.ahead_us).arg(now_us);
        let answer = tokio::time::timeout(PATIENCE * 2, call.invoke_async(&mut connection));
        let (allowed, remaining, retry_after_us, reset_us): (i64, i64, i64, i64) =
            answer.await.unwrap_or_else(|_| Err(timed_out()))?;
        Ok(Decision { allowed: allowed == 1, remaining, retry_after_us, reset_us })
    }
}

fn timed_out() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}
