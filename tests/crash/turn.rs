//! A turn of the conversation, from the message to its last frame, with a draft written on the way.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::matrix;
use crate::model;
use crate::seed::Seed;
use crate::server::{Answer, Server};

const REQUEST: &str =
    "when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_survives_a_crash_at_every_boundary() {
    matrix::run("turn", story).await;
}

/// The same with a language model: also between two pieces of its answer, and between its calls and what they change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_of_a_model_survives_a_crash_at_every_boundary() {
    let mut seed = Seed::make().await;
    seed.model = Some(model::serve().await);
    matrix::run_on("model turn", seed, story).await;
}

async fn story(seed: Arc<Seed>, mut server: Server) -> Server {
    let sam = &seed.sam;
    let before = drafts(&mut server, sam).await.len();
    let heard = say(&mut server, sam, "r1", REQUEST).await;
    let whole = replay(&mut server, sam, "r1", REQUEST).await;
    let died_first = server.died;
    ends_well(&whole, died_first);
    nothing_heard_is_lost(&heard, &whole);

    // the message is kept once, whether it had to be sent again or not
    let shown = server.get("/v1/conversations/t", sam).await;
    assert_eq!(said(&shown, REQUEST), 1, "{shown}");
    assert_eq!(shown["active_run"], Value::Null);

    // and the conversation goes on: with the draft that is there, or with a first one
    let written = drafts(&mut server, sam).await.len() - before;
    assert!(written <= 1, "one draft at most");
    let next = if written == 1 { "make it 5 minutes instead" } else { REQUEST };
    let heard = say(&mut server, sam, "r2", next).await;
    let whole = replay(&mut server, sam, "r2", next).await;
    ends_well(&whole, server.died && !died_first);
    nothing_heard_is_lost(&heard, &whole);
    if whole.last().is_some_and(|frame| kind(frame) == "RUN_FINISHED") {
        let drafts = drafts(&mut server, sam).await;
        assert_eq!(drafts.len() - before, 1, "{drafts:?}");
        assert_eq!(drafts[0]["revision"], written + 1, "one revision a message: {drafts:?}");
    }
    server.check().await;
    server
}

/// Sends a message and listens as long as the server lives.
async fn say(server: &mut Server, token: &str, run: &str, text: &str) -> Vec<Frame> {
    let body = json!({
        "threadId": "t", "runId": run, "messages": [{ "id": format!("m-{run}"), "role": "user", "content": text }],
    });
    let answer = server.stream("POST", "/v1/agent", token, Some(&body)).await;
    let heard = answer.map(|answer| frames(&answer)).unwrap_or_default();
    if !ended(&heard) {
        server.revive().await;
    }
    heard
}

/// All frames of a run, whose message is sent again when nothing of it was kept.
async fn replay(server: &mut Server, token: &str, run: &str, text: &str) -> Vec<Frame> {
    for _ in 0..200 {
        match server.stream("GET", &format!("/v1/runs/{run}/events"), token, None).await {
            Some(answer) if answer.status == 404 => drop(say(server, token, run, text).await),
            Some(answer) => {
                let frames = frames(&answer);
                if ended(&frames) {
                    return frames;
                }
                server.check().await;
            }
            None => server.revive().await,
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("run {run} never ends");
}

type Frame = (String, Value);

fn frames(answer: &Answer) -> Vec<Frame> {
    assert!([200, 404].contains(&answer.status), "{}", answer.text);
    // a stream that broke off may end within a frame
    let whole = answer.text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let blocks = whole.split("\n\n").filter(|block| block.contains("data:"));
    blocks
        .filter_map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            Some((field("id:")?.to_owned(), serde_json::from_str(field("data:")?).ok()?))
        })
        .collect()
}

fn kind(frame: &Frame) -> &str {
    frame.1["type"].as_str().unwrap_or_default()
}

fn ended(frames: &[Frame]) -> bool {
    frames.last().is_some_and(|frame| matches!(kind(frame), "RUN_FINISHED" | "RUN_ERROR"))
}

/// A turn ends as it should, or, when its process died, with what was kept and a word about it.
fn ends_well(frames: &[Frame], died: bool) {
    let kinds: Vec<&str> = frames.iter().map(kind).collect();
    assert_eq!(kinds[0], "RUN_STARTED");
    match *kinds.last().unwrap() {
        "RUN_FINISHED" => {}
        "RUN_ERROR" => {
            assert!(died, "{frames:?}");
            assert_eq!(frames.last().unwrap().1["code"], "interrupted");
            assert_eq!(kinds[kinds.len() - 2], "MESSAGES_SNAPSHOT", "{kinds:?}");
        }
        other => panic!("a run ends with {other}"),
    }
    let mut ids: Vec<&String> = frames.iter().map(|frame| &frame.0).collect();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "no frame twice");
}

/// What a client heard is in the replay as it was, but for the last pieces of a text, its beginning among them, which
/// may be heard before they are stored.
fn nothing_heard_is_lost(heard: &[Frame], whole: &[Frame]) {
    for frame in heard {
        let piece = matches!(kind(frame), "TEXT_MESSAGE_START" | "TEXT_MESSAGE_CONTENT" | "TOOL_CALL_ARGS");
        assert!(piece || whole.contains(frame), "lost: {frame:?}");
    }
}

fn said(conversation: &Value, text: &str) -> usize {
    let messages = conversation["messages"].as_array().unwrap();
    messages.iter().filter(|message| message["role"] == "user" && message["content"] == text).count()
}

async fn drafts(server: &mut Server, token: &str) -> Vec<Value> {
    server.get("/v1/drafts", token).await["items"].as_array().unwrap().clone()
}
