//! The bus between processes on a real Redis: what is heard, and what a listener is told when something may be lost.

use std::time::Duration;

use auterity::events::{Events, Next, RedisEvents, Subscription, Topic};
use auterity::model::{RunId, TenantId};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::servers::Redis;

struct Process {
    events: Events,
    stop: CancellationToken,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Process {
    fn new(redis: &Redis, namespace: &str) -> Self {
        let stop = CancellationToken::new();
        let events = RedisEvents::start(&redis.url(), namespace, &TaskTracker::new(), &stop).unwrap();
        Self { events: Events::Redis(events), stop }
    }

    async fn connected(redis: &Redis, namespace: &str) -> Self {
        let process = Self::new(redis, namespace);
        process.until_connected().await;
        process
    }

    async fn until_connected(&self) {
        for _ in 0..2000 {
            if self.events.hears_others() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("Redis is not reached");
    }
}

async fn next(listener: &mut Subscription) -> Next {
    tokio::time::timeout(Duration::from_secs(20), listener.next()).await.expect("something is heard")
}

#[tokio::test]
async fn notices_reach_other_processes_once_and_in_order() {
    let redis = Redis::start();
    let (one, two) = (Process::connected(&redis, "a").await, Process::connected(&redis, "a").await);
    let stranger = Process::connected(&redis, "b").await;
    let topic = Topic::Run(RunId::generate());
    let (mut here, mut there) = (one.events.subscribe(topic.clone()), two.events.subscribe(topic.clone()));
    let (mut other_topic, mut elsewhere) =
        (two.events.subscribe(Topic::Tenant(TenantId::generate())), stranger.events.subscribe(topic.clone()));
    for n in 0..100 {
        one.events.publish(&topic, format!("{n}\nline"));
    }
    for n in 0..100 {
        let expected = Next::Notice(format!("{n}\nline").into());
        assert_eq!(next(&mut here).await, expected, "its own process hears it once");
        assert_eq!(next(&mut there).await, expected);
    }
    for quiet in [&mut other_topic, &mut elsewhere, &mut here] {
        assert!(tokio::time::timeout(Duration::from_millis(100), quiet.next()).await.is_err());
    }
}

#[tokio::test]
async fn whoever_may_have_missed_something_is_told_and_hears_again_afterwards() {
    let mut redis = Redis::start();
    let (one, two) = (Process::connected(&redis, "a").await, Process::connected(&redis, "a").await);
    let (mut engine, mut run) =
        (two.events.subscribe(Topic::Engine), two.events.subscribe(Topic::Run(RunId::generate())));
    redis.kill();
    assert_eq!(next(&mut engine).await, Next::Missed, "the connection was lost");
    assert_eq!(next(&mut run).await, Next::Missed, "on every topic");
    let mut here = one.events.subscribe(Topic::Engine);
    one.events.publish(&Topic::Engine, "while away");
    assert_eq!(next(&mut here).await, Next::Notice("while away".into()), "within a process nothing changes");
    redis.restart();
    two.until_connected().await;
    assert_eq!(next(&mut run).await, Next::Missed, "what was said meanwhile is not known");
    // the speaking connection comes back by itself too, and first of all admits what it lost
    let mut heard = Vec::new();
    while !heard.contains(&Next::Notice("back".into())) {
        one.events.publish(&Topic::Engine, "back");
        if let Ok(next) = tokio::time::timeout(Duration::from_millis(100), engine.next()).await {
            heard.push(next);
        }
    }
    assert_eq!(heard.first(), Some(&Next::Missed));
    assert!(!heard.contains(&Next::Notice("while away".into())), "old notices are not sent late: {heard:?}");
}

#[tokio::test]
async fn without_a_redis_a_process_hears_itself() {
    let mut redis = Redis::start();
    redis.kill();
    let process = Process::new(&redis, "a");
    let mut engine = process.events.subscribe(Topic::Engine);
    for n in 0..10_000 {
        process.events.publish(&Topic::Engine, n.to_string());
        if n < 100 {
            assert_eq!(next(&mut engine).await, Next::Notice(n.to_string().into()));
        }
    }
    assert!(!process.events.hears_others());
}
