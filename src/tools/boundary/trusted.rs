//! What the author's words, and what may speak for them, give a draft.

use std::collections::BTreeSet;

use serde_json::Value;

use super::material::Material;
use crate::planner::compose::compose;
use crate::planner::language::{Lexicon, PowerWords, Text, stem_of};
use crate::planner::parse::Parser;
use crate::planner::{Mentions, Setting, is_pure_question};
use crate::workflow::losses::{Loss, length};
use crate::workflow::powers::{Power, PowerKind, addresses, powers};
use crate::workflow::template::{self, Template};
use crate::workflow::{Catalog, Definition};

/// Digits of a telephone number without its country code.
const LOCAL_NUMBER: usize = 10;

/// Messages that are read in one piece besides one by one.
const JOINED: usize = 6;

/// The sources that may give powers.
#[derive(Debug, Default)]
pub(super) struct Trusted {
    said: Mentions,
    at_hand: Mentions,
    words: String,
    granted: BTreeSet<(PowerKind, String)>,
}

impl Trusted {
    pub(super) fn of(material: &Material) -> Self {
        let mut trusted = Self::default();
        for text in material.said() {
            trusted.said.extend(Mentions::of(text));
            trusted.words.push_str(&text.to_lowercase());
            trusted.words.push('\n');
            trusted.grant(drafted(text).as_ref());
            for named in template::embedded().iter().filter(|template| calls(text, template)) {
                trusted.grant(Some(&named.definition));
            }
        }
        for text in material.at_hand() {
            trusted.at_hand.extend(Mentions::of(text));
        }
        // "if they don't answer … make it ten": what is said in pieces is read in one piece as well
        let said = material.said();
        let joined = said.get(said.len().saturating_sub(JOINED)..).unwrap_or_default();
        if joined.len() > 1 {
            trusted.grant(drafted(&joined.join(". ")).as_ref());
        }
        trusted
    }

    fn grant(&mut self, definition: Option<&Definition>) {
        let given = definition.map(|definition| powers(definition, Catalog::embedded())).unwrap_or_default();
        self.granted.extend(given.into_iter().map(|power| (power.kind, power.value)));
    }

    /// Whether one of the sources gives this power.
    pub(super) fn gives(&self, power: &Power) -> bool {
        let default = power.kind == PowerKind::Step && lexicon().holds_back.contains(&power.value);
        default
            || self.granted.contains(&(power.kind, power.value.clone()))
            || speaks_of(&self.said, &self.words, power)
    }

    /// Whether the words at hand ask for what this takes away.
    pub(super) fn allows(&self, loss: &Loss) -> bool {
        let now = &self.at_hand;
        match loss {
            Loss::Step { what, .. } if what == "request_approval" || what == "check_consent" => {
                let topic = if what == "request_approval" { "approv" } else { "consent" };
                let named = now.frames.contains("approve") || now.stems.iter().any(|stem| stem.starts_with(topic));
                named && intends(now, &lexicon().taking) || now.intents.contains("no_approval")
            }
            Loss::Step { what, .. } => {
                takes(now) || (changes(now) || intends(now, &lexicon().taking)) && self.replaces(what)
            }
            Loss::Guard { pointer, before, after } if pointer == "/document/metadata/stores" => {
                speaks(now, &lexicon().places) && runs_in(now, before, after.as_ref())
            }
            Loss::Guard { before, after, .. } => {
                let about = format!("{before} {}", after.as_ref().map(ToString::to_string).unwrap_or_default());
                let named = now.values.iter().any(|field| about.contains(field.as_str()));
                let numbers = after.as_ref().map(|value| digits(&value.to_string())).unwrap_or_default();
                let stated = !numbers.is_empty() && numbers.iter().all(|number| now.numbers.contains(number));
                takes(now) || stated || named
            }
            Loss::Time { after, .. } => self.allows_time(after.as_ref().and_then(|value| value.as_str())),
            Loss::Number { after, .. } => {
                let number = after.as_ref().and_then(Value::as_f64);
                number.is_some_and(|number| self.said.numbers.contains(&number)) || moves(now) || takes(now)
            }
            Loss::Calendar { .. } => now.calendar || !now.lengths.is_empty() || !now.numbers.is_empty(),
        }
    }

