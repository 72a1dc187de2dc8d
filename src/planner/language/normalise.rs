//! Text → tokens: lower case, accents off, contractions and slang written out, numbers read, typos mended.

use unicode_normalization::UnicodeNormalization;

use super::lexicon::Lexicon;
use super::spelling;
use super::stem::stem;

/// A word, number or mark of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Lower case, no accents, slang written out.
    pub text: String,
    /// See [`stem`].
    pub stem: String,
    /// Where it stands in the message (bytes).
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its value, when it is a number.
    pub number: Option<f64>,
    /// Written with a currency sign.
    pub money: bool,
    /// Joined to the token before by a hyphen (`mon-sat`, `4-6`).
    pub joined: bool,
    /// Begins with a capital letter.
    pub capital: bool,
}

impl Token {
    /// A mark that ends a sentence.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(self.text.as_str(), "." | "?" | "!" | ";" | "\n")
    }

    /// A mark of any kind.
    #[must_use]
    pub fn is_mark(&self) -> bool {
        self.number.is_none() && !self.text.starts_with(|c: char| c.is_alphanumeric())
    }

    /// Whether it is one of these words.
    #[must_use]
    pub fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.text.as_str())
    }
}

/// A message and its tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// As written.
    pub raw: String,
    /// In order.
    pub tokens: Vec<Token>,
}

struct Raw {
    text: String,
    start: usize,
    end: usize,
    joined: bool,
}

impl Text {
    /// Reads a message.
    #[must_use]
    pub fn read(raw: &str, lexicon: &Lexicon) -> Self {
        let mut tokens = Vec::new();
        let pieces = split(raw);
        for (i, piece) in pieces.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|b| pieces.get(b));
            if piece.text == "." && before.is_some_and(|b| abbreviated(b, pieces.get(i + 1), raw, lexicon)) {
                continue;
            }
            expand(piece, raw, lexicon, &mut tokens);
        }
        merge_numbers(&mut tokens, lexicon);
        Self { raw: raw.to_owned(), tokens }
    }

    /// The words of the message behind tokens `from..to`, as written.
    #[must_use]
    pub fn quote(&self, from: usize, to: usize) -> &str {
        let Some(tokens) = self.tokens.get(from..to.min(self.tokens.len())) else { return "" };
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return "" };
        self.raw.get(first.start..last.end).unwrap_or_default()
    }
}

/// `cond. approvals`, `appt. at 5`: the dot belongs to the abbreviation.
fn abbreviated(word: &Raw, next: Option<&Raw>, raw: &str, lexicon: &Lexicon) -> bool {
    let continues = next.is_some_and(|n| raw.get(n.start..n.end).is_some_and(|t| t.starts_with(char::is_lowercase)));
    let short = word.text.len() <= 5 && lexicon.speech.expand.get(&word.text).is_some_and(|full| !full.contains(' '));
    continues && short && !matches!(word.text.as_str(), "em" | "rn" | "u" | "thx" | "asap")
}

fn fold(text: &str) -> String {
    text.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect::<String>().to_lowercase()
}

fn split(raw: &str) -> Vec<Raw> {
    let chars: Vec<(usize, char)> = raw.char_indices().collect();
    let end_of = |i: usize| chars.get(i).map_or(raw.len(), |(at, _)| *at);
    let mut out = Vec::new();
    let mut i = 0;
    let mut joined = false;
    while let Some(&(start, c)) = chars.get(i) {
        let next = chars.get(i + 1).map(|(_, c)| *c);
        if c.is_alphanumeric() || (c == '$' && next.is_some_and(|n| n.is_ascii_digit())) {
            let numeric = c.is_ascii_digit() || c == '$';
            let mut to = i + 1;
            while let Some(&(_, c)) = chars.get(to) {
                let after = chars.get(to + 1).map(|(_, c)| *c);
                let digit = after.is_some_and(|a| a.is_ascii_digit());
                let letter = after.is_some_and(char::is_alphabetic);
                let inside = c.is_alphanumeric()
                    || (matches!(c, '\'' | '’') && letter)
                    || (matches!(c, '&' | '/') && letter && !numeric)
                    || (matches!(c, '.' | ',' | ':') && numeric && digit)
                    || (c == '_' && letter);
                if !inside {
                    break;
                }
                to += 1;
            }
            out.push(Raw { text: fold(&raw[start..end_of(to)]).replace('’', "'"), start, end: end_of(to), joined });
            joined = false;
            i = to;
            continue;
        }
        if c == '-' && next == Some('>') || c == '→' || c == '=' && next == Some('>') {
            let width = if c == '→' { 1 } else { 2 };
            out.push(Raw { text: "->".to_owned(), start, end: end_of(i + width), joined: false });
            i += width;
            continue;
        }
        let glued = i > 0 && chars[i - 1].1.is_alphanumeric() && next.is_some_and(char::is_alphanumeric);
        match c {
            '-' | '–' | '—' if glued => joined = true,
            '-' | '–' | '—' => out.push(Raw { text: "-".to_owned(), start, end: end_of(i + 1), joined: false }),
            '.' | ',' | '?' | '!' | ';' | ':' | '\n' | '%' | '+' | '"' | '“' | '”' | '(' | ')' | '@' => {
                out.push(Raw { text: c.to_string(), start, end: end_of(i + 1), joined: false });
            }
            _ => {}
        }
        i += 1;
    }
    out
}

