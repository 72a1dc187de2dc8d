use serde_json::{Value, json};

use super::*;
use crate::llm::Usage;
use crate::model::RunId;

const LIMITS: Limits = Limits { max_rounds: 3, max_repairs: 1, max_tool_calls: 8, max_tokens: 0, max_microdollars: 0 };

fn machine() -> Turn {
    turn_with(LIMITS, true)
}

fn turn_with(limits: Limits, writing: bool) -> Turn {
    let names = Names {
        thread: "t1".into(),
        wire_run: "r1".into(),
        run: RunId::derive("test"),
        model: "scripted".into(),
        language: Language::En,
    };
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
        Effect::Correct { id, .. } => format!("correct {id}"),
        Effect::Ask(offer) => format!("ask {offer:?}"),
        Effect::Run(call) => format!("run {} {}", call.name, call.arguments),
        Effect::Charge(spent) => format!("charge {}", spent.input_tokens + spent.output_tokens),
        Effect::Settle => "settle".into(),
        Effect::Account => "account".into(),
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
            "charge 12",
            "keep assistant",
            "TEXT_MESSAGE_END",
            "account",
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
    let mut turn = turn_with(LIMITS, false);
    assert_eq!(turn.start(), [Effect::Ask(Offer::Reading)]);
}

/// One round with a call; each round's arguments are its own.
fn round(name: &str, number: usize, answer: Option<Input>) -> Vec<Input> {
    let call = vec![call(0, name), arguments(0, &format!("{{\"n\":{number}}}")), finish(FinishReason::ToolCalls)];
    call.into_iter().chain(answer).collect()
}

fn bad() -> Option<Input> {
    Some(Input::Tool(ToolReport { repairable: true, ..report(&json!({"error": "draft_invalid"})) }))
}

fn good() -> Option<Input> {
    Some(Input::Tool(report(&json!({"hits": []}))))
}

#[test]
fn after_the_repairs_the_best_is_settled_and_what_is_unresolved_is_said() {
    let mut turn = machine();
    let seen = play(&mut turn, [round("write_workflow", 1, bad()), round("write_workflow", 2, bad())].concat());
    assert_eq!(seen.iter().filter(|name| name.starts_with("ask ")).count(), 2, "one repair: {seen:?}");
    assert_eq!(seen.last().unwrap(), "settle");
    let settlement = Settlement {
        state: Some(json!({"draft": {"revision": 1}, "questions": []})),
        wrote: true,
        unresolved: "Still to be solved:\n- a step leads nowhere".into(),
    };
    let end: Vec<String> = turn.step(Input::Settled(settlement)).iter().map(name).collect();
    assert_eq!(
        end,
        [
            "STATE_DELTA",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "keep assistant",
            "TEXT_MESSAGE_END",
            "RUN_FINISHED",
            "end finished -"
        ]
    );
}

#[test]
fn repairs_that_leave_nothing_to_settle_end_as_stuck() {
    let mut turn = machine();
    play(&mut turn, [round("ask", 1, bad()), round("ask", 2, bad())].concat());
    let end = turn.step(Input::Settled(Settlement::default()));
    assert_eq!(name(end.last().unwrap()), "end failed model_stuck");
}

#[test]
fn two_bad_calls_of_one_round_are_one_repair() {
    let mut turn = machine();
    let both = vec![call(0, "ask"), arguments(0, "{\"a\":1}"), call(1, "ask"), finish(FinishReason::ToolCalls)];
    let seen = play(&mut turn, [both, vec![bad().unwrap(), bad().unwrap()]].concat());
    assert_eq!(seen.last().unwrap(), "ask All");
}

#[test]
fn after_the_rounds_no_tool_is_offered_and_a_model_that_calls_one_is_ended() {
    let mut turn = machine();
    let rounds: Vec<Input> = (1..=3).flat_map(|number| round("find_actions", number, good())).collect();
    let seen = play(&mut turn, [rounds, round("find_actions", 4, None)].concat());
    let offers: Vec<&String> = seen.iter().filter(|name| name.starts_with("ask ")).collect();
    assert_eq!(offers, ["ask All", "ask All", "ask All", "ask Nothing"]);
    assert_eq!(seen.iter().filter(|name| name.starts_with("run ")).count(), 3, "what is not offered does not run");
    assert_eq!(seen.last().unwrap(), "end failed turn_too_long");
}

