//! Values in words: durations, moments, recipients, records, filters and the prose of messages.

use serde_json::{Map, Value};

use super::condition::either;
use super::jq::{self, Expr};
use super::voice::Voice;
use super::words;
use crate::workflow::duration::IsoDuration;
use crate::workflow::provenance::PROSE_FIELDS;
use crate::workflow::text::Language;

/// Inputs that are people.
const RECIPIENTS: [&str; 6] = ["to", "assignee", "approver", "caller", "assigned_to", "candidates"];

/// Fields whose value is a condition.
const CONDITIONS: [&str; 6] = ["if", "when", "exceptWhen", "while", "until", "data"];

/// A value in words, by the pointer it stands at.
pub(in crate::workflow) fn show(voice: &Voice<'_>, pointer: &str, value: &Value) -> String {
    let field = last_name(pointer);
    let Some(text) = value.as_str() else { return voice.value(field, value) };
    if CONDITIONS.contains(&field) {
        return voice.condition(text);
    }
    if field == "type"
        && let Some(happened) = words::event(text, voice.language)
    {
        return happened.to_owned();
    }
    if PROSE_FIELDS.contains(&field) && !text.trim_start().starts_with("${") || pointer.starts_with("/document/") {
        return format!("“{}”", voice.prose(text));
    }
    if field == "then" {
        return voice.way_on(text, &[]);
    }
    voice.until(text).unwrap_or_else(|| voice.value(field, value))
}

/// The last part of a pointer that is a name and not an index.
pub(in crate::workflow) fn last_name(pointer: &str) -> &str {
    pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default()
}

