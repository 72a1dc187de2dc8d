//! Models that misbehave: every failure ends the turn with a stable code, and the conversation goes on.

use std::time::Duration;

use serde_json::json;

use crate::client::{Client, frames, kinds, record, said, with_model_and};
use crate::script::{self, Act, Reply, Script};

#[derive(Clone)]
struct Case {
    name: &'static str,
    replies: Vec<Reply>,
    attempts: u32,
    code: Option<&'static str>,
    asked: usize,
}

fn begun(then: Vec<Act>) -> Reply {
    Reply::Stream([vec![script::chunk(&json!({"content": "Well, "}), None)], then].concat())
}

fn raw(text: &str) -> Act {
    Act::Send(text.to_owned())
}

fn refuse(status: u16, body: &'static str) -> Reply {
    Reply::Refuse(status, vec![("retry-after", "0")], body)
}

fn case(name: &'static str, replies: Vec<Reply>, attempts: u32, code: Option<&'static str>, asked: usize) -> Case {
    Case { name, replies, attempts, code, asked }
}

/// Answers that begin and break off: nothing is tried again.
fn broken_answers() -> Vec<Case> {
    let error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n";
    let broken = |name, then| case(name, vec![begun(then)], 3, Some("model_answer_broken"), 1);
    let finished = script::chunk(&json!({"content": "yes."}), Some("stop"));
    vec![
        broken("malformed chunk", vec![raw("data: {not json\n\n"), Act::Hang]),
        broken("chunk of another shape", vec![raw("data: {\"choices\": 7}\n\n"), Act::Hang]),
        broken("error object", vec![raw(error), Act::Hang]),
        broken("reset", vec![Act::Pause(Duration::from_millis(20)), Act::Reset]),
        broken("end without a reason", vec![]),
        case("silence in the middle", vec![begun(vec![Act::Hang])], 3, Some("model_timeout"), 1),
        case("no [DONE]", vec![begun(vec![finished])], 1, None, 1),
    ]
}

/// Answers that never begin: tried again where it makes sense.
fn refused_requests() -> Vec<Case> {
    let slow = r#"{"error":{"message":"slow","code":429}}"#;
    let yes = || script::text("Well, yes.");
    vec![
        case("silence from the start", vec![Reply::Stream(vec![Act::Hang])], 1, Some("model_timeout"), 1),
        case("429 once", vec![refuse(429, slow), yes()], 3, None, 2),
        case("empty stream once", vec![Reply::Stream(vec![]), yes()], 3, None, 2),
        case("429 always", vec![refuse(429, ""), refuse(429, "")], 2, Some("model_rate_limited"), 2),
        case("500", vec![refuse(500, "boom"), refuse(503, "<html>")], 2, Some("model_unavailable"), 2),
        case("400 in HTML", vec![refuse(400, "<html>bad</html>")], 3, Some("model_request_refused"), 1),
        case("401", vec![refuse(401, "{}")], 3, Some("model_credentials_refused"), 1),
    ]
}

#[tokio::test]
async fn every_way_to_fail_has_its_code_and_the_next_message_works() {
    let cases = [broken_answers(), refused_requests()].concat();
    for case in cases {
        let mut replies = case.replies;
        replies.push(script::text("Still here."));
        let script = Script::new(replies).await;
        // Only a model that falls silent is given up on: a busy machine is slow, and that is none of its failures.
        let patience_s = if case.code == Some("model_timeout") { 2 } else { 30 };
        let app = with_model_and(&script, |config| {
            config.llm.attempts = case.attempts;
            config.llm.first_token_s = patience_s;
            config.llm.idle_s = patience_s;
        })
        .await;
        let client = Client::of(&app, "maria@lakeside.example").await;
        let answer = client.post("t", "r", "hello").await;
        record(&format!("model {}", case.name).replace(|c: char| !c.is_alphanumeric(), "-"), &answer.text);
        let frames = frames(&answer.text);
        let last = &frames.last().unwrap().event;
        match case.code {
            Some(code) => {
                assert_eq!((&last["type"], &last["code"]), (&json!("RUN_ERROR"), &json!(code)), "{}", case.name);
                assert!(last["message"].as_str().unwrap().len() > 20, "{}", case.name);
                let open = kinds(&frames).iter().filter(|kind| **kind == "TEXT_MESSAGE_START").count();
                let closed = kinds(&frames).iter().filter(|kind| **kind == "TEXT_MESSAGE_END").count();
                assert_eq!(open, closed, "{}", case.name);
            }
            None => {
                assert_eq!(last["type"], "RUN_FINISHED", "{}: {last}", case.name);
                assert_eq!(said(&frames), "Well, yes.", "{}", case.name);
            }
        }
        assert_eq!(script.requests().len(), case.asked, "{}", case.name);
        assert_eq!(said(&client.say("t", "r2", "and now?").await), "Still here.", "{}", case.name);
        script.assert_content();
    }
}

#[tokio::test]
async fn calls_cut_anywhere_are_the_same_calls() {
    for size in [1, 2, 7, 10_000] {
        let question = json!({"code": "timing", "text": "¿Cuándo “después” 🚗?"});
        let ask = json!({"questions": [question]});
        let script = Script::new(vec![script::calls(&[("ask", ask.clone()), ("ask", ask)], size), script::text("So?")]);
        let script = script.await;
        let app = with_model_and(&script, |_| ()).await;
        let client = Client::of(&app, "maria@lakeside.example").await;
        let frames = client.say("t", "r", "hello").await;
        assert_eq!(crate::client::state(&frames)["questions"], json!([question]), "pieces of {size}");
        script.assert_content();
    }
}

#[tokio::test]
async fn a_long_conversation_stays_within_the_window() {
    let word = "lead ".repeat(300);
    let script = Script::new((0..12).map(|n| script::text(&format!("{n} {word}"))).collect()).await;
    let app = with_model_and(&script, |config| {
        config.llm.context_tokens = 16_000;
        config.llm.answer_tokens = 500;
    })
    .await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    for n in 0..12 {
        client.say("t", &format!("r{n}"), &format!("message {n} {word}")).await;
    }
    let last = script.requests().pop().unwrap();
    let contents: Vec<&str> =
        last["messages"].as_array().unwrap().iter().filter_map(|m| m["content"].as_str()).collect();
    assert!(contents.iter().any(|text| text.contains("earlier turns")), "nothing was left out");
    assert!(contents.iter().any(|text| text.starts_with("message 0 ")), "the first turn stays");
    assert!(contents.last().unwrap().starts_with("message 11 "));
    script.assert_content();
}
