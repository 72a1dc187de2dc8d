use serde_json::{Value, json};

use super::*;

fn calls(pieces: &[Value]) -> (Vec<(String, String, String)>, Option<FinishReason>) {
    let mut assembler = Assembler::default();
    let mut found: Vec<(usize, String, String, String)> = Vec::new();
    for piece in pieces {
        for delta in assembler.push(serde_json::from_value(piece.clone()).unwrap()) {
            match delta {
                Delta::ToolCallStart { index, id, name } => found.push((index, id, name, String::new())),
                Delta::ToolCallArguments { index, delta } => {
                    let call = found.iter_mut().find(|call| call.0 == index).expect("arguments follow their start");
                    call.3.push_str(&delta);
                }
                Delta::Text(_) | Delta::Usage(_) | Delta::Finish(_) => {}
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
