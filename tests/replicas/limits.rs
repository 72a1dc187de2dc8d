//! Rates and failures counted together.

use std::time::Duration;

use auterity::config::Rate;
use auterity::limits::{Class, Limits, LocalLimits, Pace, RedisLimits};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::client::{Person, sign_in};
use crate::servers::{Installation, Redis};

/// Random requests in random order decide alike in Lua and in Rust.
#[test]
fn the_script_and_the_process_agree() {
    let redis = Redis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shared = runtime.block_on(async { RedisLimits::new(&redis.url(), "agree").unwrap() });
    let case = std::cell::Cell::new(0);
    let requests = prop::collection::vec((0usize..3, 0i64..2_000_000), 1..60);
    let rates = (1u32..=6_000, 1u32..=40);
    let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    let cases = runner.run(&(rates, requests), |((per_minute, burst), requests)| {
        case.set(case.get() + 1);
        let (local, pace) = (LocalLimits::default(), Pace::of(Rate { per_minute, burst }));
        let mut now = 1_700_000_000_000_000;
        for (caller, pause) in requests {
            now += pause;
            let key = format!("{}:{caller}", case.get());
            let theirs = runtime.block_on(shared.ask(&key, pace, now)).unwrap();
            prop_assert_eq!(theirs, local.check(&key, pace, now));
        }
        Ok(())
    });
    cases.unwrap();
}

#[tokio::test]
async fn processes_count_together_and_each_for_itself_while_redis_is_away() {
    let mut redis = Redis::start();
    let process = || Limits::Redis(RedisLimits::new(&redis.url(), "together").unwrap());
    let (one, two) = (process(), process());
    let rate = Rate { per_minute: 1, burst: 3 };
    let ask = async |limits: &Limits, now: i64| limits.check(Class::Write, "sam", rate, now).await.allowed;
    let now = 1_700_000_000_000_000;
    assert!(ask(&one, now).await && ask(&two, now).await && ask(&one, now).await);
    assert!(!ask(&two, now).await && !ask(&one, now).await, "three between them");
    redis.kill();
    let begun = std::time::Instant::now();
    assert!(ask(&one, now).await, "counted afresh, but served");
    assert!(ask(&one, now).await && ask(&one, now).await && !ask(&one, now).await, "and limited");
    assert!(begun.elapsed() < Duration::from_secs(2), "only the first one waits");
    redis.restart();
    let single = Rate { per_minute: 1, burst: 1 };
    for attempt in 1..200 {
        // Redis is asked again after a second
        let later = now + attempt * 1_100_000;
        let newcomer = format!("newcomer-{attempt}");
        let taken = one.check(Class::Write, &newcomer, single, later).await.allowed;
        if taken && !two.check(Class::Write, &newcomer, single, later).await.allowed {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("they never count together again");
}

#[tokio::test]
async fn two_servers_allow_one_rate_between_them() {
    let redis = Redis::start();
    let settings = vec![
        ("REDIS_URL", redis.url()),
        ("AUTERITY_LIMITS__READS__PER_MINUTE", "1".to_owned()),
        ("AUTERITY_LIMITS__READS__BURST", "5".to_owned()),
    ];
    let Some(shared) = Installation::new(settings).await else { return };
    let (one, two) = (shared.serve(), shared.serve());
    let (sam, maria) =
        (Person::at(&one, "sam@lakeside.example").await, Person::at(&one, "maria@lakeside.example").await);
    let mut left = Vec::new();
    for server in [&one, &two, &one, &two, &one] {
        let answer = sam.get(server, "/v1/me").await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["ratelimit-limit"], "5");
        left.push(answer.headers()["ratelimit-remaining"].to_str().unwrap().to_owned());
    }
    assert_eq!(left, ["4", "3", "2", "1", "0"]);
    for server in [&one, &two] {
        let refused = sam.get(server, "/v1/me").await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], "rate_limited");
    }
    assert_eq!(maria.get(&two, "/v1/me").await.status(), 200, "another person is free");
    assert!(sam.get(&one, "/health/live").await.status().is_success(), "health is not counted");
}

#[tokio::test]
async fn a_guesser_gets_no_second_chance_at_the_other_server() {
    let Some(shared) = Installation::new(Vec::new()).await else { return };
    let (one, two) = (shared.serve(), shared.serve());
    for server in [&one, &two, &one, &two, &one] {
        assert_eq!(sign_in(server, "sam@lakeside.example", "guess").await.status(), 401);
    }
    for server in [&two, &one] {
        let paused = sign_in(server, "sam@lakeside.example", "demo").await;
        assert_eq!(paused.status(), 429);
        assert_eq!(paused.json::<Value>().await.unwrap()["code"], "too_many_attempts");
    }
    assert_eq!(sign_in(&two, "maria@lakeside.example", "demo").await.status(), 200);
}
