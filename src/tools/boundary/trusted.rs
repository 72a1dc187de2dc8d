//! What the author's words, and what may speak for them, give a draft.

use std::collections::BTreeSet;

use super::material::Material;
use crate::planner::compose::compose;
use crate::planner::language::{Lexicon, Text, stem_of};
use crate::planner::parse::Parser;
use crate::planner::{Mentions, Setting, is_pure_question};
use crate::workflow::losses::{Loss, length};
use crate::workflow::powers::{Power, PowerKind, powers};
use crate::workflow::template::{self, Template};
use crate::workflow::{Catalog, Definition};

/// Steps that only hold back or write down; whom they ask is a recipient all the same.
const HOLDS_BACK: [&str; 2] = ["request_approval", "log_compliance_event"];

/// Messages that are read in one piece besides one by one.
const JOINED: usize = 6;

/// Ways to reach somebody: whoever names one of them may mean the others.
const REACHING: [&str; 4] = ["send_sms", "send_email", "notify_user", "connect_call"];

/// Actions that carry out a frame of the lexicon besides those the lexicon itself names.
const CARRIES_OUT: [(&str, &[&str]); 22] = [
    ("tell", &["send_sms", "send_email", "notify_user", "create_task"]),
    ("text", &["send_sms", "notify_user"]),
    ("email", &["send_email", "notify_user"]),
    ("send_list", &["notify_user", "send_email"]),
    ("call", &["create_task", "connect_call", "notify_user"]),
    ("task", &["create_task", "notify_user"]),
    ("assign", &["assign_lead", "notify_user", "update_lead"]),
    ("document", &["send_document", "send_sms", "send_email"]),
    ("review_ask", &["request_review", "send_sms"]),
    ("review_reply", &["reply_review"]),
    ("survey", &["send_survey", "send_sms"]),
    ("payment", &["send_payment_link", "send_sms"]),
    ("slots", &["send_sms", "create_appointment"]),
    ("book", &["create_appointment", "send_sms"]),
    ("report", &["notify_user"]),
    ("log", &["log_compliance_event", "add_note"]),
    ("note", &["add_note", "log_compliance_event"]),
    ("opt_out", &["set_consent", "remove_from_campaign", "log_compliance_event"]),
    ("access_off", &["update_user_access", "log_compliance_event"]),
    ("access_on", &["update_user_access", "log_compliance_event"]),
    ("unpublish", &["update_listing", "update_inventory"]),
    ("recalls", &["check_recalls", "create_task"]),
];

