//! The rules as data, read once.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::consent::{Channel, ConsentRules};
use super::hours::HourRules;
use super::opt_out::OptOutRules;

/// Every rule of the room.
#[derive(Debug)]
pub struct Rules {
    /// `consent.yaml`.
    pub consent: ConsentRules,
    /// `quiet_hours.yaml`.
    pub hours: HourRules,
    /// `caps.yaml`.
    pub caps: CapRules,
    /// `opt_out.yaml`.
    pub opt_out: OptOutRules,
}

/// A shipped rule file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} cannot be read: {detail}")]
pub struct RulesError {
    file: &'static str,
    detail: String,
}

/// `caps.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapRules {
    /// What it is.
    pub title: String,
    /// The day it was last compared with its sources.
    pub reviewed: NaiveDate,
    /// Where it comes from.
    pub sources: Vec<String>,
    /// Marketing texts to one person.
    pub marketing_texts: MarketingCaps,
    /// Attempts on one subject.
    pub attempts: AttemptCap,
    /// How long a conversation stays open.
    pub conversation_minutes: i64,
}

/// Marketing texts to one person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketingCaps {
    /// In seven days.
    pub per_7_days: usize,
    /// In thirty days.
    pub per_30_days: usize,
}

/// Attempts on one subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptCap {
    /// At most so many…
    pub count: usize,
    /// …in so many hours…
    pub hours: i64,
    /// …on these channels together.
    pub channels: Vec<Channel>,
}

static RULES: LazyLock<Result<Rules, RulesError>> = LazyLock::new(|| {
    let hours: HourRules = read("quiet_hours.yaml", include_str!("../../knowledge/rules/quiet_hours.yaml"))?;
    Ok(Rules {
        consent: read("consent.yaml", include_str!("../../knowledge/rules/consent.yaml"))?,
        hours: hours.indexed(),
        caps: read("caps.yaml", include_str!("../../knowledge/rules/caps.yaml"))?,
        opt_out: read("opt_out.yaml", include_str!("../../knowledge/rules/opt_out.yaml"))?,
    })
});

impl Rules {
    /// The shipped rules.
    ///
    /// # Errors
    /// When a shipped file cannot be read; a test makes sure they can.
    pub fn embedded() -> Result<&'static Self, RulesError> {
        RULES.as_ref().map_err(Clone::clone)
    }
}

fn read<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<T, RulesError> {
    serde_saphyr::from_str(text).map_err(|e| RulesError { file, detail: e.to_string() })
}