fn push(text: &str, piece: &Raw, raw: &str, out: &mut Vec<Token>) {
    let capital = raw.get(piece.start..piece.end).is_some_and(|t| t.starts_with(char::is_uppercase));
    out.push(Token {
        stem: stem(text),
        text: text.to_owned(),
        start: piece.start,
        end: piece.end,
        number: None,
        money: false,
        joined: piece.joined,
        capital,
    });
}

fn expand(piece: &Raw, raw: &str, lexicon: &Lexicon, out: &mut Vec<Token>) {
    let text = piece.text.as_str();
    if let Some(words) = lexicon.speech.expand.get(text) {
        for word in words.split(' ') {
            push(word, piece, raw, out);
        }
        return;
    }
    let money = text.starts_with('$');
    let bare = text.trim_start_matches('$');
    if bare.starts_with(|c: char| c.is_ascii_digit()) {
        return number(bare, money, piece, raw, lexicon, out);
    }
    let apostrophe = text.strip_suffix("'s").unwrap_or(text);
    let mended = if piece.text.chars().all(char::is_alphabetic) && !lexicon.knows(apostrophe) {
        spelling::mend(apostrophe, lexicon).or_else(|| spelling::mend(apostrophe.strip_suffix('s')?, lexicon))
    } else {
        None
    };
    push(mended.as_deref().unwrap_or(apostrophe), piece, raw, out);
}

fn number(bare: &str, money: bool, piece: &Raw, raw: &str, lexicon: &Lexicon, out: &mut Vec<Token>) {
    let cut = bare.find(|c: char| c.is_alphabetic()).unwrap_or(bare.len());
    let (digits, letters) = bare.split_at(cut);
    if let Some(ordinal) = lexicon.speech.ordinals.iter().find(|(word, _)| word.as_str() == bare).map(|(w, _)| w) {
        return push(ordinal, piece, raw, out);
    }
    if digits.contains(':') {
        push(digits, piece, raw, out);
    } else {
        let plain = if digits.contains(',') { digits.replace(',', "") } else { digits.to_owned() };
        let Ok(mut value) = plain.parse::<f64>() else { return push(bare, piece, raw, out) };
        let thousand = letters == "k";
        if thousand {
            value *= 1000.0;
        }
        push(&plain, piece, raw, out);
        if let Some(token) = out.last_mut() {
            token.number = Some(value);
            token.money = money;
        }
        if thousand {
            return;
        }
    }
    if !letters.is_empty() {
        let word = lexicon.speech.expand.get(letters).map_or(letters, String::as_str);
        push(word, piece, raw, out);
    }
}

/// Number words become numbers: `twenty five`, `treinta y dos`, `half an hour`.
fn merge_numbers(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let mut i = 0;
    while i < tokens.len() {
        let Some(mut value) = word_value(&tokens[i], lexicon) else {
            i += 1;
            continue;
        };
        let mut last = i;
        loop {
            let skip = usize::from(tokens.get(last + 1).is_some_and(|t| t.text == "y") && value >= 20.0);
            let Some(next) = tokens.get(last + 1 + skip) else { break };
            let Some(more) = word_value(next, lexicon) else { break };
            if more == 100.0 || more == 1000.0 {
                value *= more;
            } else if more < 10.0 && value >= 20.0 && value % 10.0 == 0.0 && value < 100.0
                || value >= 100.0 && more < 100.0
            {
                value += more;
            } else {
                break;
            }
            last += 1 + skip;
        }
        let end = tokens[last].end;
        tokens.drain(i + 1..=last);
        let token = &mut tokens[i];
        token.end = end;
        token.number = Some(value);
        token.text = if value.fract() == 0.0 { format!("{value:.0}") } else { value.to_string() };
        token.stem.clone_from(&token.text);
        i += 1;
    }
}

fn word_value(token: &Token, lexicon: &Lexicon) -> Option<f64> {
    if token.number.is_some() { None } else { lexicon.speech.numbers.get(&token.text).copied() }
}
