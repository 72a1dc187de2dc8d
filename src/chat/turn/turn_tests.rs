use serde_json::{Value, json};

use super::*;
use crate::llm::Usage;

fn machine() -> Turn {
    turn_with(Limits { max_rounds: 3, max_repairs: 1, max_tool_calls: 8 }, true)
}

fn turn_with(limits: Limits, writing: bool) -> Turn {
    let names =
        Names { thread: "t1".into(), wire_run: "r1".into(), run: RunId::derive("test"), model: "scripted".into() };
    Turn::new(names, limits, writing, json!({"draft": null, "questions": []}))
}

fn text(text: &str) -> Input {
    Input::Model(Delta::Text(text.into()))
}

fn call(index: usize, name: &str) -> Input {
    Input::Model(Delta::ToolCallStart { index, id: "call_0".into(), name: name.into() })
}

fn arguments(index: usize, delta: &str) -> Input {
    Input::Model(Delta::ToolCallArguments { index, delta: delta.into() })
}

fn finish(reason: FinishReason) -> Input {
    Input::Model(Delta::Finish(reason))
}

fn report(content: &Value) -> ToolReport {
    ToolReport { content: content.to_string(), state: None, wrote: false, repairable: false }
}

/// Feeds inputs and names the effects, one word each.
fn play(turn: &mut Turn, inputs: Vec<Input>) -> Vec<String> {
    let mut names: Vec<String> = turn.start().iter().map(name).collect();
    for input in inputs {
        names.extend(turn.step(input).iter().map(name));
    }
    names
}

fn name(effect: &Effect) -> String {
    match effect {
        Effect::Send(event) => serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned(),
        Effect::Keep(message) => format!("keep {}", message.role.as_str()),
        Effect::Ask(offer) => format!("ask {offer:?}"),
        Effect::Run(call) => format!("run {} {}", call.name, call.arguments),
        Effect::End { status, error_code } => format!("end {} {}", status.as_str(), error_code.unwrap_or("-")),
    }
}

#[test]
fn a_plain_answer() {
    let mut turn = machine();
    let usage = Input::Model(Delta::Usage(Usage { input_tokens: 5, output_tokens: 7, ..Usage::default() }));
    let seen = play(&mut turn, vec![text("It waits "), text("an hour."), usage, finish(FinishReason::Stop)]);
    assert_eq!(
        seen,
        [
            "ask All",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_CONTENT",
            "keep assistant",
            "TEXT_MESSAGE_END",
            "RUN_FINISHED",
            "end finished -",
        ]
    );
    assert_eq!((turn.usage().input_tokens, turn.usage().output_tokens, turn.usage().rounds), (5, 7, 1));
}

#[test]
fn text_and_two_calls_are_one_message_and_each_call_is_answered_before_the_next_round() {
    let mut turn = machine();
    let seen = play(
        &mut turn,
        vec![
            text("Let me look."),
            call(0, "search_templates"),
            arguments(0, "{\"query\":"),
            call(1, "find_actions"),
            arguments(0, "\"lead\"}"),
            arguments(1, "{}"),
            finish(FinishReason::ToolCalls),
            Input::Tool(report(&json!({"hits": []}))),
            Input::Tool(report(&json!({"actions": []}))),
            text("Here."),
            finish(FinishReason::Stop),
        ],
    );
    assert_eq!(
        seen,
        [
            "ask All",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_ARGS",
            "keep assistant",
            "TOOL_CALL_END",
            "TOOL_CALL_END",
            "run search_templates {\"query\":\"lead\"}",
            "keep tool",
            "TOOL_CALL_RESULT",
            "run find_actions {}",
            "keep tool",
            "TOOL_CALL_RESULT",
            "ask All",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "keep assistant",
            "TEXT_MESSAGE_END",
            "RUN_FINISHED",
            "end finished -",
        ]
    );
}

#[test]
fn calls_carry_ids_of_ours_and_their_message() {
    let mut turn = machine();
    turn.start();
    turn.step(text("Hm."));
    let effects = [turn.step(call(0, "ask")), turn.step(call(1, "ask"))].concat();
    let starts: Vec<(String, String)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(Event::ToolCallStart { tool_call_id, parent_message_id, .. }) => {
                Some((tool_call_id.clone(), parent_message_id.clone()))
            }
            _ => None,
        })
        .collect();
    assert_ne!(starts[0].0, starts[1].0, "the provider used one id twice");
    assert!(starts[0].0.len() <= 40);
    assert_eq!(starts[0].1, starts[1].1);
}

