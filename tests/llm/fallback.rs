//! Several providers, second tries, budgets and breakers: who is asked, when, and what is said when nobody answers.

use std::time::{Duration, Instant};

use auterity::config::{LlmConfig, Price};
use auterity::llm::breaker::FAILURES;
use auterity::llm::{ChatModel, LlmError, fallback::Providers};
use futures::StreamExt;
use serde_json::json;

use crate::asking::{FIRST_TOKEN, ask, request, settings};
use crate::upstream::{Act, Upstream, chunk, data, refusal, says, stream, text};

fn model(upstreams: &[&Upstream], change: impl FnOnce(&mut LlmConfig)) -> Providers {
    let mut settings = settings(upstreams);
    change(&mut settings);
    Providers::new(&settings).unwrap()
}

fn busy(retry_after: &str) -> Vec<Act> {
    refusal(429, &[("retry-after", retry_after)], "slow down")
}

fn failures(error: LlmError) -> Vec<(String, u32, &'static str)> {
    match error {
        LlmError::AllFailed(failures) => {
            failures.into_iter().map(|failure| (failure.provider, failure.attempts, failure.error.code())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_provider_answers_while_nothing_was_heard_of_the_first() {
    let role = chunk(&json!({"role": "assistant", "content": ""}), None);
    let thought = chunk(&json!({"reasoning": "hm"}), None);
    let bad: [(&str, Vec<Act>); 7] = [
        ("refused", refusal(503, &[], "")),
        ("request refused", refusal(400, &[], "unknown parameter")),
        ("reset", vec![Act::Reset]),
        ("role, then reset", stream(vec![role.clone(), Act::Pause(Duration::from_millis(20)), Act::Reset])),
        ("thoughts, then the end", stream(vec![thought, Act::End])),
        ("role, then silence", stream(vec![role, Act::Hang])),
        ("page", vec![crate::upstream::head(200, &[("content-type", "text/html")]), Act::Hang]),
    ];
    for (name, reply) in bad {
        let (first, second) = (Upstream::new(vec![reply]).await, Upstream::new(vec![says("Here.")]).await);
        let outcome = ask(&model(&[&first, &second], |_| ())).await;
        assert_eq!((outcome.provider.as_deref(), outcome.said.as_str()), (Some("second"), "Here."), "{name}");
        assert_eq!(second.seen()[0].body["model"], "model-1", "{name}");
        if name != "refused" && name != "request refused" {
            assert!(first.closed_within(Duration::from_secs(1)).await.is_some(), "{name}: still open");
        }
    }
}

#[tokio::test]
async fn after_the_first_piece_nobody_else_is_asked() {
    let broken = stream(vec![text("Well, "), Act::HangUp]);
    let (first, second) = (Upstream::new(vec![broken]).await, Upstream::new(vec![says("Here.")]).await);
    let outcome = ask(&model(&[&first, &second], |config| config.attempts = 3)).await;
    assert_eq!((outcome.provider.as_deref(), outcome.said.as_str()), (Some("first"), "Well, "));
    assert_eq!(outcome.word(), "model_answer_broken");
    assert_eq!((first.seen().len(), second.seen().len()), (1, 0));
}

#[tokio::test]
async fn when_nobody_answers_every_failure_is_told_by_name() {
    let first = Upstream::new(vec![refusal(503, &[], ""), refusal(500, &[], "")]).await;
    let second = Upstream::new(vec![vec![Act::Hang]]).await;
    let third = Upstream::new(vec![refusal(401, &[], "")]).await;
    let outcome = ask(&model(&[&first, &second, &third], |config| config.attempts = 2)).await;
    let error = outcome.end.unwrap_err();
    let told = error.to_string();
    for part in ["first (2×)", "answered 500", "second (1×)", "went silent", "third (1×)", "answered 401"] {
        assert!(told.contains(part), "{part:?} is not in {told:?}");
    }
    let expected = [
        ("first".to_owned(), 2, "model_unavailable"),
        ("second".to_owned(), 1, "model_timeout"),
        ("third".to_owned(), 1, "model_credentials_refused"),
    ];
    assert_eq!(error.code(), "model_credentials_refused", "the last one's");
    assert_eq!(failures(error), expected);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept() {
    let date = refusal(
        429,
        &[("date", "Tue, 10 Mar 2026 15:00:00 GMT"), ("retry-after", "Tue, 10 Mar 2026 15:00:01 GMT")],
        "",
    );
    let cases = [
        ("seconds", busy("1"), 1.0..1.4),
        ("a date", date, 1.0..1.4),
        ("milliseconds", refusal(503, &[("retry-after-ms", "300")], ""), 0.3..0.6),
        ("nothing", refusal(500, &[], ""), 0.125..0.6),
    ];
    for (name, reply, range) in cases {
        let upstream = Upstream::new(vec![reply, says("Now.")]).await;
        let outcome = ask(&model(&[&upstream], |config| config.attempts = 2)).await;
        assert_eq!(outcome.said, "Now.", "{name}: {outcome:?}");
        let seen = upstream.seen();
        let pause = (seen[1].at - seen[0].at).as_secs_f64();
        assert!(pause >= range.start && pause < range.end + 0.3, "{name}: {pause}");
    }
}

#[tokio::test]
async fn a_long_pause_is_not_waited_for_and_the_provider_left_alone() {
    let first = Upstream::new(vec![busy("3600")]).await;
    let second = Upstream::new(vec![says("Here."), says("Here again.")]).await;
    let model = model(&[&first, &second], |config| config.attempts = 3);
    let outcome = ask(&model).await;
    assert_eq!(outcome.said, "Here.");
    assert!(outcome.took < Duration::from_millis(500), "{:?}", outcome.took);
    assert_eq!(ask(&model).await.said, "Here again.");
    assert_eq!(first.seen().len(), 1, "it asked for an hour");
}

#[tokio::test]
async fn a_silence_is_waited_for_once_and_spent_credit_not_at_all() {
    let silent = Upstream::new(vec![vec![Act::Hang], says("Late.")]).await;
    let outcome = ask(&model(&[&silent], |config| config.attempts = 3)).await;
    assert_eq!(outcome.word(), "model_timeout");
    assert!(outcome.took.as_secs_f64() < FIRST_TOKEN + 0.5);
    assert_eq!(silent.seen().len(), 1);

    let spent = r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#;
    let upstream = Upstream::new(vec![refusal(429, &[], spent), says("Paid.")]).await;
    assert_eq!(ask(&model(&[&upstream], |config| config.attempts = 3)).await.word(), "model_rate_limited");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn second_tries_have_a_budget_over_requests() {
    // many requests at once, so that no breaker stops them first: every one may try twice
    let upstream = Upstream::new(vec![refusal(409, &[("retry-after", "0")], ""); 60]).await;
    let model = model(&[&upstream], |config| config.attempts = 2);
    let outcomes = futures::future::join_all((0..30).map(|_| ask(&model))).await;
    assert!(outcomes.iter().all(|outcome| outcome.word() == "model_request_refused"));
    // ten are saved up, thirty requests add six, but no more than ten are kept
    let tries = upstream.seen().len() - 30;
    assert!((10..=16).contains(&tries), "{tries} second tries");
}

#[tokio::test]
async fn a_provider_that_keeps_failing_is_left_alone_until_a_probe_answers() {
    let failures = usize::try_from(FAILURES).unwrap();
    let mut replies = vec![refusal(500, &[], ""); failures];
    replies.push(says("Well again."));
    let first = Upstream::new(replies).await;
    let second = Upstream::new(vec![says("Here."); failures + 8]).await;
    let model = model(&[&first, &second], |_| ());
    for _ in 0..failures + 3 {
        assert_eq!(ask(&model).await.said, "Here.");
    }
    assert_eq!(first.seen().len(), failures, "then it was left alone");
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_millis(5200)).await;
    assert_eq!(ask(&model).await.said, "Well again.", "after {:?}", begun.elapsed());
    assert_eq!(first.left(), 0);
}

#[tokio::test]
async fn alone_and_left_alone_it_fails_at_once_and_says_for_how_long() {
    let upstream = Upstream::new(vec![refusal(500, &[], ""); 5]).await;
    let model = model(&[&upstream], |_| ());
    for _ in 0..5 {
        assert_eq!(ask(&model).await.word(), "model_unavailable");
    }
    let outcome = ask(&model).await;
    assert!(outcome.took < Duration::from_millis(100));
    let error = outcome.end.unwrap_err();
    assert!(error.to_string().contains("left alone for another 4 s"), "{error}");
    assert_eq!((error.code(), upstream.seen().len()), ("model_unavailable", 5));
}

#[tokio::test]
async fn a_probe_that_was_stopped_leaves_the_next_request_to_probe() {
    let mut replies = vec![refusal(500, &[], ""); 5];
    replies.extend([vec![Act::Hang], says("Well again.")]);
    let upstream = Upstream::new(replies).await;
    let model = model(&[&upstream], |_| ());
    for _ in 0..5 {
        ask(&model).await;
    }
    tokio::time::sleep(Duration::from_millis(5200)).await;
    let stopped = tokio::time::timeout(Duration::from_millis(100), model.stream(request())).await;
    assert!(stopped.is_err(), "it hangs");
    assert_eq!(ask(&model).await.said, "Well again.");
}

#[tokio::test]
async fn a_question_that_is_dropped_closes_its_connection() {
    let upstream = Upstream::new(vec![stream(vec![text("Well, "), Act::Hang]), vec![Act::Hang]]).await;
    let model = model(&[&upstream], |_| ());
    let mut answer = model.stream(request()).await.unwrap();
    assert!(answer.next().await.is_some());
    drop(answer);
    assert!(upstream.closed_within(Duration::from_millis(500)).await.is_some(), "in the middle of an answer");
    let asking = tokio::time::timeout(Duration::from_millis(100), model.stream(request())).await;
    assert!(asking.is_err());
    assert!(upstream.closed_within(Duration::from_millis(500)).await.is_some(), "before an answer");
    assert_eq!(upstream.seen().len(), 2);
}

/// What a provider takes that thinks for a while and then fails is paid for, whoever answers in the end.
#[tokio::test]
async fn attempts_in_vain_are_on_the_bill() {
    let counted = |sent: i64, received: i64| {
        let usage = json!({"prompt_tokens": sent, "completion_tokens": received});
        data(&json!({"choices": [], "usage": usage}).to_string())
    };
    let thought = chunk(&json!({"reasoning": "hm"}), None);
    let in_vain = |sent, received| stream(vec![thought.clone(), counted(sent, received), Act::HangUp]);
    let first = Upstream::new(vec![in_vain(100, 20), in_vain(1000, 200)]).await;
    let second = Upstream::new(vec![says("Here.")]).await;
    let price = |config: &mut LlmConfig| {
        config.attempts = 2;
        config.providers[0].price = Price { input: 1.0, cached_input: None, output: 2.0 };
    };
    let outcome = ask(&model(&[&first, &second], price)).await;
    assert_eq!((outcome.said.as_str(), outcome.word()), ("Here.", "stop"));
    let usage = outcome.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.cached_tokens, usage.output_tokens), (1100 + 50, 30, 220 + 7));
    assert_eq!((usage.cost_microdollars, usage.estimated), (1100 + 2 * 220, false), "the second has no price");

    // and when nobody answers
    let first = Upstream::new(vec![in_vain(100, 20)]).await;
    let outcome = ask(&model(&[&first], |_| ())).await;
    assert_eq!(outcome.word(), "model_answer_broken", "{outcome:?}");
    assert_eq!(outcome.usage.map(|usage| (usage.input_tokens, usage.output_tokens)), Some((100, 20)));

    // who never began took nothing that we know of
    let first = Upstream::new(vec![refusal(503, &[], "")]).await;
    assert_eq!(ask(&model(&[&first], |_| ())).await.usage, None);
}
