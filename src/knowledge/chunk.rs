//! Markdown in, chunks out: one a section, long sections split between paragraphs. Pure.

/// Words in a chunk at most; a longer section is split between its paragraphs.
const MAX_WORDS: usize = 220;

/// A piece of a document that is found and cited by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The heading it stands under; empty before the first one.
    pub heading: String,
    /// Its text, without the heading.
    pub text: String,
}

/// Splits Markdown at its second-level headings.
#[must_use]
pub fn split(markdown: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut heading = String::new();
    let mut paragraphs: Vec<&str> = Vec::new();
    for block in markdown.split("\n\n").map(str::trim).filter(|b| !b.is_empty()) {
        let (title, rest) = match block.strip_prefix("## ") {
            Some(section) => section.split_once('\n').map_or((Some(section), ""), |(t, rest)| (Some(t), rest)),
            None => (None, block),
        };
        if let Some(title) = title {
            flush(&heading, &mut paragraphs, &mut chunks);
            title.trim().clone_into(&mut heading);
        }
        if !rest.trim().is_empty() {
            paragraphs.push(rest);
        }
    }
    flush(&heading, &mut paragraphs, &mut chunks);
    chunks
}

fn flush(heading: &str, paragraphs: &mut Vec<&str>, chunks: &mut Vec<Chunk>) {
    let mut text = String::new();
    let mut words = 0;
    for paragraph in paragraphs.drain(..) {
        let count = paragraph.split_whitespace().count();
        if words > 0 && words + count > MAX_WORDS {
            chunks.push(Chunk { heading: heading.to_owned(), text: std::mem::take(&mut text) });
            words = 0;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(paragraph);
        words += count;
    }
    if !text.is_empty() {
        chunks.push(Chunk { heading: heading.to_owned(), text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_chunks_under_their_heading() {
        let chunks = split("Lead.\n\n## One\nFirst.\n\nSecond.\n\n## Two\n\nThird.");
        let found: Vec<_> = chunks.iter().map(|c| (c.heading.as_str(), c.text.as_str())).collect();
        assert_eq!(found, [("", "Lead."), ("One", "First.\n\nSecond."), ("Two", "Third.")]);
    }

    #[test]
    fn long_sections_are_split_and_nothing_is_lost() {
        let paragraph = "word ".repeat(150);
        let text = format!("## Long\n{paragraph}\n\n{paragraph}\n\n{paragraph}");
        let chunks = split(&text);
        assert_eq!(chunks.len(), 3);
        assert!(chunks.iter().all(|c| c.heading == "Long"));
        let words: usize = chunks.iter().map(|c| c.text.split_whitespace().count()).sum();
        assert_eq!(words, 450);
    }
}
