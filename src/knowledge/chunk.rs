//! Markdown in, passages out: one a section, a long one split between its paragraphs, then sentences, then words, so
//! that none has more tokens than a model may read of it. Pure.

use super::tokens;

/// Tokens of a passage at most.
pub const MAX_TOKENS: usize = 400;
/// Characters of a word at most; what is longer is no word, and is cut.
const LONGEST_WORD: usize = 200;
/// Characters of a heading at most.
const LONGEST_HEADING: usize = 200;

/// A piece of a document that is found and cited by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The heading it stands under; empty before the first one.
    pub heading: String,
    /// Its text, without the heading.
    pub text: String,
}

/// A section: its heading and its paragraphs.
struct Section {
    heading: String,
    paragraphs: Vec<String>,
}

/// The sections of a text, each in one piece. For what ships: its sections are short enough, as a test has it.
#[must_use]
pub fn whole_sections(markdown: &str) -> Vec<Chunk> {
    let whole = |section: Section| Chunk { heading: section.heading, text: section.paragraphs.join("\n\n") };
    sections(markdown).into_iter().map(whole).collect()
}

/// The sections of a text, in pieces of [`MAX_TOKENS`] at most.
#[must_use]
pub fn split(markdown: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for Section { heading, paragraphs } in sections(markdown) {
        let pieces = paragraphs.iter().flat_map(|paragraph| pieces(paragraph));
        let texts = packed(pieces, "\n\n");
        chunks.extend(texts.into_iter().map(|text| Chunk { heading: heading.clone(), text }));
    }
    chunks
}

/// The first heading, when the text begins with it: its title.
#[must_use]
pub fn title(markdown: &str) -> Option<String> {
    markdown.lines().map(str::trim).find(|line| !line.is_empty()).and_then(heading)
}

fn sections(markdown: &str) -> Vec<Section> {
    let mut found = Vec::new();
    let mut section = Section { heading: String::new(), paragraphs: Vec::new() };
    let (mut paragraph, mut fence): (Vec<&str>, Option<&str>) = (Vec::new(), None);
    for line in markdown.lines() {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        let next = if fence.is_none() { heading(line) } else { None };
        if next.is_some() || (fence.is_none() && line.trim().is_empty()) {
            close(&mut paragraph, &mut section);
        } else {
            paragraph.push(line.trim_end());
        }
        if let Some(heading) = next {
            let done = std::mem::replace(&mut section, Section { heading, paragraphs: Vec::new() });
            found.push(done);
        }
    }
    close(&mut paragraph, &mut section);
    found.push(section);
    found.retain(|section| !section.paragraphs.is_empty());
    found
}

fn close(paragraph: &mut Vec<&str>, section: &mut Section) {
    let text = std::mem::take(paragraph).join("\n");
    if !text.trim().is_empty() {
        section.paragraphs.push(text.trim().to_owned());
    }
}

/// The text of a heading line: `## Hours`, `## Hours ##`.
fn heading(line: &str) -> Option<String> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let text = text.trim_end().trim_end_matches('#').trim();
    ((1..=6).contains(&level) && line[level..].starts_with(' ') && !text.is_empty())
        .then(|| text.chars().take(LONGEST_HEADING).collect())
}

/// A paragraph in pieces that fit: itself, else its lines or sentences, else its words.
fn pieces(paragraph: &str) -> Vec<String> {
    if tokens::fits(paragraph, MAX_TOKENS) {
        return vec![paragraph.to_owned()];
    }
    if paragraph.contains('\n') {
        return packed(paragraph.lines().flat_map(pieces), "\n");
    }
    let sentences: Vec<&str> = paragraph.split_inclusive(['.', '!', '?', ';', '…']).map(str::trim).collect();
    if sentences.len() > 1 {
        return packed(sentences.into_iter().flat_map(pieces), " ");
    }
    let words = paragraph.split_whitespace().flat_map(|word| {
        let letters: Vec<char> = word.chars().collect();
        letters.chunks(LONGEST_WORD).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>()
    });
    packed(words, " ")
}

/// Puts pieces together again as long as they fit.
fn packed(pieces: impl Iterator<Item = String>, between: &str) -> Vec<String> {
    let mut texts: Vec<(String, usize)> = Vec::new();
    for piece in pieces {
        // the joint may cost a token of its own
        let more = tokens::count(&piece) + 1;
        match texts.last_mut() {
            Some((text, count)) if *count + more <= MAX_TOKENS => {
                text.push_str(between);
                text.push_str(&piece);
                *count += more;
            }
            _ => texts.push((piece, more)),
        }
    }
    texts.into_iter().map(|(text, _)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_chunks_under_their_heading() {
        let chunks = split("Lead.\n\n## One\nFirst.\n\nSecond.\n\n### Two ##\n\nThird.\n\n## Empty\n");
        let found: Vec<_> = chunks.iter().map(|c| (c.heading.as_str(), c.text.as_str())).collect();
        assert_eq!(found, [("", "Lead."), ("One", "First.\n\nSecond."), ("Two", "Third.")]);
        assert_eq!(title("\n\n# Hours \n\ntext"), Some("Hours".into()));
        assert_eq!(title("text\n# Hours"), None);
    }

    #[test]
    fn what_looks_like_a_heading_in_code_is_none() {
        let chunks = split("## Set up\n```sh\n# not a heading\n\nrun\n```\n#hashtag\n####### seven");
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].heading, "Set up");
        assert!(chunks[0].text.contains("# not a heading\n\nrun"), "{chunks:?}");
    }

    #[test]
    fn nothing_is_longer_than_a_passage_may_be_and_nothing_is_lost() {
        let prose = "The customer waits. Nobody calls! ".repeat(300);
        let table = "| a | b |\n".repeat(500);
        let one_word = "abcdefghij".repeat(20_000);
        let no_sentence = "word ".repeat(2000);
        for (name, text) in [("prose", prose), ("table", table), ("word", one_word), ("list", no_sentence)] {
            let chunks = split(&format!("## Long\n{text}"));
            assert!(chunks.len() > 1, "{name}");
            for chunk in &chunks {
                assert_eq!(chunk.heading, "Long");
                assert!(tokens::count(&chunk.text) <= MAX_TOKENS, "{name}: {}", tokens::count(&chunk.text));
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let kept: String = chunks.iter().map(|chunk| letters(&chunk.text)).collect();
            assert_eq!(kept, letters(&text), "{name}");
        }
    }
}
