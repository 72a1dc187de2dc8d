//! Streams that break and go on: replay, stop, other people's runs, slow answers, dead processes.

use std::time::Duration;

use auterity::auth::Principal;
use auterity::chat::Service;
use auterity::model::conversation::{Conversation, Message, Role};
use auterity::model::run::{Frame, Run, RunStatus, RunUsage};
use auterity::model::{Clock, ConversationId, MessageId, RunId};
use auterity::store::Database;
use auterity::store::runs::{Lease, Place, RunEnd};
use auterity::store::turn_parts::{TurnKey, TurnPart};
use axum::body::Body;
use axum::http::{Request, header};
use chrono::TimeDelta;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::client::{Client, frames, kinds, record, said, with_model, with_model_and};
use crate::script::{self, Act, Reply, Script};
use crate::support::TestApp;

const SLOW: Duration = Duration::from_millis(40);

/// A text that takes its time.
fn slow_text(words: usize) -> Reply {
    let mut acts = Vec::new();
    for n in 0..words {
        acts.push(script::chunk(&json!({"content": format!("word{n} ")}), None));
        acts.push(Act::Pause(SLOW));
    }
    acts.push(script::chunk(&json!({}), Some("stop")));
    acts.extend(script::done());
    Reply::Stream(acts)
}

