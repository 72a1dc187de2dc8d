//! Models that get nowhere: repaired a few times, then stopped politely with what is best of their work.

use serde_json::{Value, json};

use crate::client::{Client, Frame, said, state, with_model};
use crate::script::{self, Reply, Script};

const MARIA: &str = "maria@lakeside.example";
const ASK: &str = "When a new lead comes in, make a task for the sales manager within ten minutes.";

/// A draft with `errors` wrong steps, told apart by `number`.
fn wrong(number: usize, errors: usize) -> Reply {
    let mut arguments = script::write_arguments();
    arguments["title"] = json!(format!("Attempt {number}"));
    arguments["definition"]["document"]["title"] = json!(format!("Attempt {number}"));
    for step in 0..errors {
        let task = json!({(format!("wrong{step}")): {"call": "no_such_action", "with": {}}});
        arguments["definition"]["do"].as_array_mut().unwrap().push(task);
    }
    script::call("write_workflow", arguments)
}

fn results(frames: &[Frame]) -> Vec<Value> {
    let results = frames.iter().filter(|frame| frame.kind() == "TOOL_CALL_RESULT");
    results.map(|frame| serde_json::from_str(frame.event["content"].as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn after_three_repairs_the_attempt_with_the_fewest_errors_is_written_and_its_errors_are_said() {
    let script = Script::new(vec![wrong(1, 3), wrong(2, 1), wrong(3, 2), wrong(4, 2)]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", ASK).await;
    script.assert_content();
    assert!(results(&frames).iter().all(|result| result["error"] == "draft_invalid"));
    let draft = &state(&frames)["draft"];
    assert_eq!((&draft["revision"], &draft["title"]), (&json!(1), &json!("Attempt 2")), "{draft}");
    let told = said(&frames);
    assert!(told.starts_with("The draft is written, but it does not work yet"), "{told}");
    assert!(told.contains("no_such_action"), "{told}");
    assert_eq!(frames.last().unwrap().kind(), "RUN_FINISHED");
    let shown = client.get("/v1/conversations/t").await.json();
    let last = shown["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["content"], told.as_str(), "the list is part of the conversation");
}

#[tokio::test]
async fn a_model_that_gives_up_leaves_its_best_attempt_and_a_draft_that_works_stays() {
    let script = Script::new(vec![
        wrong(1, 1),
        script::text("I cannot get this right."),
        // the author's next message makes it right
        script::write(),
        script::text("Now it works."),
        wrong(5, 1),
        script::text("That did not work."),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, MARIA).await;
    let first = client.say("t", "r1", ASK).await;
    assert_eq!(state(&first)["draft"]["title"], "Attempt 1");
    assert!(said(&first).contains("Still to be solved"), "{}", said(&first));
    let second = client.say("t", "r2", "try again please, a task for the sales manager").await;
    assert_eq!(state(&second)["draft"]["definition"], script::definition());
    let third = client.say("t", "r3", "write it anew with more steps").await;
    assert_eq!(state(&third)["draft"]["digest"], state(&second)["draft"]["digest"], "the last valid one stays");
    assert!(said(&third).contains("That change was not made"), "{}", said(&third));
    script.assert_content();
}

#[tokio::test]
async fn arguments_nobody_can_read_end_after_the_repairs() {
    let torn = |n: usize| {
        let call = json!({"index": 0, "id": "c", "type": "function", "function": {"name": "ask", "arguments": format!("{{\"q\": {n}")}});
        let acts = [vec![script::chunk(&json!({"tool_calls": [call]}), Some("tool_calls"))], script::done()].concat();
        Reply::Stream(acts)
    };
    let script = Script::new((0..4).map(torn).collect()).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", ASK).await;
    assert_eq!(frames.last().unwrap().event["code"], "model_stuck");
    assert_eq!(results(&frames).len(), 4);
    script.assert_content();
}

#[tokio::test]
async fn a_model_that_repeats_its_call_is_pointed_back_and_stopped() {
    let again = || script::call("find_actions", json!({"query": "task"}));
    let script = Script::new(vec![again(), again(), again(), again(), script::text("Hello.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, MARIA).await;
    let frames = client.say("t", "r", ASK).await;
    let results = results(&frames);
    assert!(results[0]["actions"].is_array());
    assert!(results[1..].iter().all(|result| result["error"] == "repeated_call"), "{results:?}");
    let end = &frames.last().unwrap().event;
    assert_eq!(end["code"], "model_stuck");
    assert!(end["message"].as_str().unwrap().contains("in other words"), "{end}");
    assert_eq!(said(&client.say("t", "r2", "hello").await), "Hello.", "the conversation goes on");
}
