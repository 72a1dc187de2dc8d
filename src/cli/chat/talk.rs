//! One conversation: what is said, what comes back, and the draft that it is about.

use anyhow::Context;
use serde_json::{Value, json};

use super::api::Api;
use super::screen::Screen;
use crate::model::{ConversationId, MessageId, RunId};
use crate::workflow::{Catalog, Definition, Language, describe};

/// A conversation and its shared state.
#[derive(Debug)]
pub struct Talk {
    api: Api,
    conversation: String,
    state: Value,
}

impl Talk {
    /// A conversation that begins with its first message.
    #[must_use]
    pub const fn new(api: Api, conversation: String) -> Self {
        Self { api, conversation, state: Value::Null }
    }

    /// A conversation that exists, with its last words shown.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn open(mut api: Api, conversation: String, screen: &mut Screen) -> anyhow::Result<Self> {
        let stored = api.get(&format!("/v1/conversations/{conversation}")).await?;
        let messages = stored["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let spoken = messages.iter().filter(|message| message["role"] != "tool" && message["content"].is_string());
        let spoken: Vec<&Value> = spoken.collect();
        for message in spoken.iter().skip(spoken.len().saturating_sub(4)) {
            let text = message["content"].as_str().unwrap_or_default();
            if message["role"] == "user" { screen.aside(&format!("you: {text}")) } else { screen.line(text) }
        }
        Ok(Self { api, conversation, state: stored["state"].clone() })
    }

    /// Its id.
    #[must_use]
    pub fn conversation(&self) -> &str {
        &self.conversation
    }

    /// Leaves it for a new one.
    pub fn begin_anew(&mut self, screen: &mut Screen) {
        self.conversation = ConversationId::generate().to_string();
        self.state = Value::Null;
        screen.aside(&format!("A new conversation: {}", self.conversation));
    }

    /// Says something and shows the turn.
    ///
    /// # Errors
    /// When the turn is refused, or the server stays away.
    pub async fn say(&mut self, text: &str, screen: &mut Screen) -> anyhow::Result<()> {
        let before = self.state["draft"]["revision"].clone();
        let message = json!({"id": MessageId::generate(), "role": "user", "content": text});
        let input = json!({
            "threadId": self.conversation, "runId": RunId::generate(), "messages": [message],
            "state": {}, "tools": [], "context": [], "forwardedProps": {},
        });
        let state = &mut self.state;
        self.api.follow(&input, |event| show(event, state, screen)).await?;
        screen.close();
        if self.state["draft"]["revision"] != before {
            self.tell_changes(screen);
        }
        self.tell_questions(screen);
        if self.state["submission"] == "confirm" {
            screen.line("/submit sends this draft for approval.");
        }
        Ok(())
    }

    /// Shows the draft in words.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn show_draft(&self, screen: &mut Screen) -> anyhow::Result<()> {
        let draft = &self.state["draft"];
        if draft.is_null() {
            screen.line("There is no draft yet.");
            return Ok(());
        }
        let definition = Definition::from_value(draft["definition"].clone()).context("the draft cannot be read")?;
        let language = if draft["readback"]["language"] == "es" { Language::Es } else { Language::En };
        let text = describe::describe(&definition, Catalog::embedded(), language).to_text();
        screen.aside(&format!("revision {}, {}", draft["revision"], draft["status"].as_str().unwrap_or_default()));
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            screen.line(line);
        }
        Ok(())
    }

    /// One step back (`undo_revision`) or forward (`redo_revision`).
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn step(&mut self, screen: &mut Screen, to: &str) -> anyhow::Result<()> {
        let draft = &self.state["draft"];
        let (Some(id), Some(target)) = (draft["id"].as_str(), draft[to].as_i64()) else {
            screen.line(if to == "undo_revision" {
                "There is nothing to take back."
            } else {
                "There is nothing to redo."
            });
            return Ok(());
        };
        let body = json!({"base_revision": draft["revision"], "to_revision": target});
        self.api.post(&format!("/v1/drafts/{id}/undo"), &body).await?;
        let stored = self.api.get(&format!("/v1/conversations/{}", self.conversation)).await?;
        self.state = stored["state"].clone();
        self.tell_changes(screen);
        Ok(())
    }

    /// Sends exactly what was shown for approval.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn submit(&mut self, screen: &mut Screen) -> anyhow::Result<()> {
        let draft = &self.state["draft"];
        let Some(id) = draft["id"].as_str() else {
            screen.line("There is no draft yet.");
            return Ok(());
        };
        let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
        let request = self.api.post(&format!("/v1/drafts/{id}/submit"), &body).await?;
        let request = request["id"].as_str().unwrap_or_default();
        screen.line(&format!("Revision {} is sent for approval ({request}).", self.state["draft"]["revision"]));
        Ok(())
    }

    fn tell_changes(&self, screen: &mut Screen) {
        let draft = &self.state["draft"];
        screen.aside(&format!(
            "draft \"{}\", revision {}:",
            draft["title"].as_str().unwrap_or_default(),
            draft["revision"]
        ));
        for change in draft["changes"].as_array().into_iter().flatten() {
            screen.line(&format!(
                "  {} {}",
                sign(change["kind"].as_str()),
                change["words"].as_str().unwrap_or_default()
            ));
        }
    }

    fn tell_questions(&self, screen: &mut Screen) {
        for question in self.state["questions"].as_array().into_iter().flatten() {
            let choices: Vec<&str> =
                question["choices"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let choices = if choices.is_empty() { String::new() } else { format!(" ({})", choices.join(" / ")) };
            screen.line(&format!("? {}{choices}", question["text"].as_str().unwrap_or_default()));
        }
    }
}

