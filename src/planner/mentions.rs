//! What a text names, in the catalog's terms: events, actions, people, records, times. Nothing is planned here; it is
//! the answer to "do these words speak of it?", and a word that is denied ("don't tell the GM") is not counted.

use std::collections::BTreeSet;

use super::language::{Found, Lexicon, Text, Token};
use super::parse::{Parser, Trigger};
use super::slots::{cadence, duration, people};
use crate::workflow::Catalog;

/// Words between "every" and what it speaks of, at most.
const UNIVERSAL_WITHIN: usize = 3;

/// What a text names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mentions {
    /// Events of the catalog whose words occur.
    pub events: BTreeSet<String>,
    /// Action frames of the lexicon whose words occur and are not denied: `tell`, `task` …
    pub frames: BTreeSet<String>,
    /// Actions of the catalog that these frames stand for.
    pub actions: BTreeSet<String>,
    /// Recipients, as a definition writes them; `customer` for customers.
    pub people: BTreeSet<String>,
    /// Kinds of record that are spoken of as many: "all customers", "open repair orders", and not "text the customer".
    pub entities: BTreeSet<String>,
    /// Fields of the catalog of which a value is named: `lead_type`, `channel` …
    pub values: BTreeSet<String>,
    /// A time of the calendar is named: a day, a clock time, "every".
    pub calendar: bool,
    /// Lengths of time, in minutes.
    pub lengths: Vec<f64>,
    /// Every number.
    pub numbers: Vec<f64>,
    /// Stems of all words.
    pub stems: BTreeSet<String>,
    /// Groups of `intents.yaml` whose patterns occur: `remove`, `undo`, `urgent` …
    pub intents: BTreeSet<String>,
}

impl Mentions {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let lexicon = Lexicon::embedded();
        let text = Text::read(text, lexicon);
        let parser = Parser { text: &text, lexicon, catalog: Catalog::embedded() };
        let tokens = parser.tokens();
        let mut found = Self { stems: tokens.iter().map(|token| token.stem.clone()).collect(), ..Self::default() };
        found.acts(&parser);
        found.happenings(&parser);
        found.records(&parser);
        for (name, patterns) in &lexicon.intents {
            if lexicon.best(patterns, tokens, 0, tokens.len()).is_some() {
                found.intents.insert(name.clone());
            }
        }
        found.calendar = parser.names_times(0) || cadence::find(tokens, 0, tokens.len(), lexicon, true).is_some();
        found.lengths =
            duration::find(tokens, 0, tokens.len(), lexicon).iter().map(|length| length.value.minutes()).collect();
        found.numbers = tokens.iter().filter_map(|token| token.number).collect();
        found
    }

    /// Both.
    pub fn extend(&mut self, other: Self) {
        self.events.extend(other.events);
        self.frames.extend(other.frames);
        self.actions.extend(other.actions);
        self.people.extend(other.people);
        self.entities.extend(other.entities);
        self.values.extend(other.values);
        self.calendar |= other.calendar;
        self.lengths.extend(other.lengths);
        self.numbers.extend(other.numbers);
        self.stems.extend(other.stems);
        self.intents.extend(other.intents);
    }

    /// Whether every word of a name like `team:internet_sales` or `repair_order` occurs.
    #[must_use]
    pub fn spells(&self, name: &str) -> bool {
        let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
        words.peek().is_some() && words.all(|word| self.stems.contains(&super::language::stem_of(&word.to_lowercase())))
    }

    fn acts(&mut self, parser: &Parser<'_>) {
        let tokens = parser.tokens();
        let mut spans: Vec<Found> = Vec::new();
        for frame in &parser.lexicon.actions {
            for hit in parser.lexicon.all(&frame.compiled, tokens, 0, tokens.len()) {
                spans.push(hit);
                if !denied(tokens, hit.from, parser.lexicon) {
                    self.frames.insert(frame.frame.clone());
                    self.actions.extend(frame.customer.iter().chain(&frame.staff).cloned());
                }
            }
        }
        for person in people::find(parser.text, 0, tokens.len(), parser.lexicon) {
            let spoken_to = before(tokens, person.from, parser.lexicon);
            let verb = spans.iter().filter(|hit| Some(hit.to) == spoken_to.map(|at| at + 1));
            let verb_denied =
                verb.clone().count() > 0 && verb.clone().all(|hit| denied(tokens, hit.from, parser.lexicon));
            if !verb_denied && !spoken_to.is_some_and(|at| denies(&tokens[at], parser.lexicon)) {
                self.people.insert(person.value);
            }
        }
    }

    fn happenings(&mut self, parser: &Parser<'_>) {
        let tokens = parser.tokens();
        for (name, words) in &parser.lexicon.events {
            if parser.lexicon.best(&words.compiled, tokens, 0, tokens.len()).is_some() {
                self.events.insert(name.clone());
            }
        }
        // STOP in capitals is the word by which people opt out
        let capitals = |word: &&str| word.len() > 2 && word.chars().all(char::is_uppercase);
        let words = parser.text.raw.split(|c: char| !c.is_alphanumeric()).filter(capitals);
        if let Ok(rules) = crate::contact::Rules::embedded()
            && words.into_iter().any(|word| matches!(rules.opt_out.hear(word), Some(crate::contact::Heard::OptOut(_))))
        {
            self.events.insert("customer.opted_out".to_owned());
        }
        match parser.plan().trigger {
            Trigger::Event { name, also, .. } => {
                self.events.insert(name);
                self.events.extend(also);
            }
            Trigger::Time { .. } => self.calendar = true,
            Trigger::Unknown => {}
        }
    }

    fn records(&mut self, parser: &Parser<'_>) {
        let tokens = parser.tokens();
        for words in &parser.lexicon.audiences {
            if parser.lexicon.best(&words.compiled, tokens, 0, tokens.len()).is_some() {
                self.entities.insert(words.entity.clone());
            }
        }
        for words in &parser.lexicon.checks {
            if parser.lexicon.best(&words.compiled, tokens, 0, tokens.len()).is_some() {
                self.entities.insert(words.entity.clone());
            }
        }
        for words in &parser.lexicon.values {
            if parser.lexicon.best(&words.compiled, tokens, 0, tokens.len()).is_some() {
                self.values.insert(words.field.clone());
            }
        }
        for entity in parser.catalog.entities() {
            if self.spells(&entity.name) && as_many(tokens, &entity.name, parser.lexicon) {
                self.entities.insert(entity.name.clone());
            }
        }
    }
}

