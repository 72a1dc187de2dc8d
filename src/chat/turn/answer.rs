//! The answer being received: its text, its calls, and the ids they get.

use crate::chat::event::Event;
use crate::model::conversation::{Role, ToolCall};
use crate::model::{MessageId, RunId};

/// Gives ids, the same ones for the same turn.
#[derive(Debug, Clone)]
pub struct Ids {
    run: RunId,
    made: u32,
}

impl Ids {
    /// Ids of a run.
    #[must_use]
    pub const fn of(run: RunId) -> Self {
        Self { run, made: 0 }
    }

    /// The next message's.
    pub fn message(&mut self) -> MessageId {
        self.made += 1;
        MessageId::derive(&format!("{}/{}", self.run, self.made))
    }

    /// The next call's. Providers give short ids, repeat them, or give none; ours are unique within the conversation
    /// and below the 40 characters that endpoints accept.
    pub fn call(&mut self) -> String {
        let id = self.message();
        let digits: String = id.as_str().chars().skip_while(|c| *c != '_').skip(1).take(24).collect();
        format!("call_{digits}")
    }
}

/// One answer of the model, while it arrives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    message: Option<MessageId>,
    /// What it says.
    pub text: String,
    /// Its text has begun on the wire and has not ended there.
    pub text_open: bool,
    calls: Vec<(usize, ToolCall)>,
}

impl Answer {
    /// The id of the message this becomes.
    pub fn id(&mut self, ids: &mut Ids) -> MessageId {
        self.message.get_or_insert_with(|| ids.message()).clone()
    }

    /// More text.
    pub fn hear_text(&mut self, text: String, ids: &mut Ids) -> Vec<Event> {
        let id = self.id(ids).to_string();
        self.text.push_str(&text);
        let start = Event::TextMessageStart { message_id: id.clone(), role: Role::Assistant };
        let more = Event::TextMessageContent { message_id: id, delta: text };
        if std::mem::replace(&mut self.text_open, true) { vec![more] } else { vec![start, more] }
    }

    /// A call begins; it ends the text.
    pub fn hear_call(&mut self, index: usize, name: String, ids: &mut Ids) -> Vec<Event> {
        let mut out: Vec<Event> = self.close_text(ids).into_iter().collect();
        let id = ids.call();
        out.push(Event::ToolCallStart {
            tool_call_id: id.clone(),
            tool_call_name: name.clone(),
            parent_message_id: self.id(ids).to_string(),
        });
        self.calls.push((index, ToolCall { id, name, arguments: String::new() }));
        out
    }

    /// More of a call's arguments; `None` for a call that never began.
    pub fn hear_arguments(&mut self, index: usize, delta: String) -> Option<Event> {
        let (_, call) = self.calls.iter_mut().find(|(at, _)| *at == index)?;
        call.arguments.push_str(&delta);
        Some(Event::ToolCallArgs { tool_call_id: call.id.clone(), delta })
    }

    /// The end of the text, when it is open.
    fn close_text(&mut self, ids: &mut Ids) -> Option<Event> {
        let id = self.id(ids).to_string();
        std::mem::take(&mut self.text_open).then_some(Event::TextMessageEnd { message_id: id })
    }

    /// Its calls, in the order they began.
    #[must_use]
    pub fn calls(&self) -> Vec<ToolCall> {
        self.calls.iter().map(|(_, call)| call.clone()).collect()
    }
}
