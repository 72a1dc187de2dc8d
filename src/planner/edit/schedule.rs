//! "Make it tuesdays and fridays", "at 9 instead": a new calendar keeps what was not said.

use serde_json::{Value, json};

use super::Editor;
use crate::planner::parse::Span;
use crate::planner::slots::cadence::{self, Rhythm};
use crate::planner::slots::clock;

impl Editor<'_, '_> {
    /// The calendar of a scheduled draft.
    pub(super) fn calendar(&mut self) -> bool {
        let tokens = self.parser.tokens();
        let raw = self.draft.raw();
        let cron = raw.pointer("/schedule/cron").and_then(Value::as_str).map(str::to_owned);
        let every = raw.pointer("/schedule/every").is_some();
        if cron.is_none() && !every {
            return false;
        }
        let found = cadence::find(tokens, 0, tokens.len(), self.parser.lexicon, true);
        let clocks = clock::find(tokens, 0, tokens.len(), self.parser.lexicon);
        if let Some(found) = found {
            let said = Span { from: found.from, to: found.to };
            match (&found.value.rhythm, &cron) {
                (Rhythm::Cron(new), Some(old)) => {
                    let new = if found.value.timed { new.clone() } else { keep_time(new, old) };
                    if new == *old {
                        return false;
                    }
                    self.set("/schedule/cron", &json!(new));
                    self.stated("/schedule/cron", said);
                }
                (Rhythm::Cron(new), None) => self.trigger("cron", new, said),
                (Rhythm::Every(new), _) if every => {
                    self.set("/schedule/every", &json!(new));
                    self.stated("/schedule/every", said);
                }
                (Rhythm::Every(new), _) => self.trigger("every", new, said),
            }
            return true;
        }
        let (Some(time), Some(old)) = (clocks.first(), cron) else { return false };
        let mut fields: Vec<String> = old.split(' ').map(str::to_owned).collect();
        if fields.len() == 5 {
            fields[0] = time.value.minute.to_string();
            fields[1] = time.value.hour.to_string();
        }
        self.set("/schedule/cron", &json!(fields.join(" ")));
        self.stated("/schedule/cron", Span { from: time.from, to: time.to });
        true
    }

    fn trigger(&mut self, key: &str, value: &str, said: Span) {
        self.edit.operations.push(json!({ "op": "set_trigger", "schedule": { key: value } }));
        self.stated(&format!("/schedule/{key}"), said);
    }
}

fn keep_time(new: &str, old: &str) -> String {
    let (new, old): (Vec<&str>, Vec<&str>) = (new.split(' ').collect(), old.split(' ').collect());
    let time = old.iter().take(2).copied();
    time.chain(new.iter().skip(2).copied()).collect::<Vec<_>>().join(" ")
}
