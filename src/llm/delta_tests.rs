use serde_json::{Value, json};

use super::*;

fn calls(pieces: &[Value]) -> (Vec<(String, String, String)>, Option<FinishReason>) {
    let mut assembler = Assembler::default();
    let mut found: Vec<(usize, String, String, String)> = Vec::new();
    for piece in pieces {
        for delta in assembler.push(serde_json::from_value(piece.clone()).unwrap()) {
            match delta {
                Delta::ToolCallStart { index, id, name } => {
                    assert_eq!(index, found.len(), "calls are numbered in their order");
                    found.push((index, id, name, String::new()));
                }
                Delta::ToolCallArguments { index, delta } => {
                    let call = found.iter_mut().find(|call| call.0 == index).expect("arguments follow their start");
                    call.3.push_str(&delta);
                }
                Delta::Answering { .. } | Delta::Text(_) | Delta::Refusal(_) | Delta::Usage(_) | Delta::Finish(_) => {}
            }
        }
    }
    (found.into_iter().map(|(_, id, name, arguments)| (id, name, arguments)).collect(), assembler.finish())
}

fn piece(call: &Value) -> Value {
    json!({"choices": [{"delta": {"tool_calls": [call]}}]})
}

fn end(reason: &str) -> Value {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]})
}

#[test]
fn a_call_cut_at_every_place_is_the_same_call() {
    let (name, arguments) = ("search_templates", r#"{"query":"été “lead” 🚗"}"#);
    for cut in (1..name.len()).filter(|at| name.is_char_boundary(*at)) {
        for split in (1..arguments.len()).filter(|at| arguments.is_char_boundary(*at)) {
            let found = calls(&[
                piece(&json!({"index": 0, "id": "a", "function": {"name": &name[..cut], "arguments": ""}})),
                piece(&json!({"index": 0, "function": {"name": &name[cut..]}})),
                piece(&json!({"index": 0, "function": {"arguments": &arguments[..split]}})),
                piece(&json!({"index": 0, "function": {"arguments": &arguments[split..]}})),
                end("tool_calls"),
            ]);
            let expected = vec![("a".to_owned(), name.to_owned(), arguments.to_owned())];
            assert_eq!(found, (expected, Some(FinishReason::ToolCalls)));
        }
    }
}

#[test]
fn calls_without_ids_without_indices_and_woven_together() {
    let no_ids = calls(&[
        piece(&json!({"index": 0, "function": {"name": "ask", "arguments": "{}"}})),
        piece(&json!({"index": 1, "function": {"name": "decline", "arguments": "{"}})),
        piece(&json!({"index": 0, "function": {"arguments": " "}})),
        piece(&json!({"index": 1, "function": {"arguments": "}"}})),
        end("stop"),
    ]);
    let expected =
        vec![(String::new(), "ask".into(), "{} ".into()), (String::new(), "decline".into(), "{}".to_owned())];
    assert_eq!(no_ids, (expected, Some(FinishReason::ToolCalls)));

    let no_indices = calls(&[
        piece(&json!({"id": "x", "function": {"name": "ask"}})),
        piece(&json!({"function": {"arguments": "{}"}})),
        piece(&json!({"id": "y", "function": {"name": "ask", "arguments": "[]"}})),
        end("tool_calls"),
    ]);
    assert_eq!(no_indices.0[0], ("x".into(), "ask".into(), "{}".into()));
    assert_eq!(no_indices.0[1], ("y".into(), "ask".into(), "[]".into()));
}

#[test]
fn a_call_without_arguments_is_announced_at_the_end() {
    let found = calls(&[piece(&json!({"index": 0, "id": "u", "function": {"name": "undo_edit"}})), end("tool_calls")]);
    assert_eq!(found.0, vec![("u".into(), "undo_edit".into(), String::new())]);
}

#[test]
fn an_answer_that_never_says_why_it_ended_has_no_finish() {
    let (_, finish) = calls(&[json!({"choices": [{"delta": {"content": "Hel"}}]})]);
    assert_eq!(finish, None);
}

fn named(calls: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    calls.iter().map(|(id, name, arguments)| ((*id).into(), (*name).into(), (*arguments).into())).collect()
}

#[test]
fn two_calls_with_the_same_index_are_two_calls() {
    let ids = calls(&[
        piece(&json!({"index": 0, "id": "a", "function": {"name": "ask", "arguments": "{\"n\":1}"}})),
        piece(&json!({"index": 0, "id": "b", "function": {"name": "ask", "arguments": "{\"n\":2}"}})),
        end("tool_calls"),
    ]);
    assert_eq!(ids.0, named(&[("a", "ask", "{\"n\":1}"), ("b", "ask", "{\"n\":2}")]));
    let nothing = calls(&[
        piece(&json!({"function": {"name": "ask", "arguments": {"n": 1}}})),
        piece(&json!({"function": {"name": "ask", "arguments": {"n": 2}}})),
        end("stop"),
    ]);
    assert_eq!(nothing.0, named(&[("", "ask", "{\"n\":1}"), ("", "ask", "{\"n\":2}")]));
}

#[test]
fn a_name_and_an_id_in_every_piece_are_one_call() {
    let again =
        |arguments: &str| piece(&json!({"index": 0, "id": "a", "function": {"name": "ask", "arguments": arguments}}));
    let found = calls(&[again("{\"n\""), again(":1}"), again(""), end("tool_calls")]);
    assert_eq!(found.0, named(&[("a", "ask", "{\"n\":1}")]));
    let without_id = |arguments: &str| piece(&json!({"index": 0, "function": {"name": "ask", "arguments": arguments}}));
    let found = calls(&[without_id("{\"n\""), without_id(":1}"), without_id(""), end("tool_calls")]);
    assert_eq!(found.0, named(&[("", "ask", "{\"n\":1}")]));
}

#[test]
fn arguments_may_come_before_the_name() {
    let found = calls(&[
        piece(&json!({"index": 0, "id": "a", "function": {"arguments": "{\"n\""}})),
        piece(&json!({"index": 0, "function": {"name": "ask", "arguments": ":1}"}})),
        end("tool_calls"),
    ]);
    assert_eq!(found.0, named(&[("a", "ask", "{\"n\":1}")]));
}

fn pushed(chunks: &[Value]) -> (Vec<Delta>, Assembler) {
    let mut assembler = Assembler::default();
    let deltas =
        chunks.iter().flat_map(|chunk| assembler.push(serde_json::from_value(chunk.clone()).unwrap())).collect();
    (deltas, assembler)
}

#[test]
fn unknown_and_null_fields_are_harmless_and_thoughts_are_not_said() {
    let (deltas, assembler) = pushed(&[
        json!({"choices": [], "prompt_filter_results": [{}], "usage": null, "error": null}),
        json!({"choices": null}),
        json!({"choices": [{"delta": null, "finish_reason": null, "logprobs": {"x": 1}}]}),
        json!({"choices": [{"delta": {"role": "assistant", "content": null, "tool_calls": null, "refusal": null}}]}),
        json!({"choices": [{"delta": {"reasoning_content": "the user is", "reasoning": "angry", "vendor": [1]}}]}),
        json!({"choices": [{"delta": {"role": "assistant", "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Sure"},
        ]}, "finish_reason": ""}]}),
        json!({"choices": [{"delta": {"content": "."}, "finish_reason": "eos"}], "usage": {
            "prompt_tokens": 9, "completion_tokens": null, "prompt_tokens_details": {"cached_tokens": 4}, "cost": 0.1,
        }}),
    ]);
    assert_eq!(deltas, [Delta::Text("Sure".into()), Delta::Text(".".into())]);
    assert_eq!(assembler.finish(), Some(FinishReason::Stop));
    assert_eq!(assembler.usage(), Some(Usage { input_tokens: 9, cached_tokens: 4, ..Usage::default() }));
}

#[test]
fn every_finish_reason_is_read() {
    let reasons = [
        ("stop", Some(FinishReason::Stop)),
        ("length", Some(FinishReason::Length)),
        ("content_filter", Some(FinishReason::ContentFilter)),
        ("tool_calls", Some(FinishReason::Stop)), // it called nothing
        ("end_turn", Some(FinishReason::Stop)),
        ("error", None),
        ("abort", None),
    ];
    for (reason, expected) in reasons {
        assert_eq!(pushed(&[end(reason)]).1.finish(), expected, "{reason}");
    }
}

#[test]
fn thinking_is_a_sign_of_life_and_an_empty_beginning_is_none() {
    let role = json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]});
    assert!(!pushed(std::slice::from_ref(&role)).1.alive());
    assert!(pushed(&[role, json!({"choices": [{"delta": {"reasoning": "hm"}}]})]).1.alive());
}
