//! Text for people: plain text with merge fields `{{root.path | filter}}` and no logic. An unknown or empty field is an
//! error that names the field, so that nobody ever gets "Hi ,".

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A language the product speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// From a tag such as `es-US`; everything that is not Spanish is English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        if tag.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("es")) { Self::Es } else { Self::En }
    }

    /// `en` or `es`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }
}

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeFilter {
    /// `March 15, 2026`
    Date,
    /// `5:00 PM`
    Time,
    /// `Sunday, March 15 at 5:00 PM`
    Datetime,
    /// `$27,995`
    Money,
    /// `red, green and blue`
    List,
}

impl MergeFilter {
    /// The names that may stand behind `|`.
    pub const NAMES: [&str; 5] = ["date", "time", "datetime", "money", "list"];

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime" => Self::Datetime,
            "money" => Self::Money,
            "list" => Self::List,
            _ => return None,
        })
    }
}

/// One `{{root.path | filter}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeField {
    /// `event`, `context`, `customer`, `owner`, `store`, `link` or a loop variable.
    pub root: String,
    /// What follows the root; numbers are list elements.
    pub path: Vec<String>,
    /// How to write it.
    pub filter: Option<MergeFilter>,
}

impl fmt::Display for MergeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        self.path.iter().try_for_each(|part| write!(f, ".{part}"))
    }
}

/// The text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeTextError {
    /// `{{` without `}}`.
    #[error("a merge field is opened with {{{{ and not closed with }}}}")]
    Unclosed,
    /// Not `root.path` with names and numbers.
    #[error("`{0}` is not a merge field such as customer.first_name")]
    Malformed(String),
    /// No such filter.
    #[error("merge filter `{0}` is not known; known are date, time, datetime, money and list")]
    UnknownFilter(String),
}

/// Why a field cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeReason {
    /// Nothing of this name.
    Unknown,
    /// Null, or an empty text or list.
    Empty,
    /// Not something the filter, or plain text, can write.
    Unwritable,
}

/// A field that cannot be written; the text must not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("merge field {field} {}", match .reason {
    MergeReason::Unknown => "is not known",
    MergeReason::Empty => "is empty",
    MergeReason::Unwritable => "cannot be written as text",
})]
pub struct MergeError {
    /// Which: `customer.first_name`.
    pub field: String,
    /// Why.
    pub reason: MergeReason,
}

/// Values of the roots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MergeRoots(pub Map<String, Value>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(MergeField),
}

/// A text with merge fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeText(Vec<Part>);

impl MergeText {
    /// Reads a text.
    ///
    /// # Errors
    /// See [`MergeTextError`].
    pub fn parse(text: &str) -> Result<Self, MergeTextError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let inside = &rest[open + 2..];
            let close = inside.find("}}").ok_or(MergeTextError::Unclosed)?;
            parts.push(Part::Field(parse_field(&inside[..close])?));
            rest = &inside[close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &MergeField> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(field) => Some(field),
            Part::Text(_) => None,
        })
    }

    /// The text with its fields filled in.
    ///
    /// # Errors
    /// [`MergeError`] naming the first field that cannot be written.
    pub fn render(&self, roots: &MergeRoots, language: Language, zone: Tz) -> Result<String, MergeError> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Field(field) => text.push_str(&write_field(field, roots, language, zone)?),
            }
        }
        Ok(text)
    }
}

fn parse_field(inside: &str) -> Result<MergeField, MergeTextError> {
    let malformed = || MergeTextError::Malformed(inside.trim().chars().take(80).collect());
    let (path, filter) = match inside.split_once('|') {
        Some((path, name)) => {
            let name = name.trim();
            let known = MergeFilter::from_name(name);
            (path, Some(known.ok_or_else(|| MergeTextError::UnknownFilter(name.chars().take(40).collect()))?))
        }
        None => (inside, None),
    };
    let mut parts = path.trim().split('.').map(str::to_owned);
    let root = parts.next().filter(|root| is_name(root)).ok_or_else(malformed)?;
    let path: Vec<String> = parts.collect();
    if path.iter().all(|part| is_name(part) || is_index(part)) {
        Ok(MergeField { root, path, filter })
    } else {
        Err(malformed())
    }
}