/// Groups of `intents.yaml` by which a message takes something out.
const TAKING: [&str; 6] = ["remove", "exclude", "only", "no_contact", "no_approval", "correction"];
/// Words that make a time shorter, longer or nothing without a number.
const COMPARATIVES: [&str; 22] = [
    "sooner",
    "faster",
    "quicker",
    "shorter",
    "longer",
    "later",
    "earlier",
    "immediately",
    "instantly",
    "asap",
    "now",
    "once",
    "delay",
    "less",
    "more",
    "fewer",
    "inmediato",
    "antes",
    "despues",
    "rapido",
    "pronto",
    "tarde",
];

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
        let joined = material.said().iter().rev().take(JOINED).rev().cloned().collect::<Vec<_>>();
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
        let default = power.kind == PowerKind::Step && HOLDS_BACK.contains(&power.value.as_str());
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
                named && takes(now) || now.intents.contains("no_approval")
            }
            Loss::Step { what, .. } => takes(now) || changes(now) && self.replaces(what),
            Loss::Guard { pointer, .. } if pointer == "/document/metadata/stores" => {
                const PLACES: [&str; 6] = ["store", "rooftop", "location", "dealership", "sucursal", "tienda"];
                PLACES.iter().any(|word| now.stems.contains(&stem_of(word)))
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
                let number = after.as_ref().and_then(serde_json::Value::as_f64);
                number.is_some_and(|number| self.said.numbers.contains(&number)) || compares(now) || takes(now)
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
            || REACHING.contains(&what) && REACHING.iter().any(|other| named.contains(*other))
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

    /// Whether the author's words ask for an approval inside the workflow.
    pub(super) fn wants_approval(&self) -> bool {
        let asked = (PowerKind::Step, "request_approval".to_owned());
        self.granted.contains(&asked) && !self.said.intents.contains("no_approval")
    }

    /// Whether the words at hand take the last change back.
    pub(super) fn undoes(&self) -> bool {
        ["undo", "correction"].iter().any(|intent| self.at_hand.intents.contains(*intent)) || takes(&self.at_hand)
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
            let carried = |frame: &String| {
                let found = CARRIES_OUT.iter().find(|(name, _)| name == frame);
                found.is_some_and(|(_, actions)| actions.contains(&value))
            };
            said.actions.contains(value) || said.frames.iter().any(carried)
        }
        PowerKind::Recipient => reaches(said, words, value, power.pointer.ends_with("/approver")),
        PowerKind::Host => {
            let digits: String = words.chars().filter(char::is_ascii_digit).collect();
            let number = value.chars().all(|c| c.is_ascii_digit());
            if number { digits.contains(value) } else { words.contains(value) }
        }
        PowerKind::Audience => {
            let family = |event: &String| {
                event.starts_with(value) || value.starts_with(event.split('.').next().unwrap_or(event))
            };
            said.entities.contains(value) || said.events.iter().any(family)
        }
    }
}

fn reaches(said: &Mentions, words: &str, recipient: &str, approver: bool) -> bool {
    if matches!(recipient, "record_owner" | "requester") || said.people.contains(recipient) {
        return true;
    }
    let (kind, name) = recipient.split_once([':', ' ']).unwrap_or(("", recipient));
    if kind == "manager_of" {
        return said.people.iter().any(|person| person.starts_with("manager_of") || person == "team:managers");
    }
    let leads = name.ends_with("manager") || name.ends_with("director") || name == "gm";
    let some_manager = said.people.iter().any(|person| person == "manager_of" || person == "team:managers")
        || said.stems.iter().any(|stem| matches!(stem.as_str(), "manager" | "boss" | "gerent" | "jef" | "supervisor"))
            && !said.people.iter().any(|person| person.starts_with("role:") && person.ends_with("manager"));
    let named_nobody = !said.people.iter().any(|person| person.starts_with("role:") || person.starts_with("user:"));
    leads && (some_manager || approver && said.frames.contains("approve") && named_nobody)
        || kind == "role" && said.spells(name)
        || kind == "team" && said.spells(name)
        || matches!(kind, "user" | "customer" | "employee")
            && (words.contains(&name.to_lowercase()) || said.spells(name))
}

/// "Every two hours", "hourly": a length of time that comes again and again.
fn rhythm(said: &Mentions) -> bool {
    const AGAIN: [&str; 8] = ["every", "each", "hourly", "daily", "weekly", "monthly", "cada", "todo"];
    AGAIN.iter().any(|word| said.stems.contains(&stem_of(word)))
}

fn takes(now: &Mentions) -> bool {
    TAKING.iter().any(|intent| now.intents.contains(*intent))
}

fn changes(now: &Mentions) -> bool {
    ["change", "swap", "correction"].iter().any(|intent| now.intents.contains(*intent))
}

fn compares(now: &Mentions) -> bool {
    now.intents.contains("urgent") || COMPARATIVES.iter().any(|word| now.stems.contains(&stem_of(word)))
}

/// The one number of `PT5M`.
fn spelled(duration: &str) -> Option<f64> {
    let numbers = digits(duration);
    if let [one] = numbers[..] { Some(one) } else { None }
}

fn digits(text: &str) -> Vec<f64> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|part| part.parse().ok()).collect()
}
