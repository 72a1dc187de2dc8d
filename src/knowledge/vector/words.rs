//! Text → the sparse vector of its words. One analyser for both engines, on our side, so that both hold the same.

use qdrant_edge::bm25_embed::{EdgeBm25, EdgeBm25Config};

use super::VectorError;

/// How text becomes words. Part of what a document's hash covers, so that a change indexes everything again.
pub const ANALYSIS: &str = "english, folded";

/// Words by their hashes, each once, with its weight.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sparse {
    /// Hashes of the words, ascending.
    pub indices: Vec<u32>,
    /// The weight of each.
    pub values: Vec<f32>,
}

/// The analyser: splits, folds, drops stop words, stems. BM25 with `k1` 1.2, `b` 0.75 and an average of 256 words; the
/// engine adds how rare each word is.
#[derive(Debug)]
pub struct Words(EdgeBm25);

impl Words {
    /// The analyser of [`ANALYSIS`].
    ///
    /// # Errors
    /// [`VectorError::Engine`], never with what is set here.
    pub fn new() -> Result<Self, VectorError> {
        // Folded, because people type Spanish without its accents. A change here is a change of `ANALYSIS`.
        let words =
            EdgeBm25Config { language: Some("english".into()), ascii_folding: Some(true), ..Default::default() };
        EdgeBm25::new(words).map(Self).map_err(|error| VectorError::Engine(error.to_string()))
    }

    /// The vector of a text that is to be found.
    #[must_use]
    pub fn document(&self, text: &str) -> Sparse {
        let vector = self.0.embed_document(text);
        Sparse { indices: vector.indices, values: vector.values }
    }

    /// The vector of what is asked.
    #[must_use]
    pub fn query(&self, text: &str) -> Sparse {
        let vector = self.0.embed_query(text);
        Sparse { indices: vector.indices, values: vector.values }
    }

    /// The words of `query` that say something, each once and as they were written, with the hash they are found by.
    #[must_use]
    pub fn telling(&self, query: &str) -> Vec<(String, u32)> {
        let mut found: Vec<(String, u32)> = Vec::new();
        for word in query.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let Some(&hash) = self.0.embed_query(word).indices.first() else { continue };
            if found.iter().all(|(_, known)| *known != hash) {
                found.push((word.to_lowercase(), hash));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_words_are_those_that_are_searched() {
        let words = Words::new().unwrap();
        let telling: Vec<String> =
            words.telling("Can we text a Customer — customers! — después de las 8?").into_iter().map(|w| w.0).collect();
        assert_eq!(telling, ["text", "customer", "después", "de", "las", "8"]);
        let passage = words.document("Texting customers after 8 pm");
        let hit: Vec<String> = words
            .telling("may we text customers after 9 pm")
            .into_iter()
            .filter(|(_, hash)| passage.indices.contains(hash))
            .map(|(word, _)| word)
            .collect();
        assert_eq!(hit, ["text", "customers", "pm"], "stems are compared");
    }
}
