//! What an index was made with, in its name: another embedding model makes another index beside the old one.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::VectorError;

/// Characters of a model's name that stand in the name of an index.
const SHOWN: usize = 40;

/// An embedding model, as far as an index depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name in the settings, in the letters an index may be named with; another spelling ends in its hash.
    name: String,
    /// Numbers in a vector.
    pub dimension: usize,
}

impl Model {
    /// The model of this name whose vectors have this many numbers.
    #[must_use]
    pub fn new(name: &str, dimension: usize) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '_' };
        let mut short: String = name.chars().take(SHOWN).map(plain).collect();
        if short != name {
            short.push('_');
            short.push_str(&hex::encode(Sha256::digest(name))[..8]);
        }
        Self { name: short, dimension }
    }
}

/// A model in words; none is words alone.
fn told(model: Option<&Model>) -> String {
    model.map_or_else(|| "no embedding model".to_owned(), ToString::to_string)
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} numbers a vector)", self.name, self.dimension)
    }
}

/// One making of the index: of a model or of words alone, and which one in a row. Its text is the name of its folder, or
/// of its collections: `bm25-0-1`, `text_embedding_3_small_5d0c…-1536-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// The embedding model; none when the index holds words alone.
    pub model: Option<Model>,
    /// Counts from 1.
    pub number: u32,
}

/// The name is of no index of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an index")]
pub struct UnknownGeneration;

impl Generation {
    /// The first one made with `model`.
    #[must_use]
    pub const fn first(model: Option<Model>) -> Self {
        Self { model, number: 1 }
    }

    /// The one after this, made with `model`.
    #[must_use]
    pub const fn next(&self, model: Option<Model>) -> Self {
        Self { model, number: self.number + 1 }
    }

    /// Whether it was made with the model of this name; none means words alone.
    ///
    /// # Errors
    /// [`VectorError::OtherModel`].
    pub fn is_of(&self, name: Option<&str>) -> Result<(), VectorError> {
        let wanted = name.map(|name| Model::new(name, self.dimension().unwrap_or_default()).name);
        if wanted.as_ref() == self.model.as_ref().map(|model| &model.name) {
            return Ok(());
        }
        let wanted = name.map_or_else(|| told(None), str::to_owned);
        Err(VectorError::OtherModel { held: told(self.model.as_ref()), wanted })
    }

    /// Numbers in a dense vector; none without a model.
    #[must_use]
    pub fn dimension(&self) -> Option<usize> {
        self.model.as_ref().map(|model| model.dimension)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some(Model { name, dimension }) => write!(f, "{name}-{dimension}-{}", self.number),
            None => write!(f, "bm25-0-{}", self.number),
        }
    }
}

impl FromStr for Generation {
    type Err = UnknownGeneration;

    fn from_str(text: &str) -> Result<Self, UnknownGeneration> {
        let mut parts = text.rsplitn(3, '-');
        let mut part = || parts.next().ok_or(UnknownGeneration);
        let number = part()?.parse().map_err(|_| UnknownGeneration)?;
        let dimension = part()?.parse().map_err(|_| UnknownGeneration)?;
        let name = part()?;
        let model = (dimension > 0).then(|| Model { name: name.to_owned(), dimension });
        if name.is_empty() || (model.is_none() && name != "bm25") {
            return Err(UnknownGeneration);
        }
        Ok(Self { model, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_read_from_its_name() {
        let words = Generation::first(None);
        assert_eq!(words.to_string(), "bm25-0-1");
        let dense = words.next(Some(Model::new("text-embedding-3-small", 1536)));
        for generation in [&words, &dense] {
            assert_eq!(&generation.to_string().parse::<Generation>().unwrap(), generation);
        }
        for other in ["", "templates", "bm25", "x-0-1", "a-b-c", "-3-4", "manifest.json"] {
            assert_eq!(other.parse::<Generation>(), Err(UnknownGeneration), "{other}");
        }
    }

    #[test]
    fn two_models_never_share_a_name() {
        let names = ["a/b", "a-b", "a_b", "A_b", &"x".repeat(60), &"x".repeat(61)];
        let models: std::collections::BTreeSet<String> =
            names.iter().map(|name| Generation::first(Some(Model::new(name, 3))).to_string()).collect();
        assert_eq!(models.len(), names.len());
        assert!(models.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))));
    }
}
