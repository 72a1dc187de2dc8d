//! What may be spent: limits of a turn and of a day, what is told of them, and what is kept of it.

use std::time::Duration;

use auterity::model::Clock;
use auterity::model::spending::{Day, Spending};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::client::{Client, Frame, kinds, said, with_model, with_model_and};
use crate::script::{self, Act, Reply, Script};
use crate::support::TestApp;

const MARIA: &str = "maria@lakeside.example";
const SAM: &str = "sam@lakeside.example";

fn usage(frames: &[Frame]) -> Vec<Value> {
    let custom = frames.iter().filter(|frame| frame.kind() == "CUSTOM" && frame.event["name"] == "usage");
    custom.map(|frame| frame.event["value"].clone()).collect()
}

async fn spent_today(app: &TestApp, email: &str) -> (Spending, Spending) {
    let principal = app.principal(email).await;
    let day = Day::of(app.clock.now());
    let today = app.app.state.db.find_spending(&principal.tenant, &principal.user, day).await.unwrap();
    (today.user, today.tenant)
}

#[tokio::test]
async fn a_turn_says_what_it_spent_and_what_is_left_and_the_day_adds_up() {
    let search = || script::call("find_actions", json!({"query": "task"}));
    let script = Script::new(vec![search(), script::text("Hello."), script::text("Hello again.")]).await;
    let app = with_model_and(&script, |config| config.budget.user_day_tokens = 1000).await;
    let (maria, sam) = (Client::of(&app, MARIA).await, Client::of(&app, SAM).await);

    let frames = maria.say("t", "r1", "hello").await;
    let told = usage(&frames);
    assert_eq!(told.len(), 1);
    assert_eq!(kinds(&frames)[frames.len() - 2..], ["CUSTOM", "RUN_FINISHED"]);
    assert_eq!(told[0]["turn"]["input_tokens"], 100);
    assert_eq!((&told[0]["turn"]["output_tokens"], &told[0]["turn"]["tool_calls"]), (&json!(14), &json!(1)));
    assert_eq!((&told[0]["day"]["tokens"], &told[0]["day"]["tokens_left"]), (&json!(114), &json!(886)));
    assert_eq!(told[0]["day"]["ends_at"], "2026-03-11T00:00:00Z");

    let other = usage(&sam.say("s", "r2", "hello").await);
    assert_eq!(other[0]["day"]["tokens"], 57, "the day is each user's own");
    assert_eq!(spent_today(&app, MARIA).await.0.tokens, 114);
    assert_eq!(
        spent_today(&app, SAM).await,
        (Spending { tokens: 57, cost_microdollars: 0 }, Spending { tokens: 171, cost_microdollars: 0 },)
    );
    let principal = app.principal(MARIA).await;
    let run = app.app.state.chat.find_run(&principal, "r1").await.unwrap();
    assert_eq!((run.usage.tokens(), run.usage.rounds, run.usage.tool_calls), (114, 2, 1), "the run keeps it");
    script.assert_content();
}

#[tokio::test]
async fn the_planner_spends_nothing_and_says_nothing_of_it() {
    let app = TestApp::demo_with(|config| config.budget.user_day_tokens = 1).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", "What can you do?").await;
    assert_eq!(usage(&frames), [] as [Value; 0]);
    assert_eq!(spent_today(&app, MARIA).await.1.tokens, 0);
}

#[tokio::test]
async fn a_spent_day_is_refused_before_money_is_spent_and_ends_at_midnight_utc() {
    for (whose, code) in [(true, "user_day_spent"), (false, "tenant_day_spent")] {
        let script = Script::new(vec![script::text("Hello."), script::text("Good morning.")]).await;
        let app = with_model_and(&script, |config| {
            let limit = if whose { &mut config.budget.user_day_tokens } else { &mut config.budget.tenant_day_tokens };
            *limit = 57;
        })
        .await;
        let client = Client::of(&app, MARIA).await;
        client.say("t", "r1", "hello").await;
        let refused = client.post("t", "r2", "hello again").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, code));
        assert_eq!(refused.headers["retry-after"], (9 * 3600).to_string().as_str(), "15:00 to midnight");
        assert!(refused.json()["detail"].as_str().unwrap().contains("midnight UTC"), "{}", refused.text);
        assert_eq!(script.requests().len(), 1, "the model was not asked");
        let shown = client.get("/v1/conversations/t").await.json();
        assert_eq!(shown["messages"].as_array().unwrap().len(), 2, "nothing was kept of it");
        let other = Client::of(&app, SAM).await.post("s", "r3", "hello").await;
        assert_eq!(other.status.as_u16(), if whose { 200 } else { 429 }, "{}", other.text);
        if whose {
            continue;
        }
        app.clock.advance(TimeDelta::hours(9));
        let client = Client::of(&app, MARIA).await;
        assert_eq!(client.say("t", "r4", "and now").await.last().unwrap().kind(), "RUN_FINISHED");
    }
}

