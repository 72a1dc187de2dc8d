//! Calendars: `every monday at 8`, `mon-sat 7:45`, `second friday of each month`, `every two hours`, `cada lunes`.

use super::Spanned;
use super::clock;
use super::duration::{Length, Unit};
use crate::planner::language::{Lexicon, Token};

/// When a scheduled workflow runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// A cron expression.
    Cron(String),
    /// An interval.
    Every(String),
}

/// A rhythm and what of it was not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cadence {
    /// The rhythm.
    pub rhythm: Rhythm,
    /// Only the nth such weekday of a month: (nth, weekday); the run checks it again.
    pub nth: Option<(u32, u32)>,
    /// The time of day was said.
    pub timed: bool,
}

#[derive(Default)]
struct Parts {
    days: Vec<u32>,
    nth: Option<u32>,
    month_day: Option<u32>,
    daily: bool,
    weekly: bool,
    monthly: bool,
    interval: Option<Length>,
    morning: bool,
    evening: bool,
    from: Option<usize>,
    to: usize,
}

impl Parts {
    fn saw(&mut self, from: usize, to: usize) {
        self.from = Some(self.from.map_or(from, |f| f.min(from)));
        self.to = self.to.max(to);
    }
}

/// The calendar in `from..to`. `loose`: weekdays without `every` count too (an edit of a calendar that is there).
#[must_use]
pub fn find(tokens: &[Token], from: usize, to: usize, lexicon: &Lexicon, loose: bool) -> Option<Spanned<Cadence>> {
    let to = to.min(tokens.len());
    let mut parts = Parts::default();
    let mut i = from;
    while i < to {
        i = read(tokens, i, to, lexicon, &mut parts).max(i + 1);
    }
    let every = parts.nth.is_some()
        || parts.daily
        || parts.weekly
        || parts.monthly
        || parts.interval.is_some()
        || parts.month_day.is_some();
    let plural = (from..to).any(|i| {
        tokens[i].text.ends_with('s')
            && tokens[i].text.len() > 5
            && lexicon.speech.weekdays.contains_key(&tokens[i].text)
    });
    let range = parts.days.len() > 1;
    if !(every || loose && !parts.days.is_empty() || !parts.days.is_empty() && (plural || range)) {
        return None;
    }
    let start = parts.from?;
    let times = clock::find(tokens, from, to, lexicon);
    let time = times.iter().find(|t| t.from + 1 >= start || t.to + 4 >= start);
    if let Some(length) = parts.interval
        && matches!(length.unit, Unit::Minute | Unit::Hour)
    {
        let value = Cadence { rhythm: Rhythm::Every(length.iso()), nth: None, timed: true };
        return Some(Spanned { value, from: start, to: parts.to });
    }
    if let Some(length) = parts.interval
        && parts.days.is_empty()
        && length.count > 1.0
        && !matches!(length.unit, Unit::Month | Unit::Year)
    {
        let value = Cadence { rhythm: Rhythm::Every(length.iso()), nth: None, timed: true };
        return Some(Spanned { value, from: start, to: parts.to });
    }
    let default_hour = if parts.evening { 17 } else { 9 + u32::from(parts.nth.is_some()) - u32::from(parts.morning) };
    let (hour, minute) = time.map_or((default_hour, 0), |t| (t.value.hour, t.value.minute));
    parts.days.sort_unstable();
    parts.days.dedup();
    let (month_day, week_day, nth) = match (parts.nth, parts.days.first(), parts.month_day) {
        (Some(nth), Some(day), _) if parts.monthly || !parts.weekly => {
            let span = if nth >= 5 { "25-31".to_owned() } else { format!("{}-{}", 7 * nth - 6, 7 * nth) };
            (span, day.to_string(), Some((nth, *day)))
        }
        (_, _, Some(day)) => (day.to_string(), "*".to_owned(), None),
        (_, Some(_), _) => ("*".to_owned(), day_list(&parts.days), None),
        (_, None, _) if parts.monthly => ("1".to_owned(), "*".to_owned(), None),
        (_, None, _) if parts.weekly => ("*".to_owned(), "1".to_owned(), None),
        _ => ("*".to_owned(), "*".to_owned(), None),
    };
    let rhythm = Rhythm::Cron(format!("{minute} {hour} {month_day} * {week_day}"));
    let end = time.map_or(parts.to, |t| parts.to.max(t.to));
    let begin = time.map_or(start, |t| start.min(t.from));
    Some(Spanned { value: Cadence { rhythm, nth, timed: time.is_some() }, from: begin, to: end })
}

fn day_list(days: &[u32]) -> String {
    let contiguous = days.len() > 2 && days.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if contiguous => format!("{first}-{last}"),
        _ => days.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    }
}