fn sign(kind: Option<&str>) -> char {
    match kind {
        Some("added") => '+',
        Some("removed") => '-',
        _ => '~',
    }
}

/// Shows one event and lets it change the state.
fn show(event: &Value, state: &mut Value, screen: &mut Screen) {
    match event["type"].as_str().unwrap_or_default() {
        "TEXT_MESSAGE_CONTENT" => screen.piece(event["delta"].as_str().unwrap_or_default()),
        "TEXT_MESSAGE_END" => screen.close(),
        "TOOL_CALL_START" => screen.aside(&format!("· {}", doing(event["toolCallName"].as_str().unwrap_or_default()))),
        "STATE_SNAPSHOT" => *state = event["snapshot"].clone(),
        "STATE_DELTA" => {
            let patched = serde_json::from_value::<json_patch::Patch>(event["delta"].clone())
                .is_ok_and(|patch| json_patch::patch(state, &patch).is_ok());
            if !patched {
                screen.aside(
                    "The draft changed in a way that cannot be shown here; /new and --conversation read it again.",
                );
            }
        }
        "CUSTOM" if event["name"] == "usage" => screen.aside(&spent(&event["value"])),
        "CUSTOM" if event["name"] == "compaction" => {
            screen.aside(&format!(
                "({} earlier turns are no longer read by the model)",
                event["value"]["turns_left_out"]
            ));
        }
        "RUN_ERROR" => screen.line(&format!("! {}", event["message"].as_str().unwrap_or_default())),
        "RUN_FINISHED" if event["outcome"]["type"] == "cancelled" => {
            screen.line("! Stopped. What was written is kept.")
        }
        // the rest says nothing to people
        _ => {}
    }
}

/// A tool in the author's words.
fn doing(tool: &str) -> &str {
    match tool {
        "search_templates" => "looks for similar workflows",
        "search_knowledge" => "looks into the rules and articles",
        "find_actions" => "looks up what can be done",
        "write_workflow" => "writes the draft",
        "edit_workflow" => "changes the draft",
        "undo_edit" => "takes a change back",
        "ask" => "has a question",
        "decline" => "declines",
        "submit_for_approval" => "prepares the submission",
        other => other,
    }
}

/// `1,234 tokens, $0.0042, 3 s; 8,766 tokens left today`
fn spent(value: &Value) -> String {
    let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64);
    let turn = |name: &str| number(&format!("/turn/{name}")).unwrap_or_default();
    let mut text = format!("{} tokens", thousands(turn("input_tokens") + turn("output_tokens")));
    let cost = turn("cost_microdollars");
    if cost > 0 {
        text.push_str(&format!(", {}", dollars(cost)));
    }
    text.push_str(&format!(", {} s", turn("seconds")));
    let left = [number("/day/tokens_left"), number("/day/tenant_tokens_left")].into_iter().flatten().min();
    let money = [number("/day/cost_microdollars_left"), number("/day/tenant_cost_microdollars_left")];
    let lefts =
        [left.map(|left| format!("{} tokens", thousands(left))), money.into_iter().flatten().min().map(dollars)];
    let lefts: Vec<String> = lefts.into_iter().flatten().collect();
    if !lefts.is_empty() {
        text.push_str(&format!("; left today: {}", lefts.join(", ")));
    }
    text
}

fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = (0..digits.len())
        .rev()
        .step_by(3)
        .rev()
        .map(|end| {
            let begin = end.saturating_sub(2);
            digits.get(begin..=end).unwrap_or_default()
        })
        .collect();
    groups.join(",")
}

/// To the hundredth of a cent, as little as a turn costs.
fn dollars(microdollars: i64) -> String {
    format!("${}.{:04}", microdollars / 1_000_000, microdollars % 1_000_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_in_words() {
        let value = json!({
            "turn": {"input_tokens": 11_200, "output_tokens": 345, "cost_microdollars": 4210, "seconds": 3},
            "day": {"tokens_left": 1_234_567, "tenant_tokens_left": 9_000_000, "cost_microdollars_left": 1_500_000},
        });
        assert_eq!(spent(&value), "11,545 tokens, $0.0042, 3 s; left today: 1,234,567 tokens, $1.5000");
        assert_eq!(spent(&json!({"turn": {"input_tokens": 57}})), "57 tokens, 0 s");
    }
}