    fn allows_time(&self, after: Option<&str>) -> bool {
        let now = &self.at_hand;
        if compares(now) || takes(now) {
            return true;
        }
        let Some(after) = after else { return false };
        match length(&after.into()) {
            Some(minutes) => {
                let same = |said: &f64| (said - minutes).abs() < 0.5;
                self.said.lengths.iter().any(same) || spelled(after).is_some_and(|n| now.numbers.contains(&n))
            }
            None => now.calendar || !now.lengths.is_empty() || !now.numbers.is_empty(),
        }
    }

    /// Whether the words at hand speak of this step, or of another way to the same person.
    fn replaces(&self, what: &str) -> bool {
        let named = &self.at_hand.actions;
        named.contains(what)
            || self.at_hand.spells(what)
            || lexicon().reaching.contains(what) && lexicon().reaching.iter().any(|other| named.contains(other))
    }

    /// Whether the words at hand ask for another workflow altogether.
    pub(super) fn begins_anew(&self, old: &Definition, new: &Definition) -> bool {
        let trigger = |definition: &Definition| -> Vec<String> {
            let all = powers(definition, Catalog::embedded());
            all.into_iter().filter(|power| power.kind == PowerKind::Trigger).map(|power| power.value).collect()
        };
        let (before, after) = (trigger(old), trigger(new));
        let at_hand = |event: &String| self.at_hand.events.contains(event) || self.at_hand.calendar;
        before != after && !after.is_empty() && after.iter().all(at_hand)
    }

    /// Whether the author wants it to run by the calendar: then it goes through some records, whichever.
    pub(super) const fn runs_by_calendar(&self) -> bool {
        self.said.calendar
    }

    /// Whether the author's words ask for an approval inside the workflow.
    pub(super) fn wants_approval(&self) -> bool {
        let asked = (PowerKind::Step, "request_approval".to_owned());
        let spoken = self.said.frames.contains("approve");
        spoken && self.granted.contains(&asked) && !self.said.intents.contains("no_approval")
    }

    /// Whether the words at hand take the last change back.
    pub(super) fn undoes(&self) -> bool {
        intends(&self.at_hand, &lexicon().undoing) || takes(&self.at_hand)
    }
}

/// What the built-in planner makes of a message, when it asks for something.
fn drafted(text: &str) -> Option<Definition> {
    if is_pure_question(text, false) {
        return None;
    }
    let lexicon = Lexicon::embedded();
    let read = Text::read(text, lexicon);
    let parser = Parser { text: &read, lexicon, catalog: Catalog::embedded() };
    let plan = parser.plan();
    Definition::from_value(compose(&parser, &plan, &Setting::default(), "en").definition).ok()
}

/// Whether a message calls a template by its name or its id.
fn calls(text: &str, template: &Template) -> bool {
    let words = |text: &str| {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        format!(" {} ", words.join(" "))
    };
    let (said, name) = (words(text), words(&template.name));
    said.contains(&words(&template.id)) || name.trim().contains(' ') && said.contains(&name)
}

/// Whether a text names this power.
pub(super) fn names(words: &Mentions, text: &str, power: &Power) -> bool {
    speaks_of(words, &text.to_lowercase(), power)
        || text.contains(&power.value)
        || power.value.split_once(' ').is_some_and(|(_, id)| text.contains(id))
}

fn speaks_of(said: &Mentions, words: &str, power: &Power) -> bool {
    let value = power.value.as_str();
    match power.kind {
        PowerKind::Trigger => match value {
            "cron" => said.calendar,
            "every" | "after" => said.calendar || rhythm(said),
            event => said.events.contains(event) || said.spells(event),
        },
        PowerKind::Step => {
            let also = &lexicon().carries_out;
            let carried = |frame: &String| also.get(frame).is_some_and(|actions| actions.contains(value));
            let told = value == "notify_user" && speaks(said, &lexicon().hearing);
            said.actions.contains(value) || said.frames.iter().any(carried) || told
        }
        PowerKind::Recipient => reaches(said, words, value, power.pointer.ends_with("/approver")),
        PowerKind::Host => spells_out(words, value),
        PowerKind::Audience => said.entities.contains(value),
    }
}