fn read(tokens: &[Token], i: usize, to: usize, lexicon: &Lexicon, parts: &mut Parts) -> usize {
    let token = &tokens[i];
    let speech = &lexicon.speech;
    let text = token.text.as_str();
    let next = |n: usize| tokens.get(i + n).filter(|_| i + n < to);
    if let Some(day) = speech.weekdays.get(text) {
        parts.saw(i, i + 1);
        let through = next(1).is_some_and(|t| t.is(&["to", "through", "thru", "a", "-"]));
        let last = if through { next(2) } else { next(1).filter(|t| t.joined) };
        if let Some(end) = last.and_then(|t| speech.weekdays.get(&t.text)) {
            let mut d = *day;
            while d != *end {
                parts.days.push(d);
                d = (d + 1) % 7;
            }
            parts.days.push(*end);
            parts.saw(i, i + 2 + usize::from(through));
            return i + 2 + usize::from(through);
        }
        parts.days.push(*day);
        return i + 1;
    }
    match text {
        "daily" | "diario" | "diariamente" | "nightly" => {
            parts.daily = true;
            parts.saw(i, i + 1);
        }
        "weekly" => {
            parts.weekly = true;
            parts.saw(i, i + 1);
        }
        "monthly" => {
            parts.monthly = true;
            parts.saw(i, i + 1);
        }
        "hourly" => {
            parts.interval = Some(Length { count: 1.0, unit: Unit::Hour });
            parts.saw(i, i + 1);
        }
        "weekday" | "weekdays" => {
            parts.days.extend(1..=5);
            parts.daily = true;
            parts.saw(i, i + 1);
        }
        "every" | "each" | "cada" | "todos" | "todas" => return every(tokens, i, to, lexicon, parts),
        "once" | "vez" | "twice" if next(1).is_some_and(|t| t.is(&["a", "per", "al", "por", "each", "every"])) => {
            let unit = next(2).and_then(|t| speech.units.get(&t.text)).and_then(|u| Unit::named(u));
            match unit {
                Some(Unit::Day) => parts.daily = true,
                Some(Unit::Week) => parts.weekly = true,
                Some(Unit::Month) => parts.monthly = true,
                Some(Unit::Hour) => parts.interval = Some(Length { count: 1.0, unit: Unit::Hour }),
                _ => return i + 1,
            }
            parts.saw(i, i + 3);
            return i + 3;
        }
        "morning" | "mornings" => parts.morning = true,
        "evening" | "night" | "tarde" | "noche" | "close" | "closing" => parts.evening = true,
        _ => {
            if let Some(nth) = speech.ordinals.get(text) {
                if next(1).is_some_and(|t| speech.weekdays.contains_key(&t.text)) {
                    parts.nth = Some(*nth);
                    parts.saw(i, i + 2);
                } else if next(1).is_some_and(|t| t.is(&["of"]))
                    && (i + 2..to.min(i + 5)).any(|n| tokens[n].is(&["month"]))
                {
                    parts.month_day = Some(*nth);
                    parts.saw(i, i + 2);
                }
            }
        }
    }
    i + 1
}

fn every(tokens: &[Token], i: usize, to: usize, lexicon: &Lexicon, parts: &mut Parts) -> usize {
    let speech = &lexicon.speech;
    let mut at = i + 1;
    while at < to && tokens[at].is(&["los", "las", "single", "other", "el", "la"]) {
        at += 1;
    }
    let Some(token) = tokens.get(at).filter(|_| at < to) else { return i + 1 };
    let count = token.number.unwrap_or(1.0);
    if token.number.is_some() {
        at += 1;
    }
    let Some(token) = tokens.get(at).filter(|_| at < to) else { return i + 1 };
    if speech.weekdays.contains_key(&token.text) {
        parts.weekly = true;
        parts.saw(i, at);
        return at;
    }
    if speech.ordinals.contains_key(&token.text) {
        parts.monthly = true;
        parts.saw(i, at);
        return at;
    }
    if token.is(&["weekday"]) {
        return at;
    }
    if token.is(&["morning", "night", "evening", "afternoon", "manana", "noche", "tarde"]) {
        parts.daily = true;
        parts.morning = token.is(&["morning", "manana"]);
        parts.evening = !parts.morning;
        parts.saw(i, at + 1);
        return at + 1;
    }
    let Some(unit) = speech.units.get(&token.text).and_then(|u| Unit::named(u)) else { return i + 1 };
    match unit {
        Unit::Day if count <= 1.0 => parts.daily = true,
        Unit::Week if count <= 1.0 => parts.weekly = true,
        Unit::Month if count <= 1.0 => parts.monthly = true,
        Unit::Minute | Unit::Hour | Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
            parts.interval = Some(Length { count, unit });
        }
    }
    parts.saw(i, at + 1);
    at + 1
}
