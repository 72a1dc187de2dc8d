//! Models that misbehave: every failure ends the turn with a stable code, and the conversation goes on.

use std::time::Duration;

use serde_json::json;

use crate::client::{Client, frames, kinds, record, said, with_model_and};
use crate::script::{self, Act, Reply, Script};

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

#[tokio::test]
async fn every_way_to_fail_has_its_code_and_the_next_message_works() {
    let refuse = |status, body| Reply::Refuse(status, vec![("retry-after", "0")], body);
    let broken = Some("model_answer_broken");
    let cases = vec![
        Case {
            name: "malformed chunk",
            replies: vec![begun(vec![raw("data: {not json\n\n"), Act::Hang])],
            attempts: 3,
            code: broken,
            asked: 1,
        },
        Case {
            name: "chunk of another shape",
            replies: vec![begun(vec![raw("data: {\"choices\": 7}\n\n"), Act::Hang])],
            attempts: 3,
            code: broken,
            asked: 1,
        },
        Case {
            name: "error object",
            replies: vec![begun(vec![
                raw("data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"),
                Act::Hang,
            ])],
            attempts: 3,
            code: broken,
            asked: 1,
        },
        Case {
            name: "reset",
            replies: vec![begun(vec![Act::Pause(Duration::from_millis(20)), Act::Reset])],
            attempts: 3,
            code: broken,
            asked: 1,
        },
        Case { name: "end without a reason", replies: vec![begun(vec![])], attempts: 3, code: broken, asked: 1 },
        Case {
            name: "silence in the middle",
            replies: vec![begun(vec![Act::Hang])],
            attempts: 3,
            code: Some("model_timeout"),
            asked: 1,
        },
        Case {
            name: "silence from the start",
            replies: vec![Reply::Stream(vec![Act::Hang])],
            attempts: 1,
            code: Some("model_timeout"),
            asked: 1,
        },
        Case {
            name: "429 once",
            replies: vec![refuse(429, r#"{"error":{"message":"slow","code":429}}"#), script::text("Well, yes.")],
            attempts: 3,
            code: None,
            asked: 2,
        },
        Case {
            name: "empty stream once",
            replies: vec![Reply::Stream(vec![]), script::text("Well, yes.")],
            attempts: 3,
            code: None,
            asked: 2,
        },
        Case {
            name: "429 always",
            replies: vec![refuse(429, ""), refuse(429, "")],
            attempts: 2,
            code: Some("model_rate_limited"),
            asked: 2,
        },
        Case {
            name: "500",
            replies: vec![refuse(500, "boom"), refuse(503, "<html>")],
            attempts: 2,
            code: Some("model_unavailable"),
            asked: 2,
        },
        Case {
            name: "400 in HTML",
            replies: vec![refuse(400, "<html>bad</html>")],
            attempts: 3,
            code: Some("model_request_refused"),
            asked: 1,
        },
        Case {
            name: "401",
            replies: vec![refuse(401, "{}")],
            attempts: 3,
            code: Some("model_credentials_refused"),
            asked: 1,
        },
        Case {
            name: "no [DONE]",
            replies: vec![begun(vec![script::chunk(&json!({"content": "yes."}), Some("stop"))])],
            attempts: 1,
            code: None,
            asked: 1,
        },
    ];
    for case in cases {
        let mut replies = case.replies;
        replies.push(script::text("Still here."));
        let script = Script::new(replies).await;
        let app = with_model_and(&script, |config| {
            config.llm.attempts = case.attempts;
            config.llm.first_token_s = 1;
            config.llm.idle_s = 1;
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
        config.llm.context_tokens = 9000;
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
