//! When to stop listening to a model that gets nowhere: one that repeats a call that was answered, or calls tools there
//! are not. Each such call gets an answer it could act on; a few rounds of nothing else end the turn. Arguments that do
//! not fit are another matter: they count as repairs.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::conversation::ToolCall;

/// Rounds in a row that come to nothing before the turn ends.
const MOST_IDLE_IN_A_ROW: u32 = 3;
/// The same over the whole turn.
const MOST_IDLE: u32 = 5;
/// Times a call that failed may be sent again unchanged: the reason may have passed.
const TRIES: u32 = 2;
/// Errors that say the call was of no use and cannot be repaired.
const MISSTEPS: [&str; 2] = ["tool_not_offered", "arguments_too_large"];
/// Calls without arguments that mean something else each time.
const STEPS: [&str; 1] = ["undo_edit"];

/// What a turn remembers of the calls that were made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patience {
    /// By name and arguments: how often it was tried, and whether it succeeded.
    made: HashMap<(String, String), (u32, bool)>,
    calls: u32,
    idle_calls: u32,
    idle_rounds: u32,
    idle_in_a_row: u32,
}

impl Patience {
    /// Whether to run a call; if not, it was answered before and is answered by pointing there.
    #[must_use]
    pub fn allows(&self, call: &ToolCall) -> bool {
        if STEPS.contains(&call.name.as_str()) {
            return true;
        }
        self.made.get(&key(call)).is_none_or(|(tries, succeeded)| !succeeded && *tries < TRIES)
    }

    /// Notes a call that was pointed back.
    pub const fn repeated(&mut self) {
        self.calls += 1;
        self.idle_calls += 1;
    }

    /// Notes the answer to a call that ran. What changed the draft makes every question worth asking again.
    pub fn answered(&mut self, call: &ToolCall, content: &str, wrote: bool) {
        let error = serde_json::from_str::<Value>(content).ok();
        let error = error.as_ref().and_then(|answer| answer.get("error")).and_then(Value::as_str);
        self.calls += 1;
        self.idle_calls += u32::from(error.is_some_and(|code| MISSTEPS.contains(&code)));
        if wrote {
            self.made.clear();
        }
        let (tries, succeeded) = self.made.entry(key(call)).or_insert((0, false));
        *tries += 1;
        *succeeded |= error.is_none();
    }

    /// Ends a round; true when the model should not be asked to go on.
    #[must_use]
    pub fn ends_with_this_round(&mut self) -> bool {
        let idle = self.calls > 0 && self.idle_calls == self.calls;
        (self.calls, self.idle_calls) = (0, 0);
        self.idle_rounds += u32::from(idle);
        self.idle_in_a_row = if idle { self.idle_in_a_row + 1 } else { 0 };
        self.idle_in_a_row >= MOST_IDLE_IN_A_ROW || self.idle_rounds >= MOST_IDLE
    }
}

/// What makes two calls the same: spaces and the order of keys do not matter.
fn key(call: &ToolCall) -> (String, String) {
    let arguments = serde_json::from_str::<Value>(&call.arguments).map(sorted);
    let arguments = arguments.map_or_else(|_| call.arguments.trim().to_owned(), |value| value.to_string());
    (call.name.clone(), arguments)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> =
                fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"hits":[]}"#;
    const UNKNOWN: &str = r#"{"error":"tool_not_offered"}"#;
    const AWAY: &str = r#"{"error":"knowledge_unavailable"}"#;

    fn call(name: &str, arguments: &str) -> ToolCall {
        ToolCall { id: "c".into(), name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn an_answered_call_is_not_run_again_however_it_is_spaced() {
        let mut patience = Patience::default();
        let first = call("find_actions", r#"{"query": "text", "limit": 2}"#);
        assert!(patience.allows(&first));
        patience.answered(&first, GOOD, false);
        assert!(!patience.allows(&call("find_actions", r#"{"limit":2,"query":"text"}"#)));
        assert!(patience.allows(&call("find_actions", r#"{"query":"task","limit":2}"#)));
        patience.answered(&call("write_workflow", "{}"), r#"{"revision":1}"#, true);
        assert!(patience.allows(&first), "after a change the answer may be another one");
    }

    #[test]
    fn what_failed_may_be_tried_once_more_and_a_step_back_is_always_another() {
        let mut patience = Patience::default();
        let search = call("search_knowledge", r#"{"query":"consent"}"#);
        patience.answered(&search, AWAY, false);
        assert!(patience.allows(&search));
        patience.answered(&search, AWAY, false);
        assert!(!patience.allows(&search));
        let undo = call("undo_edit", "{}");
        patience.answered(&undo, r#"{"revision":3}"#, false);
        assert!(patience.allows(&undo));
    }

    #[test]
    fn three_rounds_of_nothing_end_the_turn_and_one_good_call_buys_time() {
        let mut patience = Patience::default();
        let idle = |patience: &mut Patience| {
            patience.answered(&call("drop_tables", "{}"), UNKNOWN, false);
            patience.ends_with_this_round()
        };
        assert!(!idle(&mut patience) && !idle(&mut patience));
        patience.answered(&call("drop_tables", "{}"), UNKNOWN, false);
        patience.answered(&call("search_knowledge", "{}"), GOOD, false);
        assert!(!patience.ends_with_this_round(), "one of the two was of use");
        assert!(!idle(&mut patience) && !idle(&mut patience));
        assert!(idle(&mut patience));
    }

    #[test]
    fn five_idle_rounds_end_it_even_with_good_ones_between() {
        let mut patience = Patience::default();
        for round in 1..=5 {
            patience.repeated();
            assert_eq!(patience.ends_with_this_round(), round == 5, "round {round}");
            patience.answered(&call("find_actions", &format!(r#"{{"query":"{round}"}}"#)), GOOD, false);
            assert_eq!(patience.ends_with_this_round(), round == 5, "once lost, it does not come back");
        }
    }

    #[test]
    fn a_round_without_calls_is_not_idle() {
        let mut patience = Patience::default();
        assert!((0..10).all(|_| !patience.ends_with_this_round()));
    }
}