#[test]
fn a_model_that_repeats_itself_is_pointed_back_and_then_stopped() {
    let mut turn = turn_with(Limits { max_rounds: 20, ..LIMITS }, true);
    let first = round("find_actions", 1, good());
    let again = || round("find_actions", 1, None);
    let seen = play(&mut turn, [first, again(), again(), again(), again()].concat());
    assert_eq!(seen.iter().filter(|name| name.starts_with("run ")).count(), 1);
    assert_eq!(
        seen.iter().filter(|name| *name == "ask All").count(),
        4,
        "it is asked three times after its first call"
    );
    assert_eq!(seen.last().unwrap(), "end failed model_stuck");
}

#[test]
fn a_model_that_calls_what_there_is_not_is_stopped_after_three_rounds() {
    let unknown = || Some(Input::Tool(report(&json!({"error": "tool_not_offered"}))));
    let mut turn = turn_with(Limits { max_rounds: 20, ..LIMITS }, true);
    let rounds: Vec<Input> = (1..=5).flat_map(|number| round("drop_tables", number, unknown())).collect();
    let seen = play(&mut turn, rounds);
    assert_eq!(seen.iter().filter(|name| *name == "ask All").count(), 3);
    assert_eq!(seen.last().unwrap(), "end failed model_stuck");
}

#[test]
fn more_calls_at_once_than_a_turn_has_are_answered_without_running() {
    let mut turn = turn_with(Limits { max_tool_calls: 2, ..LIMITS }, true);
    let mut inputs: Vec<Input> = (0..50)
        .flat_map(|index| [call(index, "find_actions"), arguments(index, &format!("{{\"n\":{index}}}"))])
        .collect();
    inputs.push(finish(FinishReason::ToolCalls));
    inputs.extend([good().unwrap(), good().unwrap()]);
    let seen = play(&mut turn, inputs);
    assert_eq!(seen.iter().filter(|name| name.starts_with("run ")).count(), 2);
    assert_eq!(seen.iter().filter(|name| *name == "TOOL_CALL_RESULT").count(), 50);
    assert_eq!(seen.last().unwrap(), "ask Nothing");
}

#[test]
fn a_turn_whose_tokens_or_money_are_spent_does_not_ask_again() {
    let costs = Usage { input_tokens: 90, output_tokens: 10, ..Usage::default() };
    for (limits, code) in [
        (Limits { max_tokens: 100, ..LIMITS }, Some("turn_tokens_spent")),
        (Limits { max_tokens: 101, ..LIMITS }, None),
    ] {
        let mut turn = turn_with(limits, true);
        let mut inputs = round("find_actions", 1, good());
        inputs.insert(2, Input::Model(Delta::Usage(costs)));
        let seen = play(&mut turn, inputs);
        let expected = code.map_or_else(|| "ask All".to_owned(), |code| format!("end failed {code}"));
        assert_eq!(*seen.last().unwrap(), expected);
    }
    let usage = RunUsage { cost_microdollars: 7, ..RunUsage::default() };
    assert_eq!(Limits { max_microdollars: 7, ..LIMITS }.reached(&usage), Some("turn_money_spent"));
    assert_eq!(Limits { max_microdollars: 8, ..LIMITS }.reached(&usage), None);
}

#[test]
fn a_limit_of_the_driver_keeps_what_was_said() {
    let mut turn = machine();
    let seen = play(&mut turn, vec![text("It waits "), Input::Spent { code: "turn_time_spent" }]);
    assert_eq!(
        &seen[seen.len() - 4..],
        ["keep assistant", "TEXT_MESSAGE_END", "RUN_ERROR", "end failed turn_time_spent"]
    );
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
    turn.start();
    turn.step(text("Done, I've changed it."));
    let end = turn.step(finish(FinishReason::Stop));
    let kept =
        end.iter().find_map(|effect| if let Effect::Keep(message) = effect { Some(message.id.clone()) } else { None });
    let Some(Effect::Correct { id, content }) = end.iter().find(|effect| matches!(effect, Effect::Correct { .. }))
    else {
        panic!("{end:?}")
    };
    assert_eq!(Some(id), kept.as_ref());
    assert!(content.contains("nothing was written") && !content.contains("changed it"), "{content}");
    assert_eq!(name(end.last().unwrap()), "end finished -");
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