#[test]
fn a_question_is_offered_no_writing_tools() {
    let mut turn = turn_with(Limits { max_rounds: 3, max_repairs: 1, max_tool_calls: 8 }, false);
    assert_eq!(turn.start(), [Effect::Ask(Offer::Reading)]);
}

#[test]
fn after_the_repairs_no_writing_tool_is_offered_and_after_the_rounds_none() {
    let mut turn = machine();
    let bad = || Input::Tool(ToolReport { repairable: true, ..report(&json!({"diagnostics": [1]})) });
    let one = || vec![call(0, "write_workflow"), arguments(0, "{}"), finish(FinishReason::ToolCalls), bad()];
    let seen = play(&mut turn, [one(), one(), one(), vec![call(0, "ask"), finish(FinishReason::ToolCalls)]].concat());
    let offers: Vec<&String> = seen.iter().filter(|name| name.starts_with("ask ")).collect();
    assert_eq!(offers, ["ask All", "ask All", "ask Reading", "ask Nothing"]);
    // a model that calls tools although none was offered is ended
    let end = turn.step(Input::Tool(report(&json!({}))));
    assert_eq!(name(end.last().unwrap()), "end failed turn_too_long");
}

#[test]
fn a_state_change_is_a_guarded_patch() {
    let mut turn = machine();
    turn.start();
    turn.step(call(0, "write_workflow"));
    turn.step(finish(FinishReason::ToolCalls));
    let state = json!({"draft": {"revision": 1}, "questions": []});
    let wrote = ToolReport { state: Some(state), wrote: true, ..report(&json!({"revision": 1})) };
    let effects = turn.step(Input::Tool(wrote));
    let delta = effects.iter().find_map(|effect| match effect {
        Effect::Send(Event::StateDelta { delta }) => Some(delta.clone()),
        _ => None,
    });
    assert_eq!(delta.unwrap()[0], json!({"op": "test", "path": "/draft", "value": null}));
    turn.step(text("I've created it."));
    let end = turn.step(finish(FinishReason::Stop));
    assert_eq!(end.iter().filter(|e| matches!(e, Effect::Keep(_))).count(), 1, "a true claim needs no correction");
}

#[test]
fn a_false_claim_is_corrected() {
    let mut turn = machine();
    let seen = play(&mut turn, vec![text("Done, I've changed it."), finish(FinishReason::Stop)]);
    assert_eq!(seen.iter().filter(|name| *name == "TEXT_MESSAGE_START").count(), 2);
    assert_eq!(seen.last().unwrap(), "end finished -");
}

#[test]
fn a_cut_call_never_runs() {
    let mut turn = machine();
    let seen = play(&mut turn, vec![call(0, "write_workflow"), arguments(0, "{\"ti"), finish(FinishReason::Length)]);
    assert!(!seen.iter().any(|name| name.starts_with("run ")));
    assert_eq!(&seen[seen.len() - 3..], ["keep tool", "TOOL_CALL_RESULT", "ask All"]);
}

#[test]
fn failures_close_what_is_open_and_keep_what_was_said() {
    let mut turn = machine();
    let seen = play(
        &mut turn,
        vec![text("It "), call(0, "ask"), Input::ModelFailed { code: "model_answer_broken" }, text("late")],
    );
    let tail = ["TEXT_MESSAGE_END", "TOOL_CALL_START", "keep assistant", "TOOL_CALL_END", "RUN_ERROR"];
    assert_eq!(&seen[3..8], tail);
    assert_eq!(seen[8], "end failed model_answer_broken");
    assert_eq!(seen.len(), 9, "nothing follows the end");
}

#[test]
fn a_stop_answers_the_calls_that_wait() {
    let mut turn = machine();
    let seen = play(
        &mut turn,
        vec![call(0, "ask"), call(1, "ask"), finish(FinishReason::ToolCalls), Input::Cancel, Input::Cancel],
    );
    let tail = ["keep tool", "TOOL_CALL_RESULT", "keep tool", "TOOL_CALL_RESULT", "RUN_FINISHED", "end cancelled -"];
    assert_eq!(&seen[seen.len() - 6..], tail);
}

#[test]
fn silence_and_withholding_are_failures() {
    for (inputs, code) in [
        (vec![finish(FinishReason::Stop)], "model_answer_empty"),
        (vec![text("So"), finish(FinishReason::ContentFilter)], "model_answer_withheld"),
    ] {
        let seen = play(&mut machine(), inputs);
        assert_eq!(*seen.last().unwrap(), format!("end failed {code}"));
    }
}