/// Lengths of time that a text names, in minutes.
#[must_use]
pub fn lengths(text: &str) -> Vec<f64> {
    let lexicon = Lexicon::embedded();
    let text = Text::read(text, lexicon);
    duration::find(&text.tokens, 0, text.tokens.len(), lexicon).iter().map(|length| length.value.minutes()).collect()
}

/// Whether the last word of a name occurs in the plural, or after a word such as "every".
fn as_many(tokens: &[Token], name: &str, lexicon: &Lexicon) -> bool {
    let word = name.rsplit('_').next().unwrap_or(name);
    let stem = super::language::stem_of(word);
    tokens.iter().enumerate().filter(|(_, token)| token.stem == stem).any(|(at, token)| {
        let plural = token.text != word && token.text.ends_with('s');
        let nearby = tokens.get(at.saturating_sub(UNIVERSAL_WITHIN)..at).unwrap_or_default();
        plural || nearby.iter().any(|before| lexicon.powers.universal.contains(&before.text))
    })
}

/// The word before `at` that is no filler.
fn before(tokens: &[Token], at: usize, lexicon: &Lexicon) -> Option<usize> {
    (0..at).rev().find(|index| !lexicon.is_filler(&tokens[*index].text)).filter(|index| !tokens[*index].is_stop())
}

fn denied(tokens: &[Token], at: usize, lexicon: &Lexicon) -> bool {
    at.checked_sub(1).and_then(|index| tokens.get(index)).is_some_and(|token| denies(token, lexicon))
}

fn denies(token: &Token, lexicon: &Lexicon) -> bool {
    lexicon.powers.denying.contains(&token.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_not_named() {
        let found = Mentions::of("when a lead comes in text them, don't tell the sales manager");
        assert!(found.events.contains("lead.created") && found.actions.contains("send_sms"), "{found:?}");
        assert!(!found.people.contains("role:sales_manager"), "{:?}", found.people);
        assert!(Mentions::of("tell the sales manager").people.contains("role:sales_manager"));
    }

    #[test]
    fn times_and_records_are_named() {
        let found = Mentions::of("every monday at 8 send me used cars over sixty days");
        assert!(found.calendar && found.entities.contains("vehicle"), "{found:?}");
        assert!(found.numbers.contains(&60.0) && found.lengths.contains(&86_400.0), "{found:?}");
        assert!(Mentions::of("check the repair orders").entities.contains("repair_order"));
        assert!(Mentions::of("text every good customer").entities.contains("customer"));
        assert!(!Mentions::of("text the customer about the repair order").entities.contains("customer"));
    }
}
