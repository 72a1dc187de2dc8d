//! What a claim about a value is checked against: the author's words, the passages that were read, the rules there are.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rules::rules;
use super::{Slot, Source};
use crate::model::MessageId;
use crate::workflow::losses::length;

/// Words of the author.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The message that holds them, when it is kept.
    pub message: Option<MessageId>,
    /// The words.
    pub text: String,
}

/// What a conversation holds to check sources against. The shipped rules (`rule:quiet_hours`) need not have been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The author's own words, oldest first.
    pub said: Vec<Words>,
    /// Documents that were really read in this conversation: id and text of each passage.
    pub passages: Vec<(String, String)>,
}

impl Evidence {
    /// Of the author's words alone.
    #[must_use]
    pub fn words(said: &[&str]) -> Self {
        let words = |text: &&str| Words { message: None, text: (*text).to_owned() };
        Self { said: said.iter().map(words).collect(), ..Self::default() }
    }

    /// The claim as far as it holds, with the message that bears it out.
    ///
    /// `stated` needs a quote of the author that does not speak of another number than the value; `default` with a
    /// reference needs that document or rule, and a quote of it must occur there. What does not hold is `inferred`; a
    /// quote that does occur stays beside it, as what it was inferred from.
    #[must_use]
    pub fn check(&self, claim: Slot, value: &Value) -> Slot {
        // what only the server finds, nobody claims
        let claim = Slot { message: None, since: None, ..claim };
        match claim.source {
            Source::Stated => {
                let fits = claim.quote.as_deref().is_some_and(|quote| speaks_of(quote, value));
                let found = self.quoted(Slot { reference: None, ..claim });
                let source = if fits && found.quote.is_some() { Source::Stated } else { Source::Inferred };
                Slot { source, ..found }
            }
            Source::Inferred => self.quoted(Slot { reference: None, ..claim }),
            Source::Default => match &claim.reference {
                Some(document) if !self.refers(document, claim.quote.as_deref()) => {
                    Slot { source: Source::Inferred, quote: None, reference: None, ..claim }
                }
                Some(_) => claim,
                None => self.quoted(claim),
            },
            Source::Missing => Slot { quote: None, reference: None, ..claim },
        }
    }

    /// The slot with its quote only if the author wrote it, and the newest message where.
    fn quoted(&self, slot: Slot) -> Slot {
        let quote = slot.quote.as_deref().unwrap_or_default();
        match self.said.iter().rev().find(|words| occurs(quote, &[&words.text])) {
            Some(words) => Slot { message: words.message.clone(), ..slot },
            None => Slot { quote: None, ..slot },
        }
    }

    fn refers(&self, document: &str, quote: Option<&str>) -> bool {
        let read = self.passages.iter().filter(|(id, _)| id == document).map(|(_, text)| text.as_str());
        let shipped = rules().iter().filter(|rule| rule.id == document).map(|rule| rule.text.as_str());
        let texts: Vec<&str> = read.chain(shipped).collect();
        quote.map_or(!texts.is_empty(), |quote| occurs(quote, &texts))
    }
}

/// Whether quoted words really occur in one of the texts, as whole words.
#[must_use]
pub fn occurs(quote: &str, texts: &[&str]) -> bool {
    let quote = normalised(quote);
    !quote.is_empty() && texts.iter().any(|text| format!(" {} ", normalised(text)).contains(&format!(" {quote} ")))
}

