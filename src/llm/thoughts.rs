//! Keeps what a model thinks to itself out of what it says, where a server passes thoughts as text between tags at the
//! beginning of an answer (open-weight models without a reasoning parser).

/// Opening tag and its closing one.
const TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// Which part of the answer we are in.
#[derive(Debug)]
pub enum Thoughts {
    /// Nothing but white space, or what may become a tag. White space after thoughts belongs to them.
    Beginning { held: String, after_thoughts: bool },
    /// Between the tags; what is kept may be the beginning of the closing one.
    Thinking { closing: &'static str, kept: String },
    /// What people read.
    Speaking,
}

impl Default for Thoughts {
    fn default() -> Self {
        Self::Beginning { held: String::new(), after_thoughts: false }
    }
}

impl Thoughts {
    /// What of the next piece of text is for people; empty for none of it.
    pub fn spoken(&mut self, text: String) -> String {
        match std::mem::replace(self, Self::Speaking) {
            Self::Speaking => text,
            Self::Beginning { held, after_thoughts } => self.begin(held + &text, after_thoughts),
            Self::Thinking { closing, kept } => self.think(closing, &(kept + &text)),
        }
    }

    /// What was held back and turns out to be text, at the end of the answer.
    pub fn rest(&mut self) -> String {
        match std::mem::replace(self, Self::Speaking) {
            Self::Beginning { held, after_thoughts: false } => held,
            Self::Beginning { held, after_thoughts: true } => held.trim_start().to_owned(),
            Self::Thinking { .. } | Self::Speaking => String::new(),
        }
    }

    fn begin(&mut self, text: String, after_thoughts: bool) -> String {
        let start = text.trim_start();
        if let Some((open, closing)) = TAGS.iter().find(|(open, _)| start.starts_with(open)) {
            let thought = start.get(open.len()..).unwrap_or_default().to_owned();
            return self.think(closing, &thought);
        }
        if TAGS.iter().any(|(open, _)| open.starts_with(start)) {
            *self = Self::Beginning { held: text, after_thoughts };
            return String::new();
        }
        if after_thoughts { start.to_owned() } else { text }
    }

    fn think(&mut self, closing: &'static str, thought: &str) -> String {
        if let Some((_, spoken)) = thought.split_once(closing) {
            return self.begin(spoken.to_owned(), true);
        }
        let mut from = thought.len().saturating_sub(closing.len());
        while !thought.is_char_boundary(from) {
            from += 1;
        }
        *self = Self::Thinking { closing, kept: thought.get(from..).unwrap_or_default().to_owned() };
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pieces: &[&str]) -> String {
        let mut thoughts = Thoughts::default();
        let mut said: String = pieces.iter().map(|piece| thoughts.spoken((*piece).to_owned())).collect();
        said.push_str(&thoughts.rest());
        said
    }

    #[test]
    fn thoughts_cut_anywhere_are_never_said() {
        let whole = "\n<think>What does Zoë want? </thin king>\n</think>\n\nA text at nine.";
        for size in 1..whole.len() {
            let chars: Vec<char> = whole.chars().collect();
            let pieces: Vec<String> = chars.chunks(size).map(|piece| piece.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(said(&pieces), "A text at nine.", "pieces of {size}");
        }
    }

    #[test]
    fn text_that_only_looks_like_it_is_said() {
        for text in ["<b>bold</b>", "<th", "a <think> in the middle</think>", "", "<", "  <thin air"] {
            assert_eq!(said(&[text]), text);
            let pieces: Vec<String> = text.chars().map(String::from).collect();
            assert_eq!(said(&pieces.iter().map(String::as_str).collect::<Vec<_>>()), text);
        }
    }

    #[test]
    fn thoughts_without_an_end_are_not_said_and_two_in_a_row_neither() {
        assert_eq!(said(&["<think>hm", " and so on"]), "");
        assert_eq!(said(&["<think>a</think><thinking>b</thinking> c"]), "c");
    }
}
