//! Amounts and bounds: `over 10k`, `under 7`, `4-6 years old`, `3+`, `one star`.

use super::Spanned;
use super::duration::Unit;
use crate::planner::language::{Lexicon, Token};

/// How a field compares with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Greater.
    Over(f64),
    /// Greater or equal.
    AtLeast(f64),
    /// Less.
    Under(f64),
    /// Less or equal.
    AtMost(f64),
    /// From, to.
    Between(f64, f64),
    /// Exactly.
    Equal(f64),
}

/// A bound and what it is counted in.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The bound.
    pub bound: Bound,
    /// Counted in a unit of time.
    pub unit: Option<Unit>,
    /// The word after the number, else before it (`star`, `score`).
    pub noun: Option<String>,
    /// Written with a currency sign, `k` or `dollars`.
    pub money: bool,
    /// The bound was said, not only a number.
    pub stated: bool,
}

impl Bound {
    /// As jq over a path.
    #[must_use]
    pub fn jq(self, path: &str) -> String {
        match self {
            Self::Over(n) => format!("{path} > {n}"),
            Self::AtLeast(n) => format!("{path} >= {n}"),
            Self::Under(n) => format!("{path} < {n}"),
            Self::AtMost(n) => format!("{path} <= {n}"),
            Self::Between(a, b) => format!("{path} >= {a} and {path} <= {b}"),
            Self::Equal(n) => format!("{path} == {n}"),
        }
    }

    /// As a `find_records` condition.
    #[must_use]
    pub fn filter(self) -> serde_json::Value {
        use serde_json::json;
        let number = |n: f64| if n.fract() == 0.0 { json!(n.round() as i64) } else { json!(n) };
        match self {
            Self::Over(n) => json!({ "gt": number(n) }),
            Self::AtLeast(n) => json!({ "gte": number(n) }),
            Self::Under(n) => json!({ "lt": number(n) }),
            Self::AtMost(n) => json!({ "lte": number(n) }),
            Self::Between(a, b) => json!({ "between": [number(a), number(b)] }),
            Self::Equal(n) => number(n),
        }
    }

    /// The largest number of the bound.
    #[must_use]
    pub fn largest(self) -> f64 {
        match self {
            Self::Over(n) | Self::AtLeast(n) | Self::Under(n) | Self::AtMost(n) | Self::Equal(n) => n,
            Self::Between(a, b) => a.max(b),
        }
    }

    /// The same bound on other numbers.
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Over(n) => Self::Over(f(n)),
            Self::AtLeast(n) => Self::AtLeast(f(n)),
            Self::Under(n) => Self::Under(f(n)),
            Self::AtMost(n) => Self::AtMost(f(n)),
            Self::Between(a, b) => Self::Between(f(a), f(b)),
            Self::Equal(n) => Self::Equal(f(n)),
        }
    }
}

/// Comparisons in `from..to`, in order.
#[must_use]
pub fn find(tokens: &[Token], from: usize, to: usize, lexicon: &Lexicon) -> Vec<Spanned<Comparison>> {
    let to = to.min(tokens.len());
    let mut found = Vec::new();
    let mut i = from;
    while i < to {
        if tokens[i].number.is_some() {
            let one = at(tokens, i, from, to, lexicon);
            i = one.to.max(i + 1);
            found.push(one);
        } else {
            i += 1;
        }
    }
    found
}

fn at(tokens: &[Token], i: usize, low: usize, to: usize, lexicon: &Lexicon) -> Spanned<Comparison> {
    let value = tokens[i].number.unwrap_or_default();
    let mut money = tokens[i].money;
    let mut end = i + 1;
    let mut second = None;
    let range = tokens.get(end).is_some_and(|t| t.joined && t.number.is_some());
    let worded = tokens.get(end).is_some_and(|t| t.is(&["to", "and", "y", "a"]))
        && tokens.get(end + 1).is_some_and(|t| t.number.is_some());
    if end < to && (range || worded) {
        let at = end + usize::from(worded);
        second = tokens[at].number;
        end = at + 1;
    }
    let plus = tokens.get(end).is_some_and(|t| t.text == "+");
    if plus {
        end += 1;
    }
    let mut unit = None;
    let mut noun = None;
    let mut back = i;
    let said = |n: usize, words: &[&str]| tokens.get(n).filter(|_| n < to).is_some_and(|t| t.is(words));
    if said(end, &["dollar", "dollars", "bucks", "dolares", "usd", "grand"]) {
        money = true;
        end += 1;
    } else if said(end, &["percent", "%"]) {
        noun = Some("percent".to_owned());
        end += 1;
    } else if let Some(token) = tokens.get(end).filter(|t| end < to && !t.is_mark()) {
        unit = lexicon.speech.units.get(&token.text).and_then(|u| Unit::named(u));
        noun = Some(token.stem.clone());
        end += usize::from(unit.is_some() || token.stem == "star");
    }
    // words before: over, more than, at least …; one filler may stand between
    let mut bound = None;
    for distance in 1..=4 {
        let Some(at) = i.checked_sub(distance).filter(|at| *at >= low) else { break };
        let word = tokens[at].text.as_str();
        bound = match word {
            "over" | "above" | "past" | "exceeds" | "beyond" | "mas" => Some(Bound::Over(value)),
            "than" | "de" | "que" => continue,
            "more" | "greater" | "older" | "longer" | "bigger" | "mayor" => Some(Bound::Over(value)),
            "least" | "minimum" | "from" | "minimo" => Some(Bound::AtLeast(value)),
            "under" | "below" | "less" | "fewer" | "menos" | "menor" | "lower" => Some(Bound::Under(value)),
            "most" | "max" | "maximum" => Some(Bound::AtMost(value)),
            "between" | "entre" => second.map(|b| Bound::Between(value, b)),
            "a" | "an" | "the" | "about" => continue,
            _ => break,
        };
        if bound.is_some() {
            back = at;
            break;
        }
    }
    let stated = bound.is_some() || plus || second.is_some();
    let mut bound = match (bound, second) {
        (_, Some(b)) => Bound::Between(value, b),
        (Some(bound), None) => bound,
        (None, None) if plus => Bound::AtLeast(value),
        (None, None) => Bound::Equal(value),
    };
    let mut stated = stated;
    for skip in 0..=1 {
        let at = end + skip;
        if said(at, &["or", "and", "o", "y"]) {
            if said(at + 1, &["more", "older", "higher", "better", "up", "over", "above", "mas"]) {
                bound = Bound::AtLeast(value);
                end = at + 2;
                stated = true;
            } else if said(at + 1, &["less", "lower", "fewer", "under", "below", "worse", "menos"]) {
                bound = Bound::AtMost(value);
                end = at + 2;
                stated = true;
            }
        } else if said(at, &["plus"]) {
            bound = Bound::AtLeast(value);
            end = at + 1;
            stated = true;
        }
    }
    Spanned { value: Comparison { bound, unit, noun, money, stated }, from: back, to: end }
}