impl Voice<'_> {
    /// A duration such as `PT10M`: "10 minutes".
    pub(in crate::workflow) fn duration(&self, value: &Value) -> Option<String> {
        IsoDuration::from_value(value).ok().map(|duration| duration.to_words(self.language))
    }

    /// `duration_until(MOMENT)`: the moment in words.
    pub(in crate::workflow) fn until(&self, text: &str) -> Option<String> {
        match jq::parse(text)? {
            Expr::Call(name, mut arguments) if name == "duration_until" && arguments.len() == 1 => {
                self.moment(&arguments.pop()?)
            }
            _ => None,
        }
    }

    fn moment(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Pipe(stages) => self.moment_of(stages),
            other => self.moment_of(std::slice::from_ref(other)),
        }
    }

    /// A moment: a path or a function, then shifts.
    pub(super) fn moment_of(&self, stages: &[Expr]) -> Option<String> {
        let (first, rest) = stages.split_first()?;
        let mut words = match first {
            Expr::Path(root, parts) => self.the(&self.path_words(root, parts)?),
            Expr::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                ("next_open", [Expr::Text(department)]) => {
                    let department = self.enum_word(department);
                    match self.language {
                        Language::En => format!("{department} opens"),
                        Language::Es => format!("la próxima apertura de {department}"),
                    }
                }
                ("next_time", [Expr::Text(time)]) => {
                    format!("{} {}", self.say("the next", "las próximas"), clock(time))
                }
                ("now_utc" | "now", []) => self.say("now", "ahora").to_owned(),
                _ => return None,
            },
            _ => return None,
        };
        for stage in rest {
            words = match stage {
                Expr::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
                    ("shift", [Expr::Text(duration)]) => {
                        let (before, length) = match duration.strip_prefix('-') {
                            Some(length) => (true, length),
                            None => (false, duration.as_str()),
                        };
                        let length = self.duration(&Value::String(length.to_owned()))?;
                        let relation =
                            if before { self.say("before", "antes de") } else { self.say("after", "después de") };
                        format!("{length} {relation} {words}")
                    }
                    ("at_time", [Expr::Text(time)]) => {
                        format!("{} {} {words}", clock(time), self.say("on", "del día de"))
                    }
                    ("local", []) => words,
                    _ => return None,
                },
                _ => return None,
            };
        }
        Some(words)
    }

    /// Who: `every` for people told something, otherwise for people who take something on.
    pub(super) fn recipient(&self, value: &Value, every: bool) -> String {
        if let Value::Array(items) = value {
            let names: Vec<String> = items.iter().map(|item| self.recipient(item, every)).collect();
            return either(&names, self.say("and", "y"));
        }
        let Some(text) = value.as_str() else { return self.value("", value) };
        if jq::is_expression(text) {
            // `to` of a search for free times is a moment
            return self.computed_recipient(text).unwrap_or_else(|| self.expression(text));
        }
        match text.split_once(':') {
            Some(("role", role)) => {
                let name = words::role(role, self.language).map_or_else(|| words::plain(role), str::to_owned);
                match (self.language, every) {
                    (Language::En, true) => format!("every {name} on shift"),
                    (Language::En, false) => format!("the {name} on shift"),
                    (Language::Es, true) => format!("cada {name} en turno"),
                    (Language::Es, false) => format!("el {name} en turno"),
                }
            }
            Some(("team", team)) => {
                let name = words::team(team, self.language).map_or_else(|| words::plain(team), str::to_owned);
                match (self.language, every) {
                    (Language::En, true) => format!("everyone on shift in the {name} team"),
                    (Language::En, false) => format!("the {name} team"),
                    (Language::Es, true) => format!("todos los que estén en turno del equipo de {name}"),
                    (Language::Es, false) => format!("el equipo de {name}"),
                }
            }
            Some(("manager_of", of)) => {
                let of = self.recipient(&Value::String(of.to_owned()), every);
                format!("{} {of}", self.say("the manager of", "el gerente de"))
            }
            Some(("user", user)) => user.to_owned(),
            Some(_) => text.to_owned(),
            None => match text {
                "record_owner" => self.say("the record's owner", "el responsable del registro").to_owned(),
                "requester" => self.say("the person who set this up", "quien creó esta automatización").to_owned(),
                other => other.to_owned(),
            },
        }
    }

    /// `"user:" + path`, `"manager_of:" + path`, or a path.
    fn computed_recipient(&self, text: &str) -> Option<String> {
        match jq::parse(text)? {
            Expr::Sum(left, '+', right) => {
                let (Expr::Text(prefix), Expr::Path(root, parts)) = (*left, *right) else { return None };
                let person = self.record(&root, &parts).or_else(|| self.path_words(&root, &parts))?;
                match prefix.as_str() {
                    "user:" => Some(person),
                    "manager_of:" => Some(format!("{} {person}", self.say("the manager of", "el gerente de"))),
                    _ => None,
                }
            }
            Expr::Path(root, parts) => self.record(&root, &parts).or_else(|| self.path_words(&root, &parts)),
            _ => None,
        }
    }

    /// A path to an id as the record it names: "the lead", "the customer".
    fn record(&self, root: &str, parts: &[String]) -> Option<String> {
        let last = parts.last()?;
        if last == "id" {
            let variable = root.trim_start_matches('$');
            let entity = self.loop_entity(variable).unwrap_or(variable);
            return words::entity(entity, self.language).map(str::to_owned);
        }
        let noun = last.strip_suffix("_id")?;
        Some(
            words::entity(noun, self.language)
                .map_or_else(|| format!("{} {}", self.say("the", "el"), words::plain(noun)), str::to_owned),
        )
    }

    /// Text for people: merge fields in square brackets.
    pub(in crate::workflow) fn prose(&self, text: &str) -> String {
        let mut written = String::new();
        let mut rest = text;
        while let Some((before, field, after)) = next_field(rest) {
            written.push_str(before);
            let (path, filter) = field.split_once('|').map_or((field, ""), |(path, filter)| (path, filter.trim()));
            let parts: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
            let name = match parts.split_first() {
                Some((root, inner)) if root == "event" && !inner.is_empty() => self.path_words(".", inner),
                Some((root, inner)) if root == "context" && !inner.is_empty() => self.path_words("$context", inner),
                Some(_) if parts.first().is_some_and(|root| root == "link") => {
                    parts.last().map(|name| format!("{} {}", self.enum_word(name), self.say("link", "(enlace)")))
                }
                Some(_) => self.path_words(".", &parts),
                None => None,
            };
            let name = name.unwrap_or_else(|| path.trim().to_owned());
            written.push('[');
            written.push_str(&name);
            if filter == "time" && !name.contains(self.say("time", "hora")) {
                written.push_str(self.say(" (time)", " (hora)"));
            }
            written.push(']');
            rest = after;
        }
        written.push_str(rest);
        written.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The value of an input or a field.
    pub(in crate::workflow) fn value(&self, field: &str, value: &Value) -> String {
        match value {
            Value::Null => self.say("nothing", "nada").to_owned(),
            Value::Bool(yes) => if *yes { self.say("yes", "sí") } else { self.say("no", "no") }.to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Array(items) if RECIPIENTS.contains(&field) => self.recipient(&Value::Array(items.clone()), true),
            Value::Array(items) => items.iter().map(|item| self.value(field, item)).collect::<Vec<_>>().join(", "),
            Value::Object(map) if field == "filter" => self.filter(map),
            Value::Object(map) => {
                let fields = map.iter().map(|(key, inner)| format!("{} {}", self.label(key), self.value(key, inner)));
                fields.collect::<Vec<_>>().join(", ")
            }
            Value::String(text) => self.text_value(field, text),
        }
    }

    fn text_value(&self, field: &str, text: &str) -> String {
        let value = Value::String(text.to_owned());
        if RECIPIENTS.contains(&field) {
            return self.recipient(&value, field == "to");
        }
        if jq::is_expression(text) {
            return self.expression(text);
        }
        if (text.starts_with('P') || text.starts_with("-P"))
            && let Some(words) = self.duration(&Value::String(text.trim_start_matches('-').to_owned()))
        {
            return words;
        }
        if field == "pool" || field == "from_team" {
            return words::team(text, self.language).map_or_else(|| words::plain(text), str::to_owned);
        }
        if field == "sort" {
            return self.order(text);
        }
        if field == "entity" {
            return words::entities(text, self.language).map_or_else(|| words::plain(text), str::to_owned);
        }
        if text.contains("{{") { format!("“{}”", self.prose(text)) } else { self.enum_word(text) }
    }

    /// An expression used as a value.
    pub(super) fn expression(&self, text: &str) -> String {
        let words = match jq::parse(text) {
            Some(Expr::Path(root, parts)) => self.record(&root, &parts).or_else(|| self.path_words(&root, &parts)),
            Some(Expr::Pipe(stages)) => self.moment_of(&stages),
            Some(choice @ Expr::Choice(..)) => self.choice(&choice),
            Some(Expr::Call(name, arguments)) if name == "duration_until" => {
                arguments.first().and_then(|moment| self.moment(moment))
            }
            Some(call @ Expr::Call(..)) => self.moment_of(std::slice::from_ref(&call)),
            Some(_) | None => None,
        };
        words.unwrap_or_else(|| self.as_written(text))
    }

    /// `if a then b else c end`: "b if a, otherwise c".
    fn choice(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Choice(condition, yes, no) => {
                let (yes, no) = (self.choice(yes)?, self.choice(no)?);
                let (when, otherwise) = (self.say("if", "si"), self.say("otherwise", "si no,"));
                Some(format!("{yes} {when} {}, {otherwise} {no}", self.truth(condition)?))
            }
            Expr::List(items) => match items.as_slice() {
                [] => Some(self.say("none", "ninguno").to_owned()),
                [Expr::Path(_, parts)] if parts.iter().any(|part| part == "[]") => {
                    let list = parts.iter().take_while(|part| *part != "[]").last()?;
                    Some(format!("{} {}", self.say("all", "todo:"), self.label(list)))
                }
                items => {
                    let said: Option<Vec<String>> = items.iter().map(|item| self.choice(item)).collect();
                    Some(said?.join(", "))
                }
            },
            Expr::Text(text) => Some(self.enum_word(text)),
            Expr::Number(number) => Some(number.clone()),
            Expr::Null => Some(self.say("nothing", "nada").to_owned()),
            Expr::Bool(yes) => Some(if *yes { self.say("yes", "sí") } else { self.say("no", "no") }.to_owned()),
            Expr::Path(root, parts) => {
                self.record(root, parts).or_else(|| self.path_words(root, parts).map(|noun| self.the(&noun)))
            }
            Expr::Pipe(stages) => self.moment_of(stages),
            Expr::Compare(..) | Expr::And(_) | Expr::Or(_) | Expr::Sum(..) | Expr::Call(..) => None,
        }
    }

    /// `minutes_in_status desc`: "minutes in this status, highest first".
    fn order(&self, text: &str) -> String {
        let mut words = text.split_whitespace();
        let field = self.label(words.next().unwrap_or_default());
        match words.next() {
            Some("desc") => format!("{field} {}", self.say("(highest first)", "(de mayor a menor)")),
            Some(_) | None => field,
        }
    }

    /// The label of a field.
    pub(in crate::workflow) fn label(&self, field: &str) -> String {
        if let Some(word) = words::field(field, self.language) {
            return word.to_owned();
        }
        let stem = field.strip_suffix("_id").unwrap_or(field);
        words::plain(stem)
    }

    /// The conditions of `find_records`.
    pub(super) fn filter(&self, filter: &Map<String, Value>) -> String {
        let conditions: Vec<String> =
            filter.iter().map(|(field, wanted)| self.filter_condition(field, wanted)).collect();
        conditions.join(self.say(" and ", " y "))
    }

    fn filter_condition(&self, field: &str, wanted: &Value) -> String {
        let parts: Vec<String> = field.split('.').map(str::to_owned).collect();
        let subject = self.the(&self.path_words(".", &parts).unwrap_or_else(|| words::plain(field)));
        let is = self.say("is", "es");
        let Some(map) = wanted.as_object() else {
            if let Value::Bool(yes) = wanted {
                let said = self.flag(field, *yes).map(str::to_owned);
                return said.unwrap_or_else(|| format!("{subject}: {}", self.value(field, wanted)));
            }
            if self.same_as_event(&parts, wanted) {
                return format!("{subject} {}", self.say("is the same as in the event", "es igual que en el evento"));
            }
            return format!("{subject} {is} {}", self.point(field, wanted));
        };
        let said = map.iter().map(|(operator, value)| {
            let list = || {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                items.iter().map(|item| self.point(field, item)).collect::<Vec<_>>()
            };
            let point = || self.point(field, value);
            match operator.as_str() {
                "in" => format!("{subject} {is} {}", either(&list(), self.say("or", "o"))),
                "not" if value.is_array() => {
                    format!("{subject} {} {}", self.say("is not", "no es"), either(&list(), self.say("or", "ni")))
                }
                "not" => format!("{subject} {} {}", self.say("is not", "no es"), point()),
                "gt" => format!("{subject} {} {}", self.say("is more than", "es más de"), point()),
                "gte" => format!("{subject} {} {}", self.say("is at least", "es al menos"), point()),
                "lt" => format!("{subject} {} {}", self.say("is less than", "es menos de"), point()),
                "lte" => format!("{subject} {} {}", self.say("is at most", "es como máximo"), point()),
                "between" => format!(
                    "{subject} {} {}",
                    self.say("is between", "está entre"),
                    either(&list(), self.say("and", "y"))
                ),
                "contains" => format!("{subject} {} {}", self.say("contains", "contiene"), point()),
                "exists" if value == &Value::Bool(false) => format!("{} {subject}", self.say("there is no", "no hay")),
                "exists" => format!("{} {subject}", self.say("there is a", "hay")),
                other => format!("{subject} {other} {}", point()),
            }
        });
        said.map(|clause| self.agree(&clause)).collect::<Vec<_>>().join(self.say(" and ", " y "))
    }

    /// Whether a filter asks for the value the trigger has in the same field.
    fn same_as_event(&self, parts: &[String], wanted: &Value) -> bool {
        let Some(Expr::Path(root, path)) = wanted.as_str().filter(|text| jq::is_expression(text)).and_then(jq::parse)
        else {
            return false;
        };
        root == "$workflow" && path.last() == parts.last()
    }

    /// A point of comparison; in date fields a duration counts from now.
    fn point(&self, field: &str, value: &Value) -> String {
        if let Some(text) = value.as_str() {
            if let Some(ago) =
                text.strip_prefix("-P").and_then(|rest| self.duration(&Value::String(format!("P{rest}"))))
            {
                return match self.language {
                    Language::En => format!("{ago} ago"),
                    Language::Es => format!("hace {ago}"),
                };
            }
            if text.starts_with('P')
                && let Some(ahead) = self.duration(value)
            {
                return match self.language {
                    Language::En => format!("{ahead} from now"),
                    Language::Es => format!("dentro de {ahead}"),
                };
            }
        }
        self.value(field, value)
    }
}

/// The text before a merge field, the inside of the field, and the rest.
fn next_field(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("{{")?;
    let (field, after) = rest.split_once("}}")?;
    Some((before, field, after))
}

/// `17:00` as "5:00 PM".
pub(super) fn clock(time: &str) -> String {
    let parts: Option<(u32, u32)> =
        time.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)));
    match parts {
        Some((hour, minute)) if hour < 24 && minute < 60 => {
            let half = if hour < 12 { "AM" } else { "PM" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{hour}:{minute:02} {half}")
        }
        Some(_) | None => time.to_owned(),
    }
}
