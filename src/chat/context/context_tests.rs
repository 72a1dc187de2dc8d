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

fn answering(id: &str, content: &str) -> Message {
    Message { tool_call_id: Some(id.into()), ..message(Role::Tool, content) }
}

fn frame(budget: usize) -> Frame {
    Frame { system: "S".into(), tools: 0, draft: "D".into(), budget, caps: Caps { passage: 100, answer: 400 } }
}

/// The request for a history whose last message is the newest.
fn sent(budget: usize, history: &[Message]) -> Vec<ChatMessage> {
    let (newest, earlier) = history.split_last().unwrap();
    let mut window = Window::open(frame(budget), earlier);
    window.push(newest);
    window.request(None).0
}

fn contents(messages: &[ChatMessage]) -> Vec<String> {
    messages.iter().map(|message| message.content.chars().take(8).collect()).collect()
}

fn long_talk(turns: usize) -> Vec<Message> {
    let mut history = vec![message(Role::User, "first")];
    for turn in 0..turns {
        let text = format!("{turn} {}", "x".repeat(300));
        history.extend([message(Role::User, &text), message(Role::Assistant, &text)]);
    }
    history.push(message(Role::User, "newest"));
    history
}

#[test]
fn everything_is_sent_while_it_fits_and_the_draft_stands_before_the_newest_turn() {
    let history = [message(Role::User, "one"), message(Role::Assistant, "1"), message(Role::User, "two")];
    assert_eq!(contents(&sent(1000, &history)), ["S", "one", "1", "D", "two"]);
}

#[test]
fn whole_turns_are_left_out_with_a_mark_and_first_and_newest_stay() {
    // 210 tokens a turn by estimate, 1,000 of room for earlier turns
    let messages = sent(2000, &long_talk(10));
    let said = contents(&messages);
    assert_eq!(said[1], "first");
    let left_out: usize = messages[2].content.trim_start_matches('[').split(' ').next().unwrap().parse().unwrap();
    assert!(messages[2].content.contains("earlier turns of this conversation are left out here"));
    assert_eq!(messages.iter().filter(|m| m.content.len() > 300).count(), 2 * (10 - left_out));
    assert!((2..=4).contains(&(10 - left_out)), "{left_out}");
    assert!(messages[3].role == ChatRole::Speaker(Role::User), "a turn begins with what the user said");
    assert_eq!(said.last().unwrap(), "newest");
}

#[test]
fn the_mark_stands_still_for_several_turns() {
    let marks: Vec<String> = (6..30)
        .map(|turns| {
            let messages = sent(2000, &long_talk(turns));
            messages.iter().find(|m| m.content.starts_with('[')).map_or_else(String::new, |m| m.content.to_string())
        })
        .collect();
    let moves = marks.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((6..=12).contains(&moves), "{moves} moves in {} turns", marks.len());
}

#[test]
fn the_newest_turn_is_sent_even_when_nothing_fits() {
    let history = [message(Role::User, "first"), message(Role::User, "newest")];
    assert_eq!(contents(&sent(1, &history)), ["S", "[1 earli", "D", "newest"]);
}

#[test]
fn each_request_of_a_turn_is_the_one_before_with_something_appended() {
    let history = long_talk(4);
    let (newest, earlier) = history.split_last().unwrap();
    let mut window = Window::open(frame(20_000), earlier);
    window.push(newest);
    let mut before = window.request(None).0;
    for round in 0..4 {
        window.push(&calling(&[&format!("c{round}")]));
        window.push(&answering(&format!("c{round}"), r#"{"hits":[]}"#));
        let next = window.request(None).0;
        assert_eq!(next[..before.len()], before);
        before = next;
    }
}

#[test]
fn from_turn_to_turn_all_but_the_last_turn_stays_as_it_was() {
    let write = Message {
        tool_calls: vec![ToolCall {
            id: "w".into(),
            name: "write_workflow".into(),
            arguments: r#"{"title":"T","definition":{"do":[1]}}"#.into(),
        }],
        ..message(Role::Assistant, "")
    };
    let mut history = vec![message(Role::User, "one"), write, answering("w", r#"{"revision":1}"#)];
    history.extend([message(Role::Assistant, "Drafted."), message(Role::User, "two")]);
    let second = sent(20_000, &history);
    history.extend([message(Role::Assistant, "2"), message(Role::User, "three")]);
    let third = sent(20_000, &history);
    let same = second.iter().zip(&third).take_while(|(a, b)| a == b).count();
    assert_eq!(same, 5, "instructions and the whole first turn: {:?}", contents(&third));
    assert!(third[2].tool_calls[0].arguments.contains("left out"), "{:?}", third[2].tool_calls);
}

#[test]
fn every_call_has_exactly_one_answer() {
    let history = [
        message(Role::User, "go"),
        calling(&["a", "b"]),
        answering("a", "{}"),
        answering("a", "{}"),
        answering("stray", "{}"),
        message(Role::User, "again"),
    ];
    let sent = sent(1000, &history);
    let answers: Vec<(&str, &str)> = sent
        .iter()
        .filter(|m| m.role == ChatRole::Speaker(Role::Tool))
        .map(|m| (m.tool_call_id.as_deref().unwrap(), &*m.content))
        .collect();
    assert_eq!(answers.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["a", "b"]);
    assert!(answers[1].1.contains("interrupted"), "what a crash swallowed is said so: {}", answers[1].1);
}

#[test]
fn a_turn_that_outgrows_its_room_keeps_its_last_round_and_every_call() {
    let mut window = Window::open(frame(2000), &[]);
    window.push(&message(Role::User, "look everything up"));
    let hits = format!(r#"{{"text":"{}"}}"#, "y".repeat(1000));
    for round in 0..12 {
        window.push(&calling(&[&format!("c{round}")]));
        window.push(&answering(&format!("c{round}"), &hits));
        let (messages, tokens) = window.request(None);
        assert!(tokens <= 2000, "{tokens} in round {round}");
        assert!(!messages.last().unwrap().content.contains("shortened"), "the last round is whole");
        assert_eq!(messages.iter().filter(|m| m.tool_call_id.is_some()).count(), round + 1);
    }
}

#[test]
fn a_last_word_is_of_one_request_only() {
    let mut window = Window::open(frame(1000), &[]);
    window.push(&message(Role::User, "go"));
    assert_eq!(contents(&window.request(Some("Sum up.")).0), ["S", "D", "go", "Sum up."]);
    assert_eq!(contents(&window.request(None).0), ["S", "D", "go"]);
}
