//! What starts a workflow, in words.

use serde_json::Value;

use super::condition::either;
use super::values::clock;
use super::voice::Voice;
use super::words;
use crate::workflow::document::{EventFilter, EventStrategy, Schedule, StrategyMode};
use crate::workflow::text::{Language, MONTHS, WEEKDAYS};

impl Voice<'_> {
    /// What starts it: "When a lead arrives, if lead type is internet".
    pub(in crate::workflow) fn trigger(&self, schedule: &Schedule<'_>) -> String {
        self.smooth(self.start(schedule))
    }

    fn start(&self, schedule: &Schedule<'_>) -> String {
        match schedule {
            Schedule::On(strategy) => self.events(strategy),
            Schedule::Cron(cron) => {
                self.cron(cron).unwrap_or_else(|| format!("{} ({cron})", self.say("On a schedule", "Según un horario")))
            }
            Schedule::Every(every) => {
                format!("{} {}", self.say("Every", "Cada"), self.interval(every))
            }
            Schedule::After(after) => match self.language {
                Language::En => format!("{} after the run before has ended", self.interval(after)),
                Language::Es => format!("{} después de terminar la ejecución anterior", self.interval(after)),
            },
            Schedule::Manual => {
                self.say("When somebody starts it by hand", "Cuando alguien la inicia a mano").to_owned()
            }
        }
    }

    fn interval(&self, value: &Value) -> String {
        let words = self.duration(value).unwrap_or_else(|| self.value("every", value));
        words.strip_prefix("1 ").map_or(words.clone(), str::to_owned)
    }

    fn events(&self, strategy: &EventStrategy<'_>) -> String {
        let clauses: Vec<String> = strategy.filters.iter().map(|filter| self.event_clause(filter)).collect();
        if clauses.is_empty() {
            return self
                .say("When something happens (not yet known what)", "Cuando ocurra algo (por definir)")
                .to_owned();
        }
        let between = match strategy.mode {
            StrategyMode::All => self.say(", and when ", ", y cuando "),
            StrategyMode::One | StrategyMode::Any => self.say(", or when ", ", o cuando "),
        };
        // the same condition after each event is said once
        let conditions: Vec<Option<String>> = strategy.filters.iter().map(|filter| self.payload(filter)).collect();
        let same = conditions.windows(2).all(|pair| pair.first() == pair.last());
        let when = self.say("When", "Cuando");
        if let (true, Some(Some(condition))) = (same, conditions.first()) {
            return format!("{when} {}, {} {condition}", clauses.join(between), self.say("if", "si"));
        }
        let full: Vec<String> = clauses
            .into_iter()
            .zip(conditions)
            .map(|(clause, condition)| match condition {
                Some(condition) => format!("{clause} ({} {condition})", self.say("if", "si")),
                None => clause,
            })
            .collect();
        format!("{when} {}", full.join(between))
    }

    /// What happened: "a lead arrives".
    pub(super) fn event_clause(&self, filter: &EventFilter<'_>) -> String {
        let Some(name) = filter.event_type() else {
            return self.say("any event comes", "llega cualquier evento").to_owned();
        };
        if let Some(words) = words::event(name, self.language) {
            return words.to_owned();
        }
        match self.catalog.event(name) {
            Some(event) => format!("“{}”", event.meaning.trim_end_matches('.')),
            None => format!("“{name}” {}", self.say("happens", "ocurre")),
        }
    }

    /// The condition on the payload of an event.
    pub(super) fn payload(&self, filter: &EventFilter<'_>) -> Option<String> {
        if let Some(text) = filter.data_condition() {
            return Some(self.condition(text));
        }
        let map = filter.raw.get("with")?.get("data")?.as_object()?;
        Some(self.filter(map))
    }

    /// `0 9 * * 1-5`: "Every Monday to Friday at 9:00 AM".
    fn cron(&self, cron: &str) -> Option<String> {
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        let time = self.cron_time(minute, hour)?;
        let column = usize::from(self.language == Language::Es);
        let months =
            (*month != "*").then(|| named(month, MONTHS.get(column)?, 1)).map_or(Some(None), |list| list.map(Some))?;
        let weekdays = (*weekday != "*")
            .then(|| named(weekday, WEEKDAYS.get(column)?, 0))
            .map_or(Some(None), |list| list.map(Some))?;
        let days = match (*day, weekdays) {
            ("*", None) => self.say("Every day", "Todos los días").to_owned(),
            ("*", Some(names)) => format!("{} {}", self.say("Every", "Cada"), self.range_words(&names)),
            ("1-7", Some(names)) => match self.language {
                Language::En => format!("On the first {} of the month", self.range_words(&names)),
                Language::Es => format!("El primer {} del mes", self.range_words(&names)),
            },
            (day, None) if day.chars().all(|c| c.is_ascii_digit() || c == ',') => {
                let list: Vec<String> = day.split(',').map(str::to_owned).collect();
                format!("{} {}", self.say("On day", "El día"), either(&list, self.say("and", "y")))
                    + self.say(" of the month", " del mes")
            }
            _ => return None,
        };
        let months =
            months.map(|names| format!(" {} {}", self.say("in", "en"), self.range_words(&names))).unwrap_or_default();
        Some(format!("{days}{months} {time}"))
    }

    fn cron_time(&self, minute: &str, hour: &str) -> Option<String> {
        if let Some(step) = minute.strip_prefix("*/") {
            return (hour == "*").then(|| match self.language {
                Language::En => format!("every {step} minutes"),
                Language::Es => format!("cada {step} minutos"),
            });
        }
        minute.parse::<u32>().ok()?;
        if hour == "*" {
            return Some(match self.language {
                Language::En => format!("at minute {minute} of every hour"),
                Language::Es => format!("en el minuto {minute} de cada hora"),
            });
        }
        let hours: Option<Vec<String>> =
            hour.split(',').map(|hour| hour.parse::<u32>().ok().map(|_| clock(&format!("{hour}:{minute}")))).collect();
        Some(format!("{} {}", self.say("at", "a las"), either(&hours?, self.say("and", "y"))))
    }

    fn range_words(&self, parts: &[(String, Option<String>)]) -> String {
        let parts: Vec<String> = parts
            .iter()
            .map(|(from, to)| match to {
                Some(to) => format!("{from} {} {to}", self.say("to", "a")),
                None => from.clone(),
            })
            .collect();
        either(&parts, self.say("and", "y"))
    }
}

/// `1-5,0` with names instead of numbers.
fn named(field: &str, names: &[&str], first: usize) -> Option<Vec<(String, Option<String>)>> {
    let name = |text: &str| {
        let number: Option<usize> = text.parse().ok();
        // cron knows Sunday as 0 and as 7
        let index =
            number.map(|number| if names.len() == 7 { number % 7 } else { number }).and_then(|n| n.checked_sub(first));
        let by_number = index.and_then(|index| names.get(index)).map(|name| (*name).to_owned());
        by_number
            .or_else(|| english(text, names.len()).and_then(|index| names.get(index)).map(|name| (*name).to_owned()))
    };
    field
        .split(',')
        .map(|part| match part.split_once('-') {
            Some((from, to)) => Some((name(from)?, Some(name(to)?))),
            None => Some((name(part)?, None)),
        })
        .collect()
}

/// `MON` or `JAN` as an index.
fn english(text: &str, len: usize) -> Option<usize> {
    let text = text.to_lowercase();
    let all: &[&str] = if len == 7 { &WEEKDAYS[0] } else { &MONTHS[0] };
    all.iter().position(|name| text.len() == 3 && name.to_lowercase().starts_with(&text))
}
