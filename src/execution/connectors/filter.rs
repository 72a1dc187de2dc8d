//! The filter map of `find_records`: which records it lets through. Pure: the moment comes in as a value.

use std::cmp::Ordering;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use crate::workflow::duration::{IsoDuration, from_local};

/// A filter cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter on `{field}` cannot be read: {problem}")]
pub struct FilterError {
    /// Which field.
    pub field: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Conditions that all must hold.
#[derive(Debug, Clone)]
pub struct Filter(Vec<Condition>);

#[derive(Debug, Clone)]
struct Condition {
    path: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Is(Operand),
    In(Vec<Operand>),
    Not(Vec<Operand>),
    Order(fn(Ordering) -> bool, Operand),
    Between(Operand, Operand),
    Contains(Value),
    Exists(bool),
}

/// What a field is compared with. In date fields, durations and words for days are spans of time.
#[derive(Debug, Clone, PartialEq)]
struct Operand {
    value: Value,
    span: Option<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: DateTime<Utc>,
    /// After the last instant; `start` itself for an instant.
    end: DateTime<Utc>,
    date: NaiveDate,
}

/// When and where a filter is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterMoment {
    /// Durations count from here.
    pub now: DateTime<Utc>,
    /// `today` is read here.
    pub zone: Tz,
}

impl Filter {
    /// Reads a filter map.
    ///
    /// # Errors
    /// [`FilterError`] naming the field.
    pub fn read(filter: &Value, moment: &FilterMoment) -> Result<Self, FilterError> {
        let wrong = |field: &str, problem| FilterError { field: field.to_owned(), problem };
        let map = filter.as_object().ok_or_else(|| wrong("filter", "it is no map of fields"))?;
        let mut conditions = Vec::new();
        for (path, condition) in map {
            let tests = match condition {
                Value::Object(operators) => operators
                    .iter()
                    .map(|(name, operand)| test(name, operand, moment).map_err(|problem| wrong(path, problem)))
                    .collect::<Result<Vec<_>, _>>()?,
                plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                    vec![Test::Is(operand(plain, moment))]
                }
                Value::Array(_) => return Err(wrong(path, "a list needs `in`")),
            };
            conditions.extend(tests.into_iter().map(|test| Condition { path: path.clone(), test }));
        }
        Ok(Self(conditions))
    }

    /// Whether every condition holds.
    #[must_use]
    pub fn lets_through(&self, record: &Value) -> bool {
        self.0.iter().all(|condition| condition.holds(record))
    }
}

fn test(name: &str, value: &Value, moment: &FilterMoment) -> Result<Test, &'static str> {
    let list = || -> Result<Vec<Operand>, &'static str> {
        let items = value.as_array().ok_or("a list is expected")?;
        Ok(items.iter().map(|item| operand(item, moment)).collect())
    };
    Ok(match name {
        "in" => Test::In(list()?),
        "not" => Test::Not(if value.is_array() { list()? } else { vec![operand(value, moment)] }),
        "gt" => Test::Order(Ordering::is_gt, operand(value, moment)),
        "gte" => Test::Order(Ordering::is_ge, operand(value, moment)),
        "lt" => Test::Order(Ordering::is_lt, operand(value, moment)),
        "lte" => Test::Order(Ordering::is_le, operand(value, moment)),
        "between" => match list()?.as_slice() {
            [low, high] => Test::Between(low.clone(), high.clone()),
            _ => return Err("`between` takes two values"),
        },
        "contains" => Test::Contains(value.clone()),
        "exists" => Test::Exists(value.as_bool().ok_or("`exists` takes true or false")?),
        _ => return Err("no such operator: in, not, gt, gte, lt, lte, between, contains, exists"),
    })
}

fn operand(value: &Value, moment: &FilterMoment) -> Operand {
    Operand { value: value.clone(), span: value.as_str().and_then(|text| span(text, moment)) }
}

