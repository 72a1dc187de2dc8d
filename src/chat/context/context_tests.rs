use super::*;
use crate::llm::ChatRole;
use crate::model::MessageId;
use crate::model::conversation::ToolCall;

fn message(role: Role, content: &str) -> Message {
    Message {
        id: MessageId::generate(),
        run_id: None,
        role,
        content: content.into(),
        tool_calls: Vec::new(),
        tool_call_id: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
        prompts: None,
    }
}

fn calling(ids: &[&str]) -> Message {
    let call = |id: &&str| ToolCall { id: (*id).into(), name: "ask".into(), arguments: "{}".into() };
    Message { tool_calls: ids.iter().map(call).collect(), ..message(Role::Assistant, "") }
}

fn answering(id: &str) -> Message {
    Message { tool_call_id: Some(id.into()), ..message(Role::Tool, "{}") }
}

fn frame(budget: usize) -> Frame {
    Frame { system: "S".into(), draft: "D".into(), budget }
}

fn contents(messages: &[ChatMessage]) -> Vec<String> {
    messages.iter().map(|message| message.content.chars().take(8).collect()).collect()
}

#[test]
fn everything_is_sent_while_it_fits_and_the_draft_stands_before_the_newest_turn() {
    let history = [message(Role::User, "one"), message(Role::Assistant, "1"), message(Role::User, "two")];
    assert_eq!(contents(&window(&frame(1000), &[], &history)), ["S", "one", "1", "D", "two"]);
    assert_eq!(contents(&window(&frame(1000), &[], &[])), ["S", "D"]);
}

#[test]
fn whole_turns_are_left_out_with_a_mark_and_head_and_newest_stay() {
    let long = "x".repeat(300);
    let mut history = vec![message(Role::User, "first")];
    for _ in 0..10 {
        history.extend([message(Role::User, &long), message(Role::Assistant, &long)]);
    }
    history.push(message(Role::User, "newest"));
    let sent = window(&frame(700), &[], &history);
    let said = contents(&sent);
    assert_eq!(said[1], "first");
    assert!(sent[2].content.starts_with("[7 earlier turns"), "{}", sent[2].content);
    assert_eq!(sent.iter().filter(|m| m.content == long).count(), 6, "three turns fit");
    assert_eq!(said.last().unwrap(), "newest");
}

#[test]
fn the_newest_turn_is_sent_even_when_nothing_fits() {
    let history = [message(Role::User, "first"), message(Role::User, "newest")];
    let said = contents(&window(&frame(1), &[], &history));
    assert_eq!(said, ["S", "[1 earli", "D", "newest"]);
}

#[test]
fn every_call_has_exactly_one_answer() {
    let history = [
        message(Role::User, "go"),
        calling(&["a", "b"]),
        answering("a"),
        answering("a"),
        answering("stray"),
        message(Role::User, "again"),
    ];
    let sent = window(&frame(1000), &[], &history);
    let answers: Vec<&str> = sent
        .iter()
        .filter(|m| m.role == ChatRole::Speaker(Role::Tool))
        .map(|m| m.tool_call_id.as_deref().unwrap())
        .collect();
    assert_eq!(answers, ["a", "b"]);
}