/// The words of a text as they are compared: lower case, numbers in digits.
#[must_use]
pub fn words_of(text: &str) -> BTreeSet<String> {
    normalised(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether the quote may be about this value: words about another number or length of time are not.
fn speaks_of(quote: &str, value: &Value) -> bool {
    let numbers: Vec<f64> = normalised(quote).split(' ').filter_map(|word| word.parse().ok()).collect();
    let wanted = match (value.as_f64(), length(value)) {
        (Some(number), _) => BTreeSet::from([number.to_bits()]),
        // minutes, as so many minutes, hours, days, weeks, months or years
        (None, Some(minutes)) => {
            let units = [1.0 / 60.0, 1.0, 60.0, 1440.0, 10_080.0, 43_200.0, 525_600.0];
            units.iter().map(|unit| minutes / unit).filter(|count| count.fract() == 0.0).map(f64::to_bits).collect()
        }
        (None, None) => return true,
    };
    numbers.is_empty() || numbers.iter().any(|number| wanted.contains(&number.to_bits()))
}

/// Lower case words with single spaces: case, white space, punctuation and the shape of quotes do not count, and a number
/// is the same in words and in digits (`twenty five`, `veinticinco`, `25`).
fn normalised(text: &str) -> String {
    let lower = text.to_lowercase().replace(['\'', '’', '‘', 'ʼ'], "");
    let mut words: Vec<String> = Vec::new();
    let mut tens: Option<u32> = None;
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let number = spelled(word);
        match (tens.take(), number) {
            (Some(before), Some(unit)) if unit < 10 && unit > 0 => {
                words.pop();
                words.push((before + unit).to_string());
            }
            (_, Some(number)) => {
                tens = (number >= 20 && number % 10 == 0 && number < 100).then_some(number);
                words.push(number.to_string());
            }
            // "treinta y cinco"
            (Some(before), None) if word == "y" => tens = Some(before),
            (_, None) => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// The number a word spells; not `one` and `uno`, which mostly count nothing.
fn spelled(word: &str) -> Option<u32> {
    const NAMES: [(u32, &str, &str); 32] = [
        (0, "zero", "cero"),
        (2, "two", "dos"),
        (3, "three", "tres"),
        (4, "four", "cuatro"),
        (5, "five", "cinco"),
        (6, "six", "seis"),
        (7, "seven", "siete"),
        (8, "eight", "ocho"),
        (9, "nine", "nueve"),
        (10, "ten", "diez"),
        (11, "eleven", "once"),
        (12, "twelve", "doce"),
        (13, "thirteen", "trece"),
        (14, "fourteen", "catorce"),
        (15, "fifteen", "quince"),
        (16, "sixteen", "dieciséis"),
        (17, "seventeen", "diecisiete"),
        (18, "eighteen", "dieciocho"),
        (19, "nineteen", "diecinueve"),
        (20, "twenty", "veinte"),
        (30, "thirty", "treinta"),
        (40, "forty", "cuarenta"),
        (50, "fifty", "cincuenta"),
        (60, "sixty", "sesenta"),
        (70, "seventy", "setenta"),
        (80, "eighty", "ochenta"),
        (90, "ninety", "noventa"),
        (21, "", "veintiuno"),
        (22, "", "veintidós"),
        (24, "", "veinticuatro"),
        (25, "", "veinticinco"),
        (28, "", "veintiocho"),
    ];
    // "once" is also an English word; Spanish "once" stays a word, in quote and text alike
    if word == "once" {
        return None;
    }
    NAMES.iter().find(|(_, english, spanish)| *english == word || *spanish == word).map(|(number, _, _)| *number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slot(source: Source, quote: Option<&str>, reference: Option<&str>) -> Slot {
        Slot { quote: quote.map(Into::into), reference: reference.map(Into::into), ..Slot::plain(source) }
    }

    #[test]
    fn numbers_are_the_same_in_words_and_digits() {
        for (quote, text) in [
            ("10 minutes", "wait ten minutes"),
            ("twenty-five days", "at 25 days"),
            ("45 minutos", "espera cuarenta y cinco minutos"),
            ("dont answer", "if they don’t answer"),
        ] {
            assert!(occurs(quote, &[text]), "{quote} in {text}");
        }
        assert!(!occurs("ten", &["often"]) && !occurs("5 minutes", &["25 minutes"]) && !occurs("…", &["…"]));
    }

    #[test]
    fn words_about_another_number_do_not_state_it() {
        let said = Evidence::words(&["wait ten minutes, two weeks at most, right away"]);
        let check = |quote: &str, value: Value| said.check(slot(Source::Stated, Some(quote), None), &value).source;
        assert_eq!(check("ten minutes", json!("PT10M")), Source::Stated);
        assert_eq!(check("ten minutes", json!("PT0S")), Source::Inferred);
        assert_eq!(check("two weeks", json!("P14D")), Source::Stated);
        assert_eq!(check("right away", json!("PT1M")), Source::Stated, "no number, no contradiction");
        assert_eq!(check("ten minutes", json!(7)), Source::Inferred);
        assert_eq!(check("eleven minutes", json!("PT11M")), Source::Inferred, "nobody said so");
        let kept = said.check(slot(Source::Stated, Some("ten minutes"), None), &json!("PT5M"));
        assert_eq!(kept.quote.as_deref(), Some("ten minutes"), "what it was inferred from");
    }

    #[test]
    fn a_reference_must_have_been_read_and_say_what_is_quoted() {
        let evidence = Evidence {
            passages: vec![("quiet-hours".into(), "No texts before eight in the morning.".into())],
            ..Evidence::default()
        };
        let check = |quote: Option<&str>, reference: &str| {
            evidence.check(slot(Source::Default, quote, Some(reference)), &json!("x")).source
        };
        assert_eq!(check(None, "quiet-hours"), Source::Default);
        assert_eq!(check(Some("before 8 in the morning"), "quiet-hours"), Source::Default);
        assert_eq!(check(Some("before nine"), "quiet-hours"), Source::Inferred);
        assert_eq!(check(None, "speed-to-lead"), Source::Inferred, "it was never read");
        assert_eq!(check(None, "rule:quiet_hours"), Source::Default);
        assert_eq!(check(Some("Narrower by state"), "rule:quiet_hours"), Source::Default, "a rule is quoted as well");
        assert_eq!(check(Some("whenever you like"), "rule:quiet_hours"), Source::Inferred);
        assert_eq!(check(None, "rule:whatever"), Source::Inferred);
    }

    #[test]
    fn the_newest_message_with_the_words_is_named_and_nobody_claims_one() {
        let words = |name: &str, text: &str| Words { message: Some(MessageId::derive(name)), text: text.into() };
        let evidence = Evidence {
            said: vec![words("a", "wait 5 minutes"), words("b", "no: 5 minutes"), words("c", "thanks")],
            ..Evidence::default()
        };
        let found = evidence.check(slot(Source::Stated, Some("5 minutes"), None), &json!("PT5M"));
        assert_eq!(found.message, Some(MessageId::derive("b")));
        let claimed = Slot { message: Some(MessageId::derive("x")), since: Some(7), ..Slot::plain(Source::Inferred) };
        let found = evidence.check(claimed, &json!(1));
        assert_eq!((found.message, found.since), (None, None));
    }
}
