//! Which events something waits for: in `schedule.on` and in `listen.to` alike.

use serde_json::Value;

/// `one`, `any` or `all` of some event filters.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStrategy<'a> {
    /// How many of the filters must match.
    pub mode: StrategyMode,
    /// The filters, in order.
    pub filters: Vec<EventFilter<'a>>,
    /// When an `any` stops taking events.
    pub until: Option<Until<'a>>,
}

/// When an `any` stops taking events.
#[derive(Debug, Clone, PartialEq)]
pub enum Until<'a> {
    /// Once this holds on the list of those taken.
    Condition(&'a str),
    /// Once events of this strategy came.
    Events(Box<EventStrategy<'a>>),
}

/// How the filters of an [`EventStrategy`] combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyMode {
    /// Exactly one filter.
    One,
    /// The first that matches.
    Any,
    /// Each once, in any order.
    All,
}

impl<'a> EventStrategy<'a> {
    /// Reads `{one: …}`, `{any: […]}` or `{all: […]}`; anything else is an empty `any`.
    #[must_use]
    pub fn read(raw: &'a Value, pointer: &str) -> Self {
        let until = raw.get("until").map(|until| match until.as_str() {
            Some(condition) => Until::Condition(condition),
            None => Until::Events(Box::new(Self::read(until, &format!("{pointer}/until")))),
        });
        if let Some(one) = raw.get("one") {
            let filters = vec![EventFilter { pointer: format!("{pointer}/one"), raw: one }];
            return Self { mode: StrategyMode::One, filters, until };
        }
        let (mode, key) =
            if raw.get("all").is_some() { (StrategyMode::All, "all") } else { (StrategyMode::Any, "any") };
        let list = raw.get(key).and_then(Value::as_array);
        let filters = list
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(i, raw)| EventFilter { pointer: format!("{pointer}/{key}/{i}"), raw })
            .collect();
        Self { mode, filters, until }
    }

    /// Its filters and those of its `until`.
    #[must_use]
    pub fn all_filters(&self) -> Vec<EventFilter<'a>> {
        let mut filters = self.filters.clone();
        if let Some(Until::Events(until)) = &self.until {
            filters.extend(until.all_filters());
        }
        filters
    }
}

/// One event filter: `with` (attributes, `data` condition) and `correlate`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFilter<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The filter as written.
    pub raw: &'a Value,
}

impl<'a> EventFilter<'a> {
    /// The event type asked for.
    #[must_use]
    pub fn event_type(&self) -> Option<&'a str> {
        self.raw.get("with")?.get("type")?.as_str()
    }

    /// The condition on the payload (`with.data`), an expression over the event's `data`.
    #[must_use]
    pub fn data_condition(&self) -> Option<&'a str> {
        self.raw.get("with")?.get("data")?.as_str()
    }

    /// Correlations as (name, `from`, `expect`).
    #[must_use]
    pub fn correlations(&self) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
        let map = self.raw.get("correlate").and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .filter_map(|(name, rule)| {
                Some((name.as_str(), rule.get("from")?.as_str()?, rule.get("expect").and_then(Value::as_str)))
            })
            .collect()
    }
}