fn span(text: &str, moment: &FilterMoment) -> Option<Span> {
    let today = moment.now.with_timezone(&moment.zone).date_naive();
    let date = match text {
        "today" => Some(today),
        "tomorrow" => today.checked_add_days(Days::new(1)),
        "yesterday" => today.checked_sub_days(Days::new(1)),
        _ => text.parse::<NaiveDate>().ok(),
    };
    if let Some(date) = date {
        let next = date.checked_add_days(Days::new(1))?;
        let start = from_local(date.and_time(NaiveTime::MIN), moment.zone)?;
        return Some(Span { start, end: from_local(next.and_time(NaiveTime::MIN), moment.zone)?, date });
    }
    let at = if text.starts_with('P') || text.starts_with("-P") {
        IsoDuration::parse(text).ok()?.add_to(moment.now, moment.zone)
    } else {
        text.parse::<DateTime<Utc>>().ok()?
    };
    Some(Span { start: at, end: at, date: at.with_timezone(&moment.zone).date_naive() })
}

impl Condition {
    fn holds(&self, record: &Value) -> bool {
        let values = values_at(record, &self.path);
        let any = |wanted: &dyn Fn(&Value) -> bool| values.iter().any(|value| wanted(value));
        match &self.test {
            Test::Is(operand) => any(&|v| operand.is(v)),
            Test::In(operands) => any(&|v| operands.iter().any(|o| o.is(v))),
            Test::Not(operands) => !any(&|v| operands.iter().any(|o| o.is(v))),
            Test::Order(wanted, operand) => any(&|v| operand.order(v).is_some_and(wanted)),
            Test::Between(low, high) => {
                any(&|v| low.order(v).is_some_and(Ordering::is_ge) && high.order(v).is_some_and(Ordering::is_le))
            }
            Test::Contains(Value::String(part)) => {
                let part = part.to_lowercase();
                any(&|v| v.as_str().is_some_and(|text| text.to_lowercase().contains(&part)))
            }
            Test::Contains(element) => any(&|v| v == element),
            Test::Exists(wanted) => any(&|v| !v.is_null()) == *wanted,
        }
    }
}

impl Operand {
    fn is(&self, value: &Value) -> bool {
        self.order(value) == Some(Ordering::Equal)
    }

    /// How `value` stands to the operand; `None` when they cannot be compared.
    fn order(&self, value: &Value) -> Option<Ordering> {
        if let (Some(span), Some(text)) = (self.span, value.as_str()) {
            if let Ok(date) = text.parse::<NaiveDate>() {
                return Some(date.cmp(&span.date));
            }
            if let Ok(at) = text.parse::<DateTime<Utc>>() {
                let after = at >= span.end && at > span.start;
                return Some(if at < span.start {
                    Ordering::Less
                } else if after {
                    Ordering::Greater
                } else {
                    Ordering::Equal
                });
            }
        }
        match (value, &self.value) {
            (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Null, Value::Null) => Some(Ordering::Equal),
            _ => None,
        }
    }
}

/// The values a dotted path reaches; arrays on the way and at the end stand for their elements. A path that reaches
/// nothing gives null.
fn values_at<'a>(record: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![record];
    for name in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .filter_map(|value| value.get(name))
            .collect();
    }
    let leaves: Vec<&Value> = found
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        })
        .collect();
    if leaves.is_empty() { vec![&Value::Null] } else { leaves }
}

/// Sorts records by `field`, `field desc`, or several of them with commas between.
pub fn sort(records: &mut [Value], order: &str) {
    let keys: Vec<(&str, bool)> = order
        .split(',')
        .filter_map(|key| {
            let mut words = key.split_whitespace();
            let field = words.next()?;
            Some((field.trim_start_matches('-'), field.starts_with('-') || words.next() == Some("desc")))
        })
        .collect();
    records.sort_by(|a, b| {
        keys.iter()
            .map(|(field, descending)| {
                let order = compare(values_at(a, field)[0], values_at(b, field)[0]);
                if *descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

/// Nulls last in ascending order; numbers, texts and truth values by their own order.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)).unwrap_or(Ordering::Equal)
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