#[tokio::test]
async fn a_turn_goes_on_without_its_listener_and_replays_identically_from_any_frame() {
    let script = Script::new(vec![script::write(), slow_text(12)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let heard = client.say_and_hang_up("t", "r", "Make a task for every new lead", 6).await;
    assert!(!kinds(&heard).contains(&"RUN_FINISHED"));

    // joining in the middle: what is stored, then what comes
    let whole = client.replay("r", 0).await;
    assert_eq!(whole.last().unwrap().kind(), "RUN_FINISHED");
    assert_eq!(whole[..heard.len()], heard[..]);
    assert!(said(&whole).ends_with("word11 "));
    for after in 0..whole.len() {
        assert_eq!(client.replay("r", after).await, whole[after..], "after {after}");
    }
    assert_eq!(client.replay("r", whole.len()).await, []);

    let request = Request::builder()
        .uri("/v1/runs/r/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", client.token))
        .header("last-event-id", &whole[4].id)
        .body(Body::empty())
        .unwrap();
    assert_eq!(frames(&app.raw(request).await.text), whole[5..]);
    script.assert_content();
}

#[tokio::test]
async fn the_same_run_is_not_run_twice() {
    let script = Script::new(vec![script::text("Once.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let first = client.say("t", "r", "hello").await;
    assert_eq!(client.say("t", "r", "hello").await, first);
    let elsewhere = client.post("another", "r", "hello").await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.code().as_str()), (409, "run_taken"));
    script.assert_content();
}

#[tokio::test]
async fn stop_ends_the_turn_and_keeps_what_was_said() {
    let acts = vec![script::chunk(&json!({"content": "Let me think"}), None), Act::Hang];
    let script = Script::new(vec![Reply::Stream(acts), script::text("Yes?")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say_and_hang_up("t", "r", "hello", 4).await;

    let busy = client.post("t", "r2", "and?").await;
    assert_eq!((busy.status.as_u16(), busy.code().as_str()), (409, "run_in_progress"));
    assert_eq!(script.requests().len(), 1, "nothing is asked of the model for it");
    let shown = client.get("/v1/conversations/t").await.json();
    assert_eq!(shown["active_run"]["status"], "running");

    let stopped = app.send("POST", "/v1/runs/r/cancel", Some(&client.token), None).await;
    assert_eq!(stopped.status, 202);
    let replayed = client.get("/v1/runs/r/events").await.text;
    record("cancelled", &replayed);
    let whole = frames(&replayed);
    assert_eq!(whole.last().unwrap().event["outcome"], json!({"type": "cancelled"}));
    assert_eq!(kinds(&whole)[3..], ["TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "CUSTOM", "RUN_FINISHED"]);

    let next = client.say("t", "r2", "go on").await;
    assert_eq!(said(&next), "Yes?");
    let sent = script.requests().remove(1);
    let contents: Vec<&str> =
        sent["messages"].as_array().unwrap().iter().filter_map(|m| m["content"].as_str()).collect();
    assert!(contents.contains(&"Let me think"), "{contents:?}");
    script.assert_content();
}

#[tokio::test]
async fn a_stop_through_another_process_reaches_the_one_that_drives() {
    let acts = vec![script::chunk(&json!({"content": "Let me think"}), None), Act::Hang];
    let script = Script::new(vec![Reply::Stream(acts)]).await;
    let app = with_model_and(&script, |config| config.llm.turn_lease_s = 1).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say_and_hang_up("t", "r", "hello", 4).await;

    let config = auterity::config::Config::clone(&app.app.state.config);
    let clock = app.clock.clone() as std::sync::Arc<dyn Clock>;
    let other = auterity::app::App::build_with_clock(config, true, clock).await.unwrap();
    let principal = app.principal("maria@lakeside.example").await;
    other.state.chat.cancel(&principal, "r").await.unwrap();
    wait_for_end(&client, "r").await;
    let whole = client.replay("r", 0).await;
    assert_eq!(whole.last().unwrap().event["outcome"], json!({"type": "cancelled"}));
}

#[tokio::test]
async fn a_process_too_busy_for_a_sign_of_life_does_not_end_its_own_run() {
    let acts = vec![script::chunk(&json!({"content": "Let me think"}), None), Act::Hang];
    let script = Script::new(vec![Reply::Stream(acts)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say_and_hang_up("t", "r", "hello", 4).await;
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(app.app.state.chat.end_dead_runs(app.clock.now()).await.unwrap(), 0);
    app.send("POST", "/v1/runs/r/cancel", Some(&client.token), None).await;
    wait_for_end(&client, "r").await;
}

#[tokio::test]
async fn runs_and_conversations_of_others_are_not_there() {
    let script = Script::new(vec![script::text("Hello.")]).await;
    let app = with_model(&script).await;
    let maria = Client::of(&app, "maria@lakeside.example").await;
    maria.say("shared-name", "r", "hello").await;
    let principal = app.principal("maria@lakeside.example").await;
    let (run, thread) = (Service::run_id(&principal, "r"), Service::conversation_id(&principal, "shared-name"));
    assert_eq!(maria.replay(run.as_str(), 0).await.last().unwrap().id, format!("{run}:7"));

    let stranger = Client::of(&app, "sam@lakeside.example").await;
    for path in [
        format!("/v1/runs/{run}/events"),
        "/v1/runs/r/events".to_owned(),
        format!("/v1/conversations/{thread}"),
        "/v1/conversations/shared-name".to_owned(),
    ] {
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
    }
    let stop = app.send("POST", &format!("/v1/runs/{run}/cancel"), Some(&stranger.token), None).await;
    assert_eq!(stop.status, 404);
    let write = stranger.post(thread.as_str(), "mine", "hello").await;
    assert_eq!((write.status.as_u16(), write.code().as_str()), (404, "not_found"));
    assert_eq!(stranger.get("/v1/conversations").await.json()["items"], json!([]));
}

#[tokio::test]
async fn the_request_timeout_does_not_cut_a_stream() {
    let script = Script::new(vec![slow_text(40)]).await;
    let app = with_model_and(&script, |config| config.server.request_timeout_s = 1).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let begun = std::time::Instant::now();
    let frames = client.say("t", "r", "hello").await;
    assert!(begun.elapsed() > Duration::from_millis(1200), "too fast to show anything");
    assert_eq!(frames.last().unwrap().kind(), "RUN_FINISHED");
}

#[tokio::test]
async fn a_slow_listener_gets_every_frame_once() {
    // more frames than the live bus keeps for a listener that does not read
    let many: Vec<Act> = (0..3000).map(|n| script::chunk(&json!({"content": format!("{n} ")}), None)).collect();
    let acts = [many, vec![script::chunk(&json!({}), Some("stop"))], script::done()].concat();
    let script = Script::new(vec![Reply::Stream(acts)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    use tower::ServiceExt;
    let response = app.router.clone().oneshot(client.request("t", "r", "hello")).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut bytes = body.next().await.unwrap().unwrap().to_vec();
    // the listener stands still while thousands of frames pass by
    wait_for_end(&client, "r").await;
    while let Some(part) = body.next().await {
        bytes.extend_from_slice(&part.unwrap());
    }
    let heard = frames(std::str::from_utf8(&bytes).unwrap());
    let expected: String = (0..3000).map(|n| format!("{n} ")).collect();
    assert_eq!(said(&heard), expected);
    assert_eq!(heard, client.replay("r", 0).await);
}

async fn wait_for_end(client: &Client<'_>, run: &str) {
    let principal = client.app.principal("maria@lakeside.example").await;
    let mut ended = false;
    for _ in 0..2000 {
        let found = client.app.app.state.chat.find_run(&principal, run).await.unwrap();
        ended = found.finished_at.is_some();
        if ended {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(ended, "the run does not end");
}

/// SQLite has one write lock. What a tool writes and the sign of life of its turn wait for it side by side; the tool that
/// has it must not wait for the sign of life that wants it.
#[tokio::test]
async fn a_sign_of_life_and_the_tool_of_its_turn_do_not_wait_for_each_other() {
    const TIMES: usize = 6;
    let replies = std::iter::repeat_with(|| [script::write(), script::text("There it is.")]).take(TIMES);
    let script = Script::new(replies.flatten().collect()).await;
    let app = with_model_and(&script, |config| config.llm.turn_lease_s = 1).await;
    let Database::Sqlite(pool) = &app.app.state.db else { return };
    let client = Client::of(&app, "maria@lakeside.example").await;
    for n in 0..TIMES {
        use tower::ServiceExt;
        let request = client.request(&format!("t{n}"), &format!("r{n}"), "Make a task for every new lead");
        let mut body = app.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
        let mut heard = String::new();
        while !heard.contains("TOOL_CALL_END") {
            heard.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        }
        let lock = pool.begin_with("begin immediate").await.unwrap();
        tokio::time::sleep(Duration::from_millis(800)).await;
        assert!(!heard.contains("TOOL_CALL_RESULT"));
        drop(lock);
        let rest = async {
            while let Some(part) = body.next().await {
                heard.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(8), rest).await.expect("the turn goes on");
        assert_eq!(frames(&heard).last().unwrap().kind(), "RUN_FINISHED", "time {n}");
    }
    script.assert_content();
}

/// A run that another process began and drives, with its first frame.
async fn run_of_another_process(
    app: &TestApp,
    principal: &Principal,
    conversation: &ConversationId,
    place: Place<'_>,
) -> Run {
    let now = app.clock.now();
    let run = Run {
        id: RunId::generate(),
        tenant_id: principal.tenant.clone(),
        conversation_id: conversation.clone(),
        user_id: principal.user.clone(),
        status: RunStatus::Running,
        error_code: None,
        usage: RunUsage::default(),
        started_at: now,
        finished_at: None,
    };
    let message = Message {
        id: MessageId::generate(),
        run_id: Some(run.id.clone()),
        role: Role::User,
        content: "Text every new lead".into(),
        tool_calls: Vec::new(),
        tool_call_id: None,
        created_at: now,
        prompts: None,
    };
    let begun = json!({"type": "RUN_STARTED", "threadId": "t", "runId": run.id});
    let lease = Lease { owner: "proc_other".into(), until: now + TimeDelta::seconds(15) };
    let frame = Frame { seq: 1, body: begun.to_string() };
    app.app.state.db.insert_run(&run, &lease, place, (&message, &[frame])).await.unwrap();
    run
}

/// No notice comes of it, as it is driven elsewhere: streams look every second, and some look while it ends.
#[tokio::test]
async fn a_run_that_ends_while_its_stream_looks_is_heard_to_its_end() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let principal = app.principal("maria@lakeside.example").await;
    let mut runs = Vec::new();
    for n in 0..18 {
        let conversation = Conversation {
            id: Service::conversation_id(&principal, &format!("t{n}")),
            tenant_id: principal.tenant.clone(),
            user_id: principal.user.clone(),
            title: "Leads".into(),
            draft_id: None,
            created_at: app.clock.now(),
            updated_at: app.clock.now(),
        };
        runs.push(run_of_another_process(&app, &principal, &conversation.id, Place::New(&conversation)).await);
    }
    let follow = futures::future::join_all(runs.iter().map(|run| client.replay(run.id.as_str(), 0)));
    let end = async {
        tokio::time::sleep(Duration::from_millis(990)).await;
        for run in &runs {
            let key = TurnKey {
                tenant: run.tenant_id.clone(),
                conversation: run.conversation_id.clone(),
                run: run.id.clone(),
            };
            let end = RunEnd {
                status: RunStatus::Finished,
                error_code: None,
                usage: RunUsage::default(),
                at: app.clock.now(),
            };
            let last = json!({"type": "RUN_FINISHED", "threadId": "t", "runId": run.id});
            let part = TurnPart { frames: vec![Frame { seq: 2, body: last.to_string() }], ..TurnPart::default() };
            assert!(app.app.state.db.finish_run(&key, &end, &part).await.unwrap());
        }
    };
    let (heard, ()) = tokio::join!(follow, end);
    for frames in heard {
        assert_eq!(kinds(&frames), ["RUN_STARTED", "RUN_FINISHED"]);
    }
}

#[tokio::test]
async fn a_turn_whose_process_died_replays_what_was_kept_and_ends_as_interrupted() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say("t", "r0", "When a new lead comes in, make a task for the sales manager within ten minutes.").await;
    let principal = app.principal("maria@lakeside.example").await;
    let conversation = Service::conversation_id(&principal, "t");
    // what a process leaves behind that was killed in the middle of a turn
    let run = run_of_another_process(&app, &principal, &conversation, Place::Known).await;

    let chat = &app.app.state.chat;
    assert_eq!(chat.end_dead_runs(app.clock.now()).await.unwrap(), 0, "its lease still holds");
    app.clock.advance(TimeDelta::seconds(16));
    assert_eq!(chat.end_dead_runs(app.clock.now()).await.unwrap(), 1);
    assert_eq!(chat.end_dead_runs(app.clock.now()).await.unwrap(), 0, "once is enough");

    // the client may have seen more than was stored
    record("interrupted", &client.get(&format!("/v1/runs/{}/events", run.id)).await.text);
    for after in [0, 1, 300] {
        let replayed = client.replay(run.id.as_str(), after).await;
        let tail: Vec<&str> = kinds(&replayed).into_iter().rev().take(3).collect();
        assert_eq!(tail, ["RUN_ERROR", "MESSAGES_SNAPSHOT", "STATE_SNAPSHOT"], "after {after}");
        // a tool may have changed the draft without a word about it
        let state = &replayed[replayed.len() - 3].event["snapshot"];
        assert_eq!(state["draft"]["revision"], 1);
        assert_eq!(*state, client.get(&format!("/v1/conversations/{conversation}")).await.json()["state"]);
        assert_eq!(replayed.last().unwrap().event["code"], "interrupted");
        let messages = replayed[replayed.len() - 2].event["messages"].clone();
        let last = messages.as_array().unwrap().last().unwrap();
        assert_eq!((&last["role"], &last["content"]), (&json!("user"), &json!("Text every new lead")));
    }
    let next = client.say("t", "r9", "What can you do?").await;
    assert_eq!(next.last().unwrap().kind(), "RUN_FINISHED", "the conversation goes on");
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_its_listeners() {
    let acts = vec![script::chunk(&json!({"content": "Let me think"}), None), Act::Hang];
    let script = Script::new(vec![Reply::Stream(acts)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say_and_hang_up("t", "r", "hello", 4).await;
    app.app.state.shutdown.cancel();
    app.app.tasks.close();
    tokio::time::timeout(Duration::from_secs(5), app.app.tasks.wait()).await.expect("turns end with the server");
    let whole = client.replay("r", 0).await;
    assert_eq!(whole.last().unwrap().event["code"], "interrupted");
    let kept: Vec<Value> = client.get("/v1/conversations/t").await.json()["messages"].as_array().unwrap().clone();
    assert_eq!(kept.last().unwrap()["content"], "Let me think");
}

#[tokio::test]
async fn a_stream_ends_with_the_access_of_its_reader_and_the_turn_goes_on() {
    let body = |account: &str| json!({"email": account, "password": "demo"});
    for account_ends in [true, false] {
        let script = Script::new(vec![slow_text(200)]).await;
        let app = with_model(&script).await;
        let signed_in = app.send("POST", "/v1/auth/login", None, Some(body("maria@lakeside.example"))).await.json();
        let client = Client { app: &app, token: signed_in["access_token"].as_str().unwrap().to_owned() };
        use tower::ServiceExt;
        let response = app.router.clone().oneshot(client.request("t", "r", "hello")).await.unwrap();
        let mut heard = response.into_body().into_data_stream();
        heard.next().await.unwrap().unwrap();
        if account_ends {
            let alex = app.token("alex@lakeside.example").await;
            let path = format!("/v1/users/{}", app.principal("maria@lakeside.example").await.user);
            let gone = app.send("PATCH", &path, Some(&alex), Some(json!({"active": false}))).await;
            assert_eq!(gone.status, 200, "{}", gone.text);
        } else {
            let body = json!({"refresh_token": signed_in["refresh_token"]});
            assert_eq!(app.send("POST", "/v1/auth/logout", None, Some(body)).await.status, 204);
        }
        let rest = async { while heard.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(6), rest).await.expect("the stream ends");
        let principal = app.principal("maria@lakeside.example").await;
        let run = app.app.state.chat.find_run(&principal, "r").await.unwrap();
        assert_eq!(run.finished_at, None, "the turn is not its reader's");
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_published() {
    use auterity::chat::event::Event;
    use auterity::chat::recorder::{Outlets, Recorder};
    use auterity::chat::writer::TurnWriter;
    use auterity::events::{Next, Topic};
    let script = Script::new(vec![slow_text(1)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say("t", "r", "hello").await;
    let principal = app.principal("maria@lakeside.example").await;
    let state = &app.app.state;
    let found = state.chat.find_run(&principal, "r").await.unwrap();
    let run = found.id;
    let mut live = state.events.subscribe(Topic::Run(run.clone()));
    // its numbers are taken: another process has the run
    let outlets = Outlets {
        db: state.db.clone(),
        writer: TurnWriter::new(state.db.clone(), state.tasks.clone()),
        events: state.events.clone(),
        clock: std::sync::Arc::clone(&state.clock),
    };
    let whose = TurnKey { tenant: principal.tenant, conversation: found.conversation_id, run };
    let mut recorder = Recorder::new(outlets, whose, 1);
    let event = Event::RunError { message: "no".to_owned(), code: "test".to_owned() };
    recorder.send(&event).await.unwrap();
    assert!(recorder.commit().await.is_err());
    let heard = tokio::time::timeout(Duration::from_millis(200), async {
        loop {
            if let Next::Notice(notice) = live.next().await {
                return notice;
            }
        }
    });
    assert!(heard.await.is_err(), "a frame that is nowhere was published");
}
