//! Clock times: `at 8`, `7:45`, `5pm`, `noon`, `a las 7 y media`.

use super::Spanned;
use crate::planner::language::{Lexicon, Token};

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// 0–23.
    pub hour: u32,
    /// 0–59.
    pub minute: u32,
}

impl Clock {
    /// `09:00`.
    #[must_use]
    pub fn text(self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }
}

/// Clock times in `from..to`, in order.
#[must_use]
pub fn find(tokens: &[Token], from: usize, to: usize, lexicon: &Lexicon) -> Vec<Spanned<Clock>> {
    let to = to.min(tokens.len());
    let mut found = Vec::new();
    let mut i = from;
    while i < to {
        if let Some((value, end)) = at(tokens, i, to, lexicon) {
            found.push(Spanned { value, from: i, to: end });
            i = end;
        } else {
            i += 1;
        }
    }
    found
}

fn at(tokens: &[Token], i: usize, to: usize, lexicon: &Lexicon) -> Option<(Clock, usize)> {
    let token = &tokens[i];
    if token.is(&["noon", "mediodia"]) {
        return Some((Clock { hour: 12, minute: 0 }, i + 1));
    }
    if token.is(&["midnight", "medianoche"]) {
        return Some((Clock { hour: 0, minute: 0 }, i + 1));
    }
    if token.is(&["eod"]) {
        return Some((Clock { hour: 17, minute: 0 }, i + 1));
    }
    let before = |back: usize| i.checked_sub(back).map_or("", |b| tokens[b].text.as_str());
    let named = matches!(before(1), "at" | "@" | "by" | "around" | "until" | "til" | "till" | "las")
        || (matches!(before(1), "to" | "it") && before(2) != "make");
    let (hour, minute, mut end) = if let Some((hour, minute)) = token.text.split_once(':') {
        (hour.parse().ok()?, minute.parse().ok()?, i + 1)
    } else {
        let value = token.number.filter(|v| v.fract() == 0.0 && (0.0..=24.0).contains(v) && !token.money)?;
        (format!("{value:.0}").parse().ok()?, 0, i + 1)
    };
    let mut minute: u32 = minute;
    let mut hour: u32 = hour;
    if tokens.get(end).is_some_and(|t| t.text == "y") && tokens.get(end + 1).is_some_and(|t| t.number == Some(0.5)) {
        minute = 30;
        end += 2;
    }
    let mut half = None;
    if end < to {
        match tokens[end].text.as_str() {
            "am" | "pm" => {
                half = Some(tokens[end].text == "pm");
                end += 1;
            }
            "de" | "in" | "por" if end + 2 < tokens.len() => {
                let word = tokens[end + 2].text.as_str();
                if matches!(word, "manana" | "morning") {
                    half = Some(false);
                    end += 3;
                } else if matches!(word, "tarde" | "noche" | "afternoon" | "evening") {
                    half = Some(true);
                    end += 3;
                }
            }
            _ => {}
        }
    }
    let written = token.text.contains(':');
    let unit_follows = tokens.get(end).is_some_and(|t| lexicon.speech.units.contains_key(&t.text));
    if half.is_none() && !written && (unit_follows || !named) || hour > 24 || minute > 59 {
        return None;
    }
    match half {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        None if (1..=6).contains(&hour) => hour += 12,
        _ => {}
    }
    Some((Clock { hour: hour % 24, minute }, end))
}