fn is_name(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_index(part: &str) -> bool {
    !part.is_empty() && part.len() <= 4 && part.chars().all(|c| c.is_ascii_digit())
}

fn write_field(field: &MergeField, roots: &MergeRoots, language: Language, zone: Tz) -> Result<String, MergeError> {
    let fail = |reason| MergeError { field: field.to_string(), reason };
    let mut value = roots.0.get(&field.root).ok_or_else(|| fail(MergeReason::Unknown))?;
    for part in &field.path {
        value = match value {
            Value::Array(items) => part.parse::<usize>().ok().and_then(|at| items.get(at)).unwrap_or(&Value::Null),
            Value::Null => &Value::Null,
            other => other.get(part).ok_or_else(|| fail(MergeReason::Unknown))?,
        };
    }
    if is_empty(value) {
        return Err(fail(MergeReason::Empty));
    }
    let written = match field.filter {
        None => plain(value, language),
        Some(MergeFilter::List) => list(value, language),
        Some(MergeFilter::Money) => value.as_f64().map(money),
        Some(MergeFilter::Date) => local(value, zone).map(|at| date(at.date(), language)),
        Some(MergeFilter::Time) => local(value, zone).map(|at| time(&at)),
        Some(MergeFilter::Datetime) => local(value, zone).map(|at| datetime(&at, language)),
    };
    written.ok_or_else(|| fail(MergeReason::Unwritable))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn plain(value: &Value, language: Language) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(answer) => Some(
            match (answer, language) {
                (true, Language::En) => "yes",
                (true, Language::Es) => "sí",
                (false, _) => "no",
            }
            .to_owned(),
        ),
        Value::Array(_) => list(value, language),
        Value::Object(map) => {
            ["description", "name", "title"].iter().find_map(|key| map.get(*key)?.as_str()).map(str::to_owned)
        }
        Value::Null => None,
    }
}

fn list(value: &Value, language: Language) -> Option<String> {
    let items = value.as_array()?;
    let mut words = items.iter().map(|item| plain(item, language)).collect::<Option<Vec<_>>>()?;
    let last = words.pop()?;
    let and = match language {
        Language::En => "and",
        Language::Es => "y",
    };
    Some(if words.is_empty() { last } else { format!("{} {and} {last}", words.join(", ")) })
}

/// `$1,234.50`; whole amounts without cents.
#[must_use]
pub fn money(amount: f64) -> String {
    let cents = format!("{:.2}", amount.abs());
    let (whole, fraction) = cents.split_once('.').unwrap_or((&cents, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0.0 { "-" } else { "" };
    if fraction == "00" { format!("{sign}${grouped}") } else { format!("{sign}${grouped}.{fraction}") }
}

fn local(value: &Value, zone: Tz) -> Option<NaiveDateTime> {
    let text = value.as_str()?;
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc).with_timezone(&zone).naive_local());
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)
}

/// Names of the months, English and Spanish.
pub(super) const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
];
/// Names of the days, Sunday first, English and Spanish.
pub(super) const WEEKDAYS: [[&str; 7]; 2] = [
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
];

const fn column(language: Language) -> usize {
    match language {
        Language::En => 0,
        Language::Es => 1,
    }
}

fn date(day: NaiveDate, language: Language) -> String {
    let month = MONTHS[column(language)][day.month0() as usize];
    match language {
        Language::En => format!("{month} {}, {}", day.day(), day.year()),
        Language::Es => format!("{} de {month} de {}", day.day(), day.year()),
    }
}

fn time(at: &NaiveDateTime) -> String {
    let (afternoon, hour) = at.hour12();
    format!("{hour}:{:02} {}", at.minute(), if afternoon { "PM" } else { "AM" })
}

/// A moment in a list of moments: `10:05 AM`, with its day `Wed Mar 11, 10:05 AM`.
#[must_use]
pub fn moment(at: &NaiveDateTime, with_day: bool, language: Language) -> String {
    if !with_day {
        return time(at);
    }
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let weekday = short(WEEKDAYS[column(language)][at.weekday().num_days_from_sunday() as usize]);
    let month = short(MONTHS[column(language)][at.month0() as usize]);
    match language {
        Language::En => format!("{weekday} {month} {}, {}", at.day(), time(at)),
        Language::Es => format!("{weekday} {} {month}, {}", at.day(), time(at)),
    }
}

fn datetime(at: &NaiveDateTime, language: Language) -> String {
    let weekday = WEEKDAYS[column(language)][at.weekday().num_days_from_sunday() as usize];
    let month = MONTHS[column(language)][at.month0() as usize];
    match language {
        Language::En => format!("{weekday}, {month} {} at {}", at.day(), time(at)),
        Language::Es => format!("{weekday} {} de {month} a las {}", at.day(), time(at)),
    }
}