fn reaches(said: &Mentions, words: &str, recipient: &str, approver: bool) -> bool {
    let called = lexicon().also_called.get(recipient);
    if called.is_some_and(|names| speaks(said, names)) {
        return true;
    }
    let also = |person: &String| lexicon().stands_for.get(person).is_some_and(|others| others.contains(recipient));
    if matches!(recipient, "record_owner" | "requester")
        || said.people.contains(recipient)
        || said.people.iter().any(also)
    {
        return true;
    }
    let (kind, name) = recipient.split_once([':', ' ']).unwrap_or(("", recipient));
    if kind == "manager_of" {
        return said.people.iter().any(|person| person.starts_with("manager_of") || person == "team:managers");
    }
    let leads = name.ends_with("manager") || name.ends_with("director") || name == "gm";
    let some_manager = said.people.iter().any(|person| person == "manager_of" || person == "team:managers")
        || speaks(said, &lexicon().managers)
            && !said.people.iter().any(|person| person.starts_with("role:") && person.ends_with("manager"));
    let named_nobody = !said.people.iter().any(|person| person.starts_with("role:") || person.starts_with("user:"));
    leads && (some_manager || approver && said.frames.contains("approve") && named_nobody)
        || kind == "role" && said.spells(name)
        || kind == "team" && said.spells(name)
        || matches!(kind, "user" | "customer" | "employee")
            && (words.contains(&name.to_lowercase()) || said.spells(name))
}

/// Whether a text spells out this address, whole: `example.com` is not in `shop.example.com`, nor in `example.company`.
/// A telephone number may lack its country code.
fn spells_out(text: &str, address: &str) -> bool {
    if address.chars().all(|c| c.is_ascii_digit()) {
        let same = |said: &String| {
            let (long, short) =
                if said.len() > address.len() { (said.as_str(), address) } else { (address, said.as_str()) };
            long == short || short.len() >= LOCAL_NUMBER && long.ends_with(short)
        };
        return addresses(text).iter().any(same);
    }
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(address).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut after = text.get(at + found.len()..).unwrap_or_default().chars();
        let next = after.next();
        let goes_on = next.is_some_and(part) || next == Some('.') && after.next().is_some_and(part);
        !goes_on && !before.is_some_and(|c| part(c) || c == '.')
    })
}

/// "Every two hours", "hourly": a length of time that comes again and again.
fn rhythm(said: &Mentions) -> bool {
    speaks(said, &lexicon().again)
}

/// Whether a text names every store that is new here; all of them at once need a word such as "every".
fn runs_in(said: &Mentions, before: &Value, after: Option<&Value>) -> bool {
    let list = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (before, after) = (list(Some(before)), list(after));
    let named = |store: &String| store.split('-').any(|word| said.spells(word));
    let all = speaks(said, &lexicon().universal);
    all || !after.is_empty() && after.iter().filter(|store| !before.contains(store)).all(named)
}

/// Whether a text takes something out, and not only of how a message is written.
fn takes(now: &Mentions) -> bool {
    intends(now, &lexicon().taking) && !speaks(now, &lexicon().wording)
}

fn changes(now: &Mentions) -> bool {
    intends(now, &lexicon().changing)
}

/// Whether a text makes a time shorter, longer or nothing.
fn compares(now: &Mentions) -> bool {
    let words = lexicon();
    now.intents.contains("urgent")
        || speaks(now, &words.comparing)
        || speaks(now, &words.moving) && speaks(now, &words.timing)
}

/// Whether a text makes a number larger or smaller.
fn moves(now: &Mentions) -> bool {
    speaks(now, &lexicon().moving) && !speaks(now, &lexicon().wording)
}

fn lexicon() -> &'static PowerWords {
    &Lexicon::embedded().powers
}

/// Whether any of these groups of intents occurs.
fn intends(said: &Mentions, groups: &BTreeSet<String>) -> bool {
    groups.iter().any(|group| said.intents.contains(group))
}

/// Whether any of these words occurs, in any form.
fn speaks(said: &Mentions, words: &[String]) -> bool {
    words.iter().any(|word| said.stems.contains(&stem_of(word)))
}

/// The one number of `PT5M`.
fn spelled(duration: &str) -> Option<f64> {
    let numbers = digits(duration);
    if let [one] = numbers[..] { Some(one) } else { None }
}

fn digits(text: &str) -> Vec<f64> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|part| part.parse().ok()).collect()
}
