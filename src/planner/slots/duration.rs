//! Lengths of time: `10 min`, `half an hour`, `a couple days`, `the next day`, `dos horas`.

use super::Spanned;
use crate::planner::language::{Lexicon, Token};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// A calendar day.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// A length of time as it was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Length {
    /// How many.
    pub count: f64,
    /// Of what.
    pub unit: Unit,
}

impl Unit {
    /// From the lexicon's word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }
}

impl Length {
    /// Days.
    #[must_use]
    pub const fn days(count: f64) -> Self {
        Self { count, unit: Unit::Day }
    }

    /// Rough length in minutes, for comparing.
    #[must_use]
    pub fn minutes(self) -> f64 {
        self.count
            * match self.unit {
                Unit::Minute => 1.0,
                Unit::Hour => 60.0,
                Unit::Day => 1440.0,
                Unit::Week => 10_080.0,
                Unit::Month => 43_200.0,
                Unit::Year => 525_600.0,
            }
    }

    /// ISO 8601. Parts of a unit become the next smaller one; months count thirty days unless whole.
    #[must_use]
    pub fn iso(self) -> String {
        let whole = self.count.fract() == 0.0;
        match self.unit {
            Unit::Minute => format!("PT{:.0}M", self.count.max(1.0)),
            Unit::Hour if whole => format!("PT{:.0}H", self.count),
            Unit::Day if whole => format!("P{:.0}D", self.count),
            Unit::Week if whole => format!("P{:.0}D", self.count * 7.0),
            Unit::Month if whole => format!("P{:.0}M", self.count),
            Unit::Year if whole => format!("P{:.0}Y", self.count),
            Unit::Hour => format!("PT{:.0}M", self.count * 60.0),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => format!("PT{:.0}H", self.minutes() / 60.0),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self, language: &str) -> String {
        let one = (self.count - 1.0).abs() < f64::EPSILON;
        let unit = match (language, self.unit, one) {
            ("es", Unit::Minute, true) => "minuto",
            ("es", Unit::Minute, false) => "minutos",
            ("es", Unit::Hour, true) => "hora",
            ("es", Unit::Hour, false) => "horas",
            ("es", Unit::Day, true) => "día",
            ("es", Unit::Day, false) => "días",
            ("es", Unit::Week, true) => "semana",
            ("es", Unit::Week, false) => "semanas",
            ("es", Unit::Month, true) => "mes",
            ("es", Unit::Month, false) => "meses",
            ("es", Unit::Year, true) => "año",
            ("es", Unit::Year, false) => "años",
            (_, Unit::Minute, true) => "minute",
            (_, Unit::Minute, false) => "minutes",
            (_, Unit::Hour, true) => "hour",
            (_, Unit::Hour, false) => "hours",
            (_, Unit::Day, true) => "day",
            (_, Unit::Day, false) => "days",
            (_, Unit::Week, true) => "week",
            (_, Unit::Week, false) => "weeks",
            (_, Unit::Month, true) => "month",
            (_, Unit::Month, false) => "months",
            (_, Unit::Year, true) => "year",
            (_, Unit::Year, false) => "years",
        };
        let count = if self.count.fract() == 0.0 { format!("{:.0}", self.count) } else { self.count.to_string() };
        format!("{count} {unit}")
    }

    /// Reads `PT10M`, `P3D`, `PT2H` … as written by [`Length::iso`].
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        let (timed, rest) = match text.strip_prefix("PT") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('P')?),
        };
        let (digits, letter) = rest.split_at(rest.len().checked_sub(1)?);
        let count = digits.parse().ok()?;
        let unit = match (timed, letter) {
            (true, "M") => Unit::Minute,
            (true, "H") => Unit::Hour,
            (false, "D") => Unit::Day,
            (false, "W") => Unit::Week,
            (false, "M") => Unit::Month,
            (false, "Y") => Unit::Year,
            _ => return None,
        };
        Some(Self { count, unit })
    }
}

/// Lengths of time in `from..to`, in order.
#[must_use]
pub fn find(tokens: &[Token], from: usize, to: usize, lexicon: &Lexicon) -> Vec<Spanned<Length>> {
    let mut found = Vec::new();
    let mut i = from;
    while i < to.min(tokens.len()) {
        if let Some((value, width)) = at(tokens, i, to, lexicon) {
            found.push(Spanned { value, from: i, to: i + width });
            i += width;
        } else {
            i += 1;
        }
    }
    found
}

fn unit_at(tokens: &[Token], at: usize, to: usize, lexicon: &Lexicon) -> Option<Unit> {
    let token = tokens.get(at).filter(|_| at < to)?;
    Unit::named(lexicon.speech.units.get(&token.text)?)
}

fn at(tokens: &[Token], i: usize, to: usize, lexicon: &Lexicon) -> Option<(Length, usize)> {
    let token = &tokens[i];
    let before = i.checked_sub(1).map_or("", |b| tokens[b].text.as_str());
    if let Some(count) = token.number {
        let mut next = i + 1;
        while next < to && tokens[next].is(&["a", "an", "of", "more", "business", "full", "o", "de"]) && next < i + 3 {
            next += 1;
        }
        if tokens.get(next).is_some_and(|t| t.is(&["+"])) {
            next += 1;
        }
        let unit = unit_at(tokens, next, to, lexicon)?;
        let half = tokens.get(next + 1).is_some_and(|t| t.is(&["and", "y"]))
            && tokens.get(next + 2).is_some_and(|t| t.is(&["a", "0.5"]));
        if half && tokens.get(next + 2..).is_some_and(|rest| rest.iter().take(2).any(|t| t.number == Some(0.5))) {
            return Some((Length { count: count + 0.5, unit }, next + 3 - i));
        }
        return Some((Length { count, unit }, next + 1 - i));
    }
    if token.is(&["a", "an", "un", "una", "another"]) && !matches!(before, "once" | "twice" | "times" | "time" | "vez")
    {
        let next = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|t| t.is(&["full", "whole"])));
        if let Some(unit) = unit_at(tokens, next, to, lexicon) {
            return Some((Length { count: 1.0, unit }, next + 1 - i));
        }
        if tokens.get(next).is_some_and(|t| t.number.is_some()) {
            return None;
        }
    }
    if token.is(&["next", "following", "siguiente"]) && !matches!(before, "to" | "of") {
        let next = i + 1 + usize::from(tokens.get(i + 1).is_some_and(|t| t.number.is_some()));
        if tokens.get(next).is_some_and(|t| t.is(&["morning"])) && next < to {
            return Some((Length::days(1.0), next + 1 - i));
        }
        let unit = unit_at(tokens, next, to, lexicon)?;
        let count = tokens[i + 1].number.unwrap_or(1.0);
        return Some((Length { count, unit }, next + 1 - i));
    }
    if token.is(&["day", "dia"]) && tokens.get(i + 1).is_some_and(|t| t.is(&["after", "before", "antes", "later"])) {
        return Some((Length::days(1.0), 1));
    }
    if token.is(&["hour", "week", "month"]) && tokens.get(i + 1).is_some_and(|t| t.is(&["after", "before", "later"])) {
        return Some((Length { count: 1.0, unit: unit_at(tokens, i, to, lexicon)? }, 1));
    }
    if token.is(&["tomorrow", "manana"]) && !matches!(before, "la" | "the" | "esta") {
        return Some((Length::days(1.0), 1));
    }
    None
}