#[tokio::test]
async fn a_day_that_is_spent_in_the_middle_ends_the_turn_in_plain_words() {
    let script = Script::new(vec![script::write(), script::text("never asked for")]).await;
    let app = with_model_and(&script, |config| config.budget.user_day_tokens = 57).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", "Make a task for every new lead within ten minutes").await;
    assert_eq!(frames.last().unwrap().event["code"], "user_day_spent");
    assert!(frames.last().unwrap().event["message"].as_str().unwrap().contains("What was written is kept"));
    assert_eq!(script.requests().len(), 1);
    let shown = client.get("/v1/conversations/t").await.json();
    assert_eq!(shown["state"]["draft"]["revision"], 1, "the draft was written before and stays");
}

#[tokio::test]
async fn limits_of_a_turn_end_it_in_plain_words() {
    let search = |n: u32| script::call("find_actions", json!({"query": format!("task {n}")}));
    let script = Script::new(vec![search(1), search(2), search(3)]).await;
    let app = with_model_and(&script, |config| config.budget.turn_tokens = 100).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", "Make a task for every new lead").await;
    let end = &frames.last().unwrap().event;
    assert_eq!((&end["type"], &end["code"]), (&json!("RUN_ERROR"), &json!("turn_tokens_spent")));
    assert_eq!(script.requests().len(), 2, "57 and 57 are above 100");
    assert_eq!(usage(&frames)[0]["turn_left"]["tokens"], 0);

    let script = Script::new(vec![search(1), search(2), script::text("That is all there is.")]).await;
    let app = with_model_and(&script, |config| config.budget.turn_tool_calls = 2).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", "Make a task for every new lead").await;
    assert_eq!(said(&frames), "That is all there is.");
    let last = script.requests().remove(2);
    assert!(last.get("tools").is_none_or(|tools| tools.as_array().unwrap().is_empty()), "{}", last["tools"]);
    let word = last["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    assert!(word.starts_with("No tools are on offer any more"), "{word}");
}

#[tokio::test]
async fn a_turn_that_takes_too_long_is_ended_and_what_was_heard_is_kept_and_counted() {
    let acts = vec![script::chunk(&json!({"content": "Let me think about this"}), None), Act::Hang];
    let script = Script::new(vec![Reply::Stream(acts), script::text("Yes?")]).await;
    let app = with_model_and(&script, |config| config.budget.turn_seconds = 1).await;
    let client = Client::of(&app, MARIA).await;
    let begun = std::time::Instant::now();
    let frames = client.say("t", "r", "Quiero un flujo para los clientes nuevos").await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    let end = &frames.last().unwrap().event;
    assert_eq!(end["code"], "turn_time_spent");
    assert!(end["message"].as_str().unwrap().contains("tardó demasiado"), "{end}");
    let told = usage(&frames);
    assert!(told[0]["turn"]["output_tokens"].as_i64().unwrap() >= 5, "{}", told[0]);
    assert!(told[0]["turn"]["input_tokens"].as_i64().unwrap() > 1000, "what was sent was paid for: {}", told[0]);
    assert!(spent_today(&app, MARIA).await.0.tokens > 1000);
    let next = client.say("t", "r2", "go on").await;
    assert_eq!(said(&next), "Yes?");
}

#[tokio::test]
async fn the_prompts_a_message_was_written_under_are_kept_with_it() {
    let script = Script::new(vec![script::text("Hello.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, MARIA).await;
    client.say("t", "r", "hello").await;
    let principal = app.principal(MARIA).await;
    let history = app.app.state.chat.history(&principal, "t").await.unwrap();
    let prompts: Vec<Option<&str>> = history.messages.iter().map(|message| message.prompts.as_deref()).collect();
    assert_eq!(prompts[0], None, "the author's words are under no prompt");
    assert!(prompts[1].unwrap().starts_with("role@") && prompts[1].unwrap().contains(" crib@"), "{prompts:?}");
}

#[tokio::test]
async fn what_the_model_no_longer_reads_is_said() {
    let long = "Please keep this in mind for later. ".repeat(60);
    let replies = (0..14).map(|n| script::text(&format!("Noted {n}."))).collect();
    let script = Script::new(replies).await;
    let app = with_model_and(&script, |config| {
        config.llm.context_tokens = 18_000;
        config.llm.answer_tokens = 1000;
    })
    .await;
    let client = Client::of(&app, MARIA).await;
    let mut marks = Vec::new();
    for turn in 0..14 {
        let frames = client.say("t", &format!("r{turn}"), &format!("{turn}. {long}")).await;
        let custom = frames.iter().find(|frame| frame.kind() == "CUSTOM" && frame.event["name"] == "compaction");
        marks.push(custom.map(|frame| frame.event["value"]["turns_left_out"].as_i64().unwrap()));
    }
    assert_eq!(marks[..3], [None, None, None]);
    let last = marks.last().unwrap().unwrap();
    assert!(last > 3, "{marks:?}");
    let request = script.requests().pop().unwrap();
    let messages = request["messages"].as_array().unwrap().clone();
    let mark = format!("[{last} earlier turns of this conversation are left out here]");
    assert!(messages.iter().any(|message| message["content"] == mark.as_str()), "the model reads the same number");
    assert!(messages[1]["content"].as_str().unwrap().starts_with("0. "), "the first turn stays");
    script.assert_content();
}
